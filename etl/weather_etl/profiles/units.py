"""Units that devices use, and their exact conversion to the stored unit of a variable.

Factors are exact by definition (inch, mile, nautical mile, knot) or the conventional values of the BIPM /
NIST SP 811 tables (inHg and mmHg at 0 degC, psi).  A lux is never converted to W/m2: that needs a spectrum.
"""

import re
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

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "degC": (
        "c",
        "°c",
        "℃",
        "cel",
        "celsius",
        "deg c",
        "deg_c",
        "degree celsius",
        "degrees celsius",
        "degree_celsius",
        "wmounit:degc",
    ),
    "degF": (
        "f",
        "°f",
        "℉",
        "fahrenheit",
        "deg f",
        "deg_f",
        "degree fahrenheit",
        "degrees fahrenheit",
        "wmounit:degf",
    ),
    "K": ("kelvin", "kelvins", "wmounit:k"),
    "%": ("percent", "pct", "%rh", "wmounit:percent"),
    "1": ("fraction", "ratio", "index", "uvi"),
    "hPa": ("mbar", "mb", "millibar", "millibars", "hectopascal", "hectopascals", "wmounit:hpa"),
    "Pa": ("pascal", "pascals", "wmounit:pa"),
    "kPa": ("kilopascal", "kilopascals"),
    "inHg": ("inches hg", "inch hg", "in hg", "in.hg", "inches of mercury"),
    "mmHg": ("torr", "mm hg"),
    "psi": (),
    "m/s": (
        "m s-1",
        "m s^-1",
        "m/sec",
        "meter/second",
        "meters/second",
        "meters per second",
        "metres per second",
        "mps",
        "m_s",
        "wmounit:m_s-1",
    ),
    "km/h": (
        "kmh",
        "kph",
        "km/hr",
        "km h-1",
        "km h^-1",
        "kilometers/hour",
        "kilometers per hour",
        "km_h",
        "wmounit:km_h-1",
    ),
    "mph": ("mi/h", "mi/hr", "mi_h", "miles/hour", "miles per hour"),
    "kt": ("kn", "kts", "knot", "knots", "kt/h"),
    "ft/s": ("fps",),
    "degree": (
        "deg",
        "°",
        "degrees",
        "degrees true",
        "arc degrees",
        "degree (angle)",
        "wmounit:degree_(angle)",
    ),
    "rad": ("radian", "radians"),
    "mm": ("millimeter", "millimeters", "millimetre", "millimetres", "l/m2", "l/m²", "kg m-2", "wmounit:mm"),
    "cm": ("centimeter", "centimeters", "centimetre", "centimetres"),
    "m": ("meter", "meters", "metre", "metres"),
    "in": ("inch", "inches", '"'),
    "mm/h": ("mm/hr", "mm h-1", "mm_h"),
    "in/h": ("in/hr", "inch/h", "in_h"),
    "cm/h": ("cm/hr",),
    "mm/min": (),
    "mm/s": ("kg m-2 s-1",),
    "W/m2": ("w/m²", "w/m^2", "w/m**2", "w m-2", "w m^-2", "watts/meter^2", "wm2"),
    "kW/m2": (),
    "ly/min": ("langley/min",),
    "lx": ("lux",),
    "klx": ("klux",),
    "V": ("volt", "volts"),
    "mV": ("millivolt", "millivolts"),
    "dBm": ("dbm",),
}
"""Unit -> further spellings, compared without regard to case."""

UNITS: Final = tuple(SPELLINGS)
"""Every unit, in the spelling that profiles use."""


def _index_spellings() -> dict[str, str]:
    """Index the spellings by lower case; `mV` and `MV` do not meet here, so case may be dropped."""
    index: dict[str, str] = {}
    for unit, spellings in SPELLINGS.items():
        for spelling in (unit, *spellings):
            folded = spelling.lower()
            if index.setdefault(folded, unit) != unit:
                raise AssertionError(f"unit spelling {spelling!r} means both {index[folded]} and {unit}")
    return index


_UNIT_OF_SPELLING: Final = _index_spellings()


def unit_named(text: str) -> str | None:
    """Return the unit that a device's spelling means, or None."""
    return _UNIT_OF_SPELLING.get(text.strip().lower())


def conversion(unit: str, variable: str) -> Conversion | None:
    """Return the conversion from a unit (any known spelling) to a variable's stored unit, or None."""
    known = unit_named(unit)
    return None if known is None else _CONVERSIONS[UNIT_OF[variable]].get(known)


def units_for(variable: str) -> tuple[str, ...]:
    """Return the units that a value of this variable may come in."""
    return tuple(_CONVERSIONS[UNIT_OF[variable]])


_SEPARATORS: Final = re.compile(r"[\s_\-().:/]+")


@lru_cache(maxsize=16384)
def fold_name(name: str) -> str:
    """Reduce a name to what tells it apart: no case, spaces, `_`, `-`, brackets, dots, colons, slashes."""
    return _SEPARATORS.sub("", name).lower()


_SUFFIXES: Final[dict[str, dict[str, str]]] = {
    "degC": {"c": "degC", "f": "degF", "k": "K", "celsius": "degC", "fahrenheit": "degF", "degc": "degC"},
    "%": {"pct": "%", "percent": "%"},
    "hPa": {
        "hpa": "hPa",
        "mbar": "hPa",
        "mb": "hPa",
        "pa": "Pa",
        "kpa": "kPa",
        "inhg": "inHg",
        "in": "inHg",
        "mmhg": "mmHg",
        "psi": "psi",
    },
    "m/s": {
        "ms": "m/s",
        "mps": "m/s",
        "kmh": "km/h",
        "kph": "km/h",
        "mih": "mph",
        "mph": "mph",
        "kt": "kt",
        "kn": "kt",
        "knots": "kt",
        "knot": "kt",
    },
    "degree": {"deg": "degree", "degrees": "degree"},
    "mm": {"mm": "mm", "cm": "cm", "in": "in", "inch": "in", "inches": "in"},
    "mm/h": {"mmh": "mm/h", "mmhr": "mm/h", "inh": "in/h", "inhr": "in/h", "cmh": "cm/h", "in": "in/h"},
    "W/m2": {"wm2": "W/m2", "wpm2": "W/m2"},
    "1": {},
    "lx": {"lx": "lx", "lux": "lx", "klx": "klx"},
    "V": {"v": "V", "mv": "mV", "volt": "V", "volts": "V"},
    "dBm": {"dbm": "dBm", "db": "dBm"},
}
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
