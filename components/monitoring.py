"""Who is told what: topic, undelivered events, execution status, alarms, budget, optional dashboard."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import iam, workflow
from components.naming import METRIC_NAMESPACE, Names
from components.settings import MonitoringSettings
from components.tags import TagKey

DEAD_LETTER_SECONDS = 14 * 24 * 3600
"""How long an undelivered event is kept: SQS's maximum, two weekly runs."""

BUDGET_ALERTS = (("FORECASTED", 80), ("ACTUAL", 100))
"""Kind of cost and percentage of the budget at which a message is sent."""


@dataclass(frozen=True)
class MonitoringArgs:
    """What monitoring needs to know.

    Attributes:
        names: names of the stack.
        settings: who is notified, at what cost, and whether there is a dashboard.
        kms_key_arn: the stack's own key; None where it has none.
    """

    names: Names
    settings: MonitoringSettings
    kms_key_arn: pulumi.Input[str] | None = None


@dataclass(frozen=True)
class Alarm:
    """An alarm on one metric.

    Attributes:
        key: short name.
        description: what happened and what to do.
        namespace, metric, dimensions: the metric.
        threshold: value at or above which the alarm goes off.
        statistic: Sum or Maximum.
    """

    key: str
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    threshold: float = 1
    statistic: str = "Sum"


class Monitoring(pulumi.ComponentResource):
    """Topic, subscribers, dead-letter queue, execution status rule, alarms, budget and dashboard."""

    topic: aws.sns.Topic
    subscriptions: list[aws.sns.TopicSubscription]
    status_rule: aws.cloudwatch.EventRule
    alarms: dict[str, aws.cloudwatch.MetricAlarm]
    dead_letters: aws.sqs.Queue
    budget: aws.budgets.Budget
    dashboard: aws.cloudwatch.Dashboard | None
    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weather:index:Monitoring", name, {}, opts)
        names = args.names
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(
            f"{name}-topic",
            name=names.topic,
            display_name="Weather pipeline",
            # No key rather than alias/aws/sns: under it CloudWatch alarms fail without a word.
            kms_master_key_id=args.kms_key_arn,
            opts=child,
        )
        policy = aws.sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=self.topic.arn,
            policy=json.dumps(iam.topic_policy(names)),
            opts=child,
        )
        self.subscriptions = [
            aws.sns.TopicSubscription(
                f"{name}-subscriber-{subscriber_key(subscriber)}",
                topic=self.topic.arn,
                protocol=subscriber["protocol"],
                # An address may hold a password: it stays encrypted in the state.
                endpoint=pulumi.Output.secret(subscriber["endpoint"]),
                opts=child,
            )
            for subscriber in args.settings.subscribers
        ]
        self.dead_letters = aws.sqs.Queue(
            f"{name}-dead-letters",
            name=names.schedule_dlq,
            message_retention_seconds=DEAD_LETTER_SECONDS,
            # SQS's own key, also where the stack has one: an event that cannot be delivered must not be lost
            # to a key policy too.
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        accept = aws.sqs.QueuePolicy(
            f"{name}-dead-letters-policy",
            queue_url=self.dead_letters.url,
            policy=json.dumps(iam.dead_letter_policy(names)),
            opts=child,
        )
        self.status_rule = self._report_executions(name, names, [policy, accept])
        self.alarms = {
            alarm.key: aws.cloudwatch.MetricAlarm(
                f"{name}-alarm-{alarm.key}",
                name=names.thing(alarm.key),
                alarm_description=alarm.description,
                namespace=alarm.namespace,
                metric_name=alarm.metric,
                dimensions=dict(alarm.dimensions),
                statistic=alarm.statistic,
                period=300,
                evaluation_periods=1,
                threshold=alarm.threshold,
                comparison_operator="GreaterThanOrEqualToThreshold",
                # Between two weekly runs there is nothing to measure.
                treat_missing_data="notBreaching",
                alarm_actions=[self.topic.arn],
                opts=child,
            )
            for alarm in alarms(names)
        }
        self.budget = aws.budgets.Budget(
            f"{name}-budget",
            name=names.budget,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.settings.monthly_budget_usd),
            limit_unit="USD",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:{TagKey.STACK.value}${names.suffix}"]}],
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": kind,
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_sns_topic_arns": [self.topic.arn],
                }
                for kind, percent in BUDGET_ALERTS
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.dashboard = None
        if args.settings.dashboard:
            self.dashboard = aws.cloudwatch.Dashboard(
                f"{name}-dashboard",
                dashboard_name=names.thing("pipeline"),
                dashboard_body=json.dumps(dashboard(names)),
                opts=child,
            )
        self.topic_arn = self.topic.arn
        self.register_outputs({"topicArn": self.topic_arn})

    def _report_executions(
        self, name: str, names: Names, after: list[pulumi.Resource]
    ) -> aws.cloudwatch.EventRule:
        """Create the rule on executions that did not succeed.

        A timeout or an abort ends an execution from outside, where no Catch can tell of it; of a failure this
        is the second message, for the case that the execution's own could not be sent.
        """
        rule = aws.cloudwatch.EventRule(
            f"{name}-status-rule",
            name=names.status_rule,
            description="Executions of the stack that failed, timed out or were aborted",
            event_pattern=json.dumps(status_pattern(names)),
            state="ENABLED",
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.cloudwatch.EventTarget(
            f"{name}-status-target",
            rule=rule.name,
            target_id="notify",
            arn=self.topic.arn,
            input_transformer={
                "input_paths": {
                    "status": "$.detail.status",
                    "execution": "$.detail.executionArn",
                    "time": "$.time",
                },
                "input_template": '"Execution <execution> ended <status> at <time>. '
                'If the run could export its error, another message tells the cause."',
            },
            retry_policy={"maximum_retry_attempts": 8, "maximum_event_age_in_seconds": 3600},
            dead_letter_config={"arn": self.dead_letters.arn},
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )
        return rule


def subscriber_key(subscriber: Mapping[str, str]) -> str:
    """Return what names a subscription: itself, not its place in a list.

    SNS answers a second request for the same endpoint with the subscription that exists.  Named by place, the
    first taken out of the list would hand its name to the second, and the deletion would end the wrong one.
    """
    text = f"{subscriber['protocol']} {subscriber['endpoint']}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def status_pattern(names: Names) -> dict[str, Any]:
    """Return the event pattern of executions that did not succeed."""
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
            "stateMachineArn": [names.pipeline_arn, names.watchdog_arn],
        },
    }


def alarms(names: Names) -> list[Alarm]:
    """Return the stack's alarms; ten are free in an account."""
    machine = {"StateMachineArn": names.pipeline_arn}
    return [
        Alarm(
            "run-failed",
            "A weekly run failed: see the error record under errors/ in the processed bucket.",
            "AWS/States",
            "ExecutionsFailed",
            machine,
        ),
        Alarm(
            "run-timed-out",
            "A weekly run exceeded its time limit: see the execution's history.",
            "AWS/States",
            "ExecutionsTimedOut",
            machine,
        ),
        Alarm(
            "event-undelivered",
            "A rule could not start its target: see the message in the dead-letter queue.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": names.schedule_dlq},
            statistic="Maximum",
        ),
        *(
            Alarm(
                key,
                f"EventBridge could not invoke {what}: see the rule's target and role.",
                "AWS/Events",
                "FailedInvocations",
                {"RuleName": rule},
            )
            for key, what, rule in (
                ("rule-failed", "the weekly run", names.weekly_rule),
                ("watchdog-rule-failed", "the watchdog", names.watchdog_rule),
                ("status-rule-failed", "the notice of an execution that ended badly", names.status_rule),
            )
        ),
        Alarm(
            "quality-rejected",
            "A run's quality verdict is fail and nothing was published: see its summary and quarantine.",
            METRIC_NAMESPACE,
            "QualityLevel",
            {"Stack": names.pipeline},
            threshold=2,
            statistic="Maximum",
        ),
    ]


def dashboard(names: Names) -> dict[str, Any]:
    """Return the dashboard: executions, messages, quality and cost of the weekly runs."""

    def widget(column: int, row: int, title: str, metrics: list[list[str]], period: int) -> dict[str, Any]:
        return {
            "type": "metric",
            "x": column * 12,
            "y": row * 6,
            "width": 12,
            "height": 6,
            "properties": {
                "title": title,
                "region": names.region,
                "view": "bar",
                "stat": "Sum",
                "period": period,
                "metrics": metrics,
            },
        }

    def own(*metrics: str) -> list[list[str]]:
        assert set(metrics) <= set(workflow.METRICS)  # noqa: S101 - a misspelt metric would show an empty graph
        return [[METRIC_NAMESPACE, metric, "Stack", names.pipeline] for metric in metrics]

    states = [
        ["AWS/States", f"Executions{outcome}", "StateMachineArn", names.pipeline_arn]
        for outcome in ("Succeeded", "Failed", "TimedOut", "Aborted")
    ]
    day = 86_400
    return {
        "widgets": [
            widget(0, 0, "Executions", states, day),
            widget(1, 0, "Messages", own("Messages", "Accepted", "Quarantined", "ObjectsUnreadable"), day),
            widget(0, 1, "Quality: 0 pass, 1 warn, 2 fail", own("QualityLevel", "QuarantinedPercent"), day),
            widget(1, 1, "Cost (USD) and time (s) of a run", own("RunCostUsd", "RunSeconds"), day),
        ]
    }
