"""State machines of a stack: their definitions, their tasks, and what a task starts."""

from weather_policies.kit.reading import Document, Resource, UnreadableError
from weather_policies.kit.stack import identities
from weather_policies.readers import asl


def definition(machine: Resource) -> Document:
    """The definition of a state machine.

    Raises:
        UnknownValueError: It is not known before the update.
        UnreadableError: It is no JSON object; the rule on definitions reports that.
    """
    found = machine.props.document("definition")
    if found is None:
        raise UnreadableError
    return found


def is_sync(state: asl.State) -> bool:
    """Whether a task waits for the end of what it starts."""
    return asl.integration(state).removesuffix(":2").endswith(".sync")


def tasks_of(machine: Resource) -> list[asl.State]:
    """The tasks of a machine; a definition that is no JSON has none, which its own rule reports."""
    try:
        return asl.tasks(definition(machine))
    except UnreadableError:
        return []


def starts(task: asl.State, action: str, argument: str, resource: Resource) -> bool:
    """Whether a task calls a Glue action on this resource."""
    call = asl.integration(task).removesuffix(".sync")
    named = asl.arguments(task).get(argument)
    return call in {f"glue:{action}", f"aws-sdk:glue:{action}"} and named in identities(resource)
