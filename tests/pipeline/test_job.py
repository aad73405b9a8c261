"""The weekly state machine, executed: what can happen from the job on, outside of it, and the watchdog."""

import json
from datetime import UTC, timedelta

from embedded_aws import Execution
from embedded_aws.schedule import is_due
from tests.embedded_aws.lab import until
from tests.pipeline.deployed import AFTER_JOB, FAILURE, SUCCESS, TO_JOB, World, failed_attempts


def test_job_fails(world: World):
    world.next_week()
    world.aws.faults.job_fails("disk full", times=2)  # the workflow repeats a failed job once
    run = world.run()

    assert (run.status, run.error) == ("FAILED", "States.TaskFailed")
    assert failed_attempts(run, "StartGlueJob") == ["States.TaskFailed"] * 2
    assert run.states[-5:] == ("StartGlueJob", *FAILURE)
    failed = world.aws.job_runs(world.out["job_name"])[-1]
    assert (failed.state, failed.error) == ("FAILED", "RuntimeError: disk full")
    record = world.record(run)
    assert record is not None
    assert record["state"] == "StartGlueJob"
    assert record["jobRunId"] == failed.id == record["cause"]["Id"]
    assert record["cause"]["ErrorMessage"] == "RuntimeError: disk full"
    assert json.loads(run.cause or "")["ErrorMessage"] == "RuntimeError: disk full"
    assert "disk full" in world.failure_said(run).message


def test_job_fails_once_and_is_repeated(world: World):
    world.next_week()
    world.aws.faults.job_fails("lost its workers")
    run = world.run()

    assert run.status == "SUCCEEDED"
    assert failed_attempts(run, "StartGlueJob") == ["States.TaskFailed"]
    assert world.record(run) is None
    # The week of the run that failed before is read as well: the watermark had not moved.
    assert run.output["messages"] == 48


def test_job_times_out(world: World):
    world.next_week(1)
    for _ in range(2):
        world.aws.faults.job_hangs(minutes=0.005)
    run = world.run()

    assert (run.status, run.error) == ("FAILED", "States.TaskFailed")
    record = world.record(run)
    assert record is not None
    assert record["cause"]["JobRunState"] == "TIMEOUT"
    assert world.aws.job_runs(world.out["job_name"])[-1].state == "TIMEOUT"
    assert "timed out" in world.failure_said(run).message


def test_concurrent_run_of_somebody_else_is_waited_for(world: World):
    world.next_week(1)
    others = world.fill_job_slots()
    world.stand_in()
    arn = world.start()
    until(lambda: bool(failed_attempts(world.aws.execution(arn), "StartGlueJob")), seconds=20)
    world.free_job_slots(others)
    run = world.aws.wait(arn, timeout=60)

    assert run.status == "SUCCEEDED"
    assert set(failed_attempts(run, "StartGlueJob")) == {"Glue.ConcurrentRunsExceededException"}
    assert run.states[-7:] == ("StartGlueJob", *AFTER_JOB)


def test_concurrent_run_without_end(world: World):
    world.next_week(1)
    others = world.fill_job_slots()
    run = world.run()
    world.free_job_slots(others)

    assert (run.status, run.error) == ("FAILED", "Glue.ConcurrentRunsExceededException")
    assert len(failed_attempts(run, "StartGlueJob")) == 7
    record = world.record(run)
    assert record is not None
    assert record["error"] == run.error
    assert record["jobRunId"] is None


def test_empty_week_is_a_success_with_a_notice(world: World):
    world.next_week(0)
    world.empty_lake()
    run = world.run()

    assert run.status == "SUCCEEDED"
    assert tuple(dict.fromkeys(run.states)) == SUCCESS
    assert run.output["empty"] is True
    assert run.output["messages"] == 0
    (note,) = world.said(run)
    assert "a week without messages" in (note.subject or "")
    assert "no new messages" in note.message
    assert world.record(run) is None


def test_quality_verdict_fails(world: World):
    world.next_week()
    at = world.instant
    garbage = [world.put_raw("SGN", at - timedelta(minutes=30, seconds=n), b"{broken") for n in range(60)]
    run = world.run()

    assert (run.status, run.error) == ("FAILED", "Weather.QualityRejected")
    assert run.states[-9:] == (
        "ReadSummary",
        "IsSummaryComplete",
        "PublishMetrics",
        "IsQualityAcceptable",
        "QualityRejected",
        *FAILURE,
    )
    summary = world.summary(run)
    assert summary is not None
    assert (summary["status"], summary["verdict"]["level"]) == ("REJECTED", "fail")
    assert summary["watermark_moved"] is False
    record = world.record(run)
    assert record is not None
    assert summary["verdict"]["reasons"][0] in record["cause"]
    assert "Weather.QualityRejected" in (world.failure_said(run).subject or "")
    assert world.aws.evaluate_alarms()["weather-quality-rejected-local001"] == "ALARM"

    s3 = world.aws.client("s3")
    for key in garbage:
        s3.delete_object(Bucket=world.out["data_lake_bucket"], Key=key)
    again = world.run()
    assert again.status == "SUCCEEDED"
    assert again.output["messages"] >= 24


def test_error_record_cannot_be_written(world: World):
    world.next_week(1)
    world.aws.faults.crawl_fails("original")
    world.aws.faults.deny_put(f"{world.out['processed_bucket']}/errors/")
    run = world.run()

    assert (run.status, run.error) == ("FAILED", "Weather.CrawlerFailed")
    assert run.states[-4:] == FAILURE
    denied = failed_attempts(run, "PutErrorRecord")[0]
    assert denied.startswith("S3.")
    assert failed_attempts(run, "PutErrorRecord") == [denied] * 4
    assert world.record(run) is None
    assert f"not written: {denied}" in world.failure_said(run).message


def test_notification_of_success_fails_and_the_run_does_not(world: World):
    world.next_week(1)
    world.stand_in()
    world.aws.faults.deny_publish()
    run = world.run()

    assert run.status == "SUCCEEDED"
    assert len(failed_attempts(run, "NotifySuccess")) == 4
    assert world.said(run) == []


def test_notification_of_failure_fails_and_the_error_stays(world: World):
    world.next_week(1)
    world.aws.faults.crawl_fails("original")
    world.aws.faults.deny_publish()
    run = world.run()

    assert (run.status, run.error) == ("FAILED", "Weather.CrawlerFailed")
    assert run.states[-4:] == FAILURE
    assert world.record(run) is not None
    assert world.said(run) == []


def test_two_executions_at_once_both_succeed_and_lose_nothing(world: World):
    world.next_week(24)
    first, second = world.start(), world.start()
    runs = [world.aws.wait(arn, timeout=60) for arn in (first, second)]

    assert [run.status for run in runs] == ["SUCCEEDED", "SUCCEEDED"]
    attempts = [error for run in runs for state in TO_JOB for error in failed_attempts(run, state)]
    assert "Glue.CrawlerRunningException" in attempts
    summaries = [world.summary(run) for run in runs]
    assert sorted(summary["messages"] for summary in summaries if summary)[-1] >= 24


def test_execution_aborted_from_outside(world: World):
    world.next_week(1)
    world.aws.faults.job_hangs(minutes=60)
    arn = world.start()
    name = world.out["job_name"]
    until(lambda: world.aws.execution(arn).states[-1:] == ("StartGlueJob",), seconds=20)
    until(lambda: world.aws.job_runs(name)[-1].state == "RUNNING")
    stop = {"error": "Operator", "cause": "wrong week"}
    world.aws.client("stepfunctions").stop_execution(executionArn=arn, **stop)
    run = world.aws.wait(arn, timeout=20)

    assert (run.status, run.error, run.cause) == ("ABORTED", "Operator", "wrong week")
    assert run.states[-1] == "StartGlueJob"
    assert run.history[-1]["type"] == "ExecutionAborted"
    assert world.record(run) is None  # nothing inside an aborted execution can write
    (note,) = world.said(run)  # the rule outside of it tells
    assert "ABORTED" in note.message
    until(lambda: world.aws.job_runs(name)[-1].state == "STOPPED")
    assert world.aws.job_runs(name)[-1].state == "STOPPED"


def test_replay_passes_both_ends_and_leaves_the_watermark(world: World):
    world.next_week(2)
    since = (world.instant - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    end = world.instant.strftime("%Y-%m-%dT%H:%M:%SZ")
    run = world.run({"since": since, "until": end})

    assert run.status == "SUCCEEDED"
    assert run.output["replay"] is True
    assert run.output["window"] == {"since": since, "until": end}
    summary = world.summary(run)
    assert summary is not None
    assert summary["watermark_moved"] is False


def test_watchdog_tells_of_the_week_that_did_not_run(world: World):
    world.next_week(1)
    world.stand_in()
    assert world.run().status == "SUCCEEDED"
    ran, _ = _watch(world)
    assert ran.output["missing"] is False
    assert world.said(ran) == []

    world.next_week(1)  # and this week nobody runs
    missing, expected = _watch(world)
    assert missing.status == "SUCCEEDED"
    assert missing.output == {"missing": True, "expected": expected}
    (note,) = world.said(missing)
    assert "did not happen" in (note.subject or "")
    assert expected in note.message


def _watch(world: World) -> tuple[Execution, str]:
    """Let the watchdog's schedule come; return its execution and the instant it looks for."""
    (rule,) = [
        item
        for item in world.aws.client("events").list_rules(NamePrefix="weather-watchdog")["Rules"]
        if "ScheduleExpression" in item
    ]
    hours = (world.instant + timedelta(hours=hour) for hour in range(1, 100))
    due = next(at for at in hours if is_due(rule["ScheduleExpression"], at))
    (arn,) = world.aws.tick(due)
    expected = world.instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return world.aws.wait(arn), expected
