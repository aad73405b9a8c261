"""How often a schedule fires in a month: EventBridge `rate(...)` and six-field `cron(...)` expressions.

Grammar: EventBridge user guide, "Cron-based schedules" and "Rate-based schedules". Pure functions; a
month is a twelfth of 365.25 days.
"""

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

DAYS_PER_MONTH = 365.25 / 12
_MINUTES = {"minute": 1, "minutes": 1, "hour": 60, "hours": 60, "day": 1440, "days": 1440}
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {m: i + 1 for i, m in enumerate(_MONTH_NAMES)}
_DAYS = {d: i + 1 for i, d in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])}


def per_month(expression: str) -> float | None:
    """The mean number of firings in a month; None if the expression is not a schedule.

    >>> round(per_month("cron(0 17 ? * SAT *)"), 2)
    4.35
    >>> per_month("rate(1 day)") == DAYS_PER_MONTH
    True
    """
    rate = re.fullmatch(r"rate\((\d+) ([a-z]+)\)", expression.strip())
    if rate:
        if (int(rate.group(1)) == 1) == rate.group(2).endswith("s"):  # AWS: 1 minute, 2 minutes
            return None
        minutes = int(rate.group(1)) * _MINUTES.get(rate.group(2), 0)
        return DAYS_PER_MONTH * 1440 / minutes if minutes else None
    if re.fullmatch(r"at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?\)", expression.strip()):
        return 0.0
    cron = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression.strip())
    return _cron(cron.groups()) if cron else None


def _cron(fields: Sequence[str]) -> float | None:
    minute, hour, day, month, weekday, year = fields
    minutes = _count(minute, 0, 59)
    hours = _count(hour, 0, 23)
    months = _count(month, 1, 12, _MONTHS)
    if not (minutes and hours and months and re.fullmatch(r"[0-9*,/-]+", year)):
        return None
    days = _days(day, weekday)
    if days is None:
        return None
    if not _ever(day, month, year):
        return 0.0
    return minutes * hours * days * months / 12


def _ever(day: str, month: str, year: str) -> bool:
    """Whether a date of the expression is still to come: a year that is not past, a day that a month has."""
    this_year = datetime.now(UTC).year
    years = _values(year, 1970, 2199, {})
    if years is not None and max(years) < this_year:
        return False
    dates, wanted = _values(day, 1, 31, {}), _values(month, 1, 12, _MONTHS)
    if dates is None or wanted is None:
        return True
    return any(d <= calendar.monthrange(2024, m)[1] for d in dates for m in wanted)  # 2024 has 29 February


def _values(field: str, low: int, high: int, names: dict[str, int]) -> set[int] | None:
    """The values that a field matches; None if it is malformed or of another form."""
    found = [_part(part, low, high, names) for part in field.split(",")]
    return None if any(values is None for values in found) else {v for values in found for v in values or ()}


def _days(day: str, weekday: str) -> float | None:
    """Days of a mean month; exactly one of the two fields is `?`."""
    if (day == "?") == (weekday == "?"):
        return None
    if weekday == "?":
        return _special(day, r"L|LW|\d{1,2}W", 1.0, lambda: _share(day, 1, 31, DAYS_PER_MONTH / 31))
    return _special(weekday, r"[A-Z0-9]+#[1-5]|[A-Z0-9]*L", 1.0, lambda: _weekdays(weekday))


def _special(field: str, pattern: str, value: float, otherwise: Callable[[], float | None]) -> float | None:
    return value if re.fullmatch(pattern, field) else otherwise()


def _weekdays(field: str) -> float | None:
    return _share(field, 1, 7, DAYS_PER_MONTH / 7, _DAYS)


def _share(field: str, low: int, high: int, each: float, names: dict[str, int] | None = None) -> float | None:
    count = _count(field, low, high, names)
    return count * each if count else None


def _count(field: str, low: int, high: int, names: dict[str, int] | None = None) -> int | None:
    """How many values of a field match; None if it is malformed or matches nothing."""
    matched: set[int] = set()
    for part in field.split(","):
        values = _part(part, low, high, names or {})
        if values is None:
            return None
        matched |= values
    return len(matched) or None


def _part(part: str, low: int, high: int, names: dict[str, int]) -> set[int] | None:
    span, _, step = part.partition("/")
    if step and not (step.isdigit() and int(step) > 0):
        return None
    start, end = _span(span, low, high, names, open_ended=bool(step))
    if start is None or end is None:
        return None
    wrapped = range(start, end + 1) if start <= end else [*range(start, high + 1), *range(low, end + 1)]
    return {value for index, value in enumerate(wrapped) if index % int(step or 1) == 0}


def _span(
    span: str, low: int, high: int, names: dict[str, int], *, open_ended: bool
) -> tuple[int | None, int | None]:
    if span == "*":
        return low, high
    first, dash, last = span.partition("-")
    start = _value(first, low, high, names)
    end = _value(last, low, high, names) if dash else (high if open_ended else start)
    return start, end


def _value(text: str, low: int, high: int, names: dict[str, int]) -> int | None:
    number = names.get(text.upper(), int(text) if text.isdigit() else None)
    return number if number is not None and low <= number <= high else None
