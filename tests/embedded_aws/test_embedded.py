"""The embedded AWS with a small program deployed: what it makes, its schedule, crawl, job and records."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedded_aws import ApiFault, EmbeddedAws
from tests.embedded_aws.lab import QUICK, SATURDAY, TINY, until

Tiny = tuple[EmbeddedAws, dict[str, Any]]


@pytest.fixture(scope="module")
def tiny() -> Iterator[Tiny]:
    with EmbeddedAws(root=TINY, pace=replace(QUICK, glue_minute=60)) as aws:
        out = aws.deploy()
        body = json.dumps({"deviceId": "d", "data": {"Temp": 1.5}}).encode()
        objects = [
            (f"raw/telemetry/site{n % 2}/{n}.json", body, SATURDAY - timedelta(hours=n)) for n in range(8)
        ]
        assert aws.put_objects(out["bucket"], objects) == 8
        yield aws, out


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "tiny" in request.fixturenames:
        request.getfixturevalue("tiny")[0].faults.clear()


# --- deployment ---


def test_every_resource_is_created_and_exports_are_plain(tiny: Tiny):
    aws, out = tiny
    assert len(aws.resources) == len({(item.type, item.name) for item in aws.resources}) == 35
    assert out["bucket"] == f"tiny-local-{aws.account}"
    assert out["machine"].endswith(":stateMachine:tiny-local")
    assert out["secret"] == "hush"


def test_default_tags_of_the_provider_are_merged_with_the_resources_own(tiny: Tiny):
    aws, out = tiny
    tags = aws.client("s3").get_bucket_tagging(Bucket=out["bucket"])["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"cost-center": "weather", "name": "lake"}
    job = f"arn:aws:glue:{aws.region}:{aws.account}:job/{out['job']}"
    assert aws.client("glue").get_tags(ResourceArn=job)["Tags"] == {"cost-center": "weather"}


def test_inputs_arrive_in_the_api(tiny: Tiny):
    aws, out = tiny
    job = aws.client("glue").get_job(JobName=out["job"])["Job"]
    assert (job["ExecutionClass"], job["Timeout"], job["NumberOfWorkers"]) == ("FLEX", 10, 2)
    table = aws.client("glue").get_table(DatabaseName=out["database"], Name="daily")["Table"]
    assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"field.delim": ","}
    budget = aws.client("budgets").describe_budgets(AccountId=aws.account)["Budgets"][0]
    assert budget["CostFilters"] == {"TagKeyValue": ["user:cost-center$weather"]}


# --- the schedule ---


def test_a_due_rule_starts_its_target_with_the_transformed_input(tiny: Tiny):
    aws, _ = tiny
    assert aws.tick(SATURDAY + timedelta(minutes=1)) == []
    (arn,) = aws.tick(SATURDAY)
    visits = list(aws.follow(arn))
    run = aws.wait(arn)

    assert run.status == "SUCCEEDED"
    assert run.input == {"scheduledTime": "2026-11-21T17:00:00Z"}
    assert run.output == {"objects": 8, "until": "2026-11-21T17:00:00Z", "greeting": "hello from the package"}
    assert [visit.name for visit in visits] == list(run.states)
    assert {visit.status for visit in visits} == {"SUCCEEDED"}
    assert next(visit for visit in visits if visit.name == "Wait").seconds >= 1
    assert [(note.subject, json.loads(note.message)["objects"]) for note in aws.notifications()] == [
        ("done", 8)
    ]
    assert aws.client("cloudwatch").list_metrics(Namespace="AWS/States")["Metrics"]


def test_tick_by_name_and_its_refusals(tiny: Tiny):
    aws, out = tiny
    with pytest.raises(ValueError, match="time zone"):
        aws.tick(datetime(2026, 11, 21, 17))  # noqa: DTZ001 - a naive instant is the point
    with pytest.raises(ValueError, match="no enabled scheduled rule tiny-failed-local"):
        aws.tick(SATURDAY, rules=["tiny-failed-local"])
    events = aws.client("events")
    events.disable_rule(Name=out["rule"])
    assert aws.tick(SATURDAY) == []
    events.enable_rule(Name=out["rule"])
    (arn,) = aws.tick(SATURDAY + timedelta(days=3), rules=[out["rule"]])
    assert aws.execution(arn).input == {"scheduledTime": "2026-11-24T17:00:00Z"}
    aws.wait(arn)


def dead_letters(tiny: Tiny) -> list[dict[str, Any]]:
    aws, out = tiny
    sqs = aws.client("sqs")
    found = sqs.receive_message(QueueUrl=out["queue"], MessageAttributeNames=["All"], MaxNumberOfMessages=10)
    for message in found.get("Messages", []):
        sqs.delete_message(QueueUrl=out["queue"], ReceiptHandle=message["ReceiptHandle"])
    return found.get("Messages", [])


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue_and_alarms(tiny: Tiny):
    aws, out = tiny
    aws.faults.fail_call(ApiFault("states", "StartExecution", "AccessDeniedException", "no", 400, 1))
    assert aws.tick(SATURDAY) == []
    assert aws.evaluate_alarms()["tiny-dlq-local"] == "ALARM"
    (message,) = dead_letters(tiny)
    attributes = {name: item["StringValue"] for name, item in message["MessageAttributes"].items()}
    assert json.loads(message["Body"]) == {"scheduledTime": "2026-11-21T17:00:00Z"}
    assert attributes["ERROR_CODE"] == "AccessDeniedException"
    assert attributes["TARGET_ARN"] == out["machine"]
    assert attributes["RETRY_ATTEMPTS"] == "0"
    assert aws.evaluate_alarms()["tiny-dlq-local"] == "OK"
    assert any("ALARM" in (note.subject or "") for note in aws.notifications())


def test_delivery_is_retried_as_often_as_the_target_says(tiny: Tiny):
    aws, _ = tiny
    aws.faults.throttle("states", "StartExecution", times=2)
    (arn,) = aws.tick(SATURDAY)
    aws.wait(arn)
    assert dead_letters(tiny) == []
    aws.faults.throttle("states", "StartExecution", times=3)
    assert aws.tick(SATURDAY) == []
    (message,) = dead_letters(tiny)
    assert message["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == "2"


def test_a_rule_whose_state_machine_is_gone(tiny: Tiny):
    aws, out = tiny
    events = aws.client("events")
    (target,) = events.list_targets_by_rule(Rule=out["rule"])["Targets"]
    events.put_targets(Rule=out["rule"], Targets=[{**target, "Arn": out["machine"] + "-gone"}])
    assert aws.tick(SATURDAY) == []
    (message,) = dead_letters(tiny)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "StateMachineDoesNotExist"
    events.put_targets(Rule=out["rule"], Targets=[target])


# --- crawls ---


def test_the_crawl_writes_table_and_partitions_and_shows_itself_as_glue_does(tiny: Tiny):
    aws, out = tiny
    glue = aws.client("glue")
    began = datetime.now(UTC)
    glue.start_crawler(Name=out["crawler"])
    until(lambda: glue.get_crawler(Name=out["crawler"])["Crawler"]["State"] == "READY")
    last = glue.get_crawler(Name=out["crawler"])["Crawler"]["LastCrawl"]
    assert last["Status"] == "SUCCEEDED"
    assert abs(last["StartTime"] - began) < timedelta(seconds=5)
    table = glue.get_table(DatabaseName=out["database"], Name="telemetry")["Table"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    assert columns == {"deviceid": "string", "data": "struct<temp:double>"}
    assert table["Parameters"]["classification"] == "json"
    partitions = glue.get_partitions(DatabaseName=out["database"], TableName="telemetry")["Partitions"]
    assert sorted(item["Values"][0] for item in partitions) == ["site0", "site1"]
    reads = [
        call for call in aws.calls() if call.operation == "GetObject" and "telemetry/site0" in call.resource
    ]
    assert {call.principal for call in reads} == {f"arn:aws:iam::{aws.account}:role/tiny-local"}


# --- jobs ---


def test_the_script_gets_glues_arguments_and_nothing_of_our_environment(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
):
    aws, out = tiny
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    (arn,) = aws.tick(SATURDAY)
    run = aws.wait(arn)
    job = aws.job_runs(out["job"])[-1]
    assert job.argv[2:6] == ("--JOB_NAME", out["job"], "--JOB_RUN_ID", job.id)
    assert job.arguments["--run_id"] == run.name  # the run's argument, over the default
    assert job.arguments["--bucket"] == out["bucket"]  # a default
    assert job.env["AWS_ENDPOINT_URL"] == aws.endpoint
    assert "SECRET_OF_THE_SHELL" not in job.env
    assert not {"AWS_REGION", "AWS_DEFAULT_REGION"} & job.env.keys()
    assert "weather_tiny.zip/weather_tiny/__init__.py" in job.stdout
    logs = aws.client("logs")
    group = "/tiny/local/jobs/output"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job.id)["logStreams"]
    told = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    assert [item["message"] for item in told] == job.stdout.splitlines()


# --- records ---


def test_calls_name_who_did_what_to_which(tiny: Tiny):
    aws, out = tiny
    seen = {(call.principal.rsplit("/", 1)[-1], call.action, call.resource) for call in aws.calls()}
    here = f"{aws.region}:{aws.account}"
    assert ("tiny-local", "glue:StartCrawler", f"arn:aws:glue:{here}:crawler/{out['crawler']}") in seen
    assert ("tiny-local", "glue:StartJobRun", f"arn:aws:glue:{here}:job/{out['job']}") in seen
    assert ("tiny-local", "states:StartExecution", out["machine"]) in seen
    assert ("tiny-local", "sns:Publish", out["topic"]) in seen
    assert ("deployer", "s3:PutObject", f"arn:aws:s3:::{out['bucket']}/scripts/job.py") in seen
    spaces = {call.parameters.get("Namespace") for call in aws.calls() if call.operation == "PutMetricData"}
    assert {"AWS/States", "AWS/Events"} <= spaces
