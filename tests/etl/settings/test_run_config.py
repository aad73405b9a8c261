"""The run configuration document: checked whole, every problem at once; and the arguments of a run."""

from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.core.zones import parse_instant
from weather_etl.decode import SiteContext
from weather_etl.settings.arguments import Arguments, UsageError, parse_arguments
from weather_etl.settings.config import ConfigError, Limit, Outputs, RunConfig, check_config, parse_config

NOW = datetime(2025, 9, 14, tzinfo=UTC)
NEEDED = ["--source", "lake", "--target", "out"]


def test_an_empty_document_is_the_default() -> None:
    assert parse_config("{}") == RunConfig()


def test_a_whole_document_is_read() -> None:
    config = check_config(
        {
            "sites": {
                "EWR": {"timezone": "America/New_York", "elevation_m": 3, "qc_profile": "vn-lowland"},
                "d5": {
                    "wind_scale": 0.1,
                    "interval_s": 11,
                    "qc": {"air_temperature": {"range": {"suspect": [5, 45]}}},
                },
            },
            "quality": {"quarantined_share": {"warn": 0.02, "fail": 0.5}, "minimum_count": 1},
            "outputs": {"gzip": True, "parquet": True, "presets": ["weather-platform"]},
            "batch_objects": 1000,
        }
    )

    assert config.site("EWR").timezone == "America/New_York"
    assert config.site("unknown").wind_scale == 1.0
    assert config.limits["quarantined_share"] == Limit(0.02, 0.5)
    assert config.limits["unreadable_share"] == RunConfig().limits["unreadable_share"]
    assert config.outputs == Outputs(gzip=True, parquet=True, presets=("weather-platform",))


def test_every_problem_is_reported_at_once() -> None:
    wrong: dict[str, Any] = {
        "colour": "blue",
        "sites": {
            "a": {"timezone": "Mars/X", "elevation_m": 99999, "height": 3},
            "b": {"qc_profile": "alpine", "qc": {"air_temp": {}, "wind_speed": {"range": {"fail": [9, 1]}}}},
            "c": 7,
        },
        "qc": {"air_temperature": {"persistence": {"suspect_minutes": 9999}, "spikiness": {}}},
        "quality": {"quarantined_share": {"warn": 0.5, "fail": 0.1}, "luck": {}},
        "outputs": {"gzip": "yes", "presets": ["excel"]},
        "batch_objects": 0,
        "lease_wait_s": True,
        "profiles": {},
    }
    with pytest.raises(ConfigError) as caught:
        check_config(wrong)
    text = str(caught.value)

    for named in (
        "colour", "sites.a.timezone", "sites.a.elevation_m", "sites.a.height", "sites.b.qc_profile",
        "sites.b.qc.air_temp", "sites.b.qc.wind_speed.range.fail", "sites.c",
        "qc.air_temperature.persistence.suspect_minutes", "qc.air_temperature.spikiness",
        "quality.quarantined_share", "quality.luck", "outputs.gzip", "outputs.presets", "batch_objects",
        "lease_wait_s", "profiles",
    ):  # fmt: skip
        assert named in text, named
    assert len(caught.value.problems) == 17


@pytest.mark.parametrize(
    ("site", "problem"),
    [
        ({"profiles": 5}, "sites.a.profiles: must be a list, not a whole number"),
        ({"profiles": "ecowitt_metric"}, "sites.a.profiles: must be a list, not text"),
        ({"profiles": [5]}, "sites.a.profiles[0]: must be text, not a whole number"),
        (
            {"scale": {"air_temp": 2}},
            "sites.a.scale.air_temp: 'air_temp' is not known; did you mean air_temperature?",
        ),
        ({"stations": {"s1": 5}}, "sites.a.stations.s1: must be an object, not a whole number"),
        (
            {"stations": {"s1": {"wind_scale": "x"}}},
            "sites.a.stations.s1.wind_scale: must be a number, not text",
        ),
        (
            {"stations": {"s1": {"wind_scale": -1}}},
            "sites.a.stations.s1.wind_scale: -1 is out of range; right would be: a number from 0.01 to 100",
        ),
        (
            {"stations": {"s1": {"windscale": 2}}},
            "sites.a.stations.s1.windscale: is not known; right would be: one of wind_scale, scale",
        ),
        (
            {"stations": {"s1": {"scale": {"air_pressure": 0}}}},
            "sites.a.stations.s1.scale.air_pressure: 0 is out of range",
        ),
    ],
)
def test_what_decoding_is_told_of_a_site_is_checked(site: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_config({"sites": {"a": site}})
    assert len(caught.value.problems) == 1
    assert str(caught.value.problems[0]).startswith(problem)


def test_a_station_keeps_what_it_is_not_told_from_its_site() -> None:
    stations = {"s1": {"wind_scale": 1.2}, "s2": {"scale": {"air_pressure": 0.5}}}
    site = check_config({"sites": {"a": {"wind_scale": 2, "stations": stations}}}).site("a")
    context = SiteContext.from_config("a", site.decoding(), "UTC")

    assert context.station_scale["s1"]["wind_speed"] == 1.2
    assert context.station_scale["s2"] == {"wind_speed": 2.0, "wind_speed_of_gust": 2.0, "air_pressure": 0.5}


@pytest.mark.parametrize("text", ["", "[", "[]", "null", '"x"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_config(text)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["sites", "qc", "quality", "outputs", "EWR", "timezone", "air_temperature", "range", "fail",
             "warn", "suspect", "persistence", "suspect_minutes", "step", "quarantined_share", "presets",
             "profiles", "stations"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(ANYTHING)
def test_no_document_makes_the_check_stumble(document: object) -> None:
    """Either a configuration comes out or a `ConfigError` that says why not, and nothing else."""
    with suppress(ConfigError):
        check_config(document)


# ---- arguments


def test_defaults_and_empty_values() -> None:
    empty = [
        word
        for name in ("since", "start_from", "config", "database", "raw_table")
        for word in (f"--{name}", "")
    ]
    arguments = parse_arguments([*NEEDED, *empty, "--JOB_NAME", "x", "--enable-metrics", "true"], NOW)

    assert arguments.until_us == parse_instant("2025-09-14T00:00:00Z")
    assert (arguments.timezone, arguments.week_start) == ("Asia/Ho_Chi_Minh", "sunday")
    assert arguments.since_us is arguments.config is arguments.database is None
    assert not arguments.replay
    assert arguments.run_id == "20250914T000000.000000Z"


def test_a_window_with_both_ends_is_a_replay() -> None:
    window = ["--since", "2025-09-07T00:00:00+07:00", "--until", "2025-09-14T00:00:00+07:00"]
    arguments = parse_arguments([*NEEDED, *window], NOW)

    assert arguments.replay
    assert arguments.since_us == parse_instant("2025-09-06T17:00:00Z")


def test_all_wrong_arguments_are_named_together() -> None:
    wrong = [
        "--until", "soon", "--start_from", "13.9.2025", "--engine", "turbo", "--run_id", "../x",
        "--number_of_workers", "two", "--week_start", "someday",
    ]  # fmt: skip
    with pytest.raises(UsageError) as caught:
        parse_arguments([*NEEDED, *wrong], NOW)
    for named in ("--until", "--start_from", "--engine", "--run_id", "--number_of_workers", "week_start"):
        assert named in str(caught.value)


@pytest.mark.parametrize("workers", ["²", "-1", "1.5", "99999999999999999999"])
def test_workers_are_a_whole_number_that_a_summary_can_hold(workers: str) -> None:
    with pytest.raises(UsageError, match="--number_of_workers"):
        parse_arguments([*NEEDED, "--number_of_workers", workers], NOW)


@pytest.mark.parametrize("name", ["until", "since", "start_from"])
@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"]
)
def test_instants_at_the_ends_of_the_calendar_are_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"--{name}: "):
        parse_arguments([*NEEDED, f"--{name}", text], NOW)


@pytest.mark.parametrize(
    "argv",
    [[], ["--source", "lake"], ["--source", "", "--target", "out"], [*NEEDED, "--since", "2026-01-01"]],
)
def test_what_cannot_be_run_is_refused(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_arguments(argv, NOW)


def test_help_names_every_argument_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(["--help"], NOW)
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(f"--{field.name.removesuffix('_us')}" in text for field in fields(Arguments))
