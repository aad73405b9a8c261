"""Reliability: what makes a failure loud, and what lets nothing get lost between the services."""

import json
import re
from collections.abc import Iterator
from typing import cast

import orchestration
import recurrence
from cost import ALARM, CRAWLER, JOB
from reading import Props, Resource, UnreadableError
from rule import (
    ADVISORY,
    HIGH,
    LOW,
    MEDIUM,
    About,
    Config,
    Finding,
    Unjudged,
    integer,
    number,
    resource_rule,
    stack_rule,
    strings,
    subject_rule,
)
from security import QUEUE, TOPIC
from stack import Stack, is_named, points_at, readable

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE = "aws:scheduler/schedule:Schedule"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"

_EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide"
_ALARMS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"
_CRAWLER = "https://docs.aws.amazon.com/glue/latest/dg"

LONGEST_ALARM_SECONDS = 604_800
"""An alarm looks back a week at most: period x evaluation periods (API reference, PutMetricAlarm)."""


@resource_rule(
    About(
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
def target_dead_letter(target: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Ask for the queue, known or not."""
    del config
    block = target.props.child("deadLetterConfig")
    if block is None or not block.has("arn"):
        yield "deadLetterConfig.arn is not set: an undelivered event is lost"


@resource_rule(
    About(
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
def target_retry(target: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge attempts and age."""
    policy, most = target.props.child("retryPolicy"), config.number("maxAgeSeconds")
    attempts = policy.number("maximumRetryAttempts") if policy else None
    age = policy.number("maximumEventAgeInSeconds") if policy else None
    if attempts is None or attempts < 1:
        yield "retryPolicy.maximumRetryAttempts is not set or 0: one throttled call costs the run"
    if age is None or age > most:
        yield f"retryPolicy.maximumEventAgeInSeconds is not set or above {most:g}"


@subject_rule(
    About(
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
def target_role(target: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge targets without a role; an ARN that is not known yet is judged by what it was made of."""
    del config
    if target.props.has("roleArn"):
        return
    known_types = {dependency.resource_type for dependency in target.refers_to("arn")}
    to_machine = any(points_at(target, "arn", machine) for machine in stack.of(orchestration.MACHINE))
    if to_machine or (not known_types and ":states:" in (target.props.text("arn") or "")):
        yield "roleArn is not set: EventBridge cannot start the state machine"


@resource_rule(
    About(
        name="weather-events-rule-schedule",
        description="A rule's schedule is well formed and fires no oftener than its class allows.",
        why="rate(1 minute) in place of rate(1 day) multiplies the bill by 1,440.",
        steps="Correct the expression: cron(min hour day month weekday year) in UTC, or rate(n unit).",
        url=f"{_EVENTS}/eb-scheduled-rule-pattern.html",
        tags=("reliability", "cost"),
        severity=HIGH,
        config={"maxPerMonth": number(31, "Most firings in a mean month.")},
    ),
    RULE,
)
def rule_schedule(rule: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the expression; a rule needs either a schedule or a pattern."""
    expression = rule.props.text("scheduleExpression")
    if not expression:
        if not rule.props.has("eventPattern"):
            yield "it has neither scheduleExpression nor eventPattern"
        return
    fires = recurrence.per_month(expression)
    if fires is None:
        yield "scheduleExpression is neither a cron(...) of six fields, one of them ?, nor a rate(...)"
    elif fires > config.number("maxPerMonth"):
        most = config.number("maxPerMonth")
        yield f"it fires {fires:.0f} times a month, at most {most:g} are allowed"


@resource_rule(
    About(
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
def rule_pattern(rule: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the pattern of rules that have one."""
    del config
    try:
        pattern = rule.props.document("eventPattern")
    except UnreadableError:
        yield "eventPattern is not a JSON object"
        return
    if pattern is not None and not pattern.get("source"):
        yield "eventPattern names no source"


@subject_rule(
    About(
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
def rule_target(rule: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Look for a target."""
    del config
    if not stack.pointing_at(rule, "rule", TARGET):
        yield "no EventTarget names it: it fires into nothing"


@resource_rule(
    About(
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
def schedule_delivery(schedule: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the three."""
    del config
    target = schedule.props.child("target")
    if not schedule.props.has("scheduleExpressionTimezone"):
        yield "scheduleExpressionTimezone is not set"
    for block in ("retryPolicy", "deadLetterConfig"):
        if target is None or not target.has(block):
            yield f"target.{block} is not set"


@resource_rule(
    About(
        name="weather-cloudwatch-alarm-actions",
        description="An alarm tells somebody.",
        why="An alarm without an action changes a colour that nobody looks at.",
        steps="Set alarmActions to a topic and leave actionsEnabled on.",
        url=_ALARMS,
        tags=("reliability",),
        severity=MEDIUM,
    ),
    ALARM,
)
def alarm_actions(alarm: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Ask for an action; its ARN need not be known, but that there is one must be."""
    del config
    if not alarm.props.length("alarmActions"):
        yield "alarmActions is empty: the alarm tells nobody"
    if alarm.props.flag("actionsEnabled") is False:
        yield "actionsEnabled is false: the alarm tells nobody"


@resource_rule(
    About(
        name="weather-cloudwatch-alarm-missing-data",
        description="An alarm says what missing data means.",
        why="A weekly pipeline sends nothing for six days: by default that is a state of its own.",
        steps="Set treatMissingData to notBreaching for counts of failures, to breaching for signs of life.",
        url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
        tags=("reliability",),
        severity=MEDIUM,
        config={"allowed": strings(("notBreaching", "breaching", "ignore"), "Treatments that are accepted.")},
    ),
    ALARM,
)
def alarm_missing_data(alarm: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the treatment."""
    if alarm.props.text("treatMissingData") not in config.texts("allowed"):
        yield f"treatMissingData is not one of {', '.join(config.texts('allowed'))}"


@resource_rule(
    About(
        name="weather-cloudwatch-alarm-window",
        description="An alarm looks back no further than AWS allows.",
        why="Period x evaluation periods above a week is refused: an alarm cannot miss a weekly run.",
        steps="Shorten the window; find a week without a run by a second rule (a watchdog).",
        url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    ALARM,
)
def alarm_window(alarm: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Multiply period and evaluation periods."""
    del config
    period, periods = alarm.props.number("period"), alarm.props.number("evaluationPeriods")
    if period is not None and periods is not None and period * periods > LONGEST_ALARM_SECONDS:
        yield f"period x evaluationPeriods is {period * periods:.0f} s, at most {LONGEST_ALARM_SECONDS}"


@subject_rule(
    About(
        name="weather-sfn-machine-failure-alarm",
        description="The failure of an execution reaches somebody from outside the execution.",
        why="A time limit or an abort cannot be caught inside: only AWS can tell of it.",
        steps="Add an EventRule on FAILED, TIMED_OUT and ABORTED, or alarms on AWS/States.",
        url="https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html",
        tags=("reliability",),
        severity=HIGH,
        config={"statuses": strings(("FAILED", "TIMED_OUT", "ABORTED"), "Ends that somebody must hear of.")},
    ),
    orchestration.MACHINE,
)
def failure_alarm(machine: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Collect the ends that a rule or an alarm of the stack watches."""
    heard = _statuses_by_rule(machine, stack) | _statuses_by_alarm(machine, stack)
    missing = [status for status in config.texts("statuses") if status not in heard]
    if missing:
        yield f"no event rule or alarm tells of executions that end {', '.join(missing)}"


def _statuses_by_rule(machine: Resource, stack: Stack) -> set[str]:
    heard: set[str] = set()
    for rule in stack.of(RULE):
        try:
            pattern = rule.props.document("eventPattern") or {}
        except UnreadableError:
            continue
        detail = pattern.get("detail")
        if "aws.states" not in _listed(pattern, "source") or not isinstance(detail, dict):
            continue
        block = cast("dict[str, object]", detail)
        machines = _listed(block, "stateMachineArn")
        named = any(is_named(text, machine) for text in machines)
        if not machines or named or points_at(rule, "eventPattern", machine):
            heard |= _listed(block, "status")
    return heard


def _statuses_by_alarm(machine: Resource, stack: Stack) -> set[str]:
    """Statuses that alarms on AWS/States watch for this machine."""
    metrics = {
        "ExecutionsFailed": "FAILED",
        "ExecutionsTimedOut": "TIMED_OUT",
        "ExecutionsAborted": "ABORTED",
    }
    return {
        metrics[alarm.props.text("metricName") or ""]
        for alarm in stack.of(ALARM)
        if alarm.props.text("namespace") == "AWS/States"
        and (alarm.props.text("metricName") or "") in metrics
        and _dimension(alarm, "StateMachineArn", machine)
    }


def _dimension(alarm: Resource, name: str, subject: Resource) -> bool:
    """Whether an alarm's dimension names this resource."""
    made_of = alarm.refers_to("dimensions")
    if any(dependency.urn == subject.urn for dependency in made_of):
        return True
    dimensions = alarm.props.child("dimensions") or Props({})
    return is_named(readable(dimensions, name) if made_of else dimensions.text(name), subject)


def _listed(block: dict[str, object], key: str) -> set[str]:
    values = block.get(key)
    found = cast("list[object]", values) if isinstance(values, list) else [values]
    return {value for value in found if isinstance(value, str)}


@subject_rule(
    About(
        name="weather-sqs-queue-alarm",
        description="A dead-letter queue has an alarm on its depth.",
        why="Dead letters are kept two weeks at most, and deleted unread.",
        steps="Add an alarm on AWS/SQS ApproximateNumberOfMessagesVisible with the queue's name.",
        url="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html",
        tags=("reliability",),
        severity=MEDIUM,
    ),
    QUEUE,
)
def queue_alarm(queue: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge queues that are somebody's dead-letter queue."""
    del config
    if not _is_dead_letter_queue(queue, stack):
        return
    metrics = {"ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent", "ApproximateAgeOfOldestMessage"}
    for alarm in stack.of(ALARM):
        if alarm.props.text("metricName") in metrics and _dimension(alarm, "QueueName", queue):
            return
    yield "it is a dead-letter queue and no alarm watches its depth"


def _is_dead_letter_queue(queue: Resource, stack: Stack) -> bool:
    """Whether a target or another queue sends its dead letters here."""
    for target in stack.of(TARGET):
        block = target.props.child("deadLetterConfig") or Props({})
        if is_named(readable(block, "arn"), queue) or points_at(target, "deadLetterConfig", queue):
            return True
    return any(_redrives_to(other, queue) for other in stack.of(QUEUE))


def _redrives_to(other: Resource, queue: Resource) -> bool:
    policy = readable(other.props, "redrivePolicy") or "{}"
    try:
        found = json.loads(policy)
    except ValueError:
        return False
    named = cast("dict[str, object]", found).get("deadLetterTargetArn") if isinstance(found, dict) else None
    return is_named(str(named), queue) or points_at(other, "redrivePolicy", queue)


@subject_rule(
    About(
        name="weather-sqs-queue-retention",
        description="A dead-letter queue keeps its messages until somebody has had time to look.",
        why="The default of four days ends before the next weekly run shows that one is missing.",
        steps="Set messageRetentionSeconds to 1209600 (14 days, AWS's maximum).",
        url="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
        tags=("reliability",),
        severity=MEDIUM,
        config={
            "minSeconds": integer(691_200, "Shortest retention of dead letters (8 days).", 60, 1_209_600)
        },
    ),
    QUEUE,
)
def queue_retention(queue: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge queues that are somebody's dead-letter queue; AWS's default is 345,600 s."""
    if not _is_dead_letter_queue(queue, stack):
        return
    seconds, least = queue.props.number("messageRetentionSeconds") or 345_600, config.number("minSeconds")
    if seconds < least:
        yield f"messageRetentionSeconds is {seconds:g}, at least {least:g} are wanted for dead letters"


@subject_rule(
    About(
        name="weather-sns-topic-subscription",
        description="A topic has a subscriber.",
        why="A notification that nobody receives is a log line.",
        steps="Add a subscriber in the stack's settings; an e-mail address must confirm.",
        url="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    ),
    TOPIC,
)
def topic_subscription(topic: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Look for a subscription."""
    del config
    if not stack.pointing_at(topic, "topic", SUBSCRIPTION):
        yield "no TopicSubscription of the stack receives its messages"


@resource_rule(
    About(
        name="weather-glue-crawler-schema-policy",
        description="A crawler's schema policy is one that its recrawl mode allows.",
        why="AWS refuses to crawl new folders only unless both behaviours are LOG.",
        steps="Set updateBehavior and deleteBehavior to LOG, or recrawlBehavior to CRAWL_EVERYTHING.",
        url=f"{_CRAWLER}/incremental-crawls.html",
        tags=("reliability",),
        severity=HIGH,
    ),
    CRAWLER,
)
def crawler_schema_policy(crawler: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the combination; a crawler that deletes tables from the catalogue is refused too."""
    del config
    recrawl, schema = crawler.props.child("recrawlPolicy"), crawler.props.child("schemaChangePolicy")
    mode = recrawl.text("recrawlBehavior") if recrawl else None
    update = (schema.text("updateBehavior") if schema else None) or "UPDATE_IN_DATABASE"
    delete = (schema.text("deleteBehavior") if schema else None) or "DEPRECATE_IN_DATABASE"
    if mode == "CRAWL_NEW_FOLDERS_ONLY" and (update, delete) != ("LOG", "LOG"):
        yield "CRAWL_NEW_FOLDERS_ONLY needs updateBehavior and deleteBehavior LOG: AWS refuses this crawler"
    if delete == "DELETE_FROM_DATABASE":
        yield "deleteBehavior DELETE_FROM_DATABASE drops tables that consumers read"


@resource_rule(
    About(
        name="weather-glue-crawler-grouping",
        description="A crawler combines compatible schemas into one table per data set.",
        why="One odd device otherwise splits the table in two, and the job reads half of the data.",
        steps="Set Grouping.TableGroupingPolicy CombineCompatibleSchemas in the crawler's configuration.",
        url=f"{_CRAWLER}/crawler-grouping-policy.html",
        tags=("reliability",),
        severity=MEDIUM,
    ),
    CRAWLER,
)
def crawler_grouping(crawler: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Read the crawler's configuration document."""
    del config
    try:
        document = crawler.props.document("configuration") or {}
    except UnreadableError:
        yield "configuration is not a JSON object"
        return
    grouping = document.get("Grouping")
    block = cast("dict[str, object]", grouping) if isinstance(grouping, dict) else {}
    if block.get("TableGroupingPolicy") != "CombineCompatibleSchemas":
        yield "Grouping.TableGroupingPolicy is not CombineCompatibleSchemas: an odd device splits the table"


@resource_rule(
    About(
        name="weather-glue-job-script-version",
        description="A job's script lies under a key that changes with its content.",
        why="With a fixed key an edited script changes no resource: no diff, no review, no way back.",
        steps="Put a content hash into the key: scripts/<sha>/job.py.",
        url="https://www.pulumi.com/docs/iac/concepts/assets-archives/",
        tags=("reliability",),
        severity=MEDIUM,
        config={
            "pattern": {
                "type": "string",
                "format": "regex",
                "description": "What the key must hold.",
                "default": "[0-9a-f]{8,64}",
            }
        },
    ),
    JOB,
)
def job_script_version(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Look for a hash in the script's key; one made of outputs is not known before the update."""
    command = job.props.child("command")
    if command is None or not command.has("scriptLocation"):
        yield "command.scriptLocation is not set"
        return
    bucket_and_key = (command.text("scriptLocation") or "").removeprefix("s3://")
    if not re.search(config.text("pattern"), bucket_and_key.partition("/")[2]):
        yield "command.scriptLocation holds no content hash: an edited script would not be a change"


@stack_rule(
    About(
        name="weather-stack-pipeline-trigger",
        description="A state machine that runs a Glue job is started by something in the stack.",
        why="A workflow that nothing starts looks deployed and produces nothing.",
        steps="Add an EventRule with a schedule and a target, or a Scheduler schedule.",
        url=f"{_EVENTS}/eb-create-rule-schedule.html",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    )
)
def pipeline_trigger(stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Follow targets to the state machines."""
    del config
    for machine in stack.of(orchestration.MACHINE):
        by_rule = stack.pointing_at(machine, "arn", TARGET)
        by_schedule = [s for s in stack.of(SCHEDULE) if schedules(s, machine)]
        if not by_rule and not by_schedule:
            yield Finding("no rule or schedule of the stack starts it", machine)


def schedules(schedule: Resource, subject: Resource) -> bool:
    """Whether a Scheduler schedule has this resource as its target."""
    block = schedule.props.child("target") or Props({})
    return is_named(readable(block, "arn"), subject) or points_at(schedule, "target", subject)


RULES = [
    target_dead_letter,
    target_retry,
    target_role,
    rule_schedule,
    rule_pattern,
    rule_target,
    schedule_delivery,
    alarm_actions,
    alarm_missing_data,
    alarm_window,
    failure_alarm,
    queue_alarm,
    queue_retention,
    topic_subscription,
    crawler_schema_policy,
    crawler_grouping,
    job_script_version,
    pipeline_trigger,
]
