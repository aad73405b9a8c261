"""Files and catalogue entries brought to the state that the CSV files and the settings ask for."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from weather_etl.datasets import derived, partitions, possible_keys, tables
from weather_etl.lake import LocalStorage, Storage
from weather_etl.runs.catalog import Catalog
from weather_etl.runs.publication import (
    Partition,
    outputs_of,
    read_publication,
    settings_of,
    write_publication,
    write_views,
)
from weather_etl.runs.state import hold_lease
from weather_etl.settings import Outputs

_AT_ONCE: Final = 16


@dataclass
class Findings:
    """What a repair found.

    Attributes:
        checked: partitions looked at.
        written: files that were missing or differed, by dataset or rendering.
        removed: files that had no right to be there, by dataset or rendering.
        registered: partitions that the catalogue lacked.
        deregistered: partitions of the catalogue without files.
        damaged: CSV files that cannot be read or are missing, with the reason; what is beside them stays.
        problems: what could not be done, in words.
        unfinished: the partitions it could not be done for.
    """

    checked: int = 0
    written: dict[str, int] = field(default_factory=dict[str, int])
    removed: dict[str, int] = field(default_factory=dict[str, int])
    registered: int = 0
    deregistered: int = 0
    damaged: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[str] = field(default_factory=list[str])
    unfinished: set[Partition] = field(default_factory=set[Partition])

    @property
    def clean(self) -> bool:
        """Whether nothing was wrong."""
        return not (self.written or self.removed or self.registered or self.deregistered) and not (
            self.damaged or self.problems
        )


@dataclass(frozen=True)
class _Change:
    """One file of a partition to write (data) or to remove (None)."""

    key: str
    table: str
    data: bytes | None


class Repair:
    """Completes partitions.

    Args:
        target: where they lie.
        outputs: the renderings that are wanted.
        catalog: the catalogue; None: partitions are not registered.
        unfinished: partitions that a run began to change and did not complete.
        change: whether to mend, or only to find out.
        alive: called for each partition (a run renews its lease).
    """

    def __init__(
        self, target: Storage, outputs: Outputs, catalog: Catalog | None = None, *,
        unfinished: Set[Partition] = frozenset(), change: bool = True,
        alive: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._target = target
        self._outputs = outputs
        self._catalog = catalog
        self._unfinished = unfinished
        self._change = change
        self._alive = alive

    def everything(self) -> Findings:
        """Complete every partition of the target, and take out of the catalogue what has no files."""
        found = Findings()
        present = self._files(self._every(), found)
        if self._catalog is not None:
            for name in tables():
                self._compare(name, {p for p in present if p[0] == name}, found)
        return found

    def unfinished(self) -> Findings:
        """Complete the unfinished partitions."""
        found = Findings()
        known = [one for one in sorted(self._unfinished) if one[0] in tables()]
        everything = ((one, dict(possible_keys(tables()[one[0]], one[1:]))) for one in known)
        present = self._files(everything, found)
        if self._catalog is not None and self._change:
            self._catalog.register(present, found.problems, found.unfinished)
            self._catalog.drop(set(known) - present, found.problems, found.unfinished)
        return found

    def _every(self) -> Iterator[tuple[Partition, Mapping[str, str]]]:
        """Yield each partition of the target with the files that are there."""
        there: dict[Partition, dict[str, str]] = {}
        for name, table in tables().items():
            prefixes = [f"{name}/", f"parquet/{name}/"] + ["presets/"] * (name == "observations")
            for prefix in prefixes:
                for entry in self._target.objects(prefix):
                    values = dict(part.split("=", 1) for part in entry.key.split("/") if "=" in part)
                    if set(values) != set(table.partitions):
                        continue
                    partition = (name, *(values[key] for key in table.partitions))
                    if entry.key in (known := dict(possible_keys(table, partition[1:]))):
                        there.setdefault(partition, {})[entry.key] = known[entry.key]
        yield from sorted(there.items())

    def _files(self, there: Iterable[tuple[Partition, Mapping[str, str]]], found: Findings) -> set[Partition]:
        """Complete the files of partitions; return those that have rows."""
        present: set[Partition] = set()

        def one(item: tuple[Partition, Mapping[str, str]]) -> tuple[Partition, str, list[_Change], str]:
            return item[0], *self._partition(*item)

        with ThreadPoolExecutor(1 if isinstance(self._target, LocalStorage) else _AT_ONCE) as pool:
            for partition, csv, changes, broken in pool.map(one, there):
                self._alive()
                found.checked += 1
                if broken:
                    found.damaged[csv] = broken
                if csv:
                    present.add(partition)
                for change in changes:
                    counts = found.removed if change.data is None else found.written
                    counts[change.table] = counts.get(change.table, 0) + 1
        return present

    def _partition(self, partition: Partition, files: Mapping[str, str]) -> tuple[str, list[_Change], str]:
        """Complete one partition; return the key of its CSV ("" if none), the changes, and what is wrong."""
        name, *values = partition
        table = tables()[name]
        base = table.key(*values)
        wanted, other = partitions.csv_key(base, self._outputs), partitions.other_csv_key(base, self._outputs)
        contents = {key: item.data for key in files if (item := self._target.get(key))}
        key = wanted if wanted in contents else other
        desired: dict[str, tuple[str, bytes]] = {}
        if key in contents:
            try:
                plain = partitions.plain(contents[key])
                rows = partitions.read_csv(plain, table)
            except (pa.ArrowInvalid, OSError, EOFError, zlib.error) as error:
                return key, [], f"cannot be read ({error})"
            if not plain.startswith(f"{table.header()}\n".encode()):  # of a version with other columns
                plain, kept = partitions.write_csv(rows, table.header()), None
            else:
                kept = contents.get(wanted)
            data = kept or (partitions.compressed(plain) if self._outputs.gzip else plain)
            desired = {wanted: (name, data)} | {
                one.key: (one.table, one.data) for one in derived(table, values, rows, self._outputs)
            }
        elif contents and partition not in self._unfinished:  # not taken out by a run: what is left may be
            return wanted, [], "is missing, and files made from it are there"  # they may be all there is
        changes = [
            _Change(key, kind, data) for key, (kind, data) in desired.items() if contents.get(key) != data
        ]
        changes += [_Change(key, files[key], None) for key in contents if key not in desired]
        changes += [_Change(key, "temporary", None) for key in self._cut_short(possible_keys(table, values))]
        for change in changes if self._change else ():
            if change.data is None:
                self._target.delete(change.key)
            else:
                self._target.put(change.key, change.data)
        return (wanted if desired else ""), changes, ""

    def _cut_short(self, keys: Iterable[tuple[str, str]]) -> list[str]:
        """Return the temporary files beside keys, which a process left that was killed while it wrote."""
        if not isinstance(self._target, LocalStorage):
            return []
        folders = sorted({key.rpartition("/")[0] + "/" for key, _ in keys})
        return [left for folder in folders for left in self._target.leftovers(folder)]

    def _compare(self, name: str, present: set[Partition], found: Findings) -> None:
        """Bring the catalogue's partitions of a dataset in line with its files."""
        catalog: Any = self._catalog
        try:
            registered: set[Partition] = catalog.partitions(name)
        except Exception as error:  # files must not suffer from a catalogue out of reach
            found.problems.append(f"partitions of {name} could not be listed: {error}"[:500])
            found.unfinished |= present
            return
        missing, orphans = present - registered, registered - present
        found.registered += len(missing)
        found.deregistered += len(orphans)
        if self._change:
            catalog.register(missing, found.problems, found.unfinished)
            catalog.drop(orphans, found.problems, found.unfinished)


def repair_target(
    target: Storage, outputs: Outputs | None = None, catalog: Catalog | None = None, *, change: bool = True
) -> Findings:
    """Complete every partition of a target that no run works on.

    Args:
        target: where the datasets are.
        outputs: the renderings that are wanted; None: those of its last run, plain CSV if it had none.
        catalog: the catalogue; None: partitions are not registered.
        change: whether to mend, or only to find out.

    Raises:
        BusyError: a run works on the target.
        StateError: its state is damaged.
    """
    with hold_lease(target, "repair", 0.0) as lease:
        known = read_publication(target)
        wanted = outputs or (outputs_of(known.settings) if known.settings else Outputs())
        repair = Repair(
            target, wanted, catalog, unfinished=known.unfinished, change=change, alive=lease.renew
        )
        found = repair.everything()
        if change:
            write_views(target)
        if change and known.settings is not None:
            settings = known.settings | settings_of(wanted, known.settings["database"])
            write_publication(target, settings, found.unfinished)
    return found
