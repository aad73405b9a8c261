"""Reading an execution's history: which states were visited, for how long, and how each ended."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from embedded_aws.records import StateVisit

_ENDS = {"ExecutionFailed": "FAILED", "ExecutionTimedOut": "TIMED_OUT", "ExecutionAborted": "ABORTED"}
_FAILURES = ("TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed", "EvaluationFailed")


def entered(events: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the states in the order they were entered."""
    return tuple(
        event["stateEnteredEventDetails"]["name"]
        for event in events
        if event["type"].endswith("StateEntered")
    )


def visits(events: Sequence[Mapping[str, Any]]) -> Iterator[StateVisit]:
    """Yield the visits that have ended, in the order they did (for states that follow one another)."""
    name = kind = ""
    start: datetime | None = None
    failures: list[Mapping[str, Any]] = []
    caught = False
    for event in events:
        what = event["type"]
        if what.endswith("StateEntered"):
            name, kind = event["stateEnteredEventDetails"]["name"], what.removesuffix("StateEntered")
            start, failures, caught = event["timestamp"], [], False
        elif what in _FAILURES:
            failures.append(_details(event))
            caught = True
        elif what in ("TaskScheduled", "TaskSucceeded"):
            caught = False  # a retry began, or went well
        elif what.endswith("StateExited") and start is not None:
            status = "CAUGHT" if caught else "SUCCEEDED"
            yield _visit(name, kind, start, event["timestamp"], status, failures)
            start = None
        elif what in _ENDS and start is not None:
            yield _visit(
                name,
                kind,
                start,
                event["timestamp"],
                _ENDS[what],
                [*failures, _details(event)],
                count=len(failures),
            )
            start = None


def _visit(
    name: str,
    kind: str,
    start: datetime,
    end: datetime,
    status: str,
    failures: list[Mapping[str, Any]],
    *,
    count: int | None = None,
) -> StateVisit:
    last: Mapping[str, Any] = failures[-1] if failures else {}
    return StateVisit(
        name,
        kind,
        start,
        end,
        (end - start).total_seconds(),
        status,
        last.get("error"),
        last.get("cause"),
        len(failures) if count is None else count,
    )


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    nothing: Mapping[str, Any] = {}
    return next((value for key, value in event.items() if key.endswith("EventDetails")), nothing)
