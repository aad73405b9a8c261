"""Secrets: none is written out where a program, a console or a log shows it."""

import json
from collections.abc import Iterator
from typing import cast

from weather_policies.kit.reading import Props, Resource, UnreadableError, plain
from weather_policies.kit.rule import CRITICAL, Config, RuleMetadata, Undetermined, resource_rule, strings
from weather_policies.readers.secrets import SECRET_WORDS, holds_secret, plain_secrets, speaks_of_secret
from weather_policies.readers.types import FUNCTION, MACHINE, PARAMETER, SCHEDULE, TARGET

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
JOB_DEFINITION = "aws:batch/jobDefinition:JobDefinition"
BUILD = "aws:codebuild/project:Project"


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-plain-secrets",
        description="No environment, input, parameter or definition holds a secret as plain text.",
        why="Whoever may look at a function, a rule or a state machine would read the password with it.",
        steps="Keep it in Secrets Manager or a SecureString; pass its name, and read it at run time.",
        url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
        tags=("security",),
        severity=CRITICAL,
        config={"words": strings(SECRET_WORDS, "Words of names that speak of a secret.")},
    ),
    FUNCTION,
    PARAMETER,
    TARGET,
    SCHEDULE,
    MACHINE,
    TASK_DEFINITION,
    JOB_DEFINITION,
    BUILD,
)
def written_secrets(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge names, and values in the form of a login; what is computed or a reference passes."""
    words = config.texts("words")
    if resource.type == PARAMETER:
        name = resource.props.text("name") or resource.name
        if resource.props.text("type") == "String" and speaks_of_secret(name.replace("/", "_"), words):
            yield "a parameter whose name speaks of a secret is a String: use SecureString"
    elif resource.type == FUNCTION:
        yield from _of_environment(resource, words)
    else:
        props, key = _document_of(resource)
        try:
            found = props.document(key) if props is not None else None
        except UnreadableError:
            found = _listed(props, key)
        if any(plain_secrets(_named(found), words)):
            yield f"{key} holds a secret as plain text"


def _of_environment(function: Resource, words: list[str]) -> Iterator[str | Undetermined]:
    """Variables of a function, each by itself: one that is unknown does not hide the others."""
    environment = function.props.child("environment")
    variables = environment.child("variables") if environment is not None else None
    for name in sorted(variables or ()):
        if variables is not None and speaks_of_secret(name, words):
            yield "environment.variables has a name that speaks of a secret"
        elif variables is not None and variables.known(name) and holds_secret(variables.text(name)):
            yield "environment.variables has a value that holds a login"


def _document_of(resource: Resource) -> tuple[Props | None, str]:
    """Where a resource holds a JSON document that it passes on."""
    if resource.type == SCHEDULE:
        return resource.props.child("target"), "input"
    keys = {
        MACHINE: "definition",
        TASK_DEFINITION: "containerDefinitions",
        JOB_DEFINITION: "containerProperties",
        BUILD: "environment",
    }
    return resource.props, keys.get(resource.type, "input")


def _listed(props: Props | None, key: str) -> object:
    """A document that is a list; None where it is no JSON."""
    value = props.get(key) if props is not None else None
    try:
        return json.loads(value) if isinstance(value, str) else plain(value)
    except ValueError:
        return None


def _named(found: object) -> object:
    """The same with pairs of name and value as an object's members, as containers write an environment."""
    if isinstance(found, list):
        return [_named(item) for item in cast("list[object]", found)]
    if isinstance(found, dict):
        given = cast("dict[str, object]", found)
        if isinstance(given.get("name"), str) and isinstance(given.get("value"), str):
            return {str(given["name"]): given["value"]}
        return {key: _named(value) for key, value in given.items()}
    return found
