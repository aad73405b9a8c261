"""The job's parser against AWS's, which other Glue scripts use: the same argument line, the same values."""

import dataclasses
import sys

import pytest
from weather_etl.core.zones import parse_instant
from weather_etl.settings.arguments import Arguments, parse_arguments

utils = pytest.importorskip(
    "awsglue.utils",
    reason="awsgluedataplanepython and pyspark are not installed: make test installs them (group spark) on "
    "Python 3.11, make test-glue6 on Python 3.13",
)

OURS = {
    "source": "s3://weather-data-lake-dev-123456789012/raw-data/weatherPlatform/telemetry/",
    "target": "s3://weather-processed-dev-123456789012",
    "database": "weather_data_catalog_dev",
    "raw_table": "telemetry",
    "timezone": "Asia/Ho_Chi_Minh",
    "week_start": "sunday",
    "config": "s3://weather-artifacts-dev-123456789012/config/0123456789ab/run-configuration.json",
    "engine": "auto",
    "start_from": "2025-01-01T00:00:00+07:00",
    "glue_version": "5.1",
    "worker_type": "G.1X",
    "number_of_workers": "2",
    "execution_class": "FLEX",
    "run_id": "weather-2025-01-11T17-00-00Z",
    "until": "2025-01-11T17:00:00Z",
    "since": "2025-01-04T17:00:00Z",
}

# What the service puts on the line besides, as in the argument lines that Glue logs at the start of a run.
GLUES = {
    "JOB_NAME": "WeatherDataTransformJob-dev",
    "JOB_ID": "j_0123",
    "JOB_RUN_ID": "jr_0123",
    "job-bookmark-option": "job-bookmark-disable",
    "TempDir": "s3://weather-artifacts-dev-123456789012/temp/",
    "job-language": "python",
    "enable-metrics": "true",
    "enable-observability-metrics": "true",
    "enable-spark-ui": "false",
    "custom-logGroup-prefix": "/weather/dev/jobs",
    "extra-py-files": "s3://weather-artifacts-dev-123456789012/packages/0123456789ab/weather_etl.zip",
    "additional-python-modules": "s3://weather-artifacts-dev-123456789012/wheels/weather-0123.gluewheels.zip",
    "python-modules-installer-option": "--no-index",
}


def line(options):
    return [part for name, value in options.items() for part in (f"--{name}", value)]


@pytest.mark.parametrize("order", [OURS | GLUES, GLUES | OURS], ids=["ours first", "Glue's first"])
def test_awss_parser_reads_the_same_values(order):
    argv = line(order)
    resolved = utils.getResolvedOptions(["weather-transform.py", *argv], list(OURS))
    assert {name: resolved[name] for name in OURS} == OURS
    ours = parse_arguments(argv)
    for name, text in OURS.items():
        if name in ("until", "since", "start_from"):
            assert getattr(ours, f"{name}_us") == parse_instant(text)
        else:
            assert str(getattr(ours, name)) == text


def test_no_argument_of_ours_is_reserved_by_glue():
    for name in (field.name.removesuffix("_us") for field in dataclasses.fields(Arguments)):
        utils.getResolvedOptions(["x", f"--{name}", "value"], [name])


def test_an_empty_value_is_kept_by_awss_parser_and_means_not_given_to_ours():
    argv = line(OURS | {"since": "", "start_from": "", "config": ""})
    assert utils.getResolvedOptions(["x", *argv], ["since", "config"])["since"] == ""
    ours = parse_arguments(argv)
    assert (ours.since_us, ours.start_from_us, ours.config) == (None, None, None)


def test_an_offset_west_of_greenwich_is_a_value_and_no_option():
    argv = line(OURS | {"timezone": "-05:00"} | GLUES)
    assert parse_arguments(argv).timezone == "-05:00"


def test_it_is_the_library_of_the_glue_version_under_test():
    from importlib.metadata import version

    expected = {(3, 11): "5.1.0", (3, 13): "6.0.0"}[sys.version_info[:2]]
    assert version("awsgluedataplanepython") == expected
