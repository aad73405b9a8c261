"""Sensors against their neighbours, on five made stations with a common weather."""

from dataclasses import replace

import numpy as np
import pytest
from weather_etl.network.hours import FAILED_DAYS, PAST_DAYS, SENSORS, WEEK_DAYS, Hours, Station
from weather_etl.network.limits import limits
from weather_etl.network.states import SensorWeek, assess
from weather_etl.network.wording import words

DAYS = PAST_DAYS + WEEK_DAYS
END = 480_000  # hours since 1970
PLACES = (
    (48.0, 11.0, 500.0),
    (48.1, 11.1, 520.0),
    (48.0, 11.2, 480.0),
    (47.9, 11.1, 510.0),
    (48.1, 10.9, 505.0),
)


def network(count: int = 5, seed: int = 1) -> Hours:
    """Return stations that share the weather and differ by their place and a little noise."""
    rng = np.random.default_rng(seed)
    stations = tuple(Station(f"s{index}", "x", *PLACES[index]) for index in range(count))
    hour = np.arange(DAYS * 24)
    weather = 3 * np.cumsum(rng.normal(0, 0.15, len(hour)))
    front = weather - np.convolve(weather, np.ones(240) / 240, "same")

    def each(common: np.ndarray, offset: float, noise: float) -> np.ndarray:
        rows = [common + rng.normal(0, offset) + rng.normal(0, noise, len(hour)) for _ in range(count)]
        return np.array(rows).reshape(count, DAYS, 24)

    day = np.sin((hour % 24 - 8) * np.pi / 12)
    wind = 4 + 2 * np.abs(front) + day
    rain = np.where(rng.random(len(hour)) < 0.06, 2.0, 0.0)
    values = {
        "air_temperature": each(12 + 5 * day + front, 0.5, 0.4),
        "relative_humidity": np.clip(each(65 - 15 * day + 2 * front, 2, 2), 5, 100),
        "air_pressure": each(1013 - 2 * front, 0.5, 0.1),
        "wind_speed": np.maximum(each(wind, 0.3, 0.4), 0),
        "wind_from_direction": each(200 + 30 * front, 5, 10) % 360,
        "rainfall": np.maximum(each(rain, 0, 0.1), 0).round(1) * (each(rain, 0, 0) > 0),
    }
    return Hours(stations, END, values, np.zeros((count, FAILED_DAYS, 24), dtype=bool))


def changed(hours: Hours, sensor: str, station: int, week: np.ndarray) -> Hours:
    """Return hours with a week of one sensor replaced."""
    values = hours.values[sensor].copy()
    values[station, -WEEK_DAYS:] = week.reshape(WEEK_DAYS, 24)
    return replace(hours, values=hours.values | {sensor: values})


def of(found: list[SensorWeek], station: int, sensor: str) -> SensorWeek:
    """Return one state."""
    return next(one for one in found if (one.station, one.sensor) == (station, sensor))


def week_of(hours: Hours, sensor: str, station: int) -> np.ndarray:
    """Return a flat copy of a week."""
    return hours.week(sensor)[station].reshape(-1).copy()


@pytest.mark.parametrize("seed", range(6))
def test_a_healthy_network_is_good(seed: int) -> None:
    found = assess(network(seed=seed))
    assert [(one.station, one.sensor, one.fault) for one in found if one.state != "good"] == []
    assert len(found) == 5 * len(SENSORS)


T = "air_temperature"
HOUR = np.arange(168)
FAULTS = [
    (T, "bias", lambda x: x + 3),
    (T, "drift", lambda x: x + HOUR / 168 * 6),
    (T, "radiation", lambda x: x + 4 * np.clip(np.sin((HOUR + 11 / 15 - 6) * np.pi / 12), 0, None)),
    (T, "noise", lambda x: x + np.random.default_rng(3).normal(0, 2, 168)),
    (T, "stuck", lambda x: np.where((HOUR >= 60) & (HOUR < 96), x[60], x)),
    (T, "spikes", lambda x: x + np.where(np.isin(HOUR, (20, 50, 77, 100, 140)), 12, 0)),
    ("air_pressure", "bias", lambda x: x - 3),
    ("wind_speed", "scale", lambda x: x * 0.25),
    ("wind_from_direction", "turned", lambda x: (x + 70) % 360),
    ("rainfall", "too little", lambda x: x * 0),
    ("rainfall", "alone", lambda x: x + 0.4),
]


@pytest.mark.parametrize(("sensor", "kind", "fault"), FAULTS, ids=[f"{one[0]}-{one[1]}" for one in FAULTS])
def test_a_fault_is_laid_to_its_station_alone(sensor: str, kind: str, fault: object) -> None:
    hours = network()
    faulty = changed(hours, sensor, 2, fault(week_of(hours, sensor, 2)))  # type: ignore[operator]
    found = assess(faulty)
    assert [(one.station, one.sensor) for one in found if one.state == "suspect"] == [(2, sensor)]
    one = of(found, 2, sensor)
    assert one.fault is not None
    kinds = {"scale": ("scale", "bias"), "noise": ("noise", "spikes", "shape"), "bias": ("bias",)}
    assert one.fault.kind in kinds.get(kind, (kind,))
    assert 2 not in one.neighbours


def test_a_clock_three_hours_late() -> None:
    hours = network()
    whole = hours.values[T][3].reshape(-1)
    found = assess(changed(hours, T, 3, whole[-171:-3]))
    assert [one.station for one in found if one.state == "suspect"] == [3]


def test_size_and_beginning_of_a_bias() -> None:
    hours = network()
    week = week_of(hours, T, 1)
    week[50:] += 4
    fault = of(assess(changed(hours, T, 1, week)), 1, T).fault
    assert fault is not None
    assert fault.kind == "bias"
    assert fault.size == pytest.approx(4, abs=0.8)
    assert abs(fault.since_hour - (END - 168 + 50)) <= 24
    assert fault.days == 5


def test_two_stations_differ_and_nobody_is_blamed() -> None:
    hours = network(2)
    found = assess(changed(hours, T, 0, week_of(hours, T, 0) + 4))
    assert [of(found, station, T).state for station in (0, 1)] == ["differs", "differs"]
    assert all(one.state != "suspect" for one in found)


def test_a_station_out_of_reach_is_isolated_not_passed() -> None:
    hours = network()
    far = replace(hours.stations[4], latitude=60.0)
    found = assess(replace(hours, stations=(*hours.stations[:4], far)))
    assert {one.state for one in found if one.station == 4} == {"isolated"}
    assert "no other within 60 km" in words(of(found, 4, T), hours.stations)


def test_a_station_without_position_is_isolated_and_says_why() -> None:
    hours = network()
    stations = (*hours.stations[:4], replace(hours.stations[4], latitude=None, longitude=None))
    one = of(assess(replace(hours, stations=stations)), 4, T)
    assert one.state == "isolated"
    assert "no latitude and longitude" in words(one, stations)


def test_devices_of_one_site_are_neighbours_without_a_position() -> None:
    hours = network(3)
    stations = tuple(Station("yard", f"d{index}") for index in range(3))
    found = assess(changed(replace(hours, stations=stations), T, 0, week_of(hours, T, 0) + 4))
    assert [one.station for one in found if one.state == "suspect"] == [0]


def test_a_young_network_is_learning() -> None:
    hours = network()
    values = {sensor: rows.copy() for sensor, rows in hours.values.items()}
    for rows in values.values():
        rows[:, :-WEEK_DAYS] = np.nan
    states = {one.state for one in assess(replace(hours, values=values)) if one.sensor == T}
    assert states == {"learning"}


def test_a_sensor_without_hours_is_silent() -> None:
    hours = network()
    one = of(assess(changed(hours, T, 1, np.full(168, np.nan))), 1, T)
    assert (one.state, one.hours) == ("silent", 0)


def test_values_that_failed_the_rules_make_a_lone_sensor_suspect() -> None:
    hours = network(1)
    week = week_of(hours, T, 0)
    week[100:140] = np.nan
    failed = hours.failed.copy()
    failed.reshape(1, -1)[0, 168 + 100 : 168 + 140] = True
    one = of(assess(replace(changed(hours, T, 0, week), failed=failed)), 0, T)
    assert one.state == "suspect"
    assert one.fault is not None
    assert (one.fault.kind, one.fault.size, one.fault.since_hour) == ("rejected", 40, END - 168 + 100)


def test_one_faulty_neighbour_of_several_brings_nobody_under_suspicion() -> None:
    hours = network()
    found = assess(changed(hours, T, 0, week_of(hours, T, 0) + 10))
    assert [one.station for one in found if one.state == "suspect"] == [0]


def test_the_order_of_stations_makes_no_difference_and_nothing_is_altered() -> None:
    hours = network()
    hours = changed(hours, T, 2, week_of(hours, T, 2) + 3)
    before = {sensor: rows.copy() for sensor, rows in hours.values.items()}
    order = [3, 0, 4, 2, 1]
    mixed = Hours(
        tuple(hours.stations[index] for index in order),
        END,
        {sensor: rows[order] for sensor, rows in hours.values.items()},
        hours.failed[order],
    )

    def known(found: list[SensorWeek], stations: tuple[Station, ...]) -> list[tuple[object, ...]]:
        return sorted(
            (
                stations[one.station].site, one.sensor, one.state, repr(one.fault), round(one.score, 9),
                tuple(sorted(stations[index].site for index in one.neighbours)),
            )
            for one in found
        )  # fmt: skip

    assert known(assess(hours), hours.stations) == known(assess(mixed), mixed.stations)
    for sensor, rows in hours.values.items():
        np.testing.assert_array_equal(rows, before[sensor])


def test_words_fit_into_a_cell_without_quotes() -> None:
    hours = network()
    for sensor, _, fault in FAULTS:
        found = assess(changed(hours, sensor, 2, fault(week_of(hours, sensor, 2))))
        for one in found:
            text = words(one, hours.stations)
            assert not set(text) & set(',"\n')
            assert text[0].islower()
    one = of(assess(changed(hours, T, 2, week_of(hours, T, 2) + 3)), 2, T)
    assert words(one, hours.stations).startswith("thermometer reads +2.94 degC off since ")


def test_every_kind_of_evidence_has_a_threshold() -> None:
    for sensor in SENSORS:
        assert limits()[sensor].suspect["rejected"] > 0
        assert all(value > 0 for value in limits()[sensor].suspect.values())
