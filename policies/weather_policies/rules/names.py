"""Names: none given twice in a stack, and none that another stack of the program would give too."""

import re
from collections import Counter
from collections.abc import Iterator

from pulumi_policy.proxy import UnknownValueError

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    LOW,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    resource_rule,
    stack_rule,
    strings,
)
from weather_policies.kit.stack import Stack, readable
from weather_policies.readers.tags import effective_tags, tag_value
from weather_policies.readers.types import (
    ALARM,
    BUCKET,
    CRAWLER,
    DATABASE,
    FUNCTION,
    JOB,
    LOG_GROUP,
    MACHINE,
    QUEUE,
    ROLE,
    RULE,
    SCHEDULE,
    TOPIC,
    TRIGGER,
)

NAMED = (
    *(JOB, CRAWLER, DATABASE, TRIGGER, MACHINE, BUCKET, FUNCTION, ROLE, TOPIC, QUEUE, LOG_GROUP, ALARM),
    *(RULE, SCHEDULE),
)
"""Types whose name must be unique in an account and region."""

_GENERATED = re.compile(r".*-[0-9a-f]{7}(?:\.fifo)?")
"""What Pulumi appends where a program gives no name."""


@stack_rule(
    RuleMetadata(
        name="weather-stack-unique-names",
        description="No two resources of a type have the same name.",
        why="The second creation fails, or writes over the first: two jobs become one, with the last script.",
        steps="Give each a name of its own.",
        url="https://www.pulumi.com/docs/iac/concepts/resources/names/",
        tags=("reliability",),
        severity=HIGH,
    )
)
def unique_names(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Count names by type, region and provider; a name that is not known yet is unique or its own."""
    del config
    for kind in NAMED:
        listed = [(_place(resource), resource) for resource in stack.of(kind)]
        counted = Counter(place for place, _ in listed if place is not None)
        for place, resource in listed:
            if place is not None and counted[place] > 1:
                yield Finding(f"{counted[place]} resources of its type have this name", resource)


def _place(resource: Resource) -> tuple[str, str, str, str] | None:
    """Where a name must be unique: within group, region and provider."""
    name = readable(resource.props, "bucket" if resource.type == BUCKET else "name")
    if not name:
        return None
    around = readable(resource.props, "groupName") or readable(resource.props, "eventBusName") or ""
    provider = resource.provider.name if resource.provider else ""
    return name, around, readable(resource.props, "region") or "", provider


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-stack-name",
        description="A name that the program gives tells its stack: by the stack's name or its own suffix.",
        why="Two stacks of a program in one account would otherwise fight for one job, role or crawler.",
        steps="End the name with the stack's suffix, or leave it out: Pulumi makes one.",
        url="https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
        config={"keys": strings(("Stack",), "Tags whose value tells stacks apart, beside the stack's name.")},
    ),
    *(JOB, CRAWLER, DATABASE, MACHINE),
)
def stack_name(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Look for the stack's name or the tag's value in a name; what Pulumi makes is unique by itself."""
    name = resource.props.text("name")
    if not name or _GENERATED.fullmatch(name):
        return
    marks = [resource.urn.split("::", maxsplit=1)[0].removeprefix("urn:pulumi:")]
    for key in config.texts("keys"):
        try:
            marks.append(str(tag_value(effective_tags(resource), key) or ""))
        except UnknownValueError:
            yield Undetermined(f"tags.{key}")
            return
    words = set(re.split(r"[^A-Za-z0-9]+", name))
    if not any(mark and (mark in words or (len(mark) > _SHORT and mark in name)) for mark in marks):
        yield "its name holds neither the stack's name nor its suffix: a second stack would collide"


_SHORT = 4
"""Longest mark that counts only as a word of its own: 'dev' is in 'device'."""
