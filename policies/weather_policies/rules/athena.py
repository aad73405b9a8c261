"""Athena: what a query may scan."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import ADVISORY, LOW, Config, RuleMetadata, Undetermined, resource_rule


@resource_rule(
    RuleMetadata(
        name="weather-athena-workgroup-scan-limit",
        description="An Athena workgroup bounds the bytes a query may scan.",
        why="One query without a partition filter reads the whole history.",
        steps="Set configuration.bytesScannedCutoffPerQuery and enforceWorkgroupConfiguration.",
        url="https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html",
        tags=("cost",),
        severity=LOW,
        level=ADVISORY,
    ),
    "aws:athena/workgroup:Workgroup",
)
def workgroup_scan_limit(workgroup: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the cutoff and whether clients can escape it."""
    del config
    block = workgroup.props.child("configuration")
    if block is None or not block.number("bytesScannedCutoffPerQuery"):
        yield "bytesScannedCutoffPerQuery is not set"
    if block is not None and block.flag("enforceWorkgroupConfiguration") is False:
        yield "enforceWorkgroupConfiguration is false: a client can escape the limit"
