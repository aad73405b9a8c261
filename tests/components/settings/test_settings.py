"""Settings: what is read, what is refused, and how it is said."""

import dataclasses
import json

import pytest
from weather_etl.settings.config import ConfigError, check_config

from components.catalog import load_tables
from components.naming import DATASET_TABLES
from components.settings import KEYS, Settings, SettingsError
from tests.harness.program import PROJECT, STACKS, config_of, load_yaml

REQUIRED = {
    "uniqueSuffix": "abc123",
    "environment": "dev",
    "account": "123456789012",
    "region": "eu-west-1",
    "owner": "me",
    "costCentre": "cc1",
}


def named(settings: dict[str, str], project: str = PROJECT) -> dict[str, str]:
    """Settings with their namespace."""
    return {f"{project}:{key}": text for key, text in settings.items()}


def load(**changes: str) -> Settings:
    return Settings.from_config(named({**REQUIRED, **changes}), PROJECT)


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(**changes)
    return [str(problem) for problem in caught.value.problems]


def test_the_namespace_is_the_projects_name_whatever_it_is() -> None:
    theirs = Settings.from_config(named(REQUIRED, "acme-weather"), "acme-weather")
    assert theirs == load()
    with pytest.raises(SettingsError, match="uniqueSuffix: is not set"):
        Settings.from_config(named(REQUIRED, "acme-weather"), "acme")


def test_defaults_are_those_of_the_specification() -> None:
    settings = load()
    assert (settings.schedule.weekday, settings.schedule.time, settings.schedule.utc_offset) == (
        "sunday",
        "00:00",
        "+07:00",
    )
    assert settings.workflow.poll_seconds == 120
    assert settings.job.glue_version == "5.1"
    assert settings.datasets.timezone == "Asia/Ho_Chi_Minh"
    assert settings.lake.raw_prefix == "raw-data/weatherPlatform/telemetry/"
    assert settings.lake.table == "telemetry"
    assert settings.lake.bucket(settings.names) == "weather-data-lake-abc123-123456789012"


def test_values_are_typed() -> None:
    settings = load(
        pollSeconds="5", kms="true", sites='{"EWR": {"elevation_m": 3}}', subscribers="[]", rawBucket="mine"
    )
    assert settings.workflow.poll_seconds == 5
    assert settings.protection.kms is True
    assert settings.datasets.sites == {"EWR": {"elevation_m": 3}}
    assert settings.lake.bucket(settings.names) == "mine"


def test_a_setting_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().workflow.poll_seconds = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_other_namespaces_are_not_ours() -> None:
    assert (
        Settings.from_config({**named(REQUIRED), "aws:region": "mars-1"}, PROJECT).identity.region
        == "eu-west-1"
    )


def test_every_problem_is_named_at_once_with_key_value_limit_and_source() -> None:
    found = problems(
        uniqueSuffix="My-Suffix", pollSeconds="0", scheduleTime="25:00", pollSecond="60", kms="yes", sites="["
    )
    assert found == [
        "pollSecond: is not a setting of this project (docs/settings.md); did you mean pollSeconds?",
        "uniqueSuffix: 'My-Suffix' does not match [a-z0-9]{3,16}; right would be: 3 to 16 lower-case "
        "letters and digits (the names it enters: S3 allows no capitals, Glue databases no dashes)",
        "sites: '[' is not of type object; right would be: an object of objects (the job's run "
        "configuration)",
        "scheduleTime: '25:00' is not a time of day; right would be: 00:00 to 23:59 (24-hour clock)",
        "pollSeconds: 0 is not from 1 to 600; right would be: 1 to 600 (120 by the specification; "
        "shorter only where nothing is billed per transition)",
        "kms: 'yes' is not of type boolean; right would be: true or false (this project)",
    ]


def test_every_required_setting_is_missed() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_config({}, PROJECT)
    missing = [problem.where for problem in caught.value.problems]
    assert missing == ["uniqueSuffix", "environment", "account", "region", "owner", "costCentre"]
    assert "6 problem(s)" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("uniqueSuffix", value) for value in ("ab", "a" * 17, "Abc", "a-b", "a_b", "", "abc\n")),
        *(("environment", value) for value in ("production", "Dev", "")),
        *(("account", value) for value in ("12345678901", "1234567890123", "12345678901a")),
        *(("region", value) for value in ("europe", "eu-west", "EU-WEST-1")),
        *(("owner", value) for value in ("", "a b", "x" * 65)),
        *(("rawBucket", value) for value in ("My-Bucket", "ab", "a" * 64, "s3://mine")),
        *(("rawPrefix", value) for value in ("", "/", "/raw/", "raw", "raw//x/", "a b/", "data/daily/")),
        *(("startFrom", value) for value in ("2026-01-01T00:00:00", "yesterday", "2026-13-01T00:00:00Z")),
        *(("timezone", value) for value in ("Asia/Saigonn", "UTC+7", "", "+7", "Asia", "../etc/passwd")),
        *(("scheduleWeekday", value) for value in ("Sunday", "sun", "")),
        *(("scheduleUtcOffset", value) for value in ("7", "+15:00")),
        *(("pollSeconds", value) for value in ("601", "-1", "1.5", "", "1e2", " 5")),
        *(("glueVersion", value) for value in ("auto", "4.0", "5")),
        *(("workerType", value) for value in ("G.025X", "Standard", "g.1x")),
        *(("numberOfWorkers", value) for value in ("1", "51")),
        *(("jobTimeoutMinutes", value) for value in ("0", "481")),
        *(("logRetentionDays", value) for value in ("2", "31", "0")),
        *(("crawlerRecrawl", value) for value in ("CRAWL_EVENT_MODE",)),
        *(("crawlerSampleSize", value) for value in ("0", "250")),
        *(("monthlyBudgetUsd", value) for value in ("0", "10001", "9.5")),
        *(("wheelBundle", value) for value in ("wheels.zip",)),
        *(("subscribers", value) for value in ('[{"protocol": "email"}]', '["a@b.c"]', "{}")),
        ("subscribers", '[{"protocol": "email", "endpoint": "nobody"}]'),
        ("subscribers", '[{"protocol": "carrier-pigeon", "endpoint": "a@b.c"}]'),
    ],
)
def test_a_value_out_of_range_is_refused(key: str, value: str) -> None:
    (problem,) = problems(**{key: value})
    assert problem.startswith(key)
    assert KEYS[key].limit in problem


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("uniqueSuffix", "abc"),
        ("uniqueSuffix", "0123456789abcdef"),
        ("timezone", "+05:30"),
        ("timezone", "America/St_Johns"),
        ("startFrom", "2026-01-01T00:00:00+07:00"),
        ("startFrom", "2026-01-01 00:00:00 +0000 UTC"),
        ("weekStart", "iso"),
        ("rawPrefix", "telemetry/"),
        ("logRetentionDays", "3653"),
        ("subscribers", '[{"protocol": "email", "endpoint": "ops@example.org"}]'),
        ("subscribers", '[{"protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:123456789012:q"}]'),
        ("qualityLimits", '{"quarantined_share": {"warn": 0.01, "fail": 1}, "minimum_count": 5}'),
        ("outputs", '{"parquet": true, "gzip": false, "presets": ["weather-platform"]}'),
    ],
)
def test_a_value_at_the_edge_is_accepted(key: str, value: str) -> None:
    assert load(**{key: value})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"executionClass": "FLEX", "workerType": "G.4X"}, "FLEX runs on G.1X and G.2X only"),
        ({"executionClass": "FLEX", "jobQueuing": "true"}, "a FLEX job cannot be queued"),
        ({"crawlerRecrawl": "CRAWL_NEW_FOLDERS_ONLY"}, "a crawl of new folders only must have LOG"),
        (
            {"rawBucketKmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1234"},
            "is for an adopted bucket, and rawBucket is empty",
        ),
        ({"environment": "prod", "protection": "disposable"}, "prod retains its data"),
        ({"deleteDataOnDestroy": "true"}, "deleting data takes both keys"),
        ({"retryPace": "fast"}, "fast is for environment local"),
        ({"watchdogDelayHours": "2"}, "must be later than the workflow's time limit of 6.7 hours"),
        ({"jobTimeoutMinutes": "480"}, "must be later than the workflow's time limit of 20.7 hours"),
    ],
)
def test_a_combination_that_cannot_work_is_refused(changes: dict[str, str], says: str) -> None:
    (problem,) = problems(**changes)
    assert says in problem


def test_combinations_that_work() -> None:
    assert load(executionClass="FLEX", workerType="G.2X")
    assert load(crawlerRecrawl="CRAWL_NEW_FOLDERS_ONLY", crawlerUpdateBehavior="LOG")
    assert load(jobQueuing="true")


@pytest.mark.parametrize(
    ("key", "reason"), [("maxCapacity", "workerType"), ("maxRetries", "the workflow retries")]
)
def test_settings_people_look_for_are_explained(key: str, reason: str) -> None:
    (problem,) = problems(**{key: "1"})
    assert "is not offered" in problem
    assert reason in problem


@pytest.mark.parametrize(
    ("protection", "delete", "retain", "may_delete"),
    [
        ("retain", "false", True, False),
        ("disposable", "false", False, False),
        ("disposable", "true", False, True),
    ],
)
def test_deleting_data_takes_two_keys(protection: str, delete: str, retain: bool, may_delete: bool) -> None:
    settings = load(protection=protection, deleteDataOnDestroy=delete)
    assert (settings.protection.retain, settings.protection.may_delete_data) == (retain, may_delete)


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_file_is_accepted(stack: str) -> None:
    settings = Settings.from_config(config_of(stack), PROJECT)
    assert settings.identity.environment == stack
    assert settings.protection.retain is (stack == "prod")


def test_suffixes_of_the_stack_files_differ() -> None:
    assert len(
        {Settings.from_config(config_of(stack), PROJECT).identity.unique_suffix for stack in STACKS}
    ) == len(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_file_switches_default_providers_off(stack: str) -> None:
    assert config_of(stack)["pulumi:disable-default-providers"] == '["aws"]'


def test_the_project_file_declares_exactly_the_settings() -> None:
    assert set(load_yaml("Pulumi.yaml")["config"]) == set(KEYS)


def test_no_dataset_can_share_its_name_with_the_raw_table() -> None:
    assert tuple(load_tables()) == DATASET_TABLES


@pytest.mark.parametrize(
    ("key", "value", "part", "place", "says"),
    [
        ("sites", {"EWR": {"timezone": "Mars/Base"}}, "sites", ".EWR.timezone", "not a known time zone"),
        ("sites", {"EWR": {"timezone": "europe/berlin"}}, "sites", ".EWR.timezone", "mean Europe/Berlin?"),
        ("sites", {"EWR": 3}, "sites", ".EWR", "must be an object"),
        ("sites", {"EWR": {"elev": 3}}, "sites", ".EWR.elev", "is not known"),
        ("sites", {"EWR": {"profiles": ["ecowit"]}}, "sites", ".EWR.profiles[0]", "did you mean ecowitt?"),
        ("qcRules", {"air_temperatur": {}}, "qc", ".air_temperatur", "did you mean air_temperature?"),
        ("qcRules", {"air_temperature": {"rang": {}}}, "qc", ".air_temperature.rang", "did you mean range?"),
        ("qualityLimits", {"quarantined_share": {"warn": 0.3}}, "quality", ".quarantined_share", "is above"),
        ("qualityLimits", {"minimum_count": True}, "quality", ".minimum_count", "must be a number"),
        ("outputs", {"presets": ["weather-platfrm"]}, "outputs", ".presets[0]", "mean weather-platform?"),
        ("outputs", {"parquet": "yes"}, "outputs", ".parquet", "must be true or false"),
        ("profiles", [{"name": "X"}], "profiles", "[0].name", "lower-case letters"),
        ("profiles", [1], "profiles", "[0]", "must be an object"),
    ],
)
def test_what_the_job_would_refuse_is_refused_in_the_job_s_words(
    key: str, value: object, part: str, place: str, says: str
) -> None:
    with pytest.raises(SettingsError) as before:
        load(**{key: json.dumps(value)})
    with pytest.raises(ConfigError) as later:
        check_config({part: value})
    assert [str(one) for one in before.value.problems] == [
        f"{key}{str(one).removeprefix(part)}" for one in later.value.problems
    ]
    assert any(one.where == f"{key}{place}" and says in str(one) for one in before.value.problems)
