"""Tasks of state machines: retries, catches, time limits, and calls that exist."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    HIGH,
    Config,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    strings,
)
from weather_policies.readers import asl, asl_loops, integrations
from weather_policies.readers.machines import definition
from weather_policies.readers.types import MACHINE

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_ERRORS_URL = f"{_GUIDE}/concepts-error-handling.html"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-retry",
        description="Every Task retries the errors that pass by themselves.",
        why="One throttled call would otherwise cost a week.",
        steps="Add Retry: named errors, backoff, MaxAttempts, full jitter; States.ALL last and alone.",
        url=_ERRORS_URL,
        tags=("reliability",),
        severity=HIGH,
        config={
            "maxAttempts": integer(20, "Most attempts of one retrier.", minimum=1),
            "maxSeconds": integer(86_400, "Longest time that one retrier waits in all, in seconds.", 1),
        },
    ),
    MACHINE,
)
def task_retry(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge presence, attempts, errors and the place of States.ALL."""
    most, longest = config.number("maxAttempts"), config.number("maxSeconds")
    for task in asl.tasks(definition(machine)):
        retriers = task.blocks("Retry")
        if not any(_retries(retrier) for retrier in retriers):
            yield f"task {task.label} has no Retry" + (" that retries" if retriers else "")
        for place, retrier in enumerate(retriers):
            attempts = retrier.get("MaxAttempts", 3)
            if isinstance(attempts, bool) or not isinstance(attempts, int | float):
                yield f"task {task.label}: MaxAttempts is not a number"
            elif attempts > most:
                yield f"task {task.label} retries {attempts:g} times, at most {most:g} are allowed"
            elif (asl_loops.number_of(retrier.get("BackoffRate", 2)) or 0) < 1:
                yield f"task {task.label}: BackoffRate is below 1, which AWS refuses, or not a number"
            elif _waits(retrier) > longest:
                waited = f"{_waits(retrier):,.0f} s between its retries, at most {longest:g}"
                yield f"task {task.label} waits {waited}"
            named = _errors(retrier)
            if "States.ALL" in named and (len(named) > 1 or place < len(retriers) - 1):
                yield f"task {task.label}: States.ALL must stand alone in the last retrier, or AWS refuses it"


def _retries(retrier: Mapping[str, Any]) -> bool:
    """Whether a retrier names an error and tries again."""
    attempts = retrier.get("MaxAttempts", 3)
    return bool(_errors(retrier)) and not (isinstance(attempts, int | float) and attempts < 1)


def _waits(retrier: Mapping[str, Any]) -> float:
    """Seconds between the attempts of a retrier together (States Language: 1 s, doubled each time)."""
    attempts = asl_loops.number_of(retrier.get("MaxAttempts", 3)) or 0
    interval = asl_loops.number_of(retrier.get("IntervalSeconds", 1)) or 0
    rate = asl_loops.number_of(retrier.get("BackoffRate", 2)) or 1
    longest = asl_loops.number_of(retrier.get("MaxDelaySeconds")) or float("inf")
    return sum(min(interval * rate ** min(n, _ENOUGH), longest) for n in range(int(min(attempts, _MANY))))


_ENOUGH, _MANY = 60, 1000
"""Where powers and sums end: beyond them every limit is passed."""


def _errors(block: Mapping[str, Any]) -> list[str]:
    """The errors that a retrier or catcher names."""
    errors = block.get("ErrorEquals")
    return [e for e in cast("list[Any]", errors) if isinstance(e, str)] if isinstance(errors, list) else []


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-catch",
        description="Every Task catches what is left after its retries.",
        why="An uncaught error ends the execution without an error record and without a message.",
        steps="Add a Catch with States.ALL that leads to the export of the error.",
        url=_ERRORS_URL,
        tags=("reliability",),
        severity=HIGH,
        config={"maxTolerated": integer(10, "Most items of a Map that may fail, in percent or number.")},
    ),
    MACHINE,
)
def task_catch(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Ask for a catcher of every error that leads to a Task or a Fail; and look at what a Map tolerates."""
    most = config.number("maxTolerated")
    for state in asl.states(definition(machine)):
        if state.type == "Map":
            yield from _tolerated(state, most)
        if state.type != "Task":
            continue
        targets = [str(c.get("Next")) for c in state.blocks("Catch") if "States.ALL" in _errors(c)]
        if not targets:
            yield f"task {state.label} has no Catch of States.ALL"
        elif all(target != state.body.get("Next") and _swallows(state, target) for target in targets):
            yield f"task {state.label}: its Catch leads to success, and nobody is told of the error"


def _tolerated(state: asl.State, most: float) -> Iterator[str]:
    """What share of its items a Map lets fail."""
    for key in ("ToleratedFailurePercentage", "ToleratedFailureCount"):
        if f"{key}Path" in state.body:
            yield f"Map {state.label}: {key} is computed at run time; write the number"
        value = state.body.get(key, 0)
        number = asl_loops.number_of(value)
        if number is None or number > most:
            yield f"Map {state.label} lets {shown_number(number)} of its items fail ({key}), at most {most:g}"


def shown_number(number: float | None) -> str:
    """A number for a message, or that it is computed."""
    return "a computed number" if number is None else f"{number:g}"


def _swallows(state: asl.State, target: str) -> bool:
    """Whether from a state on nothing is called and nothing fails: an error would end as a success."""
    seen: set[str] = set()
    waiting = [target]
    while waiting:
        name = waiting.pop()
        found = state.chart.states.get(name)
        if found is None or name in seen:
            continue
        seen.add(name)
        if found.type in {"Fail", "Task", "Parallel", "Map"}:
            return False
        waiting += found.targets()
    return True


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-timeout",
        description="Every Task has a time limit.",
        why="Without one a Task waits up to 99,999,999 seconds: a lost job is awaited for three years.",
        steps="Set TimeoutSeconds on the Task; for a job longer than the job's own timeout.",
        url=f"{_GUIDE}/sfn-stuck-execution.html",
        tags=("reliability", "cost"),
        severity=HIGH,
        config={"maxSeconds": integer(28_800, "Longest time limit of one Task, in seconds.", minimum=1)},
    ),
    MACHINE,
)
def task_timeout(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each Task's TimeoutSeconds; one that is computed at run time counts as none."""
    most = config.number("maxSeconds")
    for task in asl.tasks(definition(machine)):
        seconds = task.body.get("TimeoutSeconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
            yield f"task {task.label} has no TimeoutSeconds"
        elif seconds > most:
            yield f"task {task.label} may take {seconds:g} s, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-task-integration",
        description="Every Task calls an integration that exists.",
        why="'glue:startCrawler.sync' is widely written, passes linters, and fails in the first execution.",
        steps="Use an optimised integration, or aws-sdk:<service>:<action> without .sync and poll.",
        url=f"{_GUIDE}/integrate-optimized.html",
        tags=("reliability",),
        severity=HIGH,
        config={
            "allowed": strings((), "Integrations newer than the pack's tables, as a Task names them."),
        },
    ),
    MACHINE,
)
def task_integration(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Hold each Task's resource against the tables of integrations."""
    accepted = config.texts("allowed")
    for task in asl.tasks(definition(machine)):
        call = asl.integration(task)
        fault = None if call in accepted else integrations.fault(call)
        if fault:
            yield f"task {task.label} {fault}"


@resource_rule(
    RuleMetadata(
        name="weather-sfn-map-concurrency",
        description="A Map that starts paid work does so with a bounded number at a time.",
        why="A distributed Map runs ten thousand items at once, each a job or a query of its own.",
        steps="Set MaxConcurrency on the Map, as a number.",
        url=f"{_GUIDE}/state-map-distributed.html",
        tags=("cost", "reliability"),
        severity=HIGH,
        config={"maxConcurrency": integer(40, "Most items at a time.", minimum=1)},
    ),
    MACHINE,
)
def map_concurrency(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge distributed Maps, and inline ones whose items start a job, a crawler or an execution."""
    most = config.number("maxConcurrency")
    for state in asl.states(definition(machine)):
        if state.type != "Map":
            continue
        processor = asl.objects([state.body.get("ItemProcessor") or state.body.get("Iterator")])
        distributed = any(asl.mode(block) == "DISTRIBUTED" for block in processor)
        inner = [task for block in processor for task in asl.tasks(dict(block))]
        starting = [task for task in inner if _STARTING.search(asl.integration(task))]
        number = asl_loops.number_of(state.body.get("MaxConcurrency", 0))
        if "MaxConcurrencyPath" in state.body:
            number = None
        if (distributed or starting) and (number is None or not 0 < number <= most):
            many = f"{number:g}" if number else "an unbounded number of"
            yield f"Map {state.label} runs {many} items at a time; set MaxConcurrency to 1 to {most:g}"


_STARTING = re.compile(
    r":start(?:JobRun|Crawler|Execution|QueryExecution|Build)|runTask|submitJob|createCluster"
)
