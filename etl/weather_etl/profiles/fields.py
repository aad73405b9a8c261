r"""Paths into JSON: how a profile says where something lies, and how a column is taken from many records.

A path is text: names joined by dots, `data.temperature`; `\.` is a dot inside a name; `*` in a name stands
for any letters (`BME280*`, `sensors.*.value`); a number picks from a list (`rows.0.t`); the empty path is the
record itself; `^.time` begins at the top of the message, outside of its envelope.  With name folding, names
are compared without case, spaces, `_`, `-`, brackets, dots, colons.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from weather_etl.profiles.many_names import MANY, many_names
from weather_etl.profiles.units import fold_name

Path = tuple[str, ...]
"""Names as the profile writes them, perhaps with wildcards."""
Place = tuple[str | int, ...]
"""A path found in a real record: exact names and list positions."""
Record = dict[str, Any]
Shape = tuple[Any, ...]
"""What records of one layout have in common, see `shape_of`."""


class _Absent:
    """What `dig` returns where there is nothing; JSON null is something."""


ABSENT: Final = _Absent()
TOP: Final = "^"
"""As the first name of a path: the message itself, not what lies in its envelope."""
_UNESCAPED_DOT: Final = re.compile(r"(?<!\\)\.")


def parse_path(text: str) -> Path:
    r"""Split a path at its dots; `\.` stays a dot of a name."""
    if not text:
        return ()
    return tuple(part.replace("\\.", ".") for part in _UNESCAPED_DOT.split(text))


def format_place(place: Sequence[str | int]) -> str:
    """Write a place as the path that a profile would name it by."""
    return ".".join(str(step).replace(".", "\\.") for step in place)


@dataclass(frozen=True)
class Lookup:
    """How the names of a profile are looked up in records.

    Attributes:
        fold: whether names are compared folded (`units.fold_name`), as `fold_names` of a profile says.
    """

    fold: bool = False

    def places(self, node: object, path: Path) -> Iterator[Place]:
        """Find every place of a path in one record, in the record's own order.

        What lies in a list is named by position and not looked up here: lists of one shape may differ in
        length, so `dig` has to try.
        """
        if not path:
            yield ()
            return
        if isinstance(node, list):
            yield tuple(int(step) if step.isdecimal() else step for step in path)
            return
        record = as_record(node)
        if record is None:
            return
        for name in self._names(record, path[0]):
            for place in self.places(record[name], path[1:]):
                yield (name, *place)

    def first(self, record: Record, path: Path | None, base: Place = ()) -> Place | None:
        """Find the first place of a path: below a base, else in what lies around it, up to the record itself.

        A path that begins with `^` is looked up in the record itself alone.
        """
        if path is None:
            return None
        if path[:1] == (TOP,):
            path, base = path[1:], ()
        for depth in range(len(base), -1, -1):
            start = base[:depth]
            for place in self.places(dig(record, start), path):
                return (*start, *place)
        return None

    def suffix(self, whole: str, name: str) -> str:
        """Return what a name goes on with after another that it begins with."""
        return fold_name(whole)[len(fold_name(name)) :] if self.fold else whole[len(name) :]

    def _names(self, record: Record, step: str) -> Sequence[str]:
        """Return the names of a record that one step of a path stands for."""
        if "*" not in step:
            if self.fold:
                return folding_to(record, fold_name(step))
            return (step,) if step in record else ()
        pattern = _wildcard(step, fold=self.fold)
        names = many_names(record).like(step, fold=self.fold) if len(record) >= MANY else record
        return [name for name in names if pattern.fullmatch(fold_name(name) if self.fold else name)]


def folding_to(record: Record, name: str) -> Sequence[str]:
    """Return the names of a record that fold to a name, in the record's order."""
    if len(record) >= MANY:
        return many_names(record).folding_to(name)
    return _by_folded_name(tuple(record)).get(name, ())


@lru_cache(maxsize=1024)
def _by_folded_name(names: tuple[str, ...]) -> dict[str, list[str]]:
    """Index names by what they fold to."""
    index: dict[str, list[str]] = {}
    for name in names:
        index.setdefault(fold_name(name), []).append(name)
    return index


@lru_cache(maxsize=4096)
def _wildcard(step: str, *, fold: bool) -> re.Pattern[str]:
    parts = (fold_name(part) if fold else part for part in step.split("*"))
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


def dig(node: Any, place: Place) -> Any:  # noqa: ANN401 - JSON
    """Return what lies at a place, or ABSENT."""
    for step in place:
        kind = type(node)  # pyright: ignore[reportUnknownVariableType] - the hot path, as in shape_of
        if kind is dict:
            if step not in node:
                return ABSENT
            node = node[step]
        elif kind is list and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return ABSENT
    return node


def leaves(record: Record, above: Place = (), deepest: int | None = None) -> list[Place]:
    """Return the places of a record that hold no further named values; a list is one leaf."""
    limit = DEEPEST if deepest is None else deepest
    found: list[Place] = []
    for name, value in record.items():
        place = (*above, name)
        inner = as_record(value)
        found += leaves(inner, place, limit) if inner and len(place) < limit else [place]
    return found


def as_record(value: object) -> Record | None:
    """Return a JSON object as what it is, None if it is something else."""
    return cast("Record", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """Return a JSON array as what it is, None if it is something else."""
    return cast("list[Any]", value) if isinstance(value, list) else None


def column(records: Sequence[Record], place: Place) -> list[Any]:
    """Take what lies at one place from many records of one shape; null where there is nothing.

    The shape vouches for names, so the two usual depths need no checks; what passes through lists does.
    """
    match place:
        case (str(name),):
            return [record[name] for record in records]
        case (str(outer), str(inner)) if records and type(records[0][outer]) is dict:
            return [record[outer][inner] for record in records]
        case _:
            pass
    found = [dig(record, place) for record in records]
    return [None if value is ABSENT else value for value in found]


_CONTAINERS: Final = frozenset({dict, list})
DEEPEST: Final = 8
"""Levels of a record that its shape describes; no profile reaches deeper."""


def shape_of(record: Record, depth: int = DEEPEST) -> Shape:
    """Return what records of one layout have in common: names in order, and which hold objects or lists.

    Records of equal shape are read by one plan, and every decision that depends on names alone is taken once
    per shape.
    """
    if _CONTAINERS.isdisjoint(map(type, record.values())):
        return tuple(record)
    shape: list[Any] = list(record)
    for name, value in record.items():
        kind = type(value)  # pyright: ignore[reportUnknownVariableType] - and no cast here: the hot path
        if kind is dict and depth:
            shape += (name, shape_of(value, depth - 1))
        elif kind is list or kind is dict:
            shape += (name, kind)
    return tuple(shape)
