"""Athena: what a query may scan, where its results lie, and in whose workgroup it runs."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.rule import (
    ADVISORY,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack, identities, readable
from weather_policies.readers import asl
from weather_policies.readers.lifecycle import expires, lifecycle_rules
from weather_policies.readers.machines import definition
from weather_policies.readers.types import BUCKET, MACHINE, WORKGROUP

_GUIDE = "https://docs.aws.amazon.com/athena/latest/ug"
GIBIBYTE = 1024**3


@resource_rule(
    RuleMetadata(
        name="weather-athena-workgroup-scan-limit",
        description="An Athena workgroup bounds the bytes a query may scan.",
        why="One query without a partition filter reads the whole history.",
        steps="Set configuration.bytesScannedCutoffPerQuery and enforceWorkgroupConfiguration.",
        url=f"{_GUIDE}/workgroups-setting-control-limits-cloudwatch.html",
        tags=("cost",),
        severity=LOW,
        level=ADVISORY,
        config={"maxGigabytes": integer(100, "Highest cutoff of a query, in GiB.", minimum=1)},
    ),
    WORKGROUP,
)
def workgroup_scan_limit(workgroup: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the cutoff and whether clients can escape it."""
    block, most = workgroup.props.child("configuration"), config.number("maxGigabytes")
    cutoff = block.number("bytesScannedCutoffPerQuery") if block is not None else None
    if not cutoff:
        yield "bytesScannedCutoffPerQuery is not set"
    elif cutoff > most * GIBIBYTE:
        yield f"bytesScannedCutoffPerQuery is {cutoff / GIBIBYTE:,.0f} GiB, at most {most:g} are allowed"
    if block is not None and block.flag("enforceWorkgroupConfiguration") is False:
        yield "enforceWorkgroupConfiguration is false: a client can escape the limit"


@stack_resource_rule(
    RuleMetadata(
        name="weather-athena-workgroup-results",
        description="A workgroup's results are encrypted, and expire in a bucket of the stack.",
        why="Each query leaves its result in S3: a copy of the data that nobody deletes.",
        steps="Set resultConfiguration.encryptionConfiguration, and a lifecycle rule for the prefix.",
        url=f"{_GUIDE}/encrypting-query-results-stored-in-s3.html",
        tags=("security", "cost"),
        severity=MEDIUM,
        config={"maxDays": integer(90, "Longest life of a result, in days.", minimum=1)},
    ),
    WORKGROUP,
)
def workgroup_results(
    workgroup: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Judge results that the workgroup puts in S3; those that Athena manages are encrypted and expire."""
    block = workgroup.props.child("configuration")
    results = block.child("resultConfiguration") if block is not None else None
    if results is None or not results.has("outputLocation"):
        return
    if results.child("encryptionConfiguration") is None:
        yield "resultConfiguration.encryptionConfiguration is not set"
    most = config.number("maxDays")
    host, _, prefix = (readable(results, "outputLocation") or "").removeprefix("s3://").partition("/")
    for bucket in stack.of(BUCKET):
        kept = not any(expires(rule, prefix, most) for rule in lifecycle_rules(bucket, stack))
        if host in identities(bucket) and kept:
            yield f"no lifecycle rule of {bucket.name} expires its results within {most:g} days"


@resource_rule(
    RuleMetadata(
        name="weather-athena-query-workgroup",
        description="A query of a state machine names a workgroup of its own.",
        why="In 'primary' nobody bounds what it scans, and its cost is told apart from nobody's.",
        steps="Pass WorkGroup to startQueryExecution, with a workgroup of the stack.",
        url=f"{_GUIDE}/workgroups-benefits.html",
        tags=("cost",),
        severity=LOW,
        level=ADVISORY,
    ),
    MACHINE,
)
def query_workgroup(machine: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each task that starts a query, by an optimised integration or by the SDK's."""
    del config
    try:
        found = definition(machine)
    except UnreadableError:
        return
    for task in asl.tasks(found):
        if asl.integration(task).split(":", 1)[-1].startswith(("startQueryExecution", "athena:startQuery")):
            given = asl.arguments(task)
            if given.get("WorkGroup", given.get("WorkGroup.$", "primary")) == "primary":
                yield f"task {task.label} queries in the workgroup 'primary'"
