"""Networks: what data pays on its way, and who may come in."""

from collections.abc import Iterator

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Schema,
    Undetermined,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack

NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
GROUPS = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

_PORTS: dict[str, Schema] = {
    "ports": {
        "type": "array",
        "description": "Ports that anybody may reach.",
        "default": [443],
        "items": {"type": "integer", "minimum": 0, "maximum": 65_535},
    }
}


@stack_resource_rule(
    RuleMetadata(
        name="weather-ec2-natgateway-endpoints",
        description="Beside a NAT gateway there is a gateway endpoint for S3.",
        why="A NAT gateway bills each gigabyte that a job reads from S3; the endpoint is free.",
        steps="Add an aws.ec2.VpcEndpoint for com.amazonaws.<region>.s3 to the route tables.",
        url="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",
        tags=("cost",),
        severity=MEDIUM,
        level=ADVISORY,
    ),
    NAT,
)
def nat_endpoints(nat: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for an endpoint of the stack; a private gateway stays within networks."""
    del config
    if nat.props.text("connectivityType") == "private":
        return
    for endpoint in stack.of(ENDPOINT):
        if (endpoint.props.text("serviceName") or "").endswith(".s3"):
            return
    yield "no VpcEndpoint of the stack leads to S3: each gigabyte that is read pays the gateway"


@resource_rule(
    RuleMetadata(
        name="weather-ec2-securitygroup-ingress",
        description="A security group lets nobody in from everywhere, but to the ports of a list.",
        why="A connection for Glue needs its own group as source, and nothing of the internet.",
        steps="Name a network or a security group as source; Glue's connections need a self-reference.",
        url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
        tags=("security",),
        severity=HIGH,
        config=_PORTS,
    ),
    *GROUPS,
    GROUP_RULE,
    INGRESS_RULE,
)
def open_ingress(group: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge ingress rules, within a group or by themselves."""
    ports = config.numbers("ports")
    if group.type == GROUP_RULE and group.props.text("type") != "ingress":
        return
    blocks = group.props.children("ingress") if group.type in GROUPS else [group.props]
    for block in blocks:
        if _is_everywhere(block) and not _within(block, ports):
            listed = ", ".join(f"{port:g}" for port in ports) or "none"
            yield f"it lets in everybody (0.0.0.0/0 or ::/0); ports that anybody may reach: {listed}"


def _is_everywhere(block: Props) -> bool:
    """Whether a rule is for every address; a range of half the internet counts."""
    sources = [*block.texts("cidrBlocks"), *block.texts("ipv6CidrBlocks")]
    sources += [text for key in ("cidrIpv4", "cidrIpv6") if (text := block.text(key))]
    return any(source.rpartition("/")[2] in {"0", "1"} for source in sources)


def _within(block: Props, ports: list[float]) -> bool:
    """Whether a rule is for TCP or UDP to listed ports only."""
    protocol = block.text("protocol") or block.text("ipProtocol")
    first, last = block.number("fromPort"), block.number("toPort")
    return protocol in {"tcp", "udp", "6", "17"} and first is not None and first == last and first in ports
