"""Conditions on records: how a profile recognises messages, picks records and tells status messages apart.

A condition is bound to a shape before it is used.  What depends on names alone is then already true or false,
and only what depends on values is left to be tested record by record.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from weather_etl.profiles.fields import ABSENT, TOP, Lookup, Path, Place, Record, dig

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

    def bind(
        self,
        example: Record,
        lookup: Lookup,
        count_values: Callable[[Record], int],
        message: Record | None = None,
    ) -> Bound:
        """Decide what a shape decides.

        Args:
            example: any record of the shape.
            lookup: how names are compared.
            count_values: how many variables the profile finds in a record, for `values_at_least`.
            message: what the record lies in, for `has`, `has_any` and `lacks` of paths that begin with `^`.

        Returns:
            True or false if names alone decide, else a test for records of this shape.
        """
        shape = _Shape(example, lookup, example if message is None else message)
        parts: list[Bound] = [shape.exists(path) for path in self.has]
        if self.has_any:
            parts.append(_any([shape.exists(path) for path in self.has_any]))
        parts += [_not(shape.exists(path)) for path in self.lacks]
        parts += [shape.value_is(path, _one_of(texts)) for path, texts in (self.equals or {}).items()]
        parts += [_not(shape.value_is(path, _one_of(texts))) for path, texts in (self.differs or {}).items()]
        parts += [shape.value_is(path, _like(pattern)) for path, pattern in (self.like or {}).items()]
        parts += [shape.is_of_type(path, names) for path, names in (self.types or {}).items()]
        if self.values_at_least:
            parts.append(count_values(example) >= self.values_at_least)
        if self.any_of:
            parts.append(_any([part.bind(example, lookup, count_values, message) for part in self.any_of]))
        parts += [_not(part.bind(example, lookup, count_values, message)) for part in self.none_of]
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


def _one_of(texts: frozenset[str]) -> Callable[[Any], bool]:
    return lambda value: condition_text(value) in texts


def _like(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    def matches(value: object) -> bool:
        text = scalar_text(value)
        return text is not None and pattern.fullmatch(text) is not None

    return matches


def _is_of(value: object, names: tuple[str, ...]) -> bool:
    """Compare exact types, so that true is not a number."""
    return any(type(value) in TYPES[name] for name in names)


@dataclass(frozen=True)
class _Shape:
    """What a shape says about paths: an example of its records, and how names are looked up."""

    example: Record
    lookup: Lookup
    message: Record

    def exists(self, path: Path) -> Bound:
        """Ask whether anything lies at a path; the shape decides, except inside of lists."""
        if path[:1] == (TOP,):
            return any(True for _ in self.lookup.places(self.message, path[1:]))
        places = list(self.lookup.places(self.example, path))
        if any(not self._passes_list(place) for place in places):
            return True
        return _test_of(places, lambda value: value is not ABSENT)

    def value_is(self, path: Path, accept: Callable[[Any], bool]) -> Bound:
        """Ask whether a value at one of the places of a path is accepted.

        The shape decides about values that are objects or lists; what lies inside a list and what a scalar
        says differs from record to record.
        """
        tests: list[Place] = []
        for place in self.lookup.places(self.example, path):
            value = dig(self.example, place)
            if self._passes_list(place) or not isinstance(value, dict | list):
                tests.append(place)
            elif accept(value):
                return True
        return _test_of(tests, accept)

    def is_of_type(self, path: Path, names: tuple[str, ...]) -> Bound:
        """Ask for JSON types; between containers and scalars the shape decides."""
        bound = self.value_is(path, lambda value: _is_of(value, names))
        if isinstance(bound, bool) or not _CONTAINER_TYPES.issuperset(names):
            return bound
        return bound if any(map(self._passes_list, self.lookup.places(self.example, path))) else False

    def _passes_list(self, place: Place) -> bool:
        """Return whether a place lies inside of a list."""
        return any(isinstance(dig(self.example, place[:depth]), list) for depth in range(1, len(place)))


def _test_of(places: list[Place], accept: Callable[[Any], bool]) -> Bound:
    """Return a test of the values at some places, false where there is none."""
    if not places:
        return False
    if len(places) == 1 and len(places[0]) == 1:
        name = str(places[0][0])
        return lambda record: accept(record[name])
    return lambda record: any(_accepts(record, place, accept) for place in places)


def _accepts(record: Record, place: Place, accept: Callable[[Any], bool]) -> bool:
    value = dig(record, place)
    return value is not ABSENT and accept(value)


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
