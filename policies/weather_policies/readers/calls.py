"""What a resource starts by itself: by tasks, by a schedule's call of AWS's API, by a trigger's actions."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.stack import readable
from weather_policies.readers import asl, asl_loops
from weather_policies.readers.machines import definition
from weather_policies.readers.types import CRAWLER, FUNCTION, JOB, MACHINE, SCHEDULE, TRIGGER, WORKFLOW

OVERRIDES: Mapping[str, str] = {
    "NumberOfWorkers": "numberOfWorkers",
    "WorkerType": "workerType",
    "Timeout": "timeout",
    "ExecutionClass": "executionClass",
    "MaxCapacity": "maxCapacity",
    "AllocatedCapacity": "maxCapacity",
    "Arguments": "defaultArguments",
}
"""Parameters of StartJobRun that replace what the job declares (Glue API), and the job's own property."""

STARTERS: Mapping[str, tuple[str, str]] = {
    "startJobRun": (JOB, "JobName"),
    "startCrawler": (CRAWLER, "Name"),
    "startExecution": (MACHINE, "StateMachineArn"),
    "startSyncExecution": (MACHINE, "StateMachineArn"),
    "startWorkflowRun": (WORKFLOW, "Name"),
    "startTrigger": (TRIGGER, "Name"),
    "invoke": (FUNCTION, "FunctionName"),
}
"""Calls that start something, what they start, and the argument that names it."""

_SERVICES = {
    "startExecution": ("states", "aws-sdk:sfn"),
    "startSyncExecution": ("aws-sdk:sfn",),
    "invoke": ("lambda", "aws-sdk:lambda"),
}
_CALL = re.compile(r"([^.]+):(\w+)(?:\..*)?")


STARTED = (JOB, MACHINE, SCHEDULE, TRIGGER)
"""A job, and whatever may start one with other properties than its own."""


@dataclass(frozen=True)
class Call:
    """A start by a task, a schedule's universal target or a trigger's action.

    Attributes:
        label: Who starts, for a message.
        type: What is started.
        name: By which text it is named, None if that is computed at run time.
        times: How often each time the source runs; None if that cannot be read.
        overrides: What replaces the job's own properties for this run.
        why: Why it cannot be read how often, in words.
    """

    label: str
    type: str
    name: str | None
    times: float | None = 1.0
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    why: str = "starts it in a Map or a loop, how often is not known"


def calls(resource: Resource) -> list[Call]:
    """What a resource starts by itself, read from its own properties; names are not resolved.

    Raises:
        UnknownValueError: A definition or a target is not known before the update.
    """
    if resource.type == MACHINE:
        return list(_tasks(resource))
    if resource.type == SCHEDULE:
        return list(_universal(resource))
    if resource.type == TRIGGER:
        return list(_actions(resource))
    return []


def _tasks(machine: Resource) -> Iterator[Call]:
    try:
        found = definition(machine)
    except UnreadableError:
        return
    for task, maps in asl.placed_tasks(found):
        parsed = _CALL.fullmatch(asl.integration(task))
        started = _started(parsed[1], parsed[2]) if parsed else None
        if started is not None:
            given = asl.arguments(task)
            times = times_of(task, maps)
            yield _call(f"task {task.label} of {machine.name}", started, given, times)
        elif asl.integration(task) == "lambda":
            name = _literal(task.body.get("Resource"))
            yield Call(f"task {task.label} of {machine.name}", FUNCTION, name, times_of(task, maps))


def _started(service: str, action: str) -> tuple[str, str] | None:
    """What a call starts and the argument that names it."""
    found = STARTERS.get(action)
    if found is None or service not in _SERVICES.get(action, ("glue", "aws-sdk:glue")):
        return None
    return found


def _call(label: str, started: tuple[str, str], given: Mapping[str, Any], times: float | None) -> Call:
    kind, argument = started
    overrides = {
        own: value
        for key, value in given.items()
        for name in [key.removesuffix(".$")]
        if kind == JOB and (own := OVERRIDES.get(name)) is not None
    }
    computed = {f"{key}.$" for key in OVERRIDES if f"{key}.$" in given}
    overrides |= {OVERRIDES[key.removesuffix(".$")]: "{% %}" for key in computed}
    return Call(label, kind, _literal(given.get(argument)), times, overrides)


def _literal(value: object) -> str | None:
    """A text that is written out, None if it is computed."""
    return value if isinstance(value, str) and not value.strip().startswith(("{%", "$")) else None


def times_of(task: asl.State, maps: list[asl.State]) -> float | None:
    """How often a task runs in an execution: once for each item of the Maps it stands in."""
    if any(task.name in cycle for cycle in task.chart.cycles()):
        return None
    times = 1.0
    for state in maps:
        items = items_of(state)
        if items is None:
            return None
        times *= items
    return times


def items_of(state: asl.State) -> float | None:
    """How many items a Map has at most: those written out, or its reader's bound."""
    given = state.body.get("Items")
    if isinstance(given, list):
        return float(len(cast("list[Any]", given)))
    if isinstance(given, str):
        text = asl_loops.expression(given)
        spread = re.fullmatch(r"\[\s*1\s*\.\.\s*(\d+)\s*\]", text)
        if spread:
            return float(spread[1])
        try:
            listed = json.loads(text)
        except ValueError:
            return None
        return float(len(cast("list[Any]", listed))) if isinstance(listed, list) else None
    reader = state.body.get("ItemReader")
    config = cast("Mapping[str, Any]", reader).get("ReaderConfig") if isinstance(reader, Mapping) else None
    most = cast("Mapping[str, Any]", config).get("MaxItems") if isinstance(config, Mapping) else None
    return float(most) if isinstance(most, int | float) and not isinstance(most, bool) else None


def _universal(source: Resource) -> Iterator[Call]:
    """A Scheduler schedule whose target is a call of AWS's API, with its input as a document."""
    block = source.props.child("target")
    arn = (readable(block, "arn") if block else None) or ""
    parsed = re.fullmatch(r"arn:[a-z-]+:scheduler:::(aws-sdk:\w+):(\w+)", arn)
    started = _started(parsed[1], parsed[2]) if parsed else None
    if block is None or started is None:
        return
    try:
        given = block.document("input") or {}
    except UnreadableError:
        given = {}
    yield _call(f"schedule {source.name}", started, given, 1.0)


def _actions(trigger: Resource) -> Iterator[Call]:
    """What a Glue trigger starts; its own timeout and arguments replace the job's."""
    for action in trigger.props.children("actions"):
        for key, kind in (("jobName", JOB), ("crawlerName", CRAWLER)):
            if action.has(key):
                own: dict[str, Any] = {"timeout": action.number("timeout")} if action.has("timeout") else {}
                if action.child("arguments") is not None:
                    own["defaultArguments"] = dict.fromkeys(action.child("arguments") or (), "")
                yield Call(f"trigger {trigger.name}", kind, readable(action, key) or "?", 1.0, own)


def overridden(resource: Resource, key: str) -> Iterator[tuple[str, object]]:
    """Who starts a job with another value of a property, and that value."""
    for call in calls(resource):
        if key in call.overrides:
            yield call.label, call.overrides[key]
