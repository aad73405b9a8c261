"""KMS: keys that rotate, that can be brought back, and whom they let in."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    CRITICAL,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_rule,
)
from weather_policies.kit.stack import Stack, names
from weather_policies.readers import policy_documents
from weather_policies.readers.iam import statements
from weather_policies.readers.resource_policies import TRUSTED, policy_findings
from weather_policies.readers.types import KEY, KEY_TYPES

_KMS_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html"


_SOURCE_URL = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


EVENTS = "events.amazonaws.com"
_SOURCES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid")
"""What AWS does not support for EventBridge in the key policy of a topic (SNS guide, key management)."""


@resource_rule(
    RuleMetadata(
        name="weather-kms-key-rotation",
        description="A KMS key is enabled and rotates every year.",
        why="A key that never changes protects ten years of data with one secret.",
        steps="Set enableKeyRotation to true and leave rotationPeriodInDays at 365.",
        url=_KMS_CONTROLS,
        tags=("security",),
        severity=MEDIUM,
        config={"maxDays": integer(365, "Longest time between two rotations, in days.", 90, 2560)},
    ),
    KEY,
)
def key_rotation(key: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge symmetric keys of the stack's own making; others cannot rotate."""
    most, days = config.number("maxDays"), key.props.number("rotationPeriodInDays")
    spec = key.props.text("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if key.props.flag("isEnabled") is False:
        yield "isEnabled is false: nothing under the key can be read"
    if spec != "SYMMETRIC_DEFAULT" or (key.props.text("keyUsage") or "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT":
        return
    if not key.props.flag("enableKeyRotation"):
        yield "enableKeyRotation is not true"
    elif days is not None and days > most:
        yield f"rotationPeriodInDays is {days:g}, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-kms-key-deletion-window",
        description="A deleted key can be brought back for as long as its class demands.",
        why="With the key all data under it is gone.",
        steps="Set deletionWindowInDays.",
        url="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
        tags=("security", "reliability"),
        severity=MEDIUM,
        config={"minDays": integer(7, "Shortest waiting period before a key is deleted.", 7, 30)},
    ),
    KEY,
)
def key_deletion_window(key: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the window; AWS's default is 30 days."""
    days, least = key.props.number("deletionWindowInDays"), config.number("minDays")
    if days is not None and days < least:
        yield f"deletionWindowInDays is {days:g}, at least {least:g} are wanted"


@resource_rule(
    RuleMetadata(
        name="weather-kms-key-policy",
        description="A key's policy lets in nobody unnamed and binds services to this account.",
        why="Whoever may use the key reads everything under it.",
        steps="Name principals; give service principals aws:SourceAccount or an encryption context, but not "
        "EventBridge, which then could not publish to a topic under the key.",
        url=_SOURCE_URL,
        tags=("security",),
        severity=CRITICAL,
        config=TRUSTED,
    ),
    *KEY_TYPES,
)
def key_policy(key: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each statement that allows; without a policy AWS's default admits the account only."""
    yield from policy_findings(key, config, sourceless=(EVENTS,))
    for found in policy_documents.of(key):
        for statement in statements(found.document) if found.document else ():
            bound = any(condition.key in _SOURCES for condition in statement.conditions)
            if statement.allow and EVENTS in statement.principals.services and bound:
                yield f"binds {EVENTS} by a source condition that it does not send to an encrypted topic"
    if key.props.flag("bypassPolicyLockoutSafetyCheck"):
        yield "bypassPolicyLockoutSafetyCheck is true: a wrong policy would lock everybody out, for ever"


@stack_rule(
    RuleMetadata(
        name="weather-kms-key-count",
        description="The stack has no more KMS keys than its class may have.",
        why="A key costs a dollar a month, several times a week's run; encryption by SSE-S3 costs nothing.",
        steps="Leave the stack's KMS setting off, or allow the key in the class's configuration.",
        url="https://aws.amazon.com/kms/pricing/",
        tags=("cost",),
        severity=LOW,
        config={"maxKeys": integer(0, "Most customer-managed keys of a stack.")},
    )
)
def key_count(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Count the keys."""
    found, most = stack.of(KEY), config.number("maxKeys")
    if len(found) > most:
        yield f"{len(found)} KMS keys ({names(found)}), at most {most:g} are allowed"
