"""A small interpreter of Amazon States Language with JSONata: one execution, in memory, no time passing.

It knows what the state machines of this project use, and raises on anything else.  Tasks are answered by a
function of the test, so that any sequence of results and errors can be played in milliseconds.  That moto's
interpreter agrees is shown by the tests of the embedded AWS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.stepfunctions.jsonata import ExpressionError, evaluate

START_TIME = "2026-11-21T17:00:03.120Z"


class TaskError(Exception):
    """What a task ended with: an error name and a cause."""

    def __init__(self, error: str, cause: str = "") -> None:
        self.error = error
        self.cause = cause
        super().__init__(error, cause)


@dataclass
class Execution:
    """What happened: states in order, requests per state, waits, and the end."""

    status: str = "RUNNING"
    path: list[str] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    waited: float = 0
    variables: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    error: str | None = None
    cause: str | None = None

    def request(self, state: str) -> Any:
        """Return the last request a state sent."""
        return [arguments for name, _, arguments in self.calls if name == state][-1]

    def tries(self, state: str) -> int:
        """Return how often a task was tried."""
        return sum(1 for name, _, _ in self.calls if name == state)


Answer = Callable[[str, str, Any], Any]
"""Answers a task: (state, integration, arguments) to result, or raises TaskError."""

_KNOWN = {
    "Pass": {"Assign", "Output", "Next"},
    "Wait": {"Seconds", "Next"},
    "Choice": {"Choices", "Default"},
    "Task": {"Resource", "Arguments", "TimeoutSeconds", "Retry", "Catch", "Assign", "Next"},
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
}


def execute(
    definition: Mapping[str, Any], answer: Answer, input_: Mapping[str, Any], name: str = "run-1"
) -> Execution:
    """Execute a state machine and return what happened.

    Args:
        definition: the state machine.
        answer: plays the services.
        input_: input of the execution.
        name: name of the execution.
    """
    assert definition["QueryLanguage"] == "JSONata"
    execution = Execution()
    context = {
        "Execution": {
            "Id": f"arn:aws:states:ap-southeast-1:123456789012:execution:weather-pipeline-x:{name}",
            "Name": name,
            "StartTime": START_TIME,
            "Input": dict(input_),
        }
    }
    state_name: str | None = definition["StartAt"]
    value: Any = dict(input_)
    while state_name is not None:
        assert len(execution.path) < 1000, "the execution does not end"
        execution.path.append(state_name)
        state = definition["States"][state_name]
        unknown = set(state) - _KNOWN[state["Type"]] - {"Type", "Comment"}
        assert not unknown, f"{state_name}: this interpreter does not know {unknown}"
        states = {"input": value, "context": {**context, "State": {"Name": state_name}}}
        state_name, value = _STEPS[state["Type"]](execution, state_name, state, states, answer)
    return execution


def _pass(run: Execution, _name: str, state: Any, states: Any, _answer: Answer) -> tuple[str, Any]:
    output = _evaluate(state["Output"], run, states) if "Output" in state else states["input"]
    _assign(run, state, states)
    return state["Next"], output


def _wait(run: Execution, _name: str, state: Any, states: Any, _answer: Answer) -> tuple[str, Any]:
    run.waited += state["Seconds"]
    return state["Next"], states["input"]


def _choice(run: Execution, _name: str, state: Any, states: Any, _answer: Answer) -> tuple[str, Any]:
    for choice in state["Choices"]:
        holds = _evaluate(choice["Condition"], run, states)
        assert isinstance(holds, bool), f"{choice['Condition']} is {holds!r}, no truth value"
        if holds:
            return choice["Next"], states["input"]
    return state["Default"], states["input"]


def _task(run: Execution, name: str, state: Any, states: Any, answer: Answer) -> tuple[str, Any]:
    tries = [0] * len(state["Retry"])
    while True:
        try:
            arguments = _evaluate(state["Arguments"], run, states)
            run.calls.append((name, state["Resource"], arguments))
            result = answer(name, state["Resource"].split(":states:::")[1], arguments)
            _assign(run, state, {**states, "result": result})
        except (TaskError, ExpressionError) as failure:
            error = failure if isinstance(failure, TaskError) else _evaluation_error(failure)
            retrier = _first(state["Retry"], error.error)
            if retrier is not None and tries[retrier] < state["Retry"][retrier]["MaxAttempts"]:
                tries[retrier] += 1
                continue
            catcher = _first(state["Catch"], error.error)
            if catcher is None:
                raise error from None
            caught = {**states, "errorOutput": {"Error": error.error, "Cause": error.cause}}
            _assign(run, state["Catch"][catcher], caught)
            return state["Catch"][catcher]["Next"], caught["errorOutput"]
        return state["Next"], result


def _evaluation_error(error: ExpressionError) -> TaskError:
    """Return what Step Functions makes of an expression that fails, in arguments and assignments alike."""
    return TaskError("States.QueryEvaluationError", str(error))


def _succeed(run: Execution, _name: str, state: Any, states: Any, _answer: Answer) -> tuple[None, Any]:
    run.status = "SUCCEEDED"
    run.output = _evaluate(state["Output"], run, states)
    return None, run.output


def _fail(run: Execution, _name: str, state: Any, states: Any, _answer: Answer) -> tuple[None, Any]:
    run.status = "FAILED"
    run.error = _evaluate(state["Error"], run, states)
    run.cause = _evaluate(state["Cause"], run, states)
    return None, None


_STEPS: dict[str, Any] = {
    "Pass": _pass,
    "Wait": _wait,
    "Choice": _choice,
    "Task": _task,
    "Succeed": _succeed,
    "Fail": _fail,
}


def _first(handlers: list[Any], error: str) -> int | None:
    """Return the position of the first retrier or catcher for an error, by the language's wildcards."""
    for position, handler in enumerate(handlers):
        names = handler["ErrorEquals"]
        if error in names or "States.ALL" in names:
            return position
        if "States.TaskFailed" in names and error != "States.Timeout":
            return position
    return None


def _assign(run: Execution, owner: Any, states: Any) -> None:
    """Assign variables; all expressions see the values from before."""
    run.variables |= {key: _evaluate(value, run, states) for key, value in owner.get("Assign", {}).items()}


def _evaluate(value: Any, run: Execution, states: Any) -> Any:
    if isinstance(value, dict):
        return {key: _evaluate(item, run, states) for key, item in value.items()}
    if isinstance(value, list):
        return [_evaluate(item, run, states) for item in value]
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        return evaluate(value[2:-2].strip(), {"states": states, **run.variables})
    return value
