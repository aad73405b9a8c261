"""What a Glue crawler makes of JSON objects: one table, its columns, its partitions.

Sources: AWS Glue developer guide, "How a crawler determines when to create partitions", "Creating a single
schema for each Amazon S3 include path", "JSON classifier"; conventions of the crawler's tables (lower-cased
names, `partition_N` for folders without `name=`, sampled files per leaf folder).
"""

import fnmatch
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

_DEFAULT_SAMPLE = 100  # files per leaf folder; bounded, where AWS without sampleSize reads all
_WHOLE = ("int", "bigint", "double")  # widening order of numbers

Schema: TypeAlias = "str | dict[str, Schema | None] | list[Schema | None]"


@dataclass
class Table:
    """What one include path yields.

    Attributes:
        name: table name without the crawler's prefix.
        location: `s3://bucket/prefix/`.
        columns: Hive column name to Hive type, in the order first seen.
        partition_keys: partition key names.
        partitions: partition values to folder location.
        objects: objects below the path, exclusions left out.
        sampled: objects opened.
        unreadable: opened objects that held no JSON.
    """

    name: str
    location: str
    columns: dict[str, str] = field(default_factory=dict[str, str])
    partition_keys: list[str] = field(default_factory=list[str])
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    objects: int = 0
    sampled: int = 0
    unreadable: int = 0


def infer(
    bucket: str,
    prefix: str,
    keys: Iterable[str],
    read: Callable[[str], bytes],
    *,
    sample: int | None = None,
    exclusions: Iterable[str] = (),
    table_level: int | None = None,
) -> Table:
    """Infer the table of one S3 include path.

    Args:
        bucket: bucket name.
        prefix: include path below the bucket, with or without a final slash.
        keys: keys below it, in listing order.
        read: returns an object's bytes.
        sample: files opened per leaf folder (the crawler's SampleSize).
        exclusions: glob patterns relative to the include path.
        table_level: TableLevelConfiguration; level 1 is the bucket.
    """
    folder = prefix.strip("/") + "/" if prefix.strip("/") else ""
    segments = [bucket, *folder.split("/")[:-1]]
    level = min(table_level or len(segments), len(segments))
    table = Table(_table_name(segments[level - 1]), f"s3://{bucket}/{folder}")
    schema: dict[str, Schema | None] = {}
    opened: dict[tuple[str, ...], int] = {}
    patterns = list(exclusions)
    for key in keys:
        relative = key[len(folder) :]
        if not relative or relative.endswith("/") or _excluded(relative, patterns):
            continue
        table.objects += 1
        folders = tuple(relative.split("/")[:-1])
        if opened.setdefault(folders, 0) >= (sample or _DEFAULT_SAMPLE):
            continue
        opened[folders] += 1
        table.sampled += 1
        records = parse(read(key))
        if not records:
            table.unreadable += 1
        for record in records:
            schema = cast("dict[str, Schema | None]", merge(schema, describe(record)))
    table.columns = {name: hive(kind) for name, kind in schema.items()}
    depth = max((len(folders) for folders in opened), default=0)
    table.partition_keys = _partition_keys(opened, depth, set(table.columns))
    for folders in opened:
        if len(folders) == depth and depth:
            values = tuple(name.partition("=")[2] or name for name in folders)
            table.partitions[values] = f"{table.location}{'/'.join(folders)}/"
    return table


def parse(body: bytes) -> list[dict[str, Any]]:
    """Return the records of one object: an object, an array, several values in a row, JSON lines.

    What cannot be parsed ends the object; the records before it count.
    """
    text = body.decode("utf-8-sig", errors="replace")
    decoder = json.JSONDecoder()
    records: list[dict[str, Any]] = []
    position = 0
    while True:
        position += len(text[position:]) - len(text[position:].lstrip())
        if position >= len(text):
            return records
        try:
            value, position = decoder.raw_decode(text, position)
        except ValueError:
            return records
        values: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
        records += [cast("dict[str, Any]", item) for item in values if isinstance(item, dict)]


def describe(value: Any) -> "Schema | None":
    """Return the type of a JSON value; None for null, which says nothing about the type."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if -(2**31) <= value < 2**31 else "bigint"
    if isinstance(value, float):
        return "double"
    if isinstance(value, Mapping):
        result: dict[str, Schema | None] = {}
        for key, item in cast("Mapping[str, Any]", value).items():
            name = key.lower()
            result[name] = merge(result.get(name), describe(item))
        return result
    if isinstance(value, list):
        element: Schema | None = None
        for item in cast("list[Any]", value):
            element = merge(element, describe(item))
        return [element]
    return "string"


def merge(left: "Schema | None", right: "Schema | None") -> "Schema | None":
    """Return a type that holds both: numbers widen, structures unite, what does not fit becomes a string."""
    if left is None or right is None or left == right:
        return left if right is None else right
    if isinstance(left, dict) and isinstance(right, dict):
        return {name: merge(left.get(name), right.get(name)) for name in {**left, **right}}
    if isinstance(left, list) and isinstance(right, list):
        return [merge(left[0], right[0])]
    if isinstance(left, str) and isinstance(right, str) and left in _WHOLE and right in _WHOLE:
        return max(left, right, key=_WHOLE.index)
    return "string"


def hive(schema: "Schema | None") -> str:
    """Write a type as Hive does; a type never seen is a string."""
    if schema is None:
        return "string"
    if isinstance(schema, dict):
        return f"struct<{','.join(f'{name}:{hive(kind)}' for name, kind in schema.items())}>"
    if isinstance(schema, list):
        return f"array<{hive(schema[0])}>"
    return schema


def _table_name(text: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", text.lower())


def _excluded(relative: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(relative, pattern.replace("**/", "*")) for pattern in patterns)


def _partition_keys(opened: Mapping[tuple[str, ...], int], depth: int, columns: set[str]) -> list[str]:
    """`name` where every folder of a level is `name=value`, else `partition_N`; never a column's name."""
    keys: list[str] = []
    for level in range(depth):
        names = {folders[level].partition("=")[0] for folders in opened if len(folders) > level}
        named = all("=" in folders[level] for folders in opened if len(folders) > level)
        key = names.pop().lower() if named and len(names) == 1 else f"partition_{level}"
        keys.append(f"partition_{level}" if key in columns else key)
    return keys
