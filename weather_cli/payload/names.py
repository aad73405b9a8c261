"""What the name of a field says: the variable that it may hold, and the unit at its end."""

import re
from functools import cache
from typing import Any, Final

from weather_etl.checking import built_in_profiles
from weather_etl.profiles import fold_name, unit_of_suffix

_WORDS: Final[tuple[tuple[str, str], ...]] = (
    (r"dew|taupunkt", "dew_point_temperature"),
    (
        r"(indoor|inside|room|console).*(temp|^t$)|temp(erature)?(indoor|inside|in)\b",
        "air_temperature_indoor",
    ),
    (r"(indoor|inside|room|console).*hum|hum(idity)?(indoor|inside|in)\b", "relative_humidity_indoor"),
    (r"(gust|boe|bö).*(dir|deg|bearing)", "wind_gust_from_direction"),
    (r"gust|böe|^boe|wind.*(max|peak)|(max|peak).*wind", "wind_speed_of_gust"),
    (r"wind.*(dir|deg|bearing|angle|richtung|vane)|windricht|^wd$|^wdir$", "wind_from_direction"),
    (r"wind|^ws$|^wspd$|anemo", "wind_speed"),
    (r"sealevel|mslp|^slp$|qnh|(press|baro).*(sea|msl|rel)", "air_pressure_at_mean_sea_level"),
    (r"press|baro|druck|^p$|^bp$|^qfe$", "air_pressure"),
    (r"(rain|precip|regen).*(rate|intens)|rate.*rain", "rainfall_rate"),
    (r"(rain|precip|regen).*24", "rainfall_24h_rolling"),
    (r"(rain|precip|regen).*(1h|hour|stunde)", "rainfall_1h_rolling"),
    (r"(rain|precip|regen).*(today|day|daily|midnight|heute)", "rainfall_since_midnight"),
    (r"(rain|precip|regen).*(count|total|acc|cum|gesamt)", "rainfall_counter"),
    (r"solar|irradian|radiation|^ghi$|pyran|strahlung", "downwelling_shortwave"),
    (r"lux|illum|bright|light", "illuminance"),
    (r"^uv|uvi", "ultraviolet_index"),
    (r"batt?(ery)?.*(v|volt|mv)|vbat|^vcc$", "battery_voltage"),
    (r"rssi|signal", "signal_strength"),
    (r"hum|feuchte|^rh$|^h$|^rf$", "relative_humidity"),
    (r"temp|^t$|^ta$|^tair$|^tout$", "air_temperature"),
)
"""Words in a folded name -> variable, asked from top to bottom; short names are whole names only."""

_RAIN: Final = re.compile(r"rain|precip|regen")
_FAMILY: Final = "generic"


@cache
def vocabulary() -> dict[str, str]:
    """Return the names that the generic profile knows, folded, with their variables."""
    found: dict[str, str] = {}
    values: dict[str, list[Any]] = _generic()["values"]
    for variable, fields in values.items():
        for one in fields:
            found.setdefault(one if isinstance(one, str) else one["path"], variable)
    return found


def time_names() -> list[str]:
    """Return the folded names of fields that hold a time, the likeliest first."""
    return [time if isinstance(time, str) else time["path"] for time in _generic()["time"]]


def station_names() -> list[str]:
    """Return the folded names of fields that name a station, the likeliest first."""
    return [text.strip("{}") for text in _generic()["station"]]


def missing_numbers() -> list[float]:
    """Return the numbers that commonly mean that there is no value."""
    return _generic()["missing"]


def variable_named(place: tuple[str, ...]) -> str | None:
    """Return the variable that a field may hold by its name, or the names above it; None if nothing says."""
    last, known = fold_name(place[-1]), vocabulary()
    for text in (last, fold_name("".join(place))):
        if variable := known.get(text) or _by_words(text):
            return variable
    for start in range(1, len(last)):
        variable = known.get(last[:start]) or _by_words(last[:start])
        if variable is not None and unit_of_suffix(last[start:], variable):
            return variable
    return None


def _by_words(text: str) -> str | None:
    return next((name for pattern, name in _WORDS if re.search(pattern, text)), None)


def rain_to_settle(place: tuple[str, ...]) -> str:
    """Return what is to be settled of a field that is about rain; nothing where it is not, or is clear."""
    text = fold_name("".join(place))
    if variable_named(place) is not None or not _RAIN.search(text):
        return ""
    if re.search(r"tip|pulse|click|bucket", text):
        return "rain in tips: map it to rainfall_counter with a scale, the mm of one tip, or leave it out"
    return "rain of an unknown kind: say which (docs/profiles.md), or leave it out"


def unit_at_the_end(name: str, variable: str) -> str:
    """Return the unit that a name ends in, or nothing."""
    folded = fold_name(name)
    found = (unit_of_suffix(folded[start:], variable) for start in range(1, len(folded)))
    return next((unit for unit in found if unit), "")


@cache
def _generic() -> dict[str, Any]:
    return dict(built_in_profiles()[_FAMILY])
