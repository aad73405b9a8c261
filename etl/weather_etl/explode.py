"""From a message to its records: batches, positional arrays, maps keyed by time, lists of names and values.

Each step of a profile turns the records of one level into those of the next.  A record is always an object;
what it needs from the level above it keeps under names of its own, so no path ever has to look upwards.
"""

from collections.abc import Iterator
from typing import Any, cast

from weather_etl.conditions import Condition
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
        for key, element in _elements(step, place, found):
            inner = _as_record(element, names)
            result = {**kept, KEY: key, **inner} if key is not None else {**kept, **inner}
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
    key = next((name for name, wild in zip(place, step.path, strict=False) if "*" in wild), None)
    label = None if key is None else str(key)
    if isinstance(found, list):
        for element in cast("list[Any]", found):
            yield label, element
    elif found is not ABSENT and found is not None:
        yield label, found


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
