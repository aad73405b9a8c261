"""Versions of observations: what messages said, in columns, and how a partition stores them.

A *version* is a message's content for one station and time, with the earliest moment at which that content
entered the lake.  `merging` makes rows of versions.  A row with one version is that version; a row with more
carries all of them in its `versions` cell.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import VARIABLE_NAMES, IntArray, escape_name, parse_instants
from weather_etl.core import arrow_tables as arrow

FloatMatrix: TypeAlias = npt.NDArray[np.float64]
ObjectArray: TypeAlias = npt.NDArray[np.object_]

DECIMALS: Final = 6
"""Values are stored to a millionth of their unit, so that text and number are the same thing."""

_NO_DECIMALS: Final = 2.0**53 / 10**DECIMALS
"""Beyond, a double has no millionths, and rounding would overflow."""

_HASHED_AT_ONCE: Final = 10_000
"""Versions: their bytes are copied twice."""

WIDTH: Final = len(VARIABLE_NAMES)
COLUMN: Final = {name: index for index, name in enumerate(VARIABLE_NAMES)}


@dataclass(frozen=True)
class Versions:
    """Versions in columns of equal length.

    Attributes:
        station: station ids, escaped.
        obs_us: time of observation.
        ingest_us: earliest ingest time of this content.
        message_id: first 16 hex digits of SHA-256 over station, time and values.
        family: profile that read it.
        time_source: device, edge or ingest.
        time_qc: 1, 3 or 4.
        adjusted: variables a profile corrected, space separated.
        values: one column per `VARIABLE_NAMES`, NaN where missing.
    """

    station: ObjectArray
    obs_us: IntArray
    ingest_us: IntArray
    message_id: ObjectArray
    family: ObjectArray
    time_source: ObjectArray
    time_qc: IntArray
    adjusted: ObjectArray
    values: FloatMatrix

    def __len__(self) -> int:
        return len(self.obs_us)

    def take(self, index: npt.NDArray[Any]) -> "Versions":
        """Return the versions at an index or mask; nothing is copied where that is all of them in order."""
        if is_all(index, len(self)):
            return self
        return Versions(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    @staticmethod
    def concat(parts: Sequence["Versions"]) -> "Versions":
        """Return parts one after another."""
        parts = [part for part in parts if len(part)] or [empty()]
        if len(parts) == 1:
            return parts[0]
        names = Versions.__dataclass_fields__
        return Versions(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def is_all(index: npt.NDArray[Any], count: int) -> bool:
    """Return whether an index or mask of `count` rows stands for all of them in order."""
    if len(index) != count:
        return False
    return bool(index.all() if index.dtype == np.bool_ else (index == np.arange(count)).all())


def empty() -> Versions:
    """Return no versions."""
    objects, ints = np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    return Versions(
        objects, ints, ints, objects, objects, objects, ints, objects, np.empty((0, WIDTH), dtype=np.float64)
    )


def from_decoded(table: pa.Table) -> Versions:
    """Return the versions in a `DECODED_SCHEMA` table; station ids are escaped, values rounded."""
    names, which = arrow.distinct_texts(table, "station_id")
    station = np.array([escape_name(name) for name in names] or [""], dtype=object)[which]
    obs_us = arrow.integers(table, "obs_time_utc")
    values = np.empty((table.num_rows, WIDTH), dtype=np.float64)
    for index, name in enumerate(VARIABLE_NAMES):
        values[:, index] = rounded(arrow.floats(table, name))
    return Versions(
        station=station,
        obs_us=obs_us,
        ingest_us=arrow.integers(table, "ingest_time_utc"),
        message_id=message_ids(station, obs_us, values),
        family=arrow.repeated_texts(table, "family"),
        time_source=arrow.repeated_texts(table, "time_source"),
        time_qc=arrow.integers(table, "time_qc"),
        adjusted=arrow.repeated_texts(table, "adjusted"),
        values=values,
    )


def rounded(values: FloatMatrix) -> FloatMatrix:
    """Return values as they are stored: `DECIMALS` decimals, no negative zero, infinities missing."""
    values = np.where(np.isfinite(values), values, np.nan)
    large = np.abs(values) > _NO_DECIMALS
    return np.where(large, values, np.round(np.where(large, 0.0, values), DECIMALS)) + 0.0


def message_ids(station: ObjectArray, obs_us: IntArray, values: FloatMatrix) -> ObjectArray:
    """Return the identity of each content: equal station, time and values give equal ids."""
    ids = np.empty(len(obs_us), dtype=object)
    sha = hashlib.sha256
    size = WIDTH * 8
    for start in range(0, len(obs_us), _HASHED_AT_ONCE):
        some = slice(start, start + _HASHED_AT_ONCE)
        plain = np.where(np.isnan(values[some]), np.nan, values[some])  # one bit pattern for missing
        data, times = plain.tobytes(), obs_us[some].tobytes()
        for row, name in enumerate(station[some]):
            at = row * size
            content = data[at : at + size] + times[row * 8 : row * 8 + 8] + name.encode()
            ids[start + row] = sha(content).hexdigest()[:16]
    return ids


def cell_of(versions: Versions) -> str:
    """Return versions as one cell, without a comma, a quote or a line break."""
    return "|".join(
        ";".join(
            (
                str(versions.ingest_us[row]),
                quote(versions.family[row], safe=""),
                versions.time_source[row],
                str(versions.time_qc[row]),
                (versions.adjusted[row] or "").replace(" ", "+"),
                *(
                    f"{name}={float(value)!r}"
                    for name, value in zip(VARIABLE_NAMES, versions.values[row], strict=True)
                    if not np.isnan(value)
                ),
            )
        )
        for row in range(len(versions))
    )


def _from_cell(text: str, station: str, obs_us: int) -> Versions:
    """Return the versions in a cell that `cell_of` wrote."""
    parts = [one.split(";") for one in text.split("|")]
    values = np.full((len(parts), WIDTH), np.nan)
    for row, fields in enumerate(parts):
        for field in fields[5:]:
            name, value = field.split("=")
            values[row, COLUMN[name]] = float(value)
    stations = np.full(len(parts), station, dtype=object)
    times = np.full(len(parts), obs_us, dtype=np.int64)
    return Versions(
        station=stations,
        obs_us=times,
        ingest_us=np.array([int(fields[0]) for fields in parts], dtype=np.int64),
        message_id=message_ids(stations, times, values),
        family=np.array([unquote(fields[1]) for fields in parts], dtype=object),
        time_source=np.array([fields[2] for fields in parts], dtype=object),
        time_qc=np.array([int(fields[3]) for fields in parts], dtype=np.int64),
        adjusted=np.array([fields[4].replace("+", " ") or None for fields in parts], dtype=object),
        values=values,
    )


def from_stored(table: pa.Table) -> Versions:
    """Return the versions that an observations partition holds."""
    many = arrow.integers(table, "n_versions") > 1
    values = np.empty((table.num_rows, WIDTH), dtype=np.float64)
    for index, name in enumerate(VARIABLE_NAMES):
        values[:, index] = arrow.floats(table, name)
    station, obs_us = (
        arrow.repeated_texts(table, "station_id"),
        parse_instants(arrow.texts(table, "obs_time_utc")),
    )
    plain = Versions(
        station=station,
        obs_us=obs_us,
        ingest_us=parse_instants(arrow.texts(table, "ingest_time_utc")),
        message_id=arrow.optional_texts(table, "message_id"),
        family=arrow.repeated_texts(table, "family"),
        time_source=arrow.repeated_texts(table, "time_source"),
        time_qc=arrow.integers(table, "time_qc"),
        adjusted=arrow.repeated_texts(table, "adjusted"),
        values=values,
    )
    if not many.any():
        return plain
    cells = arrow.optional_texts(table, "versions")
    inner = [_from_cell(cells[row], station[row], int(obs_us[row])) for row in np.flatnonzero(many)]
    return Versions.concat([plain.take(~many), *inner])


def station_blocks(station: ObjectArray) -> list[slice]:
    """Return the stretches of rows of one station each, of rows sorted by station."""
    if not len(station):
        return []
    starts = np.flatnonzero(np.append(True, station[1:] != station[:-1])).tolist()
    return [slice(begin, end) for begin, end in zip(starts, [*starts[1:], len(station)], strict=True)]
