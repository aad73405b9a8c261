"""The files of a site that its target holds already, each asked for once."""

import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pyarrow as pa

from weather_etl.core import day_text
from weather_etl.datasets import BrokenPartitionError, Table, Versions, partitions, tables, versions
from weather_etl.lake import Found, LocalStorage, Storage
from weather_etl.settings import Outputs

_IN_FLIGHT: Final = 16
_LIST_FROM: Final = 20
"""From this many wanted partitions on, one listing is cheaper than asking for each."""


class ExistingFiles:
    """What a site's partitions hold before the run.

    Args:
        target: where they lie.
        site: name of the site as keys have it.
        outputs: the renderings that are wanted.
    """

    def __init__(self, target: Storage, site: str, outputs: Outputs) -> None:
        self._target = target
        self._site = site
        self._outputs = outputs
        self._found: dict[str, Found | None] = {}

    def observations(self, days: Iterable[int]) -> Versions:
        """Return the versions of observations of some local days."""
        table = tables()["observations"]
        dates = [day_text(day) for day in days]
        if len(dates) > _LIST_FROM:
            names = set(self._target.folders(f"observations/site={self._site}/"))
            dates = [date for date in dates if f"date={date}" in names]
        self._prefetch([table.key(self._site, date) for date in dates])
        found = (self.rows(table, date) for date in dates)
        return Versions.concat([versions.from_stored(part) for part in found if part.num_rows])

    def rows(self, table: Table, value: str) -> pa.Table:
        """Return the rows of an existing partition; none if there is none."""
        key = table.key(self._site, value)
        for name in (partitions.csv_key(key, self._outputs), partitions.other_csv_key(key, self._outputs)):
            if found := self.file(name):
                try:
                    return partitions.read_csv(found.data, table)
                except (pa.ArrowInvalid, OSError, EOFError, zlib.error) as error:
                    raise BrokenPartitionError(
                        f"{name} in the target is damaged ({error}); restore it, or remove it and replay its "
                        "days with --since"
                    ) from error
        return table.schema.empty_table()

    def _prefetch(self, keys: Sequence[str]) -> None:
        """Ask for several partitions at once, where each answer takes its time; absent ones are noted too."""
        if isinstance(self._target, LocalStorage) or len(keys) < 2:
            return
        names = [partitions.csv_key(key, self._outputs) for key in keys]
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            self._found |= dict(zip(names, pool.map(self._target.get, names), strict=True))
            others = [
                partitions.other_csv_key(key, self._outputs)
                for key, name in zip(keys, names, strict=True)
                if self._found[name] is None
            ]
            self._found |= dict(zip(others, pool.map(self._target.get, others), strict=True))

    def file(self, key: str) -> Found | None:
        """Return a file, or None if there is none."""
        if key not in self._found:
            self._found[key] = self._target.get(key)
        return self._found[key]
