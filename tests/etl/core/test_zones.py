"""Station time: offsets, local days, hours and weeks (properties against the standard library)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.core import zones
from weather_etl.core.zones import DAY, HOUR, StationZone, parse_instant

NAMES = [
    "Asia/Ho_Chi_Minh",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "+07:00",
    "UTC",
]
INSTANTS = st.integers(parse_instant("2000-01-01"), parse_instant("2037-01-01"))


def wall(name: str, instant: int) -> datetime:
    zone = {"+07:00": ZoneInfo("Asia/Bangkok"), "UTC": UTC}.get(name) or ZoneInfo(name)
    return zones.from_us(instant).astimezone(zone)


@given(st.sampled_from(NAMES), st.lists(INSTANTS, min_size=1, max_size=20))
def test_texts_and_days_agree_with_the_standard_library(name: str, instants: list[int]) -> None:
    zone = StationZone(name)
    array = np.array(instants, dtype=np.int64)

    assert zone.texts(array).tolist() == [wall(name, instant).isoformat() for instant in instants]
    assert zones.day_texts(zone.days(array)).tolist() == [
        wall(name, instant).date().isoformat() for instant in instants
    ]


@given(st.sampled_from(NAMES), INSTANTS)
def test_an_instant_lies_in_its_hour_day_and_week(name: str, instant: int) -> None:
    zone = StationZone(name, "sunday")
    day = zone.day(instant)
    hour = int(zone.hours(np.array([instant]))[0])

    assert hour <= instant < hour + HOUR
    assert zone.midnight(day) <= instant < zone.midnight(day + 1)
    assert zone.week(day) <= day < zone.week(day) + 7
    assert datetime.fromisoformat(zones.day_text(zone.week(day))).strftime("%A") == "Sunday"
    assert 22 * HOUR < zone.midnight(day + 1) - zone.midnight(day) <= 25 * HOUR or name == "Pacific/Apia"


@given(INSTANTS)
def test_instants_survive_their_text(instant: int) -> None:
    text = zones.iso_utc(instant)

    assert parse_instant(text) == instant
    assert zones.parse_instants([text]).tolist() == [instant]
    assert zones.iso_utc_texts(np.array([instant])).tolist() == [text]


def test_the_sunday_midnight_of_vietnam_is_saturday_17_utc() -> None:
    zone = StationZone("Asia/Ho_Chi_Minh", "sunday")
    scheduled = parse_instant("2025-09-13T17:00:00Z")

    assert zone.texts(np.array([scheduled]))[0] == "2025-09-14T00:00:00+07:00"
    assert zone.week(zone.day(scheduled)) == zone.day(scheduled)
    assert zone.midnight(zone.week(zone.day(scheduled - 1)) + 7) == scheduled, (
        "the run closes the week that ends"
    )


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("sunday", "2025-09-07"),
        ("monday", "2025-09-08"),
        ("iso", "2025-09-08"),
        ("saturday", "2025-09-13"),
    ],
)
def test_weeks_begin_where_they_are_told(start: str, first: str) -> None:
    zone = StationZone("UTC", start)

    assert zones.day_text(zone.week(zones.day_of("2025-09-13"))) == first


def test_days_when_clocks_change() -> None:
    zone = StationZone("America/New_York")
    lengths = [
        (zone.midnight(day + 1) - zone.midnight(day)) / HOUR
        for day in (zones.day_of("2013-03-10"), zones.day_of("2013-07-01"), zones.day_of("2013-11-03"))
    ]

    assert lengths == [23, 24, 25]
    assert timedelta(days=1) / timedelta(microseconds=1) == DAY


@pytest.mark.parametrize("text", ["", "Mars/Olympus", "+25:00", "7", "../etc/passwd", "+07:75"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        zones.parse_zone(text)


def test_what_is_no_instant_or_weekday_is_refused() -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_instant("next sunday")
    with pytest.raises(ValueError, match="weekday"):
        StationZone("UTC", "someday")
