"""Aggregation: hours from samples, days from hours, weeks from days; the numbers are in `sql/*.sql`.

This module runs the statements and gives their results the columns of the dataset tables.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

import duckdb
import numpy as np
import pyarrow as pa

from weather_etl.core import (
    HOUR,
    IntArray,
    StationZone,
    day_of,
    day_text,
    iso_utc_texts,
    parse_instants,
)
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import station_blocks, tables
from weather_etl.settings import SiteSettings
from weather_etl.statistics.darkness import sun_is_down
from weather_etl.statistics.samples import Stretch

_EPOCH: Final = date(1970, 1, 1)
_SAMPLES: Final = 30_000
"""A statement: each takes half a kilobyte of memory while it runs; smaller ones would cost their planning."""


class Aggregator:
    """One DuckDB connection with the statements' macros; not shared between threads or processes.

    Each statement takes the rows of several sites at once, since planning it costs more than running it.
    """

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
        self._connection.execute("SET TimeZone = 'UTC'")
        # What a statement took goes back at once, or the next one's would come on top of it.
        self._connection.execute("SET allocator_bulk_deallocation_flush_threshold = '1MB'")
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

    def hourly(self, stretches: Iterable[Stretch]) -> dict[str, pa.Table]:
        """Return raw hourly rows by site, from the stretches of `Samples`, sites in order."""
        rows: defaultdict[str, list[pa.Table]] = defaultdict(list)
        for some in _gathered(stretches):
            samples = arrow.concat([stretch.samples for stretch in some])
            rain = arrow.concat([stretch.rain for stretch in some])
            for site, result in self._run("hourly", samples=samples, rain=rain).items():
                rows[site].append(result)
        return {site: arrow.concat(parts) for site, parts in rows.items()}

    def daily(self, hours: pa.Table, days: pa.Table) -> dict[str, pa.Table]:
        """Return raw daily rows by site, from hourly rows (`with_site`) and `closed_days`."""
        return self._run("daily", hours=hours, days=days)

    def weekly(self, days: pa.Table, weeks: pa.Table) -> dict[str, pa.Table]:
        """Return raw weekly rows by site, from daily rows (`with_site`) and `closed_weeks`."""
        return self._run("weekly", days=days, weeks=weeks)


def _gathered(stretches: Iterable[Stretch]) -> Iterator[list[Stretch]]:
    """Yield stretches, as they come, in lists of just so many that a statement is worth its planning."""
    some: list[Stretch] = []
    size = 0
    for stretch in stretches:
        some.append(stretch)
        size += stretch.samples.num_rows
        if size >= _SAMPLES:
            yield some
            some, size = [], 0
    if some:
        yield some


def closed_days(
    name: str, wanted: set[int], zone: StationZone, until_us: int, site: SiteSettings
) -> pa.Table:
    """Return which of the wanted local days end by an instant, as the daily statement reads them.

    Args:
        name: of the site.
        wanted: days.
        zone: of the site.
        until_us: the instant.
        site: for latitude and longitude, from which the hours with sun are known.
    """
    bounds = [(day, zone.midnight(day), zone.midnight(day + 1)) for day in sorted(wanted)]
    closed = [(day, start, end) for day, start, end in bounds if start < end <= until_us]
    return arrow.table(
        {
            "site": arrow.text_column(name, len(closed)),
            "local_date": arrow.column([day_text(day) for day, _, _ in closed], pa.string()),
            "start_us": arrow.column([start for _, start, _ in closed], pa.int64()),
            "end_us": arrow.column([end for _, _, end in closed], pa.int64()),
            # a day that is half an hour longer or shorter has one hour of half an hour
            "n_hours_of_day": arrow.column(
                [-((start - end) // HOUR) for _, start, end in closed], pa.int32()
            ),
            "daylight": arrow.column(
                [_daylight(start, end, zone, site) for _, start, end in closed], pa.list_(pa.int64())
            ),
        }
    )


def _daylight(start: int, end: int, zone: StationZone, site: SiteSettings) -> list[int] | None:
    """Return the starts of a day's hours in which the sun is up; None where the place is not known."""
    if site.latitude is None or site.longitude is None:
        return None
    quarters = np.arange(start, end, HOUR // 4, dtype=np.int64)
    hours = np.unique(zone.hours(quarters))
    down = sun_is_down(hours, zone.hour_ends(hours), site.latitude, site.longitude)
    return hours[~down].tolist()


def closed_weeks(site: str, weeks: set[int], zone: StationZone, until_us: int) -> pa.Table:
    """Return the days of those weeks, given by their first local day, that end by an instant.

    A date that the calendar of a place leaves out (Samoa, 2011-12-30) is no day of its week.
    """
    closed = [first for first in sorted(weeks) if zone.midnight(first + 7) <= until_us]
    inside = [
        [day for day in range(first, first + 7) if zone.midnight(day) < zone.midnight(day + 1)]
        for first in closed
    ]
    days = [(day, first, len(week)) for first, week in zip(closed, inside, strict=True) for day in week]
    return arrow.table(
        {
            "site": arrow.text_column(site, len(days)),
            "local_date": arrow.column([day_text(day) for day, _, _ in days], pa.string()),
            "week_date": arrow.column([day_text(first) for _, first, _ in days], pa.string()),
            "n_days_of_week": arrow.column([count for _, _, count in days], pa.int32()),
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
    return _shaped("hourly", result, start, zone.hour_ends(start), zone)


def daily_rows(result: pa.Table | None, zone: StationZone) -> pa.Table:
    """Return a site's raw daily rows in the columns of the daily table."""
    return _shaped_days("daily", result, 1, zone)


def weekly_rows(result: pa.Table | None, zone: StationZone) -> pa.Table:
    """Return a site's raw weekly rows in the columns of the weekly table."""
    return _shaped_days("weekly", result, 7, zone)


@cache
def _statement(name: str) -> str:
    return files("weather_etl.statistics").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


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
    if "iso_week" in tables()[name].schema.names:
        weeks = [
            (_EPOCH + timedelta(days=day_of(text) + 3)).isocalendar()
            for text in columns["local_date"].to_pylist()
        ]
        columns |= {"iso_year": [week.year for week in weeks], "iso_week": [week.week for week in weeks]}
    return arrow.table_as(columns, tables()[name].schema)
