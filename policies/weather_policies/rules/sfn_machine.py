"""State machines: the definition itself is read, its loops, limits, logs and failures."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    boolean,
    integer,
    resource_rule,
    stack_resource_rule,
    strings,
)
from weather_policies.kit.stack import Stack, is_named, points_at, readable
from weather_policies.readers import asl, asl_loops
from weather_policies.readers.event_patterns import fits, means
from weather_policies.readers.links import has_dimension
from weather_policies.readers.machines import definition, is_sync
from weather_policies.readers.starts import is_disabled, pattern_of
from weather_policies.readers.types import ALARM, MACHINE, RULE

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"


_LOOP_URL = f"{_GUIDE}/tutorial-create-iterate-pattern-section.html"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-definition",
        description="The definition of a state machine is a usable Amazon States Language document.",
        why="A definition that no tool can read is one whose loops and errors nobody has looked at.",
        steps="Repair the named state: existing type, existing Next or Default, reachable from StartAt.",
        url="https://states-language.net/spec.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    MACHINE,
)
def machine_definition(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Report what makes the definition unusable."""
    del config
    try:
        found = machine.props.document("definition")
    except UnreadableError:
        yield "the definition is not a JSON object"
        return
    if found is None:
        yield "there is no definition"
        return
    yield from asl.faults(found)


@resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-wait-loop",
        description="Every loop of a state machine is ended by a counter, a deadline, or the last page.",
        why="A loop that waits for something that never comes costs transitions for a year and tells nobody.",
        steps=(
            "Count the rounds in the loop (Assign $polls + 1) and leave it through a Choice rule such as "
            "$polls >= 30 that stands before any rule that stays."
        ),
        url=_LOOP_URL,
        tags=("cost", "reliability"),
        severity=HIGH,
        config={"maxRounds": integer(10_000, "Most rounds of a loop: the bound of its counter.", minimum=1)},
    ),
    MACHINE,
)
def wait_loop(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Look for a way round each cycle that passes no counter check, or no count."""
    most, name = config.number("maxRounds"), readable(machine.props, "name")
    for chart in asl.charts(definition(machine)):
        for cycle in chart.cycles():
            if not asl_loops.is_bounded(chart, cycle, most):
                labels = ", ".join(chart.states[name].label for name in sorted(cycle))
                yield f"the loop over {labels} is not ended by a counter (at most {most:g}) or a deadline"
    for state in asl.states(definition(machine)):
        if asl_loops.starts_itself(state, name):
            yield f"task {state.label} starts the machine again: executions follow one another without end"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-poll-interval",
        description="A loop that waits does so for at least the poll interval of its environment class.",
        why="Each poll is paid in transitions and API calls; a weekly pipeline gains nothing from seconds.",
        steps="Raise the Wait state's Seconds; write the number into the definition.",
        url="https://aws.amazon.com/step-functions/pricing/",
        tags=("cost",),
        severity=MEDIUM,
        config={"minSeconds": integer(60, "Shortest wait between two polls, in seconds.", minimum=1)},
    ),
    MACHINE,
)
def poll_interval(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each Wait that stands in a cycle, and cycles of calls that do not wait at all."""
    least = config.number("minSeconds")
    for chart in asl.charts(definition(machine)):
        for cycle in chart.cycles():
            states = [chart.states[name] for name in sorted(cycle)]
            waits = [state for state in states if state.type == "Wait"]
            for state in waits:
                seconds = asl_loops.number_of(state.body.get("Seconds"))
                if seconds is None:
                    said = "waits in a loop for a time that the definition does not give in Seconds"
                    yield f"{state.label} {said}"
                elif seconds < least:
                    yield f"{state.label} polls every {seconds:g} s, at least {least:g} s are wanted"
            tasks = [state for state in states if state.type == "Task"]
            waiting = [is_sync(t) or asl.integration(t).endswith(".waitForTaskToken") for t in tasks]
            patient = any(waiting) or any(asl_loops.iterates(chart, cycle, task) for task in tasks)
            if tasks and not waits and not patient and not asl_loops.reads_pages(chart, cycle):
                yield f"the loop over {', '.join(s.label for s in states)} polls without a Wait"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-timeout",
        description="A state machine has a top-level TimeoutSeconds within bounds.",
        why="Without one an execution may stay open for a year, and the next week's run starts beside it.",
        steps="Set TimeoutSeconds to more than the sum of the states' own limits.",
        url=f"{_GUIDE}/sfn-stuck-execution.html",
        tags=("reliability", "cost"),
        severity=HIGH,
        config={"maxSeconds": integer(86_400, "Longest time limit of an execution, in seconds.", minimum=60)},
    ),
    MACHINE,
)
def machine_timeout(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the machine's own limit; an EXPRESS execution ends after five minutes by itself."""
    most, seconds = config.number("maxSeconds"), definition(machine).get("TimeoutSeconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        if machine.props.text("type") != "EXPRESS":
            yield "there is no top-level TimeoutSeconds: an execution may run for a year"
    elif seconds > most:
        yield f"TimeoutSeconds is {seconds:g}, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-type",
        description="A state machine that waits for jobs is of type STANDARD.",
        why="EXPRESS executions end after five minutes, know no .sync and run more than once.",
        steps="Leave the type out, or set it to STANDARD.",
        url=f"{_GUIDE}/choosing-workflow-type.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    MACHINE,
)
def machine_type(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Refuse EXPRESS where the definition waits."""
    del config
    if machine.props.text("type") != "EXPRESS":
        return
    waits = [s for s in asl.states(definition(machine)) if s.type == "Wait" or is_sync(s)]
    if waits:
        yield f"type EXPRESS cannot hold {waits[0].label}, which waits: use STANDARD"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-logging",
        description="A state machine logs to a log group, with the execution data that its class allows.",
        why="An execution's history is deleted after 90 days; the log is what is left to find a fault with.",
        steps="Set loggingConfiguration: level ALL or ERROR, logDestination ending in ':*'.",
        url=f"{_GUIDE}/cw-logs.html",
        tags=("reliability", "security"),
        severity=MEDIUM,
        config={
            "levels": strings(("ALL", "ERROR"), "Levels that are enough."),
            "allowExecutionData": boolean(
                default=False, description="Whether inputs and outputs of states may be written to the log."
            ),
        },
    ),
    MACHINE,
)
def machine_logging(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge level, destination and execution data apart, since the destination may be unknown."""
    logging = machine.props.child("loggingConfiguration")
    if logging is None:
        yield f"loggingConfiguration is missing: set level {' or '.join(config.texts('levels'))}"
        return
    if logging.text("level") not in config.texts("levels"):
        yield f"the log level is not one of {', '.join(config.texts('levels'))}"
    if logging.flag("includeExecutionData") and not config.flag("allowExecutionData"):
        yield "includeExecutionData writes inputs and outputs to the log: not in this environment class"
    if not logging.has("logDestination"):
        yield "loggingConfiguration has no logDestination"
    elif not logging.known("logDestination"):
        yield Undetermined("loggingConfiguration.logDestination")
    elif not str(logging.text("logDestination")).endswith(":*"):
        yield "logDestination must be a log group's ARN followed by ':*'"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-tracing",
        description="A state machine has X-Ray tracing on.",
        why="A trace shows which call of which week was slow; a weekly run costs nothing to trace.",
        steps="Set tracingConfiguration.enabled to true.",
        url=f"{_GUIDE}/concepts-xray-tracing.html",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    ),
    MACHINE,
)
def machine_tracing(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the switch."""
    del config
    tracing = machine.props.child("tracingConfiguration")
    if tracing is None or not tracing.flag("enabled"):
        yield "tracingConfiguration.enabled is not true"


@stack_resource_rule(
    RuleMetadata(
        name="weather-sfn-machine-failure-alarm",
        description="The failure of an execution reaches somebody from outside the execution.",
        why="A time limit or an abort cannot be caught inside: only AWS can tell of it.",
        steps="Add an EventRule on FAILED, TIMED_OUT and ABORTED, or alarms on AWS/States.",
        url="https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html",
        tags=("reliability",),
        severity=HIGH,
        config={"statuses": strings(("FAILED", "TIMED_OUT", "ABORTED"), "Ends that somebody must hear of.")},
    ),
    MACHINE,
)
def failure_alarm(machine: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Collect the ends that a rule or an alarm of the stack watches."""
    heard = _statuses_by_rule(machine, stack) | _statuses_by_alarm(machine, stack)
    missing = [status for status in config.texts("statuses") if status not in heard]
    if missing:
        yield f"no event rule or alarm tells of executions that end {', '.join(missing)}"


def _statuses_by_rule(machine: Resource, stack: Stack) -> set[str]:
    """Statuses that rules on the default bus, where AWS sends these events, listen for."""
    heard: set[str] = set()
    for rule in stack.of(RULE):
        pattern = pattern_of(rule)
        bus = readable(rule.props, "eventBusName") or "default"
        if (
            is_disabled(rule)
            or bus.rpartition("/")[2] != "default"
            or not fits(pattern.get("source"), "aws.states")
        ):
            continue
        if "detail-type" in pattern and not fits(
            pattern["detail-type"], "Step Functions Execution Status Change"
        ):
            continue
        detail = pattern.get("detail")
        block = cast("Mapping[str, Any]", detail) if isinstance(detail, Mapping) else dict[str, Any]()
        if means(block.get("stateMachineArn"), machine) or points_at(rule, "eventPattern", machine):
            heard |= {s for s in ENDS if "status" not in block or fits(block["status"], s)}
    return heard


_CHANGE = "Step Functions Execution Status Change"

ENDS = ("FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED", "PENDING_REDRIVE")


def _statuses_by_alarm(machine: Resource, stack: Stack) -> set[str]:
    """Statuses that alarms on AWS/States watch for this machine, and that one failure raises."""
    found: set[str] = set()
    for alarm in stack.of(ALARM):
        threshold = alarm.props.number("threshold")
        if threshold is not None and threshold > 1:
            continue
        if alarm.props.text("namespace") == "AWS/States" and has_dimension(alarm, "StateMachineArn", machine):
            found.add(alarm.props.text("metricName") or "")
        for query in alarm.props.children("metricQueries"):
            metric = query.child("metric")
            dimensions = metric.child("dimensions") if metric is not None else None
            if metric is None or dimensions is None or metric.text("namespace") != "AWS/States":
                continue
            if is_named(readable(dimensions, "StateMachineArn"), machine):
                found.add(metric.text("metricName") or "")
    return {METRICS[name] for name in found if name in METRICS}


METRICS = {"ExecutionsFailed": "FAILED", "ExecutionsTimedOut": "TIMED_OUT", "ExecutionsAborted": "ABORTED"}
