"""The dataset tables as `tables.json` declares them: names, types and paths, for reading and for writing.

The file is the one contract of the datasets: the stack builds the catalogue's tables from it, this module
builds Arrow schemas and object keys from it, and the documentation is checked against it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

import pyarrow as pa

_ARROW: Final[Mapping[str, pa.DataType]] = {
    "string": pa.string(),
    "double": pa.float64(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "boolean": pa.bool_(),
}
HIVE_TYPES: Final = tuple(_ARROW)


@dataclass(frozen=True)
class Table:
    """One dataset.

    Attributes:
        name: name in the catalogue and first segment of its keys.
        schema: Arrow schema of a file, in column order.
        partitions: names of the partition keys, in path order.
        template: key of a partition's file, with the partition keys in braces.
    """

    name: str
    schema: pa.Schema
    partitions: tuple[str, ...]
    template: str

    def key(self, *values: str) -> str:
        """Return the key of the partition file with these values, in the order of `partitions`."""
        return self.template.format(**dict(zip(self.partitions, values, strict=True)))

    def header(self) -> str:
        """Return the first line of a CSV file, without its newline."""
        return ",".join(self.schema.names)


@cache
def declared() -> Mapping[str, Mapping[str, Any]]:
    """Return `tables.json`: for each dataset its description, file, partition keys and columns with units."""
    text = files("weather_etl.datasets").joinpath("tables.json").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, Any]]", json.loads(text))


@cache
def tables() -> Mapping[str, Table]:
    """Return the tables by name, as declared in `tables.json`."""
    return {name: _table(name, table) for name, table in declared().items()}


@cache
def columns_digest() -> str:
    """Return what changes when the columns of any dataset do."""
    headers = "\n".join(f"{name}: {table.header()}" for name, table in tables().items())
    return hashlib.sha256(headers.encode()).hexdigest()


def _table(name: str, table: Mapping[str, Any]) -> Table:
    columns, partitions = table["columns"], table["partitions"]
    schema = pa.schema([pa.field(column["name"], _ARROW[column["type"]]) for column in columns])
    return Table(name, schema, tuple(key["name"] for key in partitions), table["file"])
