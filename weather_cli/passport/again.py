"""Cells computed again from their messages: the job's own kernel, given nothing but these.

A row of a day depends on the messages of that day and the days around it (flags, rain, cadence).  So the
messages of its days and of two days on either side are taken from the lake, which is what a run reads that
touches the day, and go through `run_sites` into an empty target.  Windows of several cells share a call, each
as a site of its own: none sees the messages of another.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from weather_etl.core import IntArray, day_of, day_text, escape_name, unescape_name
from weather_etl.datasets import Versions, partitions, tables, versions
from weather_etl.lake import LakeSource, LocalStorage, RawObjects, Storage, Window, open_storage
from weather_etl.network import PAST_DAYS, WEEK_DAYS
from weather_etl.profiles import ProfileSet
from weather_etl.runs import SensorWeeks, SiteState, Watermark, read_decisions
from weather_etl.settings import Outputs
from weather_etl.site import KernelSettings, SiteReading, SiteTask, read_objects, run_sites
from weather_report import Target

from weather_cli.passport.origin import Origin, Origins
from weather_cli.passport.question import Cell, rows_of

AROUND: Final = 2
"""Days on either side whose messages take part."""

_TOGETHER: Final = 32
"""Windows whose statements are run together."""


@dataclass(frozen=True)
class Span:
    """Local days whose rows are computed again.

    Attributes:
        site: as keys have it.
        station: id as files have it; None: every station of the site.
        first: first local day.
        last: last local day.
    """

    site: str
    station: str | None
    first: int
    last: int


@dataclass(frozen=True)
class Again:
    """What came out of the messages of a span.

    Attributes:
        objects: that hold these messages, and were read.
        lost: messages that are no longer in the lake, by the instants at which they entered it.
        rows: of each dataset, texts by column.
        files: CSV files by key.
        reading: what was decoded.
    """

    objects: RawObjects
    lost: tuple[int, ...]
    rows: Mapping[str, Sequence[Mapping[str, str]]]
    files: Mapping[str, bytes]
    reading: SiteReading


def span_of(cell: Cell) -> Span:
    """Return the days of a cell's row; of `sensor_weeks` those of the published hours that it looks at."""
    first, last = cell.days
    if cell.dataset == "sensor_weeks":
        return Span(cell.site, None, first - PAST_DAYS - 2, last + 1)
    return Span(cell.site, cell.station, first, last)


@dataclass
class Recomputer:
    """Computes spans again.

    Args:
        target: with the published observations, which say when their messages entered the lake.
        origins: of its files.
    """

    target: Target
    origins: Origins
    _stored: dict[tuple[str, int], Versions] = field(default_factory=dict[tuple[str, int], Versions])
    _listed: dict[tuple[str, str], tuple[int, int, RawObjects]] = field(default_factory=dict[Any, Any])
    _readers: dict[str, KernelSettings] = field(default_factory=dict[str, KernelSettings])

    def spans(self, wanted: Sequence[Span], origin: Origin) -> dict[Span, Again]:
        """Compute spans again, with what one run was given."""
        self._list(wanted, origin)
        found: dict[Span, Again] = {}
        for start in range(0, len(wanted), _TOGETHER):
            found |= self._together(wanted[start : start + _TOGETHER], origin)
        return found

    def week(self, first: int, origin: Origin) -> tuple[list[dict[str, str]], dict[Span, Again]]:
        """Compute the rows of `sensor_weeks` of a week again: the hours of all sites, from their messages.

        What earlier weeks said is taken as published; each has a passport of its own.
        """
        sites = sorted(
            set(self.origins.watermark.sites) | {unescape_name(one) for one in self.target.sites()}
        )
        wanted = [Span(escape_name(site), None, first - PAST_DAYS - 2, first + WEEK_DAYS) for site in sites]
        again = self.spans(wanted, origin)
        zone = origin.zone("")
        with tempfile.TemporaryDirectory(prefix="weather-why-") as folder:
            target, stage = LocalStorage(f"{folder}/target"), LocalStorage(f"{folder}/stage")
            for one in again.values():
                for key, data in one.files.items():
                    target.put(key, data)
            for back in range(1, PAST_DAYS // WEEK_DAYS + 1):
                self._copy_week(first - WEEK_DAYS * back, target)
            weeks = SensorWeeks(target, replace(origin.config, outputs=Outputs()), zone)
            begin, end = zone.midnight(first), zone.midnight(first + WEEK_DAYS)
            weeks.begin(Watermark(sites={site: SiteState(begin) for site in sites}))
            staged = weeks.staged(dict.fromkeys(sites, end), stage)
            files = [stage.get(one.path) for one in staged if one.path is not None]
            return [row for file in files if file is not None for row in rows_of(file.data)], again

    def _copy_week(self, first: int, into: Storage) -> None:
        key = tables()["sensor_weeks"].key(day_text(first))
        for name in (key, f"{key}.gz"):
            if found := self.target.storage.get(name):
                into.put(key, partitions.plain(found.data))

    def _together(self, wanted: Sequence[Span], origin: Origin) -> dict[Span, Again]:
        """Run the kernel over some spans, each under a name of its own."""
        names = {f"w{number}": span for number, span in enumerate(wanted)}
        config = replace(
            origin.config,
            sites={name: origin.config.site(unescape_name(span.site)) for name, span in names.items()},
            outputs=Outputs(),
        )
        with tempfile.TemporaryDirectory(prefix="weather-why-") as folder:
            settings = KernelSettings(
                origin.source,
                f"{folder}/target",
                f"{folder}/stage",
                config,
                origin.timezone,
                origin.week_start,
            )
            chosen = {name: self._messages(span, origin) for name, span in names.items()}
            readings = {name: self._reading(span, chosen[name][0], origin) for name, span in names.items()}
            tasks = [
                SiteTask(name, chosen[name][0], self.origins.until(unescape_name(span.site), origin))
                for name, span in names.items()
            ]
            stage = open_storage(settings.stage)
            again: dict[Span, Again] = {}
            for result, task in zip(run_sites(tasks, settings, readings), tasks, strict=True):
                span = names[task.site]
                files: dict[str, bytes] = {}
                for one in result.staged:
                    content = stage.get(one.path) if one.path is not None else None
                    if content is not None:
                        files[one.key.replace(f"site={task.site}/", f"site={span.site}/")] = content.data
                objects, lost = chosen[task.site]
                again[span] = Again(objects, lost, _rows(span, files), files, readings[task.site])
        return again

    def _reading(self, span: Span, objects: RawObjects, origin: Origin) -> SiteReading:
        """Read objects as those of their own site, whose name may be the station's."""
        if origin.run_id not in self._readers:
            self._readers[origin.run_id] = KernelSettings(
                origin.source, "", "", origin.config, origin.timezone, origin.week_start
            )
        task = SiteTask(unescape_name(span.site), objects, 0)
        return read_objects(task, self._readers[origin.run_id])

    def profiles(self, origin: Origin) -> ProfileSet:
        """Return the device profiles of a run."""
        return self._readers[origin.run_id].profiles

    # ---- which messages

    def _messages(self, span: Span, origin: Origin) -> tuple[RawObjects, tuple[int, ...]]:
        """Return the objects with the messages of a span and of the days around it, and what is gone."""
        wanted = np.unique(self._entered(span))
        if not len(wanted):
            return RawObjects(), ()
        _, _, listed = self._listed[origin.source, span.site]
        mine = np.flatnonzero(np.isin(listed.ingest_us, wanted))
        objects = RawObjects(
            [listed.keys[row] for row in mine.tolist()], listed.ingest_us[mine], listed.sizes[mine]
        )
        return objects, tuple(wanted[~np.isin(wanted, listed.ingest_us)].tolist())

    def _entered(self, span: Span) -> IntArray:
        """Return when the messages of a span and of the days around it entered the lake."""
        parts: list[IntArray] = []
        for day in range(span.first - AROUND, span.last + AROUND + 1):
            stored = self._day(span.site, day)
            mine = (
                np.ones(len(stored), dtype=bool) if span.station is None else stored.station == span.station
            )
            parts.append(stored.ingest_us[mine])
        return np.concatenate(parts)

    def _day(self, site: str, day: int) -> Versions:
        if (site, day) not in self._stored:
            table = tables()["observations"]
            key = table.key(site, day_text(day))
            found = self.target.storage.get(key) or self.target.storage.get(f"{key}.gz")
            self._stored[site, day] = (
                versions.empty()
                if found is None
                else versions.from_stored(partitions.read_csv(found.data, table))
            )
        return self._stored[site, day]

    def _list(self, wanted: Iterable[Span], origin: Origin) -> None:
        """List the lake once for each site, over the time in which the messages of all its spans entered."""
        bounds: dict[str, tuple[int, int]] = {}
        for span in wanted:
            entered = self._entered(span)
            if len(entered):
                low, high = bounds.get(span.site, (int(entered.min()), int(entered.max())))
                bounds[span.site] = min(low, int(entered.min())), max(high, int(entered.max()))
        nowhere = (1, 0, RawObjects())
        missing = {
            site: (low, high)
            for site, (low, high) in bounds.items()
            if not (known := self._listed.get((origin.source, site), nowhere))[0] <= low <= high <= known[1]
        }
        if not missing:
            return
        source = LakeSource(open_storage(origin.source, must_exist=True))
        prefixes, excluded = source.sites(), read_decisions(self.target.storage).excluded
        for site, (low, high) in missing.items():
            prefix = prefixes.get(unescape_name(site))
            window = Window(low, high + 1)
            found = RawObjects() if prefix is None else source.new_objects(prefix, window, excluded)
            self._listed[origin.source, site] = (low, high, found)


def _rows(span: Span, files: Mapping[str, bytes]) -> dict[str, list[dict[str, str]]]:
    """Return the rows of the span's days and station by dataset."""
    found: dict[str, list[dict[str, str]]] = {}
    for key, data in sorted(files.items()):
        name = key.split("/", 1)[0]
        for row in rows_of(data):
            start = row["obs_time_local" if name == "observations" else "window_start"]
            if span.station in (None, row["station_id"]) and span.first <= day_of(start[:10]) <= span.last:
                found.setdefault(name, []).append(row)
    return found
