"""Step Functions, language: JSONata, Fail states, retries."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false
# ruff: noqa: ARG001 - a patch and what it puts in place keep the signatures they are called with

import json
import time
from typing import Any

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
from moto.stepfunctions.parser.asl.component.state.fail import state_fail
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from embedded_aws.patches.base import PatchContext, Patches, patch
from embedded_aws.stepfunctions.jsonata import ExpressionError, evaluate
from embedded_aws.stepfunctions.values import encode


@patch
def jsonata(patches: Patches, context: PatchContext) -> None:
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
    return json.loads(json.dumps(env.states._states_data, default=encode))


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


@patch
def fail_error(patches: Patches, context: PatchContext) -> None:
    """A Fail state refuses to pass on an error named `States.`..., as a caught one often is."""
    patches.set(state_fail, "CustomErrorName", ErrorName)


@patch
def retry_sleep(patches: Patches, context: PatchContext) -> None:
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
        _sleep(env, env.stack.pop() * context.pace.retry_second)
        env.stack.append(RetrierOutcome.Executed)

    patches.set(RetrierDecl, "_eval_body", evaluate_retrier)


def _sleep(env: Any, seconds: float) -> None:
    """Sleep unless the execution ends."""
    end = time.monotonic() + seconds
    while env.is_running() and (left := end - time.monotonic()) > 0:
        env.program_state_event.wait(min(left, 0.2))
