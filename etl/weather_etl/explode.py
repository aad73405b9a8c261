"""From a message to its records: batches, positional arrays, parallel columns, maps keyed by time, text.

Each step of a profile turns the records of one level into those of the next.  A record is always an object;
what it needs from the level above it keeps under names of its own, so no path ever has to look upwards.
"""

import csv
from collections.abc import Iterator
from typing import Any, Final, cast

from weather_etl.conditions import Condition
from weather_etl.decode import Fault, decode
from weather_etl.fields import ABSENT, Place, Record, dig, locate
from weather_etl.profile import Step

KEY = "@key"
"""Under this name an element of `entries`, or of a wildcard, keeps the name that it was found by."""
VALUE = "@value"
"""Under this name an element that is neither object nor list keeps its value."""


def explode(message: Record, steps: tuple[Step, ...], fold: bool) -> Iterator[Record]:
    """Yield the records of a message, in its own order."""
    if not steps:
        yield message
        return
    for record in _apply(message, steps[0], fold):
        yield from explode(record, steps[1:], fold)


def holds(condition: Condition | None, record: Record, fold: bool) -> bool:
    """Test a condition on one record, without a plan for its shape."""
    if condition is None:
        return True
    bound = condition.bind(record, fold, lambda _: 0)
    return bound if isinstance(bound, bool) else bound(record)


def _apply(record: Record, step: Step, fold: bool) -> Iterator[Record]:
    kept = _kept(record, step, fold)
    names = _names(record, step, fold)
    for place in locate(record, step.path, fold):
        found = dig(record, place)
        if step.kind == "pairs":
            yield _from_pairs(kept, step, found)
            continue
        for index, (key, element) in enumerate(_elements(step, place, found)):
            inner = _as_record(element, names)
            result = {**kept, KEY: key, **inner} if key is not None else {**kept, **inner}
            if step.index is not None:
                result[step.index] = index
            if holds(step.when, result, fold):
                yield result


def _kept(record: Record, step: Step, fold: bool) -> Record:
    kept: Record = {}
    for name, path in step.keep.items():
        for place in locate(record, path, fold):
            value = dig(record, place)
            if value is not ABSENT:
                kept[name] = value
                break
    return kept


def _names(record: Record, step: Step, fold: bool) -> tuple[str, ...]:
    if step.names_path is None:
        return step.names
    for place in locate(record, step.names_path, fold):
        listed = dig(record, place)
        if isinstance(listed, list):
            return tuple(str(name) for name in cast("list[Any]", listed))
    return ()


def _elements(step: Step, place: Place, found: object) -> Iterator[tuple[str | None, Any]]:
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
    key = next((name for name, wild in zip(place, step.path, strict=False) if "*" in wild), None)
    label = None if key is None else str(key)
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
    """Yield the values of a JSON text, those of its arrays one by one; what is no JSON yields nothing."""
    if not isinstance(found, str):
        return
    for value in decode(found.encode("utf-8", "surrogatepass")):
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


_READERS: Final = {"columns": _rows_of_columns, "json": _values_of_json, "lines": _lines_of_text}
"""Steps whose elements are not simply there, but have to be made."""


def _as_record(element: object, names: tuple[str, ...]) -> Record:
    """Make an object of an element: a list gets names (position numbers where none are given)."""
    if isinstance(element, dict):
        return dict(cast("Record", element))
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
