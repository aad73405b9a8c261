"""Delivering an event to the targets of a rule, with retries, dead-letter queue and EventBridge's metrics."""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from botocore.exceptions import ClientError

from embedded_aws.schedule import target_input

_SERVICE = "events.amazonaws.com"
_RETRIED = (
    "Throttling",
    "ThrottlingException",
    "InternalFailure",
    "ServiceUnavailable",
    "RequestLimitExceeded",
)
_DEFAULT_ATTEMPTS = 185  # EventBridge's MaximumRetryAttempts when a target names none


class Delivery:
    """Sends events to targets.

    Args:
        client: (service, principal) -> boto3 client.
    """

    def __init__(self, client: Callable[[str, str], Any]) -> None:
        self._client = client

    def deliver(self, rule_arn: str, target: Mapping[str, Any], event: Mapping[str, Any]) -> str | None:
        """Send one event to one target; a failure goes to the target's dead-letter queue.

        Throttling and server errors are retried as often as the target's retry policy says, without its
        waiting; other errors go to the queue at once, as EventBridge does.

        Returns:
            the ARN of the execution that was started, if the target is a state machine and it was.
        """
        text = target_input(target, event, rule_arn)
        policy = cast("Mapping[str, int]", target.get("RetryPolicy") or {})
        attempts = policy.get("MaximumRetryAttempts", _DEFAULT_ATTEMPTS)
        for attempt in range(attempts + 1):
            try:
                result = self._send(target, text, str(event.get("id") or uuid.uuid4()))
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", "Unknown"))
                if code in _RETRIED and attempt < attempts:
                    continue
                self._failed(rule_arn, target, text, code, str(error), attempt)
                return None
            self._count("Invocations", rule_arn)
            return result
        return None

    def _send(self, target: Mapping[str, Any], text: str, event_id: str) -> str | None:
        arn = str(target["Arn"])
        service = arn.split(":")[2]
        principal = str(target.get("RoleArn") or _SERVICE)
        if service == "states":
            answer = self._client("stepfunctions", principal).start_execution(
                stateMachineArn=arn, name=f"{event_id}_{uuid.uuid4()}", input=text
            )
            return str(answer["executionArn"])
        if service == "sns":
            self._client("sns", principal).publish(TopicArn=arn, Message=_unquoted(text))
        elif service == "sqs":
            self._client("sqs", principal).send_message(
                QueueUrl=self._queue_url(arn), MessageBody=_unquoted(text)
            )
        elif service == "logs":
            self._log(arn.split(":log-group:")[1].removesuffix(":*"), text)
        else:
            raise NotImplementedError(f"no delivery to targets of {service}: {arn}")
        return None

    def _failed(
        self, rule_arn: str, target: Mapping[str, Any], text: str, code: str, message: str, retries: int
    ) -> None:
        self._count("FailedInvocations", rule_arn)
        queue = cast("Mapping[str, str]", target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        attributes = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": str(target["Arn"]),
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message,
            "RETRY_ATTEMPTS": str(retries),
        }
        self._client("sqs", _SERVICE).send_message(
            QueueUrl=self._queue_url(queue),
            MessageBody=text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        self._count("InvocationsSentToDlq", rule_arn)

    def _queue_url(self, arn: str) -> str:
        return str(self._client("sqs", _SERVICE).get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"])

    def _log(self, group: str, text: str) -> None:
        logs = self._client("logs", _SERVICE)
        stream = str(uuid.uuid4())
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        at = int(datetime.now(UTC).timestamp() * 1000)
        logs.put_log_events(
            logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": at, "message": text}]
        )

    def _count(self, metric: str, rule_arn: str) -> None:
        self._client("cloudwatch", _SERVICE).put_metric_data(
            Namespace="AWS/Events",
            MetricData=[
                {
                    "MetricName": metric,
                    "Value": 1,
                    "Unit": "Count",
                    "Dimensions": [{"Name": "RuleName", "Value": rule_arn.rsplit("/", 1)[-1]}],
                }
            ],
        )


def _unquoted(text: str) -> str:
    """A target that takes text gets a template that is one quoted string without its quotes."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text
