"""The watchdog, played through every branch."""

import json
from typing import Any

import pytest

from components import workflow
from tests.components.workflow.test_pipeline import SUMMARY, TARGETS
from tests.harness.states import Execution, TaskError, execute

DEFINITION = workflow.watchdog(TARGETS, delay_hours=12)
INPUT = {"scheduledTime": "2026-11-22T05:00:00Z"}  # twelve hours after Sunday midnight UTC+7
EXPECTED = "2026-11-21T17:00:00.000Z"


def summary(until: str, replay: bool = False) -> dict[str, Any]:
    return {**SUMMARY, "window": {"since": None, "until": until}, "replay": replay}


def run(summaries: dict[str, Any], failing: dict[str, str] | None = None) -> Execution:
    """Run the watchdog over succeeded executions, the newest first; None is a summary that is not there."""

    def answer(state: str, integration: str, arguments: Any) -> Any:
        if state in (failing or {}):
            raise TaskError((failing or {})[state], "no")
        if integration == "aws-sdk:sfn:listExecutions":
            assert arguments == {
                "StateMachineArn": TARGETS.pipeline_arn,
                "StatusFilter": "SUCCEEDED",
                "MaxResults": 20,
            }
            return {"Executions": [{"Name": name, "Status": "SUCCEEDED"} for name in summaries]}
        if integration == "aws-sdk:s3:getObject":
            found = summaries[arguments["Key"].split("/")[1]]
            if found is None:
                raise TaskError("S3.NoSuchKeyException")
            return {"Body": json.dumps(found)}
        return {}

    return execute(DEFINITION, answer, INPUT, "watch-1")


@pytest.mark.parametrize(
    "until", ["2026-11-21T17:00:00Z", "2026-11-21T17:00:01Z", "2026-11-22T04:00:00+07:00"]
)
def test_a_run_that_reaches_the_scheduled_instant_is_found(until: str) -> None:
    execution = run({"weekly": summary(until)})
    assert execution.output == {"missing": False, "runId": "run-1"}
    assert "NotifyMissing" not in execution.path


def test_the_run_is_found_behind_replays_and_lost_summaries() -> None:
    summaries = {
        "lost": None,
        "replay": summary("2026-11-22T00:00:00Z", replay=True),
        "weekly": summary("2026-11-21T17:00:00Z"),
    }
    assert run(summaries).output["missing"] is False


@pytest.mark.parametrize(
    "summaries",
    [
        {},
        {"last week": summary("2026-11-14T17:00:00Z")},
        {"replay": summary("2026-11-21T17:00:00Z", replay=True)},
        {"lost": None},
        {f"old {n}": summary("2026-11-14T17:00:00Z") for n in range(20)},
    ],
    ids=["none", "last week's", "replay only", "no summary", "twenty old ones"],
)
def test_a_week_without_a_run_is_told(summaries: dict[str, Any]) -> None:
    execution = run(summaries)
    message = execution.request("NotifyMissing")
    assert execution.output == {"missing": True, "expected": EXPECTED}
    assert message["Subject"] == "weather-pipeline-x: the weekly run did not happen"
    assert message["Message"].splitlines()[:2] == [
        f"Stack weather-pipeline-x: no run has succeeded for the week until {EXPECTED}.",
        f"Executions looked at: {len(summaries)}",
    ]


@pytest.mark.parametrize("state", ["ListExecutions", "NotifyMissing"])
def test_a_watchdog_that_cannot_look_or_tell_fails(state: str) -> None:
    execution = run({}, {state: "States.Timeout"})
    assert (execution.status, execution.error, execution.cause) == (
        "FAILED",
        "States.Timeout",
        f"{state}: no",
    )
