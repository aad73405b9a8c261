"""What a kernel is given and what it gives back: small values that travel between processes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import pyarrow as pa

from weather_etl.core import VARIABLE_NAMES
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import MergeCounts, Versions
from weather_etl.lake import RawObjects
from weather_etl.profiles import ProfileSet, load_profiles
from weather_etl.settings import RunConfig


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
    region: str = ""

    @cached_property
    def profiles(self) -> ProfileSet:
        """The device profiles, built in and configured."""
        return load_profiles(self.config.profiles)

    @cached_property
    def rain_wraps(self) -> dict[str, float]:
        """Family -> mm at which its rain counters begin at 0 anew."""
        wraps = {profile.name: profile.rain_wrap for profile in self.profiles.profiles}
        return {name: wrap for name, wrap in wraps.items() if wrap is not None}


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
    assumed_units: Counter[str] = field(default_factory=Counter[str])
    station_from_site: int = 0
    time_from_arrival: int = 0
    letters_skipped: int = 0
    rain_restarts: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    rejects: pa.Table | None = None
    bytes_read: int = 0
    values: int = 0
    values_suspect: int = 0
    values_contradicted: int = 0
    values_failed: int = 0
    clocks_replaced: int = 0
    fields_seen: tuple[str, ...] = ()
    staged: list[Staged] = field(default_factory=list[Staged])
    touched: dict[tuple[str, ...], bool] = field(default_factory=dict[tuple[str, ...], bool])
    last_day: int | None = None
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    requests: Counter[str] = field(default_factory=Counter[str])

    def add_merged(self, counts: MergeCounts, last_day: int | None) -> None:
        """Add what became of the messages that were read."""
        self.accepted, self.duplicates, self.merged = counts.accepted, counts.duplicates, counts.merged
        self.last_day = last_day

    def add_read(self, other: "SiteResult") -> None:
        """Add what became of further objects, which have been read but not yet merged."""
        for name in _COUNTED_WHEN_READ:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _COUNTED_BY_NAME:
            getattr(self, name).update(getattr(other, name))
        self.unreadable |= other.unreadable
        self.rejects = arrow.concat([part for part in (self.rejects, other.rejects) if part is not None])
        seen = {*self.fields_seen, *other.fields_seen}
        self.fields_seen = tuple(name for name in VARIABLE_NAMES if name in seen)
        for name, seconds in other.seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds


_COUNTED_BY_NAME: Final = (
    "quarantined_by_reason", "ignored_by_kind", "families", "unknown_fields", "assumed_units", "requests",
)  # fmt: skip
_COUNTED_WHEN_READ: Final = (
    "objects_listed", "objects_read", "messages", "ignored", "quarantined", "bytes_read", "clocks_replaced",
    "station_from_site", "time_from_arrival", "letters_skipped",
)  # fmt: skip


@dataclass(frozen=True)
class SiteReading:
    """What some objects of a site hold.

    Attributes:
        versions: of observations, in order of arrival.
        result: what became of the rest.
    """

    versions: Versions
    result: SiteResult

    @classmethod
    def joined(cls, parts: Sequence["SiteReading"]) -> "SiteReading":
        """Return what consecutive stretches of a site's objects hold together; at least one."""
        first, *others = parts
        for other in others:
            first.result.add_read(other.result)
        return cls(Versions.concat([part.versions for part in parts]), first.result)


def merged_counts(results: Iterable[SiteResult]) -> Mapping[str, int]:
    """Return the sums of the counts of several results."""
    names = (
        "objects_listed", "objects_read",
        "messages", "accepted", "duplicates", "merged", "ignored", "quarantined",
        "bytes_read", "values", "values_suspect", "values_failed", "values_contradicted", "clocks_replaced",
    )  # fmt: skip
    everything = list(results)
    counts = {name: sum(getattr(result, name) for result in everything) for name in names}
    return counts | {"objects_unreadable": sum(len(result.unreadable) for result in everything)}
