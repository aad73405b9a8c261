"""Typed views of the datasets for DuckDB, from the one contract of names and types.

A reader that guesses the types of CSV columns from a few files guesses wrong some day.  These views state
them, so that every query sees numbers as numbers and instants as instants.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from weather_etl.datasets.tables import Table, tables

ROOT: Final = "weather_root"
"""DuckDB variable that says where the datasets lie; `views.sql` sets it to the current folder."""

_DUCKDB: Final[Mapping[str, str]] = {
    "string": "VARCHAR",
    "double": "DOUBLE",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "bool": "BOOLEAN",
}
"""Type of an Arrow column -> DuckDB's."""


def view(table: Table, files: str) -> str:
    """Return the statement that makes the view of a dataset.

    Args:
        table: the dataset.
        files: SQL expression of the files to read, a pattern or a list.
    """
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _types(table).items())
    keys = ", ".join(f"'{key}': 'VARCHAR'" for key in table.partitions)
    reading = (
        "header = true, auto_detect = false, delim = ',', quote = '', escape = '', hive_partitioning = true, "
        f"hive_types = {{{keys}}}, columns = {{{columns}}}"
    )
    return _view(table, f"read_csv({files}, {reading})")


def empty_view(table: Table) -> str:
    """Return the statement that makes the view of a dataset that has no files yet: typed, without rows."""
    columns = {**_types(table), **dict.fromkeys(table.partitions, "VARCHAR")}
    nothing = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
    return _view(table, f"(SELECT {nothing}) WHERE false")


def document(names: Iterable[str]) -> str:
    """Return `views.sql`: the views of the datasets that have files.

    Args:
        names: of these datasets.
    """
    there = set(names)
    statements = [
        view(table, f"getvariable('{ROOT}') || '/{name}{'/*' * len(table.partitions)}/{name}.csv*'")
        for name, table in tables().items()
        if name in there
    ]
    return "\n".join([_HEAD, *statements, ""])


_HEAD: Final = f"""\
-- Typed views of the datasets for DuckDB.
--   cd into this folder, then:  duckdb -init views.sql
--   or from anywhere:           .read views.sql, then SET VARIABLE {ROOT} = '/path/or/s3://bucket/prefix';
SET VARIABLE {ROOT} = '.';
"""


def _view(table: Table, rows: str) -> str:
    """Return the view of rows: the site, which files do not hold, first; instants and dates as such."""
    changed = ", ".join(
        f'CAST("{name}" AS {kind}) AS "{name}"' for name in _types(table) if (kind := _parsed(name))
    )
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
