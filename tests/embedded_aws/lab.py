"""A small world in the embedded AWS, and what its tests share."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded_aws import EmbeddedAws, Execution, Pace

TINY = Path(__file__).parents[1] / "fixtures" / "programs" / "tiny"
QUICK = Pace(glue_minute=0.05, retry_second=0.05, sync_poll=0.02)
SATURDAY = datetime(2026, 11, 21, 17, tzinfo=UTC)  # Sunday midnight at UTC+7


def until(met: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a condition; give up silently, the caller asserts."""
    end = time.monotonic() + seconds
    while not met() and time.monotonic() < end:
        time.sleep(0.02)


@dataclass
class Lab:
    """An embedded AWS with a bucket, a crawler over `raw/telemetry/` and a job, made through boto3."""

    aws: EmbeddedAws
    bucket: str = "lab"
    role: str = ""

    def set_up(self, script: str = "print('done')\n", **job: Any) -> "Lab":
        self.role = f"arn:aws:iam::{self.aws.account}:role/lab"
        place = {"LocationConstraint": self.aws.region}
        self.aws.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration=place)
        self.put("job.py", script)
        glue = self.aws.client("glue")
        glue.create_database(DatabaseInput={"Name": "lab"})
        target = {"Path": f"s3://{self.bucket}/raw/telemetry/", "SampleSize": 10}
        glue.create_crawler(
            Name="crawler",
            Role=self.role,
            DatabaseName="lab",
            Targets={"S3Targets": [target]},
            Configuration=json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}),
        )
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{self.bucket}/job.py"}
        glue.create_job(Name="job", Role=self.role, Command=command, **job)
        return self

    def put(self, key: str, body: str | bytes) -> None:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def start(self, definition: dict[str, Any], data: Any = None) -> str:
        """Start an execution of a definition (JSONata unless it says otherwise); return its ARN."""
        states = self.aws.client("stepfunctions")
        machine = states.create_state_machine(
            name=f"m{uuid.uuid4().hex[:8]}",
            roleArn=self.role or f"arn:aws:iam::{self.aws.account}:role/lab",
            definition=json.dumps({"QueryLanguage": "JSONata", **definition}),
        )
        arn = machine["stateMachineArn"]
        return states.start_execution(stateMachineArn=arn, input=json.dumps(data or {}))["executionArn"]

    def run(self, definition: dict[str, Any], data: Any = None, timeout: float = 20) -> Execution:
        """Start an execution and wait for its end."""
        return self.aws.wait(self.start(definition, data), timeout)

    def do(self, state: dict[str, Any], data: Any = None, timeout: float = 20) -> Execution:
        """Run one state."""
        kind = {} if state.get("Type") in ("Fail", "Succeed") else {"End": True}
        return self.run({"StartAt": "S", "States": {"S": {"Type": "Task", **kind, **state}}}, data, timeout)
