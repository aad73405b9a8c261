"""Who a statement is for: services, accounts, federation, anybody, and what cannot be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:[a-z-]+:(?:iam|sts)::([^:]*):(.+)", re.DOTALL)
_SERVICE = re.compile(r"[a-z0-9.-]{1,80}\.amazonaws\.com(?:\.cn)?")
_SHOWN = re.compile(r"(?:[a-z.-]|s3|ec2|[a-z]{2}-[a-z]{4,9}-\d)+\.amazonaws\.com")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_FEDERATED = re.compile(
    r"(?:arn:[a-z-]+:iam::(\d{12}):(?:oidc-provider|saml-provider)/\S+"
    r"|cognito-identity\.amazonaws\.com|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com)"
)


@dataclass(frozen=True)
class Principals:
    """The principals of a statement.

    Attributes:
        anybody: Whether `*` is among them: everybody, signed in or not.
        services: Service principals, such as `glue.amazonaws.com`.
        accounts: The account of each account, role, user or session that is named.
        federated: Identity providers.
        unreadable: Whether one of them is of no form that IAM knows, a deleted role, or a pattern.
    """

    anybody: bool = False
    services: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    unreadable: bool = False

    @property
    def given(self) -> bool:
        """Whether there is any principal."""
        return self.anybody or self.unreadable or bool(self.services or self.accounts or self.federated)


def shown_service(service: str) -> str:
    """A service principal as a message may hold it."""
    return service if _SHOWN.fullmatch(service) else "a service"


def principals_of(value: object) -> Principals:
    """Read a `Principal` element; None, which an identity policy has, is nobody."""
    if value is None:
        return Principals()
    if value == "*":
        return Principals(anybody=True)
    if not isinstance(value, Mapping):
        return Principals(unreadable=True)
    found = [
        (kind, item)
        for kind, given in cast("Mapping[str, Any]", value).items()
        for item in (cast("list[Any]", given) if isinstance(given, list) else [given])
    ]
    read = [_read(kind, item) for kind, item in found]
    return Principals(
        anybody=any(kind == "anybody" for kind, _ in read),
        services=tuple(text for kind, text in read if kind == "service"),
        accounts=tuple(text for kind, text in read if kind == "account"),
        federated=tuple(text for kind, text in read if kind == "federated"),
        unreadable=not read or any(kind == "" for kind, _ in read),
    )


def _read(kind: str, item: object) -> tuple[str, str]:
    """What one principal is: kind and text; an empty kind where it cannot be read."""
    if not isinstance(item, str) or kind not in {"AWS", "Service", "Federated", "CanonicalUser"}:
        return "", ""
    if item == "*":
        return "anybody", item
    if kind == "AWS":
        return _account(item)
    if kind == "Service":
        return ("service" if _SERVICE.fullmatch(item) else ""), item
    if kind == "Federated":
        return ("federated" if _FEDERATED.fullmatch(item) else ""), item
    return ("account" if _CANONICAL.fullmatch(item) else ""), item


def _account(item: str) -> tuple[str, str]:
    if _ACCOUNT.fullmatch(item):
        return "account", item
    arn = _ARN.fullmatch(item)
    if arn and any(c in arn[1] for c in "*?"):
        return "anybody", item
    if arn and arn[1] == "cloudfront":
        return "account", item
    if arn and _ACCOUNT.fullmatch(arn[1]) and not any(c in arn[2] for c in "*?"):
        return "account", arn[1]
    return "", item
