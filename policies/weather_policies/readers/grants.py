"""Permissions that are given by arguments in place of a policy document, as the statements they amount to."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from weather_policies.kit.reading import Props, Resource
from weather_policies.readers.iam import Statement, statements

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


def _function_url(props: Props) -> Iterator[_Policy]:
    if props.text("authorizationType") == "NONE":
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
}

GRANTS = tuple(_READERS)
"""Types whose arguments let somebody in."""
