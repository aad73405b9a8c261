"""Typed views of the datasets for DuckDB, from the one contract of names and types.

A reader that guesses the types of CSV columns from a few files guesses wrong some day.  These views state
them, so that every query sees numbers as numbers and instants as instants.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from weather_etl.datasets.tables import Table, tables

FILE: Final = "views.sql"
"""Where the views lie, beside the datasets."""

ROOT: Final = "weather_root"
"""DuckDB variable that says where the datasets lie; `views.sql` takes the current folder if it is not set."""

_DUCKDB: Final[Mapping[str, str]] = {
    "string": "VARCHAR",
    "double": "DOUBLE",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "bool": "BOOLEAN",
}
"""Type of an Arrow column -> DuckDB's."""


def view(table: Table, files: str) -> str:
    """Return the statement that makes the view of a dataset whose files all have the columns of today.

    DuckDB takes columns by their place, and reads no file before a query asks for its partition.

    Args:
        table: the dataset.
        files: SQL expression of the files to read, a pattern or a list.
    """
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _types(table).items())
    reading = f"{_READING}, auto_detect = false, hive_types = {{{_keys(table)}}}, columns = {{{columns}}}"
    parsed = {name: kind for name in _types(table) if (kind := _parsed(name))}
    return _view(table, parsed, f"read_csv({files}, {reading})")


def view_by_name(table: Table, files: str) -> str:
    """Return the statement that makes the view of a dataset, whatever columns its files have.

    A file of an older version may lack columns or have them in another order; a column that no file has is
    there and empty.  DuckDB reads the header of every file for it, at each query.

    Args:
        table: the dataset.
        files: SQL expression of the files to read, a pattern or a list.
    """
    reading = f"{_READING}, all_varchar = true, union_by_name = true, hive_types = {{{_keys(table)}}}"
    texts = [*_types(table), *table.partitions]
    nothing = ", ".join(f'NULL::VARCHAR AS "{name}"' for name in texts)
    typed = {
        name: _parsed(name) or kind
        for name, kind in _types(table).items()
        if _parsed(name) or kind != "VARCHAR"
    }
    columns = ", ".join(f'"{name}"' for name in texts)
    rows = (
        f"(SELECT {columns} FROM (SELECT {nothing} WHERE false "  # noqa: S608  see `_view`
        f"UNION ALL BY NAME SELECT * FROM read_csv({files}, {reading})))"
    )
    return _view(table, typed, rows)


def empty_view(table: Table) -> str:
    """Return the statement that makes the view of a dataset that has no files yet: typed, without rows."""
    columns = {**_types(table), **dict.fromkeys(table.partitions, "VARCHAR")}
    nothing = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
    parsed = {name: kind for name in _types(table) if (kind := _parsed(name))}
    return _view(table, parsed, f"(SELECT {nothing}) WHERE false")


def document(names: Iterable[str]) -> str:
    """Return `views.sql`: the views of the datasets that have files.

    Args:
        names: of these datasets.
    """
    there = set(names)
    statements = [
        view_by_name(table, f"getvariable('{ROOT}') || '/{name}{'/*' * len(table.partitions)}/{name}.csv*'")
        for name, table in tables().items()
        if name in there
    ]
    return "\n".join([_HEAD, *statements, ""])


_READING: Final = "header = true, delim = ',', quote = '', escape = '', hive_partitioning = true"

_HEAD: Final = f"""\
-- Typed views of the datasets for DuckDB; columns are found by their names.
--   in this folder:    duckdb -init views.sql
--   from anywhere:     SET VARIABLE {ROOT} = '/path/to/folder';  then  .read /path/to/folder/views.sql
--   in a bucket:       INSTALL httpfs; LOAD httpfs; CREATE SECRET (TYPE s3, PROVIDER credential_chain);
--                      SET VARIABLE {ROOT} = 's3://bucket/prefix';  then  .read views.sql
SET VARIABLE {ROOT} = coalesce(getvariable('{ROOT}'), '.');
"""


def _keys(table: Table) -> str:
    return ", ".join(f"'{key}': 'VARCHAR'" for key in table.partitions)


def _view(table: Table, kinds: Mapping[str, str], rows: str) -> str:
    """Return the view of rows: the site, which files do not hold, first; some columns with other types."""
    changed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in kinds.items())
    selected = f"site, * EXCLUDE (site) REPLACE ({changed})"
    return f"CREATE OR REPLACE VIEW {table.name} AS SELECT {selected} FROM {rows};"  # noqa: S608  names are ours


def _types(table: Table) -> dict[str, str]:
    kinds = map(str, table.schema.types)
    return {name: _DUCKDB[kind] for name, kind in zip(table.schema.names, kinds, strict=True)}


def _parsed(name: str) -> str | None:
    """Return what a column of text is in a query: a UTC timestamp, a date, or None for text."""
    if name.endswith("_utc"):
        return "TIMESTAMP"
    return "DATE" if name == "local_date" else None
