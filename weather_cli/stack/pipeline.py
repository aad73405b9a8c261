"""A deployed stack, reached through boto3: start an execution, follow it, read what it left behind.

Names come from the stack's settings, so neither the Pulumi CLI nor its state is needed.  The same code serves
an account, any endpoint in AWS_ENDPOINT_URL, and the embedded AWS.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
from botocore.exceptions import ClientError

from stack_files import load_yaml, read_stack
from weather_cli.errors import CommandError, UsageError
from weather_cli.project import find_project

if TYPE_CHECKING:
    from components.settings import Settings

ClientFactory = Callable[[str], Any]

# Events of a history that end a task's attempt or the execution; the value tells whether the attempt failed.
_TASK_ENDS: Final = {
    "TaskSucceeded": False,
    "TaskFailed": True,
    "TaskTimedOut": True,
    "TaskStartFailed": True,
    "TaskSubmitFailed": True,
}
_EXECUTION_ENDS: Final = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}


@dataclass(frozen=True)
class Visit:
    """One stay of an execution in a state.

    Attributes:
        name: name of the state.
        entered: when the state was entered.
        exited: when it was left; None while the execution is in it.
        failed: whether its work failed in the end, also if the workflow caught that; always in a Fail state
            and, by its name, in the state that stands for a failed crawl.
    """

    name: str
    entered: datetime
    exited: datetime | None = None
    failed: bool = False

    @property
    def seconds(self) -> float:
        """Duration of the stay; 0 while it lasts."""
        return (self.exited - self.entered).total_seconds() if self.exited else 0.0


@dataclass(frozen=True)
class Run:
    """One execution of the state machine.

    Attributes:
        arn: ARN of the execution.
        run_id: its name, which is also the id of the run in the datasets bucket.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        started: when it began.
        stopped: when it ended; None while it runs.
        error: error name of an execution that failed.
        cause: cause of the failure, as text.
    """

    arn: str
    run_id: str
    status: str
    started: datetime
    stopped: datetime | None = None
    error: str = ""
    cause: str = ""


def stack_settings(stack: str, project: Path | None = None) -> "Settings":
    """Return the settings of a stack from its file, checked as the Pulumi program checks them.

    Args:
        stack: name of the stack.
        project: checkout of the project; None for the one that `find_project` finds.

    Raises:
        UsageError: if there is no checkout or no such stack file.
        ValueError: if its settings are refused.
    """
    root = find_project(project)
    from components.settings import Settings

    stack = stack.rsplit("/", 1)[-1]  # the CLI prints organization/project/stack
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = sorted(file.suffixes[0][1:] for file in root.glob("Pulumi.*.yaml"))
        raise UsageError(f"no stack '{stack}': there is no {path.name}; stacks: {', '.join(known)}")
    return Settings.from_config(read_stack(root, stack), str(load_yaml(root / "Pulumi.yaml")["name"]))


def client_factory(settings: "Settings") -> ClientFactory:
    """Return a factory of clients for the stack's region, with the credentials and endpoint boto3 finds."""
    session = boto3.Session(region_name=settings.identity.region)
    return lambda service: cast("Any", session).client(service)


class Pipeline:
    """The deployed resources of a stack that a run needs.

    Args:
        settings: settings of the stack.
        client: makes a boto3 client for a service name.
    """

    def __init__(self, settings: "Settings", client: ClientFactory) -> None:
        self.settings = settings
        self._machine = settings.names.pipeline_arn
        self._bucket = settings.names.processed_bucket
        self._states = client("stepfunctions")
        self._s3 = client("s3")

    def start(self, name: str, payload: Mapping[str, str]) -> str:
        """Start an execution and return its ARN.

        Args:
            name: name of the execution, which becomes the run id.
            payload: its input: nothing for a run up to now, `since` and `until` for a replay.
        """
        started = self._states.start_execution(
            stateMachineArn=self._machine, name=name, input=json.dumps(dict(payload))
        )
        return started["executionArn"]

    def follow(self, arn: str, poll_seconds: float = 0.2) -> Iterator[Visit]:
        """Yield each state twice, when it is entered and when it is left, until the execution has ended."""
        inside: dict[str, Visit] = {}
        seen = 0
        while True:
            running = self.run(arn).status == "RUNNING"
            events = self._history(arn)
            for event in events[seen:]:
                yield from _visits(event, inside)
            seen = len(events)
            if not running:
                return
            time.sleep(poll_seconds)

    def run(self, arn: str) -> Run:
        """Return the execution as it is now."""
        described = self._states.describe_execution(executionArn=arn)
        return Run(
            arn=arn,
            run_id=described["name"],
            status=described["status"],
            started=described["startDate"],
            stopped=described.get("stopDate"),
            error=described.get("error", ""),
            cause=described.get("cause", ""),
        )

    def recent(self, limit: int) -> list[Run]:
        """Return the last executions, the newest first."""
        listed = self._states.list_executions(stateMachineArn=self._machine, maxResults=limit)
        newest = sorted(listed["executions"], key=lambda run: run["startDate"], reverse=True)
        return [self.run(execution["executionArn"]) for execution in newest[:limit]]

    def summary(self, run_id: str) -> dict[str, Any] | None:
        """Return the summary of a run, or None if it has left none."""
        return self._document(f"_runs/{run_id}/summary.json")

    def error_record(self, run: Run) -> dict[str, Any] | None:
        """Return the error record of a run with its `key`, or None if there is none."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix="errors/")
        keys = (item["Key"] for page in pages for item in page.get("Contents", []))
        key = next((key for key in keys if key.endswith(f"/{run.run_id}.json")), None)
        return None if key is None else {"key": key, **(self._document(key) or {})}

    def _document(self, key: str) -> dict[str, Any] | None:
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise CommandError(f"s3://{self._bucket}/{key} cannot be read: {error}") from error
        return json.loads(body)

    def _history(self, arn: str) -> list[dict[str, Any]]:
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]


def readable_cause(cause: str) -> str:
    """Return the cause of a failure for reading: of a job run, its error message and id.

    The integration that runs the job gives the whole description of the run as JSON.
    """
    try:
        run = json.loads(cause)
        return f"{run['ErrorMessage']} (job run {run['Id']})"
    except (ValueError, KeyError, TypeError):
        return cause


def _visits(event: Mapping[str, Any], inside: dict[str, Visit]) -> Iterator[Visit]:
    """Yield what an event of the history says about states; `inside` holds the states not left yet."""
    kind, at = event["type"], event["timestamp"]
    if "stateEnteredEventDetails" in event:
        name = event["stateEnteredEventDetails"]["name"]
        inside[name] = Visit(name, at, failed=kind == "FailStateEntered" or name == "CrawlerFailed")
        yield inside[name]
    elif "stateExitedEventDetails" in event:
        name = event["stateExitedEventDetails"]["name"]
        yield replace(inside.pop(name), exited=at)
    elif kind in _TASK_ENDS:
        # The workflow has no parallel states, so the state that is inside is the one whose task ended.
        inside.update({name: replace(visit, failed=_TASK_ENDS[kind]) for name, visit in inside.items()})
    elif kind in _EXECUTION_ENDS:
        # A Fail state is never left, and neither is the state in which an execution was stopped.
        yield from (replace(visit, exited=at) for visit in inside.values())
        inside.clear()
