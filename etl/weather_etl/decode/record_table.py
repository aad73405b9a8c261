"""Tables of what was decoded: columns to Arrow, records of one message joined, in order of arrival."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import DECODED_SCHEMA, REJECT_SCHEMA, TIME_SOURCES, VARIABLE_NAMES
from weather_etl.decode.record_join import join
from weather_etl.profiles.times import Flags, Micros
from weather_etl.profiles.units import Floats

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Chunk:
    """Rows that have been read.

    Attributes:
        order: of arrival, for sorting.
        group: the message that a row came from, for joining.
        join_us: how far apart in time rows of one message may be to be one; -1 = they are never joined.
        rows: in `model.DECODED_SCHEMA`.
        earlier: microseconds by which the time is earlier if it is of the first pass of a repeated hour; 0
            where there is no doubt.
    """

    order: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    join_us: int
    rows: pa.RecordBatch
    earlier: npt.NDArray[np.int64]

    def only(self, keep: Bools) -> "Chunk":
        """Return the rows to keep."""
        if keep.all():
            return self
        rows = self.rows.filter(pa.array(keep))
        return Chunk(self.order[keep], self.group[keep], self.join_us, rows, self.earlier[keep])


@dataclass(frozen=True)
class Reject:
    """One quarantined record; `excerpt` is masked already."""

    order: int
    key: str
    record: int
    reason: str
    detail: str
    excerpt: str


def to_rows(
    *,
    family: str,
    stations: Sequence[str],
    obs_us: Micros,
    ingest_us: Micros,
    sources: Flags,
    time_qc: Flags,
    keys: Sequence[str],
    numbers: Sequence[int],
    adjusted: Mapping[str, Bools],
    columns: Mapping[str, Floats],
) -> pa.RecordBatch:
    """Build rows of `model.DECODED_SCHEMA`: NaN becomes null, `sources` index `model.TIME_SOURCES`."""
    count = len(stations)
    nothing = pa.nulls(count, pa.float64())
    utc = pa.timestamp("us", tz="UTC")
    arrays: list[pa.Array[Any]] = [
        pa.array(stations, pa.string()),
        pa.repeat(pa.scalar(family), count),
        pa.array(obs_us).cast(utc),
        pa.array(ingest_us).cast(utc),
        pa.array(TIME_SOURCES).take(pa.array(sources, pa.int8())),
        pa.array(time_qc, pa.int8()),
        pa.array(keys, pa.string()),
        pa.array(numbers, pa.int32()),
        _adjusted_column(adjusted, count),
        *(
            pa.array(columns[name], pa.float64(), from_pandas=True) if name in columns else nothing
            for name in VARIABLE_NAMES
        ),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=DECODED_SCHEMA)  # pyright: ignore[reportUnknownMemberType]


def _adjusted_column(adjusted: Mapping[str, Bools], count: int) -> "pa.Array[Any]":
    """Name the adjusted variables of each row, in the order of the schema."""
    names: npt.NDArray[np.object_] = np.full(count, None, dtype=object)
    for variable in VARIABLE_NAMES:
        if variable in adjusted:
            for index in np.flatnonzero(adjusted[variable]):
                before = names[index]
                names[index] = variable if before is None else f"{before} {variable}"
    return pa.array(names, pa.string())


def observation_table(chunks: Sequence[Chunk]) -> tuple[pa.Table, int]:
    """Put all rows together, in order of arrival.

    Returns:
        The table in `model.DECODED_SCHEMA`, and how many rows disappeared by joining.
    """
    plain = [chunk for chunk in chunks if chunk.join_us < 0]
    to_join = [chunk for chunk in chunks if chunk.join_us >= 0]
    table = _table(plain)
    order = _concatenated([chunk.order for chunk in plain])
    joined_away = 0
    if to_join:
        joined, places = join(
            _table(to_join),
            order=_concatenated([chunk.order for chunk in to_join]),
            group=_concatenated([chunk.group for chunk in to_join]),
            within=_concatenated([np.full(len(chunk.order), chunk.join_us) for chunk in to_join]),
        )
        joined_away = sum(chunk.rows.num_rows for chunk in to_join) - joined.num_rows
        table = pa.concat_tables([table, joined])
        order = np.concatenate([order, places])
    if order.size and (np.diff(order) < 0).any():
        table = table.take(pa.array(np.argsort(order, kind="stable"), pa.int64()))
    return table, joined_away


def _table(chunks: Sequence[Chunk]) -> pa.Table:
    return pa.Table.from_batches([chunk.rows for chunk in chunks], schema=DECODED_SCHEMA)


def _concatenated(arrays: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64)


def reject_table(rejects: Sequence[Reject]) -> pa.Table:
    """Put all rejects together, in order of arrival."""
    ordered = sorted(rejects, key=lambda reject: reject.order)
    columns = {
        "source_key": [reject.key for reject in ordered],
        "record": [reject.record for reject in ordered],
        "reason": [reject.reason for reject in ordered],
        "detail": [reject.detail for reject in ordered],
        "excerpt": [reject.excerpt for reject in ordered],
    }
    return pa.Table.from_pydict(columns, schema=REJECT_SCHEMA)
