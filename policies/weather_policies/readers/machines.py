"""State machines of a stack: their definitions, their tasks, and what a task starts."""

from weather_policies.kit.reading import Document, Resource, UnreadableError
from weather_policies.kit.stack import Stack, identities
from weather_policies.readers import asl
from weather_policies.readers.types import ALARM, MACHINE, METRIC_FILTER


def definition(machine: Resource) -> Document:
    """The definition of a state machine.

    Raises:
        UnknownValueError: It is not known before the update.
        UnreadableError: It is not a JSON object; the rule on definitions reports that.
    """
    found = machine.props.document("definition")
    if found is None:
        raise UnreadableError
    return found


def is_sync(state: asl.State) -> bool:
    """Whether a task waits for the end of what it starts."""
    return asl.integration(state).removesuffix(":2").endswith(".sync")


def tasks_of(machine: Resource) -> list[asl.State]:
    """The tasks of a machine; a definition that is not JSON has none, which its own rule reports."""
    try:
        return asl.tasks(definition(machine))
    except UnreadableError:
        return []


def starts(task: asl.State, action: str, argument: str, resource: Resource) -> bool:
    """Whether a task calls a Glue action on this resource."""
    call = asl.integration(task).removesuffix(".sync")
    named = asl.arguments(task).get(argument)
    return call in {f"glue:{action}", f"aws-sdk:glue:{action}"} and named in identities(resource)


def custom_metrics(stack: Stack) -> set[tuple[str, str]]:
    """Namespace and name of each metric outside AWS's own namespaces that the stack watches or publishes."""
    watched = {
        (alarm.props.text("namespace") or "", alarm.props.text("metricName") or "")
        for alarm in stack.of(ALARM)
        if alarm.props.has("metricName")
    }
    watched |= {
        (metric.text("namespace") or "", metric.text("metricName") or "")
        for alarm in stack.of(ALARM)
        for query in alarm.props.children("metricQueries")
        if (metric := query.child("metric")) is not None
    }
    watched |= {
        (block.text("namespace") or "", block.text("name") or "")
        for filtering in stack.of(METRIC_FILTER)
        if (block := filtering.props.child("metricTransformation")) is not None
    }
    published = {
        (str(call.get("Namespace")), str(datum.get("MetricName")))
        for machine in stack.of(MACHINE)
        for task in tasks_of(machine)
        if asl.integration(task) == "aws-sdk:cloudwatch:putMetricData"
        for call in [asl.arguments(task)]
        for datum in asl.objects(call.get("MetricData"))
    }
    own = {(space, metric) for space, metric in watched | published if not space.startswith("AWS/")}
    return {(space, metric) for space, metric in own if space != "Glue"}
