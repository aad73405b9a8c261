import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.core.zones import parse_zone
from weather_etl.profiles.times import (
    ClockLimits,
    Kind,
    check_clock,
    epoch_to_micros,
    parse_time,
    time_column,
)

INGEST = 1_758_018_600_500_000
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")
_EARLIEST = dt.datetime(1900, 1, 1)  # noqa: DTZ001 - hypothesis draws local times
MOMENT = dt.datetime(2025, 9, 16, 10, 30, tzinfo=dt.UTC)


def micros(moment):
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def read(raw, zone=dt.UTC, formats=(), ingest=INGEST):
    return parse_time(raw, ingest, zone, formats)


@pytest.mark.parametrize("factor", [1, 1_000, 1_000_000, 1_000_000_000], ids=["s", "ms", "us", "ns"])
@pytest.mark.parametrize("written", [int, float, str])
def test_an_epoch_by_its_magnitude(factor, written):
    raw = written(int(MOMENT.timestamp()) * factor)
    value, kind = read(raw)
    assert kind == Kind.CERTAIN
    assert abs(value - micros(MOMENT)) <= (128 if written is float else 0)  # a double holds 53 bits


def test_an_epoch_with_decimals():
    assert read(1680962879.62)[0] == 1_680_962_879_620_000
    assert read("1614247878.0")[0] == 1_614_247_878_000_000


@pytest.mark.parametrize(
    "text",
    [
        "2025-09-16T10:30:00Z",
        "2025-09-16T10:30:00.000000Z",
        "2025-09-16T10:30:00.000000999Z",
        "2025-09-16 10:30:00",
        "2025-09-16T17:30:00+07:00",
        "2025-09-16T17:30:00+0700",
        "2025-09-16T17:30+07",
        "2025.09.16 10:30:00",
        "2025/09/16 10:30",
        "2025-09-16T10:30:00,0Z",
        "2025-09-16 10:30:00 UTC",
        "2025-09-16t10:30:00z",
        " 2025-09-16T10:30Z ",
    ],
)
def test_iso_text(text):
    assert read(text) == (micros(MOMENT), Kind.CERTAIN)


def test_nine_decimals_are_cut_to_six():
    assert read("2026-05-25T13:42:11.935284891Z")[0] % 1_000_000 == 935_284


def test_second_sixty_and_hour_twenty_four():
    assert read("2016-12-31T23:59:60Z") == read("2017-01-01T00:00:00Z")
    assert read("2016-12-31T24:00:00Z") == read("2017-01-01T00:00:00Z")


@pytest.mark.parametrize("raw", [None, "", "now", "NOW", " null ", "--", float("nan")])
def test_no_time_is_the_time_of_arrival(raw):
    assert read(raw) == (INGEST, Kind.INGEST)


@pytest.mark.parametrize(
    "raw",
    [
        True,
        [],
        {},
        "yesterday",
        "2025-13-01T00:00:00Z",
        "2025-02-30T00:00:00Z",
        "2025-09-16T25:00:00Z",
        "@0.087s",
        "2025-09-16",
        "9999-12-31T24:00:00Z",
        "1" * 30,
        "2025-09-16T10:30:00+99:00",
    ],
)
def test_what_is_no_time_is_refused(raw):
    with pytest.raises(ValueError):
        read(raw)


def test_a_zone_is_only_for_text_without_one():
    assert (
        read("2025-09-16 17:30:00", HANOI)
        == read("2025-09-16T17:30:00+07:00", HANOI)
        == (micros(MOMENT), Kind.CERTAIN)
    )
    assert read(int(MOMENT.timestamp()), HANOI)[0] == micros(MOMENT)


def test_formats_of_the_profile_come_first():
    assert read("16/09/2025 10:30", formats=("%d/%m/%Y %H:%M",)) == (micros(MOMENT), Kind.CERTAIN)
    assert read("2025-09-16T10:30:00Z", formats=("%d/%m/%Y %H:%M",)) == (micros(MOMENT), Kind.CERTAIN)


def test_the_hour_that_repeats_is_told_apart_by_its_arrival():
    # 2013-11-03 in New York: 01:30 is 05:30 UTC (summer time) and again 06:30 UTC.
    first, second = (dt.datetime(2013, 11, 3, hour, 30, tzinfo=dt.UTC) for hour in (5, 6))
    for moment in (first, second):
        assert read("2013-11-03 01:30:00", NEW_YORK, ingest=micros(moment) + 1_000_000) == (
            micros(moment),
            Kind.AMBIGUOUS,
        )
    assert read("2013-11-03 03:30:00", NEW_YORK)[1] == Kind.CERTAIN


def test_the_hour_that_is_skipped_is_read_as_a_clock_that_missed_the_change():
    # 2013-03-10 in New York: 02:30 does not exist; with the winter offset it is 07:30 UTC.
    assert read("2013-03-10 02:30:00", NEW_YORK) == (
        micros(dt.datetime(2013, 3, 10, 7, 30, tzinfo=dt.UTC)),
        Kind.AMBIGUOUS,
    )


times_in_any_form = st.one_of(
    st.none(),
    st.integers(min_value=-(10**20), max_value=10**20),
    st.floats(),
    st.datetimes(min_value=_EARLIEST).map(lambda moment: moment.isoformat() + "Z"),
    st.datetimes(min_value=_EARLIEST).map(str),
    st.text(max_size=20),
)


@given(st.lists(times_in_any_form, max_size=8), st.sampled_from([dt.UTC, HANOI, NEW_YORK]))
def test_a_column_reads_like_its_values_one_by_one(raw, zone):
    ingest = np.full(len(raw), INGEST, dtype=np.int64)
    column, kinds, problems = time_column(raw, ingest, zone)
    for index, value in enumerate(raw):
        try:
            expected = parse_time(value, INGEST, zone)
        except ValueError as error:
            assert problems[index] == str(error)  # noqa: PT017 - either is right
            assert kinds[index] == Kind.UNREADABLE
        else:
            assert (int(column[index]), kinds[index]) == expected


@given(st.lists(st.datetimes(min_value=_EARLIEST), min_size=1, max_size=8))
def test_the_fast_way_of_iso_text_is_the_careful_one(moments):
    raw = [moment.isoformat() + "Z" for moment in moments]
    ingest = np.full(len(raw), INGEST, dtype=np.int64)
    column, _, _ = time_column(raw, ingest, HANOI)
    assert column.tolist() == [micros(moment.replace(tzinfo=dt.UTC)) for moment in moments]


@given(st.integers(min_value=-(10**30), max_value=10**30))
def test_any_integer_is_some_time_that_can_be_written(number):
    assert abs(epoch_to_micros(number)) <= micros(dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))


def clock(obs, ingest, limits=None):
    to_micros = lambda moment: np.array([micros(moment)], dtype=np.int64)  # noqa: E731
    used, quality, from_ingest = check_clock(
        to_micros(obs), np.zeros(1, dtype=np.int8), to_micros(ingest), limits or ClockLimits()
    )
    assert used[0] == micros(ingest if from_ingest[0] else obs)
    return int(quality[0])


def test_a_clock_that_never_was_set_or_runs_ahead_is_replaced():
    now = dt.datetime(2025, 9, 16, tzinfo=dt.UTC)
    assert clock(dt.datetime(1970, 1, 1, 0, 5, tzinfo=dt.UTC), now) == 4
    assert clock(dt.datetime(2000, 1, 1, tzinfo=dt.UTC), now) == 4
    assert clock(now + dt.timedelta(minutes=5), now) == 1
    assert clock(now + dt.timedelta(minutes=5, microseconds=1), now) == 4
    assert clock(dt.datetime(2015, 1, 1, tzinfo=dt.UTC), now) == 1


def test_an_old_lake_keeps_its_times_and_still_finds_broken_clocks():
    then = dt.datetime(2013, 7, 1, tzinfo=dt.UTC)
    assert clock(then - dt.timedelta(minutes=3), then) == 1
    assert clock(dt.datetime(2000, 1, 1, tzinfo=dt.UTC), then) == 4


def test_the_limits_are_settings():
    limits = ClockLimits(not_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), future=dt.timedelta(hours=1))
    now = dt.datetime(2025, 9, 16, tzinfo=dt.UTC)
    assert clock(dt.datetime(2019, 1, 1, tzinfo=dt.UTC), now, limits) == 4
    assert clock(now + dt.timedelta(minutes=59), now, limits) == 1


CHANGEABLE = [
    "America/New_York",  # changes at 02:00
    "America/Havana",  # at midnight, and back at 01:00
    "Asia/Beirut",  # from midnight to 01:00: the day begins late
    "America/Scoresbysund",  # at the edge of a day
    "Australia/Lord_Howe",  # by half an hour
    "Antarctica/Troll",  # by two hours
    "Africa/Casablanca",  # back and forth around Ramadan
    "Pacific/Apia",  # without 2011-12-30
    "Asia/Pyongyang",
    "+05:30",
]


@pytest.mark.parametrize("name", CHANGEABLE)
def test_local_times_of_days_on_which_clocks_change_and_of_all_others(name):
    """A column of plain local times is read by days; each must come out as it would alone."""
    zone = parse_zone(name)
    begin = dt.datetime(2010, 11, 1)  # noqa: DTZ001 - local times are the point
    raw = [
        (begin + n * dt.timedelta(minutes=47, seconds=13)).isoformat(sep=" T"[n % 2]) for n in range(20_000)
    ]
    arrivals = np.full(len(raw), INGEST, dtype=np.int64)
    found, kinds, problems = time_column(raw, arrivals, zone)
    alone = [parse_time(text, INGEST, zone) for text in raw]
    assert found.tolist() == [value for value, _ in alone]
    assert kinds.tolist() == [int(kind) for _, kind in alone]
    assert problems == {}
