"""Where a message says in which unit a value is: beside the value, above it, or for the message as a whole.

Forms that are understood, for a value named `temperature`: `temperature_unit`, `temperatureUnit`,
`temp_unit`, `unit_temperature`; `units: {"temperature": ...}` and `current_units` beside `current`; `unit` in
the value's own object (`{"value": 71, "unit": "F"}`); a `unit` or a system (`units: "imperial"`) for all
values; `usUnits` of WeeWX; an object named after a system (`imperial: {"temp": 71}`).  What stands nearest to
the value counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from weather_etl.core import UNIT_OF
from weather_etl.profiles.conditions import scalar_text
from weather_etl.profiles.fields import Place, Record, as_list, as_record, dig, folding_to
from weather_etl.profiles.units import fold_name, unit_named, units_for


class Says(Enum):
    """What a text that names a unit is about."""

    OWN = "the unit of this value"
    SHARED = "a unit or a system of units for whatever it fits"
    SYSTEM = "a code of WeeWX for a system of units"


@dataclass(frozen=True)
class UnitPlace:
    """A place that names a unit, and what it is about."""

    place: Place
    says: Says = Says.OWN


_QUANTITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "degC": ("temperature", "temp"),
    "hPa": ("pressure", "press", "barometer", "baro"),
    "m/s": ("windspeed", "wind", "speed"),
    "degree": ("winddirection", "direction"),
    "mm": ("rain", "rainfall", "precipitation", "precip"),
    "mm/h": ("rainrate", "rainfallrate", "preciprate", "precipitationrate"),
    "%": ("humidity", "hum"),
    "W/m2": ("solarradiation", "radiation", "irradiance", "solar"),
    "lx": ("illuminance", "light"),
    "V": ("voltage", "batteryvoltage"),
}
"""Stored unit -> what messages call the quantity when they name its unit, folded."""
_VALUES: Final = ("value", "val", "v")
"""Names of the number in a value's own object, folded."""
_UNITS: Final = ("unit", "units", "uom", "unitofmeasurement", "unitcode")
_SYSTEMS: Final = ("unitsystem", "unitssystem", "measurementsystem", "unitsofmeasure")
_WEEWX: Final = "usunits"

_US: Final = {"degC": "degF", "hPa": "inHg", "m/s": "mph", "mm": "in", "mm/h": "in/h"}
_METRIC: Final = {"degC": "degC", "hPa": "hPa", "mm": "mm", "mm/h": "mm/h"}
_UNITS_OF_SYSTEM: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(("imperial", "us", "uscustomary", "english", "usa"), _US),
    "metric": _METRIC,  # which wind that means differs: km/h at WeeWX and Weather Underground, m/s elsewhere
    **{name: {**_METRIC, "m/s": "m/s"} for name in ("si", "metricsi", "metricwx")},
    **{name: {**_METRIC, "m/s": "mph"} for name in ("uk", "ukhybrid")},
}
"""System of units, folded -> stored unit -> unit."""
_UNITS_OF_CODE: Final[Mapping[str, Mapping[str, str]]] = {
    "1": _US,
    "16": {"degC": "degC", "hPa": "hPa", "m/s": "km/h", "mm": "cm", "mm/h": "cm/h"},
    "17": {**_METRIC, "m/s": "m/s"},
}
"""`usUnits` of WeeWX (weewx/units.py): US, METRIC, METRICWX."""
_TOO_LOOSE: Final = ("m", "meter", "meters", "metre", "metres", "1", "index", "uvi")
"""Units that a message may name for something else (a height, an index) when it does not say for what."""


def number_in(value: object) -> Place | None:
    """Return where the number of a value's own object lies (`{"value": 71, "unit": "F"}`); None: nowhere."""
    items = as_list(value)
    if items:
        inside = number_in(items[0]) if as_record(items[0]) is not None else None
        return None if inside is None else (0, *inside)
    record = as_record(value)
    names = {fold_name(name): name for name in record} if record else {}
    found = next((names[word] for word in _VALUES if word in names), None)
    return None if found is None else (found,)


def system_above(place: Place, variable: str) -> str | None:
    """Return the unit that an object named after a system of units means for the values in it."""
    for name in reversed(place[:-1]):
        units = _UNITS_OF_SYSTEM.get(fold_name(str(name)))
        if units is not None:
            return units.get(UNIT_OF[variable])
    return None


def unit_places(example: Record, place: Place, variable: str) -> tuple[UnitPlace, ...]:
    """Return the places that may name the unit of a value, the nearest first.

    Args:
        example: any record of the shape, the whole message where records are not taken out of it.
        place: of the value.
        variable: that the value is of.
    """
    return tuple(_around(example, place, variable))


def _around(example: Record, place: Place, variable: str) -> Iterator[UnitPlace]:
    length = len(place)
    while length > 1 and fold_name(str(place[length - 1])) in ("0", *_VALUES):
        length -= 1
    words = (fold_name(str(place[length - 1])), fold_name(variable), *_QUANTITIES.get(UNIT_OF[variable], ()))
    for depth in range(len(place) - 1, -1, -1):
        level = place[:depth]
        record = as_record(dig(example, level))
        if record is None:
            continue
        own_object = depth >= length
        below = fold_name(str(place[depth]))
        for found, says in _at_level(record, words, below, own=own_object):
            yield UnitPlace((*level, *found), says)


def _at_level(
    record: Record, words: tuple[str, ...], below: str, *, own: bool
) -> Iterator[tuple[Place, Says]]:
    """Yield what one object says about the unit of a value in it or below it."""

    def named(word: str) -> str | None:
        return next(iter(folding_to(record, word)), None)

    for word in words:
        for form in _forms(word):
            name = named(form)
            if name is not None and _is_text(record[name]):
                yield (name,), Says.OWN
    for word in (*_UNITS, f"{below}units", f"{below}unit"):
        name = named(word)
        if name is None:
            continue
        inner = as_record(record[name])
        if inner is not None:
            yield from (((name, key), Says.OWN) for key in _keys(inner, words))
        elif _is_text(record[name]):
            yield (name,), Says.OWN if own else Says.SHARED
    for word in _SYSTEMS:
        name = named(word)
        if name is not None and _is_text(record[name]):
            yield (name,), Says.SHARED
    name = named(_WEEWX)
    if name is not None:
        yield (name,), Says.SYSTEM


def _forms(word: str) -> tuple[str, ...]:
    behind = tuple(f"{word}{unit}" for unit in ("unit", "units", "uom", "unitcode", "@unit"))
    return (*behind, f"unit{word}", f"units{word}", f"unitof{word}")


def _keys(units: Record, words: tuple[str, ...]) -> Iterator[str]:
    folded = {fold_name(key): key for key in reversed(units)}
    return (folded[word] for word in words if word in folded and _is_text(units[folded[word]]))


def _is_text(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value is None or isinstance(value, str)


def unit_said(text: object, says: Says, variable: str) -> str | None:
    """Return the unit that a message names for a variable, None where what it says is about something else.

    Raises:
        ValueError: it names a unit for this very value that is not one of the variable.
    """
    written = scalar_text(text)
    if written is None or not written.strip() or written == "null":
        return None
    stored = UNIT_OF[variable]
    if says is Says.SYSTEM and written.strip().removesuffix(".0") in _UNITS_OF_CODE:
        return _UNITS_OF_CODE[written.strip().removesuffix(".0")].get(stored)
    system = _UNITS_OF_SYSTEM.get(fold_name(written))
    if system is not None:
        return system.get(stored)
    unit = unit_for(written, variable)
    if unit is None and says is Says.OWN:
        raise ValueError(f"unit {written[:40]!r} is not a unit of {variable}")
    return None if says is not Says.OWN and written.strip().lower() in _TOO_LOOSE else unit


def unit_for(text: str, variable: str) -> str | None:
    """Return the unit that a text names, if values of a variable may come in it; `mm` is a rate an hour."""
    unit = unit_named(text)
    allowed = units_for(variable)
    if unit is not None and unit not in allowed and f"{unit}/h" in allowed:
        return f"{unit}/h"
    return unit if unit in allowed else None
