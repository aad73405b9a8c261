"""Lifecycle rules of buckets: for which objects they are, and what they expire."""

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.stack import Stack
from weather_policies.readers.types import LIFECYCLES


def lifecycle_rules(bucket: Resource, stack: Stack) -> list[Props]:
    """The enabled lifecycle rules of a bucket."""
    configurations = stack.pointing_at(bucket, "bucket", *LIFECYCLES)
    rules = [rule for c in configurations for rule in c.props.children("rules")]
    return [rule for rule in rules if rule.text("status") == "Enabled"]


def is_whole(rule: Props) -> bool:
    """Whether a lifecycle rule is for every object of the bucket: no prefix, tag or size."""
    return not prefix_of(rule) and not is_narrowed(rule)


def is_narrowed(rule: Props) -> bool:
    """Whether a lifecycle rule is for objects of some tag or size only."""
    block = rule.child("filter")
    inner = block.child("and") if block else None
    parts = [part for part in (block, inner) if part is not None]
    narrowed = ("tag", "tags", "objectSizeGreaterThan", "objectSizeLessThan")
    sizes = [part.number("objectSizeGreaterThan") for part in parts if part.has("objectSizeGreaterThan")]
    if any(part.has(key) for part in parts for key in narrowed if key != "objectSizeGreaterThan"):
        return True
    return any(size for size in sizes)


def prefix_of(rule: Props) -> str:
    """The prefix a lifecycle rule is limited to; empty for the whole bucket."""
    block = rule.child("filter")
    inner = block.child("and") if block else None
    found = [part.text("prefix") for part in (inner, block, rule) if part is not None]
    return next((text for text in found if text), "")


def expires(rule: Props, prefix: str, most: float) -> bool:
    """Whether a rule expires every object under a prefix within so many days."""
    expiration = rule.child("expiration")
    days = expiration.number("days") if expiration else None
    return days is not None and days <= most and prefix.startswith(prefix_of(rule)) and not is_narrowed(rule)
