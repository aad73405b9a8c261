"""Numbers against real stations: known values, and an independent computation in plain Python."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.etl.lakes_and_runs import NEW_YORK, airport_rows, by_date, daily_lake, metric, rows_of, transform

ZONE = ZoneInfo("America/New_York")
STATIONS = ("EWR", "JFK", "LGA")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Datasets of the whole year of three stations."""
    folder = tmp_path_factory.mktemp("year")
    daily_lake(folder / "lake", STATIONS, "2013", "2014-01-03")
    summary = transform(folder / "lake", folder / "out", "2014-01-12T05:00:00Z", {"sites": NEW_YORK})
    assert summary["accepted"] == summary["messages"] == 26_115
    return folder / "out"


def test_a_summer_day_at_newark(year: Path) -> None:
    day = by_date(rows_of(year, "daily", "EWR"))["2013-07-01"]

    assert day["n_obs"] == day["n_hours"] == day["n_expected"] == 24
    assert day["air_temperature_mean"] == pytest.approx(24.408, abs=5e-4)
    assert (day["air_temperature_max"], day["air_temperature_min"]) == (25.6, 23.0)
    assert day["wind_speed_mean"] == pytest.approx(3.1724, abs=1e-4)
    assert day["wind_vector_speed"] == pytest.approx(2.6456, abs=1e-4)
    assert day["wind_vector_direction"] == pytest.approx(166.50, abs=0.01)
    assert day["wind_unit_direction"] == pytest.approx(159.12, abs=0.01)
    assert day["rainfall_total"] == pytest.approx(27.178, abs=1e-6)


def test_winds_around_north_are_not_averaged_to_the_south(year: Path) -> None:
    """The arithmetic mean of the day's directions is 161.67, on the other side of the compass."""
    day = by_date(rows_of(year, "daily", "EWR"))["2013-01-15"]
    directions = [metric(row)["wind_from_direction"] for row in local_day("EWR", "2013-01-15")]

    assert statistics.fmean(d for d in directions if d is not None) == pytest.approx(161.67, abs=0.01)
    assert day["wind_vector_direction"] == pytest.approx(11.66, abs=0.01)
    assert day["wind_speed_mean"] == pytest.approx(3.9441, abs=1e-4)
    assert day["wind_vector_speed"] == pytest.approx(3.7059, abs=1e-4)


@pytest.mark.parametrize(("station", "total"), [("EWR", 1114.6), ("JFK", 881.1), ("LGA", 968.8)])
def test_rain_of_the_year(year: Path, station: str, total: float) -> None:
    hours = rows_of(year, "hourly", station)

    assert sum(hour["rainfall_total"] or 0 for hour in hours) == pytest.approx(total, abs=0.05)


def test_the_outlier_is_kept_flagged_and_in_no_statistic(year: Path) -> None:
    """1,048.36 mph at Newark on 2013-02-12 08Z, in the published data."""
    rows = {row["obs_time_utc"]: row for row in rows_of(year, "observations", "EWR")}
    row = rows["2013-02-12T08:00:00Z"]
    hour = next(h for h in rows_of(year, "hourly", "EWR") if h["window_start_utc"] == "2013-02-12T08:00:00Z")
    day = by_date(rows_of(year, "daily", "EWR"))["2013-02-12"]

    assert row["wind_speed"] == pytest.approx(468.659, abs=1e-3)
    assert row["wind_speed_qc"] == row["qc"] == 4
    assert rows["2013-02-12T09:00:00Z"]["wind_speed_qc"] == 1, "the good successor of a spike is good"
    assert hour["wind_speed_mean"] is None
    assert hour["n_fail"] == day["n_fail"] == 1
    assert day["wind_speed_max"] < 20
    assert day["wind_speed_n"] == 23


def test_missing_hours_leave_no_rows_and_no_rain_total(year: Path) -> None:
    """On 2013-07-02 Newark has 22 of 24 hours: the mean stands, the total of rain does not."""
    days = by_date(rows_of(year, "daily", "EWR"))
    incomplete = [day for day in days.values() if day["n_hours"] < day["n_expected"]]

    assert days["2013-07-02"]["n_hours"] < 24
    assert days["2013-07-02"]["air_temperature_mean"] is not None
    assert incomplete
    assert all(day["rainfall_observed"] is not None for day in incomplete)
    for date, day in days.items():
        amounts = [metric(row)["rainfall_amount_interval"] for row in local_day("EWR", date, closed="right")]
        whole = len([amount for amount in amounts if amount is not None]) == day["n_expected"]
        assert (day["rainfall_total"] is not None) == whole, date


def test_the_local_hour_that_repeats_is_two_hours(year: Path) -> None:
    starts = [
        row["window_start"]
        for row in rows_of(year, "hourly", "JFK")
        if row["local_date"] == "2013-11-03" and row["n_obs"]
    ]
    published = len(list(local_day("JFK", "2013-11-03")))

    assert "2013-11-03T01:00:00-04:00" in starts
    assert "2013-11-03T01:00:00-05:00" in starts
    assert len(starts) == len(set(starts)) == published
    assert by_date(rows_of(year, "daily", "JFK"))["2013-11-03"]["n_expected"] == 25
    assert by_date(rows_of(year, "daily", "JFK"))["2013-03-10"]["n_expected"] == 23


def test_every_local_day_is_there_and_has_at_least_18_hours(year: Path) -> None:
    for station in STATIONS:
        days = by_date(rows_of(year, "daily", station))
        inside = [day for date, day in days.items() if "2013-01-01" <= date <= "2013-12-30"]
        assert len(inside) == 364
        assert min(day["n_hours"] for day in inside) >= 18


# ---- the independent computation

DAYS = [
    "2013-01-15", "2013-02-12", "2013-02-13", "2013-03-10", "2013-04-04", "2013-05-09", "2013-06-08",
    "2013-07-01", "2013-07-02", "2013-08-01", "2013-08-16", "2013-09-12", "2013-10-07", "2013-11-03",
    "2013-11-27", "2013-12-23",
]  # fmt: skip


def local_day(station: str, date: str, closed: str = "left") -> Iterator[dict[str, str]]:
    """Yield the published rows of a local day; closed right, the row of the next midnight and not its own."""
    for row in airport_rows([station], "2013", "2014-01-03"):
        moment = datetime.fromisoformat(row["time_hour"]) - timedelta(seconds=closed == "right")
        if moment.astimezone(ZONE).date().isoformat() == date:
            yield row


def expected_day(rows: list[dict[str, str]], rain_rows: list[dict[str, str]]) -> dict[str, Any]:
    """Compute a day of hourly observations from the published rows, by hand: one row is one hour."""
    hours = [metric(row) for row in rows]
    usable: dict[str, list[float]] = defaultdict(list)
    east, north, speeds_with_direction, angles = [], [], [], []
    calms = 0
    for hour in hours:
        if (hour["wind_speed"] or 0) > 75:
            hour["wind_speed"] = None
        for name, value in hour.items():
            if value is not None:
                usable[name].append(value)
        speed, direction = hour["wind_speed"], hour["wind_from_direction"]
        if speed is None:
            continue
        calms += speed < 0.5
        if speed < 0.5:
            east.append(0.0), north.append(0.0), speeds_with_direction.append(speed)
        elif direction is not None:
            angle = math.radians(direction)
            east.append(-speed * math.sin(angle)), north.append(-speed * math.cos(angle))
            speeds_with_direction.append(speed)
            angles.append(angle)
    u, v = statistics.fmean(east), statistics.fmean(north)
    temperature = usable["air_temperature"]
    rain = [amount for row in rain_rows if (amount := metric(row)["rainfall_amount_interval"]) is not None]
    enough = 0.75 * len(hours)
    return {
        "n_obs": len(hours),
        "air_temperature_mean": statistics.fmean(temperature),
        "air_temperature_min": min(temperature),
        "air_temperature_max": max(temperature),
        "relative_humidity_mean": statistics.fmean(usable["relative_humidity"]),
        "wind_speed_mean": statistics.fmean(usable["wind_speed"]),
        "wind_vector_speed": math.hypot(u, v),
        "wind_vector_direction": math.degrees(math.atan2(-u, -v)) % 360,
        "wind_steadiness": math.hypot(u, v) / statistics.fmean(speeds_with_direction),
        "wind_unit_direction": math.degrees(
            math.atan2(sum(map(math.sin, angles)), sum(map(math.cos, angles)))
        )
        % 360,
        "wind_calm_share": calms / len(usable["wind_speed"]),
        "wind_gust_max": max(usable["wind_speed_of_gust"], default=None),
        "rainfall_observed": sum(rain),
        "wet_hours": sum(amount >= 0.2 for amount in rain),
        "vector_known": len(east) >= enough,
    }


@pytest.mark.parametrize("station", STATIONS)
def test_days_equal_an_independent_computation(year: Path, station: str) -> None:
    days = by_date(rows_of(year, "daily", station))
    for date in DAYS:
        expected = expected_day(list(local_day(station, date)), list(local_day(station, date, "right")))
        known = expected.pop("vector_known")
        for name, value in expected.items():
            if name.startswith(("wind_vector", "wind_steadiness", "wind_unit")) and not known:
                continue
            tolerance = 0.011 if name.endswith("direction") else 2e-4
            assert days[date][name] == pytest.approx(value, abs=tolerance), (date, name)


def test_weeks_come_from_days(year: Path) -> None:
    """A week is the seven local days from Sunday; means of daily means, sums of daily sums."""
    days, weeks = by_date(rows_of(year, "daily", "LGA")), by_date(rows_of(year, "weekly", "LGA"))
    week = weeks["2013-07-07"]
    inside = [days[f"2013-07-{day:02d}"] for day in range(7, 14)]

    assert (week["window_start"], week["window_end"]) == (
        "2013-07-07T00:00:00-04:00",
        "2013-07-14T00:00:00-04:00",
    )
    assert week["n_days"] == 7
    mean = statistics.fmean(day["air_temperature_mean"] for day in inside)
    assert week["air_temperature_mean"] == pytest.approx(mean, abs=1e-4)
    assert week["air_temperature_max"] == max(day["air_temperature_max"] for day in inside)
    assert week["rainfall_observed"] == pytest.approx(
        sum(day["rainfall_observed"] for day in inside), abs=1e-3
    )
    u = statistics.fmean(day["wind_u_mean"] for day in inside)
    v = statistics.fmean(day["wind_v_mean"] for day in inside)
    assert week["wind_vector_direction"] == pytest.approx(math.degrees(math.atan2(-u, -v)) % 360, abs=0.01)
