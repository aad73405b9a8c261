"""From `stack init` to `destroy`, with the policy pack, for every kind of stack."""

from collections.abc import Callable

import pytest

from embedded_aws import EmbeddedAws
from tests.cli.conftest import Opened

KEPT = 3
"""Buckets that hold what cannot be made again: raw messages, datasets, artifacts."""


@pytest.mark.parametrize("stack", ["plain", "full", "adopted"])
def test_a_stack_is_made_read_and_removed(opened: Callable[[str], Opened], stack: str) -> None:
    cli, aws = opened(stack)
    if stack == "adopted":
        place = {"LocationConstraint": aws.region}
        aws.client("s3").create_bucket(Bucket="somebodys-own-lake", CreateBucketConfiguration=place)
    before = inventory(aws)
    cli.init()
    planned = cli.preview()
    assert {operation for operation, _, _ in planned} == {"create"}

    cli.up()
    resources = cli.state()
    assert len(resources) == planned.total()
    assert inventory(aws) != before
    cli.unchanged()
    assert "unchanged" in cli.refresh("--expect-no-changes")
    cli.unchanged()

    cli.destroy()
    assert cli.state() == []
    assert inventory(aws) == before


def test_what_is_kept_is_not_destroyed(opened: Callable[[str], Opened]) -> None:
    cli, aws = opened("kept")
    cli.init()
    cli.up()
    buckets = {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]}
    assert len(buckets) == KEPT
    assert "protect" in cli.destroy(succeeds=False)
    assert {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]} == buckets


def inventory(aws: EmbeddedAws) -> dict[str, list[str]]:
    """What is there, by service, as the APIs list it."""
    lists = {
        "s3": ("list_buckets", "Buckets", "Name"),
        "iam": ("list_roles", "Roles", "RoleName"),
        "glue": ("get_jobs", "Jobs", "Name"),
        "stepfunctions": ("list_state_machines", "stateMachines", "name"),
        "sns": ("list_topics", "Topics", "TopicArn"),
        "sqs": ("list_queues", "QueueUrls", None),
        "events": ("list_rules", "Rules", "Name"),
        "logs": ("describe_log_groups", "logGroups", "logGroupName"),
        "cloudwatch": ("describe_alarms", "MetricAlarms", "AlarmName"),
    }
    found: dict[str, list[str]] = {}
    for service, (method, member, name) in lists.items():
        items = getattr(aws.client(service), method)().get(member, [])
        found[service] = sorted(item[name] if name else item for item in items)
    keys = aws.client("kms").list_keys()["Keys"]
    states = [aws.client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in keys]
    found["kms"] = [state for state in states if state != "PendingDeletion"]
    return found
