"""Columns of values: raw numbers of many records to stored units."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from weather_etl.decode.shape_plan import BoundCandidate, ShapePlan
from weather_etl.decode.unit_places import UnitPlace, unit_for, unit_said
from weather_etl.profiles.conditions import scalar_text
from weather_etl.profiles.fields import Record, column, format_place
from weather_etl.profiles.numbers import number_column, split_quantity
from weather_etl.profiles.units import Conversion, Floats, conversion

STATED: Final = "stated by the profile or the field's name"
Bools = npt.NDArray[np.bool_]
_WHOLE: Final = re.compile(r"\.0+$")  # a code that some write as a number with decimals: usUnits "16.0"


@dataclass(frozen=True)
class ColumnReading:
    """A column read from one candidate.

    Attributes:
        values: in stored units, NaN where there is none.
        adjusted: where the profile replaced the raw value.
        problems: position -> why it could not be read.
        assumed: how many values neither message nor profile names a unit for.
    """

    values: Floats
    adjusted: Bools | None
    problems: Mapping[int, str]
    assumed: int = 0


def read_column(bound: BoundCandidate, records: Sequence[Record]) -> ColumnReading:
    """Read one column: raw numbers, sentinels out, special values replaced, stored units."""
    candidate = bound.candidate
    raw = column(records, bound.place)
    if not isinstance(bound.condition, bool):
        test = bound.condition
        applies = np.fromiter((test(record) for record in records), dtype=np.bool_, count=len(records))
        raw = [value if holds else None for value, holds in zip(raw, applies, strict=True)]
    values, problems = number_column(raw, candidate.texts)
    own_units: dict[int, str] = {}
    if problems:
        values, problems, own_units = _with_units_in_text(bound, raw, values, problems)
    for sentinel in candidate.missing:
        hit = np.abs(values - sentinel.value) <= sentinel.within
        if hit.any():
            values = np.where(hit, np.nan, values)
    adjusted: Bools | None = None
    for wrong, meant in candidate.replace.items():
        hit = values == wrong
        if hit.any():
            values = np.where(hit, meant, values)
            adjusted = hit if adjusted is None else adjusted | hit
    if not bound.unit_places and not own_units:
        assumed = int(np.count_nonzero(~np.isnan(values))) if bound.assumed else 0
        return ColumnReading(bound.conversion(values), adjusted, problems, assumed)
    units, wrong_units = _units(bound, records, own_units)
    unit_problems = {index: why for index, why in wrong_units.items() if not np.isnan(values[index])}
    if unit_problems:
        values = values.copy()
        values[list(unit_problems)] = np.nan
    converted, assumed = _convert(bound, values, units)
    return ColumnReading(converted, adjusted, {**unit_problems, **problems}, assumed)


def _with_units_in_text(
    bound: BoundCandidate, raw: list[Any], values: Floats, problems: Mapping[int, str]
) -> tuple[Floats, dict[int, str], dict[int, str]]:
    """Read what is not a number alone as a number with its unit: `71.6 °F`, `41%`, `0,4 m/s`.

    Returns:
        The values with these numbers, the problems that are left, and position -> unit.
    """
    values = values.copy()
    left = dict(problems)
    units: dict[int, str] = {}
    texts = bound.candidate.texts
    for index in problems if texts is None or not texts.only else ():
        number, unit = split_quantity(raw[index])
        known = unit_for(unit, bound.variable) if unit else None
        if number is None or unit is None:
            continue
        if known is None:
            left[index] = f"unit {unit[:40]!r} is not a unit of {bound.variable}"
            continue
        values[index] = number
        units[index] = known
        del left[index]
    return values, left, units


def _units(
    bound: BoundCandidate, records: Sequence[Record], own: Mapping[int, str]
) -> tuple[list[str | None], dict[int, str]]:
    """Return the unit, or the profile's code for one, that each record names; None where it names none."""
    units: list[str | None] = [None] * len(records)
    problems: dict[int, str] = {}
    said: dict[tuple[UnitPlace, str | None], str | None] = {}
    for place in bound.unit_places:
        for index, raw in enumerate(column(records, place.place)):
            if units[index] is not None or index in problems:
                continue
            text = scalar_text(raw)
            key = (place, text)
            if key not in said:
                try:
                    said[key] = _code(bound, text) or unit_said(text, place.says, bound.variable)
                except ValueError as error:
                    problems[index] = str(error)
                    continue
            units[index] = said[key]
    for index, unit in own.items():
        units[index] = unit
        problems.pop(index, None)
    return units, problems


def _code(bound: BoundCandidate, text: str | None) -> str | None:
    """Return the key of the profile's own table of units that a text is, None if it is none of them."""
    key = "" if text is None else _WHOLE.sub("", text.strip()).lower()
    return key if key in bound.candidate.unit_codes else None


def _convert(bound: BoundCandidate, values: Floats, units: list[str | None]) -> tuple[Floats, int]:
    """Convert each value from the unit that its record names, else from the candidate's own.

    Returns:
        Stored units, and how many values had to be read with an assumed unit.
    """
    result = np.full(len(values), np.nan)
    assumed = 0
    for unit in dict.fromkeys(units):
        rows = np.fromiter((other == unit for other in units), dtype=np.bool_, count=len(units))
        result = np.where(rows, _conversion_of(bound, unit)(values), result)
        if unit is None and bound.assumed:
            assumed = int(np.count_nonzero(rows & ~np.isnan(values)))
    return result, assumed


def _conversion_of(bound: BoundCandidate, unit: str | None) -> Conversion:
    if unit is None:
        return bound.conversion
    coded = bound.candidate.unit_codes.get(unit)
    if coded is not None:
        return coded
    known = conversion(unit, bound.variable)
    assert known is not None  # noqa: S101 - `unit_for` found it
    return known.scaled(bound.candidate.scale, bound.candidate.offset)


def unit_read(bound: BoundCandidate, record: Record) -> tuple[str, str]:
    """Return the unit that the value of one record is read in, and who says so.

    The latter is the field that names the unit, or that the value's own text does, or `STATED`, or that the
    unit is assumed.
    """
    raw = column([record], bound.place)
    own: dict[int, str] = {}
    if isinstance(raw[0], str):
        _, problems = number_column(raw, bound.candidate.texts)
        own = _with_units_in_text(bound, raw, np.full(1, np.nan), problems)[2]
    if own:
        return own[0], "in its own text"
    for place in bound.unit_places:
        units, _ = _units(replace(bound, unit_places=(place,)), [record], {})
        if units[0] is not None:
            return units[0], f"from {format_place(place.place)}"
    return bound.unit, "assumed: nothing says it" if bound.assumed else STATED


@dataclass(frozen=True)
class Values:
    """The variables of many records.

    Attributes:
        columns: variable -> stored units, NaN where there is none.
        adjusted: variable -> where the profile replaced the raw value.
        any_value: where a record has at least one value.
        problems: position -> the first field that could not be read, and why.
        unreadable: field -> how often it could not be read.
        assumed: variable -> how many values were read with an assumed unit.
    """

    columns: Mapping[str, Floats]
    adjusted: Mapping[str, Bools]
    any_value: Bools
    problems: Mapping[int, str]
    unreadable: Mapping[str, int]
    assumed: Mapping[str, int]


def read_values(plan: ShapePlan, records: Sequence[Record]) -> Values:
    """Read every variable; of its candidates the first that has a value counts."""
    columns: dict[str, Floats] = {}
    adjusted: dict[str, Bools] = {}
    any_value = np.zeros(len(records), dtype=np.bool_)
    problems: dict[int, str] = {}
    unreadable: dict[str, int] = {}
    assumed: dict[str, int] = {}
    for variable, candidates in plan.candidates.items():
        values = np.full(len(records), np.nan)
        changed = np.zeros(len(records), dtype=np.bool_)
        for bound in candidates:
            reading = read_column(bound, records)
            empty = np.isnan(values)
            values = np.where(empty, reading.values, values)
            if reading.assumed:
                assumed[variable] = assumed.get(variable, 0) + reading.assumed
            if reading.adjusted is not None:
                changed |= reading.adjusted & empty
            if reading.problems:
                name = format_place(bound.place)
                unreadable[name] = unreadable.get(name, 0) + len(reading.problems)
                for index, why in reading.problems.items():
                    problems.setdefault(index, f"{name}: {why}")
        columns[variable] = values
        any_value |= ~np.isnan(values)
        if changed.any():
            adjusted[variable] = changed
    return Values(columns, adjusted, any_value, problems, unreadable, assumed)
