"""Operating a deployed stack: histories as Step Functions tells them, the commands on the embedded AWS."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from embedded_aws import EmbeddedAws
from tests.harness.program import ROOT
from weather_cli import cli
from weather_cli.demo.messages import expected_counts
from weather_cli.demo.run import messages as demo_messages
from weather_cli.errors import UsageError
from weather_cli.stack.pipeline import Pipeline, Visit, stack_settings

START = datetime(2026, 3, 1, tzinfo=UTC)
STATES = ["WaitForCrawler", "StartGlueJob"]


def event(second, kind, state=None):
    detail = {}
    if kind.endswith("Entered"):
        detail = {"stateEnteredEventDetails": {"name": state}}
    if kind.endswith("Exited"):
        detail = {"stateExitedEventDetails": {"name": state}}
    return {"type": kind, "timestamp": START + timedelta(seconds=second), **detail}


class Recorded:
    """Step Functions with one execution, whose history grows by one step at each look."""

    def __init__(self, steps):
        self.steps = steps
        self.looks = 0

    def describe_execution(self, executionArn):  # noqa: N803 - the API's name
        self.looks += 1
        status = "FAILED" if self.looks >= len(self.steps) else "RUNNING"
        return {"name": "a", "status": status, "startDate": START}

    def get_paginator(self, _operation):
        return self

    def paginate(self, executionArn):  # noqa: N803 - the API's name
        events = [event(*item) for step in self.steps[: self.looks] for item in step]
        return [{"events": events[:2]}, {"events": events[2:]}]


def followed(*steps):
    recorded = Recorded(steps)
    pipeline = Pipeline(stack_settings("local"), lambda _service: recorded)
    return list(pipeline.follow("arn", poll_seconds=0))


def test_states_are_told_when_entered_and_when_left():
    visits = followed(
        [(0, "ExecutionStarted"), (0, "WaitStateEntered", "Wait")],
        [(5, "WaitStateExited", "Wait"), (5, "TaskStateEntered", "Job")],
        [(9, "TaskSucceeded"), (9, "TaskStateExited", "Job"), (9, "ExecutionSucceeded")],
    )
    assert [(v.name, v.exited is not None, v.seconds, v.failed) for v in visits] == [
        ("Wait", False, 0, False),
        ("Wait", True, 5, False),
        ("Job", False, 0, False),
        ("Job", True, 4, False),
    ]


def test_a_task_that_is_caught_has_failed_and_one_that_is_retried_with_success_has_not():
    visits = followed(
        [
            (0, "TaskStateEntered", "Crawl"),
            (1, "TaskFailed"),
            (3, "TaskSucceeded"),
            (3, "TaskStateExited", "Crawl"),
            (3, "TaskStateEntered", "Job"),
            (4, "TaskTimedOut"),
            (4, "TaskStateExited", "Job"),
            (4, "FailStateEntered", "Failed"),
            (5, "ExecutionFailed"),
        ]
    )
    ended = {v.name: v for v in visits if v.exited}
    assert {name: v.failed for name, v in ended.items()} == {"Crawl": False, "Job": True, "Failed": True}
    assert ended["Failed"] == Visit(
        "Failed", START + timedelta(seconds=4), START + timedelta(seconds=5), True
    )


def test_a_state_in_which_an_execution_is_stopped_is_told():
    visits = followed([(0, "WaitStateEntered", "Wait")], [(7, "ExecutionAborted")])
    assert visits[-1].seconds == 7


def test_an_unknown_stack_is_wrong_usage_and_told_which_there_are():
    with pytest.raises(UsageError, match="dev, local, prod, staging"):
        stack_settings("live")


@pytest.fixture(scope="module")
def deployed():
    """The stack with two weeks of messages, deployed and not run yet."""
    with EmbeddedAws(ROOT) as aws:
        exports = aws.deploy("local")
        messages = demo_messages(exports["raw_prefix"])
        aws.put_objects(exports["data_lake_bucket"], ((m.key, m.body, m.ingested) for m in messages))
        yield aws, exports, expected_counts(messages)


def weather(capsys, *arguments):
    status = cli.main(list(arguments))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_stack_without_a_run_says_so(deployed, capsys):
    status, out, err = weather(capsys, "status", "--stack", "local", "--json")
    assert (status, json.loads(out)) == (1, [])
    assert "no run that has ended" in err


def test_run_replay_and_status(deployed, capsys):
    _, _, expected = deployed
    status, out, err = weather(capsys, "run", "--stack", "local", "--json")
    run = json.loads(out)
    assert (status, run["status"]) == (0, "SUCCEEDED"), err
    assert (run["messages"], run["accepted"]) == (expected.messages, expected.accepted)
    assert all(state in err for state in STATES)

    # One hour of the lake again: what arrived between 08:00 and 09:00 at three stations.
    window = ["--since", "2013-02-13T08:00", "--until", "2013-02-13T16:00+07:00"]
    status, out, err = weather(capsys, "replay", "--stack", "local", "--json", *window)
    replay = json.loads(out)
    assert (status, replay["status"]) == (0, "SUCCEEDED"), err
    assert replay["until"].startswith("2013-02-13T09:00:00")
    assert replay["messages"] == 3

    status, out, err = weather(capsys, "status", "--stack", "local")
    assert status == 0, err
    header, *rows = [line.split("\t") for line in out.splitlines()]
    assert [row[header.index("run_id")] for row in rows] == [replay["run_id"], run["run_id"]]
    assert [row[header.index("messages")] for row in rows] == ["3", str(expected.messages)]
    assert all(float(row[header.index("cost_usd")]) > 0 for row in rows)


def test_a_run_that_quality_control_rejects_has_a_status_of_its_own(deployed, capsys):
    aws, exports, _ = deployed
    at = datetime.now(UTC)  # the run above has moved the watermark to its own beginning
    keys = [f"{exports['raw_prefix']}EWR/{int(at.timestamp() * 1000) - n}.json" for n in range(300)]
    aws.put_objects(exports["data_lake_bucket"], ((key, b"{not json", at) for key in keys))
    status, out, err = weather(capsys, "run", "--stack", "local", "--json")
    run = json.loads(out)
    assert (status, run["status"], run["verdict"]) == (3, "FAILED", "fail"), err
    assert run["quarantined"] == run["messages"] == 300
    assert err.splitlines()[-2].startswith("weather run: run manual-")
    assert "weather accept --target s3://" in err.splitlines()[-1]


def test_a_window_that_ends_before_it_begins_is_wrong_usage(capsys):
    window = ["--since", "2026-03-08", "--until", "2026-03-01"]
    status, _, err = weather(capsys, "replay", "--stack", "local", *window)
    assert status == 2
    assert "does not lie before" in err
