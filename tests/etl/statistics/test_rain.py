"""Rain counters, rolling values and rates (properties and cases)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.core.zones import HOUR, SECOND, StationZone
from weather_etl.statistics.gauges import (
    MAX_BRIDGE,
    counter_spans,
    most_rain,
    restart_hours,
    since_midnight_spans,
    wrong_readings,
)
from weather_etl.statistics.rain import COLUMNS, KINDS, Amounts, Readings, amounts, rolling_days

ZONE = StationZone("Asia/Ho_Chi_Minh")
MIDNIGHT = ZONE.midnight(20_000)
MINUTE = 60 * SECOND


def counter(
    values: list[float], step_us: int = 10 * MINUTE, wrap: float | None = None
) -> tuple[list[float], list[bool]]:
    """Return (amounts, doubtful) of the readings of a counter, one every ten minutes."""
    time = MIDNIGHT + np.arange(len(values), dtype=np.int64) * step_us
    wraps = None if wrap is None else np.full(len(values), wrap)
    spans = counter_spans(np.array(values), time, np.zeros(len(values), dtype=bool), wraps)
    return spans.amount.round(6).tolist(), spans.doubtful.tolist()


@given(st.lists(st.floats(0, 40), min_size=1, max_size=60))
def test_a_counter_without_resets_gives_its_rise(steps: list[float]) -> None:
    values = np.cumsum(np.round(steps, 3))
    amount, doubtful = counter(values.tolist())

    assert sum(amount) == pytest.approx(values[-1] - values[0], abs=1e-4)
    assert len(amount) == len(steps) - 1
    assert not any(doubtful)


@given(st.lists(st.lists(st.floats(0.5, 20), min_size=3, max_size=20), min_size=1, max_size=5))
def test_a_restart_counts_what_the_new_count_shows(cycles: list[list[float]]) -> None:
    """Each cycle begins at zero; its first reading is what fell since the restart, which is in doubt."""
    readings: list[float] = []
    expected = 0.0
    for index, cycle in enumerate(cycles):
        values = np.cumsum([0.0, *cycle] if index else cycle).tolist()
        expected += values[-1] - (0.0 if index else values[0])
        readings += values
    time = MIDNIGHT + np.arange(len(readings), dtype=np.int64) * 7 * HOUR  # beyond the reach of a return
    spans = counter_spans(np.array(readings), time, np.zeros(len(readings), dtype=bool))

    assert spans.amount.sum() == pytest.approx(expected, abs=1e-3)
    assert spans.doubtful.sum() >= len(cycles) - 1


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ([250, 250, 0, 250, 250], [2]),
        ([250, 0, 0, 0, 250.2], [1, 2, 3]),
        ([250, 0.0, 0.2, 250.4], [1, 2]),
        ([88.4, 88.6, 5088.6, 88.8], [2]),
        ([88.4, 93.4, 88.6], [1]),
        ([100.0, 99.8, 100.0], [1]),
        ([250, 0, 0.2, 0.4, 0.8], []),
        ([2.0, 0.0, 0.5, 1.0, 1.5, 2.0], []),
        ([0.2, 0.0, 0.2], []),
    ],
)
def test_readings_from_which_the_counter_returns_are_wrong(values: list[float], wrong: list[int]) -> None:
    time = MIDNIGHT + np.arange(len(values), dtype=np.int64) * 10 * MINUTE

    assert np.flatnonzero(wrong_readings(np.array(values), time, None)).tolist() == wrong


def test_a_rise_that_no_gauge_can_catch_is_no_rain() -> None:
    time = MIDNIGHT + np.arange(3, dtype=np.int64) * 5 * MINUTE
    spans = counter_spans(np.array([10.0, 610.0, 610.2]), time, np.zeros(3, dtype=bool))

    assert spans.amount.round(6).tolist() == [0.0, 0.2]
    assert spans.known.tolist() == [False, True]


def test_the_most_that_can_fall_grows_with_the_gap() -> None:
    gaps = np.array([SECOND, MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 24 * HOUR])

    assert most_rain(gaps, "fail").round(3).tolist() == [15.24, 15.24, 152.4, 400, 800, 1117.6]
    assert most_rain(gaps, "suspect").round(3).tolist() == [8.34, 8.34, 83.4, 100, 200, 300]


def test_a_counter_of_fixed_width_wraps() -> None:
    wrap = 65_536 * 0.254
    assert counter([wrap - 0.508, 0.508], wrap=wrap) == ([pytest.approx(1.016)], [False])
    assert counter([wrap - 0.508, 0.508]) == ([0.508], [True]), "a restart, for all that is known"


def test_a_gap_of_a_day_gives_a_new_baseline() -> None:
    assert counter([10.0, 14.0], step_us=3 * HOUR)[0] == [4.0]
    assert counter([10.0, 14.0], step_us=MAX_BRIDGE)[0] == []


def since_midnight(values: list[float], minutes: list[float]) -> list[tuple[float, bool]]:
    """Return (amount, doubtful) of readings at some minutes after the station's midnight."""
    time = np.array([MIDNIGHT + int(minute * MINUTE) for minute in minutes])
    spans = since_midnight_spans(
        np.array(values), time, np.zeros(len(values), dtype=bool), np.full(len(values), 10 * MINUTE), ZONE
    )
    return [
        (round(float(one), 4), bool(doubt)) for one, doubt in zip(spans.amount, spans.doubtful, strict=True)
    ]


@pytest.mark.parametrize(
    ("values", "minutes", "amounts"),
    [
        ([4.0, 6.0, 0.0, 0.4], [-30, -10, 10, 30], [4.0, 2.0, 0.0, 0.4]),  # restarts at midnight
        ([12.3, 12.3, 0.0, 0.2], [-1, 0.1, 1.1, 2.1], [12.3, 0.0, 0.0, 0.2]),  # a clock that is late
        ([10.0, 12.0, 0.0], [-60, 0, 60], [10.0, 2.0, 0.0]),  # a report of the whole day at midnight
        ([6.0, 6.0, 6.0, 0.0], [-20, -10, 10, 420], [6.0, 0.0, 0.0, 0.0]),  # restarts at 07 local, 00 UTC
        ([30.0, 0.0, 0.0, 30.0], [600, 610, 620, 630], [30.0, 0.0]),  # a reboot that restores its count
    ],
)
def test_a_count_since_midnight_restarts_where_it_falls(
    values: list[float], minutes: list[float], amounts: list[float]
) -> None:
    assert [amount for amount, _ in since_midnight(values, minutes)] == amounts


def test_over_an_outage_the_count_is_the_new_days_unless_it_restarts_at_another_hour() -> None:
    assert since_midnight([5.0, 6.0], [-240, 360]) == [(5.0, True), (6.0, True)]
    assert [one for one, _ in since_midnight([6.0, 6.0, 0.0], [-120, 120, 420])] == [6.0, 0.0, 0.0]


def test_the_hour_of_the_restart_is_known() -> None:
    time = MIDNIGHT + np.arange(5, dtype=np.int64) * HOUR + 6 * HOUR

    assert restart_hours(np.array([5.0, 0.0, 0.0, 0.0, 0.0]), time, ZONE).tolist() == [7]


# ---- hours and days


def chosen(kind: str, values: list[float], minutes: list[float], interval_s: int = 600) -> dict[int, Amounts]:
    """Return the amounts by local day of readings at some minutes after midnight."""
    readings = Readings(
        np.array(values),
        np.array([MIDNIGHT + int(minute * MINUTE) for minute in minutes]),
        np.zeros(len(values), dtype=bool),
        np.full(len(values), interval_s * SECOND),
        np.full(len(values), interval_s * SECOND),
    )
    return {day: found for day, (_, found) in amounts({kind: readings}, ZONE).items()}


def hours_of(found: Amounts) -> dict[int, tuple[float, float, float, float]]:
    """Return {hour of the day: (amount, accumulated, seconds, bridged)}."""
    result: dict[int, tuple[float, float, float, float]] = {}
    for hour, *cells in zip(
        (found.hour_us - MIDNIGHT) // HOUR, found.amount, found.accumulated, found.seconds, found.bridged,
        strict=True,
    ):  # fmt: skip
        before = result.get(int(hour), (0.0, 0.0, 0.0, 0.0))
        result[int(hour)] = tuple(round(a + float(b), 4) for a, b in zip(before, cells, strict=True))  # type: ignore[assignment]
    return result


@pytest.mark.parametrize("kind", ["counter", "interval"])
def test_full_reception_accounts_for_every_second(kind: str) -> None:
    minutes = [10.0 * step for step in range(25)]
    values = [0.2 * step for step in range(25)] if kind == "counter" else [0.2] * 25
    found = hours_of(chosen(kind, values, minutes)[20_000])

    assert [found[hour] for hour in range(4)] == [(pytest.approx(1.2), 0.0, 3600.0, 0.0)] * 4


def test_a_lost_amount_leaves_a_hole_in_its_hour() -> None:
    minutes = [10.0 * step for step in range(13) if step != 4]
    found = hours_of(chosen("interval", [1.0] * 12, minutes)[20_000])

    assert found[0] == (5.0, 0.0, 3000.0, 0.0)
    assert found[1] == (6.0, 0.0, 3600.0, 0.0)


def test_rain_over_a_gap_is_the_days_and_no_hours() -> None:
    found = hours_of(chosen("counter", [0.0, 0.0, 8.0, 8.0], [0, 10, 190, 200])[20_000])

    assert found[0] == (0.0, 0.0, 600.0, 0.0)
    assert found[3] == (8.0, 8.0, 600.0, 10_800.0), "the gap of three hours is bridged"
    assert sum(cells[2] + cells[3] for cells in found.values()) == 200 * 60


def test_rain_over_a_gap_across_midnight_is_neither_days() -> None:
    found = chosen("counter", [0.0, 0.0, 8.0, 8.0], [-130, -120, 60, 70])[20_000]

    assert hours_of(found)[0][:2] == (8.0, 8.0)
    assert float(found.seconds.sum() + found.bridged.sum()) == 600, "what came after the gap alone"


def test_an_amount_belongs_to_the_hour_that_it_ends() -> None:
    found = chosen("interval", [2.0, 5.0], [0, 60], interval_s=3600)

    assert hours_of(found[19_999])[-1][0] == 2.0
    assert hours_of(found[20_000])[0][0] == 5.0


def test_a_day_of_three_hourly_readings_is_accounted_for() -> None:
    values, minutes = [2.0 * step for step in range(9)], [180.0 * step for step in range(9)]
    found = chosen("counter", values, minutes, interval_s=10_800)[20_000]

    assert float(found.seconds.sum() + found.bridged.sum()) == 86_400
    assert found.amount.sum() == 16.0


def test_rolling_hours_are_taken_once_at_the_hours_end() -> None:
    """Every ten minutes the past hour's 3 mm are reported: the hour had 3 mm, not 18."""
    minutes = [float(minute) for minute in range(10, 130, 10)]
    found = hours_of(chosen("rolling_1h", [3.0] * 6 + [1.0] * 6, minutes)[20_000])

    assert found == {0: (3.0, 0.0, 3600.0, 0.0), 1: (1.0, 0.0, 3600.0, 0.0)}, "01:00 belongs to 00-01"


def test_a_rolling_hour_without_a_value_at_its_end_has_a_lower_bound() -> None:
    found = hours_of(chosen("rolling_1h", [0.2, 1.5, 0.7], [5, 15, 25])[20_000])

    assert found == {0: (1.5, 0.0, 0.0, 0.0)}


def test_a_rolling_day_is_known_at_the_end_of_hours() -> None:
    readings = Readings(
        np.array([4.0, 6.0]), np.array([MIDNIGHT - 5 * MINUTE, MIDNIGHT]), np.zeros(2, dtype=bool),
        np.full(2, 600 * SECOND), np.full(2, 600 * SECOND),
    )  # fmt: skip
    hour, amount = rolling_days(readings, ZONE)

    assert (hour.tolist(), amount.tolist()) == ([MIDNIGHT - HOUR], [6.0])


def test_rates_become_amounts() -> None:
    found = chosen("rate", [6.0] * 7, [10.0 * step for step in range(7)])[20_000]

    assert found.amount.sum() == pytest.approx(6.0)
    assert found.doubtful[found.amount > 0].all()


def test_the_better_kind_is_used_day_by_day() -> None:
    def one(hours: list[int]) -> Readings:
        count = len(hours)
        return Readings(
            np.ones(count), MIDNIGHT + np.array(hours) * HOUR, np.zeros(count, dtype=bool),
            np.full(count, HOUR), np.full(count, HOUR),
        )  # fmt: skip

    found = amounts({"interval": one([-1, 1]), "counter": one([1])}, ZONE)

    assert {day: kind for day, (kind, _) in found.items()} == {19_999: "interval", 20_000: "counter"}
    assert set(COLUMNS) == set(KINDS)
