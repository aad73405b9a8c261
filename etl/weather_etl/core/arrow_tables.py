"""The part of Arrow that the run side uses, with types: the stubs of pyarrow leave much of it unknown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

_pa: Final[Any] = pa
_pc: Final[Any] = pyarrow.compute

Column: TypeAlias = Any
"""A `pyarrow.Array` or `pyarrow.ChunkedArray`."""

Values: TypeAlias = Sequence[Any] | npt.NDArray[Any] | Column


def texts(table: pa.Table, name: str) -> list[str]:
    """Return a column of texts without nulls."""
    return cast("list[str]", cast("Any", table)[name].to_pylist())


def optional_texts(table: pa.Table, name: str) -> npt.NDArray[np.object_]:
    """Return a column of texts as objects, null as None."""
    return cast("Any", table)[name].to_numpy(zero_copy_only=False).astype(object)


def repeated_texts(table: pa.Table, name: str) -> npt.NDArray[np.object_]:
    """Return a column of few different texts as objects, each text once in memory, null as None."""
    encoded = cast("Any", table)[name].combine_chunks().dictionary_encode()
    objects = np.array([None, *encoded.dictionary.to_pylist()], dtype=object)
    return objects[encoded.indices.fill_null(-1).to_numpy() + 1]


def floats(table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """Return a column of numbers, null as NaN."""
    return np.asarray(cast("Any", table)[name].to_numpy(zero_copy_only=False), dtype=np.float64)


def integers(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """Return a column of whole numbers or timestamps (in their unit) without nulls."""
    return np.asarray(cast("Any", table)[name].cast(pa.int64()).to_numpy(), dtype=np.int64)


def distinct_texts(table: pa.Table, name: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the different texts of a column without nulls, and for each row which of them it has."""
    encoded = cast("Any", table)[name].combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(), dtype=np.int64)


def column(values: Values, kind: pa.DataType | None = None) -> Column:
    """Return values as a column; NaN becomes null.

    Args:
        values: numpy array, sequence or column.
        kind: Arrow type; None: the one that follows from the values.
    """
    given = cast("Any", values)
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return given if kind is None else given.cast(kind)
    if isinstance(values, np.ndarray) and given.dtype.kind in "OU":
        return _pa.array(given.tolist(), kind or pa.string())
    return _pa.array(values, kind, from_pandas=True)


def table(columns: Mapping[str, Values]) -> pa.Table:
    """Return a table of columns whose types follow from the values."""
    return cast("pa.Table", _pa.table({name: column(values) for name, values in columns.items()}))


def table_as(columns: Mapping[str, Values], schema: pa.Schema) -> pa.Table:
    """Return a table with the columns, order and types of a schema."""
    arrays = [column(columns[field.name], field.type) for field in cast("Iterable[Any]", schema)]
    return cast("pa.Table", _pa.table(arrays, schema=schema))


def with_columns(rows: pa.Table, columns: Mapping[str, Values]) -> pa.Table:
    """Return rows with further columns."""
    for name, values in columns.items():
        rows = cast("Any", rows).append_column(name, column(values))
    return rows


def text_column(value: str, count: int) -> Column:
    """Return a column of one text, so many times."""
    return _pa.array([value] * count, pa.string())


def rows_in(rows: pa.Table, name: str, wanted: Iterable[str]) -> pa.Table:
    """Return the rows whose text in a column is one of those wanted."""
    return cast("pa.Table", cast("Any", rows).filter(_is_in(rows, name, wanted)))


def rows_not_in(rows: pa.Table, name: str, unwanted: Iterable[str]) -> pa.Table:
    """Return the rows whose text in a column is none of those unwanted."""
    return cast("pa.Table", cast("Any", rows).filter(_pc.invert(_is_in(rows, name, unwanted))))


def _is_in(rows: pa.Table, name: str, values: Iterable[str]) -> Column:
    return _pc.is_in(cast("Any", rows)[name], value_set=_pa.array(sorted(values), pa.string()))


def rows_starting(rows: pa.Table, name: str, start: str) -> pa.Table:
    """Return the rows whose text in a column begins with another."""
    return cast("pa.Table", cast("Any", rows).filter(_pc.starts_with(cast("Any", rows)[name], start)))


def sorted_by(rows: pa.Table, *names: str) -> pa.Table:
    """Return rows in ascending order of some columns."""
    return cast("pa.Table", cast("Any", rows).sort_by([(name, "ascending") for name in names]))


def concat(parts: Sequence[pa.Table]) -> pa.Table:
    """Return tables of one schema one after another; at least one."""
    return cast("pa.Table", _pa.concat_tables(parts))


def give_back() -> None:
    """Return to the system what tables that are gone have left in Arrow's pool."""
    _pa.default_memory_pool().release_unused()
