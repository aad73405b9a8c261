"""What an update touches: exactly the resources that a change is about, and nothing is replaced unasked."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_aws import EmbeddedAws
from tests.cli.conftest import Opened
from tests.cli.driver import Cli, Step

JOB = ("update", "aws:glue/job:Job", "transform-job")
PIPELINE = ("update", "aws:sfn/stateMachine:StateMachine", "orchestration-pipeline")
CHANGES: dict[str, tuple[dict[str, Any], set[Step]]] = {
    "the wait between two looks at the crawler": ({"pollSeconds": 90}, {PIPELINE}),
    "how far back the first run reads": ({"startFrom": "2026-01-01T00:00:00+00:00"}, {JOB}),
    "the zone of the windows": ({"timezone": "Europe/Berlin"}, {JOB}),
    "the job's timeout, which the state machine waits for": ({"jobTimeoutMinutes": 30}, {JOB, PIPELINE}),
    "the budget": ({"monthlyBudgetUsd": 9}, {("update", "aws:budgets/budget:Budget", "monitoring-budget")}),
    "the retention of logs": (
        {"logRetentionDays": 30},
        {
            ("update", "aws:cloudwatch/logGroup:LogGroup", name)
            for name in (
                "orchestration-pipeline-log",
                "orchestration-watchdog-log",
                "transform-log-output",
                "transform-log-error",
            )
        },
    ),
    "the schedule, switched off": (
        {"scheduleEnabled": False},
        {
            ("update", "aws:cloudwatch/eventRule:EventRule", f"orchestration-{name}-schedule-rule")
            for name in ("pipeline", "watchdog")
        },
    ),
    "the prefix of the lake": (
        {"rawPrefix": "other/telemetry/"},
        {
            JOB,
            ("update", "aws:glue/crawler:Crawler", "crawl-crawler"),
            ("update", "aws:iam/rolePolicy:RolePolicy", "crawl-role-policy"),
            ("update", "aws:iam/rolePolicy:RolePolicy", "transform-role-policy"),
        },
    ),
}


@pytest.fixture(scope="module")
def deployed(opened: Callable[[str], Opened]) -> Opened:
    cli, aws = opened("plain")
    cli.init()
    cli.up()
    return cli, aws


@pytest.fixture
def settings_return(deployed: Opened) -> Iterator[Path]:
    """The stack's file, as it was before when the test is over."""
    cli, _ = deployed
    path = cli.project / f"Pulumi.{cli.stack}.yaml"
    before = path.read_text(encoding="utf-8")
    yield path
    path.write_text(before, encoding="utf-8")


@pytest.mark.usefixtures("settings_return")
@pytest.mark.parametrize("what", CHANGES)
def test_a_setting_touches_what_it_is_about(deployed: Opened, what: str) -> None:
    cli, _ = deployed
    settings, expected = CHANGES[what]
    cli.set(settings)
    assert set(cli.preview()) == expected


@pytest.mark.usefixtures("settings_return")
def test_an_owner_changes_tags_and_nothing_else(deployed: Opened) -> None:
    cli, _ = deployed
    tagged = {
        resource["urn"].split("::")[-1]
        for resource in cli.state()
        if "tagsAll" in resource.get("outputs", {})
    }
    cli.set({"owner": "somebody-else"})
    touched = cli.preview()
    assert {operation for operation, _, _ in touched} == {"update"}
    assert {name for _, kind, name in touched if kind != "pulumi:providers:aws"} == tagged


@pytest.mark.usefixtures("settings_return")
def test_another_suffix_replaces_what_bears_it(deployed: Opened) -> None:
    """Names hold the suffix, and a name is not changed in place."""
    cli, _ = deployed
    cli.set({"uniqueSuffix": "plain2"})
    touched = cli.preview()
    named = {kind for operation, kind, _ in touched if operation == "replace"}
    assert {
        "aws:s3/bucket:Bucket",
        "aws:glue/job:Job",
        "aws:glue/crawler:Crawler",
        "aws:iam/role:Role",
    } <= named
    assert Counter(operation for operation, _, _ in touched.elements())["delete"] == 0


def test_updates_are_carried_out_and_leave_nothing_to_do(deployed: Opened, settings_return: Path) -> None:
    cli, aws = deployed
    cli.set({"pollSeconds": 60, "monthlyBudgetUsd": 7, "jobTimeoutMinutes": 45, "logRetentionDays": 30})
    cli.up()
    cli.unchanged()
    assert aws.client("glue").get_job(JobName=cli.output("job_name"))["Job"]["Timeout"] == 45
    assert '"Seconds": 60' in json.dumps(json.loads(definition(cli, aws)))
    budget = aws.client("budgets").describe_budgets(AccountId=aws.account)["Budgets"][0]
    assert float(budget["BudgetLimit"]["Amount"]) == 7
    settings_return.write_text(settings_return.read_text())


def definition(cli: Cli, aws: EmbeddedAws) -> str:
    """The deployed state machine."""
    arn = cli.output("state_machine_arn")
    return aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]


def test_subscribers_come_and_go_without_the_others(deployed: Opened, settings_return: Path) -> None:
    """The stack's file is written by hand here: what is taken out of a list has no command."""
    cli, aws = deployed
    before = settings_return.read_text(encoding="utf-8")
    people = [{"protocol": "email", "endpoint": f"{name}@example.org"} for name in ("a", "b")]
    cli.set({"subscribers": people})
    cli.up()
    assert subscribed(aws) == {"a@example.org", "b@example.org"}
    settings_return.write_text(before, encoding="utf-8")
    cli.set({"subscribers": people[1:]})
    cli.up()
    left = subscribed(aws)
    settings_return.write_text(before, encoding="utf-8")
    cli.up()
    assert left == {"b@example.org"}
    assert subscribed(aws) == set()


def subscribed(aws: EmbeddedAws) -> set[str]:
    return {item["Endpoint"] for item in aws.client("sns").list_subscriptions()["Subscriptions"]}


def test_an_edit_of_the_script_is_one_object_and_one_job(deployed: Opened) -> None:
    cli, _ = deployed
    script = cli.project / "etl" / "weather-transform.py"
    before = script.read_text(encoding="utf-8")
    script.write_text(before + "\n# edited\n", encoding="utf-8")
    touched = cli.preview()
    script.write_text(before, encoding="utf-8")
    assert set(touched) == {JOB, ("replace", "aws:s3/bucketObjectv2:BucketObjectv2", "transform-script")}


def test_what_was_changed_behind_pulumis_back_shows_and_is_put_right(deployed: Opened) -> None:
    cli, aws = deployed
    cli.up()
    iam, job = aws.client("iam"), cli.output("job_name")
    role = aws.client("glue").get_job(JobName=job)["Job"]["Role"].rsplit("/", 1)[-1]
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    right = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(wide))
    alarm = aws.client("cloudwatch").describe_alarms()["MetricAlarms"][0]["AlarmName"]
    aws.client("cloudwatch").delete_alarms(AlarmNames=[alarm])

    cli.refresh()
    touched = cli.preview()
    assert {(operation, kind) for operation, kind, _ in touched} == {
        ("update", "aws:iam/rolePolicy:RolePolicy"),
        ("create", "aws:cloudwatch/metricAlarm:MetricAlarm"),
    }
    assert touched.total() == 2
    cli.up()
    assert iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"] == right
    assert alarm in {item["AlarmName"] for item in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    cli.unchanged()
