"""Paths into JSON: how a profile says where something lies, and how a column of it is taken from many records.

A path is text: names joined by dots, `data.temperature`; `\\.` is a dot inside a name; `*` in a name stands for
any letters (`BME280*`, `sensors.*.value`); a number picks from a list (`rows.0.t`); the empty path is the record
itself.  With name folding, names are compared without case, spaces, `_`, `-`, brackets, dots and colons.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from weather_etl.units import fold_name

Path = tuple[str, ...]
"""Names as the profile writes them, perhaps with wildcards."""
Place = tuple[str | int, ...]
"""A path found in a real record: exact names and list positions."""
Record = dict[str, Any]


class _Absent:
    """What `dig` returns where there is nothing; JSON null is something."""


ABSENT: Final = _Absent()
_UNESCAPED_DOT: Final = re.compile(r"(?<!\\)\.")


def parse_path(text: str) -> Path:
    r"""Split a path at its dots; `\.` stays a dot of a name."""
    if not text:
        return ()
    return tuple(part.replace("\\.", ".") for part in _UNESCAPED_DOT.split(text))


def format_place(place: Sequence[str | int]) -> str:
    """Write a place as the path that a profile would name it by."""
    return ".".join(str(step).replace(".", "\\.") for step in place)


def locate(node: object, path: Path, fold: bool) -> Iterator[Place]:
    """Find every place of a path in one record, in the record's own order.

    What lies in a list is named by position and not looked up here: lists of one shape may differ in length,
    so `dig` has to try.
    """
    if not path:
        yield ()
        return
    if isinstance(node, list):
        yield tuple(int(step) if step.isdecimal() else step for step in path)
        return
    if not isinstance(node, dict):
        return
    record: Record = node  # pyright: ignore[reportUnknownVariableType]
    step, rest = path[0], path[1:]
    for name in _names(record, step, fold):
        for place in locate(record[name], rest, fold):
            yield (name, *place)


def _names(record: Record, step: str, fold: bool) -> Iterator[str]:
    """Return the names of a record that one step of a path stands for."""
    if not fold and "*" not in step:
        if step in record:
            yield step
        return
    pattern = "*".join(map(fold_name, step.split("*"))) if fold else step
    for name in record:
        candidate = fold_name(name) if fold else name
        if candidate == pattern or ("*" in pattern and fnmatchcase(candidate, _only_stars(pattern))):
            yield name


def _only_stars(pattern: str) -> str:
    """Keep `[` and `?` of a name from being wildcards."""
    return re.sub(r"([\[?])", r"[\1]", pattern)


def dig(node: Any, place: Place) -> Any:  # noqa: ANN401 - JSON
    """Return what lies at a place, or ABSENT."""
    for step in place:
        if isinstance(node, dict):
            if step not in node:
                return ABSENT
            node = node[step]  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(node, list) and isinstance(step, int) and -1 < step < len(node):  # pyright: ignore[reportUnknownArgumentType]
            node = node[step]  # pyright: ignore[reportUnknownVariableType]
        else:
            return ABSENT
    return node  # pyright: ignore[reportUnknownVariableType]


def column(records: Sequence[Record], place: Place) -> list[Any]:
    """Take what lies at one place from many records of one shape; null where there is nothing.

    The shape vouches for names, so the two usual depths need no checks; what passes through lists does.
    """
    if len(place) == 1:
        name = place[0]
        return [record[name] for record in records]  # pyright: ignore[reportArgumentType]
    if len(place) == 2 and isinstance(place[1], str):
        outer, inner = place
        if all(type(record[outer]) is dict for record in records[:1]):  # pyright: ignore[reportArgumentType]
            return [record[outer][inner] for record in records]  # pyright: ignore[reportArgumentType]
    found = [dig(record, place) for record in records]
    return [None if value is ABSENT else value for value in found]


_CONTAINERS: Final = frozenset({dict, list})
DEEPEST: Final = 8
"""Levels of a record that its shape describes; no profile reaches deeper."""


def shape_of(record: Record, depth: int = DEEPEST) -> tuple[Any, ...]:
    """Return what records of one layout have in common: names in order, and which hold objects or lists.

    Records of equal shape are read by one plan, and every decision that depends on names alone is taken once
    per shape.
    """
    if _CONTAINERS.isdisjoint(map(type, record.values())):
        return tuple(record)
    shape: list[Any] = list(record)
    for name, value in record.items():
        kind = type(value)
        if kind is dict and depth:
            shape += (name, shape_of(value, depth - 1))
        elif kind in _CONTAINERS:
            shape += (name, kind)
    return tuple(shape)
