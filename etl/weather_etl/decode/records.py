"""From a message to its records: batches, positional arrays, parallel columns, maps keyed by time, text.

Each step of a profile turns the records of one level into those of the next.  A record is always an object;
what it needs from the level above it keeps under names of its own, so no path ever has to look upwards.
"""

import base64
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from weather_etl.decode.documents import Fault, decode
from weather_etl.profiles.conditions import Bound, Condition
from weather_etl.profiles.fields import ABSENT, TOP, Lookup, Path, Place, Record, Shape, dig, shape_of
from weather_etl.profiles.model import Block, Profile, Step

KEY = "@key"
"""Under this name an element of `entries`, or of a wildcard, keeps the name that it was found by."""
VALUE = "@value"
"""Under this name an element that is neither object nor list keeps its value."""

Shaped = tuple[Record, Shape]
"""A record and its shape."""

_URL_SAFE: Final = str.maketrans("-_", "+/")
_SHAPES: Final = 2000  # shapes remembered; fuzz and drift must not fill the memory


class RecordExtractor:
    """Takes the records of its blocks out of the messages of one profile.

    Blocks that begin with the same steps share what these find, and what the shape of a record decides is
    decided once per shape.
    """

    def __init__(self, profile: Profile) -> None:
        self._stages: list[_Taking | _Choosing] = []
        self._blocks = [(block, self._stage_of(block.steps, profile.lookup)) for block in profile.blocks]

    def _stage_of(self, steps: tuple[Step, ...], lookup: Lookup) -> int:
        """Return the number of the stage that ends with the last of some steps; -1 is the message itself."""
        stage = -1
        for step in steps:
            stage = self._number(_Taking(stage, replace(step, when=None), lookup))
            if step.when is not None:
                stage = self._number(_Choosing(stage, step.when, lookup))
        return stage

    def _number(self, stage: "_Taking | _Choosing") -> int:
        if stage not in self._stages:
            self._stages.append(stage)
        return self._stages.index(stage)

    def records(self, message: Record, envelope: Place = ()) -> Iterator[tuple[Block, list[Shaped]]]:
        """Yield the blocks with their records, both in order.

        A block without steps has the whole message as its record; steps begin in the envelope, and what they
        keep may lie around it.
        """
        whole = [(message, shape_of(message))]
        found: list[list[Shaped]] = []
        for stage in self._stages:
            above = whole if stage.above < 0 else found[stage.above]
            start = envelope if stage.above < 0 else ()
            found.append(stage.records(above, start) if above else [])
        for block, stage in self._blocks:
            yield block, whole if stage < 0 else found[stage]


@dataclass(frozen=True)
class _Choosing:
    """A stage that leaves records out.

    Attributes:
        above: number of the stage before.
        when: what holds for the others.
        lookup: how names are compared.
    """

    above: int
    when: Condition
    lookup: Lookup
    _bound: dict[Shape, Bound] = field(default_factory=dict[Shape, Bound], compare=False)

    def records(self, above: list[Shaped], envelope: Place) -> list[Shaped]:
        """Return those records for which the condition holds."""
        del envelope  # records have none
        return [shaped for shaped in above if self._holds(*shaped)]

    def _holds(self, record: Record, shape: Shape) -> bool:
        bound = self._bound.get(shape)
        if bound is None:
            _bounded(self._bound)
            bound = self._bound[shape] = self.when.bind(record, self.lookup, lambda _: 0)
        return bound if isinstance(bound, bool) else bound(record)


@dataclass(frozen=True)
class _Places:
    """Where records of one shape have what a step asks for.

    Attributes:
        kept: names and places of what the elements inherit.
        named: places that may list the names of an element's positions.
        found: places of the elements, each with the name that a wildcard found it by.
    """

    kept: list[tuple[str, list[Place]]]
    named: list[Place]
    found: list[tuple[Place, str | None]]


@dataclass(frozen=True)
class _Taking:
    """A stage that takes the elements of each record.

    Attributes:
        above: number of the stage before.
        step: what is taken.
        lookup: how names are compared.
    """

    above: int
    step: Step
    lookup: Lookup
    _known: dict[Shape, _Places] = field(default_factory=dict[Shape, _Places], compare=False)

    def records(self, above: list[Shaped], envelope: Place) -> list[Shaped]:
        """Return the elements of some records, in order."""
        return [(taken, shape_of(taken)) for shaped in above for taken in self._taken(*shaped, envelope)]

    def _taken(self, record: Record, shape: Shape, envelope: Place) -> Iterator[Record]:
        step = self.step
        key = (shape, envelope) if envelope else shape
        places = self._known.get(key)
        if places is None:
            _bounded(self._known)
            places = self._known[key] = self._places(record, envelope)
        kept = _kept(record, places.kept)
        names = _names(record, places.named) if step.names_path is not None else step.names
        for place, label in places.found:
            found = dig(record, place)
            if step.kind == "pairs":
                yield _from_pairs(kept, step, found)
                continue
            for index, (key, element) in enumerate(_elements(step, label, found)):
                result = kept.copy() if key is None else {**kept, KEY: key}
                result |= _as_record(element, names)
                if step.index is not None:
                    result[step.index] = index
                yield result

    def _places(self, record: Record, envelope: Place) -> _Places:
        def inside(path: Path) -> list[Place]:
            found = self.lookup.places(dig(record, envelope), path)
            return [(*envelope, *place) for place in found]

        def around(path: Path) -> list[Place]:
            within = [] if path[:1] == (TOP,) else inside(path)
            beside = self.lookup.first(record, path, envelope)
            return within or ([] if beside is None else [beside])

        return _Places(
            [(name, around(path)) for name, path in self.step.keep.items()],
            [] if self.step.names_path is None else inside(self.step.names_path),
            [(place, _label(place[len(envelope) :], self.step)) for place in inside(self.step.path)],
        )


def _bounded(memory: dict[Shape, Any]) -> None:
    """Forget all shapes where there are too many."""
    if len(memory) >= _SHAPES:
        memory.clear()


def _kept(record: Record, wanted: list[tuple[str, list[Place]]]) -> Record:
    kept: Record = {}
    for name, places in wanted:
        for place in places:
            value = dig(record, place)
            if value is not ABSENT:
                kept[name] = value
                break
    return kept


def _names(record: Record, places: list[Place]) -> tuple[str, ...]:
    for place in places:
        listed = dig(record, place)
        if isinstance(listed, list):
            return tuple(str(name) for name in cast("list[Any]", listed))
    return ()


def _label(place: Place, step: Step) -> str | None:
    """Return the name that a wildcard of a step stands for at a place."""
    names = (name for name, wild in zip(place, step.path, strict=False) if "*" in wild)
    return next(map(str, names), None)


def _elements(step: Step, label: str | None, found: object) -> Iterator[tuple[str | None, Any]]:
    """Yield what a step finds at one place, each with the name it was found by, if that says something."""
    if step.kind == "entries":
        if isinstance(found, dict):
            for name, value in cast("Record", found).items():
                if step.like is None or step.like.fullmatch(name):
                    yield name, value
        return
    if step.kind in _READERS:
        yield from ((None, element) for element in _READERS[step.kind](step, found))
        return
    if isinstance(found, list):
        for element in cast("list[Any]", found):
            yield label, element
    elif found is not ABSENT and found is not None:
        yield label, found


def _rows_of_columns(_: Step, found: object) -> Iterator[Record]:
    """Yield the rows of an object of parallel lists; a list shorter than the longest ends in nulls."""
    columns = {
        name: cast("list[Any]", values)
        for name, values in (cast("Record", found) if isinstance(found, dict) else {}).items()
        if isinstance(values, list)
    }
    for index in range(max(map(len, columns.values()), default=0)):
        yield {name: values[index] if index < len(values) else None for name, values in columns.items()}


def _values_of_json(_: Step, found: object) -> Iterator[Any]:
    """Yield the values of a JSON text, those of its arrays one by one; other text yields nothing."""
    if isinstance(found, str):
        yield from _values_of_bytes(found.encode("utf-8", "surrogatepass"))


def _values_of_base64(_: Step, found: object) -> Iterator[Any]:
    """Yield the values of JSON, gzip or not, in a base64 text of either alphabet; else nothing."""
    if not isinstance(found, str):
        return
    text = found.translate(_URL_SAFE).rstrip("=")
    try:
        body = base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:  # letters beyond ASCII, or a length that no bytes have
        return
    yield from _values_of_bytes(body)


def _values_of_bytes(body: bytes) -> Iterator[Any]:
    for value in decode(body):
        if isinstance(value, list):
            yield from cast("list[Any]", value)
        elif not isinstance(value, Fault):
            yield value


def _lines_of_text(step: Step, found: object) -> Iterator[Any]:
    """Yield the lines of a text, split into fields: lists, or objects if the first line names the fields.

    Quoted fields are read as RFC 4180 has them; a blank as separator stands for any run of white space.
    """
    if not isinstance(found, str):
        return
    lines = [line for line in found.replace("\0", "").splitlines() if line.strip()]
    try:
        rows = (
            [line.split() for line in lines]
            if step.separator.isspace() and step.separator != "\t"
            else list(csv.reader(lines, delimiter=step.separator))
        )
    except csv.Error:  # a field of more than 128 KiB
        return
    if not step.header:
        yield from rows
        return
    names = [name.strip() for name in rows[0]] if rows else []
    for row in rows[1:]:
        yield _as_record(row, tuple(names))


_READERS: Final = {
    "columns": _rows_of_columns,
    "json": _values_of_json,
    "base64": _values_of_base64,
    "lines": _lines_of_text,
}
"""Steps whose elements are not simply there, but have to be made."""


def _as_record(element: object, names: tuple[str, ...]) -> Record:
    """Return an element as an object: a list gets names (position numbers where none are given)."""
    if isinstance(element, dict):
        return cast("Record", element)
    if isinstance(element, list):
        values = cast("list[Any]", element)
        return {
            names[index] if index < len(names) else str(index): value for index, value in enumerate(values)
        }
    return {VALUE: element}


def _from_pairs(kept: Record, step: Step, found: object) -> Record:
    """Make one record of a list of names and values; a unit beside them lands under `<name>@unit`."""
    record = dict(kept)
    for pair in cast("list[Any]", found) if isinstance(found, list) else []:
        if not isinstance(pair, dict):
            continue
        entry = cast("Record", pair)
        name = entry.get(step.name)
        if not isinstance(name, str | int):
            continue
        record[str(name)] = entry.get(step.value)
        if step.unit is not None:
            record[f"{name}@unit"] = entry.get(step.unit)
    return record
