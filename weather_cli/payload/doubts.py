"""What a sample leaves open, and values that quality control would not, or could not, find wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from weather_etl.core import UNIT_OF, VARIABLE_NAMES
from weather_etl.decode import Explanation, FieldReport, Role
from weather_etl.profiles import conversion, units_for
from weather_etl.settings import merged_rules

_EPOCHS: Final = (1e9, 4e9)  # 2001 to 2096, seconds
Range = tuple[float, float]


def doubts(explanation: Explanation) -> list[str]:
    """Return warnings about the observations and the fields of one file."""
    decoded = explanation.decoded
    rows: list[dict[str, Any]] = decoded.observations.to_pylist()
    warnings: list[str] = []
    assumed: set[str] = set()
    for label in decoded.assumed_units:
        family, _, variable = label.partition(":")
        assumed.add(variable)
        values = [row[variable] for row in rows if row["family"] == family and row[variable] is not None]
        also = ", ".join(fitting_units(variable, values, but=UNIT_OF[variable]))
        taken = f"{variable}: nothing says its unit, {UNIT_OF[variable]} is assumed"
        warnings.append(f"{taken}; as {also} it would pass quality control too" if also else taken)
    if decoded.station_from_site:
        warnings.append(f"{decoded.station_from_site} observations name no station: the site stands for it")
    if decoded.time_from_arrival:
        warnings.append(f"{decoded.time_from_arrival} observations name no time: arrival stands for it")
    return [
        *warnings,
        *_unreadable(explanation),
        *_out_of_range(rows),
        *_without_range(rows),
        *_times_unread(explanation),
    ]


def fail_range(variable: str, level: str = "fail") -> Range | None:
    """Return the range that quality control holds a variable against, in its stored unit."""
    found = merged_rules("default").get(variable, {}).get("range", {}).get(level)
    return None if found is None else (float(found[0]), float(found[1]))


def fitting_units(variable: str, raw: list[float], *, but: str = "", level: str = "fail") -> list[str]:
    """Return the units in which all raw values would lie in the range of a variable."""
    limits = fail_range(variable, level) or fail_range(variable)
    if limits is None or not raw:
        return []
    low, high = limits
    fitting: list[str] = []
    for unit in units_for(variable):
        convert = conversion(unit, variable)
        if unit != but and convert is not None:
            stored = convert(np.array(raw, dtype=np.float64))
            if bool(((stored >= low) & (stored <= high)).all()):
                fitting.append(unit)
    return fitting


def _fields(explanation: Explanation) -> Iterator[FieldReport]:
    for message in explanation.messages:
        for record in message.records:
            yield from record.fields


def _unreadable(explanation: Explanation) -> Iterator[str]:
    for field in _fields(explanation):
        if field.role == Role.UNREADABLE:
            yield f"{field.path}: {field.raw} cannot be read and is left out: {field.why}"


def _out_of_range(rows: list[dict[str, Any]]) -> Iterator[str]:
    for variable in VARIABLE_NAMES:
        limits = fail_range(variable)
        values = [row[variable] for row in rows if row[variable] is not None]
        wrong = [value for value in values if limits and not limits[0] <= value <= limits[1]]
        if limits and wrong:
            unit = UNIT_OF[variable]
            others = fitting_units(variable, wrong, but=unit)
            hint = f"; if the device says {' or '.join(others)}, the profile has to" if others else ""
            told = f"{variable}: {wrong[0]:g} {unit} is outside of {limits[0]:g} to {limits[1]:g} {unit}"
            yield f"{told} and would be flagged as failed{hint}"


def _without_range(rows: list[dict[str, Any]]) -> Iterator[str]:
    for variable in VARIABLE_NAMES:
        if fail_range(variable) is None and any(row[variable] is not None for row in rows):
            yield f"{variable}: passes only because quality control has no range for it"


def _times_unread(explanation: Explanation) -> Iterator[str]:
    """Name fields that look like a time, where the time of arrival was taken for want of one."""
    if not explanation.decoded.time_from_arrival:
        return
    for field in _fields(explanation):
        moment = epoch(field.raw)
        if field.role == Role.UNKNOWN and moment:
            yield f"{field.path}: looks like a time, {moment:%Y-%m-%d %H:%M} UTC, and is not read"


def epoch(raw: str) -> datetime | None:
    """Return the time that a number of seconds or milliseconds since 1970 would mean; None if it is none."""
    try:
        seconds = float(raw.strip('"'))
    except ValueError:
        return None
    seconds = seconds / 1000 if seconds >= _EPOCHS[0] * 1000 else seconds
    return datetime.fromtimestamp(seconds, UTC) if _EPOCHS[0] <= seconds < _EPOCHS[1] else None
