"""Permissions that are given by arguments in place of a policy document, as the statements they amount to.

Among them is what a stack sends to another account: a copy of a bucket, a subscription, a target.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from weather_policies.kit.reading import Props, Resource
from weather_policies.readers.iam import Statement, statements
from weather_policies.readers.types import SUBSCRIPTION, TARGET

_Policy = Mapping[str, Any]


def granted(resource: Resource) -> list[Statement]:
    """The statements that a resource's arguments amount to.

    Raises:
        UnknownValueError: A principal is not known before the update.
    """
    return [
        statement
        for raw in _READERS[resource.type](resource.props)
        for statement in statements({"Statement": [{"Effect": "Allow", "Action": "*", **raw}]})
    ]


def _lambda_permission(props: Props) -> Iterator[_Policy]:
    """A permission of a function: a service needs sourceAccount or sourceArn, a URL its authentication."""
    condition: dict[str, dict[str, str]] = {}
    for key, name in (("sourceAccount", "aws:SourceAccount"), ("principalOrgId", "aws:PrincipalOrgID")):
        if props.has(key):
            condition.setdefault("StringEquals", {})[name] = _text(props, key)
    if props.has("sourceArn"):
        condition["ArnLike"] = {"aws:SourceArn": _text(props, "sourceArn")}
    yield {"Principal": _principal(props.text("principal")), "Condition": condition}


def _text(props: Props, key: str) -> str:
    """A value, or one that fixes itself if it is made of the stack and not known before the update."""
    return (props.text(key) or "") if props.known(key) else _OURS[key]


_OURS = {
    "sourceAccount": "000000000000",
    "principalOrgId": "o-stack",
    "sourceArn": "arn:aws:s3:::a-resource-of-the-stack",
}


def _event_permission(props: Props) -> Iterator[_Policy]:
    """A permission to put events; `*` may be bound to an organisation."""
    block = props.child("condition")
    limit = {"StringEquals": {block.text("key") or "": block.text("value") or ""}} if block else {}
    yield {"Principal": _principal(props.text("principal")), "Condition": limit}


def _key_grant(props: Props) -> Iterator[_Policy]:
    for key in ("granteePrincipal", "retiringPrincipal"):
        if props.has(key):
            yield {"Principal": _principal(props.text(key))}


def _replication(props: Props) -> Iterator[_Policy]:
    """Copies of a bucket that are given to another account."""
    for rule in props.children("rules"):
        target = rule.child("destination")
        account = target.text("account") if target is not None else None
        if account:
            yield {"Principal": {"AWS": account}}


def _named(key: str) -> Callable[[Props], Iterator[_Policy]]:
    def read(props: Props) -> Iterator[_Policy]:
        if props.has(key):
            yield {"Principal": _principal(props.text(key))}

    return read


def _towards(key: str) -> Callable[[Props], Iterator[_Policy]]:
    """What is sent to an ARN, and so to its account; one that is not known is made of the stack's own."""

    def read(props: Props) -> Iterator[_Policy]:
        parts = ((props.text(key) if props.known(key) else None) or "").split(":", 5)
        if parts[0] == "arn" and len(parts) > _ACCOUNT_PART and parts[_ACCOUNT_PART].isdigit():
            yield {"Principal": {"AWS": parts[_ACCOUNT_PART]}}

    return read


_ACCOUNT_PART = 4


def _shared(props: Props) -> Iterator[_Policy]:
    """A share or a permission in the lake: an organisation is bound, "all of IAM" is anybody."""
    named = props.text("principal") or ""
    if ":organizations::" in named:
        return
    yield {"Principal": "*" if named == "IAM_ALLOWED_PRINCIPALS" else _principal(named)}


def _grantee(props: Props) -> Iterator[_Policy]:
    """An S3 access grant; one for a person of a directory is bound by that directory."""
    grantee = props.child("grantee")
    if grantee is not None and grantee.text("granteeType") == "IAM":
        yield {"Principal": _principal(grantee.text("granteeIdentifier"))}


def _public(props: Props) -> Iterator[_Policy]:
    """A resource that is for everybody by its type."""
    del props
    yield {"Principal": "*"}


def _function_url(props: Props) -> Iterator[_Policy]:
    if props.text("authorizationType") == "NONE":
        yield {"Principal": "*"}


def _method(props: Props) -> Iterator[_Policy]:
    """A method of an API that asks for no authorization and no key; OPTIONS is a browser's question."""
    asked = props.text("httpMethod") == "OPTIONS" or props.flag("apiKeyRequired")
    if not asked and (props.text("authorization") or "NONE") == "NONE":
        yield {"Principal": "*"}


def _route(props: Props) -> Iterator[_Policy]:
    """A route of an API that asks for no authorization; of a web socket's only the first may ask."""
    key = props.text("routeKey") or ""
    asked = key.startswith(("OPTIONS ", "$disconnect")) or props.flag("apiKeyRequired")
    if not asked and (props.text("authorizationType") or "NONE") == "NONE":
        yield {"Principal": "*"}


def _principal(text: str | None) -> object:
    """A principal as a policy writes it."""
    if text == "*":
        return "*"
    kind = "Service" if text and text.endswith((".amazonaws.com", ".amazonaws.com.cn")) else "AWS"
    return {kind: text}


_READERS: Mapping[str, Callable[[Props], Iterator[_Policy]]] = {
    "aws:lambda/permission:Permission": _lambda_permission,
    "aws:lambda/layerVersionPermission:LayerVersionPermission": _named("principal"),
    "aws:lambda/functionUrl:FunctionUrl": _function_url,
    "aws:cloudwatch/eventPermission:EventPermission": _event_permission,
    "aws:kms/grant:Grant": _key_grant,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": _replication,
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": _named("principalArn"),
    "aws:lakeformation/permissions:Permissions": _shared,
    "aws:ram/principalAssociation:PrincipalAssociation": _shared,
    "aws:s3control/accessGrant:AccessGrant": _grantee,
    "aws:ecrpublic/repository:Repository": _public,
    "aws:apigateway/method:Method": _method,
    "aws:apigatewayv2/route:Route": _route,
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": _towards("destinationArn"),
    TARGET: _towards("arn"),
    SUBSCRIPTION: _towards("endpoint"),
}

GRANTS = tuple(_READERS)
"""Types whose arguments let somebody in."""
