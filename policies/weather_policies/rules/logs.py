"""CloudWatch Logs: how long events are kept, and under which key."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers.types import KEY, LOG_GROUP

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192),
    *(2557, 2922, 3288, 3653),
)
"""The retentions CloudWatch Logs accepts (API reference, PutRetentionPolicy)."""


_LOGS_URL = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
)


@resource_rule(
    RuleMetadata(
        name="weather-logs-group-retention",
        description="A log group keeps its events for a bounded time, a value that CloudWatch knows.",
        why="Logs without retention are kept, and billed, for ever.",
        steps="Set retentionInDays to a listed value within the class's limit.",
        url=_LOGS_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={
            "maxDays": integer(90, "Longest retention of a log group, in days.", minimum=1),
            "minDays": integer(7, "Shortest retention: a week's run must be there a week later.", minimum=1),
        },
    ),
    LOG_GROUP,
)
def log_retention(group: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the retention in days; 0 is for ever."""
    if group.props.text("logGroupClass") == "DELIVERY":
        return  # its retention is fixed at two days
    days, least, most = (
        group.props.number("retentionInDays"),
        config.number("minDays"),
        config.number("maxDays"),
    )
    if not days:
        yield f"retentionInDays is not set: events are kept for ever; set {least:g} to {most:g}"
    elif not least <= days <= most:
        yield f"retentionInDays is {days:g}, allowed are {least:g} to {most:g}"
    elif days not in RETENTION_DAYS:
        yield f"retentionInDays {days:g} is not a value that CloudWatch Logs accepts"


@stack_resource_rule(
    RuleMetadata(
        name="weather-logs-group-encryption",
        description="Where the stack has a KMS key, its log groups use one.",
        why="A class that pays for a key wants all of its data under it.",
        steps="Set kmsKeyId on the log group; the key's policy must admit logs.<region>.amazonaws.com.",
        url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    LOG_GROUP,
)
def log_encryption(group: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Ask for a key where there is one."""
    del config
    if stack.of(KEY) and not group.props.has("kmsKeyId"):
        yield "the stack has a KMS key and this log group has no kmsKeyId"
