"""Time zones as people write them."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


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


def zone_names() -> set[str]:
    """Return the names of the IANA database on this machine."""
    return available_timezones()
