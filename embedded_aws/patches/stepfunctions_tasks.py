"""Step Functions, tasks: who calls which API, with what, and what comes back."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false
# ruff: noqa: ARG001 - a patch and what it puts in place keep the signatures they are called with

import sys
import threading
import time
import uuid
from datetime import datetime
from typing import Any, cast

import moto.stepfunctions.parser.asl.utils.boto_client as sfn_boto
from botocore.response import StreamingBody
from moto.core.config import default_user_config
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service as task,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as task_sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_glue as task_glue,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from embedded_aws.clients import make
from embedded_aws.patches.base import PatchContext, Patches, patch
from embedded_aws.stepfunctions.values import instant


@patch
def execute_state_machines(patches: Patches, context: PatchContext) -> None:
    """Left alone, moto starts executions but does not interpret the definition."""
    config: dict[str, Any] = cast("Any", default_user_config)
    before = config["stepfunctions"]
    config["stepfunctions"] = {"execute_state_machine": True}
    patches.undo_with(lambda: config.update(stepfunctions=before))


@patch
def execution_names(patches: Patches, context: PatchContext) -> None:
    """An execution that is started without a name gets none; AWS makes one up."""
    start: Any = StepFunctionsParserBackend.start_execution

    def start_execution(
        self: Any, state_machine_arn: str, name: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        return start(self, state_machine_arn, name or str(uuid.uuid4()), *args, **kwargs)

    patches.set(StepFunctionsParserBackend, "start_execution", start_execution)


@patch
def task_clients(patches: Patches, context: PatchContext) -> None:
    """Tasks call `http://localhost:$MOTO_PORT` with one dummy key: no free port, no role to be seen."""
    clients: dict[tuple[str, str], Any] = {}
    lock = threading.Lock()

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role = getattr(state_credentials, "role_arn", None) or "deployer"
        with lock:
            if (service, role) not in clients:
                clients[service, role] = make(
                    service, context.endpoint, region, context.key_of(role), validate=False
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


@patch
def task_parameters(patches: Patches, context: PatchContext) -> None:
    """A task's parameters reach boto3 as they are: an object as S3 Body, say, is refused."""

    def normalise(
        self: Any, parameters: Any, boto_service_name: Any = None, service_action_name: Any = None
    ) -> None:
        shape = _operation_model(self, context, boto_service_name, service_action_name).input_shape
        if shape is not None:
            self._to_boto_request(parameters, shape)

    patches.set(task.StateTaskService, "_normalise_parameters", normalise)


@patch
def task_response(patches: Patches, context: PatchContext) -> None:
    """A task's response keeps streams and instants, which are no JSON, and the API's lower-case names."""

    def normalise(
        self: Any, response: Any, boto_service_name: Any = None, service_action_name: Any = None
    ) -> None:
        if isinstance(response, dict):
            shape = _operation_model(self, context, boto_service_name, service_action_name).output_shape
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


def _operation_model(service_task: Any, context: PatchContext, service: Any, action: Any) -> Any:
    client = context.client(service_task._get_boto_service_name(service), "deployer")
    method = service_task._get_boto_service_action(action)
    operation = client.meta.method_to_api_mapping.get(method)
    if operation is None:
        raise ValueError(f"{client.meta.service_model.service_name} has no API action {method}")
    return client.meta.service_model.operation_model(operation)


@patch
def error_names(patches: Patches, context: PatchContext) -> None:
    """Errors of SDK tasks carry the service's name in lower case (`glue.X`); AWS says `Glue.X`."""
    names = {"glue": "Glue", "s3": "S3", "sns": "Sns", "sqs": "Sqs", "sfn": "Sfn", "cloudwatch": "CloudWatch"}
    old = dict(task_sdk._SERVICE_ERROR_NAMES)
    task_sdk._SERVICE_ERROR_NAMES.update(names)

    def restore() -> None:
        task_sdk._SERVICE_ERROR_NAMES.clear()
        task_sdk._SERVICE_ERROR_NAMES.update(old)

    patches.undo_with(restore)


@patch
def glue_sync(patches: Patches, context: PatchContext) -> None:
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
            time.sleep(context.pace.sync_poll)
        # The state timed out or the execution was stopped: Step Functions stops what it started.
        glue_client = self._get_glue_client(resource_runtime_part, state_credentials)
        glue_client.batch_stop_job_run(JobName=started["JobName"], JobRunIds=[started["JobRunId"]])
        raise RuntimeError("the task was abandoned")

    patches.set(task_glue.StateTaskServiceGlue, "_eval_integration_pattern", wait)


@patch
def glue_stopped(patches: Patches, context: PatchContext) -> None:
    """A job run that was stopped counts as success of a `.sync` task."""
    abnormal = task_glue._JOB_RUN_STATE_ABNORMAL_TERMINAL_VALUE
    added = {"STOPPED", "EXPIRED"} - abnormal
    abnormal |= added
    patches.undo_with(lambda: abnormal.difference_update(added))
