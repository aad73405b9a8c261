"""The hour that comes twice when clocks are set back: which of its passes a local time belongs to.

A device that writes local time without an offset says the same times twice.  Live messages are told apart by
their arrival (`times.parse_time`); those that come later are not, and are first laid on the second pass.
Here the order of arrival decides: where the times of a station go through the hour, fall back and go through
it again, those before the fall are of the first pass.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa

from weather_etl.core import VARIABLE_NAMES
from weather_etl.decode.record_table import Chunk

_APART_US: Final = 12 * 3600 * 1_000_000  # two changes of a clock are farther apart, the times of one nearer


@dataclass(frozen=True)
class _Doubtful:
    """A row whose time may be of either pass.

    Attributes:
        station: of the row.
        order: of arrival.
        second_us: its time if it is of the second pass, microseconds since 1970 UTC.
        earlier_us: how much earlier the first pass was: the shift of the clock.
        chunk, row: where it is.
    """

    station: str
    order: int
    second_us: int
    earlier_us: int
    chunk: int
    row: int


def settle(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Lay the rows of the first pass of a repeated hour on it, where the order of arrival says so.

    Rows of which nothing says it stay on the second pass.
    """
    settled = list(chunks)
    doubtful = sorted(_doubtful(chunks), key=lambda row: (row.station, row.order))
    start = 0
    for index in range(1, len(doubtful) + 1):
        if index < len(doubtful) and _same_change(doubtful[index - 1], doubtful[index]):
            continue
        for row in _first_pass(chunks, doubtful[start:index]):
            settled[row.chunk] = _moved(settled[row.chunk], row.row, row.second_us - row.earlier_us)
        start = index
    return settled


def _doubtful(chunks: Sequence[Chunk]) -> Iterator[_Doubtful]:
    for number, chunk in enumerate(chunks):
        rows: Any = chunk.rows
        for row in np.flatnonzero(chunk.earlier).tolist():
            yield _Doubtful(
                station=rows["station_id"][row].as_py(),
                order=int(chunk.order[row]),
                second_us=rows["obs_time_utc"][row].cast(pa.int64()).as_py(),
                earlier_us=int(chunk.earlier[row]),
                chunk=number,
                row=row,
            )


def _same_change(one: _Doubtful, other: _Doubtful) -> bool:
    return one.station == other.station and abs(one.second_us - other.second_us) < _APART_US


def _first_pass(chunks: Sequence[Chunk], rows: list[_Doubtful]) -> list[_Doubtful]:
    """Return the rows before the one place at which the times fall back; none if there is not exactly one."""
    if _falling([row.second_us for row in rows]) or _falling_around(chunks, rows):
        rows = rows[::-1]  # newest first
    falls = [
        index
        for index in range(1, len(rows))
        if rows[index - 1].second_us - rows[index].second_us >= rows[index].earlier_us / 2
        or (
            rows[index - 1].second_us == rows[index].second_us
            and _values(chunks, rows[index - 1]) != _values(chunks, rows[index])
        )
    ]
    return rows[: falls[0]] if len(falls) == 1 else []


def _falling(times: Sequence[int]) -> bool:
    steps = np.diff(times)
    return bool(np.count_nonzero(steps < 0) > np.count_nonzero(steps > 0))


def _falling_around(chunks: Sequence[Chunk], rows: list[_Doubtful]) -> bool:
    """Return whether times of one moment alone lie among times that come newest first."""
    if len({row.second_us for row in rows}) > 1:
        return False
    around: Any = chunks[rows[0].chunk].rows
    return _falling(around["obs_time_utc"].cast(pa.int64()).to_numpy())


def _values(chunks: Sequence[Chunk], row: _Doubtful) -> list[Any]:
    rows: Any = chunks[row.chunk].rows
    return [rows[name][row.row].as_py() for name in VARIABLE_NAMES]


def _moved(chunk: Chunk, row: int, time_us: int) -> Chunk:
    """Return a chunk in which one row has another time."""
    rows: Any = chunk.rows
    place = rows.schema.get_field_index("obs_time_utc")
    times = rows.column(place)
    micros = times.cast(pa.int64()).to_numpy().copy()
    micros[row] = time_us
    moved = cast("Any", pa.array(micros))
    return replace(chunk, rows=rows.set_column(place, rows.schema.field(place), moved.cast(times.type)))
