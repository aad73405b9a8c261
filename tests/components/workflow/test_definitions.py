"""What must hold for every state machine, whatever it does: structure, limits, integrations, expressions."""

import json
import re
from collections.abc import Iterator
from typing import Any

import cfnlint.api
import pytest
from cfnlint.config import ManualArgs
from jsonata.jsonata import Jsonata
from statelint.linter import Linter

from components import workflow
from components.workflow import Timing
from tests.components.workflow.test_pipeline import TARGETS

TIMINGS = {
    "default": Timing(),
    "long job": Timing(job_timeout_minutes=480),
    "many polls": Timing(poll_seconds=600, poll_limit=200),
    "fast": Timing(poll_seconds=1, job_timeout_minutes=1, fast=True),
}
MACHINES: dict[str, dict[str, Any]] = {
    **{f"pipeline, {name}": workflow.pipeline(TARGETS, timing) for name, timing in TIMINGS.items()},
    "watchdog": workflow.watchdog(TARGETS, 12),
}
machines = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())
INTEGRATIONS = {integration.format(partition="aws") for integration in workflow.INTEGRATIONS}

# Functions of JSONata that Step Functions leaves out, and what it adds (Step Functions guide, JSONata).
LEFT_OUT = {"eval"}
ADDED = {"parse", "partition", "range", "hash", "random", "uuid"}


def tasks(machine: dict[str, Any]) -> dict[str, Any]:
    return {name: state for name, state in machine["States"].items() if state["Type"] == "Task"}


def next_states(state: dict[str, Any]) -> list[str]:
    transitions = [state.get("Next"), state.get("Default")]
    transitions += [choice["Next"] for choice in state.get("Choices", [])]
    transitions += [catcher["Next"] for catcher in state.get("Catch", [])]
    return [name for name in transitions if name]


def expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item)
    elif isinstance(value, str) and value.startswith("{%"):
        assert value.endswith("%}"), value
        yield value[2:-2]


def test_the_specified_states_are_there_and_connected_as_specified() -> None:
    states = MACHINES["pipeline, default"]["States"]
    assert states["StartCrawler"]["Next"] == "WaitForCrawler"
    assert states["WaitForCrawler"] == {"Type": "Wait", "Seconds": 120, "Next": "CheckCrawlerStatus"}
    assert states["CheckCrawlerStatus"]["Next"] == "IsCrawlerComplete"
    complete, failed, overrun = states["IsCrawlerComplete"]["Choices"]
    assert (complete["Next"], failed["Next"], overrun["Next"]) == (
        "StartGlueJob",
        "CrawlerFailed",
        "StopCrawler",
    )
    assert states["IsCrawlerComplete"]["Default"] == "WaitForCrawler"


@machines
def test_every_state_is_reached_and_every_transition_leads_somewhere(machine: dict[str, Any]) -> None:
    states = machine["States"]
    seen: set[str] = set()
    waiting = [machine["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += next_states(states[name])
    assert seen == set(states)
    ends = {name for name, state in states.items() if state["Type"] in ("Succeed", "Fail")}
    assert {name for name, state in states.items() if not next_states(state)} == ends


@machines
def test_every_task_retries_catches_and_ends(machine: dict[str, Any]) -> None:
    for name, task in tasks(machine).items():
        assert task["TimeoutSeconds"] > 0, name
        assert task["Retry"], name
        for retrier in task["Retry"]:
            assert retrier["JitterStrategy"] == "FULL", name
            assert retrier["MaxAttempts"] <= 15, name
            assert retrier["MaxDelaySeconds"] > retrier["IntervalSeconds"] >= 1, name
        assert [catcher["ErrorEquals"] for catcher in task["Catch"]] == [["States.ALL"]], name


@machines
def test_every_task_names_a_real_integration(machine: dict[str, Any]) -> None:
    assert {task["Resource"] for task in tasks(machine).values()} <= INTEGRATIONS


def test_no_integration_is_allowed_without_being_used() -> None:
    used = {task["Resource"] for machine in MACHINES.values() for task in tasks(machine).values()}
    assert used == INTEGRATIONS


@machines
def test_every_expression_compiles_and_uses_what_step_functions_knows(machine: dict[str, Any]) -> None:
    assigned = {
        variable
        for state in machine["States"].values()
        for owner in (state, *state.get("Catch", []))
        for variable in owner.get("Assign", {})
    }
    for expression in expressions(machine["States"]):
        Jsonata(expression)
        without_text = re.sub(r"'[^']*'|/(?:\\.|[^/\\])+/", "", expression)
        parameters = " ".join(re.findall(r"function\(([^)]*)\)", without_text))
        local = set(re.findall(r"\$(\w+)\s*:=", without_text)) | set(re.findall(r"\$(\w+)", parameters))
        functions = set(re.findall(r"\$(\w+)\(", without_text))
        variables = set(re.findall(r"\$(\w+)(?!\w|\()", without_text)) - functions
        assert not functions & LEFT_OUT, expression
        assert functions - ADDED <= set(Jsonata.static_frame.bindings), expression
        assert variables <= assigned | local | {"states"}, expression
        assert not re.search(r"\$(?!\w)", without_text), (
            f"{expression}: $ and $$ mean nothing at the top level"
        )


def path_seconds(machine: dict[str, Any], name: str, polls: int, limit: int) -> float:
    """Return the longest time from a state to an end over every path, polling ``limit`` times."""
    state = machine["States"][name]
    here = longest(state)
    if name == "CheckCrawlerStatus":
        polls += 1
    following = next_states(state)
    if name == "IsCrawlerComplete":
        following = ["WaitForCrawler"] if polls < limit else [n for n in following if n != "WaitForCrawler"]
    return here + max((path_seconds(machine, n, polls, limit) for n in following), default=0)


def longest(state: dict[str, Any]) -> float:
    """Return the longest time one visit of a state can take, reckoned apart from the program's own sum.

    Every retry of every retrier comes, after its longest delay. A refused request is answered within the
    time limit of the API calls; a task that failed may have used up its own.
    """
    seconds = float(state.get("Seconds", 0)) + float(state.get("TimeoutSeconds", 0))
    for retrier in state.get("Retry", []):
        ended = bool({"States.TaskFailed", "States.Timeout"} & set(retrier["ErrorEquals"]))
        delays = [
            min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** n, retrier["MaxDelaySeconds"])
            for n in range(retrier["MaxAttempts"])
        ]
        seconds += sum(delays) + len(delays) * (state["TimeoutSeconds"] if ended else 30)
    return seconds


@pytest.mark.parametrize("name", [name for name in TIMINGS if name != "many polls"])
def test_the_time_limit_is_longer_than_every_path(name: str) -> None:
    machine = MACHINES[f"pipeline, {name}"]
    needed = path_seconds(machine, machine["StartAt"], 0, TIMINGS[name].poll_limit)
    assert needed < machine["TimeoutSeconds"] < needed * 1.2 + 1200


def test_the_job_may_use_its_own_limit_before_the_state_does() -> None:
    assert MACHINES["pipeline, long job"]["States"]["StartGlueJob"]["TimeoutSeconds"] == 480 * 60 + 900


def test_the_watchdogs_time_limit_is_longer_than_twenty_candidates() -> None:
    machine = MACHINES["watchdog"]
    loop = longest(machine["States"]["ReadCandidate"]) * 20
    ends = longest(machine["States"]["ListExecutions"]) + longest(machine["States"]["NotifyMissing"])
    assert loop + ends < machine["TimeoutSeconds"]


@machines
def test_a_definition_fits_the_size_limit(machine: dict[str, Any]) -> None:
    assert len(json.dumps(machine)) < 1_000_000  # Step Functions quotas: 1 MB


def lint(machine: dict[str, Any]) -> list[str]:
    """Put a definition to AWS's own linter, which knows the language's schema (rule E3601)."""
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::123456789012:role/weather-workflow-x",
                    "Definition": machine,
                },
            }
        },
    }
    found = cfnlint.api.lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"]))
    return [f"{match.rule.id} {match.message}" for match in found]


@pytest.mark.parametrize("name", ["pipeline, default", "watchdog"])
def test_the_definitions_pass_cfn_lint(name: str) -> None:
    assert lint(MACHINES[name]) == []


def test_cfn_lint_would_find_a_broken_definition() -> None:
    broken = json.loads(json.dumps(MACHINES["watchdog"]))
    broken["States"]["ListExecutions"]["Retry"] = {}
    broken["States"]["NotifyMissing"]["Parameters"] = {}
    broken["StartAt"] = "Nowhere"
    assert {problem.split()[0] for problem in lint(broken)} == {"E3601"}


@machines
def test_the_definitions_pass_statelint(machine: dict[str, Any]) -> None:
    assert [str(problem) for problem in Linter.validate(machine)] == []


def test_statelint_would_find_a_whole_number_where_the_language_wants_a_fraction() -> None:
    broken = json.loads(json.dumps(MACHINES["watchdog"]))
    broken["States"]["ListExecutions"]["Retry"][0]["BackoffRate"] = 2
    assert len(list(Linter.validate(broken))) == 1


def test_a_job_that_may_wait_for_workers_has_the_time_to() -> None:
    """A FLEX run may be WAITING for 20 minutes before its own limit counts (Glue guide, job run statuses)."""
    limits = [Timing(job_may_wait=waits).job_task_seconds for waits in (False, True)]
    assert limits[1] - limits[0] >= 20 * 60
    assert limits[0] > 60 * 60
