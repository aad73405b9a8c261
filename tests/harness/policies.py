"""Evaluate IAM policy documents: is a call allowed?

The subset of IAM's evaluation that this project's documents use (IAM guide, "Policy evaluation logic"): a
denial first, then an allowance, with action and resource patterns and the condition operators below.
Anything else in a document raises, so that one which grows beyond this evaluator cannot pass unnoticed.
moto's own evaluator leaves most conditions out, and AWS's simulator needs an account.
"""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_STATEMENT_KEYS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Call:
    """One API call.

    Attributes:
        action: such as ``s3:GetObject``.
        resource: ARN of what it acts on; ``*`` for an action that knows no resource.
        context: condition keys of the request; a list is a multi-valued key.
    """

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


def allowed(policy: Mapping[str, Any], call: Call, service: str | None = None) -> bool:
    """Return whether a document allows a call.

    Args:
        policy: an identity policy, or a resource policy with principals.
        call: the call.
        service: for a resource policy, the service principal that calls.
    """
    effects = {s["Effect"] for s in policy["Statement"] if _applies(s, call, service)}
    assert effects <= {"Allow", "Deny"}
    return effects == {"Allow"}


def _applies(statement: Mapping[str, Any], call: Call, service: str | None) -> bool:
    unknown = set(statement) - _STATEMENT_KEYS
    assert not unknown, f"this evaluator does not know {unknown}"
    return (
        _is_for(statement.get("Principal"), service)
        and _matches_any(_list(statement["Action"]), call.action, ignore_case=True)
        and _matches_any(_list(statement.get("Resource", "*")), call.resource)
        and all(
            _OPERATORS[operator](call.context.get(key), _list(expected))
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def _is_for(principal: Any, service: str | None) -> bool:
    if principal is None or principal == "*":
        return True
    assert set(principal) <= {"Service", "AWS"}, principal
    return service in _list(principal.get("Service", []))


def _matches_any(patterns: Sequence[str], value: str, ignore_case: bool = False) -> bool:
    if ignore_case:
        patterns, value = [p.lower() for p in patterns], value.lower()
    return any(_like(value, pattern) for pattern in patterns)


def _like(value: str, pattern: str) -> bool:
    """Match with IAM's wildcards * and ?; brackets are plain characters there."""
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _equals(actual: Any, expected: Sequence[str]) -> bool:
    return actual in expected


def _patterns(actual: Any, expected: Sequence[str]) -> bool:
    return actual is not None and _matches_any(expected, actual)


def _any_equals(actual: Any, expected: Sequence[str]) -> bool:
    return bool(set(_list(actual or [])) & set(expected))


_OPERATORS = {
    "StringEquals": _equals,
    "StringLike": _patterns,
    "ArnLike": _patterns,
    "ArnEquals": _patterns,  # the same as ArnLike (IAM guide, condition operators)
    "Bool": _equals,
    "ForAnyValue:StringEquals": _any_equals,
}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
