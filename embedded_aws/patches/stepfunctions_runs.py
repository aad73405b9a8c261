"""Step Functions, executions: how they end, how that is described and announced."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false
# ruff: noqa: ARG001 - a patch and what it puts in place keep the signatures they are called with

import json
import threading
import time
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.events.models import events_backends
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)
from moto.stepfunctions.responses import StepFunctionResponse

from embedded_aws.patches.base import PatchContext, Patches, patch
from embedded_aws.stepfunctions.values import encode


@patch
def stop(patches: Patches, context: PatchContext) -> None:
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


@patch
def stop_reason(patches: Patches, context: PatchContext) -> None:
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


@patch
def describe_execution(patches: Patches, context: PatchContext) -> None:
    """DescribeExecution gives an output that is a text or null as no JSON, and a timed-out one no end."""

    def describe(self: Any) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        output = execution.to_describe_output()
        return ActionResult({key: value for key, value in output.items() if value is not None})

    patches.set(StepFunctionResponse, "describe_execution", describe)


@patch
def status_changes(patches: Patches, context: PatchContext) -> None:
    """Moto tells neither EventBridge nor CloudWatch that an execution started or ended."""
    terminated: Any = BaseExecutionWorkerCommunication.terminated
    start: Any = Execution.start

    def started(self: Any) -> None:
        self.embedded_announced = threading.Event()
        start(self)
        _announce(context, self, "RUNNING")

    def ended(self: Any) -> None:
        terminated(self)
        try:
            _announce(context, self.execution, self.execution.status)
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


def _announce(context: PatchContext, execution: Any, status: str) -> None:
    """Put the metric and the event of a status change (Step Functions guide, "Events" and "Metrics")."""
    arn = execution.state_machine.arn
    context.client("cloudwatch", "states.amazonaws.com").put_metric_data(
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
        "output": json.dumps(execution.output, default=encode) if status == "SUCCEEDED" else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    events_backends[context.account][context.region].put_events(
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
