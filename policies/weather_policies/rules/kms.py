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
from weather_policies.readers.iam import shown_service
from weather_policies.readers.resource_policies import NOT_JSON, policy_statements
from weather_policies.readers.types import KEY

_KMS_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html"


_SOURCE_URL = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


@resource_rule(
    RuleMetadata(
        name="weather-kms-key-rotation",
        description="A KMS key rotates every year.",
        why="A key that never changes protects ten years of data with one secret.",
        steps="Set enableKeyRotation to true.",
        url=_KMS_CONTROLS,
        tags=("security",),
        severity=MEDIUM,
    ),
    KEY,
)
def key_rotation(key: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge symmetric keys; others cannot rotate."""
    del config
    spec = key.props.text("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if spec == "SYMMETRIC_DEFAULT" and not key.props.flag("enableKeyRotation"):
        yield "enableKeyRotation is not true"


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
        steps="Name principals; give service principals aws:SourceAccount or an encryption context.",
        url=_SOURCE_URL,
        tags=("security",),
        severity=CRITICAL,
    ),
    KEY,
)
def key_policy(key: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each statement that allows; without a policy AWS's default admits the account only."""
    del config
    found = policy_statements(key)
    if found is None:
        yield NOT_JSON
    for statement in found or []:
        if statement.is_public():
            yield f"{statement.label} allows anybody"
        if statement.allow and statement.services and not statement.pins_source():
            yield f"{statement.label} allows {shown_service(statement.services[0])} on behalf of any account"


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
