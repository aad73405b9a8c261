"""Who gets in by a statement: anybody, another account, a service on behalf of any account."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from weather_policies.kit.reading import Resource
from weather_policies.readers.iam import Statement
from weather_policies.readers.iam_conditions import CALLER, SOURCE, bound, literal
from weather_policies.readers.iam_principals import shown_service


@dataclass(frozen=True)
class Circle:
    """Whose callers belong to us.

    Attributes:
        own: The stack's accounts; empty if the provider names none.
        trusted: Other accounts that the configuration lists.
        sourceless: Service principals that send no source, and may stand without a condition.
    """

    own: frozenset[str]
    trusted: frozenset[str] = frozenset()
    sourceless: frozenset[str] = frozenset()

    def admits(self, accounts: Iterable[str]) -> bool:
        """Whether accounts are ours or trusted; where our own is not known, every one that is written out."""
        return not self.own or set(accounts) <= self.own | self.trusted

    def strangers(self, accounts: Iterable[str]) -> list[str]:
        """The accounts among some that are neither ours nor trusted."""
        return sorted({a for a in accounts if not self.admits([a])})


def own_accounts(resource: Resource) -> frozenset[str]:
    """The accounts that a resource's provider may act in: those allowed, or that of the role it assumes."""
    if resource.provider is None:
        return frozenset()
    props = resource.provider.props
    written: list[str] = []
    for key in ("allowedAccountIds", "assumeRoles", "assumeRole"):
        if props.has(key) and props.known(key):
            value = props.get(key)
            written.append(value if isinstance(value, str) else json.dumps(props.texts(key)))
    for text in written:
        found = re.findall(r"\b\d{12}\b", text)
        if found:
            return frozenset(found)
    return frozenset()


def bound_to_us(statement: Statement, circle: Circle, keys: frozenset[str]) -> bool:
    """Whether some condition on one of `keys` admits our callers only."""
    found = [limit for c in statement.conditions if (limit := bound(c, keys)) is not None]
    return any(circle.admits(limit.accounts) for limit in found)


def intruders(statement: Statement, circle: Circle, *, trust: bool = False) -> Iterator[str]:
    """Whom an allowing statement lets in that it should not, in words.

    Args:
        statement: of a resource policy, or (`trust`) of a role's trust policy.
        circle: whose callers belong to us.
        trust: a foreign account may assume a role with an external id, federation needs a subject.
    """
    who = statement.principals
    if statement.not_principals:
        yield "lets in anybody whom NotPrincipal does not name"
        return
    if who.unreadable:
        yield "names a principal that is not an account, role, user, service or provider that IAM knows"
    if not who.given:
        yield "names no principal"
    if who.anybody and not bound_to_us(statement, circle, CALLER):
        theirs = _bound_elsewhere(statement, circle, CALLER)
        yield (
            theirs or "lets in anybody: no condition binds the caller to an account, organisation or network"
        )
    foreign = circle.strangers(who.accounts)
    if foreign and not _invited(statement, circle, trust=trust):
        yield f"lets in account {', '.join(foreign)}, which is not the stack's"
    for service in who.services:
        named = service in EXTERNAL_ID and _names_us(statement, circle)
        if service not in circle.sourceless and not named and not bound_to_us(statement, circle, SOURCE):
            yield f"lets {shown_service(service)} act on behalf of any account: add aws:SourceAccount"
    for provider in who.federated:
        if not _subject(statement, provider):
            yield "trusts an identity provider without fixing whose tokens count (its :sub or :aud)"


EXTERNAL_ID = frozenset({"firehose.amazonaws.com"})
"""Services that send the account they act for as external id (Firehose developer guide, "Assume a role")."""


def _names_us(statement: Statement, circle: Circle) -> bool:
    """Whether an external id is one of our accounts."""
    found = [c.values for c in statement.conditions if c.key == "sts:externalid" and c.binds]
    return any(re.fullmatch(r"\d{12}", v) and circle.admits([v]) for values in found for v in values)


def _bound_elsewhere(statement: Statement, circle: Circle, keys: frozenset[str]) -> str | None:
    """What to say where a condition binds the caller to an account that is not ours."""
    found = [limit for c in statement.conditions if (limit := bound(c, keys)) is not None]
    foreign = circle.strangers(account for limit in found for account in limit.accounts)
    return (
        f"lets in account {', '.join(foreign)} by its condition, which is not the stack's"
        if foreign
        else None
    )


def _invited(statement: Statement, circle: Circle, *, trust: bool) -> bool:
    """Whether a foreign principal is bound after all: by an external id in a trust, or to our own callers."""
    external = [c for c in statement.conditions if c.key == "sts:externalid" and c.binds]
    if trust and any(all(literal(value) for value in c.values) for c in external):
        return True
    return bound_to_us(statement, circle, CALLER - SOURCE)


_REPOSITORY = re.compile(r"(repo|project_path|organization|system:serviceaccount):[^*?]*[^*?:/]+([:/].*)?")
_AUDIENCES = ("cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com")


def _subject(statement: Statement, provider: str) -> bool:
    """Whether the condition on a provider's subject names whom it trusts.

    GitHub's audience is the same for everybody, so only the subject tells repositories apart; SAML and the
    consumer providers have an audience of the application's own.
    """
    host = provider.rsplit("oidc-provider/", 1)[-1]
    for condition in statement.conditions:
        if not condition.binds:
            continue
        name = condition.key.rsplit(":", 1)[-1]
        if condition.key.startswith("saml:") and name in {"aud", "sub", "iss"}:
            return all(literal(value) for value in condition.values)
        if condition.key == f"{host.lower()}:sub" and all(_names_subject(v) for v in condition.values):
            return True
        ours = name in {"aud", "app_id", "oaud"} and host in _AUDIENCES
        if ours and condition.key.startswith(host) and all(literal(v) for v in condition.values):
            return True
    return False


def _names_subject(value: str) -> bool:
    """Whether a subject is written out at least up to the owner, and is not in everybody's token."""
    if literal(value):
        return ":" in value or "/" in value or len(value) > len("system")
    return _REPOSITORY.fullmatch(value) is not None and re.match(r"[a-z_]+:[^*?:/]+[/:]", value) is not None
