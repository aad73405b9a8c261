"""Files of a dataset read into one Arrow table, some columns of them, types as the contract states."""

import gzip
import io
import zlib
from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.csv as pa_csv
from weather_etl.core import unescape_name
from weather_etl.datasets import BrokenPartitionError, tables
from weather_etl.lake import UnreachableError

from weather_report.target import File, Target

SITE: Final = "site"
"""Column that is added: the site of a file, as people call it."""


def read(target: Target, dataset: str, files: Iterable[File], columns: Sequence[str]) -> pa.Table:
    """Return rows of files in their order, with `site` and the columns asked for.

    Args:
        target: where the files are.
        dataset: name of the dataset.
        files: of it, from `Target.files`.
        columns: wanted; one that an older file lacks is null, one that the dataset lacks is left out.

    Raises:
        UnreachableError: a file cannot be read.
        BrokenPartitionError: a file is damaged.
    """
    schema = tables()[dataset].schema
    asked = set(columns)
    kinds = zip(schema.names, schema.types, strict=True)
    wanted = pa.schema([(name, kind) for name, kind in kinds if name in asked])
    chosen = list(files)
    parts: list[pa.Table] = []
    contents = target.storage.fetch([file.key for file in chosen])
    for file, content in zip(chosen, contents, strict=True):
        if isinstance(content, Exception):
            raise UnreachableError(f"{target.url}/{file.key} cannot be read: {content}") from content
        target.count_file()
        try:
            rows = _rows(content, wanted)
        except (pa.ArrowInvalid, OSError, EOFError, zlib.error) as error:
            raise BrokenPartitionError(f"{target.url}/{file.key} is damaged: {error}") from error
        parts.append(
            rows.append_column(SITE, pa.repeat(pa.scalar(unescape_name(file.values[0])), rows.num_rows))
        )
    if not parts:
        nothing = wanted.empty_table()
        return nothing.append_column(SITE, pa.array([], pa.string()))
    # In one piece: to take rows out of a thousand pieces is a search in a thousand pieces, for every station.
    return pa.concat_tables(parts).combine_chunks()


def _rows(content: bytes, wanted: pa.Schema) -> pa.Table:
    data = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    return pa_csv.read_csv(
        io.BytesIO(data),
        pa_csv.ReadOptions(use_threads=False, block_size=max(len(data), 1)),
        pa_csv.ParseOptions(quote_char=False),
        pa_csv.ConvertOptions(
            column_types=wanted,
            strings_can_be_null=True,
            null_values=[""],
            include_columns=wanted.names,
            include_missing_columns=True,
        ),
    )
