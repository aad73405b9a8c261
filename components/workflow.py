"""The two state machines as pure functions: the weekly run, and the watchdog for the week without one.

Both are Amazon States Language with JSONata.  All ARNs and names are plain strings, so that a preview shows
the whole definition and tests can execute it.
"""

import math
from dataclasses import dataclass
from typing import Any

from components.naming import METRIC_NAMESPACE

State = dict[str, Any]

INTEGRATIONS = {
    "arn:{partition}:states:::aws-sdk:glue:startCrawler",
    "arn:{partition}:states:::aws-sdk:glue:getCrawler",
    "arn:{partition}:states:::aws-sdk:glue:stopCrawler",
    "arn:{partition}:states:::glue:startJobRun.sync",
    "arn:{partition}:states:::aws-sdk:s3:getObject",
    "arn:{partition}:states:::aws-sdk:s3:putObject",
    "arn:{partition}:states:::aws-sdk:cloudwatch:putMetricData",
    "arn:{partition}:states:::aws-sdk:sfn:listExecutions",
    "arn:{partition}:states:::sns:publish",
}
"""The service integrations in use; all of them exist (``glue:startCrawler.sync``, often seen, does not)."""

METRICS = {
    "ObjectsRead": "$summary.objects_read",
    "ObjectsUnreadable": "$summary.objects_unreadable",
    "Messages": "$summary.messages",
    "Accepted": "$summary.accepted",
    "Quarantined": "$summary.quarantined",
    "QuarantinedPercent": "$summary.messages > 0 ? 100 * $summary.quarantined / $summary.messages : 0",
    "RowsWritten": "$sum([$summary.datasets.observations, $summary.datasets.hourly, "
    "$summary.datasets.daily, $summary.datasets.weekly])",
    "RunSeconds": "$summary.seconds.total",
    "RunCostUsd": "$type($summary.cost.usd) = 'number' ? $summary.cost.usd : 0",
    "QualityLevel": "$summary.verdict.level = 'fail' ? 2 : $summary.verdict.level = 'warn' ? 1 : 0",
}
"""The custom metrics of a run, each an expression over its summary; ten, since each is billed."""

FRESHNESS_TOLERANCE_MS = 5_000
"""How much earlier than our request a crawl may say it began: clocks differ, and times are cut to seconds."""

GLUE_TRANSIENT = [
    "Glue.ThrottlingException",
    "Glue.OperationTimeoutException",
    "Glue.InternalServiceException",
    "Glue.AWSGlueException",  # what a rate limit is called in practice ("Rate exceeded")
    "Glue.GlueException",
    "Glue.SdkClientException",
]
"""Errors of a Glue call that a later try may not meet."""

_CALL_SECONDS = 30  # an API call that takes longer is not going to answer
_JOB_GRACE_SECONDS = 900  # start-up of workers and the last status poll, beyond Glue's own timeout
_LIMIT_STEP_SECONDS = 600

_ANY_ERROR = ["States.ALL"]
_ISO_START = "/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}/"
_ERROR_MESSAGE = r"""/"ErrorMessage"\s*:\s*"((?:\\.|[^"])*)"/"""
_JOB_RUN = r"""/"Id"\s*:\s*"(jr_\w+)"/"""
_JSON_OBJECT = r"/^\s*\{[\s\S]*\}\s*$/"


@dataclass(frozen=True)
class Pace:
    """How fast the weekly run polls, retries and gives up.

    Attributes:
        poll_seconds: wait between two looks at the crawler.
        poll_limit: looks before the crawler is stopped.
        job_timeout_minutes: Glue's own limit for a run of the job.
        fast: one second between retries, where there is no AWS to be kind to.
    """

    poll_seconds: int = 120
    poll_limit: int = 30
    job_timeout_minutes: int = 60
    fast: bool = False

    @property
    def job_task_seconds(self) -> int:
        """Time limit of the state that runs the job; longer than the job's own, which should act first."""
        return self.job_timeout_minutes * 60 + _JOB_GRACE_SECONDS


@dataclass(frozen=True)
class Targets:
    """What the state machines act on: names and ARNs, known before deployment.

    Attributes:
        partition: ARN partition, such as ``aws``.
        stack: name by which messages speak of the stack, and value of the metrics' dimension ``Stack``.
        crawler: name of the crawler.
        job: name of the Glue job.
        processed_bucket: bucket of summaries and error records.
        topic_arn: topic of the notifications.
        pipeline_arn: the weekly state machine, for the watchdog.
    """

    partition: str
    stack: str
    crawler: str
    job: str
    processed_bucket: str
    topic_arn: str
    pipeline_arn: str


def pipeline(targets: Targets, pace: Pace) -> dict[str, Any]:
    """Return the definition of the weekly run.

    Input: ``{"scheduledTime": <ISO instant>}`` from the rule, ``{"since": ..., "until": ...}`` for a replay,
    or ``{}`` for a run up to now.  Output: run id, window, verdict, counts and cost.  On any error the
    execution writes an error record, notifies and ends FAILED with the error and cause that it met.
    """
    states = _pipeline_states(targets, pace)
    return {
        "Comment": "Crawl the raw messages, transform them, publish the verdict; export every error",
        "QueryLanguage": "JSONata",
        "StartAt": "Prepare",
        "TimeoutSeconds": execution_limit_seconds(pace),
        "States": states,
    }


def execution_limit_seconds(pace: Pace) -> int:
    """Return the time limit of an execution: more than everything in it can take together, retries included.

    The limit must never cut off a state that is still within its own: nothing inside the execution could then
    export the error.
    """
    nowhere = Targets("aws", "", "", "", "", "", "")
    loop = {"WaitForCrawler", "CheckCrawlerStatus"}
    total = sum(
        longest_seconds(state) * (pace.poll_limit if name in loop else 1)
        for name, state in _pipeline_states(nowhere, pace).items()
    )
    return math.ceil(total / _LIMIT_STEP_SECONDS + 1) * _LIMIT_STEP_SECONDS


def longest_seconds(state: State) -> float:
    """Return the longest time one visit of a state can take.

    A task may use its whole time limit, and again for each retry of an error that ends a task
    (``States.TaskFailed``, ``States.Timeout``); an error that refuses the request costs one API call.
    """
    if state["Type"] == "Wait":
        return state["Seconds"]
    if state["Type"] != "Task":
        return 0
    seconds: float = state["TimeoutSeconds"]
    for retrier in state["Retry"]:
        ends_task = {"States.TaskFailed", "States.Timeout"} & set(retrier["ErrorEquals"])
        again = state["TimeoutSeconds"] if ends_task else _CALL_SECONDS
        delay = float(retrier["IntervalSeconds"])
        for _ in range(retrier["MaxAttempts"]):
            seconds += again + min(delay, retrier["MaxDelaySeconds"])
            delay *= retrier["BackoffRate"]
    return seconds


def _pipeline_states(targets: Targets, pace: Pace) -> dict[str, State]:
    return {
        **_window_states(),
        **_crawl_states(targets, pace),
        **_job_states(targets, pace),
        **_summary_states(targets, pace),
        **_failure_states(targets, pace),
    }


def _window_states() -> dict[str, State]:
    return {
        "Prepare": {
            "Type": "Pass",
            "Comment": "Fix the window: a repeated or late execution works on the same one",
            "Assign": {
                "runId": "{% $states.context.Execution.Name %}",
                "until": "{% $exists($states.input.scheduledTime) ? $string($states.input.scheduledTime) : "
                "$exists($states.input.until) ? $string($states.input.until) : "
                "$states.context.Execution.StartTime %}",
                "since": "{% $exists($states.input.since) ? $string($states.input.since) : '' %}",
                "polls": 0,
            },
            "Next": "IsInputValid",
        },
        "IsInputValid": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": f"{{% $contains($until, {_ISO_START}) and "
                    f"($since = '' or $contains($since, {_ISO_START})) %}}",
                    "Next": "StartCrawler",
                }
            ],
            "Default": "InputRejected",
        },
        "InputRejected": _failure(
            "Weather.InputRejected",
            "'since and until must be ISO 8601 instants, and are: ' & $since & ', ' & $until",
            "IsInputValid",
        ),
    }


def _crawl_states(targets: Targets, pace: Pace) -> dict[str, State]:
    transient = _retry(pace, GLUE_TRANSIENT, seconds=5, attempts=3, rate=2, max_delay=60)
    ready = "$crawl.state = 'READY'"
    fresh = f"$crawl.startedMs >= $requestedMs - {FRESHNESS_TOLERANCE_MS}"
    return {
        "StartCrawler": _task(
            targets,
            "aws-sdk:glue:startCrawler",
            {"Name": targets.crawler},
            retry=[
                # A crawl that somebody else began may have listed before our files came: wait for its end,
                # then start our own.
                _retry(pace, ["Glue.CrawlerRunningException"], seconds=60, attempts=15, rate=1, max_delay=61),
                _retry(pace, GLUE_TRANSIENT, seconds=5, attempts=5, rate=2, max_delay=60),
            ],
            catch=_export("StartCrawler"),
            assign={"requestedMs": "{% $millis() %}"},
            next_="WaitForCrawler",
        ),
        "WaitForCrawler": {"Type": "Wait", "Seconds": pace.poll_seconds, "Next": "CheckCrawlerStatus"},
        "CheckCrawlerStatus": _task(
            targets,
            "aws-sdk:glue:getCrawler",
            {"Name": targets.crawler},
            retry=[transient],
            catch=_export("CheckCrawlerStatus"),
            assign={
                "polls": "{% $polls + 1 %}",
                "crawl": "{% $exists($states.result.Crawler.LastCrawl.StartTime) ? "
                "{'state': $states.result.Crawler.State, 'status': $states.result.Crawler.LastCrawl.Status, "
                "'startedMs': $toMillis($states.result.Crawler.LastCrawl.StartTime), "
                "'message': $string($states.result.Crawler.LastCrawl.ErrorMessage)} : "
                "{'state': $states.result.Crawler.State, 'status': 'NONE', 'startedMs': 0} %}",
            },
            next_="IsCrawlerComplete",
        ),
        "IsCrawlerComplete": {
            "Type": "Choice",
            "Comment": "READY alone says nothing: a failed crawl and a stale one are READY too",
            "Choices": [
                {
                    "Condition": f"{{% {ready} and {fresh} and $crawl.status = 'SUCCEEDED' %}}",
                    "Next": "StartGlueJob",
                },
                {
                    "Condition": f"{{% {ready} and {fresh} and $crawl.status in ['FAILED', 'CANCELLED'] %}}",
                    "Next": "CrawlerFailed",
                },
                {"Condition": f"{{% $polls >= {pace.poll_limit} %}}", "Next": "StopCrawler"},
            ],
            "Default": "WaitForCrawler",
        },
        "CrawlerFailed": _failure(
            "Weather.CrawlerFailed",
            "'the crawl ended ' & $crawl.status & ': ' & $crawl.message",
            "IsCrawlerComplete",
        ),
        "StopCrawler": _task(
            targets,
            "aws-sdk:glue:stopCrawler",
            {"Name": targets.crawler},
            retry=[transient],
            # It may have ended in this moment, and a crawler that does not stop changes nothing for this run.
            catch=[{"ErrorEquals": _ANY_ERROR, "Next": "CrawlerTimedOut"}],
            next_="CrawlerTimedOut",
        ),
        "CrawlerTimedOut": _failure(
            "Weather.CrawlerTimedOut",
            f"'no fresh crawl after ' & $polls & ' looks, {pace.poll_seconds} s apart; last seen: ' & "
            "$crawl.state & ', last crawl ' & $crawl.status",
            "IsCrawlerComplete",
        ),
    }


def _job_states(targets: Targets, pace: Pace) -> dict[str, State]:
    return {
        "StartGlueJob": _task(
            targets,
            "glue:startJobRun.sync",
            {
                "JobName": targets.job,
                "Arguments": "{% $merge([{'--run_id': $runId, '--until': $until}, "
                "$since = '' ? {} : {'--since': $since}]) %}",
            },
            timeout=pace.job_task_seconds,
            retry=[
                _retry(
                    pace,
                    ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"],
                    seconds=120,
                    attempts=6,
                    rate=1.5,
                    max_delay=900,
                ),
                _retry(pace, GLUE_TRANSIENT, seconds=5, attempts=5, rate=2, max_delay=60),
                # Once: FLEX may lose its workers, and a repeated run writes the same bytes. A run that used
                # up its time (States.Timeout) would do so again.
                _retry(pace, ["States.TaskFailed"], seconds=180, attempts=1, rate=1, max_delay=181),
            ],
            catch=_export("StartGlueJob"),
            next_="ReadSummary",
        ),
    }


def _summary_states(targets: Targets, pace: Pace) -> dict[str, State]:
    dimensions = [{"Name": "Stack", "Value": targets.stack}]
    metrics = [
        {"MetricName": name, "Value": f"{{% {value} %}}", "Dimensions": dimensions}
        for name, value in METRICS.items()
    ]
    return {
        "ReadSummary": _task(
            targets,
            "aws-sdk:s3:getObject",
            {
                "Bucket": targets.processed_bucket,
                "Key": "{% '_runs/' & $runId & '/summary.json' %}",
            },
            retry=[_patient(pace)],
            catch=_export("ReadSummary"),
            assign={"summary": "{% $parse($states.result.Body) %}"},
            next_="PublishMetrics",
        ),
        "PublishMetrics": _task(
            targets,
            "aws-sdk:cloudwatch:putMetricData",
            {"Namespace": METRIC_NAMESPACE, "MetricData": metrics},
            retry=[_patient(pace)],
            # Metrics are told about the run; they must not fail it.
            catch=[{"ErrorEquals": _ANY_ERROR, "Next": "IsQualityAcceptable"}],
            next_="IsQualityAcceptable",
        ),
        "IsQualityAcceptable": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $summary.status = 'SUCCEEDED' and $summary.verdict.level != 'fail' %}",
                    "Next": "NotifySuccess",
                }
            ],
            "Default": "QualityRejected",
        },
        "QualityRejected": _failure(
            "Weather.QualityRejected",
            "'nothing was published: ' & $join([$summary.verdict.reasons], '; ')",
            "IsQualityAcceptable",
        ),
        "NotifySuccess": _task(
            targets,
            "sns:publish",
            {
                "TopicArn": targets.topic_arn,
                "Subject": f"{{% '{targets.stack}: ' & ($summary.empty ? 'a week without messages' : "
                "$string($summary.messages) & ' messages, verdict ' & $summary.verdict.level) %}",
                "Message": f"{{% {_success_text(targets)} %}}",
            },
            retry=[_patient(pace)],
            # The datasets are published; a lost message must not make the run look failed.
            catch=[{"ErrorEquals": _ANY_ERROR, "Next": "PipelineSucceeded"}],
            next_="PipelineSucceeded",
        ),
        "PipelineSucceeded": {
            "Type": "Succeed",
            "Output": {
                "runId": "{% $runId %}",
                "window": "{% $summary.window %}",
                "replay": "{% $since != '' %}",
                "verdict": "{% $summary.verdict %}",
                "empty": "{% $summary.empty %}",
                "messages": "{% $summary.messages %}",
                "datasets": "{% $summary.datasets %}",
                "cost": "{% $summary.cost %}",
                "manifest": "{% $summary.manifest %}",
            },
        },
    }


def _success_text(targets: Targets) -> str:
    s = "$summary."
    return _text(
        f"$summary.empty ? 'Stack {targets.stack}: no new messages in this window; nothing was written.' : "
        f"'Stack {targets.stack}: the datasets are published.'",
        "'Window: ' & ($type($summary.window.since) = 'string' ? $summary.window.since : 'the beginning') & "
        "' to ' & $summary.window.until & ($since = '' ? '' : ' (replay)')",
        f"'Objects: ' & {s}objects_listed & ' listed, ' & {s}objects_read & ' read, ' & "
        f"{s}objects_unreadable & ' unreadable'",
        f"'Messages: ' & {s}messages & ' = ' & {s}accepted & ' accepted + ' & {s}duplicates & "
        f"' duplicates + ' & {s}merged & ' merged + ' & {s}ignored & ' ignored + ' & {s}quarantined & "
        "' quarantined'",
        f"'Rows written: observations ' & {s}datasets.observations & ', hourly ' & {s}datasets.hourly & "
        f"', daily ' & {s}datasets.daily & ', weekly ' & {s}datasets.weekly",
        f"'Quality: ' & {s}verdict.level & ' ' & $join([{s}verdict.reasons], '; ')",
        f"'Cost of the job: $' & ($type({s}cost.usd) = 'number' ? $string($round({s}cost.usd, 4)) : '?') & "
        f"' in ' & {s}seconds.total & ' s'",
        f"'Manifest: s3://{targets.processed_bucket}/' & {s}manifest",
        "'Execution: ' & $states.context.Execution.Id",
    )


def _failure_states(targets: Targets, pace: Pace) -> dict[str, State]:
    record = (
        "{'execution': $runId, 'executionArn': $states.context.Execution.Id, 'state': $failure.state, "
        "'error': $failure.error, 'cause': $cause, "
        "'window': {'since': $since = '' ? null : $since, 'until': $until}, 'runId': $runId, "
        "'jobRunId': $exists($cause.Id) ? $cause.Id : null, "
        "'startedAt': $states.context.Execution.StartTime, 'failedAt': $now()}"
    )
    parsed = f"$cause := $contains($failure.cause, {_JSON_OBJECT}) ? $parse($failure.cause) : $failure.cause"
    hint = (
        "$failure.error = 'Weather.QualityRejected' ? "
        "'Next: look at quarantine/ and the manifest; then accept or exclude the messages and run again. "
        "The watermark has not moved.' : "
        "'Next: read the error record. The watermark has not moved: the next run reads the same messages "
        "again; weather run starts one now.'"
    )
    return {
        "ExportError": {
            "Type": "Pass",
            "Comment": "One place for what is written about any failure",
            "Assign": {
                "errorKey": "{% 'errors/dt=' & $substring($states.context.Execution.StartTime, 0, 10) & "
                "'/' & $runId & '.json' %}",
            },
            "Next": "PutErrorRecord",
        },
        "PutErrorRecord": _task(
            targets,
            "aws-sdk:s3:putObject",
            {
                "Bucket": targets.processed_bucket,
                "Key": "{% $errorKey %}",
                "ContentType": "application/json",
                "Body": f"{{% ({parsed}; {record}) %}}",
            },
            retry=[_patient(pace)],
            # The notification still tells of the failure, and of the record that could not be written.
            catch=[
                {
                    "ErrorEquals": _ANY_ERROR,
                    "Assign": {
                        "errorKey": "{% 'not written: ' & $states.errorOutput.Error %}",
                    },
                    "Next": "NotifyFailure",
                }
            ],
            next_="NotifyFailure",
        ),
        "NotifyFailure": _task(
            targets,
            "sns:publish",
            {
                "TopicArn": targets.topic_arn,
                "Subject": f"{{% $substring('{targets.stack}: FAILED in ' & $failure.state & ', ' & "
                "$failure.error, 0, 99) %}",
                "Message": "{% "
                + _text(
                    f"'Stack {targets.stack}: the run failed and published nothing new.'",
                    "'State: ' & $failure.state",
                    "'Error: ' & $failure.error",
                    # Glue's cause is the job run as JSON; a person wants its message. Found by pattern, since
                    # a cause cut off at the size limit could not be parsed.
                    f"$told := $match($failure.cause, {_ERROR_MESSAGE}); 'Cause: ' & "
                    "$substring($exists($told) ? $told[0].groups[0] : $failure.cause, 0, 2000)",
                    f"$run := $match($failure.cause, {_JOB_RUN}); "
                    "$exists($run) ? 'Job run: ' & $run[0].groups[0]",
                    "'Window: ' & ($since = '' ? 'the watermark' : $since) & ' to ' & $until",
                    f"'Error record: s3://{targets.processed_bucket}/' & $errorKey",
                    "'Execution: ' & $states.context.Execution.Id",
                    hint,
                )
                + " %}",
            },
            retry=[_patient(pace)],
            # The rule on failed executions sends its own message.
            catch=[{"ErrorEquals": _ANY_ERROR, "Next": "PipelineFailed"}],
            next_="PipelineFailed",
        ),
        "PipelineFailed": {
            "Type": "Fail",
            "Error": "{% $failure.error %}",
            "Cause": "{% $failure.cause %}",
        },
    }


def watchdog(targets: Targets, delay_hours: int) -> dict[str, Any]:
    """Return the definition of the watchdog: is there a summary for the week that should have run?

    A CloudWatch alarm looks back seven days at most, so it cannot miss a weekly run.  The watchdog starts
    ``delay_hours`` after the weekly rule, looks through the summaries of the latest succeeded executions for
    one that reaches the scheduled instant and is no replay, and notifies when there is none.

    Args:
        targets: what to look at and whom to tell.
        delay_hours: hours between the weekly rule and the watchdog's.
    """
    pace = Pace()
    started = "$states.context.Execution.StartTime"
    scheduled = "$states.context.Execution.Input.scheduledTime"
    states: dict[str, State] = {
        "ListExecutions": _task(
            targets,
            "aws-sdk:sfn:listExecutions",
            {"StateMachineArn": targets.pipeline_arn, "StatusFilter": "SUCCEEDED", "MaxResults": 20},
            retry=[_patient(pace)],
            catch=[_caught("ListExecutions", "WatchdogFailed")],
            assign={
                "candidates": "{% [$states.result.Executions.Name] %}",
                "index": 0,
                "expected": f"{{% $fromMillis($toMillis($exists({scheduled}) ? {scheduled} : {started}) - "
                f"{delay_hours * 3_600_000}) %}}",
            },
            next_="HasCandidate",
        ),
        "HasCandidate": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $index < $count($candidates) %}", "Next": "ReadCandidate"}],
            "Default": "NotifyMissing",
        },
        "ReadCandidate": _task(
            targets,
            "aws-sdk:s3:getObject",
            {
                "Bucket": targets.processed_bucket,
                "Key": "{% '_runs/' & $candidates[$index] & '/summary.json' %}",
            },
            retry=[_patient(pace)],
            # An execution whose summary cannot be read is no evidence of a run.
            catch=[{"ErrorEquals": _ANY_ERROR, "Next": "NextCandidate"}],
            assign={"summary": "{% $parse($states.result.Body) %}"},
            next_="IsExpectedRun",
        ),
        "IsExpectedRun": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $summary.replay = false and "
                    "$toMillis($summary.window.until) >= $toMillis($expected) %}",
                    "Next": "RunFound",
                }
            ],
            "Default": "NextCandidate",
        },
        "NextCandidate": {"Type": "Pass", "Assign": {"index": "{% $index + 1 %}"}, "Next": "HasCandidate"},
        "RunFound": {"Type": "Succeed", "Output": {"missing": False, "runId": "{% $summary.run_id %}"}},
        "NotifyMissing": _task(
            targets,
            "sns:publish",
            {
                "TopicArn": targets.topic_arn,
                "Subject": f"{targets.stack}: the weekly run did not happen",
                "Message": "{% "
                + _text(
                    f"'Stack {targets.stack}: no run has succeeded for the week until ' & $expected & '.'",
                    "'Executions looked at: ' & $string($count($candidates))",
                    "'Next: see whether an execution failed or none was started (rule, dead-letter queue); "
                    "weather run starts one now.'",
                    "'Execution: ' & $states.context.Execution.Id",
                )
                + " %}",
            },
            retry=[_patient(pace)],
            catch=[_caught("NotifyMissing", "WatchdogFailed")],
            next_="MissingReported",
        ),
        "MissingReported": {"Type": "Succeed", "Output": {"missing": True, "expected": "{% $expected %}"}},
        "WatchdogFailed": {
            "Type": "Fail",
            "Error": "{% $failure.error %}",
            "Cause": "{% $failure.state & ': ' & $failure.cause %}",
        },
    }
    return {
        "Comment": "Notify when the weekly run did not happen",
        "QueryLanguage": "JSONata",
        "StartAt": "ListExecutions",
        # 20 candidates, each with its retries, take less than this even if every call is slow.
        "TimeoutSeconds": 7200,
        "States": states,
    }


def _task(
    targets: Targets,
    integration: str,
    arguments: dict[str, Any],
    *,
    retry: list[dict[str, Any]],
    catch: list[dict[str, Any]],
    next_: str,
    assign: dict[str, Any] | None = None,
    timeout: int = _CALL_SECONDS,
) -> State:
    """Return a Task state; retry, catch and a time limit are not optional."""
    state: State = {
        "Type": "Task",
        "Resource": f"arn:{targets.partition}:states:::{integration}",
        "Arguments": arguments,
        "TimeoutSeconds": timeout,
        "Retry": retry,
        "Catch": catch,
        "Next": next_,
    }
    return {**state, "Assign": assign} if assign else state


def _retry(
    pace: Pace, errors: list[str], *, seconds: int, attempts: int, rate: float, max_delay: int
) -> dict[str, Any]:
    """Return a retrier with full jitter, so that callers who failed together do not return together."""
    return {
        "ErrorEquals": errors,
        "IntervalSeconds": 1 if pace.fast else seconds,
        "MaxAttempts": attempts,
        "BackoffRate": 1.0 if pace.fast else float(rate),
        "MaxDelaySeconds": 2 if pace.fast else max_delay,
        "JitterStrategy": "FULL",
    }


def _patient(pace: Pace) -> dict[str, Any]:
    """Return the retrier of the small calls around the job: any error, a few times."""
    errors = ["States.TaskFailed", "States.Timeout"]
    return _retry(pace, errors, seconds=5, attempts=3, rate=2, max_delay=60)


def _caught(state: str, next_: str) -> dict[str, Any]:
    """Return a catcher that keeps what happened in the variable ``failure``."""
    return {
        "ErrorEquals": _ANY_ERROR,
        "Assign": {
            "failure": {
                "state": state,
                "error": "{% $states.errorOutput.Error %}",
                "cause": "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}",
            }
        },
        "Next": next_,
    }


def _export(state: str) -> list[dict[str, Any]]:
    return [_caught(state, "ExportError")]


def _failure(error: str, cause: str, state: str) -> State:
    """Return a Pass state that turns a finding into an error and hands it to the export.

    Args:
        error: name of the error.
        cause: JSONata expression of the cause.
        state: the state that found it.
    """
    return {
        "Type": "Pass",
        "Assign": {"failure": {"state": state, "error": error, "cause": f"{{% {cause} %}}"}},
        "Next": "ExportError",
    }


def _text(*lines: str) -> str:
    """Return a JSONata expression that joins lines of text, each an expression itself."""
    return "$join([" + ", ".join(f"({line})" for line in lines) + "], '\\n')"
