"""Evaluating CloudWatch alarms once, now, as the service does every minute, and acting on them."""

import contextlib
import json
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_SERVICE = "cloudwatch.amazonaws.com"


def evaluate(client: Callable[[str, str], Any]) -> dict[str, str]:
    """Evaluate every metric alarm; where the state changes, set it and publish to its topics.

    Queue depth is read from the queue itself, since no one sends SQS's own metrics here.

    Args:
        client: (service, principal) -> boto3 client.

    Returns:
        state by alarm name.

    Raises:
        NotImplementedError: an alarm over metric math.
    """
    cloudwatch = client("cloudwatch", _SERVICE)
    states: dict[str, str] = {}
    for page in cloudwatch.get_paginator("describe_alarms").paginate():
        for alarm in page["MetricAlarms"]:
            state = _state(alarm, client)
            states[alarm["AlarmName"]] = state
            if state != alarm["StateValue"]:
                cloudwatch.set_alarm_state(
                    AlarmName=alarm["AlarmName"], StateValue=state, StateReason="evaluated on request"
                )
                _act(alarm, state, client)
    return states


def _state(alarm: Mapping[str, Any], client: Callable[[str, str], Any]) -> str:
    if "MetricName" not in alarm:
        raise NotImplementedError(f"alarm '{alarm['AlarmName']}' uses metric math")
    values = _queue_depth(alarm, client) if alarm["Namespace"] == "AWS/SQS" else _periods(alarm, client)
    missing = alarm.get("TreatMissingData", "missing")
    compare = _COMPARE[alarm["ComparisonOperator"]]
    if all(value is None for value in values):
        fallback = {"breaching": "ALARM", "notBreaching": "OK", "ignore": alarm["StateValue"]}
        return fallback.get(missing, "INSUFFICIENT_DATA")
    breaching = sum(
        missing == "breaching" if value is None else compare(value, alarm["Threshold"]) for value in values
    )
    return "ALARM" if breaching >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) else "OK"


def _periods(alarm: Mapping[str, Any], client: Callable[[str, str], Any]) -> list[float | None]:
    """The statistic of each of the alarm's last periods; None where nothing was sent."""
    cloudwatch = client("cloudwatch", _SERVICE)
    now = datetime.now(UTC) + timedelta(seconds=1)
    period = timedelta(seconds=alarm["Period"])
    values: list[float | None] = []
    for index in range(alarm["EvaluationPeriods"]):
        end = now - index * period
        points = cloudwatch.get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm.get("Dimensions", []),
            StartTime=end - period,
            EndTime=end,
            Period=alarm["Period"],
            Statistics=[alarm["Statistic"]],
        )["Datapoints"]
        values.append(points[0][alarm["Statistic"]] if points else None)
    return values


def _queue_depth(alarm: Mapping[str, Any], client: Callable[[str, str], Any]) -> list[float | None]:
    names = [item["Value"] for item in alarm.get("Dimensions", []) if item["Name"] == "QueueName"]
    sqs = client("sqs", _SERVICE)
    attribute = alarm["MetricName"].replace("MessagesVisible", "Messages")  # the API's name of that metric
    attributes = sqs.get_queue_attributes(
        QueueUrl=sqs.get_queue_url(QueueName=names[0])["QueueUrl"], AttributeNames=[attribute]
    ).get("Attributes", {})
    return [float(attributes[attribute]) if attribute in attributes else None]


def _act(alarm: Mapping[str, Any], state: str, client: Callable[[str, str], Any]) -> None:
    actions: list[str] = alarm.get(_ACTIONS[state], []) if alarm.get("ActionsEnabled", True) else []
    for action in actions:
        if ":sns:" not in action:
            continue
        message = {
            "AlarmName": alarm["AlarmName"],
            "AlarmDescription": alarm.get("AlarmDescription"),
            "NewStateValue": state,
            "OldStateValue": alarm["StateValue"],
        }
        with contextlib.suppress(ClientError):  # an action that fails is lost, as CloudWatch loses it
            client("sns", _SERVICE).publish(
                TopicArn=action,
                Subject=f'{state}: "{alarm["AlarmName"]}"'[:100],
                Message=json.dumps(message),
            )
