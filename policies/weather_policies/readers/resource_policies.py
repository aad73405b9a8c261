"""Policies of buckets, topics, queues, keys and everything else that others may be let into."""

from collections.abc import Iterator, Sequence

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.rule import Config, Finding, Schema, Undetermined, strings
from weather_policies.kit.stack import readable
from weather_policies.readers import policy_documents
from weather_policies.readers.access import Circle, intruders, own_accounts
from weather_policies.readers.iam import Statement, statements
from weather_policies.readers.iam_conditions import literal
from weather_policies.readers.policy_documents import Found

NOT_JSON = "the policy is not a JSON object"

SOURCELESS = (
    *("ec2.amazonaws.com", "spotfleet.amazonaws.com", "lambda.amazonaws.com", "edgelambda.amazonaws.com"),
    *("eks.amazonaws.com", "redshift.amazonaws.com", "pods.eks.amazonaws.com"),
)
"""Services that assume a role without aws:SourceAccount: a condition on it would lock them out.

Their guides describe role trust without a source condition (EC2: instance profiles; Lambda: execution roles;
EKS: cluster and pod identity; Redshift: service roles), where those of other services describe one.
"""

TRUSTED: dict[str, Schema] = {
    "accounts": strings((), "Accounts beside the stack's own that may be let in."),
}


def circle(resource: Resource, config: Config, *, sourceless: Sequence[str] = ()) -> Circle:
    """Whose callers belong to the stack of a resource."""
    return Circle(own_accounts(resource), frozenset(config.texts("accounts")), frozenset(sourceless))


def label(found: Found, statement: Statement) -> str:
    """Where a statement stands: one of several documents of a resource is named."""
    return f"{found.path} {statement.label}" if "[" in found.path else statement.label


def policy_findings(resource: Resource, config: Config, *, sourceless: Sequence[str] = ()) -> Iterator[str]:
    """Whom the policy documents on a resource let in that they should not.

    Raises:
        UnknownValueError: A document is not known before the update.
    """
    ours = circle(resource, config, sourceless=sourceless)
    for found in policy_documents.of(resource):
        if found.kind != "resource":
            continue
        if found.document is None:
            yield NOT_JSON
            continue
        for statement in statements(found.document):
            if statement.allow:
                yield from (f"{label(found, statement)} {said}" for said in intruders(statement, ours))
            elif _locks_out(statement):
                yield f"{label(found, statement)} denies everybody everything: only root could undo it"


def _locks_out(statement: Statement) -> bool:
    """Whether a denial leaves nobody who could take it back."""
    return (
        statement.principals.anybody
        and not statement.not_principals
        and not statement.conditions
        and not statement.not_resources
        and any(action.rpartition(":")[2] == "*" for action in statement.actions)
    )


def has_inline_policy(resource: Resource) -> bool:
    """Whether a topic or queue carries a policy of the program's own, and not one that a provider fills in.

    Among a stack's outputs stands what AWS or a provider writes where nothing was given. What was given and
    is not a JSON object is reported at registration, by the rule on documents.
    """
    if not resource.props.has("policy"):
        return False
    if not resource.props.known("policy"):
        return False
    try:
        document = resource.props.document("policy") or {}
    except UnreadableError:
        return False
    return bool(document) and document.get("Id") != "__default_policy_ID"


def channel_findings(
    policy: Resource, config: Config, name: str, action: str
) -> Iterator[str | Finding | Undetermined]:
    """What topic and queue policies have in common: bound services, nobody unnamed, TLS.

    Args:
        policy: the policy, or the topic or queue that carries it.
        config: of the rule.
        name: the property that holds the ARN it must deny, empty if there is none.
        action: what must be denied without TLS.
    """
    if not policy.props.known("policy"):
        yield Undetermined("policy")
        return
    yield from policy_findings(policy, config)
    try:
        found = statements(policy.props.document("policy"))
    except UnreadableError:
        return
    arn = (
        readable(policy.props, name) if name else None
    ) or f"arn:aws:{action.split(':', maxsplit=1)[0]}:r:1:n"
    denying = denies_plain(found, [action], [arn])
    own = {r for s in found for r in s.resources if literal(r) and len(r.split(":")) > _ARN_COLONS}
    if not denying and not any(
        denies_plain(found, [action], [r]) for r in own if not readable(policy.props, name)
    ):
        yield f"no statement denies {action} without TLS (aws:SecureTransport)"


_ARN_COLONS = 5


def denies_plain(found: Sequence[Statement], actions: Sequence[str], resources: Sequence[str]) -> bool:
    """Whether every request without TLS is denied: each action on each resource, whoever calls."""
    denying = [statement for statement in found if _is_denial_of_plain(statement)]
    return all(
        any(statement.covers(action) and statement.reaches(resource) for statement in denying)
        for action in actions
        for resource in resources
    )


def _is_denial_of_plain(statement: Statement) -> bool:
    """Whether it denies everybody, on the one condition that the request comes without TLS."""
    return (
        not statement.allow
        and statement.principals.anybody
        and not statement.not_principals
        and len(statement.conditions) == 1
        and all(
            c.key == "aws:securetransport" and c.operator == "bool" and c.values == ("false",)
            for c in statement.conditions
        )
    )
