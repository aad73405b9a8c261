"""The weekly state machine and its watchdog, each with its role, its log, its rule and its target."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import iam, schedule, workflow
from components.naming import Names, partition
from components.settings import RetentionSettings, ScheduleSettings, WorkflowSettings

EVENT_RETRIES = 8
"""Tries to deliver a scheduled event; with the age below they cover an outage of Step Functions."""

EVENT_AGE_SECONDS = 3600
"""Age at which a scheduled event goes to the dead-letter queue, so that the alarm comes the same night."""


@dataclass(frozen=True)
class OrchestrationArgs:
    """What the state machines and their rules need to know.

    Attributes:
        names: names of the stack.
        timing: how fast the weekly run polls, retries and gives up.
        schedule: when the weekly run starts, and when the watchdog looks for it.
        settings: what the log holds.
        retention: how long the log groups keep their events.
        dead_letter_arn: queue of the events that a rule could not deliver.
        after: resources that must exist before an execution can succeed.
        kms_key_arn: the stack's own key; None where it has none.
        boundary_arn: policy that bounds the roles; None for no bound.
    """

    names: Names
    timing: workflow.Timing
    schedule: ScheduleSettings
    settings: WorkflowSettings
    retention: RetentionSettings
    dead_letter_arn: pulumi.Input[str]
    after: tuple[pulumi.Resource, ...] = ()
    kms_key_arn: pulumi.Input[str] | None = None
    boundary_arn: str | None = None


@dataclass(frozen=True)
class _Machine:
    """A state machine to be created, and the rule that starts it."""

    key: str
    name: str
    arn: str
    definition: dict[str, Any]
    statements: list[iam.Statement | None]
    rule: str
    rule_description: str
    rule_role: str
    cron: str


class Orchestration(pulumi.ComponentResource):
    """State machines, the rules that start them, and their targets."""

    pipeline: aws.sfn.StateMachine
    watchdog: aws.sfn.StateMachine
    weekly_rule: aws.cloudwatch.EventRule
    watchdog_rule: aws.cloudwatch.EventRule
    schedule_expression: str
    state_machine_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: OrchestrationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("weather:index:Orchestration", name, {}, opts)
        self._name = name
        self._args = args
        names = args.names
        targets = targets_of(names)
        delay = args.schedule.watchdog_delay_hours
        weekday, time, offset = args.schedule.weekday, args.schedule.time, args.schedule.utc_offset
        self.schedule_expression = schedule.weekly_cron(weekday, time, offset)
        weekly = _Machine(
            key="pipeline",
            name=names.pipeline,
            arn=names.pipeline_arn,
            definition=workflow.pipeline(targets, args.timing),
            statements=iam.workflow_role(names),
            rule=names.weekly_rule,
            rule_description=f"Starts the weekly run: {weekday} {time}, UTC{offset}",
            rule_role=names.thing("schedule"),
            cron=self.schedule_expression,
        )
        watchdog = _Machine(
            key="watchdog",
            name=names.watchdog,
            arn=names.watchdog_arn,
            definition=workflow.watchdog(targets, delay),
            statements=iam.watchdog_role(names),
            rule=names.watchdog_rule,
            rule_description=f"Looks {delay} h later whether the weekly run happened",
            rule_role=names.thing("watchdog-schedule"),
            cron=schedule.weekly_cron(weekday, time, offset, delay_minutes=delay * 60),
        )
        self.pipeline = self._machine(weekly)
        self.watchdog = self._machine(watchdog)
        self.weekly_rule = self._start_weekly(weekly, self.pipeline)
        self.watchdog_rule = self._start_weekly(watchdog, self.watchdog)
        self.state_machine_arn = self.pipeline.arn
        self.register_outputs({"stateMachineArn": self.state_machine_arn})

    def _machine(self, machine: _Machine) -> aws.sfn.StateMachine:
        args = self._args
        prefix = f"{self._name}-{machine.key}"
        role, policy = iam.create_role(
            f"{prefix}-role",
            args.names.thing("workflow" if machine.key == "pipeline" else machine.key),
            f"Runs the state machine {machine.name}",
            iam.trust("states.amazonaws.com", args.names.account, machine.arn),
            [*machine.statements, iam.use_key(args.names) if args.kms_key_arn else None],
            self,
            boundary_arn=args.boundary_arn,
        )
        log_group = args.names.state_log_group(machine.name)
        log = aws.cloudwatch.LogGroup(
            f"{prefix}-log",
            name=log_group,
            retention_in_days=args.retention.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.sfn.StateMachine(
            prefix,
            name=machine.name,
            type="STANDARD",
            role_arn=role.arn,
            definition=json.dumps(machine.definition),
            logging_configuration={
                "level": "ALL",
                "include_execution_data": args.settings.execution_data_in_logs,
                "log_destination": f"{args.names.log_group_arn(log_group)}:*",
            },
            tracing_configuration={"enabled": True},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, log, *args.after]),
        )

    def _start_weekly(
        self, machine: _Machine, state_machine: aws.sfn.StateMachine
    ) -> aws.cloudwatch.EventRule:
        """Create the rule that starts a state machine, with its role and its target."""
        args = self._args
        prefix = f"{self._name}-{machine.key}-schedule"
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{prefix}-rule",
            name=machine.rule,
            description=machine.rule_description,
            schedule_expression=machine.cron,
            state="ENABLED" if args.schedule.enabled else "DISABLED",
            opts=child,
        )
        role, policy = iam.create_role(
            f"{prefix}-role",
            machine.rule_role,
            f"Starts the state machine {machine.name}",
            iam.trust("events.amazonaws.com", args.names.account, args.names.rule_arn(machine.rule)),
            iam.start_role(machine.arn),
            self,
            boundary_arn=args.boundary_arn,
        )
        aws.cloudwatch.EventTarget(
            f"{prefix}-target",
            rule=rule.name,
            target_id=machine.key,
            arn=state_machine.arn,
            role_arn=role.arn,
            # The scheduled instant, not the time of delivery: a late or repeated event names the same window.
            input_transformer={
                "input_paths": {"time": "$.time"},
                "input_template": '{"scheduledTime": "<time>"}',
            },
            retry_policy={
                "maximum_retry_attempts": EVENT_RETRIES,
                "maximum_event_age_in_seconds": EVENT_AGE_SECONDS,
            },
            dead_letter_config={"arn": args.dead_letter_arn},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        return rule


def targets_of(names: Names) -> workflow.Targets:
    """Return what the state machines of a stack act on."""
    return workflow.Targets(
        partition=partition(names.region),
        stack=names.pipeline,
        crawler=names.crawler,
        job=names.job,
        processed_bucket=names.processed_bucket,
        topic_arn=names.topic_arn,
        pipeline_arn=names.pipeline_arn,
    )
