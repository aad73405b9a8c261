"""The weekly state machine, played through every branch."""

import json
from typing import Any

import pytest

from components import workflow
from components.workflow import Targets, Timing
from tests.harness.states import START_TIME, Execution, TaskError, execute

TARGETS = Targets(
    partition="aws",
    stack="weather-pipeline-x",
    crawler="WeatherPlatformCrawler-x",
    job="WeatherDataTransformJob-x",
    processed_bucket="weather-processed-x",
    topic_arn="arn:aws:sns:ap-southeast-1:123456789012:weather-notifications-x",
    pipeline_arn="arn:aws:states:ap-southeast-1:123456789012:stateMachine:weather-pipeline-x",
)
TIMING = Timing(poll_limit=4)
DEFINITION = workflow.pipeline(TARGETS, TIMING)
SCHEDULED = {"scheduledTime": "2026-11-21T17:00:00Z"}

SUMMARY: dict[str, Any] = {
    "schema": 1,
    "run_id": "run-1",
    "status": "SUCCEEDED",
    "verdict": {"level": "warn", "reasons": ["1.2 % quarantined"]},
    "empty": False,
    "window": {"since": None, "until": "2026-11-21T17:00:00Z"},
    "replay": False,
    "objects_listed": 12,
    "objects_read": 11,
    "objects_unreadable": 1,
    "messages": 40,
    "accepted": 30,
    "duplicates": 4,
    "merged": 3,
    "ignored": 2,
    "quarantined": 1,
    "datasets": {"observations": 30, "hourly": 24, "daily": 2, "weekly": 1},
    "seconds": {"total": 12.5},
    "cost": {"dpu_seconds": 120, "usd": 0.0146666},
    "manifest": "_runs/run-1/manifest.json",
}


class Aws:
    """Plays Glue, S3, SNS and CloudWatch: a crawl that takes two looks, a job that succeeds."""

    def __init__(self, summary: dict[str, Any] | None = None, body: str | None = None) -> None:
        self.body = json.dumps(SUMMARY if summary is None else summary) if body is None else body
        self.looks = 0
        self.errors: dict[str, list[TaskError]] = {}

    def fail(self, state: str, error: str, cause: str = "", times: int = 1) -> "Aws":
        self.errors.setdefault(state, []).extend([TaskError(error, cause)] * times)
        return self

    def crawl(self) -> dict[str, Any]:
        """Return the crawler at this look."""
        self.looks += 1
        if self.looks == 1:
            return {"State": "RUNNING"}
        return {"State": "READY", "LastCrawl": {"Status": "SUCCEEDED", "StartTime": "2999-01-01T00:00:00Z"}}

    def __call__(self, state: str, integration: str, arguments: Any) -> Any:
        if self.errors.get(state):
            raise self.errors[state].pop(0)
        if integration == "aws-sdk:glue:getCrawler":
            return {"Crawler": {"Name": arguments["Name"], **self.crawl()}}
        if integration == "aws-sdk:s3:getObject":
            return {"Body": self.body, "ContentLength": 1}
        return {}


def run(aws: Aws | None = None, input_: dict[str, Any] | None = None) -> Execution:
    return execute(DEFINITION, aws or Aws(), SCHEDULED if input_ is None else input_)


def record_of(execution: Execution) -> dict[str, Any]:
    return execution.request("PutErrorRecord")["Body"]


def test_success_follows_the_specified_states() -> None:
    execution = run()
    assert execution.status == "SUCCEEDED"
    assert execution.path == [
        *("Prepare", "CheckInput", "IsInputValid", "StartCrawler"),
        *("WaitForCrawler", "CheckCrawlerStatus", "IsCrawlerComplete"),
        *("WaitForCrawler", "CheckCrawlerStatus", "IsCrawlerComplete"),
        *("StartGlueJob", "ReadSummary", "IsSummaryComplete", "PublishMetrics", "IsQualityAcceptable"),
        *("NotifySuccess", "PipelineSucceeded"),
    ]
    assert execution.waited == 240
    assert execution.request("StartGlueJob") == {
        "JobName": "WeatherDataTransformJob-x",
        "Arguments": {"--run_id": "run-1", "--until": "2026-11-21T17:00:00Z"},
    }
    assert execution.request("ReadSummary") == {
        "Bucket": "weather-processed-x",
        "Key": "_runs/run-1/summary.json",
    }
    assert execution.output == {
        "runId": "run-1",
        "window": SUMMARY["window"],
        "replay": False,
        "verdict": SUMMARY["verdict"],
        "empty": False,
        "messages": 40,
        "datasets": SUMMARY["datasets"],
        "cost": SUMMARY["cost"],
        "manifest": "_runs/run-1/manifest.json",
    }


def test_success_message_is_for_a_person() -> None:
    message = run().request("NotifySuccess")
    assert message["TopicArn"] == TARGETS.topic_arn
    assert message["Subject"] == "weather-pipeline-x: 40 messages, verdict warn"
    assert message["Message"].splitlines() == [
        "Stack weather-pipeline-x: the datasets are published.",
        "Window: the beginning to 2026-11-21T17:00:00Z",
        "Objects: 12 listed, 11 read, 1 unreadable",
        "Messages: 40 = 30 accepted + 4 duplicates + 3 merged + 2 ignored + 1 quarantined",
        "Rows written: observations 30, hourly 24, daily 2, weekly 1",
        "Quality: warn 1.2 % quarantined",
        "Cost of the job: $0.0147 in 12.5 s",
        "Manifest: s3://weather-processed-x/_runs/run-1/manifest.json",
        "Execution: arn:aws:states:ap-southeast-1:123456789012:execution:weather-pipeline-x:run-1",
    ]


def test_success_message_leads_to_the_report_where_there_is_one() -> None:
    message = run(Aws({**SUMMARY, "report": "_runs/run-1/report.html"})).request("NotifySuccess")["Message"]
    assert message.splitlines()[-2] == "Report: s3://weather-processed-x/_runs/run-1/report.html"


def test_metrics_are_ten_with_the_stack_as_dimension() -> None:
    request = run().request("PublishMetrics")
    assert request["Namespace"] == "Weather/Pipeline"
    assert {m["MetricName"]: m["Value"] for m in request["MetricData"]} == {
        "ObjectsRead": 11,
        "ObjectsUnreadable": 1,
        "Messages": 40,
        "Accepted": 30,
        "Quarantined": 1,
        "QuarantinedPercent": 2.5,
        "RowsWritten": 57,
        "RunSeconds": 12.5,
        "RunCostUsd": 0.0146666,
        "QualityLevel": 1,
    }
    assert all(
        m["Dimensions"] == [{"Name": "Stack", "Value": "weather-pipeline-x"}] for m in request["MetricData"]
    )


@pytest.mark.parametrize(("level", "value"), [("pass", 0), ("warn", 1), ("fail", 2)])
def test_the_quality_metric_reaches_the_alarms_threshold_only_on_fail(level: str, value: int) -> None:
    request = run(Aws({**SUMMARY, "verdict": {"level": level, "reasons": []}})).request("PublishMetrics")
    assert {m["MetricName"]: m["Value"] for m in request["MetricData"]}["QualityLevel"] == value


def test_an_empty_week_is_a_success_with_a_notice() -> None:
    empty = {
        **SUMMARY,
        "empty": True,
        "messages": 0,
        "quarantined": 0,
        "verdict": {"level": "pass", "reasons": []},
        "datasets": {"observations": 0, "hourly": 0, "daily": 0, "weekly": 0},
        "cost": {"dpu_seconds": None, "usd": None},
    }
    execution = run(Aws(empty))
    assert execution.status == "SUCCEEDED"
    message = execution.request("NotifySuccess")
    assert message["Subject"] == "weather-pipeline-x: a week without messages"
    assert message["Message"].startswith("Stack weather-pipeline-x: no new messages in this window")
    metrics = {m["MetricName"]: m["Value"] for m in execution.request("PublishMetrics")["MetricData"]}
    assert metrics["QuarantinedPercent"] == metrics["RunCostUsd"] == metrics["QualityLevel"] == 0


@pytest.mark.parametrize(
    ("input_", "arguments"),
    [
        ({}, {"--until": START_TIME}),
        ({"until": "2026-01-02T00:00:00Z"}, {"--until": "2026-01-02T00:00:00Z"}),
        (
            {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"},
            {"--until": "2026-01-02T00:00:00Z", "--since": "2026-01-01T00:00:00Z"},
        ),
    ],
)
def test_the_window_comes_from_the_input_or_the_start(input_: dict[str, Any], arguments: Any) -> None:
    execution = run(input_=input_)
    assert execution.request("StartGlueJob")["Arguments"] == {"--run_id": "run-1", **arguments}
    assert execution.output["replay"] is ("since" in input_)


@pytest.mark.parametrize("input_", [{"until": "yesterday"}, {"since": 5, "until": "2026-01-02T00:00:00Z"}])
def test_a_malformed_window_is_refused_and_exported(input_: dict[str, Any]) -> None:
    execution = run(input_=input_)
    assert execution.error == "Weather.InputRejected"
    assert "StartCrawler" not in execution.path
    assert record_of(execution)["state"] == "IsInputValid"


def test_a_running_crawl_is_waited_for_and_ours_follows() -> None:
    aws = Aws().fail("StartCrawler", "Glue.CrawlerRunningException", times=15)
    execution = run(aws)
    assert execution.tries("StartCrawler") == 16
    assert execution.status == "SUCCEEDED"


def test_a_crawler_that_stays_busy_is_an_error() -> None:
    execution = run(Aws().fail("StartCrawler", "Glue.CrawlerRunningException", "busy", times=16))
    assert (execution.status, execution.error, execution.cause) == (
        "FAILED",
        "Glue.CrawlerRunningException",
        "busy",
    )


def test_throttling_is_outlasted() -> None:
    aws = Aws().fail("StartCrawler", "Glue.AWSGlueException", "Rate exceeded", times=5)
    aws.fail("CheckCrawlerStatus", "Glue.ThrottlingException", times=3)
    assert run(aws).status == "SUCCEEDED"


class Stuck(Aws):
    """A crawler that always says the same."""

    def __init__(self, **crawler: Any) -> None:
        super().__init__()
        self.crawler = crawler

    def crawl(self) -> dict[str, Any]:
        return self.crawler


def test_a_failed_crawl_is_not_taken_for_a_success() -> None:
    last = {"Status": "FAILED", "StartTime": "2999-01-01T00:00:00Z", "ErrorMessage": "no access to s3"}
    execution = run(Stuck(State="READY", LastCrawl=last))
    assert execution.path[-5:] == [
        *("CrawlerFailed", "ExportError", "PutErrorRecord", "NotifyFailure", "PipelineFailed"),
    ]
    assert execution.error == "Weather.CrawlerFailed"
    assert execution.cause == "the crawl ended FAILED: no access to s3"
    assert "StartGlueJob" not in execution.path


@pytest.mark.parametrize(
    "crawler",
    [
        {"State": "RUNNING"},
        {"State": "STOPPING", "LastCrawl": {"Status": "SUCCEEDED", "StartTime": "2999-01-01T00:00:00Z"}},
        {"State": "READY"},
        {"State": "READY", "LastCrawl": {"Status": "SUCCEEDED", "StartTime": "2020-01-01T00:00:00Z"}},
        {"State": "READY", "LastCrawl": {"Status": "FAILED", "StartTime": "2020-01-01T00:00:00Z"}},
        {"State": "READY", "LastCrawl": {"Status": "SUCCEEDED"}},
    ],
    ids=["running", "stopping", "never crawled", "stale success", "stale failure", "no start time"],
)
@pytest.mark.parametrize("stop_error", [None, "Glue.CrawlerNotRunningException"])
def test_a_crawl_that_does_not_come_is_stopped(crawler: dict[str, Any], stop_error: str | None) -> None:
    aws = Stuck(**crawler)
    if stop_error:
        aws.fail("StopCrawler", stop_error, times=9)
    execution = run(aws)
    assert execution.path.count("CheckCrawlerStatus") == TIMING.poll_limit
    assert execution.error == "Weather.CrawlerTimedOut"
    assert "StartGlueJob" not in execution.path
    assert execution.request("StopCrawler") == {"Name": "WeatherPlatformCrawler-x"}
    assert execution.status == "FAILED"


def test_a_failed_job_is_repeated_once_then_exported_with_its_run_id() -> None:
    cause = json.dumps({"Id": "jr_1", "JobRunState": "FAILED", "ErrorMessage": 'ValueError: "x" {y}'})
    execution = run(Aws().fail("StartGlueJob", "States.TaskFailed", cause, times=2))
    assert execution.tries("StartGlueJob") == 2
    assert (execution.error, execution.cause) == ("States.TaskFailed", cause)
    record = record_of(execution)
    assert record.pop("failedAt") > START_TIME
    assert record == {
        "execution": "run-1",
        "executionArn": "arn:aws:states:ap-southeast-1:123456789012:execution:weather-pipeline-x:run-1",
        "state": "StartGlueJob",
        "error": "States.TaskFailed",
        "cause": {"Id": "jr_1", "JobRunState": "FAILED", "ErrorMessage": 'ValueError: "x" {y}'},
        "window": {"since": None, "until": "2026-11-21T17:00:00Z"},
        "runId": "run-1",
        "jobRunId": "jr_1",
        "startedAt": START_TIME,
    }
    assert execution.request("PutErrorRecord")["Key"] == "errors/dt=2026-11-21/run-1.json"


def test_a_job_that_used_up_its_time_is_not_repeated() -> None:
    execution = run(Aws().fail("StartGlueJob", "States.Timeout"))
    assert execution.tries("StartGlueJob") == 1
    assert (execution.error, execution.cause) == ("States.Timeout", "")


def test_concurrent_runs_wait_for_each_other() -> None:
    aws = Aws().fail("StartGlueJob", "Glue.ConcurrentRunsExceededException", times=6)
    assert run(aws).status == "SUCCEEDED"


@pytest.mark.parametrize(
    "change", [{"verdict": {"level": "fail", "reasons": ["a", "b"]}}, {"status": "REJECTED"}]
)
def test_a_failing_verdict_fails_the_run(change: dict[str, Any]) -> None:
    summary = {**SUMMARY, "verdict": {"level": "fail", "reasons": ["a", "b"]}, **change}
    execution = run(Aws(summary))
    assert execution.error == "Weather.QualityRejected"
    assert execution.cause == "nothing was published: a; b"
    assert "PublishMetrics" in execution.path
    assert "NotifySuccess" not in execution.path
    assert "accept or exclude" in execution.request("NotifyFailure")["Message"]


def test_one_reason_is_a_list_too() -> None:
    summary = {**SUMMARY, "verdict": {"level": "fail", "reasons": ["only one"]}}
    assert run(Aws(summary)).cause == "nothing was published: only one"


def test_a_missing_summary_is_an_error() -> None:
    execution = run(Aws().fail("ReadSummary", "S3.NoSuchKeyException", "no such key", times=4))
    assert (execution.error, record_of(execution)["state"]) == ("S3.NoSuchKeyException", "ReadSummary")


@pytest.mark.parametrize(
    "body",
    [
        "", "<html>", "{}", "[1]", "null", "5", json.dumps(SUMMARY)[:-20], json.dumps([SUMMARY]),
        json.dumps(SUMMARY | {"run_id": "another"}), json.dumps(SUMMARY | {"status": "?"}),
        json.dumps(SUMMARY | {"verdict": {}}), json.dumps(SUMMARY | {"verdict": None}),
        json.dumps({name: value for name, value in SUMMARY.items() if name != "messages"}),
        json.dumps(SUMMARY | {"window": "all"}),
    ],
)  # fmt: skip
def test_a_damaged_summary_is_an_error_and_no_week_without_messages(body: str) -> None:
    execution = run(Aws(body=body))

    assert execution.status == "FAILED"
    assert execution.error in ("Weather.SummaryDamaged", "States.QueryEvaluationError")
    assert record_of(execution)["state"] in ("IsSummaryComplete", "ReadSummary")
    assert "NotifyFailure" in execution.path
    assert not {"NotifySuccess", "PublishMetrics"} & set(execution.path)


def test_metrics_that_cannot_be_sent_do_not_fail_the_run() -> None:
    assert run(Aws().fail("PublishMetrics", "CloudWatch.CloudWatchException", times=4)).status == "SUCCEEDED"


def test_a_notification_that_cannot_be_sent_does_not_fail_the_run() -> None:
    assert run(Aws().fail("NotifySuccess", "SNS.AuthorizationErrorException", times=4)).status == "SUCCEEDED"


def test_an_error_record_that_cannot_be_written_is_named_in_the_message() -> None:
    aws = Aws().fail("StartGlueJob", "States.Timeout").fail("PutErrorRecord", "S3.AccessDenied", times=4)
    execution = run(aws)
    message = execution.request("NotifyFailure")
    assert "Error record: s3://weather-processed-x/not written: S3.AccessDenied" in message["Message"]
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")


def test_the_real_error_survives_everything_failing() -> None:
    aws = Aws().fail("StartGlueJob", "States.Timeout", "slow")
    aws.fail("PutErrorRecord", "S3.AccessDenied", times=4).fail("NotifyFailure", "SNS.Gone", times=4)
    execution = run(aws)
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "States.Timeout", "slow")


def test_failure_message_says_what_to_do_next() -> None:
    cause = "first line\nsecond line " + "x" * 5000
    message = run(Aws().fail("StartGlueJob", "Glue.EntityNotFoundException", cause, times=2)).request(
        "NotifyFailure"
    )
    assert message["Subject"] == "weather-pipeline-x: FAILED in StartGlueJob, Glue.EntityNotFoundException"
    lines = message["Message"].splitlines()
    assert lines[:5] == [
        "Stack weather-pipeline-x: the run failed and published nothing new.",
        "State: StartGlueJob",
        "Error: Glue.EntityNotFoundException",
        "Cause: first line",
        "second line " + "x" * (2000 - len("first line\nsecond line ")),
    ]
    assert lines[5] == "Window: the watermark to 2026-11-21T17:00:00Z"
    assert lines[6] == "Error record: s3://weather-processed-x/errors/dt=2026-11-21/run-1.json"
    assert lines[-1].startswith("Next: read the error record.")


def test_a_subject_fits_the_limit_of_a_hundred_characters() -> None:
    message = run(Aws().fail("StartGlueJob", "E" * 200, times=2)).request("NotifyFailure")
    assert len(message["Subject"]) < 100


@pytest.mark.parametrize("cause", ["{not json", "[1, 2]", "plain", "", "{} trailing"])
def test_a_cause_that_is_no_object_is_kept_as_text(cause: str) -> None:
    execution = run(Aws().fail("StartGlueJob", "Glue.InvalidInputException", cause, times=2))
    assert record_of(execution)["cause"] == cause
    assert record_of(execution)["jobRunId"] is None


def test_a_cause_that_only_looks_like_an_object_costs_the_record_but_not_the_message() -> None:
    execution = run(Aws().fail("StartGlueJob", "Glue.InvalidInputException", "{not json}", times=2))
    assert execution.tries("PutErrorRecord") == 0
    assert "not written: States.QueryEvaluationError" in execution.request("NotifyFailure")["Message"]
    assert (execution.error, execution.cause) == ("Glue.InvalidInputException", "{not json}")


def test_the_message_tells_glues_own_words_and_its_job_run() -> None:
    cause = json.dumps({"Id": "jr_0a1b", "Attempt": 0, "ErrorMessage": 'no "x" in {y}', "Timeout": 5})
    message = run(Aws().fail("StartGlueJob", "States.TaskFailed", cause, times=2)).request("NotifyFailure")
    lines = message["Message"].splitlines()
    assert lines[3:5] == [r"Cause: no \"x\" in {y}", "Job run: jr_0a1b"]
