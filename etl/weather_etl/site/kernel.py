"""The kernel: one site from its new objects to the bytes of every partition that changes.

It reads the lake and the target and writes nothing but staged files, so that it can run anywhere, twice, or
for nothing.  What it stages depends on the messages alone, not on how they were split into runs.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from weather_etl.core import FAIL, MISSING, SUSPECT, IntArray, StationZone, day_text, escape_name
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import Rows, Versions, tables
from weather_etl.lake import open_storage
from weather_etl.quality import Flags, evaluate, rules_for
from weather_etl.site.existing import ExistingFiles
from weather_etl.site.merge import Merger
from weather_etl.site.observation_table import observation_table
from weather_etl.site.read import read_objects
from weather_etl.site.stage import Stage
from weather_etl.site.task import KernelSettings, SiteReading, SiteResult, SiteTask
from weather_etl.statistics import (
    Aggregator,
    Samples,
    Stretch,
    closed_days,
    closed_weeks,
    daily_rows,
    hourly_rows,
    weekly_rows,
    with_site,
)

_TABLE_ROWS: Final = 20_000
"""About as many observations are made into a table at a time: its texts take half a kilobyte each."""


def run_sites(
    tasks: Sequence[SiteTask], settings: KernelSettings, readings: Mapping[str, SiteReading] | None = None
) -> list[SiteResult]:
    """Run the kernel for some sites: read, merge and check each, aggregate them together, stage each.

    Sites do not influence each other; they share the aggregates' statements because planning one costs as
    much as running it over ten thousand observations.

    Args:
        tasks: one for each site.
        settings: of the run.
        readings: of the sites that have been read already.
    """
    kernels = [_Kernel(task, settings) for task in tasks]
    for kernel in kernels:
        kernel.prepare((readings or {}).get(kernel.task.site) or read_objects(kernel.task, settings))
    begun = time.perf_counter()
    aggregator = Aggregator()
    hourly = aggregator.hourly(stretch for kernel in kernels for stretch in kernel.stretches())
    hours = [kernel.stage_hours(hourly.get(kernel.name)) for kernel in kernels]
    calendar = arrow.concat([kernel.closed_days() for kernel in kernels])
    daily = aggregator.daily(arrow.concat(hours), calendar)
    days = [kernel.stage_days(daily.get(kernel.name)) for kernel in kernels]
    calendar = arrow.concat([kernel.closed_weeks() for kernel in kernels])
    weekly = aggregator.weekly(arrow.concat(days), calendar)
    for kernel in kernels:
        kernel.stage_weeks(weekly.get(kernel.name))
    kernels[0].result.seconds["aggregate"] = time.perf_counter() - begun
    return [kernel.finished() for kernel in kernels]


class _Kernel:
    def __init__(self, task: SiteTask, settings: KernelSettings) -> None:
        self.task = task
        self.settings = settings
        self.site = settings.config.site(task.site)
        self.rules = rules_for(settings.config.qc, self.site)
        self.zone = StationZone(self.site.timezone or settings.timezone, settings.week_start)
        self.target = open_storage(settings.target, region=settings.region)
        self.name = escape_name(task.site)
        self.existing = ExistingFiles(self.target, self.name, settings.config.outputs)
        stage = open_storage(settings.stage, region=settings.region)
        self.stage = Stage(task, settings.config.outputs, self.existing, self.target, stage)
        self.result = SiteResult(task.site, task.until_us)
        self.wanted: set[int] = set()
        self._clock = 0.0
        self._samples: Samples | None = None

    def prepare(self, reading: SiteReading) -> None:
        """Merge and check; stage the observations; leave what the hours are made of."""
        self._clock = time.perf_counter()
        new, self.result = reading.versions, reading.result
        merged = Merger(self.task, self.zone, self.existing).merged(new)
        rows, days, self.wanted = merged.rows, merged.days, set(merged.wanted)
        self.result.add_merged(merged.counts, merged.last_day)
        self._lap("merge")
        flags = self._checked(rows, new)
        self._lap("quality")
        self._stage_observations(rows, days, flags, self.wanted)
        self._lap("observations")
        self._samples = Samples(
            self.name, rows, flags, days, self.wanted, self.site, self.zone, self.task.until_us, self.rules,
            self.settings.rain_wraps,
        )  # fmt: skip
        self.result.rain_restarts = self._samples.rain_restarts()
        self._lap("samples")

    def stretches(self) -> Iterator[Stretch]:
        """Yield what the hours are made of, once."""
        samples, self._samples = self._samples, None
        if samples is not None:
            yield from samples.stretches()

    def finished(self) -> SiteResult:
        """Return the result."""
        self.result.staged, self.result.touched = self.stage.staged, self.stage.touched
        self.result.requests["target"] += self.target.requests
        return self.result

    def _lap(self, name: str) -> None:
        now = time.perf_counter()
        self.result.seconds[name] = now - self._clock
        self._clock = now

    def _checked(self, rows: Rows, new: Versions) -> Flags:
        flags = evaluate(rows, self.rules, self.site)
        if len(new):
            fresh = np.isin(rows.version.message_id.astype("S16"), new.message_id.astype("S16"))
            mine = flags[fresh]
            self.result.values = int(np.count_nonzero(mine != MISSING))
            self.result.values_suspect = int(np.count_nonzero(mine == SUSPECT))
            self.result.values_failed = int(np.count_nonzero(mine == FAIL))
            self.result.values_contradicted = int(np.count_nonzero(rows.conflict[fresh]))
        return flags

    def _stage_observations(self, rows: Rows, days: IntArray, flags: Flags, wanted: set[int]) -> None:
        table = tables()["observations"]
        mine = np.isin(days, np.array(sorted(wanted), dtype=np.int64))
        order = np.flatnonzero(mine)[np.argsort(days[mine], kind="stable")]
        local = days[order]
        begin = 0
        while begin < len(order):
            last_day = local[min(begin + _TABLE_ROWS, len(local)) - 1]
            end = begin + int(np.count_nonzero(local[begin:] <= last_day))
            stretch = order[begin:end]
            self._stage_days_observed(
                observation_table(rows.take(stretch), flags[stretch], self.zone), local[begin:end]
            )
            begin = end
        for day in sorted(wanted - set(local.tolist())):
            self.stage.partition(table, day_text(day), table.schema.empty_table())

    def _stage_days_observed(self, observed: pa.Table, days: IntArray) -> None:
        """Stage whole days of observations, sorted by day."""
        present, begins = np.unique(days, return_index=True)
        ends = np.append(begins, len(days))[1:]
        for day, begin, end in zip(present.tolist(), begins.tolist(), ends.tolist(), strict=True):
            self.stage.partition(tables()["observations"], day_text(day), observed.slice(begin, end - begin))

    def stage_hours(self, result: pa.Table | None) -> pa.Table:
        """Stage the hourly partitions; return the recomputed hours as the daily statement reads them."""
        hours = hourly_rows(result, self.zone)
        if self.wanted:
            dates = self._dates()
            self.stage.replace("hourly", hours, {date[:7] for date in dates}, dates)
        return with_site(self.name, hours)

    def closed_days(self) -> pa.Table:
        """Return the recomputed days that are closed."""
        return closed_days(self.name, self.wanted, self.zone, self.task.until_us, self.site)

    def stage_days(self, result: pa.Table | None) -> pa.Table:
        """Stage the daily partitions; return the touched weeks' days as the weekly statement reads them."""
        daily = daily_rows(result, self.zone)
        if not self._weeks():
            return with_site(self.name, daily)
        dates = self._dates()
        week_days = {day_text(week + shift) for week in self._weeks() for shift in range(7)}
        whole = self.stage.replace("daily", daily, {date[:4] for date in dates | week_days}, dates)
        return with_site(self.name, arrow.rows_in(whole, "local_date", week_days))

    def closed_weeks(self) -> pa.Table:
        """Return the days of the touched weeks that are closed."""
        return closed_weeks(self.name, self._weeks(), self.zone, self.task.until_us)

    def stage_weeks(self, result: pa.Table | None) -> None:
        """Stage the weekly partitions; a week of another `week_start` that overlaps a fresh one goes."""
        if self._weeks():
            dates = {day_text(week + shift) for week in self._weeks() for shift in range(-6, 7)}
            self.stage.replace("weekly", weekly_rows(result, self.zone), {date[:4] for date in dates}, dates)

    def _dates(self) -> set[str]:
        return {day_text(day) for day in self.wanted}

    def _weeks(self) -> set[int]:
        """Return the weeks, by their first day, whose rows may change."""
        return {self.zone.week(day) for day in self.wanted | self._last_days()}

    def _last_days(self) -> set[int]:
        """Return days in whose weeks something may have closed although no day of them is recomputed.

        A week may end long after the last message of its station.
        """
        previous, last = self.task.previous_until_us, self.task.last_day
        if previous is None or last is None:
            return set()
        return {min(self.zone.day(previous - 1), last), last}
