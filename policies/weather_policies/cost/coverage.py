"""What the estimate knows of each AWS type: a price, that it is free, or nothing."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from aws_prices import prices
from aws_prices.estimate import Standing
from weather_policies.cost.called import unpriced_calls
from weather_policies.kit.reading import Resource
from weather_policies.kit.stack import Stack
from weather_policies.readers import types
from weather_policies.readers.starts import starts_of

ESTIMATED = frozenset(
    (
        *(types.JOB, types.CRAWLER, types.MACHINE, types.ALARM, types.COMPOSITE_ALARM, types.DASHBOARD),
        *(types.LOG_GROUP, types.STREAM, types.BUCKET, "aws:s3/bucketV2:BucketV2", *types.KEY_TYPES),
    )
)
"""Types whose cost the estimate works out from what they declare."""

FREE = re.compile(
    r"pulumi:.*|aws:(?:iam|budgets|scheduler|lakeformation|resourcegroups|ram|organizations|ssoadmin|acm|costexplorer"
    r"|sns|sqs|accessanalyzer|oam|xray|servicecatalog|cfg)/.*"
    r"|aws:s3/(?!directoryBucket|vectors|files).*"
    r"|aws:kms/(?:alias|grant):.*"
    r"|aws:cloudwatch/(?:event|log(?!Anomaly)|queryDefinition).*"
    r"|aws:glue/(?:catalog(?!TableOptimizer)|classifier|connection|dataCatalog|dataQuality|partition|registry|resourcePolicy|schema"
    r"|securityConfiguration|trigger|userDefined|workflow).*"
    r"|aws:athena/(?:database|namedQuery|preparedStatement|dataCatalog):.*"
    r"|aws:lambda/(?:permission|alias|eventSourceMapping|functionEventInvokeConfig|layerVersion|codeSigning"
    r"|functionUrl).*"
    r"|aws:secretsmanager/secret(?:Version|Policy|Rotation):.*|aws:ssm/parameter:.*"
    r"|aws:sfn/(?:activity|alias):.*|aws:ecr/(?:lifecyclePolicy|repositoryPolicy|registryPolicy).*"
    r"|aws:ec2/(?:vpc|subnet|securityGroup|route|mainRoute|internetGateway|networkAcl|networkInterface|defaultVpc"
    r"|vpcEndpoint(?:Policy|RouteTable|Subnet|SecurityGroup)|vpcDhcp|keyPair|launchTemplate|tag|eipAssociation)\w*:.*"
    r"|aws:vpc/securityGroup.*|aws:(?:redshift|rds)/(?:subnetGroup|parameterGroup|clusterIamRoles).*"
    r"|aws:dynamodb/(?:resourcePolicy|tableItem|tag):.*|aws:kinesis/resourcePolicy:.*"
)
"""Types that cost nothing themselves, or so little by use that a cent is not reached (SNS, SQS, events)."""

BY_USE = re.compile(
    r"aws:(?:lambda/function|glue/catalogTableOptimizer|athena/workgroup|dynamodb/|apigateway|appsync/"
    r"|bedrock/|ecr/repository|efs/|glacier/|pipes/|emrserverless/|batch/|codebuild/|datasync/|transfer/|timestream"
    r"|s3/directoryBucket|s3tables/|s3/vectors|s3/files).*"
)
"""Types that are billed by use, which no declaration says."""


@dataclass(frozen=True)
class Coverage:
    """How the estimate stands to a stack's resources.

    Attributes:
        standing: What is paid for being there.
        by_use: Types that are billed by use, and calls without a price.
        unpriced: Types that the estimate has no price for, with how many there are.
    """

    standing: tuple[Standing, ...] = ()
    by_use: Mapping[str, int] = field(default_factory=dict[str, int])
    unpriced: Mapping[str, int] = field(default_factory=dict[str, int])


def coverage(stack: Stack) -> Coverage:
    """Sort a stack's resources into priced, free and not understood.

    Raises:
        UnknownValueError: A size that decides a price is not known before the update.
    """
    standing: list[Standing] = []
    by_use: dict[str, int] = {}
    unpriced: dict[str, int] = {}
    for resource in stack.all():
        kind = resource.type
        if ":" not in kind or not _is_cloud(kind) or kind in ESTIMATED:
            continue
        read = _STANDING.get(kind)
        if read is not None:
            found = list(read(resource))
            standing += found
            if not found:
                unpriced[kind] = unpriced.get(kind, 0) + 1
        elif is_free(kind) or (kind == types.FUNCTION and _is_counted(resource, stack)):
            continue
        elif BY_USE.fullmatch(kind):
            by_use[kind] = by_use.get(kind, 0) + 1
        else:
            unpriced[kind] = unpriced.get(kind, 0) + 1
    for call in unpriced_calls(stack):
        by_use[call] = by_use.get(call, 0) + 1
    return Coverage(tuple(standing), by_use, unpriced)


@cache
def is_free(kind: str) -> bool:
    """Whether a type costs nothing itself."""
    return FREE.fullmatch(kind) is not None


def _is_counted(function: Resource, stack: Stack) -> bool:
    """Whether the graph knows how often a function runs, so that its calls are priced."""
    rate = starts_of(stack).rate(function)
    return bool(rate.times) and not rate.reasons


def _is_cloud(kind: str) -> bool:
    """Whether a type is a provider's resource: a component's token has no module like `s3/bucket`."""
    package, module, _ = kind.split(":", 2) if kind.count(":") >= 2 else (kind, "", "")  # noqa: PLR2004 (token)
    return package == "aws" or package in {"aws-native", "awsx"} or "/" in module


def _each(item: str) -> Callable[[Resource], Iterator[Standing]]:
    def read(resource: Resource) -> Iterator[Standing]:
        del resource
        yield Standing(item, 1)

    return read


def _endpoint(resource: Resource) -> Iterator[Standing]:
    """An interface endpoint in each of its subnets; gateway endpoints are free."""
    if (resource.props.text("vpcEndpointType") or "Gateway") == "Gateway":
        yield Standing("interface endpoint", 0)
    else:
        yield Standing("interface endpoint", max(1, resource.props.length("subnetIds")))


def _stream(resource: Resource) -> Iterator[Standing]:
    details = resource.props.child("streamModeDetails")
    if details is not None and details.text("streamMode") == "ON_DEMAND":
        yield Standing("kinesis on-demand stream", 1)
    else:
        yield Standing("kinesis shard", resource.props.number("shardCount") or 1)


def _redshift(resource: Resource) -> Iterator[Standing]:
    node = f"redshift {resource.props.text('nodeType') or ''}"
    if node in _NODES:
        yield Standing(node, resource.props.number("numberOfNodes") or 1)


def _airflow(resource: Resource) -> Iterator[Standing]:
    yield Standing(f"airflow {resource.props.text('environmentClass') or 'mw1.small'}", 1)


def _reservation(resource: Resource) -> Iterator[Standing]:
    yield Standing("athena dpu", resource.props.number("targetDpus") or 4)


def _endpoint_of_glue(resource: Resource) -> Iterator[Standing]:
    """A development endpoint runs until it is deleted: five nodes if it does not say."""
    size = {"G.1X": 1.0, "G.2X": 2.0, "Standard": 1.0}.get(resource.props.text("workerType") or "Standard")
    count = resource.props.number("numberOfWorkers") or resource.props.number("numberOfNodes") or 5
    if size is not None:
        yield Standing("glue dpu", size * count)


_NODES = tuple(name for name in prices()["standing_hour"] if name.startswith("redshift "))

_STANDING: Mapping[str, Callable[[Resource], Iterator[Standing]]] = {
    "aws:ec2/natGateway:NatGateway": _each("nat gateway"),
    "aws:ec2/eip:Eip": _each("public IPv4 address"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:kinesis/stream:Stream": _stream,
    "aws:redshift/cluster:Cluster": _redshift,
    "aws:mwaa/environment:Environment": _airflow,
    "aws:secretsmanager/secret:Secret": _each("secret"),
    "aws:route53/zone:Zone": _each("hosted zone"),
    "aws:athena/capacityReservation:CapacityReservation": _reservation,
    types.DEV_ENDPOINT: _endpoint_of_glue,
}
"""How to read from a resource what is paid for its being there."""
