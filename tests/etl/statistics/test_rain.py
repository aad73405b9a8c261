"""Rain counters, rolling values and rates (properties and cases)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.core.zones import HOUR, SECOND, StationZone
from weather_etl.statistics.rain import COLUMNS, KINDS, MAX_BRIDGE, amounts, increments

ZONE = StationZone("Asia/Ho_Chi_Minh")
MIDNIGHT = ZONE.midnight(20_000)
MINUTE = 60 * SECOND


def counter(values: list[float], step_us: int = 10 * MINUTE) -> tuple[list[float], list[bool], list[bool]]:
    time = MIDNIGHT + np.arange(len(values), dtype=np.int64) * step_us
    amount, bounded, doubtful = increments(np.array(values), time, None, np.full(len(values), 600 * SECOND))
    return amount.round(6).tolist(), bounded.tolist(), doubtful.tolist()


@given(st.lists(st.floats(0, 50), min_size=1, max_size=60))
def test_a_counter_without_resets_gives_its_rise(steps: list[float]) -> None:
    values = np.cumsum(np.round(steps, 3))
    amount, bounded, _ = counter(values.tolist())

    assert sum(amount) == pytest.approx(values[-1] - values[0], abs=1e-4)
    assert bounded == [False] + [True] * (len(steps) - 1)
    assert min(amount) >= 0


@given(st.lists(st.lists(st.floats(0.5, 20), min_size=2, max_size=20), min_size=1, max_size=5))
def test_resets_lose_nothing_that_was_counted(cycles: list[list[float]]) -> None:
    """Each cycle begins at zero; its first reading is what fell since the reset."""
    readings: list[float] = []
    expected = 0.0
    for index, cycle in enumerate(cycles):
        values = np.cumsum(cycle).tolist()
        if index and values[0] >= 0.9 * readings[-1]:
            values[0] = 0.0  # as seen from outside, a reset is a fall
            values[1:] = np.cumsum(cycle[1:]).tolist()
        expected += values[-1] - (values[0] if not index else 0.0)
        readings += values
    amount, _, _ = counter(readings)

    assert sum(amount) == pytest.approx(expected, abs=1e-3)


def test_a_small_fall_counts_nothing_and_is_doubtful() -> None:
    amount, _, doubtful = counter([100.0, 99.0, 100.0])

    assert amount == [0.0, 0.0, 1.0]
    assert doubtful == [False, True, False]


def test_rain_across_a_gap_belongs_to_the_arrival_and_is_doubtful() -> None:
    amount, bounded, doubtful = counter([10.0, 14.0], step_us=3 * HOUR)
    assert (amount, bounded, doubtful) == ([0.0, 4.0], [False, True], [False, True])

    amount, bounded, doubtful = counter([10.0, 14.0], step_us=MAX_BRIDGE)
    assert (amount, bounded, doubtful) == ([0.0, 0.0], [False, False], [False, False]), "a new baseline"


def chosen(
    kind: str, values: list[float], times: list[int], slot_s: int = 600
) -> dict[int, list[tuple[int, float, bool]]]:
    time = np.array(times, dtype=np.int64)
    readings = {name: np.full(len(times), np.nan) for name in KINDS}
    readings[kind] = np.array(values)
    suspect = {name: np.zeros(len(times), dtype=bool) for name in KINDS}
    found = amounts(readings, suspect, time, np.full(len(times), slot_s * SECOND), ZONE)
    return {
        day: [
            (int((hour - MIDNIGHT) // HOUR), round(float(amount), 4), bool(bounded))
            for hour, amount, bounded in zip(rain.hour_us, rain.amount, rain.bounded, strict=True)
        ]
        for day, (_, rain) in found.items()
    }


def test_since_midnight_restarts_at_the_stations_midnight() -> None:
    times = [MIDNIGHT - 30 * MINUTE, MIDNIGHT - 10 * MINUTE, MIDNIGHT + 10 * MINUTE, MIDNIGHT + 30 * MINUTE]
    found = chosen("since_midnight", [4.0, 6.0, 7.0, 7.5], times)

    assert found[19_999] == [(-1, 4.0, True), (-1, 2.0, True)]
    assert found[20_000] == [(0, 7.0, True), (0, 0.5, True)], (
        "7 mm fell since midnight although it is more than 6"
    )


def test_a_console_whose_clock_is_late_resets_after_midnight() -> None:
    """It still shows yesterday's 12.3 mm at 00:00:05 and resets a minute later."""
    times = [MIDNIGHT + second * SECOND for second in (-60, 5, 65, 125)]

    assert chosen("since_midnight", [12.3, 12.3, 0.0, 0.2], times)[20_000] == [
        (0, 0.0, True),
        (0, 0.0, True),
        (0, 0.2, True),
    ]


def test_a_report_of_the_whole_day_stamped_at_midnight_is_not_the_next_days() -> None:
    times = [MIDNIGHT + hours * HOUR for hours in (-1, 0, 1)]

    assert chosen("since_midnight", [10.0, 12.0, 0.0], times, slot_s=3600)[20_000] == [
        (0, 2.0, True),
        (1, 0.0, True),
    ]


def test_rain_since_midnight_that_shows_late_has_no_certain_hour() -> None:
    time = np.array([MIDNIGHT - 2 * HOUR, MIDNIGHT + 6 * HOUR, MIDNIGHT + 6 * HOUR + 600 * SECOND])
    readings = {name: np.full(3, np.nan) for name in KINDS} | {"since_midnight": np.array([0.0, 5.0, 5.2])}
    suspect = {name: np.zeros(3, dtype=bool) for name in KINDS}
    (_, rain) = amounts(readings, suspect, time, np.full(3, 600 * SECOND), ZONE)[20_000]

    assert rain.amount.round(6).tolist() == [5.0, 0.2]
    assert rain.doubtful.tolist() == [True, False]


def test_rolling_hours_are_taken_once_at_the_hours_end() -> None:
    """Every ten minutes the past hour's 3 mm are reported: the hour had 3 mm, not 18."""
    times = [MIDNIGHT + minute * MINUTE for minute in range(10, 130, 10)]
    values = [3.0] * 6 + [1.0] * 6
    found = chosen("rolling_1h", values, times)

    assert found[20_000] == [(0, 3.0, True), (1, 1.0, True)], "the value at 01:00 belongs to 00-01"


def test_a_rolling_hour_without_a_value_at_its_end_has_a_lower_bound() -> None:
    times = [MIDNIGHT + minute * MINUTE for minute in (5, 15, 25)]

    assert chosen("rolling_1h", [0.2, 1.5, 0.7], times)[20_000] == [(0, 1.5, False)]


def test_rates_become_amounts() -> None:
    times = [MIDNIGHT + minute * MINUTE for minute in range(0, 60, 10)]

    assert sum(amount for _, amount, _ in chosen("rate", [6.0] * 6, times)[20_000]) == pytest.approx(6.0)


def test_the_better_kind_is_used_day_by_day() -> None:
    time = np.array([MIDNIGHT - HOUR, MIDNIGHT + HOUR], dtype=np.int64)
    readings = {name: np.full(2, np.nan) for name in KINDS}
    readings["interval"] = np.array([1.0, 2.0])
    readings["counter"] = np.array([np.nan, 5.0])
    suspect = {name: np.zeros(2, dtype=bool) for name in KINDS}
    found = amounts(readings, suspect, time, np.full(2, HOUR), ZONE)

    assert {day: kind for day, (kind, _) in found.items()} == {19_999: "interval", 20_000: "counter"}
    assert set(COLUMNS) == set(KINDS)
