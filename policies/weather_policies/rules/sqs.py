"""Queues: who may send, encryption at rest, and dead letters that somebody reads."""

import json
from collections.abc import Iterator, Mapping
from typing import cast

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.rule import (
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack, is_named, points_at, readable
from weather_policies.readers.links import has_dimension
from weather_policies.readers.resource_policies import TRUSTED, channel_findings, has_inline_policy
from weather_policies.readers.types import (
    ALARM,
    QUEUE,
    QUEUE_POLICY,
    SCHEDULE,
    SUBSCRIPTION,
    TARGET,
)

_SQS_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html"


@stack_resource_rule(
    RuleMetadata(
        name="weather-sqs-queue-policy",
        description="A queue has a policy that names who may send, on whose behalf, and demands TLS.",
        why="A dead-letter queue that any rule of any account may write to is evidence nobody can trust.",
        steps="Add a QueuePolicy: events.amazonaws.com with aws:SourceArn, Deny without TLS.",
        url=_SQS_CONTROLS,
        tags=("security",),
        severity=HIGH,
        config=TRUSTED,
    ),
    QUEUE,
    QUEUE_POLICY,
)
def queue_policy(subject: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Judge each policy of a queue, also of one that is not in the stack; and that a queue has one."""
    if subject.type == QUEUE and not has_inline_policy(subject):
        if not stack.pointing_at(subject, "queueUrl", QUEUE_POLICY):
            yield "no QueuePolicy points at it: say who may send, and demand TLS"
        return
    yield from channel_findings(subject, config, "", "sqs:SendMessage")


@resource_rule(
    RuleMetadata(
        name="weather-sqs-queue-encryption",
        description="A queue is encrypted at rest.",
        why="A dead letter holds the event, and with it the names of what it was meant for.",
        steps="Set sqsManagedSseEnabled to true, or kmsMasterKeyId.",
        url=_SQS_CONTROLS,
        tags=("security",),
        severity=MEDIUM,
    ),
    QUEUE,
)
def queue_encryption(queue: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Accept either kind of encryption."""
    del config
    if not queue.props.has("kmsMasterKeyId") and not queue.props.flag("sqsManagedSseEnabled"):
        yield "neither sqsManagedSseEnabled nor kmsMasterKeyId is set"


@stack_resource_rule(
    RuleMetadata(
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
def queue_alarm(queue: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Judge queues that are somebody's dead-letter queue."""
    del config
    if not _is_dead_letter_queue(queue, stack):
        return
    metrics = {"ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent", "ApproximateAgeOfOldestMessage"}
    for alarm in stack.of(ALARM):
        if alarm.props.text("metricName") in metrics and has_dimension(alarm, "QueueName", queue):
            return
    yield "it is a dead-letter queue and no alarm watches its depth"


def _is_dead_letter_queue(queue: Resource, stack: Stack) -> bool:
    """Whether a target, schedule, function, subscription or another queue sends its dead letters here."""
    for kind, path in DEAD_LETTERS.items():
        for other in stack.of(kind):
            block: Props | None = other.props
            for part in path[:-1]:
                block = block.child(part) if block is not None and block.known(part) else None
            text = readable(block, path[-1]) if block is not None else None
            if is_named(text, queue) or points_at(other, path[0], queue):
                return True
    return any(_redrives_to(other, queue) for other in stack.of(QUEUE, REDRIVE, SUBSCRIPTION))


DEAD_LETTERS: Mapping[str, tuple[str, ...]] = {
    TARGET: ("deadLetterConfig", "arn"),
    SCHEDULE: ("target", "deadLetterConfig", "arn"),
    "aws:lambda/function:Function": ("deadLetterConfig", "targetArn"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": ("destinationConfig", "onFailure", "destinationArn"),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        *("destinationConfig", "onFailure", "destination"),
    ),
    "aws:pipes/pipe:Pipe": ("sourceParameters", "sqsQueueParameters", "deadLetterConfig", "arn"),
}
"""Types that send what they cannot deliver to a queue, and where they name it."""

REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"


def _redrives_to(other: Resource, queue: Resource) -> bool:
    policy = readable(other.props, "redrivePolicy") or "{}"
    try:
        found = json.loads(policy)
    except ValueError:
        return False
    named = cast("dict[str, object]", found).get("deadLetterTargetArn") if isinstance(found, dict) else None
    return is_named(str(named), queue) or points_at(other, "redrivePolicy", queue)


@stack_resource_rule(
    RuleMetadata(
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
def queue_retention(queue: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Judge queues that are somebody's dead-letter queue; AWS's default is 345,600 s."""
    if not _is_dead_letter_queue(queue, stack):
        return
    seconds, least = queue.props.number("messageRetentionSeconds") or 345_600, config.number("minSeconds")
    if seconds < least:
        yield f"messageRetentionSeconds is {seconds:g}, at least {least:g} are wanted for dead letters"
