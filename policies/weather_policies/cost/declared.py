"""What a stack declares that is billed, read out of the finished stack, and what of it cannot be read.

How often machines, jobs and crawlers run is the graph's answer (`readers.starts`). `aws_prices.estimate` does
the arithmetic.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_prices import NoPriceError, estimate, prices
from weather_policies.cost.coverage import Coverage, coverage
from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.stack import Stack
from weather_policies.readers import asl, asl_loops
from weather_policies.readers.calls import Call, items_of, times_of
from weather_policies.readers.machines import custom_metrics, definition, tasks_of
from weather_policies.readers.starts import Rate, Starts, starts_of
from weather_policies.readers.types import (
    ALARM,
    COMPOSITE_ALARM,
    CRAWLER,
    DASHBOARD,
    FUNCTION,
    JOB,
    KEY,
    KEY_TYPES,
    LOG_GROUP,
    MACHINE,
    STREAM,
)

HIGH_RESOLUTION = 60
"""Seconds of the shortest period that is billed as a standard alarm."""


@dataclass(frozen=True)
class Reading:
    """What a stack costs, in the three outcomes.

    Attributes:
        declared: What is priced.
        coverage: Which types are priced, free, by use, or without a price.
        unread: What could not be read: how often something runs, which job a task starts, in words.
    """

    declared: estimate.Declared
    coverage: Coverage
    unread: tuple[str, ...]


def read(stack: Stack, *, events_per_month: float) -> Reading:
    """Read a stack.

    Raises:
        UnknownValueError: A schedule, a definition or a size is not known before the update.
    """
    starts = starts_of(stack, events_per_month)
    machines = {machine.urn: _machine(machine, starts) for machine in stack.of(MACHINE)}
    jobs = [job for resource in stack.of(JOB) for job in _runs_of(resource, starts)]
    priced = [job for job in jobs if _has_price(job)]
    retentions = [group.props.number("retentionInDays") for group in stack.of(LOG_GROUP)]
    covered = coverage(stack)
    alarms = stack.of(ALARM)
    fast = sum(1 for alarm in alarms if (alarm.props.number("period") or HIGH_RESOLUTION) < HIGH_RESOLUTION)
    declared = estimate.Declared(
        jobs=tuple(priced),
        crawls=sum(starts.rate(crawler).times for crawler in stack.of(CRAWLER)),
        machines=tuple(machines.values()),
        retention_days=None if not all(retentions) else max((r or 0 for r in retentions), default=0),
        alarms=sum(_metrics_of(alarm) for alarm in alarms) - fast,
        metrics=len(custom_metrics(stack)),
        metric_runs=sum(machines[m.urn].runs for m in stack.of(MACHINE) if _publishes(m))
        or (estimate.HOURS_PER_MONTH if not any(_publishes(m) for m in stack.of(MACHINE)) else 0),
        dashboards=len(stack.of(DASHBOARD)),
        keys=len(stack.of(KEY, *(kind for kind in KEY_TYPES if kind.endswith("Key") and kind != KEY))),
        fast_alarms=fast,
        composite_alarms=len(stack.of(COMPOSITE_ALARM)),
        standing=tuple(thing for thing in covered.standing if thing.count),
        functions=tuple(_functions(stack, starts)),
        queries=sum(starts.rate(m).times * _queries(m) for m in stack.of(MACHINE)),
        streams=len(stack.of(STREAM)),
    )
    unread = [
        *(_said(call) for _, call in starts.unresolved if call.type != FUNCTION),
        *sorted(
            {r for kind in (MACHINE, JOB, CRAWLER) for s in stack.of(kind) for r in starts.rate(s).reasons}
        ),
        *(f"{job.name} has no price in prices.json" for job in jobs if job not in priced),
    ]
    return Reading(declared, covered, tuple(dict.fromkeys(unread)))


def _functions(stack: Stack, starts: Starts) -> Iterator[estimate.Function]:
    """The functions of which the graph knows how often they run; `coverage` names the others."""
    for function in stack.of(FUNCTION):
        rate = starts.rate(function)
        if rate.times and not rate.reasons:
            megabytes = function.props.number("memorySize") or SMALLEST_MB
            yield estimate.Function(function.name, rate.times, megabytes / 1024)


SMALLEST_MB = 128
"""Memory of a function that does not say."""


def _queries(machine: Resource) -> float:
    """Athena queries in an execution; in a Map that cannot be counted, one."""
    try:
        placed = asl.placed_tasks(definition(machine))
    except UnreadableError:
        return 0
    querying = [(task, maps) for task, maps in placed if _QUERY.search(asl.integration(task))]
    return sum(times_of(task, maps) or 1 for task, maps in querying)


_QUERY = re.compile(r"(?:^|:)athena:startQueryExecution")


def _said(call: Call) -> str:
    """Why a start could not be followed."""
    kind = call.type.rsplit(":", 1)[-1]
    if call.name is None:
        return f"{call.label} starts a {kind} whose name is computed at run time"
    return f"{call.label} starts a {kind} that is not in the stack"


def _machine(machine: Resource, starts: Starts) -> estimate.Machine:
    """Executions of a machine by all that starts it, and the shape of its definition."""
    try:
        charts = asl.charts(definition(machine))
    except UnreadableError:
        charts = []
    loop = max((cycle for chart in charts for cycle in chart.cycles()), key=len, default=frozenset[str]())
    waits = [
        seconds
        for chart in charts
        for name in loop & set(chart.states)
        if (seconds := asl_loops.number_of(chart.states[name].body.get("Seconds"))) is not None
    ]
    return estimate.Machine(
        name=machine.name,
        runs=starts.rate(machine).times,
        states=_transitions(machine),
        loop_states=len(loop) if waits else 0,
        poll_seconds=min(waits, default=60.0) or 60.0,
    )


def _transitions(machine: Resource) -> float:
    """States that an execution enters, each in a Map once for each item; one where these are not known."""
    try:
        placed = asl.placed_states(definition(machine))
    except UnreadableError:
        return 0
    return sum(math.prod(items_of(around) or 1 for around in maps) for _, maps in placed)


def _runs_of(job: Resource, starts: Starts) -> Iterator[estimate.Job]:
    """A job as it is declared, and once more for each task that runs it in another size."""
    plain, changed = Rate(), list[tuple[str, Mapping[str, Any], Rate]]()
    for edge in starts.into(job):
        sizes = {k: v for k, v in edge.call.overrides.items() if k in _SIZES}
        if sizes:
            changed.append((f"{job.name} ({edge.call.label})", sizes, starts.edge_rate(edge)))
        else:
            plain += starts.edge_rate(edge)
    yield _sized(job, job.name, {}, plain)
    yield from (_sized(job, name, sizes, rate) for name, sizes, rate in changed)


_SIZES = ("numberOfWorkers", "workerType", "executionClass", "maxCapacity")


def _sized(job: Resource, name: str, sizes: Mapping[str, Any], rate: Rate) -> estimate.Job:
    """A run of a job with some of its sizes replaced; one that is computed is taken as the job's own."""
    props, command = job.props, job.props.child("command")
    kind = (command.text("name") if command is not None and command.known("name") else None) or "glueetl"
    workers = _number(sizes.get("numberOfWorkers")) or props.number("numberOfWorkers")
    capacity = _number(sizes.get("maxCapacity")) or props.number("maxCapacity")
    worker_type = _text(sizes.get("workerType")) or props.text("workerType")
    if kind == "pythonshell":
        workers, worker_type = capacity or SHELL_DPU, "DPU"
    elif kind == "glueray":
        worker_type = worker_type or "Z.2X"
    return estimate.Job(
        name=name,
        runs=rate.times,
        workers=workers or capacity or 10,
        worker_type=worker_type or ("DPU" if capacity and not workers else "G.1X"),
        version=props.text("glueVersion") or "5.1",
        execution_class=_text(sizes.get("executionClass")) or props.text("executionClass") or "STANDARD",
        continuous=kind == "gluestreaming",
    )


SHELL_DPU = 0.0625
"""DPU of a Python shell job that does not say (Glue developer guide, "Python shell jobs")."""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and not value.startswith("{%") else None


def _has_price(job: estimate.Job) -> bool:
    try:
        estimate.bill(estimate.Declared(jobs=(job,)), estimate.Assumptions(), prices())
    except NoPriceError:
        return False
    return True


def _metrics_of(alarm: Resource) -> int:
    """Metrics that an alarm watches: each is billed."""
    return max(
        1, sum(1 for query in alarm.props.children("metricQueries") if query.child("metric") is not None)
    )


def _publishes(machine: Resource) -> bool:
    """Whether a machine publishes metrics."""
    return any(asl.integration(task) == "aws-sdk:cloudwatch:putMetricData" for task in tasks_of(machine))
