"""Weekly local times as UTC cron expressions, checked against the calendar."""

import re
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import schedule
from components.schedule import WEEKDAYS, weekly_cron

_CRON = re.compile(r"cron\((\d{1,2}) (\d{1,2}) \? \* ([A-Z]{3}) \*\)")


def next_firings(expression: str, after: datetime, count: int) -> list[datetime]:
    """Return the next instants after ``after`` at which a weekly rule fires, in UTC, by the calendar."""
    match = _CRON.fullmatch(expression)
    assert match, f"{expression!r} is no weekly rule"
    weekday = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"].index(match[3])
    minute = after.replace(second=0, microsecond=0)
    found: list[datetime] = []
    day = minute.replace(hour=int(match[2]), minute=int(match[1]))
    while len(found) < count:
        if day.weekday() == weekday and day > after:
            found.append(day)
        day += timedelta(days=1)
    return found


def test_sunday_midnight_in_viet_nam_is_saturday_17_utc() -> None:
    assert weekly_cron("sunday", "00:00", "+07:00") == "cron(0 17 ? * SAT *)"


def test_the_next_five_firings_are_sunday_midnights_in_viet_nam() -> None:
    after = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
    firings = next_firings("cron(0 17 ? * SAT *)", after, 5)
    local = [firing.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")) for firing in firings]
    assert [f"{t:%a %Y-%m-%d %H:%M}" for t in local] == [
        "Sun 2026-02-22 00:00",
        "Sun 2026-03-01 00:00",
        "Sun 2026-03-08 00:00",
        "Sun 2026-03-15 00:00",
        "Sun 2026-03-22 00:00",
    ]


@pytest.mark.parametrize(
    ("weekday", "time", "offset", "expression"),
    [
        ("monday", "00:00", "+00:00", "cron(0 0 ? * MON *)"),
        ("monday", "06:59", "+07:00", "cron(59 23 ? * SUN *)"),
        ("monday", "07:00", "+07:00", "cron(0 0 ? * MON *)"),
        ("monday", "00:30", "+05:45", "cron(45 18 ? * SUN *)"),
        ("saturday", "23:00", "-03:30", "cron(30 2 ? * SUN *)"),
        ("sunday", "12:00", "-12:00", "cron(0 0 ? * MON *)"),
        ("wednesday", "13:59", "+14:00", "cron(59 23 ? * TUE *)"),
    ],
)
def test_other_offsets_and_weekdays(weekday: str, time: str, offset: str, expression: str) -> None:
    assert weekly_cron(weekday, time, offset) == expression


@given(
    weekday=st.sampled_from(WEEKDAYS),
    minute=st.integers(0, 24 * 60 - 1),
    offset=st.integers(-12 * 60, 14 * 60),
    delay=st.integers(0, 72 * 60),
    after=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
)
def test_every_firing_is_the_local_moment_and_none_is_left_out(
    weekday: str, minute: int, offset: int, delay: int, after: datetime
) -> None:
    sign, distance = ("-" if offset < 0 else "+"), abs(offset)
    text = f"{sign}{distance // 60:02}:{distance % 60:02}"
    expression = weekly_cron(weekday, f"{minute // 60:02}:{minute % 60:02}", text, delay)
    start = after.replace(tzinfo=UTC)
    firings = next_firings(expression, start, 5)
    zone = timezone(timedelta(minutes=offset))
    for firing in firings:
        local = (firing - timedelta(minutes=delay)).astimezone(zone)
        assert (WEEKDAYS[local.weekday()], local.hour * 60 + local.minute) == (weekday, minute)
    assert start < firings[0] <= start + timedelta(days=7)
    assert {later - earlier for earlier, later in pairwise(firings)} == {timedelta(days=7)}


def test_a_firing_at_this_very_moment_is_not_the_next_one() -> None:
    now = datetime(2026, 2, 21, 17, 0, tzinfo=UTC)
    assert next_firings("cron(0 17 ? * SAT *)", now, 1) == [now + timedelta(days=7)]


@pytest.mark.parametrize("text", ["25:00", "24:00", "7:00", "07:60", "0700", "", "07:00:00"])
def test_a_malformed_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        schedule.parse_time(text)


@pytest.mark.parametrize("text", ["7", "+7:00", "+14:01", "-12:30", "+07:60", "UTC", ""])
def test_a_malformed_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an offset"):
        schedule.parse_offset(text)
