"""What names another resource of the stack either depends on it, or has a reason why order does not matter.

Names are plain strings, so that a preview shows every document; Pulumi learns nothing of the order from them.
"""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.bootstrap.account import run_bootstrap, stack_files
from tests.harness.program import STACKS, Recording, Registration, run_program

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

SUBSCRIBERS = [{"protocol": "email", "endpoint": "ops@example.org"}]

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

    # Names that cannot be mistaken for something else: they bear the suffix, or the product's name.
    mark = str(recording.exports.get("database_name", "weather")).rsplit("_", 1)[-1]
    named = {}
    for resource in resources:
        kind, _, name = resource.type.rpartition(":")
        own = resource.inputs.get("bucket" if kind == "aws:s3/bucket" else "name")
        if isinstance(own, str) and mark in own.lower() and name != "RolePolicy":
            named[resource.name] = (resource, re.compile(rf"(?<![\w-]){re.escape(own)}(?![\w-])"))
    for holder in resources:
        text, before = json.dumps(holder.inputs, default=str), reached(holder.name)
        for name, (resource, pattern) in named.items():
            if name != holder.name and name not in before and pattern.search(text):
                yield holder, resource


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    """Every stack of the fixtures, one with an adopted lake, and the bootstrap."""
    found = {stack: run_program(stack) for stack in STACKS}
    adopted = {"rawBucket": "somebodys-lake", "bounded": True, "subscribers": SUBSCRIBERS}
    found["adopted"] = run_program("prod", overrides=adopted)
    found["bootstrap"] = run_bootstrap(stack_files(tmp_path_factory.mktemp("stacks")))
    return found


@pytest.mark.parametrize("stack", [*STACKS, "adopted", "bootstrap"])
def test_every_mention_of_a_resource_is_a_dependency_or_has_its_reason(
    stack: str, recordings: dict[str, Recording]
) -> None:
    found = [
        (holder, other) for holder, other in undeclared(recordings[stack]) if holder.type not in UNORDERED
    ]
    assert {(holder.name, other.name) for holder, other in found} - ALLOWED.keys() == set()


def test_no_reason_is_left_over(recordings: dict[str, Recording]) -> None:
    pairs = [pair for recording in recordings.values() for pair in undeclared(recording)]
    assert {(holder.name, other.name) for holder, other in pairs} >= ALLOWED.keys()
    assert {holder.type for holder, _ in pairs} >= UNORDERED.keys()


def test_the_crawler_waits_for_its_bucket() -> None:
    """Glue refuses a crawler whose bucket does not exist (InvalidInputException)."""
    crawler = run_program("dev").one("aws:glue/crawler:Crawler")
    assert "lake-raw" in {urn.rsplit("::", 1)[-1] for urn in crawler.request.dependencies}
