"""The sensors of all sites, week by week: published hours in, the dataset `sensor_weeks` out.

A week's states depend on the published hours of that week and the five before it, and on the states of those
five: a week in which a sensor was suspect does not teach what is usual.  So every closed week is assessed
again from the first one in which this run changed an hour; the bytes are the same however runs were split.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa

from weather_etl.core import (
    DAY,
    HOUR,
    StationZone,
    day_of,
    day_text,
    escape_name,
    iso_utc,
    iso_utc_texts,
    parse_instant,
)
from weather_etl.datasets import partitions, tables
from weather_etl.lake import Storage, UnreachableError
from weather_etl.network import (
    PAST_DAYS,
    WEEK_DAYS,
    Hours,
    SensorWeek,
    assess,
    size_unit,
    words,
)
from weather_etl.runs.published_hours import PublishedHours
from weather_etl.runs.state import Watermark
from weather_etl.settings import RunConfig
from weather_etl.site import SiteResult, Staged

_TABLE: Final = "sensor_weeks"
_WEEKS_AT_ONCE: Final = 8
"""Weeks whose hours are held at a time: about 0.1 MB a station."""
_PAST_WEEKS: Final = PAST_DAYS // WEEK_DAYS
_OPENED_FROM: Final = 6  # days: more than 75 % of seven, as MADIS takes a sensor out
_CLOSED_BELOW: Final = 2  # days: less than 25 % of seven, as MADIS takes it back
_PENDING: Final = "_state/sensors.json"

_Key = tuple[str, str, str]
"""Site, station and sensor."""


@dataclass(frozen=True)
class _Remembered:
    """What the row of a week says that later weeks ask for."""

    state: str
    since: str | None
    open_since: str | None


class SensorWeeks:
    """Assesses the weeks that a run's changes touch and stages their files.

    Longer than 200 lines: which weeks, from which hours, into which files, is one order of steps.

    Args:
        target: with the published datasets.
        config: for positions, zones and outputs.
        zone: of the run: weeks are the same for all sites, so that hours can be compared.

    Attributes:
        latest: rows of the last week that was assessed.
        touched: the partitions that were assessed, and whether they have rows.
    """

    def __init__(self, target: Storage, config: RunConfig, zone: StationZone) -> None:
        self._target = target
        self._config = config
        self._zone = zone
        self._from_us: int | None = None
        self._pending: int | None = None
        self._known: dict[int, dict[_Key, _Remembered]] = {}
        self.latest: list[dict[str, Any]] = []
        self.touched: dict[tuple[str, ...], bool] = {}

    def begin(self, watermark: Watermark) -> None:
        """Take up what earlier runs left: weeks that were not closed yet, changes that were not assessed."""
        reached = [state.until_us for state in watermark.sites.values()]
        found = self._target.get(_PENDING)
        self._pending = None if found is None else parse_instant(orjson.loads(found.data)["changed_from"])
        pending = [] if self._pending is None else [self._pending]
        self._from_us = min([*reached, *pending], default=None)

    def note(self, results: Iterable[SiteResult], *, more: bool, replay: bool) -> None:
        """Remember, before a batch is published, from when on hours are not assessed yet.

        Args:
            results: of the batch.
            more: further batches follow, so that this one is committed before its weeks are assessed.
            replay: the days that were computed again count as changed, so that their weeks are restored.
        """
        changed = [
            self._zone_of(result.site).midnight(day_of(day))
            for result in results
            for day in _days(result, replay)
        ]
        earlier = bool(changed) and (self._from_us is None or min(changed) < self._from_us)
        if earlier:
            self._from_us = min(changed)
        if (earlier or more) and self._from_us is not None and self._from_us != self._pending:
            self._pending = self._from_us
            body = orjson.dumps({"schema": 1, "changed_from": iso_utc(self._pending)})
            self._target.put(_PENDING, body + b"\n")

    def forget(self) -> None:
        """Forget it: all weeks have been assessed, published and committed.

        A note that cannot be removed costs the next run the same work again, and this one nothing.
        """
        if self._pending is not None:
            with suppress(UnreachableError, OSError):
                self._target.delete(_PENDING)

    def staged(self, until_us: Mapping[str, int], stage: Storage) -> list[Staged]:
        """Assess every closed week from the first change on; return the files that differ.

        Args:
            until_us: sites by their names in the lake, with the instant up to which each has been read.
            stage: where staged files lie.
        """
        if self._from_us is None or not until_us:
            return []
        weeks = list(self._closed_weeks(self._from_us, min(until_us.values())))
        names = sorted(until_us, key=escape_name)
        staged: list[Staged] = []
        for begin in range(0, len(weeks), _WEEKS_AT_ONCE):
            some = weeks[begin : begin + _WEEKS_AT_ONCE]
            first = self._zone.midnight(some[0]) - (PAST_DAYS + 1) * DAY
            behind = self._zone.midnight(some[-1] + WEEK_DAYS)
            hours = PublishedHours.read(self._target, self._config, names, first, behind)
            for week in some:
                staged += self._week(week, hours, stage)
        return staged

    def _zone_of(self, site: str) -> StationZone:
        name = self._config.site(site).timezone
        return StationZone(name) if name else self._zone

    def _closed_weeks(self, changed_us: int, until_us: int) -> Iterator[int]:
        """Yield the first days of the closed weeks from the one of an instant on."""
        week = self._zone.week(self._zone.day(changed_us))
        while self._zone.midnight(week + WEEK_DAYS) <= until_us:
            yield week
            week += WEEK_DAYS

    def _week(self, week: int, store: PublishedHours, stage: Storage) -> list[Staged]:
        before = [self._remembered(week - WEEK_DAYS * back) for back in range(_PAST_WEEKS, 0, -1)]
        hours = store.hours(self._zone.midnight(week + WEEK_DAYS) // HOUR)
        _forget_suspect_weeks(hours, before)
        rows = [{"week": day_text(week)} | self._row(one, hours, before[-1]) for one in assess(hours)]
        self.latest = rows
        self.touched[_TABLE, day_text(week)] = bool(rows)
        self._known[week] = {
            (row["site"], row["station_id"], row["sensor"]): _Remembered(
                row["state"], row["since_utc"], row["open_since_utc"]
            )
            for row in rows
        }
        return self._staged_file(week, self._table(week, rows), stage)

    def _remembered(self, week: int) -> dict[_Key, _Remembered]:
        """Return what a week's rows say, of this run or as published."""
        if week not in self._known:
            columns = ["site", "station_id", "sensor", "state", "since_utc", "open_since_utc"]
            _, found = self._existing(week)
            rows = (
                partitions.read_csv(found, tables()[_TABLE], columns).to_pylist() if found is not None else []
            )
            self._known[week] = {
                (row["site"], row["station_id"], row["sensor"]): _Remembered(
                    row["state"], row["since_utc"], row["open_since_utc"]
                )
                for row in rows
            }
        return self._known[week]

    def _existing(self, week: int) -> tuple[str | None, bytes | None]:
        """Return key and content of a week's file."""
        base = tables()[_TABLE].key(day_text(week))
        for key in (
            partitions.csv_key(base, self._config.outputs),
            partitions.other_csv_key(base, self._config.outputs),
        ):
            if found := self._target.get(key):
                return key, found.data
        return None, None

    def _row(self, one: SensorWeek, hours: Hours, before: Mapping[_Key, _Remembered]) -> dict[str, Any]:
        station = hours.stations[one.station]
        known = before.get((station.site, station.station_id, one.sensor))
        fault = one.fault
        since = None if fault is None else iso_utc(fault.since_hour * HOUR)
        if since and known and known.since and known.state == one.state:
            since = known.since
        days = fault.days if fault and one.state == "suspect" else 0
        open_since = known.open_since if known and days >= _CLOSED_BELOW else None
        if open_since is None and days >= _OPENED_FROM:
            open_since = since
        return {
            "site": station.site,
            "station_id": station.station_id,
            "sensor": one.sensor,
            "state": one.state,
            "kind": fault.kind if fault else None,
            "size": round(fault.size, 3) if fault and np.isfinite(fault.size) else None,
            "size_unit": size_unit(one),
            "since_utc": since,
            "days_suspect": days,
            "open_since_utc": open_since,
            "score": round(one.score, 3),
            "n_hours": one.hours,
            "neighbours": " ".join(hours.stations[index].name for index in one.neighbours) or None,
            "words": words(one, hours.stations),
        }

    def _table(self, week: int, rows: Sequence[dict[str, Any]]) -> pa.Table:
        bounds = np.array([self._zone.midnight(week), self._zone.midnight(week + WEEK_DAYS)], dtype=np.int64)
        local, utc = self._zone.texts(bounds).tolist(), iso_utc_texts(bounds).tolist()
        window = {
            "window_start": local[0], "window_end": local[1],
            "window_start_utc": utc[0], "window_end_utc": utc[1],
        }  # fmt: skip
        return pa.Table.from_pylist([row | window for row in rows], schema=tables()[_TABLE].schema)

    def _staged_file(self, week: int, table: pa.Table, stage: Storage) -> list[Staged]:
        """Stage a week's file if it differs from what is there."""
        outputs, declared = self._config.outputs, tables()[_TABLE]
        base, partition = declared.key(day_text(week)), (day_text(week),)
        key = partitions.csv_key(base, outputs)
        old_key, _ = self._existing(week)
        staged: list[Staged] = []
        if old_key is not None and (old_key != key or not table.num_rows):
            staged.append(Staged(old_key, _TABLE, partition, None, None, 0, 0, ""))
        if not table.num_rows:
            return staged
        data = partitions.write_csv(table, declared.header())
        data = partitions.compressed(data) if outputs.gzip else data
        files = [(key, _TABLE, data)]
        if outputs.parquet:
            files.append((partitions.parquet_key(base), f"{_TABLE}.parquet", partitions.write_parquet(table)))
        for name, dataset, content in files:
            found = self._target.get(name)
            if found and found.data == content:
                continue
            path = f"sensor_weeks-{week}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
            stage.put(path, content)
            staged.append(
                Staged(
                    name, dataset, partition, path, found.tag if found else None, len(content),
                    table.num_rows, hashlib.sha256(content).hexdigest(),
                )
            )  # fmt: skip
        return staged


def _days(result: SiteResult, replay: bool) -> Iterator[str]:  # noqa: FBT001 - a property of the run
    """Yield the local days whose observations a site's kernel changed, or in a replay computed."""
    changed = result.touched if replay else [(one.table, *one.partition) for one in result.staged]
    return (values[1] for name, *values in changed if name == "observations")


def _forget_suspect_weeks(hours: Hours, before: Sequence[Mapping[_Key, _Remembered]]) -> None:
    """Take the hours of weeks in which a sensor was suspect out of what is usual."""
    for row, station in enumerate(hours.stations):
        for sensor, values in hours.values.items():
            for back, rows in enumerate(reversed(before), 1):
                known = rows.get((station.site, station.station_id, sensor))
                if known is not None and known.state == "suspect":
                    end = values.shape[1] - WEEK_DAYS * back
                    values[row, end - WEEK_DAYS : end] = np.nan
