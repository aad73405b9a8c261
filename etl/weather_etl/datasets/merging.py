"""How several versions for one station and time become one row.

The row of a station and time is a function of the *set* of its versions and of nothing else, so the same
messages give the same row in any order, in any split into runs, with any number of duplicates:

- equal content is one version, with its earliest ingest time;
- of many versions the first 32 by ingest time count (a stuck clock must not grow a cell without end; keeping
  the smallest of a set does not depend on the order either);
- a variable takes its value from the last version that has it; if two versions disagree on it, it is a
  conflict.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from weather_etl.core import VARIABLE_NAMES, IntArray
from weather_etl.datasets.versions import WIDTH, ObjectArray, Versions, cell_of, is_all

MAX_VERSIONS: Final = 32


@dataclass(frozen=True)
class Rows:
    """Merged rows in columns, sorted by station and time; one per station and time.

    `version` holds what the row shows (its deciding version, with merged values); the rest is per row.
    """

    version: Versions
    ingest_us: IntArray
    n_versions: IntArray
    conflict: npt.NDArray[np.bool_]  # rows x variables
    versions_text: ObjectArray

    def __len__(self) -> int:
        return len(self.ingest_us)

    def take(self, index: npt.NDArray[Any]) -> "Rows":
        """Return the rows at an index or mask; nothing is copied where that is all of them in order."""
        if is_all(index, len(self)):
            return self
        return Rows(
            self.version.take(index),
            self.ingest_us[index],
            self.n_versions[index],
            self.conflict[index],
            self.versions_text[index],
        )


@dataclass(frozen=True)
class MergeCounts:
    """What became of the new versions: a row of their own, nothing new, or a further version of a row."""

    accepted: int
    duplicates: int
    merged: int


def merge(stored: Versions, new: Versions) -> tuple[Rows, MergeCounts]:
    """Merge new versions into stored ones.

    Returns:
        All rows, and the fate of the new versions: accepted + duplicates + merged = len(new).
    """
    both = Versions.concat([stored, new])
    is_new = np.zeros(len(both), dtype=bool)
    is_new[len(stored) :] = True
    if not len(both):
        return _rows(both, np.empty(0, dtype=np.int64)), MergeCounts(0, 0, 0)
    stations, station_code = np.unique(both.station, return_inverse=True)
    del stations
    order = np.lexsort((both.ingest_us, both.message_id.astype("S16"), both.obs_us, station_code))
    both, is_new, station_code = both.take(order), is_new[order], station_code[order]

    row_starts = _changes(station_code, both.obs_us)
    content_starts = row_starts | _changes(both.message_id)
    content_known = np.logical_or.reduceat(~is_new, np.flatnonzero(content_starts))
    row_known = np.logical_or.reduceat(~is_new, np.flatnonzero(row_starts))
    fresh = int(np.count_nonzero(~content_known))
    accepted = int(np.count_nonzero(~row_known))
    counts = MergeCounts(accepted, len(new) - fresh, fresh - accepted)

    distinct = both.take(content_starts)
    return _rows(distinct, np.flatnonzero(row_starts[content_starts])), counts


def _changes(*columns: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return where a row differs from the one before it."""
    changed = np.zeros(len(columns[0]), dtype=bool)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


def _rows(distinct: Versions, starts: npt.NDArray[np.int64]) -> Rows:
    """Make one row of each run of distinct versions."""
    sizes: IntArray = np.diff(starts, append=len(distinct)).astype(np.int64)
    version = distinct.take(starts)
    rows = Rows(
        version=version,
        ingest_us=version.ingest_us.copy(),
        n_versions=sizes,
        conflict=np.zeros((len(starts), WIDTH), dtype=bool),
        versions_text=np.full(len(starts), None, dtype=object),
    )
    begins: list[int] = starts.tolist()
    counts: list[int] = sizes.tolist()
    for row, (begin, count) in enumerate(zip(begins, counts, strict=True)):
        if count > 1:
            _combine(rows, row, distinct.take(np.arange(begin, begin + count)))
    return rows


def _combine(rows: Rows, row: int, versions: Versions) -> None:
    """Write into `rows` the row that several versions make."""
    order = np.lexsort((versions.message_id.astype("S16"), versions.ingest_us))[:MAX_VERSIONS]
    versions = versions.take(order)
    values = versions.values
    present = ~np.isnan(values)
    merged = np.full(WIDTH, np.nan)
    for value, here in zip(values, present, strict=True):
        merged[here] = value[here]
    low = np.where(present, values, np.inf).min(axis=0)
    high = np.where(present, values, -np.inf).max(axis=0)
    last, shown = len(versions) - 1, rows.version
    shown.values[row] = merged
    shown.message_id[row] = versions.message_id[last]
    shown.family[row] = versions.family[last]
    shown.time_source[row] = versions.time_source[last]
    shown.time_qc[row] = versions.time_qc.max()
    words = {word for text in versions.adjusted if text for word in text.split()}
    shown.adjusted[row] = " ".join(name for name in VARIABLE_NAMES if name in words) or None
    rows.ingest_us[row] = versions.ingest_us[0]
    rows.n_versions[row] = len(versions)
    rows.conflict[row] = low < high
    rows.versions_text[row] = cell_of(versions)
