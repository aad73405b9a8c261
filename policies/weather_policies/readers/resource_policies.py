"""Policies of buckets, topics, queues and keys: what their rules have in common."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.rule import Finding, Undetermined
from weather_policies.readers.iam import Statement, shown_service, statements

NOT_JSON = "the policy is not a JSON object"


def policy_statements(policy: Resource) -> list[Statement] | None:
    """The statements of a resource policy, None if it is no JSON object.

    Raises:
        UnknownValueError: The document is not known before the update.
    """
    try:
        return statements(policy.props.document("policy"))
    except UnreadableError:
        return None


def resource_policy_findings(policies: list[Resource], action: str) -> Iterator[Finding | Undetermined]:
    """What topic and queue policies have in common: bound services, nobody unnamed, TLS."""
    for policy in policies:
        if not policy.props.known("policy"):
            yield Undetermined(f"{policy.name}.policy")
            continue
        found = policy_statements(policy)
        if found is None:
            yield Finding(NOT_JSON, policy)
            continue
        for statement in found:
            if statement.is_public():
                yield Finding(f"{statement.label} allows anybody", policy)
            if statement.allow and statement.services and not statement.pins_source():
                service = shown_service(statement.services[0])
                yield Finding(f"{statement.label} allows {service} on behalf of any account", policy)
        if not any(s.denies_plain_transport() for s in found):
            yield Finding(f"no statement denies {action} without TLS (aws:SecureTransport)", policy)
