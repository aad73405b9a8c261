"""What names another resource of the stack either depends on it, or has a reason why order does not matter.

Names are plain strings, so that a preview shows every document; Pulumi learns nothing of the order from them.
"""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.harness.program import Recording, Registration, run_program

UNORDERED: Mapping[str, str] = {
    "aws:iam/role:Role": "a trust policy names source ARNs that IAM does not look up",
    "aws:iam/rolePolicy:RolePolicy": "IAM does not look up the resources of a policy",
    "aws:sns/topicPolicy:TopicPolicy": "SNS does not look up the sources that a policy names",
    "aws:s3/bucketPolicy:BucketPolicy": "S3 does not look up the sources that a policy names",
    "aws:sqs/queuePolicy:QueuePolicy": "SQS does not look up the sources that a policy names",
    "aws:kms/alias:Alias": "the shared part is the suffix's own name; the alias depends on its key",
    "aws:cloudwatch/eventRule:EventRule": "a pattern matches events of what need not exist",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "an alarm may watch a metric that nothing has sent yet",
    "aws:cloudwatch/dashboard:Dashboard": "a dashboard may show a metric that nothing has sent yet",
    "aws:cloudwatch/logGroup:LogGroup": "a group's name holds that of its state machine, which depends on it",
    "aws:glue/catalogTable:CatalogTable": "Glue does not look at the location of an external table",
}
"""Types whose mention of another resource AWS does not check, on creation or on deletion, and why."""

ALLOWED: Mapping[tuple[str, str], str] = {
    ("transform-job", "catalog-database"): "an argument that the script reads when it runs",
    ("orchestration-watchdog", "orchestration-pipeline"): "an argument of a call made when it runs",
}
"""Single pairs, holder and named, and why their order does not matter."""


def undeclared(recording: Recording) -> Iterator[tuple[Registration, Registration]]:
    """Yield pairs of resources whose first names the second in an input and does not depend on it."""
    resources = [r for r in recording.registrations if r.type.startswith("aws:")]
    depends = {r.name: {urn.rsplit("::", 1)[-1] for urn in r.request.dependencies} for r in resources}

    def reached(name: str) -> set[str]:
        found, open_ = set[str](), [name]
        while open_:
            new = depends.get(open_.pop(), set()) - found
            found |= new
            open_ += new
        return found

    suffix = recording.exports["database_name"].rsplit("_", 1)[-1]
    named = {}
    for resource in resources:
        kind, _, name = resource.type.rpartition(":")
        own = resource.inputs.get("bucket" if kind == "aws:s3/bucket" else "name")
        if isinstance(own, str) and suffix in own and name != "RolePolicy":
            named[resource.name] = (resource, re.compile(rf"(?<![\w-]){re.escape(own)}(?![\w-])"))
    for holder in resources:
        text, before = json.dumps(holder.inputs, default=str), reached(holder.name)
        for name, (resource, pattern) in named.items():
            if name != holder.name and name not in before and pattern.search(text):
                yield holder, resource


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_mention_of_a_resource_is_a_dependency_or_has_its_reason(stack: str) -> None:
    found = [
        (holder, other) for holder, other in undeclared(run_program(stack)) if holder.type not in UNORDERED
    ]
    assert {(holder.name, other.name) for holder, other in found} - ALLOWED.keys() == set()


def test_no_reason_is_left_over() -> None:
    pairs = [pair for stack in ("dev", "prod") for pair in undeclared(run_program(stack))]
    assert {(holder.name, other.name) for holder, other in pairs} >= ALLOWED.keys()
    assert {holder.type for holder, _ in pairs} >= UNORDERED.keys()


def test_the_crawler_waits_for_its_bucket() -> None:
    """Glue refuses a crawler whose bucket does not exist (InvalidInputException)."""
    crawler = run_program("dev").one("aws:glue/crawler:Crawler")
    assert "lake-raw" in {urn.rsplit("::", 1)[-1] for urn in crawler.request.dependencies}
