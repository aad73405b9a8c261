"""Every call that the parts of the pipeline really make, in the embedded AWS, is one their roles allow."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from embedded_aws import EmbeddedAws, Pace
from embedded_aws.records import ApiCall
from tests.harness.policies import Call, allowed
from tests.harness.program import own_project, policy_of, run_program
from tests.pipeline.deployed import World

# Operations whose IAM action has another name (Service Authorization Reference).
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
}
NAMESPACES = {"weather-workflow-local001": "Weather/Pipeline", "weather-job-local001": "Glue"}
SERVICES = {"events.amazonaws.com", "states.amazonaws.com", "cloudwatch.amazonaws.com"}
"""What AWS's own services do in its name: judged by resource policies, in test_iam.py."""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[ApiCall]]]:
    """Run a week that succeeds, one that fails, a replay and the watchdog; return the calls by caller."""
    folder = own_project(tmp_path_factory.mktemp("project"))
    with EmbeddedAws(root=folder, pace=Pace(retry_second=0.05, sync_poll=0.05)) as aws:
        world = World(aws, aws.deploy("local"))
        first = world.next_week()
        (too_early,) = aws.tick(first + timedelta(hours=12))
        assert aws.wait(too_early).output["missing"] is True
        assert world.run().status == "SUCCEEDED"
        (watchdog,) = aws.tick(first + timedelta(hours=12))
        assert aws.wait(watchdog).output["missing"] is False
        world.next_week()
        assert world.run().status == "SUCCEEDED"
        replay = {"since": (first - timedelta(days=7)).isoformat(), "until": first.isoformat()}
        assert world.run(replay).output["replay"] is True
        aws.faults.job_fails(times=2)
        assert world.run({}).error == "States.TaskFailed"
        found: dict[str, list[ApiCall]] = defaultdict(list)
        for call in aws.calls():
            found[call.principal.rsplit("/", 1)[-1]].append(call)
        yield found


@pytest.fixture(scope="module")
def policies() -> dict[str, Any]:
    registrations = run_program("local").of_type("aws:iam/rolePolicy:RolePolicy")
    return {registration.inputs["role"]: policy_of(registration) for registration in registrations}


def as_iam(call: ApiCall, role: str) -> Call:
    """Return a recorded call as IAM sees it."""
    context: dict[str, Any] = {}
    if "prefix" in call.parameters:
        context["s3:prefix"] = call.parameters["prefix"]
    if call.action == "cloudwatch:PutMetricData":
        context["cloudwatch:namespace"] = NAMESPACES[role]
    resource = call.resource
    if call.service == "logs" and not resource.endswith("*"):
        resource = f"{resource}:log-stream:x"
    if call.operation == "DeleteObjects":
        resource = f"{resource}/x"
    return Call(ACTIONS.get(call.action, call.action), resource, context)


def test_every_role_was_at_work(calls: dict[str, list[ApiCall]], policies: dict[str, Any]) -> None:
    assert set(policies) == set(calls) - SERVICES - {"deployer"}


def refused(calls: dict[str, list[ApiCall]], role: str, policy: dict[str, Any]) -> set[tuple[str, str]]:
    return {(c.action, c.resource) for c in calls[role] if not allowed(policy, as_iam(c, role))}


def test_every_call_is_allowed(calls: dict[str, list[ApiCall]], policies: dict[str, Any]) -> None:
    assert [entry for role, policy in policies.items() for entry in refused(calls, role, policy)] == []


# What the embedded services do not do: calls that only the real ones make (test_iam.py has them from the
# documentation), and telling a missing object from a forbidden one by the right to list.
UNUSED = {
    "LocateRawBucket", "ReadDatabase", "CreateCrawlerLogGroup", "WriteCrawlerLog", "ListArtifacts",
    "UseTemporaryFiles", "WriteGlueLog", "PublishGlueMetrics", "DeliverStateMachineLogs", "TraceExecutions",
    "FindSummaries", "ListProcessed",
}  # fmt: skip


def test_every_other_statement_is_needed(calls: dict[str, list[ApiCall]], policies: dict[str, Any]) -> None:
    surplus = {
        (role, statement["Sid"])
        for role, policy in policies.items()
        for statement in policy["Statement"]
        if not refused(
            calls, role, {**policy, "Statement": [s for s in policy["Statement"] if s is not statement]}
        )
    }
    assert {entry for entry in surplus if entry[1] not in UNUSED} == set()


def test_the_job_wrote_and_registered(calls: dict[str, list[ApiCall]]) -> None:
    """The evaluation above means something only if the work was done through recorded calls."""
    assert {"s3:PutObject", "s3:GetObject", "s3:ListObjectsV2", "glue:BatchCreatePartition"} <= {
        call.action for call in calls["weather-job-local001"]
    }
