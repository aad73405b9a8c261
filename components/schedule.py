"""A weekly local time as the UTC cron expression of an EventBridge rule.

Rules know UTC only.  A fixed offset is exact for zones without daylight saving time, such as Viet Nam's; for
other zones the rule keeps its UTC time all year.
"""

import re

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Names of the weekdays in the order of ``datetime.weekday``."""

_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES


def parse_time(text: str) -> int:
    """Return the minutes since midnight of a 24-hour time ``HH:MM``.

    Raises:
        ValueError: the text is not a time of day.
    """
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if match is None:
        raise ValueError(f"{text!r} is not a time of day from 00:00 to 23:59")
    return int(match[1]) * 60 + int(match[2])


def parse_offset(text: str) -> int:
    """Return the minutes east of UTC of an offset ``+HH:MM`` or ``-HH:MM``.

    Raises:
        ValueError: the text is not an offset from -12:00 to +14:00, the range in use on Earth (tz database).
    """
    match = re.fullmatch(r"([+-])(\d{2}):([0-5]\d)", text)
    minutes = 0 if match is None else int(match[2]) * 60 + int(match[3])
    if match is not None and match[1] == "-":
        minutes = -minutes
    if match is None or not -12 * 60 <= minutes <= 14 * 60:
        raise ValueError(f"{text!r} is not an offset from -12:00 to +14:00")
    return minutes


def weekly_cron(weekday: str, time: str, utc_offset: str, delay_minutes: int = 0) -> str:
    """Return the cron expression of a rule that fires once a week.

    Sunday midnight in UTC+7 is Saturday 17:00 in UTC:

    >>> weekly_cron("sunday", "00:00", "+07:00")
    'cron(0 17 ? * SAT *)'

    Args:
        weekday: local weekday, one of ``WEEKDAYS``.
        time: local time of day, ``HH:MM``.
        utc_offset: offset of the local time, ``+HH:MM``.
        delay_minutes: how long after that moment to fire.

    Raises:
        ValueError: one of the texts is malformed.
    """
    local = WEEKDAYS.index(weekday) * _DAY_MINUTES + parse_time(time)
    utc = (local - parse_offset(utc_offset) + delay_minutes) % _WEEK_MINUTES
    day, minute = divmod(utc, _DAY_MINUTES)
    return f"cron({minute % 60} {minute // 60} ? * {WEEKDAYS[day][:3].upper()} *)"
