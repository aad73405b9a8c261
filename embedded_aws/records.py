"""What the embedded AWS tells about itself: plain records, no behaviour beyond reading them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Pace:
    """How fast the embedded AWS runs compared with AWS; the defaults are for a person who watches.

    Attributes:
        glue_minute: seconds that count as one minute of a Glue job's timeout.
        retry_second: seconds slept per second of a Step Functions retry interval.
        sync_poll: seconds between two looks of a `.sync` task at its job run (AWS: about a minute).
    """

    glue_minute: float = 60.0
    retry_second: float = 1.0
    sync_poll: float = 0.2


@dataclass(frozen=True)
class Deployed:
    """One resource of a deployment.

    Attributes:
        type: Pulumi type token, such as `aws:glue/job:Job`.
        name: Pulumi resource name.
        id: the id the provider would give.
        seconds: how long its creation took.
    """

    type: str
    name: str
    id: str
    seconds: float


@dataclass(frozen=True)
class StateVisit:
    """One stay of an execution in a state.

    Attributes:
        name: state name.
        type: `Task`, `Wait`, `Choice`, `Pass`, `Succeed`, `Fail`, `Map` or `Parallel`.
        entered: when the state was entered (UTC).
        exited: when it was left, or when the execution ended in it (UTC).
        seconds: `exited - entered`.
        status: `SUCCEEDED`; `CAUGHT` when an error led to a catcher; `FAILED`, `TIMED_OUT` or `ABORTED`
            when the execution ended there that way.
        error: error name of the last failed attempt, or None.
        cause: its cause, or None.
        failures: failed attempts, whether retried, caught or final.
    """

    name: str
    type: str
    entered: datetime
    exited: datetime
    seconds: float
    status: str
    error: str | None = None
    cause: str | None = None
    failures: int = 0


@dataclass(frozen=True)
class Execution:
    """One execution as DescribeExecution and GetExecutionHistory show it.

    Attributes:
        arn: execution ARN.
        name: execution name, which is the run id.
        status: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
        error: error name of a failed execution, else None.
        cause: cause of a failed execution, else None.
        input: parsed input.
        output: parsed output, None until the execution succeeded.
        history: history events as Step Functions returns them.
        states: names of the states in the order they were entered.
        started: start (UTC).
        stopped: end (UTC), None while it runs.
    """

    arn: str
    name: str
    status: str
    error: str | None
    cause: str | None
    input: Any
    output: Any
    history: tuple[Mapping[str, Any], ...]
    states: tuple[str, ...]
    started: datetime
    stopped: datetime | None


@dataclass(frozen=True)
class Notification:
    """One message published to a topic.

    Attributes:
        topic: topic ARN.
        subject: subject, or None.
        message: the message as it was published.
    """

    topic: str
    subject: str | None
    message: str


@dataclass(frozen=True)
class JobRun:
    """One run of a Glue job.

    Attributes:
        id: job run id.
        job: job name.
        state: Glue's JobRunState.
        arguments: merged arguments, as the script received them.
        error: Glue's ErrorMessage, or None.
        seconds: run time.
        argv: command line of the subprocess, empty when none was started.
        env: the variables that were set for it.
        stdout: captured standard output.
        stderr: captured standard error.
    """

    id: str
    job: str
    state: str
    arguments: Mapping[str, str]
    error: str | None
    seconds: float
    argv: tuple[str, ...]
    env: Mapping[str, str]
    stdout: str
    stderr: str


@dataclass(frozen=True)
class ApiCall:
    """One API call that the server saw.

    Attributes:
        service: IAM prefix of the service, such as `s3`, `glue`, `states`, `logs`.
        operation: operation name, such as `StartJobRun`.
        principal: role ARN of the caller, or `deployer` for the program and the person at the keyboard.
        resource: ARN of the bucket, key, job, topic ... of the call, or `*` where the call names none.
        at: time of the call (UTC).
        status: HTTP status of the answer.
        parameters: what else of the request IAM conditions may look at.
    """

    service: str
    operation: str
    principal: str
    resource: str
    at: datetime
    status: int
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def action(self) -> str:
        """The call as an IAM action, such as `s3:GetObject`."""
        return f"{self.service}:{self.operation}"
