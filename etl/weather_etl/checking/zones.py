"""Time zones as people write them."""

import difflib
import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from weather_etl.checking.problems import Problem, did_you_mean

_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_LOOSE_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)


def parse_zone(text: str) -> tzinfo:
    """Return the zone named by an IANA name (`Asia/Ho_Chi_Minh`) or an offset (`+07:00`).

    Raises:
        ValueError: it is neither.
    """
    if text.upper() in ("UTC", "Z"):
        return UTC
    if offset := _OFFSET.fullmatch(text):
        sign = -1 if offset[1] == "-" else 1
        minutes = sign * (int(offset[2]) * 60 + int(offset[3]))
        if abs(minutes) > 14 * 60 or int(offset[3]) > 59:
            raise ValueError(f"{text!r} is not an offset between -14:00 and +14:00")
        return timezone(timedelta(minutes=minutes))
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or a folder of the database
        raise ValueError(f"{text!r} is neither an IANA time zone nor an offset such as +07:00") from None


def zone_problem(where: str, text: str) -> Problem | None:
    """Return what is wrong with the name of a zone, and which one was probably meant; None if it is right."""
    try:
        parse_zone(text)
    except ValueError:
        hint = likely_zone(text)
        return Problem(where, f"{text!r} is not a known time zone", "" if hint else _EXPECTED, hint)
    return None


_LONGEST_ABBREVIATION = 4
_CONTINENTS = frozenset(
    ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
_EXPECTED = "an IANA name such as Europe/Berlin, or an offset such as +07:00"


def likely_zone(text: str) -> str:
    """Return the zone that was probably meant: another spelling, a city alone, `GMT+7`; or nothing."""
    if loose := _LOOSE_OFFSET.fullmatch(text.strip()):
        offset = f"{loose[1]}{loose[2]:>02}:{loose[3] or '00'}"
        return offset if _is_zone(offset) else ""
    names = available_timezones()
    spelled = "_".join(text.split())
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(names, key=_rank, reverse=True)}
    if whole := next((name for name in names if name.casefold() == spelled.casefold()), ""):
        return whole
    if city := cities.get(spelled.casefold()):
        return city
    if "/" in spelled:
        return did_you_mean(spelled, names)
    # A city that is only somewhat like another is another one; abbreviations such as PST are all alike.
    close = difflib.get_close_matches(spelled.casefold(), list(cities), n=1, cutoff=0.8)
    return cities[close[0]] if close and len(spelled) > _LONGEST_ABBREVIATION else ""


def _rank(name: str) -> tuple[bool, str]:
    """Order zones by what people write: a continent and a city before old names and countries."""
    return name.split("/", maxsplit=1)[0] not in _CONTINENTS, name


def _is_zone(text: str) -> bool:
    try:
        parse_zone(text)
    except ValueError:
        return False
    return True
