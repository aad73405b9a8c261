"""Names and ARNs."""

import re

import pytest

from components.naming import Names, partition, table_of_prefix

NAMES = Names("abc123", "123456789012", "ap-southeast-1")


def test_the_names_of_the_specification() -> None:
    assert NAMES.database == "weather_data_catalog_abc123"
    assert NAMES.crawler == "WeatherPlatformCrawler-abc123"
    assert NAMES.job == "WeatherDataTransformJob-abc123"


def test_arns_are_plain_strings() -> None:
    assert (
        NAMES.pipeline_arn
        == "arn:aws:states:ap-southeast-1:123456789012:stateMachine:weather-pipeline-abc123"
    )
    assert NAMES.job_arn == "arn:aws:glue:ap-southeast-1:123456789012:job/WeatherDataTransformJob-abc123"
    assert NAMES.bucket_arn("b") == "arn:aws:s3:::b"
    assert NAMES.account_root == "arn:aws:iam::123456789012:root"
    assert NAMES.rule_arn("r") == "arn:aws:events:ap-southeast-1:123456789012:rule/r"


@pytest.mark.parametrize(
    ("region", "expected"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_partition_follows_the_region(region: str, expected: str) -> None:
    assert partition(region) == expected
    assert Names("abc", "123456789012", region).topic_arn.startswith(f"arn:{expected}:sns:{region}:")


def test_the_longest_suffix_fits_every_service() -> None:
    names = Names("a" * 16, "123456789012", "ap-southeast-1")
    for bucket in (
        *(names.data_lake_bucket, names.processed_bucket, names.artifacts_bucket, names.access_logs_bucket),
    ):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket)
    for role in ("crawler", "job", "workflow", "schedule", "watchdog", "watchdog-schedule"):
        assert len(names.thing(role)) <= 64
    for rule in (names.weekly_rule, names.watchdog_rule, names.status_rule):
        assert len(rule) <= 64
    assert len(names.pipeline) <= 80
    assert re.fullmatch(r"[a-z0-9_]{1,255}", names.database)


@pytest.mark.parametrize(
    ("prefix", "table"),
    [
        ("raw-data/weatherPlatform/telemetry/", "telemetry"),
        ("telemetry/", "telemetry"),
        ("a/Weather-Data.v2/", "weather_data_v2"),
    ],
)
def test_the_crawler_names_a_table_after_the_last_folder(prefix: str, table: str) -> None:
    assert table_of_prefix(prefix) == table
