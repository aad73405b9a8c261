"""Records of one message that are one observation: the modules of a station, each with its time."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import DECODED_SCHEMA, VARIABLE_NAMES

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
_OF_THE_FIRST: Final = ("station_id", "family", "ingest_time_utc", "source_key", "record")
_OF_THE_LATEST: Final = ("obs_time_utc", "time_source", "time_qc")


def join(rows: pa.Table, order: Ints, group: Ints, within: Ints) -> tuple[pa.Table, Ints]:
    """Make one observation of the rows of one message that are of one station and (nearly) one time.

    The first record of arrival gives the observation its place; a later one adds the variables that are still
    missing; the observation bears the latest time.

    Args:
        rows: in `model.DECODED_SCHEMA`.
        order: of arrival, no two alike.
        group: the message that a row came from.
        within: microseconds that a row may be later than the earliest of its observation.

    Returns:
        The observations in `model.DECODED_SCHEMA`, and the order of arrival of each.
    """
    rows = rows.combine_chunks()
    unsorted = _clusters(rows, order, group, within)
    arrival = np.lexsort((order, unsorted))
    clusters = unsorted[arrival]
    first = arrival[_firsts(clusters)]
    latest = arrival[_latest(_micros(rows)[arrival], clusters)]
    columns = {name: rows.column(name).to_numpy()[arrival] for name in VARIABLE_NAMES}
    given = {name: _given(~np.isnan(values), clusters) for name, values in columns.items()}
    merged: dict[str, Any] = {
        **{name: _taken(rows, name, first) for name in _OF_THE_FIRST},
        **{name: _taken(rows, name, latest) for name in _OF_THE_LATEST},
        "adjusted": _adjusted(_taken(rows, "adjusted", arrival), clusters, columns, given),
        **{name: _values(values, given[name]) for name, values in columns.items()},
    }
    arrays = [merged[name] for name in DECODED_SCHEMA.names]
    return pa.Table.from_arrays(arrays, schema=DECODED_SCHEMA), order[first]  # pyright: ignore[reportUnknownMemberType]


def _clusters(rows: pa.Table, order: Ints, group: Ints, within: Ints) -> Ints:
    """Number the observations that the rows belong to."""
    stations: Any = rows.column("station_id").combine_chunks()
    station = stations.dictionary_encode().indices.to_numpy()
    micros = _micros(rows)
    by_time = np.lexsort((order, micros, station, group))
    begins = _changes(group[by_time]) | _changes(station[by_time])
    numbers: list[int] = []
    number, earliest = -1, 0
    for new, time, allowed in zip(
        begins.tolist(), micros[by_time].tolist(), within[by_time].tolist(), strict=True
    ):
        if new or time - earliest > allowed:
            number += 1
            earliest = time
        numbers.append(number)
    clusters = np.empty(len(numbers), dtype=np.int64)
    clusters[by_time] = numbers
    return clusters


def _taken(rows: pa.Table, name: str, places: Ints) -> "pa.ChunkedArray[Any]":
    return rows.column(name).take(pa.array(places, pa.int64()))


def _micros(rows: pa.Table) -> Ints:
    return rows.column("obs_time_utc").cast(pa.int64()).to_numpy()


def _changes(values: npt.NDArray[Any]) -> Bools:
    """Return where a value is not the one before it."""
    changes = np.ones(len(values), dtype=np.bool_)
    changes[1:] = values[1:] != values[:-1]
    return changes


def _firsts(clusters: Ints) -> Ints:
    """Return the position of the first row of each cluster, of rows that are sorted by it."""
    return np.flatnonzero(_changes(clusters))


def _latest(micros: Ints, clusters: Ints) -> Ints:
    """Return the position of the latest row of each cluster, of several the first to arrive."""
    if not len(clusters):
        return clusters
    latest = np.flatnonzero(micros == np.maximum.reduceat(micros, _firsts(clusters))[clusters])
    return latest[_firsts(clusters[latest])]


def _given(valid: Bools, clusters: Ints) -> Ints:
    """Return which row gives each cluster its value, the number of rows where none does."""
    giving = np.flatnonzero(valid)
    giving = giving[_firsts(clusters[giving])]
    given = np.full(clusters[-1] + 1 if len(clusters) else 0, len(clusters))
    given[clusters[giving]] = giving
    return given


def _values(values: npt.NDArray[np.float64], given: Ints) -> "pa.Array[Any]":
    return pa.array(np.append(values, np.nan)[given], pa.float64(), from_pandas=True)


def _adjusted(
    marks: "pa.ChunkedArray[Any]",
    clusters: Ints,
    columns: dict[str, npt.NDArray[np.float64]],
    given: dict[str, Ints],
) -> "pa.Array[Any]":
    """Name the variables of each cluster whose value is one that a row marks as adjusted."""
    names: dict[int, set[str]] = {}
    for row in np.flatnonzero(marks.is_valid().to_numpy()).tolist():
        cluster = int(clusters[row])
        for name in str(marks[row]).split():
            giver = int(given[name][cluster])
            if row < giver or columns[name][row] == columns[name][giver]:
                names.setdefault(cluster, set()).add(name)
    texts: list[str | None] = [None] * (int(clusters[-1]) + 1 if len(clusters) else 0)
    for cluster, found in names.items():
        texts[cluster] = " ".join(name for name in VARIABLE_NAMES if name in found)
    return pa.array(texts, pa.string())
