"""IAM: every document that says who may do what is read, statement by statement."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from weather_policies.kit.reading import Document, Resource, UnreadableError
from weather_policies.kit.rule import (
    CRITICAL,
    HIGH,
    LOW,
    Config,
    RuleMetadata,
    Undetermined,
    mapping,
    resource_rule,
    strings,
)
from weather_policies.readers.iam import Statement, shown, shown_service, statements, wide_resource
from weather_policies.readers.types import ATTACHMENTS, POLICIES, ROLE

RESOURCELESS = {
    "xray:Put*": "X-Ray knows no resources for trace segments",
    "xray:GetSampling*": "X-Ray knows no resources for sampling",
    "logs:*LogDelivery": "log delivery knows no resources",
    "logs:ListLogDeliveries": "log delivery knows no resources",
    "logs:PutResourcePolicy": "resource policies of logs belong to the account",
    "logs:DescribeResourcePolicies": "resource policies of logs belong to the account",
    "logs:DescribeLogGroups": "a listing knows no single resource",
    "cloudwatch:PutMetricData": "metrics know no resources; the namespace must be bound by a condition",
    "s3:ListAllMyBuckets": "a listing knows no single resource",
    "sts:GetCallerIdentity": "it needs no permission at all",
}
"""Actions that AWS defines without resources, with the reason (Service Authorization Reference)."""


BROAD = (
    "*AdministratorAccess*",
    "*PowerUserAccess*",
    "*FullAccess*",
    "*AWSGlueServiceRole",
    "*AWSGlueConsole*",
    "*IAMFullAccess*",
    "*ReadOnlyAccess",
)
"""AWS-managed policies that grant more than one job needs; AWSGlueServiceRole reaches aws-glue-*."""


_PRACTICES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"


_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html"


_DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


_PASSING = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"


def _documents(resource: Resource) -> list[Document]:
    """The permission documents that a policy or a role carries inline.

    Raises:
        UnknownValueError: A document is not known before the update.
        UnreadableError: A document is no JSON object; the rule on documents reports that.
    """
    if resource.type == ROLE:
        found = [block.document("policy") for block in resource.props.children("inlinePolicies")]
    else:
        found = [resource.props.document("policy")]
    return [document for document in found if document is not None]


def _allowing(resource: Resource) -> Iterator[Statement]:
    for document in _documents(resource):
        yield from (statement for statement in statements(document) if statement.allow)


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-document",
        description="A policy is a JSON document of statements, each with a Sid.",
        why="A Sid is what a finding, a log and a reason can refer to.",
        steps="Give each statement a Sid that says what it is for.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html",
        tags=("security",),
        severity=LOW,
    ),
    *POLICIES,
    ROLE,
)
def policy_document(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Report documents that cannot be read, and statements without a name."""
    del config
    try:
        documents = _documents(resource)
    except UnreadableError:
        yield "the policy is not a JSON object"
        return
    if not documents and resource.type != ROLE:
        yield "there is no policy document"
    for document in documents:
        found = statements(document)
        if not found:
            yield "the policy has no statements"
        yield from (
            f"{statement.label} has no Sid: name what it is for" for statement in found if not statement.sid
        )


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-actions",
        description="A policy allows actions by name: no wildcards, no NotAction, no NotResource.",
        why="A wildcard grants what AWS adds tomorrow.",
        steps="List the actions that the code calls.",
        url=_PRACTICES,
        tags=("security",),
        severity=HIGH,
        config={
            "wildcards": strings((), "Wildcard actions that are accepted all the same, such as 's3:Get*'."),
        },
    ),
    *POLICIES,
    ROLE,
)
def policy_actions(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the action elements of each allowing statement."""
    accepted = config.texts("wildcards")
    for statement in _allowing(resource):
        if statement.not_actions or statement.not_resources:
            yield f"{statement.label} allows by NotAction or NotResource, which grants all the rest"
        for action in statement.actions:
            if "*" in action and action not in accepted:
                yield f"{statement.label} allows the wildcard action {shown(action)}"


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-resources",
        description="A policy names its resources; '*' stands only where AWS knows no resources.",
        why="Permission on '*' is permission on everybody's data in the account.",
        steps="Give the ARN; or list the action, with the reason, among those that know no resources.",
        url=_REFERENCE,
        tags=("security",),
        severity=HIGH,
        config={
            "resourceless": mapping(
                RESOURCELESS,
                "Patterns of actions that may stand on '*', each with its reason.",
                {"type": "string", "minLength": 10},
            ),
            "conditioned": strings(
                ("cloudwatch:PutMetricData",), "Those among them that need a condition in return."
            ),
        },
    ),
    *POLICIES,
    ROLE,
)
def policy_resources(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each action that an allowing statement grants on everything."""
    patterns, conditioned = list(config.table("resourceless")), config.texts("conditioned")
    for statement in _allowing(resource):
        if not any(wide_resource(r) for r in statement.resources):
            continue
        for action in statement.actions:
            if not any(fnmatchcase(action, pattern) for pattern in patterns):
                yield f"{statement.label} allows {shown(action)} on every resource"
            elif action in conditioned and not statement.conditions:
                yield f"{statement.label} allows {shown(action)} on every resource without a condition"


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-pass-role",
        description="iam:PassRole is granted for named roles and one service.",
        why="Who may pass any role to any service has the rights of the strongest role.",
        steps="Name the role's ARN and add the condition iam:PassedToService.",
        url=_PASSING,
        tags=("security",),
        severity=CRITICAL,
    ),
    *POLICIES,
    ROLE,
)
def pass_role(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge statements that grant iam:PassRole by name."""
    del config
    for statement in _allowing(resource):
        if "iam:PassRole" not in statement.actions:
            continue
        if not statement.resources or any("*" in r for r in statement.resources):
            yield f"{statement.label} allows iam:PassRole for roles that it does not name"
        if "iam:passedtoservice" not in statement.condition_keys():
            yield f"{statement.label} allows iam:PassRole without the condition iam:PassedToService"


@resource_rule(
    RuleMetadata(
        name="weather-iam-role-trust",
        description="A role trusts one service, on behalf of this account only.",
        why="A service may be asked by another account to use our role (the confused deputy).",
        steps="Trust a single service principal with the condition aws:SourceAccount or aws:SourceArn.",
        url=_DEPUTY,
        tags=("security",),
        severity=HIGH,
        config={
            "unpinned": strings(
                (), "Service principals that send no source and may stand without a condition."
            )
        },
    ),
    ROLE,
)
def role_trust(role: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the trust policy."""
    try:
        document = role.props.document("assumeRolePolicy")
    except UnreadableError:
        yield "assumeRolePolicy is not a JSON object"
        return
    found = [statement for statement in statements(document) if statement.allow]
    if not found:
        yield "assumeRolePolicy trusts nobody: the role cannot be used"
    services = {service for statement in found for service in statement.services}
    if len(services) > 1:
        yield f"it trusts {len(services)} services: give each a role of its own"
    for statement in found:
        if "*" in statement.principals or statement.not_principals:
            yield f"{statement.label} trusts anybody"
        unpinned = [s for s in statement.services if s not in config.texts("unpinned")]
        if unpinned and not statement.pins_source():
            yield f"{statement.label} trusts {shown_service(unpinned[0])} without aws:SourceAccount"


@resource_rule(
    RuleMetadata(
        name="weather-iam-role-managed-policies",
        description="No role, user or group has a broad AWS-managed policy.",
        why="AWS widens its managed policies; ours grow only by review.",
        steps="Replace it by a policy of the calls that are made.",
        url=_PRACTICES,
        tags=("security",),
        severity=HIGH,
        config={"refused": strings(BROAD, "Patterns of policy ARNs that are refused.")},
    ),
    ROLE,
    *ATTACHMENTS,
)
def managed_policies(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the ARNs on a role and in attachments."""
    if resource.type == ROLE:
        arns = resource.props.texts("managedPolicyArns")
    else:
        arns = [resource.props.text("policyArn") or ""]
    for pattern in config.texts("refused"):
        if any(fnmatchcase(arn, pattern) for arn in arns):
            yield f"a managed policy that matches {pattern} is attached"
