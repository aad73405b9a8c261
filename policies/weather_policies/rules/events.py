"""EventBridge: schedules, patterns, and what becomes of an event that cannot be delivered."""

import zoneinfo
from collections.abc import Iterator

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.rule import (
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    number,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack, points_at
from weather_policies.readers import schedule
from weather_policies.readers.starts import expression_of
from weather_policies.readers.types import CRAWLER, MACHINE, RULE, SCHEDULE, TARGET, TRIGGER

_EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide"


@resource_rule(
    RuleMetadata(
        name="weather-events-target-dead-letter",
        description="A rule's target has a dead-letter queue.",
        why="An event that cannot be delivered is otherwise gone: a week without a run, and no trace of why.",
        steps="Set deadLetterConfig.arn to a queue of the stack.",
        url=f"{_EVENTS}/eb-rule-dlq.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    TARGET,
)
def target_dead_letter(target: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Ask for the queue, known or not."""
    del config
    block = target.props.child("deadLetterConfig")
    if block is None or not block.has("arn"):
        yield "deadLetterConfig.arn is not set: an undelivered event is lost"


@resource_rule(
    RuleMetadata(
        name="weather-events-target-retry",
        description="A rule's target states how often and how long delivery is retried.",
        why="The default retries for a day: a weekly run may start 24 hours late, beside the repair by hand.",
        steps="Set retryPolicy.maximumRetryAttempts and maximumEventAgeInSeconds.",
        url=f"{_EVENTS}/eb-rule-retry-policy.html",
        tags=("reliability",),
        severity=MEDIUM,
        config={"maxAgeSeconds": integer(21_600, "Oldest event that may still be delivered.", 60, 86_400)},
    ),
    TARGET,
)
def target_retry(target: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge attempts and age."""
    policy, most = target.props.child("retryPolicy"), config.number("maxAgeSeconds")
    attempts = policy.number("maximumRetryAttempts") if policy else None
    age = policy.number("maximumEventAgeInSeconds") if policy else None
    if attempts is None or attempts < 1:
        yield "retryPolicy.maximumRetryAttempts is not set or 0: one throttled call costs the run"
    if age is None or age > most:
        yield f"retryPolicy.maximumEventAgeInSeconds is not set or above {most:g}"


@stack_resource_rule(
    RuleMetadata(
        name="weather-events-target-role",
        description="A target that starts a state machine has a role to do so.",
        why="Without a role EventBridge cannot start anything, and says so only in a metric.",
        steps="Set roleArn to a role that may start this one state machine.",
        url=f"{_EVENTS}/eb-use-resource-based.html",
        tags=("reliability", "security"),
        severity=HIGH,
    ),
    TARGET,
)
def target_role(target: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Judge targets without a role; an ARN that is not known yet is judged by what it was made of."""
    del config
    if target.props.has("roleArn"):
        return
    known_types = {dependency.resource_type for dependency in target.refers_to("arn")}
    to_machine = any(points_at(target, "arn", machine) for machine in stack.of(MACHINE))
    if to_machine or (not known_types and ":states:" in (target.props.text("arn") or "")):
        yield "roleArn is not set: EventBridge cannot start the state machine"


@resource_rule(
    RuleMetadata(
        name="weather-events-rule-schedule",
        description="A schedule, wherever it stands, is well formed and fires no oftener than allowed.",
        why="rate(1 minute) in place of rate(1 day) multiplies the bill by 1,440.",
        steps="Correct the expression: cron(min hour day month weekday year) in UTC, or rate(n unit).",
        url=f"{_EVENTS}/eb-scheduled-rule-pattern.html",
        tags=("reliability", "cost"),
        severity=HIGH,
        config={"maxPerMonth": number(31, "Most firings in a mean month.")},
    ),
    RULE,
    SCHEDULE,
    TRIGGER,
    CRAWLER,
)
def rule_schedule(source: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge every schedule there is: of rules, of Scheduler, of Glue's triggers and crawlers."""
    expression, most = expression_of(source), config.number("maxPerMonth")
    if not expression:
        if source.type == RULE and not source.props.has("eventPattern"):
            yield "it has neither scheduleExpression nor eventPattern"
        return
    zone = source.props.text("scheduleExpressionTimezone")
    if zone and not _is_zone(zone):
        yield "scheduleExpressionTimezone is not a known time zone"
    fires = schedule.per_month(expression)
    if fires is None:
        yield "its schedule is neither a cron(...) of six fields, one of them ?, nor a rate(...)"
    elif fires == 0 and not expression.startswith("at("):
        yield "its schedule never fires: the year is past, or no month has such a day"
    elif fires > most:
        yield f"it fires {fires:.0f} times a month, at most {most:g} are allowed"


def _is_zone(name: str) -> bool:
    """Whether a name is one of the IANA database, where this machine has one."""
    known = zoneinfo.available_timezones()
    return not known or name in known


@resource_rule(
    RuleMetadata(
        name="weather-events-rule-pattern",
        description="An event rule's pattern names a source.",
        why="A pattern without a source matches events that anybody may put on the bus.",
        steps='Add "source": ["aws.states"] (or the service that is meant) to eventPattern.',
        url=f"{_EVENTS}/eb-event-patterns.html",
        tags=("reliability", "security"),
        severity=MEDIUM,
    ),
    RULE,
)
def rule_pattern(rule: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the pattern of rules that have one: a source, or an account that only we put events from."""
    del config
    try:
        pattern = rule.props.document("eventPattern")
    except UnreadableError:
        yield "eventPattern is not a JSON object"
        return
    if pattern is not None and not pattern.get("source") and not pattern.get("account"):
        yield "eventPattern names no source"


@stack_resource_rule(
    RuleMetadata(
        name="weather-events-rule-target",
        description="Every rule has a target.",
        why="A rule without a target fires into nothing, every week.",
        steps="Add an aws.cloudwatch.EventTarget with this rule.",
        url=f"{_EVENTS}/eb-targets.html",
        tags=("reliability",),
        severity=MEDIUM,
    ),
    RULE,
)
def rule_target(rule: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for a target."""
    del config
    if not stack.pointing_at(rule, "rule", TARGET):
        yield "no EventTarget names it: it fires into nothing"


@resource_rule(
    RuleMetadata(
        name="weather-scheduler-schedule-delivery",
        description="A Scheduler schedule states its time zone, its retries and a dead-letter queue.",
        why="Without a time zone a schedule means UTC; without a queue a missed start leaves no trace.",
        steps="Set scheduleExpressionTimezone, target.retryPolicy and target.deadLetterConfig.",
        url="https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html",
        tags=("reliability",),
        severity=MEDIUM,
    ),
    SCHEDULE,
)
def schedule_delivery(schedule: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the three."""
    del config
    target = schedule.props.child("target")
    if not schedule.props.has("scheduleExpressionTimezone"):
        yield "scheduleExpressionTimezone is not set"
    for block in ("retryPolicy", "deadLetterConfig"):
        if target is None or not target.has(block):
            yield f"target.{block} is not set"
