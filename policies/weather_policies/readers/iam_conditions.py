"""Conditions of a statement: whether they hold for a request, and to whom they bind the caller.

Operators as in the IAM user guide, "Condition operators": a positive operator fails where the key is absent,
a negated one holds, `...IfExists` holds, `ForAllValues:` holds on an empty set.

A condition *binds* only by values that are written out. S3 calls this a fixed value (user guide, "The
meaning of public"): a whole account id, the account of an ARN, an organisation's id, a VPC or endpoint id,
or an address range no wider than /8 (IPv6: /32).
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

WIDEST_V4, WIDEST_V6 = 8, 32
"""Prefix lengths of the widest address ranges that S3 does not call public."""

NETWORK = frozenset({"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"})
ORGANISATION = frozenset(
    {"aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"}
    | {"aws:vpceorgid", "aws:vpceorgpaths"}
)
SOURCE = frozenset(
    {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
)
"""Keys that a service sends with a call on behalf of somebody (the confused-deputy conditions)."""

CALLER = (
    SOURCE
    | NETWORK
    | ORGANISATION
    | {"aws:principalaccount", "aws:principalarn", "aws:userid", "s3:dataaccesspointaccount"}
    | {"aws:vpceaccount", "kms:calleraccount", "s3:dataaccesspointarn", "elasticfilesystem:accesspointarn"}
)
"""Keys that say who calls, or from where."""

BINDING = frozenset(
    {"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "ipaddress"}
)
"""Operators that demand a value; a negated one demands only that it be another."""


@dataclass(frozen=True)
class Condition:
    """One key under one operator.

    Attributes:
        operator: In lower case, without quantifier and `IfExists`.
        quantifier: `foranyvalue`, `forallvalues` or empty.
        if_exists: Whether an absent key holds.
        key: In lower case.
        values: The values, of which one suffices (for a negated operator: none may match).
        readable: Whether every value is a string, a number or a boolean.
    """

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    values: tuple[str, ...]
    readable: bool = True

    def holds(self, context: Mapping[str, Sequence[str]]) -> bool:
        """Whether it holds for a request's keys (in lower case); an operator that IAM lacks never does."""
        actual = context.get(self.key)
        if self.operator == "null":
            return any((value.lower() == "true") == (actual is None) for value in self.values)
        negated = _negated(self.operator)
        matches = _MATCHES.get(negated or self.operator)
        if matches is None:
            return False
        if not actual:
            return (
                self.if_exists
                or self.quantifier == "forallvalues"
                or (negated is not None and self.quantifier == "")
            )
        each = [
            any(matches(text, value) for value in self.values) != (negated is not None) for text in actual
        ]
        return all(each) if self.quantifier == "forallvalues" else any(each)

    @property
    def binds(self) -> bool:
        """Whether a request without the key, or with another value, is refused."""
        return (
            self.operator in BINDING
            and not self.if_exists
            and self.quantifier != "forallvalues"
            and self.readable
            and bool(self.values)
        )


@dataclass(frozen=True)
class Bound:
    """To whom a condition binds the caller: accounts, or (without any) a network or an organisation."""

    accounts: frozenset[str] = frozenset()


def conditions(block: object) -> tuple[Condition, ...]:
    """The conditions of a `Condition` element; what is malformed is kept as one that never binds."""
    return tuple(_conditions(block))


def bound(condition: Condition, keys: Iterable[str]) -> Bound | None:
    """To whom a condition on one of `keys` binds the caller; None if to nobody in particular."""
    if not condition.binds or not (condition.key in keys or _is_context(condition.key, keys)):
        return None
    read = [_fixed(condition.key, value) for value in condition.values]
    if any(value is None for value in read):
        return None
    return Bound(frozenset(value for value in read if value))


def literal(text: str) -> bool:
    """Whether a value is written out: no wildcard, no policy variable, not empty."""
    return bool(text.strip()) and not re.search(r"[*?]|\$\{", text)


def _is_context(key: str, keys: Iterable[str]) -> bool:
    """An encryption context that names a resource: what services send to KMS in place of a source."""
    return key.startswith("kms:encryptioncontext:") and "aws:sourcearn" in keys


def _fixed(key: str, value: str) -> str | None:
    """The account that a value fixes, empty if it fixes something else, None if nothing."""
    if key in NETWORK:
        return _fixed_network(key, value)
    if key in ORGANISATION:
        return "" if re.match(r"o-[a-z0-9]{1,32}(/|$)", value) else None
    if key == "aws:userid":
        return "" if re.match(r"A[A-Z]{3}[A-Z0-9]{12,}(:|$)", value) else None
    if value.startswith("arn:"):
        return _fixed_arn(value)
    if key.startswith("kms:encryptioncontext:"):
        return "" if literal(value) else None
    return value if re.fullmatch(r"\d{12}", value) else None


def _fixed_network(key: str, value: str) -> str | None:
    if key not in {"aws:sourceip", "aws:vpcsourceip"}:
        return "" if literal(value) else None
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None
    return "" if network.prefixlen >= (WIDEST_V4 if network.version == 4 else WIDEST_V6) else None  # noqa: PLR2004 (IPv4)


def _fixed_arn(value: str) -> str | None:
    """The account of an ARN, empty for a bucket, whose ARN has none."""
    parts = value.split(":", 5)
    if len(parts) < 6 or not literal(parts[2]):  # noqa: PLR2004 (the parts of an ARN)
        return None
    if re.fullmatch(r"\d{12}", parts[4]):
        return parts[4]
    bucket = parts[5].split("/")[0]
    return "" if parts[2] == "s3" and parts[4] == "" and literal(bucket) else None


def _conditions(block: object) -> Iterator[Condition]:
    if not isinstance(block, Mapping):
        return
    for written, keys in cast("Mapping[str, Any]", block).items():
        prefix, _, rest = written.lower().rpartition(":")
        operator = rest.removesuffix("ifexists")
        for key, value in (
            cast("Mapping[str, Any]", keys) if isinstance(keys, Mapping) else {"": keys}
        ).items():
            listed = cast("list[Any]", value) if isinstance(value, list) else [value]
            readable = all(isinstance(item, str | int | float) for item in listed)
            texts = tuple(_text(item) for item in listed if isinstance(item, str | int | float))
            yield Condition(operator, prefix, operator != rest, key.lower(), texts, readable)


def _text(item: str | float) -> str:
    return str(item).lower() if isinstance(item, bool) else str(item)


def _negated(operator: str) -> str | None:
    """The operator that a negated one negates."""
    return (
        operator.replace("not", "", 1) if re.match(r"(string|numeric|date|arn)not|notip", operator) else None
    )


def _compare(
    test: Callable[[float, float], bool], read: Callable[[str], float]
) -> Callable[[str, str], bool]:
    def matches(actual: str, wanted: str) -> bool:
        try:
            return test(read(actual), read(wanted))
        except ValueError:
            return False

    return matches


def _moment(text: str) -> float:
    """Seconds since 1970, of an ISO 8601 time or such a number."""
    try:
        return float(text)
    except ValueError:
        found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _in_network(actual: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _like(actual: str, wanted: str) -> bool:
    wild = {"*": ".*", "?": "."}
    pattern = "".join(wild.get(part, re.escape(part)) for part in re.split(r"([*?])", wanted))
    return re.fullmatch(pattern, actual, re.DOTALL) is not None


def _arn_like(actual: str, wanted: str) -> bool:
    """The six parts of two ARNs, each by itself: a wildcard does not reach over a colon."""
    parts, patterns = actual.split(":", 5), wanted.split(":", 5)
    return len(parts) == len(patterns) and all(_like(p, w) for p, w in zip(parts, patterns, strict=True))


_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}

_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": operator.eq,
    "stringequalsignorecase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "stringlike": _like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": lambda actual, wanted: actual.lower() == wanted.lower(),
    "binaryequals": operator.eq,
    "ipaddress": _in_network,
    **{f"numeric{name}": _compare(test, float) for name, test in _ORDER.items()},
    **{f"date{name}": _compare(test, _moment) for name, test in _ORDER.items()},
}
"""Whether a request's value matches a condition's, by positive operator."""
