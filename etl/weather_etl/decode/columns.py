"""Columns of values: raw numbers of many records to stored units."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from weather_etl.decode.shape_plan import BoundCandidate, ShapePlan
from weather_etl.profiles.conditions import scalar_text
from weather_etl.profiles.fields import Record, column, format_place
from weather_etl.profiles.numbers import number_column
from weather_etl.profiles.units import Conversion, Floats, conversion

Bools = npt.NDArray[np.bool_]
_WHOLE: Final = re.compile(r"\.0+$")  # a code that some write as a number with decimals: usUnits "16.0"


@dataclass(frozen=True)
class ColumnReading:
    """A column read from one candidate.

    Attributes:
        values: in stored units, NaN where there is none.
        adjusted: where the profile replaced the raw value.
        problems: position -> why it could not be read.
    """

    values: Floats
    adjusted: Bools | None
    problems: Mapping[int, str]


def read_column(bound: BoundCandidate, records: Sequence[Record]) -> ColumnReading:
    """Read one column: raw numbers, sentinels out, special values replaced, stored units."""
    candidate = bound.candidate
    raw = column(records, bound.place)
    applies: Bools | None = None
    if not isinstance(bound.condition, bool):
        test = bound.condition
        applies = np.fromiter((test(record) for record in records), dtype=np.bool_, count=len(records))
        raw = [value if holds else None for value, holds in zip(raw, applies, strict=True)]
    values, problems = number_column(raw, candidate.texts)
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
    if bound.unit_place is None:
        return ColumnReading(bound.conversion(values), adjusted, problems)
    converted, unit_problems = _convert_by_record(bound, values, records)
    return ColumnReading(converted, adjusted, {**unit_problems, **problems})


def _convert_by_record(
    bound: BoundCandidate, values: Floats, records: Sequence[Record]
) -> tuple[Floats, dict[int, str]]:
    """Convert a column whose records name their unit; an unknown unit makes the value unreadable."""
    assert bound.unit_place is not None  # noqa: S101 - the caller asked
    texts = [scalar_text(unit) for unit in column(records, bound.unit_place)]
    result = np.full(len(values), np.nan)
    problems: dict[int, str] = {}
    for text in dict.fromkeys(texts):
        rows = np.fromiter((other == text for other in texts), dtype=np.bool_, count=len(texts))
        chosen = _conversion_of(bound, text)
        if chosen is not None:
            result = np.where(rows, chosen(values), result)
            continue
        for index in np.flatnonzero(rows & ~np.isnan(values)):
            problems[int(index)] = f"unit {text!r} is not a unit of {bound.variable}"
    return result, problems


def _conversion_of(bound: BoundCandidate, text: str | None) -> Conversion | None:
    if text is None or text in ("null", ""):
        return bound.conversion
    coded = bound.candidate.unit_codes.get(_WHOLE.sub("", text.strip()).lower())
    if coded is not None:
        return coded
    known = conversion(text, bound.variable)
    return None if known is None else known.scaled(bound.candidate.scale, bound.candidate.offset)


@dataclass(frozen=True)
class Values:
    """The variables of many records.

    Attributes:
        columns: variable -> stored units, NaN where there is none.
        adjusted: variable -> where the profile replaced the raw value.
        any_value: where a record has at least one value.
        problems: position -> the first field that could not be read, and why.
        unreadable: field -> how often it could not be read.
    """

    columns: Mapping[str, Floats]
    adjusted: Mapping[str, Bools]
    any_value: Bools
    problems: Mapping[int, str]
    unreadable: Mapping[str, int]


def read_values(plan: ShapePlan, records: Sequence[Record]) -> Values:
    """Read every variable; of its candidates the first that has a value counts."""
    columns: dict[str, Floats] = {}
    adjusted: dict[str, Bools] = {}
    any_value = np.zeros(len(records), dtype=np.bool_)
    problems: dict[int, str] = {}
    unreadable: dict[str, int] = {}
    for variable, candidates in plan.candidates.items():
        values = np.full(len(records), np.nan)
        changed = np.zeros(len(records), dtype=np.bool_)
        for bound in candidates:
            reading = read_column(bound, records)
            empty = np.isnan(values)
            values = np.where(empty, reading.values, values)
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
    return Values(columns, adjusted, any_value, problems, unreadable)
