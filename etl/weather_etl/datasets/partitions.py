"""Partition files: from bytes to tables and back, always to the same bytes.

CSV is written without quoting: no value of a dataset holds a comma, a quote or a line break (names are
escaped, see `escape`), so that Hive's LazySimpleSerDe, which knows no quotes, reads what every other reader
reads.  A number of a DOUBLE column always bears a decimal point or an exponent: readers that guess types from
the first files of a dataset would take 12 for a whole number and round the 11.8 of a later file.
"""

import gzip
import io
from collections.abc import Sequence
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pa_csv

from weather_etl.datasets.tables import Table
from weather_etl.settings import Outputs

_WRITE: Final = pa_csv.WriteOptions(include_header=False, quoting_style="none")
_GZIP_LEVEL: Final = 6
_WHOLE: Final = "^-?[0-9]+$"
_pc: Final[Any] = pyarrow.compute


def csv_key(key: str, outputs: Outputs) -> str:
    """Return the key of a CSV file as configured: with `.gz` when compressed."""
    return f"{key}.gz" if outputs.gzip else key


def other_csv_key(key: str, outputs: Outputs) -> str:
    """Return the key that the file has under the opposite setting."""
    return key if outputs.gzip else f"{key}.gz"


def parquet_key(key: str) -> str:
    """Return the key of the Parquet rendering of a partition."""
    return f"parquet/{key.removesuffix('.csv')}.parquet"


def compressed(data: bytes) -> bytes:
    """Return gzip data without a time in it, so that equal content gives equal bytes."""
    return gzip.compress(data, compresslevel=_GZIP_LEVEL, mtime=0)


def plain(data: bytes) -> bytes:
    """Return the text of a CSV file, compressed or not.

    Raises:
        OSError, EOFError, zlib.error: it is damaged.
    """
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def write_csv(table: pa.Table, header: str) -> bytes:
    """Return a table as CSV with a header line and Unix line ends.

    Raises:
        pyarrow.ArrowInvalid: a text holds a comma, a quote or a line break, which the caller must have
        escaped.
    """
    sink = io.BytesIO()
    sink.write(header.encode() + b"\n")
    pa_csv.write_csv(_with_points(table), sink, _WRITE)
    return sink.getvalue()


def _with_points(table: pa.Table) -> pa.Table:
    """Return a table with its doubles as text, whole ones ending in `.0`."""
    for index, (name, kind) in enumerate(zip(table.schema.names, table.schema.types, strict=True)):
        column: Any = table.column(index)
        if kind != pa.float64() or column.null_count == len(column):
            continue
        text = _pc.cast(column, pa.string())
        pointed = _pc.binary_join_element_wise(text, ".0", "")
        table = table.set_column(
            index, name, _pc.if_else(_pc.match_substring_regex(text, _WHOLE), pointed, text)
        )
    return table


class BrokenPartitionError(Exception):
    """A file of a dataset cannot be read as what this program writes; somebody else changed it."""


def read_csv(data: bytes, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a partition file, compressed or not; a column that an older file lacks is null.

    Args:
        data: content of the file.
        table: its dataset.
        columns: the columns that are wanted; None: all.
    """
    schema = table.schema
    if columns is not None:
        schema = pa.schema([(name, schema.types[schema.names.index(name)]) for name in columns])
    data = plain(data)
    if data.count(b"\n") <= 1:
        return schema.empty_table()
    read = pa_csv.read_csv(
        io.BytesIO(data),
        pa_csv.ReadOptions(use_threads=False, block_size=max(len(data), 1)),
        pa_csv.ParseOptions(quote_char=False),
        pa_csv.ConvertOptions(
            column_types=schema,
            strings_can_be_null=True,
            null_values=[""],
            include_columns=schema.names,
            include_missing_columns=True,
        ),
    )
    return read.cast(schema)


def write_parquet(table: pa.Table) -> bytes:
    """Return a table as Parquet, sorted as it is, one row group."""
    import pyarrow.parquet as pa_parquet  # here: few runs write it, and every process would load it

    sink = io.BytesIO()
    cast("Any", pa_parquet).write_table(
        table, sink, compression="zstd", version="2.6", row_group_size=1_000_000
    )
    return sink.getvalue()
