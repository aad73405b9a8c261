"""The whole program for every stack file, as an update and as a preview."""

import json
from typing import Any

import pytest

from components import documents, tags
from components.settings import Settings
from tests.harness.program import PROJECT, STACKS, UNKNOWN, Recording, config_of, run_program

STACK_AND_MODE = [(stack, preview) for stack in STACKS for preview in (False, True)]
every_stack = pytest.mark.parametrize(
    ("stack", "preview"),
    STACK_AND_MODE,
    ids=[f"{s}-{'preview' if p else 'update'}" for s, p in STACK_AND_MODE],
)

_RECORDINGS: dict[tuple[str, bool], Recording] = {}


@pytest.fixture
def recording(stack: str, preview: bool) -> Recording:
    """Return what the program registers for a stack; recorded once, since nothing changes it."""
    if (stack, preview) not in _RECORDINGS:
        _RECORDINGS[stack, preview] = run_program(stack, preview)
    return _RECORDINGS[stack, preview]


COMPONENTS = {
    "lake": "weather:index:DataLake",
    "catalog": "weather:index:Catalog",
    "transform": "weather:index:TransformJob",
    "crawl": "weather:index:Crawler",
    "monitoring": "weather:index:Monitoring",
    "orchestration": "weather:index:Orchestration",
}


@every_stack
def test_under_the_stack_stand_components_and_the_provider(stack: str, recording: Recording) -> None:
    expected = {**COMPONENTS, "aws": "pulumi:providers:aws"}
    if stack == "prod":
        expected["encryption"] = "weather:index:Encryption"
    assert recording.children(f"weather-{stack}") == expected


@every_stack
def test_every_resource_is_reached_by_the_explicit_provider(recording: Recording) -> None:
    for registration in recording.registrations:
        if registration.type.startswith("aws:"):
            assert "$pulumi:providers:aws::aws::" in registration.request.provider, registration.name


@every_stack
def test_the_provider_is_bound_to_one_account_and_tags_everything(stack: str, recording: Recording) -> None:
    identity = Settings.from_config(config_of(stack), PROJECT).identity
    provider = recording.one("pulumi:providers:aws").inputs
    assert provider["region"] == identity.region
    assert json.loads(provider["allowedAccountIds"]) == [identity.account]
    assert json.loads(provider["defaultTags"]) == {
        "tags": {
            "Project": PROJECT,
            "Environment": stack,
            "Owner": identity.owner,
            "CostCentre": identity.cost_centre,
            "Stack": identity.unique_suffix,
            "ManagedBy": "pulumi",
        }
    }
    assert set(tags.common_tags(identity, PROJECT)) == {key.value for key in tags.TagKey}


@every_stack
def test_the_names_of_the_specification(stack: str, recording: Recording) -> None:
    suffix = Settings.from_config(config_of(stack), PROJECT).identity.unique_suffix
    assert (
        recording.one("aws:glue/catalogDatabase:CatalogDatabase").inputs["name"]
        == f"weather_data_catalog_{suffix}"
    )
    assert recording.one("aws:glue/crawler:Crawler").inputs["name"] == f"WeatherPlatformCrawler-{suffix}"
    assert recording.one("aws:glue/job:Job").inputs["name"] == f"WeatherDataTransformJob-{suffix}"
    script = recording.one("aws:s3/bucketObjectv2:BucketObjectv2", "transform-script").inputs
    assert script["key"].endswith("/weather-transform.py")
    weekly = recording.one(
        "aws:cloudwatch/eventRule:EventRule", "orchestration-pipeline-schedule-rule"
    ).inputs
    assert weekly["scheduleExpression"] == "cron(0 17 ? * SAT *)"


@every_stack
def test_the_state_machines_and_policies_are_readable(recording: Recording) -> None:
    for machine in recording.of_type("aws:sfn/stateMachine:StateMachine"):
        assert UNKNOWN not in machine.inputs["definition"]
        assert json.loads(machine.inputs["definition"])["States"]
    for registration in recording.registrations:
        for key in ("policy", "assumeRolePolicy", "eventPattern", "dashboardBody", "configuration"):
            if key in registration.inputs:
                assert UNKNOWN not in registration.inputs[key], f"{registration.name}.{key}"
                json.loads(registration.inputs[key])


# What a preview cannot know: identities that AWS assigns, taken as references so that Pulumi knows the order.
REFERENCES = {
    "alarmActions", "arn", "deadLetterConfig", "encryptionConfiguration", "kmsKeyId", "kmsMasterKeyId",
    "notifications", "queueUrl", "role", "roleArn", "rules", "targetKeyId", "topic",
}  # fmt: skip


@pytest.mark.parametrize("stack", STACKS)
def test_in_a_preview_only_references_are_unknown(stack: str) -> None:
    recording = run_program(stack, preview=True)
    unknown = {
        key
        for registration in recording.registrations
        for key, value in registration.inputs.items()
        if UNKNOWN in json.dumps(value, default=str)
    }
    assert unknown
    assert unknown <= REFERENCES
    assert {name for name, value in recording.exports.items() if value == UNKNOWN} == {
        "schedule_dlq_url",
        "notification_topic_arn",
        "state_machine_arn",
        "watchdog_state_machine_arn",
        *(["kms_key_arn"] if stack == "prod" else []),
    }


@pytest.mark.parametrize("stack", STACKS)
def test_in_an_update_nothing_is_unknown_or_missing(stack: str) -> None:
    recording = run_program(stack)
    text = json.dumps([r.inputs for r in recording.registrations], default=str)
    assert UNKNOWN not in text
    assert "None" not in [v for r in recording.registrations for v in r.inputs.values() if isinstance(v, str)]


@pytest.mark.parametrize("stack", STACKS)
def test_exports_are_those_documented(stack: str) -> None:
    exports = run_program(stack).exports
    assert set(exports) == set(documents.EXPORTS)
    assert [name for name, value in exports.items() if value in (None, "")] == (
        [] if stack == "prod" else ["kms_key_arn"]  # only prod has a key of its own
    )


def test_exports_of_prod() -> None:
    exports = run_program("prod").exports
    script, package = exports.pop("script_key"), exports.pop("package_key")
    assert script.startswith("scripts/")
    assert package.endswith("/weather_etl.zip")
    arn = "arn:aws:{}:ap-southeast-1:111122223333:{}".format
    assert exports == {
        "environment": "prod",
        "account_id": "111122223333",
        "region": "ap-southeast-1",
        "data_lake_bucket": "weather-data-lake-prod001-111122223333",
        "raw_prefix": "raw-data/weatherPlatform/telemetry/",
        "processed_bucket": "weather-processed-prod001-111122223333",
        "artifacts_bucket": "weather-artifacts-prod001-111122223333",
        "database_name": "weather_data_catalog_prod001",
        "raw_table": "telemetry",
        "crawler_name": "WeatherPlatformCrawler-prod001",
        "job_name": "WeatherDataTransformJob-prod001",
        "state_machine_arn": arn("states", "stateMachine:weather-pipeline-prod001"),
        "watchdog_state_machine_arn": arn("states", "stateMachine:weather-watchdog-prod001"),
        "schedule_rule": "weather-weekly-prod001",
        "schedule_expression": "cron(0 17 ? * SAT *)",
        "schedule_dlq_url": "https://sqs.ap-southeast-1.amazonaws.com/111122223333/weather-schedule-dlq-prod001",
        "notification_topic_arn": arn("sns", "weather-notifications-prod001"),
        "kms_key_arn": arn("kms", "key/00000000-0000-0000-0000-000000000000"),
    }


@pytest.mark.parametrize("stack", STACKS)
def test_data_is_protected_by_class(stack: str) -> None:
    buckets = run_program(stack).of_type("aws:s3/bucket:Bucket")
    assert {bucket.request.protect for bucket in buckets} == {stack == "prod"}
    assert {bucket.inputs["forceDestroy"] for bucket in buckets} == {stack in ("dev", "local")}


def test_an_adopted_lake_is_read_and_nothing_else() -> None:
    recording = run_program(
        "prod", overrides={"rawBucket": "their-lake", "startFrom": "2026-01-01T00:00:00Z"}
    )
    assert recording.exports["data_lake_bucket"] == "their-lake"
    own = [r for r in recording.registrations if r.inputs.get("bucket") == "their-lake"]
    assert own == []
    assert (
        recording.one("aws:glue/crawler:Crawler")
        .inputs["s3Targets"][0]["path"]
        .startswith("s3://their-lake/")
    )
    arguments = recording.one("aws:glue/job:Job").inputs["defaultArguments"]
    assert arguments["--source"] == "s3://their-lake/raw-data/weatherPlatform/telemetry/"
    assert arguments["--start_from"] == "2026-01-01T00:00:00Z"


def test_the_settings_of_a_run_reach_the_job() -> None:
    overrides: dict[str, Any] = {
        "sites": {"EWR": {"timezone": "America/New_York"}},
        "qualityLimits": {"quarantined_share": {"fail": 0.5}},
        "outputs": {"parquet": True},
        "glueVersion": "6.0",
    }
    recording = run_program("local", overrides=overrides)
    document = recording.one("aws:s3/bucketObjectv2:BucketObjectv2", "transform-configuration").inputs[
        "content"
    ]
    assert json.loads(document) == {
        "sites": {"EWR": {"timezone": "America/New_York"}},
        "quality": {"quarantined_share": {"fail": 0.5}},
        "outputs": {"parquet": True},
    }
    job = recording.one("aws:glue/job:Job").inputs
    assert job["glueVersion"] == job["defaultArguments"]["--glue_version"] == "6.0"


def test_nothing_is_uploaded_before_its_bucket_is_encrypted_and_private() -> None:
    recording = run_program("prod")
    for upload in recording.of_type("aws:s3/bucketObjectv2:BucketObjectv2"):
        needed = {urn.rsplit("::", 1)[-1] for urn in upload.request.dependencies}
        parts = ("encryption", "ownership", "policy", "versioning")
        assert {f"lake-artifacts-{part}" for part in parts} <= needed, upload.name


def test_a_state_machine_waits_for_its_role_its_log_and_what_it_starts() -> None:
    machine = run_program("prod").one("aws:sfn/stateMachine:StateMachine", "orchestration-pipeline")
    assert {urn.rsplit("::", 1)[-1] for urn in machine.request.dependencies} >= {
        "orchestration-pipeline-role",
        "orchestration-pipeline-role-policy",
        "orchestration-pipeline-log",
        "crawl-crawler",
        "transform-job",
        "monitoring-topic",
    }


def test_wrong_settings_stop_the_program_before_anything_is_created() -> None:
    with pytest.raises(Exception, match=r"2 problem\(s\) in the stack's settings"):
        run_program("dev", overrides={"uniqueSuffix": "My-Suffix", "scheduleTime": "25:00"})


def test_the_program_is_wiring_only() -> None:
    from tests.harness.program import ROOT

    assert len((ROOT / "__main__.py").read_text().splitlines()) < 80
