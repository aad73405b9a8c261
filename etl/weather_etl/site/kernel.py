"""The kernel: one site from its new objects to the bytes of every partition that changes.

It reads the lake and the target and writes nothing but staged files, so that it can run anywhere, twice, or
in vain.  What it stages depends on the messages alone, not on how they were split into runs.
"""

import gc
import hashlib
import time
import zlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import (
    FAIL,
    MISSING,
    SUSPECT,
    VARIABLE_NAMES,
    IntArray,
    StationZone,
    day_text,
    escape_name,
    iso_utc_texts,
)
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import partitions, presets, versions
from weather_etl.datasets.merging import Rows, merge
from weather_etl.datasets.tables import Table, tables
from weather_etl.datasets.versions import Versions
from weather_etl.decode import SiteContext, SiteDecoder
from weather_etl.lake import Found, LocalStorage, RawObjects, open_storage
from weather_etl.profiles import ProfileSet, load_profiles
from weather_etl.quality.flags import Flags, evaluate, rules_for, worst
from weather_etl.settings.config import Outputs, RunConfig
from weather_etl.statistics.aggregate import (
    Aggregator,
    closed_days,
    closed_weeks,
    daily_rows,
    hourly_rows,
    weekly_rows,
    with_site,
)
from weather_etl.statistics.samples import Samples, Stretch

_IN_FLIGHT: Final = 16
_LIST_FROM: Final = 20
"""From so many wanted partitions on, one listing is cheaper than asking for each."""
_TABLE_ROWS: Final = 20_000
"""About as many observations are made into a table at a time: its texts take half a kilobyte each."""
_COLLECT_EVERY: Final = 100_000
"""Containers between two looks for cycles; a chunk of parsed messages has some ten thousand, and no cycle."""


@dataclass(frozen=True)
class SiteTask:
    """What the kernel is to do for one site.

    Attributes:
        site: its name.
        objects: to read, by ingest time.
        until_us: windows that end by then are published.
        previous_until_us: of the last commit; None before the first.
        last_day: newest local day with an observation so far; None if unknown.
        replayed: for a replay, the window whose messages replace what they gave before; else None.
    """

    site: str
    objects: RawObjects
    until_us: int
    previous_until_us: int | None = None
    last_day: int | None = None
    replayed: tuple[int, int] | None = None


@dataclass(frozen=True)
class KernelSettings:
    """What is the same for every site of a run; small and picklable."""

    source: str
    target: str
    stage: str
    config: RunConfig
    timezone: str
    week_start: str

    @cached_property
    def profiles(self) -> ProfileSet:
        """The device profiles, built in and configured."""
        return load_profiles(self.config.profiles)


@dataclass(frozen=True)
class Staged:
    """A change of one partition file, not yet published.

    Attributes:
        key: in the target.
        table: dataset, or the rendering's name.
        partition: values of the partition keys.
        path: of the new content in the stage; None: the file is to be removed.
        expect: tag of the version that it replaces; None: there was none.
        size: bytes.
        rows: rows in it.
        sha256: of the content.
    """

    key: str
    table: str
    partition: tuple[str, ...]
    path: str | None
    expect: str | None
    size: int
    rows: int
    sha256: str


@dataclass
class SiteResult:
    """What became of a site's objects, and the staged changes."""

    site: str
    until_us: int
    objects_listed: int = 0
    objects_read: int = 0
    unreadable: dict[str, str] = field(default_factory=dict[str, str])
    messages: int = 0
    accepted: int = 0
    duplicates: int = 0
    merged: int = 0
    ignored: int = 0
    quarantined: int = 0
    quarantined_by_reason: Counter[str] = field(default_factory=Counter[str])
    ignored_by_kind: Counter[str] = field(default_factory=Counter[str])
    families: Counter[str] = field(default_factory=Counter[str])
    unknown_fields: Counter[str] = field(default_factory=Counter[str])
    rejects: pa.Table | None = None
    bytes_read: int = 0
    values: int = 0
    values_suspect: int = 0
    values_failed: int = 0
    clocks_replaced: int = 0
    fields_seen: tuple[str, ...] = ()
    staged: list[Staged] = field(default_factory=list[Staged])
    last_day: int | None = None
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    requests: Counter[str] = field(default_factory=Counter[str])

    def add_read(self, other: "SiteResult") -> None:
        """Add what became of further objects, which have been read but not yet merged."""
        for name in _COUNTED_WHEN_READ:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("quarantined_by_reason", "ignored_by_kind", "families", "unknown_fields", "requests"):
            getattr(self, name).update(getattr(other, name))
        self.unreadable |= other.unreadable
        self.rejects = arrow.concat([part for part in (self.rejects, other.rejects) if part is not None])
        seen = {*self.fields_seen, *other.fields_seen}
        self.fields_seen = tuple(name for name in VARIABLE_NAMES if name in seen)
        for name, seconds in other.seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds


_COUNTED_WHEN_READ: Final = (
    "objects_listed", "objects_read", "messages", "ignored", "quarantined", "bytes_read", "clocks_replaced",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What some objects of a site hold.

    Attributes:
        versions: of observations, in order of arrival.
        result: what became of the rest.
    """

    versions: Versions
    result: SiteResult

    @classmethod
    def joined(cls, parts: Sequence["Reading"]) -> "Reading":
        """Return what consecutive stretches of a site's objects hold together; at least one."""
        first, *others = parts
        for other in others:
            first.result.add_read(other.result)
        return cls(Versions.concat([part.versions for part in parts]), first.result)


def read_objects(task: SiteTask, settings: KernelSettings) -> Reading:
    """Fetch and decode a site's objects and count what they held: the half of a kernel that can be cut.

    A message is decoded for itself, so stretches of a site's objects may be read apart, and joined.
    """
    begun = time.perf_counter()
    result, objects = SiteResult(task.site, task.until_us, len(task.objects)), task.objects
    if not objects:
        return Reading(versions.empty(), result)
    site = settings.config.site(task.site)
    zone = site.timezone or settings.timezone
    source = open_storage(settings.source)
    decoder = SiteDecoder(settings.profiles, SiteContext.from_config(task.site, site.decoding(), zone))
    with _few_collections():
        contents = source.fetch(objects.keys)
        for raw, content in zip(objects, contents, strict=True):
            if isinstance(content, bytes):
                decoder.add(raw.key, raw.ingest_us, content)
                result.bytes_read += len(content)
            else:
                result.unreadable[raw.key] = f"{type(content).__name__}: {content}"[:300]
        decoded = decoder.finish()
    result.objects_read = len(objects) - len(result.unreadable)
    result.messages, result.ignored = decoded.messages, decoded.ignored
    result.quarantined, result.rejects = decoded.rejects.num_rows, decoded.rejects
    result.quarantined_by_reason = Counter(arrow.texts(decoded.rejects, "reason"))
    result.ignored_by_kind = Counter(decoded.ignored_by_kind)
    result.families = Counter(decoded.families)
    result.unknown_fields = Counter(decoded.unknown_fields)
    result.clocks_replaced = int(np.count_nonzero(arrow.integers(decoded.observations, "time_qc") == FAIL))
    result.fields_seen = tuple(
        name
        for name in VARIABLE_NAMES
        if decoded.observations[name].null_count < decoded.observations.num_rows
    )
    found = versions.from_decoded(decoded.observations)
    del decoded
    arrow.give_back()
    result.requests["read"] += source.requests
    result.seconds["extract"] = time.perf_counter() - begun
    return Reading(found, result)


def run_site(task: SiteTask, settings: KernelSettings) -> SiteResult:
    """Run the kernel for one site: read, decode, merge, check, aggregate, stage."""
    return run_sites([task], settings)[0]


def run_sites(
    tasks: Sequence[SiteTask], settings: KernelSettings, readings: Mapping[str, Reading] | None = None
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


@contextmanager
def _few_collections() -> Generator[None]:
    """Have Python look for cycles rarely: by default that takes a quarter of the time of decoding."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _COLLECT_EVERY) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Kernel:
    def __init__(self, task: SiteTask, settings: KernelSettings) -> None:
        self.task = task
        self.settings = settings
        self.site = settings.config.site(task.site)
        self.zone = StationZone(self.site.timezone or settings.timezone, settings.week_start)
        self.outputs: Outputs = settings.config.outputs
        self.target = open_storage(settings.target)
        self.stage = open_storage(settings.stage)
        self.name = escape_name(task.site)
        self.result = SiteResult(task.site, task.until_us)
        self._existing: dict[str, Found | None] = {}
        self._clock = 0.0
        self.wanted: set[int] = set()
        self._samples: Samples | None = None

    def prepare(self, reading: Reading) -> None:
        """Merge and check; stage the observations; leave what the hours are made of."""
        self._clock = time.perf_counter()
        new, self.result = reading.versions, reading.result
        self.result.last_day = self.task.last_day
        rows, days, self.wanted = self._merged(new)
        self._lap("merge")
        flags = self._checked(rows, new)
        self._lap("quality")
        self._stage_observations(rows, days, flags, self.wanted)
        self._lap("observations")
        self._samples = Samples(
            self.name, rows, flags, days, self.wanted, self.site, self.zone, self.task.until_us
        )
        self._lap("samples")

    def stretches(self) -> Iterator[Stretch]:
        """Yield what the hours are made of, once."""
        samples, self._samples = self._samples, None
        if samples is not None:
            yield from samples.stretches()

    def finished(self) -> SiteResult:
        """Return the result."""
        self.result.requests["target"] += self.target.requests
        return self.result

    def _lap(self, name: str) -> None:
        now = time.perf_counter()
        self.result.seconds[name] = now - self._clock
        self._clock = now

    # ---- merging

    def _merged(self, new: Versions) -> tuple[Rows, IntArray, set[int]]:
        """Merge the new versions into the days they touch.

        Returns:
            Rows of the days to recompute and of their neighbours, the local day of each row, and the days to
            recompute.
        """
        touched = {int(day) for day in np.unique(self.zone.days(new.obs_us))}
        closing = self._closing_days()
        replayed = self._replayed_days()
        near = {day + shift for day in touched | replayed for shift in (-1, 0, 1)}
        wanted = near | closing
        stored = self._stored(sorted({day + shift for day in wanted for shift in (-1, 0, 1)}))
        if self.task.replayed:
            stored = stored.take(~self._replaced(stored, self.task.replayed))
        rows, counts = merge(stored, new)
        self.result.accepted, self.result.duplicates, self.result.merged = (
            counts.accepted,
            counts.duplicates,
            counts.merged,
        )
        days = self.zone.days(rows.version.obs_us)
        if len(days):
            self.result.last_day = max(int(days.max()), self.task.last_day or int(days.max()))
        return rows, days, wanted

    def _closing_days(self) -> set[int]:
        """Return days in which windows closed since the last commit, whether or not messages came."""
        previous, last = self.task.previous_until_us, self.task.last_day
        if previous is None or last is None:
            return set()
        first = self.zone.day(previous - 1)
        return set(range(first, min(self.zone.day(self.task.until_us), last) + 1))

    def _replayed_days(self) -> set[int]:
        """Return the days in which a replayed window's messages would lie if their clocks were right."""
        if not self.task.replayed or not self.task.objects:
            return set()
        since, until = self.task.objects[0].ingest_us, self.task.objects[-1].ingest_us
        return set(range(self.zone.day(since), self.zone.day(until) + 1))

    def _replaced(self, stored: Versions, replayed: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """Tell which stored versions came from objects that a replay has just read again."""
        since, until = replayed
        inside = (stored.ingest_us >= since) & (stored.ingest_us < until)
        return inside & np.isin(stored.ingest_us, self.task.objects.ingest_us)

    def _stored(self, days: Iterable[int]) -> Versions:
        table = tables()["observations"]
        dates = [day_text(day) for day in days]
        if len(dates) > _LIST_FROM:
            names = set(self.target.folders(f"observations/site={self.name}/"))
            dates = [date for date in dates if f"date={date}" in names]
        self._prefetch([table.key(self.name, date) for date in dates])
        found = (self._read(table, date) for date in dates)
        return Versions.concat([versions.from_stored(part) for part in found if part.num_rows])

    def _read(self, table: Table, value: str) -> pa.Table:
        """Return the rows of an existing partition; none if there is none."""
        key = table.key(self.name, value)
        for name in (partitions.csv_key(key, self.outputs), partitions.other_csv_key(key, self.outputs)):
            if found := self._existing_file(name):
                try:
                    return partitions.read_csv(found.data, table)
                except (pa.ArrowInvalid, OSError, EOFError, zlib.error) as error:
                    raise partitions.BrokenPartitionError(
                        f"{name} in the target is damaged ({error}); restore it, or remove it and replay its "
                        "days with --since"
                    ) from error
        return table.schema.empty_table()

    def _prefetch(self, keys: Sequence[str]) -> None:
        """Ask for several partitions at once, where each answer takes its time; absent ones are noted too."""
        if isinstance(self.target, LocalStorage) or len(keys) < 2:
            return
        names = [partitions.csv_key(key, self.outputs) for key in keys]
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            self._existing |= dict(zip(names, pool.map(self.target.get, names), strict=True))
            others = [
                partitions.other_csv_key(key, self.outputs)
                for key, name in zip(keys, names, strict=True)
                if self._existing[name] is None
            ]
            self._existing |= dict(zip(others, pool.map(self.target.get, others), strict=True))

    def _existing_file(self, key: str) -> Found | None:
        if key not in self._existing:
            self._existing[key] = self.target.get(key)
        return self._existing[key]

    # ---- quality

    def _checked(self, rows: Rows, new: Versions) -> Flags:
        rules = rules_for(self.settings.config.qc, self.site)
        flags = evaluate(rows, rules, self.site)
        if len(new):
            fresh = np.isin(rows.version.message_id.astype("S16"), new.message_id.astype("S16"))
            mine = flags[fresh]
            self.result.values = int(np.count_nonzero(mine != MISSING))
            self.result.values_suspect = int(np.count_nonzero(mine == SUSPECT))
            self.result.values_failed = int(np.count_nonzero(mine == FAIL))
        return flags

    # ---- writing

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
                self._observation_table(rows.take(stretch), flags[stretch]), local[begin:end]
            )
            begin = end
        for day in sorted(wanted - set(local.tolist())):
            self._stage_partition(table, day_text(day), table.schema.empty_table())

    def _stage_days_observed(self, observed: pa.Table, days: IntArray) -> None:
        """Stage whole days of observations, sorted by day."""
        present, begins = np.unique(days, return_index=True)
        ends = np.append(begins, len(days))[1:]
        for day, begin, end in zip(present.tolist(), begins.tolist(), ends.tolist(), strict=True):
            self._stage_partition(tables()["observations"], day_text(day), observed.slice(begin, end - begin))

    def _observation_table(self, rows: Rows, flags: Flags) -> pa.Table:
        """Return rows in the columns of the observations table."""
        version = rows.version
        conflicts: list[str | None] = [None] * len(rows)
        for row in np.unique(np.nonzero(rows.conflict)[0]).tolist():
            conflicts[row] = " ".join(VARIABLE_NAMES[index] for index in np.flatnonzero(rows.conflict[row]))
        columns: dict[str, Any] = {
            "station_id": version.station,
            "obs_time_utc": iso_utc_texts(version.obs_us),
            "obs_time_local": self.zone.texts(version.obs_us),
            "ingest_time_utc": iso_utc_texts(rows.ingest_us),
            "time_source": version.time_source,
            "family": version.family,
            "message_id": version.message_id,
            "n_fields": np.count_nonzero(~np.isnan(version.values), axis=1),
            "n_versions": rows.n_versions,
            "qc": worst(flags, version.time_qc),
            "time_qc": version.time_qc,
            "adjusted": version.adjusted,
            "conflicts": conflicts,
            "versions": rows.versions_text,
        }
        for index, name in enumerate(VARIABLE_NAMES):
            columns[name] = version.values[:, index]
            columns[f"{name}_qc"] = flags[:, index]
        return arrow.table_as(columns, tables()["observations"].schema)

    def stage_hours(self, result: pa.Table | None) -> pa.Table:
        """Stage the hourly partitions; return the recomputed hours as the daily statement reads them."""
        hours = hourly_rows(result, self.zone)
        if self.wanted:
            dates = self._dates()
            self._replace("hourly", hours, {date[:7] for date in dates}, dates)
        return with_site(self.name, hours)

    def closed_days(self) -> pa.Table:
        """Return the recomputed days that are closed."""
        return closed_days(self.name, self.wanted, self.zone, self.task.until_us)

    def stage_days(self, result: pa.Table | None) -> pa.Table:
        """Stage the daily partitions; return the touched weeks' days as the weekly statement reads them."""
        daily = daily_rows(result, self.zone)
        if not self.wanted:
            return with_site(self.name, daily)
        dates = self._dates()
        week_days = {day_text(week + shift) for week in self._weeks() for shift in range(7)}
        whole = self._replace("daily", daily, {date[:4] for date in dates | week_days}, dates)
        return with_site(self.name, arrow.rows_in(whole, "local_date", week_days))

    def closed_weeks(self) -> pa.Table:
        """Return the days of the touched weeks that are closed."""
        return closed_weeks(self.name, self._weeks(), self.zone, self.task.until_us)

    def stage_weeks(self, result: pa.Table | None) -> None:
        """Stage the weekly partitions; a week of another `week_start` that overlaps a fresh one goes."""
        if self.wanted:
            dates = {day_text(week + shift) for week in self._weeks() for shift in range(-6, 7)}
            self._replace("weekly", weekly_rows(result, self.zone), {date[:4] for date in dates}, dates)

    def _dates(self) -> set[str]:
        return {day_text(day) for day in self.wanted}

    def _weeks(self) -> set[int]:
        """Return the weeks, by their first day, whose rows may change."""
        return {self.zone.week(day) for day in self.wanted | self._last_days()}

    def _last_days(self) -> set[int]:
        """Return days in whose weeks something may have closed although no day of them is recomputed."""
        previous, last = self.task.previous_until_us, self.task.last_day
        if previous is None or last is None:
            return set()
        return {min(self.zone.day(previous - 1), last), last}

    def _replace(self, name: str, fresh: pa.Table, values: set[str], dates: set[str]) -> pa.Table:
        """Stage partitions in which the rows of some dates are replaced by fresh ones.

        Args:
            name: of the table.
            fresh: rows of these dates.
            values: partitions that may hold rows of these dates, by month or year.
            dates: local dates whose rows are replaced.

        Returns:
            All rows of those partitions.
        """
        table = tables()[name]
        wholes: list[pa.Table] = []
        for value in sorted(values):
            kept = arrow.rows_not_in(self._read(table, value), "local_date", dates)
            mine = arrow.rows_starting(fresh, "local_date", value)
            whole = arrow.sorted_by(arrow.concat([kept, mine]), "station_id", "window_start_utc")
            self._stage_partition(table, value, whole)
            wholes.append(whole)
        return arrow.concat(wholes)

    def _stage_partition(self, table: Table, value: str, rows: pa.Table) -> None:
        """Stage a partition's file, and its other renderings, if its content changes."""
        base = table.key(self.name, value)
        key, other = partitions.csv_key(base, self.outputs), partitions.other_csv_key(base, self.outputs)
        partition = (self.name, value)
        if not rows.num_rows:
            for name in (key, other):
                self._stage_removal(name, table.name, partition)
            return
        plain = partitions.write_csv(rows, table.header())
        data = partitions.compressed(plain) if self.outputs.gzip else plain
        if not self._stage_file(key, table.name, partition, data, rows.num_rows):
            return
        if self._existing.get(other):
            self._stage_removal(other, table.name, partition)
        if self.outputs.parquet:
            parquet = partitions.write_parquet(rows)
            self._stage_file(
                partitions.parquet_key(base), f"{table.name}.parquet", partition, parquet, rows.num_rows
            )
        if table.name == "observations":
            for preset in self.outputs.presets:
                preset_key, text = presets.render(preset, self.task.site, self.name, value, rows)
                self._stage_file(preset_key, preset, partition, text, rows.num_rows)

    def _stage_file(self, key: str, table: str, partition: tuple[str, ...], data: bytes, rows: int) -> bool:
        """Stage one file; return whether it differs from what is there."""
        existing = self._existing_file(key)
        if existing and existing.data == data:
            return False
        # Flat: on a disk, making a folder for each partition takes longer than writing its file.
        path = f"{self.name}/{self.task.until_us}/{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        self.stage.put(path, data)
        digest = hashlib.sha256(data).hexdigest()
        expect = existing.tag if existing else None
        self.result.staged.append(Staged(key, table, partition, path, expect, len(data), rows, digest))
        return True

    def _stage_removal(self, key: str, table: str, partition: tuple[str, ...]) -> None:
        existing = self._existing_file(key)
        if existing:
            self.result.staged.append(Staged(key, table, partition, None, existing.tag, 0, 0, ""))


def merged_counts(results: Iterable[SiteResult]) -> Mapping[str, int]:
    """Return the sums of the counts of several results."""
    names = (
        "objects_listed", "objects_read",
        "messages", "accepted", "duplicates", "merged", "ignored", "quarantined",
        "bytes_read", "values", "values_suspect", "values_failed", "clocks_replaced",
    )  # fmt: skip
    everything = list(results)
    counts = {name: sum(getattr(result, name) for result in everything) for name in names}
    return counts | {"objects_unreadable": sum(len(result.unreadable) for result in everything)}
