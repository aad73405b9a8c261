"""Aggregation: hours from observations, days from hours, weeks from days; the numbers are in `sql/*.sql`.

This module prepares what the statements read (good values, slots, wind components, amounts of rain) and gives
their results the columns of the dataset tables.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeAlias, cast

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl import arrow
from weather_etl.config import SiteSettings
from weather_etl.model import FAIL, MISSING, SUSPECT
from weather_etl.physics import dew_point, sea_level_pressure, wind_components
from weather_etl.qc import Flags
from weather_etl.rain import COLUMNS, KINDS, amounts
from weather_etl.tables import tables
from weather_etl.versions import COLUMN, Rows, station_blocks
from weather_etl.zones import (
    HOUR,
    SECOND,
    IntArray,
    StationZone,
    day_of,
    day_text,
    day_texts,
    iso_utc_texts,
    parse_instants,
)

CALM: Final = 0.5
"""m/s; below it a wind has no direction (ICAO Annex 3: calm below 1 kt)."""

_CORE: Final = (
    "air_temperature",
    "relative_humidity",
    "air_pressure",
    "air_pressure_at_mean_sea_level",
    "wind_speed",
)
_EXPECTED: Final = (*_CORE, "dew_point_temperature", "downwelling_shortwave")
_NOMINAL: Final = np.array([60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800, 3600], dtype=np.float64)

Floats: TypeAlias = npt.NDArray[np.float64]


def nominal_slot(interval_s: float) -> int:
    """Return the slot in seconds for an interval: the nearest that divides an hour, at least a minute."""
    return int(_NOMINAL[np.argmin(np.abs(np.log(_NOMINAL / min(max(interval_s, 60.0), 3600.0))))])


class Aggregator:
    """One DuckDB connection with the statements' macros; not shared between threads or processes.

    Each statement takes the rows of several sites at once, since planning it costs more than running it.
    """

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(_statement("macros"))

    def _run(self, statement: str, **relations: pa.Table) -> dict[str, pa.Table]:
        """Return the result by site, without the column that says so."""
        for name, relation in relations.items():
            self._connection.register(name, relation)
        try:
            # A relation would be planned twice, for its columns and for its rows; a table's plan is nothing.
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE result AS {_statement(statement)}")
            result = cast("pa.Table", self._connection.table("result").to_arrow_table())
        except (RuntimeError, duckdb.Error) as error:
            if "interrupt" in str(error).lower():  # Ctrl-C, as DuckDB or what it called words it
                raise KeyboardInterrupt from error
            raise
        finally:
            for name in relations:
                self._connection.unregister(name)
        sites = arrow.optional_texts(result, "site")
        return {
            str(sites[block.start]): result.slice(block.start, block.stop - block.start).drop_columns(
                ["site"]
            )
            for block in station_blocks(sites)
        }

    def hourly(self, samples: pa.Table, rain: pa.Table) -> dict[str, pa.Table]:
        """Return raw hourly rows by site, from the tables of `samples_of`."""
        return self._run("hourly", samples=samples, rain=rain)

    def daily(self, hours: pa.Table, days: pa.Table) -> dict[str, pa.Table]:
        """Return raw daily rows by site, from hourly rows (`with_site`) and `closed_days`."""
        return self._run("daily", hours=hours, days=days)

    def weekly(self, days: pa.Table, weeks: pa.Table) -> dict[str, pa.Table]:
        """Return raw weekly rows by site, from daily rows (`with_site`) and `closed_weeks`."""
        return self._run("weekly", days=days, weeks=weeks)


def closed_days(site: str, wanted: set[int], zone: StationZone, until_us: int) -> pa.Table:
    """Return which of the wanted local days end by an instant, with their bounds and hours."""
    days = np.array(sorted(wanted), dtype=np.int64)
    start = np.array([zone.midnight(int(day)) for day in days], dtype=np.int64)
    end = np.array([zone.midnight(int(day) + 1) for day in days], dtype=np.int64)
    closed = end <= until_us
    return arrow.table(
        {
            "site": arrow.text_column(site, int(closed.sum())),
            "local_date": day_texts(days[closed]),
            "start_us": start[closed],
            "end_us": end[closed],
            "n_expected": ((end - start) // HOUR)[closed],
        }
    )


def closed_weeks(site: str, weeks: set[int], zone: StationZone, until_us: int) -> pa.Table:
    """Return the days of those weeks, given by their first local day, that end by an instant."""
    closed = [first for first in sorted(weeks) if zone.midnight(first + 7) <= until_us]
    inside = [(first + offset, first) for first in closed for offset in range(7)]
    return arrow.table(
        {
            "site": arrow.text_column(site, len(inside)),
            "local_date": arrow.column([day_text(day) for day, _ in inside], pa.string()),
            "week_date": arrow.column([day_text(first) for _, first in inside], pa.string()),
        }
    )


def with_site(site: str, table: pa.Table) -> pa.Table:
    """Return rows of an aggregate as the next statement reads them: with site and start in microseconds."""
    starts = parse_instants(arrow.texts(table, "window_start_utc"))
    return arrow.with_columns(table, {"start_us": starts, "site": arrow.text_column(site, table.num_rows)})


def hourly_rows(result: pa.Table | None, zone: StationZone) -> pa.Table:
    """Return a site's raw hourly rows in the columns of the hourly table."""
    if result is None:
        return tables()["hourly"].schema.empty_table()
    start = arrow.integers(result, "hour_us")
    return _shaped("hourly", result, start, start + HOUR, zone)


def daily_rows(result: pa.Table | None, zone: StationZone) -> pa.Table:
    """Return a site's raw daily rows in the columns of the daily table."""
    return _shaped_days("daily", result, 1, zone)


def weekly_rows(result: pa.Table | None, zone: StationZone) -> pa.Table:
    """Return a site's raw weekly rows in the columns of the weekly table."""
    return _shaped_days("weekly", result, 7, zone)


@cache
def _statement(name: str) -> str:
    return files("weather_etl").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def _shaped_days(name: str, result: pa.Table | None, length: int, zone: StationZone) -> pa.Table:
    if result is None:
        return tables()[name].schema.empty_table()
    first = [day_of(text) for text in arrow.texts(result, "local_date")]
    start = np.array([zone.midnight(day) for day in first], dtype=np.int64)
    end = np.array([zone.midnight(day + length) for day in first], dtype=np.int64)
    return _shaped(name, result, start, end, zone)


def _shaped(name: str, result: pa.Table, start: IntArray, end: IntArray, zone: StationZone) -> pa.Table:
    """Return a result with the window columns and in the column order and types of a table."""
    columns: dict[str, Any] = {column: cast("Any", result)[column] for column in result.schema.names}
    columns |= {
        "window_start": zone.texts(start),
        "window_end": zone.texts(end),
        "window_start_utc": iso_utc_texts(start),
        "window_end_utc": iso_utc_texts(end),
    }
    return arrow.table_as(columns, tables()[name].schema)


def samples_of(
    name: str, rows: Rows, flags: Flags, days: IntArray, wanted: set[int], site: SiteSettings,
    zone: StationZone, until_us: int,
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    """Return what hourly.sql reads of a site: `samples` and `rain`, for closed hours of the wanted days.

    Args:
        name: of the site.
        rows: observations of the wanted days and of their neighbours, sorted by station and time.
        flags: of the rows.
        days: local day of each row.
        wanted: the days.
        site: for elevation and interval.
        zone: of the site.
        until_us: hours that end later are left out.
    """
    values = rows.version.values
    good = np.where((flags == FAIL) | (flags == MISSING), np.nan, values)
    station, time = rows.version.station, rows.version.obs_us
    hour = zone.hours(time)
    chosen = np.isin(days, np.array(sorted(wanted), dtype=np.int64)) & (hour + HOUR <= until_us)

    def column(name: str) -> Floats:
        return good[:, COLUMN[name]]

    temperature, humidity = column("air_temperature"), column("relative_humidity")
    dew, dew_derived = _filled(column("dew_point_temperature"), dew_point(temperature, humidity))
    sea_level, sea_derived = column("air_pressure_at_mean_sea_level"), np.zeros(len(time), dtype=bool)
    if site.elevation_m is not None:
        reduced = sea_level_pressure(column("air_pressure"), site.elevation_m, temperature, humidity)
        sea_level, sea_derived = _filled(sea_level, reduced)

    series = {name: column(name) for name in _EXPECTED}
    series |= {"dew_point_temperature": dew, "air_pressure_at_mean_sea_level": sea_level}
    slots, expected = _cadence(station, time, days, wanted, series, site)
    speed, direction = column("wind_speed"), column("wind_from_direction")
    wind = _wind(speed, direction)
    gust, gust_direction = column("wind_speed_of_gust"), column("wind_gust_from_direction")

    table: dict[str, Any] = {
        "site": arrow.text_column(name, int(chosen.sum())),
        "station_id": station[chosen],
        "local_date": day_texts(days[chosen]),
        "hour_us": hour[chosen],
        "slot": ((time - hour) // np.maximum(slots * SECOND, 1))[chosen],
        "t_us": time[chosen],
        "t_local": zone.texts(time[chosen]),
        "slot_seconds": slots[chosen],
        "expected": (3600 // np.maximum(slots, 1))[chosen],
        "n_suspect": (flags == SUSPECT).sum(axis=1)[chosen],
        "n_fail": (flags == FAIL).sum(axis=1)[chosen],
        "dew_point_derived": dew_derived[chosen],
        "sea_level_derived": sea_derived[chosen],
        "gust": gust[chosen],
        "gust_direction": np.where(np.isnan(gust_direction), direction, gust_direction)[chosen],
    }
    others = ("downwelling_shortwave", "ultraviolet_index", "illuminance", "battery_voltage", "rainfall_rate")
    measured = {**series, **{name: column(name) for name in others}, **wind}
    table |= {name: value[chosen] for name, value in measured.items()}
    table |= {f"expected_{name}": value[chosen] for name, value in expected.items()}
    return arrow.table(table), _rain_table(name, rows, good, flags, wanted, slots, zone)


def _filled(measured: Floats, computed: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return measured values with computed ones (4 decimals) where they are missing, and where that was."""
    use = np.isnan(measured) & ~np.isnan(computed)
    return np.where(use, np.round(computed, 4), measured), use


def _wind(speed: Floats, direction: Floats) -> dict[str, Floats]:
    """Return the components that hourly.sql averages."""
    calm = speed < CALM
    east, north = wind_components(speed, direction)
    east, north = np.where(calm, 0.0, east), np.where(calm, 0.0, north)
    angle = np.radians(np.where(calm | np.isnan(speed), np.nan, direction))
    return {
        "u": east,
        "v": north,
        "vector_speed": np.where(np.isnan(east), np.nan, speed),
        "sine": np.sin(angle),
        "cosine": np.cos(angle),
    }


def _cadence(
    station: npt.NDArray[np.object_], time: IntArray, days: IntArray, wanted: set[int],
    series: Mapping[str, Floats], site: SiteSettings,
) -> tuple[IntArray, dict[str, IntArray]]:  # fmt: skip
    """Return the slot in seconds at each row, and for each variable how many slots an hour are expected.

    The interval of a station on a day is the median over that day and its two neighbours, per variable; the
    slot is the shortest of the core variables' intervals.  A declared interval takes precedence.
    """
    slots = np.full(len(time), 3600, dtype=np.int64)
    expected = {name: np.ones(len(time), dtype=np.int64) for name in _EXPECTED}
    for block in station_blocks(station):
        local, begin = days[block], block.start
        for day in wanted.intersection(np.unique(local).tolist()):
            low, first, last, high = (
                begin + np.searchsorted(local, [day - 1, day, day + 1, day + 2])
            ).tolist()
            _one_cadence(slice(low, high), slice(first, last), time, series, site, slots, expected)
    return slots, expected


def _one_cadence(
    around: slice, own: slice, time: IntArray, series: Mapping[str, Floats], site: SiteSettings,
    slots: IntArray, expected: dict[str, IntArray],
) -> None:  # fmt: skip
    intervals = {
        name: site.interval_s or _median_interval(time[around][~np.isnan(value[around])])
        for name, value in series.items()
    }
    core = [interval for name, interval in intervals.items() if name in _CORE and interval]
    overall = site.interval_s or (min(core) if core else _median_interval(time[around])) or 3600.0
    slot = nominal_slot(overall)
    slots[own] = slot
    for name, interval in intervals.items():
        expected[name][own] = 3600 // max(slot, nominal_slot(interval or overall))


def _median_interval(time: IntArray) -> float | None:
    """Return the median gap in seconds, or None for fewer than four observations."""
    return float(np.median(np.diff(time))) / SECOND if len(time) > 3 else None


def _rain_table(
    name: str, rows: Rows, good: Floats, flags: Flags, wanted: set[int], slots: IntArray, zone: StationZone
) -> pa.Table:
    station, time = rows.version.station, rows.version.obs_us
    columns: dict[str, list[Any]] = {column: [] for column in _RAIN_SCHEMA.names}
    for block in station_blocks(station):
        readings = {kind: good[block, COLUMN[COLUMNS[kind]]] for kind in KINDS}
        if all(np.isnan(value).all() for value in readings.values()):
            continue
        suspect = {kind: flags[block, COLUMN[COLUMNS[kind]]] == SUSPECT for kind in KINDS}
        slot_us = slots[block] * SECOND
        for day, (kind, found) in amounts(readings, suspect, time[block], slot_us, zone).items():
            if day not in wanted:
                continue
            count = len(found.row)
            slot = (time[block][found.row] - found.hour_us) // slot_us[found.row]
            columns["site"] += [name] * count
            columns["station_id"] += [station[block.start]] * count
            columns["hour_us"] += found.hour_us.tolist()
            columns["slot"] += slot.tolist()
            columns["amount"] += found.amount.tolist()
            columns["expected"] += (HOUR // slot_us[found.row]).tolist()
            columns["source"] += [kind] * count
            columns["bounded"] += found.bounded.tolist()
            columns["doubtful"] += found.doubtful.tolist()
    return arrow.table_as(columns, _RAIN_SCHEMA)


_RAIN_SCHEMA: Final = pa.schema(
    [
        ("site", pa.string()),
        ("station_id", pa.string()),
        ("hour_us", pa.int64()),
        ("slot", pa.int64()),
        ("amount", pa.float64()),
        ("expected", pa.int64()),
        ("source", pa.string()),
        ("bounded", pa.bool_()),
        ("doubtful", pa.bool_()),
    ]
)
