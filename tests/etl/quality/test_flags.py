"""Quality rules: the table is sound, each rule flags what it is for, and flags depend on near days alone."""

from typing import Any

import numpy as np
import pytest
from weather_etl.checking import configuration_problems
from weather_etl.core.physics import dew_point, saturation_vapour_pressure, sea_level_pressure
from weather_etl.core.variables import FAIL, GOOD, MISSING, NOT_EVALUATED, SUSPECT, VARIABLE_NAMES
from weather_etl.datasets import versions
from weather_etl.datasets.merging import Rows, merge
from weather_etl.datasets.versions import COLUMN, Versions
from weather_etl.quality.flags import Flags, evaluate, rules_for, worst
from weather_etl.settings.config import SiteSettings
from weather_etl.settings.qc_rules import MAX_LOOKBACK_MINUTES, rule_document

from tests.etl.datasets.test_versions import build

SITE = SiteSettings()


def rows_of_series(step_s: int, **series: list[float]) -> Rows:
    count = len(next(iter(series.values())))
    base = build([("a", 0, index, None, None, "") for index in range(count)])
    values = base.values
    for name, numbers in series.items():
        values[:, COLUMN[name]] = numbers
    obs = 1_700_000_000_000_000 + np.arange(count, dtype=np.int64) * step_s * 1_000_000
    ids = versions.message_ids(base.station, obs, values)
    return merge(versions.empty(), Versions(**{**base.__dict__, "obs_us": obs, "message_id": ids}))[0]


def flags_of(
    name: str, step_s: int, site: SiteSettings = SITE, stack: Any = None, **series: list[float]
) -> list[int]:
    found: Flags = evaluate(rows_of_series(step_s, **series), rules_for(stack or {}, site), site)
    return found[:, COLUMN[name]].tolist()


def test_every_rule_has_a_source_and_no_rule_looks_back_too_far() -> None:
    document = rule_document()
    for name, rules in document["rules"].items():
        assert name in VARIABLE_NAMES
        assert configuration_problems({"qc": {name: rules}}) == []
        for kind, rule in rules.items():
            assert rule["source"], (name, kind)
            if kind == "persistence":
                longest = rule.get("fail_minutes", MAX_LOOKBACK_MINUTES)
                assert rule["suspect_minutes"] <= longest <= MAX_LOOKBACK_MINUTES
            if kind == "range" and "suspect" in rule:
                assert rule["fail"][0] <= rule["suspect"][0] < rule["suspect"][1] <= rule["fail"][1]
    assert all(rule["source"] for rule in document["consistency"].values())
    assert "range" in document["rules"]["wind_speed"]


@pytest.mark.parametrize(
    ("name", "value", "flag"),
    [
        ("air_temperature", 25.0, GOOD), ("air_temperature", 51.0, SUSPECT), ("air_temperature", 61.0, FAIL),
        ("air_temperature", -141.1, FAIL), ("relative_humidity", 103.0, SUSPECT),
        ("relative_humidity", 106.0, FAIL),
        ("wind_speed", 468.66, FAIL), ("wind_speed", 75.0, SUSPECT), ("wind_speed", 0.0, GOOD),
        ("rainfall_amount_interval", -0.1, FAIL), ("signal_strength", -70.0, NOT_EVALUATED),
        ("air_pressure", float("nan"), MISSING),
    ],
)  # fmt: skip
def test_ranges(name: str, value: float, flag: int) -> None:
    assert flags_of(name, 600, **{name: [value, value]}) == [flag, flag]


def test_a_spike_is_flagged_and_its_good_successor_is_not() -> None:
    series = [20.0, 20.1, 26.0, 20.2, 20.1]

    assert flags_of("air_temperature", 600, air_temperature=series) == [1, 1, 3, 1, 1]


@pytest.mark.parametrize(
    ("spike", "flag"), [(22.9, GOOD), (24.0, SUSPECT), (27.5, SUSPECT), (27.6, FAIL), (39.5, FAIL)]
)
def test_a_spike_of_the_temperature_that_no_weather_makes_fails(spike: float, flag: int) -> None:
    assert flags_of("air_temperature", 60, air_temperature=[20.0, 20.0, spike, 20.0])[2] == flag


@pytest.mark.parametrize(
    ("name", "step_s", "series", "flag"),
    [
        ("air_temperature", 600, [20.0, 20.1, 25.5, 20.2, 20.1], SUSPECT),  # within the step of ten minutes
        ("air_temperature", 600, [20.0, 20.1, 14.0, 20.2, 20.1], SUSPECT),
        ("air_temperature", 600, [20.0, 20.1, 25.0, 20.2, 20.1], GOOD),
        ("air_temperature", 600, [20.0, 20.1, 26.0, 26.2, 26.1], GOOD),  # a step that stays is none
        ("air_temperature", 600, [20.0, 22.5, 25.6, 28.0, 30.0], GOOD),  # a rise is none
        ("relative_humidity", 600, [60.0, 61.0, 87.0, 61.5, 60.0], SUSPECT),
        ("air_pressure", 600, [1010.0, 1010.1, 1005.9, 1010.2, 1010.0], SUSPECT),
        ("air_pressure", 7200, [1010.0, 1010.1, 1005.9, 1010.2, 1010.0], GOOD),  # two hours apart
    ],
)  # fmt: skip
def test_a_value_away_from_both_neighbours_is_a_spike(
    name: str, step_s: int, series: list[float], flag: int
) -> None:
    assert flags_of(name, step_s, **{name: series}) == [1, 1, flag, 1, 1]


def test_a_step_that_stays_fails_only_beyond_what_any_hour_brings() -> None:
    assert flags_of("air_temperature", 60, air_temperature=[20.0, 20.0, 39.4, 39.4]) == [1, 1, 3, 1]
    assert flags_of("air_temperature", 60, air_temperature=[20.0, 20.0, 39.5, 39.5]) == [1, 1, 4, 1]


def test_a_step_that_stays_is_flagged_once() -> None:
    series = [20.0, 20.0, 20.0, 38.0, 38.1, 38.0]

    assert flags_of("air_temperature", 600, air_temperature=series) == [1, 1, 1, 3, 1, 1]


def test_a_first_value_that_nothing_confirms_takes_the_blame() -> None:
    assert flags_of("air_temperature", 600, air_temperature=[6.0, 25.0, 25.1, 25.0]) == [3, 1, 1, 1]


def test_allowed_change_grows_with_the_gap_and_ends() -> None:
    assert flags_of("air_temperature", 3600, air_temperature=[20.0, 20.1, 24.5, 24.6]) == [1, 1, 3, 1], (
        "4 degC an hour"
    )
    assert flags_of("air_temperature", 3 * 3600, air_temperature=[20.0, 20.1, 28.5, 28.6]) == [1, 1, 1, 1], (
        "9 in three"
    )
    assert flags_of("air_temperature", 13 * 3600, air_temperature=[0.0, 30.0]) == [NOT_EVALUATED] * 2, (
        "no rule over half a day"
    )


def test_a_failed_range_takes_no_part_in_steps() -> None:
    assert flags_of("air_temperature", 600, air_temperature=[20.0, 500.0, 20.1]) == [1, 4, 1]


def test_a_flat_line_becomes_suspect_and_then_fails() -> None:
    moving = [20.0, 20.1, 20.3, 20.6, 21.0, 21.4]
    assert flags_of("air_temperature", 600, air_temperature=[*moving, *[22.0] * 3 * 6]) == [GOOD] * 24
    assert flags_of("air_temperature", 600, air_temperature=[*moving, *[22.0] * 5 * 6])[6:] == [SUSPECT] * 30
    day = flags_of("air_temperature", 600, air_temperature=[*moving, *[22.0] * 24 * 6])[6:]
    assert set(day[:120]) == {SUSPECT}, "back to the start, which might still have been weather"
    assert set(day[-6:]) == {FAIL}
    assert (
        flags_of("air_temperature", 600, air_temperature=[20.0] * 60, relative_humidity=[97.0] * 60)[-1]
        == GOOD
    )


def test_calm_and_saturation_may_last() -> None:
    assert set(flags_of("wind_speed", 600, wind_speed=[0.0] * 200)) == {GOOD}
    assert set(flags_of("wind_speed", 600, wind_speed=[0.3] * 200)) == {GOOD}
    assert set(flags_of("relative_humidity", 600, relative_humidity=[100.0] * 120)) == {GOOD}
    assert set(flags_of("relative_humidity", 600, relative_humidity=[100.0] * 200)) == {SUSPECT}, "a day"
    assert FAIL in flags_of("wind_speed", 600, wind_speed=[3.0] * 200)


def test_a_hygrometer_that_hangs_while_the_air_warms_is_suspect() -> None:
    steady, warming = [20.0] * 60, [20.0 + index / 10 for index in range(60)]
    damp = [96.0] * 60

    def flags(temperature: list[float]) -> set[int]:
        return set(flags_of("relative_humidity", 600, relative_humidity=damp, air_temperature=temperature))

    assert flags(steady) == {GOOD}
    assert flags(warming) == {SUSPECT}


def test_a_dew_point_that_no_air_has_is_blamed_on_the_hygrometer() -> None:
    def flags(temperature: float) -> set[int]:
        return set(
            flags_of(
                "relative_humidity", 600, air_temperature=[temperature] * 2, relative_humidity=[95.0] * 2
            )
        )

    assert flags(40.0) == {SUSPECT}
    assert flags(34.0) == {GOOD}


@pytest.mark.parametrize(
    ("direction", "speed", "flags"),
    [
        (45.0, 4.0, {GOOD}),  # a vane of 8 points
        (23.0, 4.0, {GOOD}),  # of 16 points, whole degrees
        (137.0, 4.0, {SUSPECT}),  # a vane of one degree never fails for standing still
        (137.0, 0.3, {GOOD}),  # calm
    ],
)
def test_a_vane_that_stands_still(direction: float, speed: float, flags: set[int]) -> None:
    series = {"wind_from_direction": [direction] * 200, "wind_speed": [speed] * 200}

    assert set(flags_of("wind_from_direction", 600, **series)) == flags


def test_a_coarse_sensor_may_stand_still_for_longer() -> None:
    """Whole degrees Fahrenheit: 0.556 K, so that 12 hours are allowed instead of 4."""
    before = [15.0, 15.56, 15.0, 15.56, 15.0, 15.56]

    assert set(flags_of("air_temperature", 600, air_temperature=[*before, *[15.0] * 48])) == {GOOD}
    assert SUSPECT in flags_of("air_temperature", 600, air_temperature=[*before, *[15.0] * 75])


@pytest.mark.parametrize("minutes", [1, 5, 10, 20, 30, 60, 90, 120, 180, 240, 276, 277, 360, 720, 1500])
@pytest.mark.parametrize("name", [name for name, one in rule_document()["rules"].items() if len(one) > 1])
def test_a_rule_that_cannot_speak_at_a_cadence_leaves_no_value_good(name: str, minutes: int) -> None:
    """A sensor that stands still for two days is suspect, or nobody could tell; it is never good."""
    rules = rule_document()["rules"][name]
    value = 137.0 if name == "wind_from_direction" else sum(rules["range"]["fail"]) / 2
    flags = flags_of(name, minutes * 60, **{name: [value] * (2 * 1440 // minutes)})

    if "persistence" in rules or _too_seldom(rules, minutes):
        assert GOOD not in flags
    if not _too_seldom(rules, minutes):
        assert NOT_EVALUATED not in flags


def _too_seldom(rules: dict[str, Any], minutes: int) -> bool:
    """Say it from the table alone: no step over so long, or six values that do not fit into 23 hours."""
    gaps = [hours for hours, _ in rules.get("step", {}).get("suspect", {}).get("by_gap", [])]
    step = "step" in rules and minutes >= 60 and minutes > 60 * max(gaps, default=0)
    return step or ("persistence" in rules and 5 * minutes > MAX_LOOKBACK_MINUTES)


def test_hourly_values_are_asked_over_as_many_hours_as_they_need() -> None:
    moving = [10.0, 10.1, 12.0, 13.0]

    assert set(flags_of("air_temperature", 3600, air_temperature=[*moving, *[14.0] * 5])) == {GOOD}
    assert flags_of("air_temperature", 3600, air_temperature=[*moving, *[14.0] * 6])[4:] == [SUSPECT] * 6
    assert flags_of("air_temperature", 3 * 3600, air_temperature=[*moving, *[14.0] * 6])[4:] == [SUSPECT] * 6


def test_a_value_that_comes_back_after_an_outage_is_not_stuck() -> None:
    rows = rows_of_series(600, air_temperature=[19.7, 19.8, 19.9, *[20.0] * 6, 20.1])
    rows.version.obs_us[6:] += 4 * 3600 * 1_000_000

    assert set(evaluate(rows, rules_for({}, SITE), SITE)[:, COLUMN["air_temperature"]].tolist()) == {GOOD}


def test_internal_consistency() -> None:
    assert (
        flags_of("dew_point_temperature", 600, air_temperature=[20.0] * 2, dew_point_temperature=[21.0] * 2)
        == [SUSPECT] * 2
    )
    assert (
        flags_of("wind_speed_of_gust", 600, wind_speed=[5.0] * 2, wind_speed_of_gust=[3.0] * 2)
        == [SUSPECT] * 2
    )
    assert (
        flags_of("rainfall_24h_rolling", 600, rainfall_1h_rolling=[5.0] * 2, rainfall_24h_rolling=[3.0] * 2)
        == [SUSPECT] * 2
    )
    high = SiteSettings(elevation_m=1500)
    assert flags_of("air_pressure", 600, site=high, air_pressure=[1010.0] * 2) == [SUSPECT] * 2
    assert flags_of("air_pressure", 600, air_pressure=[1010.0] * 2) == [GOOD] * 2


def test_sites_have_rules_of_their_own() -> None:
    lowland = SiteSettings(qc_profile="vn-lowland")
    own = SiteSettings(qc={"air_temperature": {"range": {"suspect": [10, 20]}}})
    stack = {"air_temperature": {"range": {"fail": [-5, 30]}}}

    assert flags_of("air_temperature", 600, site=lowland, air_temperature=[2.0] * 2) == [SUSPECT] * 2
    assert flags_of("air_temperature", 600, site=own, air_temperature=[21.0] * 2) == [SUSPECT] * 2
    assert flags_of("air_temperature", 600, stack=stack, air_temperature=[31.0] * 2) == [FAIL] * 2
    assert flags_of("air_temperature", 600, air_temperature=[2.0] * 2) == [GOOD] * 2


@pytest.mark.parametrize(
    "overrides",
    [
        {"signal_strength": {"persistence": {"suspect_minutes": 60}}},
        {"air_temperature": {"persistence": {"suspect_minutes": "long"}}},
        {"air_temperature": {"persistence": {"exempt_above": None}}},
        {"air_temperature": {"step": {"suspect": {"per_minute": 3}}}},
        {"air_temperature": {"step": {"suspect": 3}}},
        {"air_temperature": {"step": {"suspect": {"per_minute": 3, "cap": 9, "by_gap": [[1]]}}}},
        {"air_temperature": {"range": {"fail": [1, "2"]}}},
        {"air_temperature": {"range": {"fail": [True, 2]}}},
    ],
)
def test_overrides_that_no_run_could_use_are_refused(overrides: Any) -> None:
    assert len(configuration_problems({"qc": overrides})) == 1


def test_flags_of_a_day_depend_on_that_day_and_its_neighbours_alone() -> None:
    """Whatever lies before yesterday or after tomorrow is left away: the day's flags stay."""
    chance = np.random.default_rng(5)
    for _ in range(12):
        temperature = 20 + np.cumsum(chance.choice([-4.0, -0.2, 0.0, 0.0, 0.0, 0.2, 4.0], 5 * 144))
        wind = np.repeat(chance.choice([0.0, 2.0, 30.0], 5 * 6), 24)
        rows = rows_of_series(600, air_temperature=temperature.tolist(), wind_speed=wind.tolist())
        whole = evaluate(rows, rules_for({}, SITE), SITE)[2 * 144 : 3 * 144]
        near = rows.take(np.arange(144, 4 * 144))
        part = evaluate(near, rules_for({}, SITE), SITE)[144 : 2 * 144]
        assert (whole == part).all()


def test_the_worst_flag_of_a_row() -> None:
    flags = np.full((4, len(VARIABLE_NAMES)), MISSING, dtype=np.int8)
    flags[0, :3] = [GOOD, SUSPECT, GOOD]
    flags[1, :2] = [NOT_EVALUATED, FAIL]
    flags[2, 0] = GOOD

    assert worst(flags, np.array([1, 1, 4, 4])).tolist() == [SUSPECT, FAIL, FAIL, MISSING]


def test_formulas_give_their_check_values() -> None:
    one = np.array

    assert saturation_vapour_pressure(one([25.0]))[0] == pytest.approx(31.6006, abs=1e-4)
    assert dew_point(one([25.0]), one([80.0]))[0] == pytest.approx(21.3069, abs=1e-4)
    assert sea_level_pressure(one([1000.0]), 100, one([25.0]), one([80.0]))[0] == pytest.approx(
        1011.395, abs=1e-3
    )
    assert sea_level_pressure(one([1013.2]), 10, one([28.0]), one([75.0]))[0] == pytest.approx(
        1014.337, abs=1e-3
    )
    assert np.isnan(dew_point(one([25.0]), one([0.0]))[0])
