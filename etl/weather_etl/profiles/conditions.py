"""Conditions on records: how a profile recognises messages, picks records and tells status messages apart.

A condition is bound to a shape before it is used.  What depends on names alone is then already true or false,
and only what depends on values is left to be tested record by record.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from weather_etl.profiles.fields import ABSENT, Path, Place, Record, dig, locate

Test = Callable[[Record], bool]
Bound = bool | Test
"""True or false for every record of the shape, or a test."""

TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "number": (int, float),
    "text": (str,),
    "boolean": (bool,),
    "null": (type(None),),
}
"""Names of JSON types in conditions."""


_WHOLE: Final = re.compile(r"^([+-]?\d+)\.0+$")
_CONTAINER_TYPES: Final = frozenset({"object", "array"})


@dataclass(frozen=True)
class Condition:
    """All of its parts must hold.

    Attributes:
        has: paths that must all exist (null counts as existing).
        has_any: paths of which one must exist.
        lacks: paths that must not exist.
        equals: path -> texts, one of which the value must equal (`scalar_text` says how values are written).
        differs: path -> texts that the value must not equal; an absent value differs.
        like: path -> pattern that must match the whole text of the value.
        types: path -> names of `TYPES`.
        values_at_least: how many variables the profile must find in the record by name; 0 = no demand.
        any_of: conditions of which one must hold.
        none_of: conditions of which none may hold.
    """

    has: tuple[Path, ...] = ()
    has_any: tuple[Path, ...] = ()
    lacks: tuple[Path, ...] = ()
    equals: Mapping[Path, frozenset[str]] | None = None
    differs: Mapping[Path, frozenset[str]] | None = None
    like: Mapping[Path, re.Pattern[str]] | None = None
    types: Mapping[Path, tuple[str, ...]] | None = None
    values_at_least: int = 0
    any_of: tuple["Condition", ...] = ()
    none_of: tuple["Condition", ...] = ()

    def bind(self, example: Record, fold: bool, count_values: Callable[[Record], int]) -> Bound:
        """Decide what a shape decides.

        Args:
            example: any record of the shape.
            fold: whether names are compared folded.
            count_values: how many variables the profile finds in a record, for `values_at_least`.

        Returns:
            True or false if names alone decide, else a test for records of this shape.
        """

        def exists(path: Path) -> Bound:
            return _somewhere(example, path, fold, lambda value: value is not ABSENT, by_name=True)

        def value_is(path: Path, accept: Callable[[Any], bool]) -> Bound:
            return _somewhere(example, path, fold, accept, by_name=False)

        parts: list[Bound] = [exists(path) for path in self.has]
        if self.has_any:
            parts.append(_any([exists(path) for path in self.has_any]))
        parts += [_not(exists(path)) for path in self.lacks]
        for path, texts in (self.equals or {}).items():
            parts.append(value_is(path, lambda value, texts=texts: condition_text(value) in texts))
        for path, texts in (self.differs or {}).items():
            parts.append(_not(value_is(path, lambda value, texts=texts: condition_text(value) in texts)))
        for path, pattern in (self.like or {}).items():
            parts.append(value_is(path, lambda value, pattern=pattern: _matches(pattern, value)))
        for path, names in (self.types or {}).items():
            parts.append(_is_of_type(example, path, fold, names))
        if self.values_at_least:
            parts.append(count_values(example) >= self.values_at_least)
        if self.any_of:
            parts.append(_any([part.bind(example, fold, count_values) for part in self.any_of]))
        parts += [_not(part.bind(example, fold, count_values)) for part in self.none_of]
        return _all(parts)

    def value_paths(self) -> list[Path]:
        """Return the paths of the scalars that the condition reads, its parts included."""
        tables = (self.equals, self.differs, self.like)
        own = [path for table in tables for path in (table or {})]
        return own + [path for part in (*self.any_of, *self.none_of) for path in part.value_paths()]


def scalar_text(value: object) -> str | None:
    """Write a scalar as conditions do: `true`, `null`, `16` also for 16.0; None for an object or a list."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    return None


def condition_text(value: object) -> str | None:
    """Write a scalar for a comparison: as `scalar_text`, and the text `17.0` is the number 17."""
    if isinstance(value, str):
        return _WHOLE.sub(r"\1", value) if value.endswith("0") else value
    return scalar_text(value)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    text = scalar_text(value)
    return text is not None and pattern.fullmatch(text) is not None


def _is_of(value: object, names: tuple[str, ...]) -> bool:
    """Compare exact types, so that true is no number."""
    return any(type(value) in TYPES[name] for name in names)


def _is_of_type(example: Record, path: Path, fold: bool, names: tuple[str, ...]) -> Bound:
    """Ask for JSON types; between containers and scalars the shape decides."""
    bound = _somewhere(example, path, fold, lambda value: _is_of(value, names), by_name=False)
    return (
        False
        if _CONTAINER_TYPES.issuperset(names) and not isinstance(bound, bool) and _scalar(example, path, fold)
        else bound
    )


def _scalar(example: Record, path: Path, fold: bool) -> bool:
    """Return whether every place of a path holds a scalar in all records of the shape."""
    return not any(_through_list(example, place) for place in locate(example, path, fold))


def _somewhere(
    example: Record, path: Path, fold: bool, accept: Callable[[Any], bool], by_name: bool
) -> Bound:
    """Ask whether a value at one of the places of a path is accepted.

    The shape decides about existence, and about values that are objects or lists; what lies inside a list and
    what a scalar says differs from record to record.
    """
    tests: list[Place] = []
    for place in locate(example, path, fold):
        if _through_list(example, place):
            tests.append(place)
        elif by_name or isinstance(dig(example, place), dict | list):
            if by_name or accept(dig(example, place)):
                return True
        else:
            tests.append(place)
    if not tests:
        return False
    if len(tests) == 1 and len(tests[0]) == 1:
        name = str(tests[0][0])
        return lambda record: accept(record[name])
    return lambda record: any(_accepts(record, place, accept) for place in tests)


def _accepts(record: Record, place: Place, accept: Callable[[Any], bool]) -> bool:
    value = dig(record, place)
    return value is not ABSENT and accept(value)


def _through_list(example: Record, place: Place) -> bool:
    return any(isinstance(dig(example, place[:depth]), list) for depth in range(1, len(place)))


def _all(parts: list[Bound]) -> Bound:
    tests: list[Test] = []
    for part in parts:
        if part is False:
            return False
        if part is not True:
            tests.append(part)
    if not tests:
        return True
    return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)


def _any(parts: list[Bound]) -> Bound:
    negated = _all([_not(part) for part in parts])
    return _not(negated)


def _not(part: Bound) -> Bound:
    if isinstance(part, bool):
        return not part
    return lambda record: not part(record)
