"""The whole pipeline in the embedded AWS: deployed once per module, fed and run by the tests."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from embedded_aws import EmbeddedAws, Execution, Notification
from tests.embedded_aws.lab import SATURDAY

WEEK = timedelta(days=7)
LONG_AGO = SATURDAY - 52 * WEEK  # no test may come to a week that is not over: its run would be refused
LOOKS = 5  # at a crawl, before it is stopped; enough for a busy machine
TO_JOB = (
    "Prepare",
    "CheckInput",
    "IsInputValid",
    "StartCrawler",
    "WaitForCrawler",
    "CheckCrawlerStatus",
    "IsCrawlerComplete",
    "StartGlueJob",
)
AFTER_JOB = (
    "ReadSummary",
    "IsSummaryComplete",
    "PublishMetrics",
    "IsQualityAcceptable",
    "NotifySuccess",
    "PipelineSucceeded",
)
SUCCESS = TO_JOB + AFTER_JOB
STAND_IN = """
import json, os, sys, urllib.request
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
counts = dict.fromkeys(("objects_listed", "objects_read", "messages", "accepted"), 1)
zeros = dict.fromkeys(("objects_unreadable", "duplicates", "merged", "ignored", "quarantined"), 0)
summary = counts | zeros | {
    "run_id": given["--run_id"], "status": "SUCCEEDED", "verdict": {"level": "pass", "reasons": []},
    "empty": False, "window": {"since": None, "until": given["--until"]}, "replay": "--since" in given,
    "datasets": {"observations": 1, "hourly": 1, "daily": 1, "weekly": 1},
    "seconds": {"total": 1}, "cost": {"usd": 0.01}, "manifest": "stand-in", "watermark_moved": True,
}
bucket = given["--target"].removeprefix("s3://")
url = f"{os.environ['AWS_ENDPOINT_URL']}/{bucket}/_runs/{given['--run_id']}/summary.json"
kind = {"Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(url, json.dumps(summary).encode(), kind, method="PUT"))
"""
FAILURE = ("ExportError", "PutErrorRecord", "NotifyFailure", "PipelineFailed")


@dataclass
class World:
    """A deployed pipeline.

    Attributes:
        aws: where it is deployed.
        out: its exports.
        instant: the scheduled instant of the latest week.
    """

    aws: EmbeddedAws
    out: dict[str, Any]
    instant: datetime = LONG_AGO

    def next_week(self, hours: int = 24) -> datetime:
        """Go on to the next week and put its messages into the lake; return its scheduled instant."""
        self.instant += WEEK
        self.aws.faults.clear()
        self.put_messages(hours)
        return self.instant

    def stand_in(self) -> None:
        """Let a script that only writes a good summary stand in for a job that is not the subject."""
        self.aws.faults.job_script(STAND_IN)

    def fill_job_slots(self) -> list[str]:
        """Take every concurrent run of the job, as somebody else would; return the ids of the runs."""
        glue = self.aws.client("glue")
        job = glue.get_job(JobName=self.out["job_name"])["Job"]
        slots = job["ExecutionProperty"]["MaxConcurrentRuns"]
        for _ in range(slots):
            self.aws.faults.job_hangs(minutes=60)
        return [glue.start_job_run(JobName=self.out["job_name"])["JobRunId"] for _ in range(slots)]

    def free_job_slots(self, runs: list[str]) -> None:
        """Stop runs of the job."""
        self.aws.client("glue").batch_stop_job_run(JobName=self.out["job_name"], JobRunIds=runs)

    def empty_lake(self) -> None:
        """Delete every raw message."""
        s3, bucket = self.aws.client("s3"), self.out["data_lake_bucket"]
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=self.out["raw_prefix"]
        ):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket=bucket, Key=item["Key"])

    def put_messages(self, hours: int) -> None:
        """One message an hour of one station, up to the scheduled instant."""
        for age in range(hours, 0, -1):
            at = self.instant - timedelta(hours=age)
            angle = 2 * math.pi * at.hour / 24
            data = {
                "temperature": round(25 + 4 * math.sin(angle), 2),
                "humidity": round(70 + 9 * math.cos(angle), 1),
            }
            message = {"deviceId": "station-1", "timestamp": at.isoformat(), "data": data}
            self.put_raw("SGN", at, json.dumps(message, indent=2).encode())

    def put_raw(self, site: str, at: datetime, body: bytes) -> str:
        """Put one object as the IoT rule keys it; return its key."""
        key = f"{self.out['raw_prefix']}{site}/{int(at.timestamp() * 1000)}.json"
        self.aws.put_objects(self.out["data_lake_bucket"], [(key, body, at)])
        return key

    def start(self, data: dict[str, Any] | None = None) -> str:
        """Start an execution as the schedule does, or with an input of one's own; return its ARN."""
        if data is None:
            (arn,) = self.aws.tick(self.instant)
            return arn
        machine = self.out["state_machine_arn"]
        states = self.aws.client("stepfunctions")
        return states.start_execution(stateMachineArn=machine, input=json.dumps(data))["executionArn"]

    def run(self, data: dict[str, Any] | None = None) -> Execution:
        """Start an execution and wait for its end; print what a test that fails wants to show."""
        run = self.aws.wait(self.start(data), timeout=60)
        print(run.status, run.error, run.cause)
        for job in self.aws.job_runs(self.out["job_name"])[-1:]:
            print(job.state, job.stderr)
        return run

    def said(self, execution: Execution) -> list[Notification]:
        """What was published about an execution."""
        return [note for note in self.aws.notifications() if execution.name in note.message]

    def failure_said(self, execution: Execution) -> Notification:
        """The workflow's own message about a failure; the rule's on the status comes beside it."""
        (own,) = [note for note in self.said(execution) if "Error record:" in note.message]
        (rule,) = [note for note in self.said(execution) if note != own]
        assert execution.status in rule.message
        return own

    def record(self, execution: Execution) -> dict[str, Any] | None:
        """The error record of an execution, if there is one."""
        key = f"errors/dt={execution.started.astimezone(UTC):%Y-%m-%d}/{execution.name}.json"
        return self.document(key)

    def summary(self, execution: Execution) -> dict[str, Any] | None:
        """The summary of an execution's run, if there is one."""
        return self.document(f"_runs/{execution.name}/summary.json")

    def document(self, key: str) -> dict[str, Any] | None:
        """A JSON document of the datasets bucket, or None."""
        s3 = self.aws.client("s3")
        try:
            body = s3.get_object(Bucket=self.out["processed_bucket"], Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return cast("dict[str, Any]", json.loads(body))


def failed_attempts(execution: Execution, state: str) -> list[str]:
    """Error names of the failed attempts of a state, retried ones too."""
    errors: list[str] = []
    current = ""
    for event in execution.history:
        if "stateEnteredEventDetails" in event:
            current = event["stateEnteredEventDetails"]["name"]
        elif event["type"] in ("TaskFailed", "TaskTimedOut") and current == state:
            details = event.get("taskFailedEventDetails") or event["taskTimedOutEventDetails"]
            errors.append(details["error"])
    return errors
