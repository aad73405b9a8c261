"""Units that devices use, and their exact conversion to the stored unit of a variable.

Factors are exact by definition (inch, mile, nautical mile, knot) or the conventional values of the BIPM /
NIST SP 811 tables (inHg and mmHg at 0 degC, psi).  A lux is never converted to W/m2: that needs a spectrum.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from weather_etl.core import UNIT_OF

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Conversion:
    """`stored = (raw + add) * multiply / divide`, exact where one factor would not be."""

    add: float = 0.0
    multiply: float = 1.0
    divide: float = 1.0

    def __call__(self, raw: Floats) -> Floats:
        """Convert an array; the identity returns the array itself, and what overflows has no value."""
        if self == IDENTITY:
            return raw
        with np.errstate(over="ignore"):
            stored = (raw + self.add) * self.multiply / self.divide
        return np.where(np.isfinite(stored), stored, np.nan)

    def scaled(self, factor: float, offset: float = 0.0) -> "Conversion":
        """Return the conversion of raw values that count in steps of `factor` units from `offset` on."""
        return Conversion((self.add + offset) / factor, self.multiply * factor, self.divide)


IDENTITY: Final = Conversion()

_CONVERSIONS: Final[dict[str, dict[str, Conversion]]] = {
    "degC": {
        "degC": IDENTITY,
        "degF": Conversion(add=-32.0, divide=1.8),
        "K": Conversion(add=-273.15),
    },
    "%": {"%": IDENTITY, "1": Conversion(multiply=100.0)},
    "hPa": {
        "hPa": IDENTITY,
        "Pa": Conversion(divide=100.0),
        "kPa": Conversion(multiply=10.0),
        "inHg": Conversion(multiply=33.8638866667),
        "mmHg": Conversion(multiply=1.33322387415),
        "psi": Conversion(multiply=68.9475729),
        "bar": Conversion(multiply=1000.0),
    },
    "m/s": {
        "m/s": IDENTITY,
        "km/h": Conversion(divide=3.6),
        "mph": Conversion(multiply=0.44704),
        "kt": Conversion(multiply=1852.0, divide=3600.0),
        "ft/s": Conversion(multiply=0.3048),
    },
    "degree": {"degree": IDENTITY, "rad": Conversion(multiply=180.0, divide=float(np.pi))},
    "mm": {
        "mm": IDENTITY,
        "cm": Conversion(multiply=10.0),
        "m": Conversion(multiply=1000.0),
        "in": Conversion(multiply=25.4),
    },
    "mm/h": {
        "mm/h": IDENTITY,
        "in/h": Conversion(multiply=25.4),
        "cm/h": Conversion(multiply=10.0),
        "mm/min": Conversion(multiply=60.0),
        "mm/s": Conversion(multiply=3600.0),
    },
    "W/m2": {"W/m2": IDENTITY, "kW/m2": Conversion(multiply=1000.0), "ly/min": Conversion(multiply=697.8)},
    "1": {"1": IDENTITY},
    "lx": {"lx": IDENTITY, "klx": Conversion(multiply=1000.0)},
    "V": {"V": IDENTITY, "mV": Conversion(divide=1000.0)},
    "dBm": {"dBm": IDENTITY},
}
"""Stored unit -> unit a device may use -> conversion."""

_SPELLED: Final[dict[str, str]] = {
    "degC": (
        "c; °c; c°; cel; celsius; celcius; centigrade; deg c; degree c; degrees c; degree celsius; "
        "degrees celsius"
    ),
    "degF": (
        "f; °f; f°; fah; fahrenheit; deg f; degree f; degrees f; degree fahrenheit; "
        "degrees fahrenheit; [degf]"
    ),
    "K": "kel; kelvin; kelvins; °k",
    "%": "percent; pct; %rh; rh%; %r.h.; percent rh; p1; pc",
    "1": "fraction; ratio; index; uvi; uv index; c62",
    "hPa": "mbar; mb; millibar; millibars; hectopascal; hectopascals; a97; mbr",
    "Pa": "pascal; pascals; pal",
    "kPa": "kilopascal; kilopascals; kpa",
    "inHg": "inches hg; inch hg; in hg; in.hg; inches of mercury; inch of mercury; \"hg; [in_i'hg]",
    "mmHg": "torr; mm hg; mm[hg]; millimeters of mercury",
    "psi": "lb/in2; pounds per square inch",
    "bar": "bars",
    "m/s": (
        "m s-1; m/s-1; m/sec; m/second; meter/second; meters/second; meter/sec; meters/sec; "
        "metre/second; metres/second; meter per second; meters per second; metres per second; mps; "
        "m_s; m_s-1; mts"
    ),
    "km/h": (
        "kmh; kph; kmph; km/hr; km/hour; km h-1; kilometer/hour; kilometers/hour; "
        "kilometers per hour; kilometres per hour; km_h; km_h-1"
    ),
    "mph": "mi/h; mi/hr; mp/h; mi_h; mile/hour; miles/hour; miles/h; mile per hour; miles per hour; [mi_i]/h",
    "kt": "kn; kts; knot; knots; kt/h; nmi/h; nm/h; [kn_i]; knt; nautical miles per hour",
    "ft/s": "fps; ft/sec; feet/second; feet per second",
    "degree": (
        "deg; °; degrees; degrees true; degree true; arc degrees; degree (angle); degree_(angle); "
        "angular degrees; °t"
    ),
    "rad": "radian; radians; c81",
    "mm": (
        "millimeter; millimeters; millimetre; millimetres; l/m2; l/sqm; liter/m2; "
        "liters per square meter; kg m-2; kg/m2; mmt"
    ),
    "cm": "centimeter; centimeters; centimetre; centimetres; cmt",
    "m": "meter; meters; metre; metres; mtr",
    "in": 'inch; inches; "; [in_i]',
    "mm/h": (
        "mm/hr; mm/hour; mm h-1; mm_h; mm per hour; millimeters per hour; millimeter/hour; l/m2/h; "
        "h67; mm_h-1"
    ),
    "in/h": 'in/hr; in/hour; inch/h; inches/h; inches/hour; in_h; inches per hour; "/h; "/hr',
    "cm/h": "cm/hr; cm/hour; cm h-1",
    "mm/min": "mm/minute; mm min-1",
    "mm/s": "kg m-2 s-1; mm s-1; kg/m2/s",
    "W/m2": (
        "w m-2; w/sqm; watt/m2; watts/m2; watt/meter2; watts/meter2; watts per square meter; wm2; wpm2; d54"
    ),
    "kW/m2": "kw m-2; kilowatt/m2",
    "ly/min": "langley/min; langleys/min; langleys per minute",
    "lx": "lux; lumen/m2",
    "klx": "klux; kilolux",
    "V": "volt; volts; vlt; vdc; v dc",
    "mV": "millivolt; millivolts; 2z",
    "dBm": "",
}
SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    unit: tuple(filter(None, spellings.split("; "))) for unit, spellings in _SPELLED.items()
}
"""Unit -> further spellings as devices, UCUM and UN/CEFACT have them, compared by `_folded_unit`."""

UNITS: Final = tuple(SPELLINGS)
"""Every unit, in the spelling that profiles use."""


_LOOK_ALIKES: Final = str.maketrans(
    dict.fromkeys("\u00ba\u02da", "°")  # masculine ordinal, ring above
    | dict.fromkeys("\u2033\u201c\u201d", '"')
    | {"'": None, "\u2019": None}
    | dict.fromkeys("*^\u00b7\u22c5\u2219\u2022\u00d7", " ")  # signs of products and powers
)
_MINUS: Final = "\N{MINUS SIGN}"
_AUTHORITY: Final = re.compile(r"\A(?:wmounit|wmo|unit|uc|ucum|qudt|uom):", re.ASCII)
_UCUM: Final = ("[degf]", "[in_i]", "[kn_i]")
_TIGHT: Final = re.compile(r"[\s_.]+")


def _folded_unit(text: str) -> str:
    """Reduce a unit to what tells it apart.

    No case, blanks, dots, `_`, `^`; the many dots of products are blanks, raised digits plain ones (`m⋅s⁻¹`),
    and what looks like a degree sign is one.  `mV` and `MV` do not meet here, so case may be dropped.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_LOOK_ALIKES)).replace(_MINUS, "-")
    if plain[:1] + plain[-1:] in ("()", "[]") and plain.lower() not in _UCUM:
        plain = plain[1:-1]
    return _AUTHORITY.sub("", _TIGHT.sub("", plain.lower()))


def _index_spellings() -> dict[str, str]:
    index: dict[str, str] = {}
    for unit, spellings in SPELLINGS.items():
        for spelling in (unit, *spellings):
            folded = _folded_unit(spelling)
            if index.setdefault(folded, unit) != unit:
                raise AssertionError(f"unit spelling {spelling!r} means both {index[folded]} and {unit}")
    return index


_UNIT_OF_SPELLING: Final = _index_spellings()


@lru_cache(maxsize=4096)
def unit_named(text: str) -> str | None:
    """Return the unit that a device's spelling means, or None."""
    return _UNIT_OF_SPELLING.get(_folded_unit(text.strip()))


def conversion(unit: str, variable: str) -> Conversion | None:
    """Return the conversion from a unit (any known spelling) to a variable's stored unit, or None."""
    known = unit_named(unit)
    return None if known is None else _CONVERSIONS[UNIT_OF[variable]].get(known)


def units_for(variable: str) -> tuple[str, ...]:
    """Return the units that a value of this variable may come in."""
    return tuple(_CONVERSIONS[UNIT_OF[variable]])


_SEPARATORS: Final = re.compile(r"[\s_\-().:/]+")
_BETWEEN: Final = "\ue000"
"""A letter for private use: no separator, and without case."""


@lru_cache(maxsize=16384)
def fold_name(name: str) -> str:
    """Reduce a name to what tells it apart: no case, spaces, `_`, `-`, brackets, dots, colons, slashes."""
    return _SEPARATORS.sub("", name).lower()


def fold_names(names: Sequence[str]) -> Sequence[str]:
    """Reduce many names, as `fold_name` does one, in a tenth of the time."""
    text = _BETWEEN.join(names)
    if text.count(_BETWEEN) != len(names) - 1:
        return [fold_name(name) for name in names]
    return _SEPARATORS.sub("", text).lower().split(_BETWEEN)


_SHORT_SUFFIXES: Final[dict[str, dict[str, str]]] = {
    "degC": {"c": "degC", "f": "degF", "k": "K"},
    "hPa": {"in": "inHg", "inch": "inHg", "inches": "inHg"},
    "m/s": {"ms": "m/s", "mih": "mph"},
    "mm": {"in": "in"},
    "mm/h": {"in": "in/h", "inh": "in/h", "inhr": "in/h", "mmh": "mm/h", "mmhr": "mm/h"},
    "lx": {"lx": "lx"},
    "V": {"v": "V"},
    "dBm": {"db": "dBm"},
}
"""Stored unit -> endings of names that are too short or too loose to be spellings of a unit anywhere else."""


def _index_suffixes() -> dict[str, dict[str, str]]:
    index: dict[str, dict[str, str]] = {}
    for stored, conversions in _CONVERSIONS.items():
        found = index[stored] = dict(_SHORT_SUFFIXES.get(stored, {}))
        for unit in conversions:
            for spelling in (unit, *SPELLINGS[unit]) if unit != "1" else ():
                folded = fold_name(spelling)
                if len(folded) > 1 and folded.isalnum() and folded.isascii():
                    found.setdefault(folded, unit)
    return index


_SUFFIXES: Final = _index_suffixes()
"""Stored unit -> folded ending of a field name -> unit: `temperature_C`, `wind_avg_km_h`, `tempf`."""


def unit_of_suffix(suffix: str, variable: str) -> str | None:
    """Return the unit that the rest of a field name (after the quantity's name) stands for, or None."""
    return _SUFFIXES[UNIT_OF[variable]].get(fold_name(suffix))


COMPASS: Final[dict[str, float]] = {
    point: index * 22.5
    for index, point in enumerate(
        "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split()  # noqa: SIM905 - one row of a table
    )
} | {"NORTH": 0.0, "EAST": 90.0, "SOUTH": 180.0, "WEST": 270.0}
"""Compass text -> degrees.  `O` is left out: west in French and Spanish, east in German (use `codes`)."""


def direction(degrees: Floats) -> Floats:
    """Bring directions into [0, 360): 360 and 0 are both north; sums of turns and negative angles wrap.

    `np.mod` of a tiny negative number returns 360.0 itself, which is why the result is compared once more.
    """
    wrapped = np.mod(degrees, 360.0)
    return np.where(wrapped >= 360.0, 0.0, wrapped)
