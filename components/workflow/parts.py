"""What states are made of: tasks with a time limit, retries and catches, errors and texts."""

from dataclasses import dataclass
from typing import Any

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

GLUE_TRANSIENT = [
    "Glue.ThrottlingException",
    "Glue.OperationTimeoutException",
    "Glue.InternalServiceException",
    "Glue.AWSGlueException",  # what a rate limit is called in practice ("Rate exceeded")
    "Glue.GlueException",
    "Glue.SdkClientException",
]
"""Errors of a Glue call that a later try may not meet."""

CALL_SECONDS = 30  # an API call that takes longer is not going to answer
_JOB_GRACE_SECONDS = 900  # start-up of workers and the last status poll, beyond Glue's own timeout
_WAITING_SECONDS = (
    1800  # a FLEX or queued run may wait 20 minutes before Glue's own timeout counts (Glue guide)
)

ANY_ERROR = ["States.ALL"]


@dataclass(frozen=True)
class Timing:
    """How fast the weekly run polls, retries and gives up.

    Attributes:
        poll_seconds: wait between two looks at the crawler.
        poll_limit: looks before the crawler is stopped.
        job_timeout_minutes: Glue's own limit for a run of the job.
        fast: one second between retries, where there is no AWS to be kind to.
        job_may_wait: whether a run of the job may wait for workers before its own limit counts.
    """

    poll_seconds: int = 120
    poll_limit: int = 30
    job_timeout_minutes: int = 60
    fast: bool = False
    job_may_wait: bool = False

    @property
    def job_task_seconds(self) -> int:
        """Time limit of the state that runs the job; longer than the job's own, which should act first."""
        waiting = _WAITING_SECONDS if self.job_may_wait else 0
        return self.job_timeout_minutes * 60 + waiting + _JOB_GRACE_SECONDS


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


def task(
    targets: Targets,
    integration: str,
    arguments: dict[str, Any],
    *,
    retry: list[dict[str, Any]],
    catch: list[dict[str, Any]],
    next_: str,
    assign: dict[str, Any] | None = None,
    timeout: int = CALL_SECONDS,
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


def retrier(
    timing: Timing, errors: list[str], *, seconds: int, attempts: int, rate: float, max_delay: int
) -> dict[str, Any]:
    """Return a retrier with full jitter, so that callers who failed together do not return together."""
    return {
        "ErrorEquals": errors,
        "IntervalSeconds": 1 if timing.fast else seconds,
        "MaxAttempts": attempts,
        "BackoffRate": 1.0 if timing.fast else float(rate),
        "MaxDelaySeconds": 2 if timing.fast else max_delay,
        "JitterStrategy": "FULL",
    }


def patient(timing: Timing) -> dict[str, Any]:
    """Return the retrier of the small calls around the job: any error, a few times."""
    errors = ["States.TaskFailed", "States.Timeout"]
    return retrier(timing, errors, seconds=5, attempts=3, rate=2, max_delay=60)


def caught(state: str, next_: str) -> dict[str, Any]:
    """Return a catcher that keeps what happened in the variable ``failure``."""
    return {
        "ErrorEquals": ANY_ERROR,
        "Assign": {
            "failure": {
                "state": state,
                "error": "{% $states.errorOutput.Error %}",
                "cause": "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}",
            }
        },
        "Next": next_,
    }


def export(state: str) -> list[dict[str, Any]]:
    """Return the catchers of a state whose errors are exported."""
    return [caught(state, "ExportError")]


def failure(error: str, cause: str, state: str) -> State:
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


def joined(*lines: str) -> str:
    """Return a JSONata expression that joins lines of text, each an expression itself."""
    return "$join([" + ", ".join(f"({line})" for line in lines) + "], '\\n')"
