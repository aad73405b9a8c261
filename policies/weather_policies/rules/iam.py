"""IAM: every document that says who may do what is read, statement by statement."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from weather_policies.kit.reading import Resource, UnreadableError
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
from weather_policies.readers import policy_documents
from weather_policies.readers.access import intruders
from weather_policies.readers.actions import is_resourceless, shown
from weather_policies.readers.grants import GRANTS, granted
from weather_policies.readers.iam import Statement, any_account, is_wide, like, statements
from weather_policies.readers.iam_conditions import literal
from weather_policies.readers.resource_policies import SOURCELESS, TRUSTED, circle, label, policy_findings
from weather_policies.readers.types import ATTACHMENTS, POLICIES, ROLE

OWN_RULES = ("aws:s3", "aws:kms/", "aws:sns/", "aws:sqs/")
"""Services whose policies a rule of their own judges."""

MANAGED_NAME = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(?:[A-Za-z/_-]|S3|EC2|53|V2|SNS|SQS)+")

NARROWING = re.compile(
    r"aws:resourcetag/.+|[a-z0-9-]+:resourcetag/.+|kms:resourcealiases|cloudwatch:namespace"
)
"""Condition keys that say which resources are meant, where an ARN cannot."""

ESCALATING = (
    *("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:AttachRolePolicy", "iam:PutRolePolicy"),
    *("iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AttachGroupPolicy", "iam:PutGroupPolicy"),
    *("iam:AddUserToGroup", "iam:UpdateAssumeRolePolicy", "iam:DeleteRolePermissionsBoundary"),
    *("iam:DeleteUserPermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:CreateAccessKey"),
    *("iam:CreateLoginProfile", "iam:UpdateLoginProfile", "glue:UpdateDevEndpoint"),
)
"""Actions by which a role gives itself, or takes from another, what it was not given (MITRE ATT&CK T1098)."""

CREDENTIALS = (
    *("aws:iam/accessKey:AccessKey", "aws:iam/userLoginProfile:UserLoginProfile", "aws:iam/user:User"),
    *("aws:iam/serviceSpecificCredential:ServiceSpecificCredential", "aws:iam/sshKey:SshKey"),
)
"""Types that are a credential which does not end, or one who signs in by it."""

ACROSS_ACCOUNTS = ("sts:AssumeRole", "kms:Decrypt", "iam:PassRole", "lambda:InvokeFunction")
"""Actions that reach another account's resource if that account has let us in: its account is written out."""

MANAGED = ("arn:aws*:iam::aws:policy/*",)
"""AWS-managed policies: they grant on every resource, and AWS widens them."""

NARROW = (
    *("arn:aws*:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",),
    *("arn:aws*:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",),
    *("arn:aws*:iam::aws:policy/AWSXRayDaemonWriteAccess", "arn:aws*:iam::aws:policy/AWSDenyAll"),
)
"""Those among them that grant only what a function's logs, network interface and traces need."""

_PRACTICES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"


_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html"


_DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


_PASSING = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"


def _allowing(resource: Resource) -> Iterator[tuple[str, Statement]]:
    """Place and statement of all that its bearer is allowed by a resource's documents."""
    for found in policy_documents.of(resource):
        if found.kind == "identity" and found.document is not None:
            yield from ((label(found, s), s) for s in statements(found.document) if s.allow)


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-document",
        description="A policy is a JSON document of statements, each with a Sid.",
        why="A Sid is what a finding, a log and a reason can refer to.",
        steps="Give each statement a Sid that says what it is for.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html",
        tags=("security",),
        severity=LOW,
    )
)
def policy_document(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Report documents that cannot be read, what IAM would refuse, and statements without a name."""
    del config
    read = False
    for found in policy_documents.of(resource):
        read = True
        if found.document is None:
            yield "the policy is not a JSON object"
            continue
        listed = statements(found.document)
        if not listed:
            yield "the policy has no statements"
        if found.document.get("Version") != "2012-10-17" and any(_has_variable(s) for s in listed):
            yield "its Version is not 2012-10-17: policy variables count as plain text"
        for statement in listed:
            yield from (f"{label(found, statement)} {fault}" for fault in statement.malformed)
            if found.kind == "identity" and not statement.malformed:
                yield from _faults_of_bearer(label(found, statement), statement)
    if not read and resource.type in POLICIES:
        yield "there is no policy document"


def _has_variable(statement: Statement) -> bool:
    """Whether a statement's resources or conditions hold a policy variable."""
    values = [value for condition in statement.conditions for value in condition.values]
    return any("${" in text for text in (*statement.resources, *statement.not_resources, *values))


def _faults_of_bearer(place: str, statement: Statement) -> Iterator[str]:
    """What a document on a bearer must have, and must not."""
    if not statement.sid:
        yield f"{place} has no Sid: name what it is for"
    if statement.principals.given or statement.not_principals:
        yield f"{place} has a Principal, which a policy of a role or user must not have"
    if not statement.resources and not statement.not_resources:
        yield f"{place} has no Resource"


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
    )
)
def policy_actions(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the action elements of each allowing statement."""
    accepted = {action.lower() for action in config.texts("wildcards")}
    for place, statement in _allowing(resource):
        if statement.not_actions or statement.not_resources:
            yield f"{place} allows by NotAction or NotResource, which grants all the rest"
        for action in statement.actions:
            if any(c in action for c in "*?") and action.lower() not in accepted:
                yield f"{place} allows the wildcard action {shown(action)}"


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
                {},
                "Patterns of more actions that may stand on '*', each with its reason.",
                {"type": "string", "minLength": 10},
            ),
            "conditioned": strings(
                ("cloudwatch:PutMetricData",), "Those among them that need a condition in return."
            ),
        },
    )
)
def policy_resources(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each action that an allowing statement grants on everything."""
    listed, conditioned = list(config.table("resourceless")), config.texts("conditioned")
    for place, statement in _allowing(resource):
        if statement.open_resources and not _is_narrowed(statement):
            for action in statement.actions:
                if action.lower() == "iam:passrole":
                    continue  # has a rule of its own
                if not _is_resourceless(action, listed):
                    yield f"{place} allows {shown(action)} on every resource"
                elif any(like(action, pattern, ignore_case=True) for pattern in conditioned):
                    yield f"{place} allows {shown(action)} on every resource without a condition"
        if any(any_account(r) for r in statement.resources if not is_wide(r)):
            reaching = [a for a in ACROSS_ACCOUNTS if statement.covers(a)]
            yield from (f"{place} allows {a} on resources of any account" for a in reaching)


def _is_resourceless(action: str, patterns: list[str]) -> bool:
    return is_resourceless(action) or any(like(action, pattern, ignore_case=True) for pattern in patterns)


def _is_narrowed(statement: Statement) -> bool:
    """Whether a condition with written values says which resources are meant."""
    return any(
        c.binds and NARROWING.fullmatch(c.key) and all(literal(value) for value in c.values)
        for c in statement.conditions
    )


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-pass-role",
        description="iam:PassRole is granted for named roles and one service.",
        why="Who may pass any role to any service has the rights of the strongest role.",
        steps="Name the role's ARN and add the condition iam:PassedToService.",
        url=_PASSING,
        tags=("security",),
        severity=CRITICAL,
    )
)
def pass_role(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge statements that grant iam:PassRole, however the action is written."""
    del config
    for place, statement in _allowing(resource):
        if not statement.grants("iam:PassRole"):
            continue
        if not statement.resources or not all(literal(r) and not is_wide(r) for r in statement.resources):
            yield f"{place} allows iam:PassRole for roles that it does not name"
        if not any(
            c.key == "iam:passedtoservice" and c.binds and all(literal(value) for value in c.values)
            for c in statement.conditions
        ):
            yield f"{place} allows iam:PassRole without naming the service in iam:PassedToService"


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-escalation",
        description="No policy allows what lets its bearer widen its own rights, or take another's.",
        why="Who may write a policy, a trust or an access key has every right, by one call more.",
        steps="Take the action away; leave roles and policies to the deployment.",
        url="https://attack.mitre.org/techniques/T1098/003/",
        tags=("security",),
        severity=CRITICAL,
        config={"actions": strings(ESCALATING, "Actions that are refused, whatever they are allowed on.")},
    )
)
def escalation(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge what each statement grants by name; wildcards are another rule's."""
    for place, statement in _allowing(resource):
        wild = {action for action in statement.actions if any(c in action for c in "*?")}
        named = {action.lower() for action in statement.actions if action not in wild}
        yield from (
            f"{place} allows {action}, by which its bearer widens its rights"
            for action in config.texts("actions")
            if action.lower() in named
        )


@resource_rule(
    RuleMetadata(
        name="weather-iam-user-credentials",
        description="The stack makes no user, and no credential that does not end: no key, no password.",
        why="A key in a state file is used for years by whoever has read it once.",
        steps="Let the user assume a role, by identity provider or IAM Identity Center.",
        url=_PRACTICES,
        tags=("security",),
        severity=HIGH,
    ),
    *CREDENTIALS,
)
def user_credentials(credential: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Refuse each of the types."""
    del config
    yield f"{credential.type.rsplit(':', 1)[-1]} signs in by what does not end: use a role"


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
            **TRUSTED,
            "unpinned": strings(
                SOURCELESS, "Service principals that send no source and may stand without a condition."
            ),
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
    services = {service for statement in found for service in statement.principals.services}
    if len(services) > 1:
        yield f"it trusts {len(services)} services: give each a role of its own"
    ours = circle(role, config, sourceless=config.texts("unpinned"))
    for statement in found:
        yield from (f"{statement.label} {said}" for said in intruders(statement, ours, trust=True))


@resource_rule(
    RuleMetadata(
        name="weather-iam-role-managed-policies",
        description="No role, user or group has an AWS-managed policy, but for a list of narrow ones.",
        why="AWS widens its managed policies; ours grow only by review.",
        steps="Replace it by a policy of the calls that are made.",
        url=_PRACTICES,
        tags=("security",),
        severity=HIGH,
        config={
            "refused": strings(MANAGED, "Patterns of policy ARNs that are refused."),
            "allowed": strings(NARROW, "Patterns among them that are accepted all the same."),
        },
    ),
    ROLE,
    *ATTACHMENTS,
)
def managed_policies(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the ARNs on a role and in attachments."""
    props = resource.props
    arns = [props.text(key) or "" for key in ("policyArn", "managedPolicyArn")]
    arns += [arn for key in ("policyArns", "managedPolicyArns") for arn in props.texts(key)]
    for arn in arns:
        refused = any(fnmatchcase(arn, pattern) for pattern in config.texts("refused"))
        if refused and not any(fnmatchcase(arn, pattern) for pattern in config.texts("allowed")):
            name = arn.partition("policy/")[2] if MANAGED_NAME.fullmatch(arn) else "of AWS"
            yield f"the managed policy {name} is attached"


@resource_rule(
    RuleMetadata(
        name="weather-iam-policy-principals",
        description="No resource policy lets in anybody, another account, or a service for any account.",
        why="A catalogue, bus, secret or repository has a policy too: what it lets in needs no role of ours.",
        steps="Name our principals, bind services by aws:SourceAccount; list accounts that are trusted.",
        url=_DEPUTY,
        tags=("security",),
        severity=CRITICAL,
        config=TRUSTED,
    )
)
def policy_principals(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge every resource policy that no rule of its own service judges, and grants by argument."""
    if resource.type.startswith(OWN_RULES):
        return
    yield from policy_findings(resource, config)


@resource_rule(
    RuleMetadata(
        name="weather-iam-grant-principals",
        description="A permission given by arguments names one of ours, or a service for our account.",
        why="A Lambda permission, an event permission or a key's grant is a policy statement in other words.",
        steps="Name our principal, set sourceAccount or sourceArn; list accounts that are trusted.",
        url="https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
        tags=("security",),
        severity=CRITICAL,
        config=TRUSTED,
    ),
    *GRANTS,
)
def grant_principals(grant: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the statement that the arguments amount to."""
    ours = circle(grant, config)
    for statement in granted(grant):
        yield from intruders(statement, ours)
