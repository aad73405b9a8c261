"""IAM policy documents as data, with IAM's own semantics of matching.

Action names are compared without regard to case, `*` and `?` are wildcards, `NotAction` and `NotResource`
match what their lists do not (IAM user guide, "Policy element reference"). `allows` evaluates a whole
document; a property test holds it equal to an evaluator that was written apart from it. Elements that IAM
would refuse are kept in `Statement.malformed`, so that rules can fail closed on them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from weather_policies.kit.reading import Document
from weather_policies.readers.iam_conditions import Condition, conditions
from weather_policies.readers.iam_principals import Principals, principals_of

ELEMENTS = frozenset(
    (
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
        *("Resource", "NotResource", "Condition"),
    )
)
"""The elements of a statement; IAM refuses any other, and compares their names with regard to case."""

UNTYPED = frozenset({"s3", "sns", "sqs", "execute-api"})
"""Services whose ARNs end in a name, without the kind of resource before it."""

_ACTION = re.compile(r"\*|[A-Za-z0-9-]{1,40}:[A-Za-z0-9*?]{1,80}")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9-]*[/:]")


@dataclass(frozen=True)
class Request:
    """One call: action, ARN of the resource, and the condition keys that it carries, in lower case."""

    action: str
    resource: str = "*"
    context: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, each element a list of strings.

    Attributes:
        label: How to name it in a message: its place in the document. A Sid is text, and not printed.
        sid: The Sid, None if there is none.
        allow: Whether it allows (anything but "Deny" counts as allowing, which is the careful reading).
        actions: `Action`.
        not_actions: `NotAction`.
        resources: `Resource`.
        not_resources: `NotResource`.
        principals: `Principal`, or whom `NotPrincipal` leaves out.
        not_principals: Whether `NotPrincipal` is used.
        conditions: All that must hold.
        malformed: What IAM would refuse, in words.
    """

    label: str
    sid: str | None
    allow: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: Principals
    not_principals: bool
    conditions: tuple[Condition, ...]
    malformed: tuple[str, ...]

    def covers(self, action: str) -> bool:
        """Whether the statement speaks of an action."""
        if self.not_actions:
            return not any(like(action, pattern, ignore_case=True) for pattern in self.not_actions)
        return any(like(action, pattern, ignore_case=True) for pattern in self.actions)

    def reaches(self, resource: str) -> bool:
        """Whether the statement speaks of a resource; one without the element speaks of its own."""
        if self.not_resources:
            return not any(like(resource, pattern) for pattern in self.not_resources)
        return not self.resources or any(like(resource, pattern) for pattern in self.resources)

    def applies(self, request: Request) -> bool:
        """Whether action, resource and every condition match, whoever calls."""
        return (
            self.covers(request.action)
            and self.reaches(request.resource)
            and all(condition.holds(request.context) for condition in self.conditions)
        )

    def grants(self, action: str) -> bool:
        """Whether it allows an action on something under some condition."""
        return self.allow and self.covers(action)

    @property
    def open_resources(self) -> bool:
        """Whether it names no resource: everything, or everything but some."""
        return bool(self.not_resources) or any(is_wide(resource) for resource in self.resources)


def allows(document: Document, request: Request) -> bool:
    """Whether a document allows a request: some statement does and none denies it."""
    applying = [statement for statement in statements(document) if statement.applies(request)]
    return bool(applying) and all(statement.allow for statement in applying)


def statements(document: Document | None) -> list[Statement]:
    """The statements of a policy document; a single one may stand without its list."""
    given: Any = (document or {}).get("Statement", [])
    listed = cast("list[Any]", given if isinstance(given, list) else [given])
    return [_statement(index, raw) for index, raw in enumerate(listed)]


def like(text: str, pattern: str, *, ignore_case: bool = False) -> bool:
    """Match with IAM's wildcards: `*` any text, `?` one character; `${*}` and `${?}` stand for themselves."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def is_wide(resource: str) -> bool:
    """Whether a resource is everything, or everything of a kind: no part of its own name is written out.

    >>> [is_wide(r) for r in ("*", "arn:aws:s3:::*/*", "arn:aws:kms:*:1:key/*", "arn:aws:s3:::lake/*")]
    [True, True, True, False]
    """
    parts = resource.split(":", 5)
    if len(parts) < _ARN_PARTS:
        return True
    service, name = parts[2], parts[5]
    if service not in UNTYPED and any(c in name for c in "*?"):
        name = _KIND.sub("", name, count=1)
    return re.sub(r"\$\{[^}]*\}|[*?/:]", "", name) == ""


def any_account(resource: str) -> bool:
    """Whether an ARN's account is a pattern."""
    parts = resource.split(":", 5)
    return len(parts) == _ARN_PARTS and any(c in parts[4] for c in "*?")


_ARN_PARTS = 6


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001 (cached by position)
    parts = re.split(r"(\$\{[*?$]\}|[*?])", pattern)
    wild = {"*": ".*", "?": "."}
    text = "".join(wild.get(p, re.escape(p[2:-1] if p.startswith("${") else p)) for p in parts)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _statement(index: int, given: object) -> Statement:
    raw = cast("Mapping[str, Any]", given) if isinstance(given, Mapping) else dict[str, Any]()
    sid = raw.get("Sid")
    return Statement(
        label=f"statement {index + 1}",
        sid=sid if isinstance(sid, str) else None,
        allow=raw.get("Effect") != "Deny",
        actions=texts(raw.get("Action")),
        not_actions=texts(raw.get("NotAction")),
        resources=texts(raw.get("Resource")),
        not_resources=texts(raw.get("NotResource")),
        principals=principals_of(raw.get("NotPrincipal", raw.get("Principal"))),
        not_principals="NotPrincipal" in raw,
        conditions=conditions(raw.get("Condition")),
        malformed=tuple(_faults(raw)) if isinstance(given, Mapping) else ("is not an object",),
    )


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """What IAM would refuse of a statement."""
    if set(raw) - ELEMENTS:
        yield "has an element that IAM does not know (their names are compared with regard to case)"
    if raw.get("Effect") not in ("Allow", "Deny"):
        yield "has no Effect of Allow or Deny"
    if ("Action" in raw) == ("NotAction" in raw):
        yield "has neither or both of Action and NotAction"
    for key in ("Action", "NotAction", "Resource", "NotResource"):
        if key in raw and not _is_texts(raw[key]):
            yield f"has a {key} that is not a string or a list of strings"
    if any(
        not _ACTION.fullmatch(action) for key in ("Action", "NotAction") for action in texts(raw.get(key))
    ):
        yield "has an action that is not of the form service:Name"
    if "Condition" in raw and not isinstance(raw["Condition"], Mapping):
        yield "has a Condition that is not an object"


def _is_texts(value: object) -> bool:
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    return bool(listed) and all(isinstance(item, str) for item in listed)


def texts(value: object) -> tuple[str, ...]:
    """A string or the strings of a list."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(item for item in cast("list[Any]", value) if isinstance(item, str))
    return ()
