"""Every private name of moto that the embedded AWS replaces, and why.  Holds for moto 5.2.5.

Each repair is one function with the defect in its docstring.  `Patches` remembers what it replaced; leaving
an `EmbeddedAws` leaves moto as it was.  `tests/embedded_aws/test_canaries.py` shows each defect with one
repair left out: when such a test fails, moto has mended it and the repair goes.
"""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false
# ruff: noqa: ARG001 - a repair and what it puts in place keep the signatures they are called with

import json
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final, cast

import moto.backends as moto_backends
import moto.glue.models as glue
import moto.stepfunctions.parser.asl.utils.boto_client as sfn_boto
import moto.stepfunctions.parser.utils as sfn_utils
from botocore.response import StreamingBody
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.core.model_instances import reset_model_data
from moto.core.responses import ActionResult
from moto.events.models import Rule, events_backends
from moto.glue.exceptions import CrawlerNotRunningException, CrawlerRunningException
from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket, s3_backends
from moto.sns.models import sns_backends
from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import MaxAttemptsOutcome
from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import RetrierDecl
from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service as task,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as task_sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_glue as task_glue,
)
from moto.stepfunctions.parser.asl.component.state.fail import state_fail
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

from embedded_aws.clients import make
from embedded_aws.delivery import Delivery
from embedded_aws.glue.crawler import Crawl, CrawlRunner
from embedded_aws.glue.jobs import JobRunner, Run
from embedded_aws.records import Pace
from embedded_aws.stepfunctions.jsonata import ExpressionError, evaluate

MOTO_VERSION: Final = "5.2.5"


@dataclass(frozen=True)
class Machinery:
    """What the repairs hand work to.

    Attributes:
        endpoint: URL of the server.
        account: account id.
        region: region.
        pace: how fast things go.
        key_of: access key that stands for a principal.
        jobs: runs jobs.
        crawls: runs crawls.
        delivery: delivers events.
        now: clock, UTC.
        client: (service, principal) -> boto3 client.
    """

    endpoint: str
    account: str
    region: str
    pace: Pace
    key_of: Callable[[str], str]
    jobs: JobRunner
    crawls: CrawlRunner
    delivery: Delivery
    now: Callable[[], datetime]
    client: Callable[[str, str], Any]


class Patches:
    """Attributes that were replaced, to be put back in reverse order."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def set(self, owner: Any, name: str, value: object) -> Any:
        """Replace an attribute; return what was there (None if the owner itself had nothing)."""
        missing = object()
        old = vars(owner).get(name, missing)
        if old is missing:
            self._undo.append(lambda: delattr(owner, name))
        else:
            self._undo.append(lambda: setattr(owner, name, old))
        setattr(owner, name, value)
        return None if old is missing else old

    def undo_with(self, action: Callable[[], None]) -> None:
        """Run `action` when the patches are taken back."""
        self._undo.append(action)

    def restore(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()


Repair = Callable[[Patches, Machinery], None]
REPAIRS: Final[dict[str, Repair]] = {}


def _repair(function: Repair) -> Repair:
    REPAIRS[function.__name__.lstrip("_")] = function
    return function


def install(machinery: Machinery, without: Iterable[str] = ()) -> Patches:
    """Apply every repair but those in `without`.

    Raises:
        ValueError: `without` names no repair.
    """
    left_out = set(without)
    unknown = left_out - set(REPAIRS)
    if unknown:
        raise ValueError(f"no repair named {', '.join(sorted(unknown))}")
    patches = Patches()
    for name, repair in REPAIRS.items():
        if name not in left_out:
            repair(patches, machinery)
    return patches


# --- server -----------------------------------------------------------------------------------------------


@_repair
def _modules_list(patches: Patches, machinery: Machinery) -> None:
    """Moto lists about 190 folders for every request, under a lock; cached, the server is twice as fast."""
    names = frozenset(moto_backends.list_of_moto_modules())
    patches.set(moto_backends, "list_of_moto_modules", lambda: names)


@_repair
def _bucket_policy_conditions(patches: Patches, machinery: Machinery) -> None:
    """Bucket policies are enforced without their conditions: "deny unless TLS" denies everything.

    Conditions in use here speak of transport, source account and encryption.  On the loopback interface they
    are taken as kept, so a statement with a condition does not apply.
    """

    def permission(self: Any, action: str, resource: str) -> Any:
        document = json.loads(self.policy.decode()) if self.policy else {"Statement": []}
        document["Statement"] = [item for item in document["Statement"] if not item.get("Condition")]
        return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)

    patches.set(FakeBucket, "get_permission", permission)


@_repair
def _bucket_logging(patches: Patches, machinery: Machinery) -> None:
    """Looking for the log service's permission, moto stumbles over a statement whose principal is `*`."""
    original: Any = FakeBucket._log_permissions_enabled_policy

    def permitted(target_bucket: Any, target_prefix: str | None) -> bool:
        policy = json.loads(target_bucket.policy.decode()) if target_bucket.policy else {"Statement": []}
        policy["Statement"] = [
            item | {"Resource": resource}
            for item in policy["Statement"]
            if isinstance(item.get("Principal"), dict)
            for resource in _listed(item.get("Resource"))
        ]
        readable = SimpleNamespace(
            policy=json.dumps(policy).encode(), partition=target_bucket.partition, name=target_bucket.name
        )
        return bool(original(readable, target_prefix))

    patches.set(FakeBucket, "_log_permissions_enabled_policy", staticmethod(permitted))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- Step Functions: tasks --------------------------------------------------------------------------------


@_repair
def _execute_state_machines(patches: Patches, machinery: Machinery) -> None:
    """Left alone, moto starts executions but does not interpret the definition."""
    config: dict[str, Any] = cast("Any", default_user_config)
    before = config["stepfunctions"]
    config["stepfunctions"] = {"execute_state_machine": True}
    patches.undo_with(lambda: config.update(stepfunctions=before))


@_repair
def _execution_names(patches: Patches, machinery: Machinery) -> None:
    """An execution that is started without a name gets none; AWS makes one up."""
    start: Any = StepFunctionsParserBackend.start_execution

    def start_execution(
        self: Any, state_machine_arn: str, name: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        return start(self, state_machine_arn, name or str(uuid.uuid4()), *args, **kwargs)

    patches.set(StepFunctionsParserBackend, "start_execution", start_execution)


@_repair
def _task_clients(patches: Patches, machinery: Machinery) -> None:
    """Tasks call `http://localhost:$MOTO_PORT` with one dummy key: no free port, no role to be seen."""
    clients: dict[tuple[str, str], Any] = {}
    lock = threading.Lock()

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role = getattr(state_credentials, "role_arn", None) or "deployer"
        with lock:
            if (service, role) not in clients:
                clients[service, role] = make(
                    service, machinery.endpoint, region, machinery.key_of(role), validate=False
                )
            return clients[service, role]

    def close() -> None:
        for client in clients.values():
            client.close()

    patches.undo_with(close)

    original = sfn_boto.boto_client_for
    patches.set(sfn_boto, "boto_client_for", client_for)
    for module in _importers_of(original):
        patches.set(module, "boto_client_for", client_for)


def _importers_of(function: object) -> list[Any]:
    """Modules of moto's Step Functions that imported the function by name."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("moto.stepfunctions.") and vars(module).get("boto_client_for") is function
    ]


@_repair
def _task_parameters(patches: Patches, machinery: Machinery) -> None:
    """A task's parameters reach boto3 as they are: an object as S3 Body, say, is refused."""

    def normalise(
        self: Any, parameters: Any, boto_service_name: Any = None, service_action_name: Any = None
    ) -> None:
        shape = _operation_model(self, machinery, boto_service_name, service_action_name).input_shape
        if shape is not None:
            self._to_boto_request(parameters, shape)

    patches.set(task.StateTaskService, "_normalise_parameters", normalise)


@_repair
def _task_response(patches: Patches, machinery: Machinery) -> None:
    """A task's response keeps streams and instants, which are no JSON, and the API's lower-case names."""

    def normalise(
        self: Any, response: Any, boto_service_name: Any = None, service_action_name: Any = None
    ) -> None:
        if isinstance(response, dict):
            shape = _operation_model(self, machinery, boto_service_name, service_action_name).output_shape
            plain = _json_value(response, shape)
            response.clear()
            response.update(plain)

    patches.set(task.StateTaskService, "_normalise_response", normalise)


def _json_value(value: Any, shape: Any = None) -> Any:
    """JSON for what boto3 returns: members in PascalCase, instants as ISO 8601 UTC with milliseconds."""
    if isinstance(value, dict):
        members = getattr(shape, "members", None)
        inner = getattr(shape, "value", None)  # of a map, whose keys are data
        return {
            key[:1].upper() + key[1:] if members and key in members else key: _json_value(
                item, members.get(key) if members else inner
            )
            for key, item in value.items()
            if key != "ResponseMetadata"
        }
    if isinstance(value, list | tuple):
        return [_json_value(item, getattr(shape, "member", None)) for item in value]
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, StreamingBody):
        return value.read().decode("utf-8")
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value


def instant(at: datetime) -> str:
    """Write an instant as Step Functions does: `2026-11-21T17:00:00.123Z`; a naive one is UTC."""
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%S.") + f"{aware.microsecond // 1000:03d}Z"


def _operation_model(service_task: Any, machinery: Machinery, service: Any, action: Any) -> Any:
    client = machinery.client(service_task._get_boto_service_name(service), "deployer")
    method = service_task._get_boto_service_action(action)
    operation = client.meta.method_to_api_mapping.get(method)
    if operation is None:
        raise ValueError(f"{client.meta.service_model.service_name} has no API action {method}")
    return client.meta.service_model.operation_model(operation)


@_repair
def _error_names(patches: Patches, machinery: Machinery) -> None:
    """Errors of SDK tasks carry the service's name in lower case (`glue.X`); AWS says `Glue.X`."""
    names = {"glue": "Glue", "s3": "S3", "sns": "Sns", "sqs": "Sqs", "sfn": "Sfn", "cloudwatch": "CloudWatch"}
    old = dict(task_sdk._SERVICE_ERROR_NAMES)
    task_sdk._SERVICE_ERROR_NAMES.update(names)

    def restore() -> None:
        task_sdk._SERVICE_ERROR_NAMES.clear()
        task_sdk._SERVICE_ERROR_NAMES.update(old)

    patches.undo_with(restore)


@_repair
def _glue_sync(patches: Patches, machinery: Machinery) -> None:
    """`glue:startJobRun.sync` fails on a callback endpoint that it never has, and never stops its job run."""

    def wait(
        self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
    ) -> None:
        started = env.stack[-1]
        look = self._build_sync_resolver(env, resource_runtime_part, normalised_parameters, state_credentials)
        while env.is_running():
            outcome = look()  # raises when the run did not succeed
            if outcome:
                env.stack.append(_json_value(outcome))
                return
            time.sleep(machinery.pace.sync_poll)
        # The state timed out or the execution was stopped: Step Functions stops what it started.
        glue_client = self._get_glue_client(resource_runtime_part, state_credentials)
        glue_client.batch_stop_job_run(JobName=started["JobName"], JobRunIds=[started["JobRunId"]])
        raise RuntimeError("the task was abandoned")

    patches.set(task_glue.StateTaskServiceGlue, "_eval_integration_pattern", wait)


@_repair
def _glue_stopped(patches: Patches, machinery: Machinery) -> None:
    """A job run that was stopped counts as success of a `.sync` task."""
    abnormal = task_glue._JOB_RUN_STATE_ABNORMAL_TERMINAL_VALUE
    added = {"STOPPED", "EXPIRED"} - abnormal
    abnormal |= added
    patches.undo_with(lambda: abnormal.difference_update(added))


# --- Step Functions: language -----------------------------------------------------------------------------


@_repair
def _jsonata(patches: Patches, machinery: Machinery) -> None:
    """Moto ships no JSONata evaluator, and splices values into the text of an expression without escaping."""

    def evaluate_in(self: Any, env: Any) -> None:
        scope = env.variable_store
        variables = {**scope._outer_scope, **scope._inner_scope, "states": _states(env)}
        try:
            env.stack.append(evaluate(self.expression, variables))
        except ExpressionError as error:
            raise _query_error(env, str(error)) from error

    patches.set(StringJSONata, "_eval_body", evaluate_in)


def _states(env: Any) -> Any:
    """`$states` as plain JSON."""
    return json.loads(json.dumps(env.states._states_data, default=_encode))


def _encode(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else str(value)


def _query_error(env: Any, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EventDetails(
        evaluationFailedEventDetails=EvaluationFailedEventDetails(error=name.error_name, cause=cause)
    )
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=details,
    )
    return FailureEventException(
        FailureEvent(
            env=env, error_name=name, event_type=HistoryEventType.EvaluationFailed, event_details=details
        )
    )


@_repair
def _fail_error(patches: Patches, machinery: Machinery) -> None:
    """A Fail state refuses to pass on an error named `States.`..., as a caught one often is."""
    patches.set(state_fail, "CustomErrorName", ErrorName)


@_repair
def _retry_sleep(patches: Patches, machinery: Machinery) -> None:
    """A retry sleeps through StopExecution, and at one speed only."""

    def evaluate_retrier(self: Any, env: Any) -> None:
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(RetrierOutcome.Skipped)
            return
        self.max_attempts.eval(env=env)
        if env.stack.pop() == MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(RetrierOutcome.Failed)
            return
        for step in (self.interval_seconds, self.backoff_rate, self.max_delay_seconds, self.jitter_strategy):
            step.eval(env=env)
        _sleep(env, env.stack.pop() * machinery.pace.retry_second)
        env.stack.append(RetrierOutcome.Executed)

    patches.set(RetrierDecl, "_eval_body", evaluate_retrier)


def _sleep(env: Any, seconds: float) -> None:
    """Sleep unless the execution ends."""
    end = time.monotonic() + seconds
    while env.is_running() and (left := end - time.monotonic()) > 0:
        env.program_state_event.wait(min(left, 0.2))


@_repair
def _stop(patches: Patches, machinery: Machinery) -> None:
    """An error that comes after StopExecution or a timeout turns ABORTED or TIMED_OUT into FAILED."""
    set_error: Any = Environment.set_error
    set_stop: Any = Environment.set_stop
    set_timed_out: Any = Environment.set_timed_out
    add_event: Any = EventManager.add_event

    def error_while_running(self: Any, error: Any) -> None:
        if self.is_running():
            set_error(self, error)

    def stop(self: Any, *args: Any, **kwargs: Any) -> None:
        _mark_over(self)
        set_stop(self, *args, **kwargs)

    def time_out(self: Any) -> None:
        _mark_over(self)
        set_timed_out(self)

    def add(self: Any, context: Any, event_type: Any, *args: Any, **kwargs: Any) -> Any:
        """After the end only the final event is history; what a task still does is not."""
        if getattr(self, "embedded_over", False) and not event_type.value.startswith("Execution"):
            return context.source_event_id
        return add_event(self, context, event_type, *args, **kwargs)

    terminated: Any = BaseExecutionWorkerCommunication.terminated

    def after_the_last_event(self: Any) -> None:
        """The status tells the end before the interpreter has written the event of a timeout."""
        history = self.execution.exec_worker.env.event_manager
        give_up = time.monotonic() + _LAST_EVENT
        while not _is_over(history.get_event_history()) and time.monotonic() < give_up:
            time.sleep(0.01)
        terminated(self)

    patches.set(BaseExecutionWorkerCommunication, "terminated", after_the_last_event)
    patches.set(Environment, "set_error", error_while_running)
    patches.set(Environment, "set_stop", stop)
    patches.set(Environment, "set_timed_out", time_out)
    patches.set(EventManager, "add_event", add)


_LAST_EVENT = 2.0  # seconds; a task that hangs in a call may hold the interpreter longer


def _mark_over(env: Any) -> None:
    """Frames share the history of the execution they belong to, whose end alone counts."""
    if not env.is_frame():
        env.event_manager.embedded_over = True


def _is_over(events: list[Any]) -> bool:
    last = events[-1]["type"].value if events else ""
    return last.startswith("Execution") and last != "ExecutionStarted"


@_repair
def _stop_reason(patches: Patches, machinery: Machinery) -> None:
    """StopExecution loses its error and cause."""

    def stop_execution(self: Any) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        at = datetime.now(UTC)
        execution.embedded_reason = (self._get_param("error"), self._get_param("cause"))
        execution.stop(at, *execution.embedded_reason)
        return ActionResult({"stopDate": at})

    reflect: Any = BaseExecutionWorkerCommunication._reflect_execution_status

    def with_reason(self: Any) -> None:
        reflect(self)
        if self.execution.status == "ABORTED":
            self.execution.error, self.execution.cause = getattr(
                self.execution, "embedded_reason", (None, None)
            )

    patches.set(StepFunctionResponse, "stop_execution", stop_execution)
    patches.set(BaseExecutionWorkerCommunication, "_reflect_execution_status", with_reason)


@_repair
def _describe_execution(patches: Patches, machinery: Machinery) -> None:
    """DescribeExecution gives an output that is a text or null as no JSON, and a timed-out one no end."""

    def describe(self: Any) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        output = execution.to_describe_output()
        return ActionResult({key: value for key, value in output.items() if value is not None})

    patches.set(StepFunctionResponse, "describe_execution", describe)


@_repair
def _status_changes(patches: Patches, machinery: Machinery) -> None:
    """Moto tells neither EventBridge nor CloudWatch that an execution started or ended."""
    terminated: Any = BaseExecutionWorkerCommunication.terminated
    start: Any = Execution.start

    def started(self: Any) -> None:
        self.embedded_announced = threading.Event()
        start(self)
        _announce(machinery, self, "RUNNING")

    def ended(self: Any) -> None:
        terminated(self)
        try:
            _announce(machinery, self.execution, self.execution.status)
        finally:
            self.execution.embedded_announced.set()

    patches.set(Execution, "start", started)
    patches.set(BaseExecutionWorkerCommunication, "terminated", ended)


_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def _announce(machinery: Machinery, execution: Any, status: str) -> None:
    """Put the metric and the event of a status change (Step Functions guide, "Events" and "Metrics")."""
    arn = execution.state_machine.arn
    machinery.client("cloudwatch", "states.amazonaws.com").put_metric_data(
        Namespace="AWS/States",
        MetricData=[
            {
                "MetricName": _METRICS[status],
                "Value": 1,
                "Unit": "Count",
                "Dimensions": [{"Name": "StateMachineArn", "Value": arn}],
            }
        ],
    )
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": arn,
        "name": execution.name,
        "status": status,
        "startDate": _millis(execution.start_date),
        "stopDate": _millis(execution.stop_date),
        "input": json.dumps(execution.input_data),
        "output": json.dumps(execution.output, default=_encode) if status == "SUCCEEDED" else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    events_backends[machinery.account][machinery.region].put_events(
        [
            {
                "Source": "aws.states",
                "DetailType": "Step Functions Execution Status Change",
                "Resources": [execution.exec_arn],
                "Detail": json.dumps(detail),
            }
        ]
    )


def _millis(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


# --- EventBridge ------------------------------------------------------------------------------------------


@_repair
def _rule_targets(patches: Patches, machinery: Machinery) -> None:
    """A rule without a pattern matches every event: a schedule would start the pipeline again without end.

    Disabled rules fire too, state machines and topics are no targets, the input transformer knows no JSON.
    """

    def send(self: Any, original_event: Any, transform_input: bool = True) -> None:
        if not self.event_pattern.get_pattern() or self.state != "ENABLED":
            return
        if not self.event_pattern.matches_event(original_event):
            return
        event = {key: item for key, item in original_event.items() if key != "ingestion-time"}
        event["time"] = instant(datetime.fromtimestamp(float(event["time"]), UTC))[:19] + "Z"
        for target in self.targets:
            machinery.delivery.deliver(self.arn, target, event)

    patches.set(Rule, "send_to_targets", send)


# --- Glue -------------------------------------------------------------------------------------------------


@_repair
def _glue_jobs(patches: Patches, machinery: Machinery) -> None:
    """A job run of moto is a record that succeeds by being looked at."""
    start: Any = glue.FakeJob.start_job_run
    describe: Any = glue.FakeJobRun.as_dict
    lock = threading.Lock()

    def start_job_run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with lock:  # the limit of concurrent runs is checked and taken in one step
            run_id = start(self, *args, **kwargs)
            record = self.job_runs[-1]
            record.embedded_version = self.glue_version
            record.embedded = Run(
                id=run_id,
                job=self.name,
                role=self.role,
                script=self.command["ScriptLocation"],
                arguments=record.arguments or {},
                minutes=record.timeout,
                started=machinery.now(),
                log_group=(record.arguments or {}).get("--custom-logGroup-prefix", "/aws-glue/jobs"),
            )
            machinery.jobs.start(record.embedded)
        return run_id

    def as_dict(self: Any) -> dict[str, Any]:
        run: Run = self.embedded
        data = describe(self) | {
            "StartedOn": run.started,
            "LastModifiedOn": run.ended or machinery.now(),
            "ExecutionTime": round(run.seconds),
            "LogGroupName": run.log_group,
            "GlueVersion": self.embedded_version,
        }
        data.pop("CompletedOn")
        if run.ended is not None:
            data["CompletedOn"] = run.ended
            data["DPUSeconds"] = round(run.seconds * (self.number_of_workers or 0), 1)
        if run.error:
            data["ErrorMessage"] = run.error
        return data

    patches.set(glue.FakeJob, "start_job_run", start_job_run)
    patches.set(glue.FakeJobRun, "as_dict", as_dict)
    patches.set(glue.FakeJobRun, "status", property(_run_status, _ignore_status))


def _run_status(record: Any) -> str:
    run: Run | None = getattr(record, "embedded", None)
    return "STARTING" if run is None else run.state


def _ignore_status(record: Any, value: Any) -> None:
    """The runner alone knows the state of a run."""


@_repair
def _glue_crawls(patches: Patches, machinery: Machinery) -> None:
    """A crawl of moto is a record that reads nothing and writes no table."""
    describe: Any = glue.FakeCrawler.as_dict
    lock = threading.Lock()

    def start_crawler(self: Any) -> None:
        with lock:
            if self.crawls and self.crawls[-1].status in ("RUNNING", "STOPPING"):
                raise CrawlerRunningException(f"Crawler with name {self.name} has already started")
            record = glue.FakeCrawl(self.name)
            role = self.role if self.role.startswith("arn:") else _role_arn(machinery, self.role)
            record.embedded = Crawl(self.name, role, machinery.now())  # type: ignore[attr-defined]
            self.crawls.append(record)
            machinery.crawls.start(record.embedded, describe(self))  # type: ignore[attr-defined]

    def stop_crawler(self: Any) -> None:
        if not self.crawls or self.crawls[-1].status != "RUNNING":
            raise CrawlerNotRunningException(f"Crawler with name {self.name} isn't running")
        crawl: Crawl = self.crawls[-1].embedded
        crawl.status = "STOPPING"
        crawl.stop.set()

    def as_dict(self: Any) -> dict[str, Any]:
        data = describe(self)
        data.pop("LastCrawl", None)
        crawls: list[Crawl] = [record.embedded for record in self.crawls]
        age = timedelta(0)
        if crawls and crawls[-1].stale > 0:
            crawls[-1].stale -= 1
            data["State"] = "READY"
            crawls, age = crawls[:-1], _STALE_AGE
        last = next((crawl for crawl in reversed(crawls) if crawl.ended is not None), None)
        if last is not None:
            data["LastCrawl"] = _last_crawl(last, age)
        return data

    patches.set(glue.FakeCrawler, "start_crawler", start_crawler)
    patches.set(glue.FakeCrawler, "stop_crawler", stop_crawler)
    patches.set(glue.FakeCrawler, "as_dict", as_dict)
    patches.set(glue.FakeCrawl, "status", property(_crawl_status, _ignore_status))


_STALE_AGE = timedelta(
    days=7
)  # in tests crawls follow one another within seconds; a stale one is last week's


def _crawl_status(record: Any) -> str:
    """State of a crawl in moto's words."""
    crawl: Crawl | None = getattr(record, "embedded", None)
    words = {"SUCCEEDED": "COMPLETED", "CANCELLED": "STOPPED"}
    return "RUNNING" if crawl is None else words.get(crawl.status, crawl.status)


def _last_crawl(crawl: Crawl, age: timedelta) -> dict[str, Any]:
    """LastCrawl as the Glue API gives it."""
    data: dict[str, Any] = {
        "Status": crawl.status,
        "LogGroup": "/aws-glue/crawlers",
        "LogStream": crawl.crawler,
        "MessagePrefix": crawl.crawler,
        "StartTime": crawl.started - age,
    }
    if crawl.error:
        data["ErrorMessage"] = crawl.error
    return data


def _role_arn(machinery: Machinery, role: str) -> str:
    return f"arn:aws:iam::{machinery.account}:role/{role}"


# --- reading and resetting moto's backends ----------------------------------------------------------------


def seed_objects(account: str, bucket: str, objects: Iterable[tuple[str, bytes, datetime]]) -> int:
    """Put objects straight into moto's S3 backend, with their LastModified; return how many."""
    backend = s3_backends[account]["aws"]
    count = 0
    for key, body, modified in objects:
        stored = backend.put_object(bucket, key, body, disable_notification=True)
        stored.last_modified = modified.astimezone(UTC).replace(tzinfo=None)
        count += 1
    return count


def published(account: str, region: str) -> list[tuple[str, str | None, str]]:
    """Topic ARN, subject and message of everything published, topic by topic."""
    topics = sns_backends[account][region].topics
    return [
        (arn, sent[2], sent[1]) for arn, topic in topics.items() for sent in list(topic.sent_notifications)
    ]


def rules(account: str, region: str) -> list[Any]:
    """Every EventBridge rule."""
    buses = events_backends[account][region].event_buses
    return [rule for bus in buses.values() for rule in bus.rules.values()]


def wait_announced(account: str, region: str, execution_arn: str, timeout: float = 10.0) -> None:
    """Wait until the events and metrics of an execution's end are out; they follow its status."""
    for machine in list(stepfunctions_parser_backends[account][region].state_machines):
        for execution in list(machine.executions):
            announced: threading.Event | None = getattr(execution, "embedded_announced", None)
            if execution.execution_arn == execution_arn and announced is not None:
                announced.wait(timeout)


def stop_executions(account: str, region: str, now: datetime) -> None:
    """Stop every running execution and wait for the threads of the interpreter."""
    for machine in list(stepfunctions_parser_backends[account][region].state_machines):
        for execution in list(machine.executions):
            if execution.status == "RUNNING":
                execution.stop(now, "Closed", "the embedded AWS was closed")
    for thread in list(sfn_utils.TMP_THREADS):
        if thread.is_alive():
            thread.join(timeout=10)
    sfn_utils.TMP_THREADS.clear()


def reset() -> None:
    """Forget everything in moto's backends."""
    BackendDict.reset()
    reset_model_data()
