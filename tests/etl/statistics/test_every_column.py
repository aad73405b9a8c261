"""Every column of every dataset by value: nine days of a station, computed again in plain Python.

The reference below knows nothing of the program's code. It takes the messages that were sent and works out
each cell of the observations, hours, days and weeks; a column that it does not know, or that is empty
throughout, fails the first test.
"""

import hashlib
import json
import math
import statistics
import struct
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from weather_etl.datasets.tables import tables

from tests.etl.lakes_and_runs import rows_of, transform, write_lake

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ELEVATION = 110.0
FIRST = datetime(2025, 5, 3, tzinfo=ZONE)  # a Saturday: the week from Sunday the 4th is whole
STEP = timedelta(minutes=10)
COUNT = 9 * 144
UNTIL = "2025-05-12T00:00:00+07:00"
BROKEN, DISPUTED, BURST = 144 * 2 + 75, 144 * 3 + 40, 144 * 4 + 81
"""Numbers of the message whose values are out of range, of one that comes in two versions, and of one that is
followed a minute later by another in its slot."""

# Columns of the observations, in order, with a value that no range allows (None: there is no rule).
IMPOSSIBLE: dict[str, float | None] = {
    "air_temperature": 91, "dew_point_temperature": 77, "relative_humidity": 300, "air_pressure": 2000,
    "air_pressure_at_mean_sea_level": 2000, "wind_speed": 400, "wind_speed_of_gust": 500,
    "wind_from_direction": None, "wind_gust_from_direction": None, "rainfall_amount_interval": 900,
    "rainfall_counter": -5, "rainfall_since_midnight": 3000, "rainfall_1h_rolling": 900,
    "rainfall_24h_rolling": 3000, "rainfall_rate": 9000, "downwelling_shortwave": 5000,
    "ultraviolet_index": 90, "illuminance": 900000, "battery_voltage": 500, "signal_strength": None,
    "air_temperature_indoor": 99, "relative_humidity_indoor": 300,
}  # fmt: skip
VARIABLES = tuple(IMPOSSIBLE)
SECTORS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]


# ---- the messages


def weather(number: int) -> dict[str, float]:
    """Return what the station measures at a step: smooth, with rain in the middle of some hours."""
    hour = (number % 144) / 6
    wave = math.sin((hour - 9) / 24 * 2 * math.pi)
    speed = 0.2 if hour < 1.5 else round(3.2 + 1.7 * math.sin(number / 7), 2)
    tips = sum(rain_step(past) for past in range(number + 1))
    day = number // 144
    return {
        "air_temperature": round(27 + 4 * wave + 0.3 * day, 2),
        "relative_humidity": round(74 - 13 * wave + 0.5 * math.sin(number / 11), 1),
        "air_pressure": round(1000 + 2 * math.sin(number / 60), 2),
        "wind_speed": speed,
        "wind_speed_of_gust": round(speed + 1.5 + 0.01 * (number % 37), 2),
        "wind_from_direction": float((340 + number * 7) % 360),
        "wind_gust_from_direction": float((345 + number * 7) % 360),
        "rainfall_counter": round(120 + 0.2 * tips, 1),
        "rainfall_24h_rolling": round(0.2 * (tips - sum(rain_step(past) for past in range(number - 143))), 1),
        "rainfall_rate": round((1.2 + 0.1 * day) * rain_step(number), 1),
        "downwelling_shortwave": round(max(0.0, 800 * wave + 3 * day), 1) if 5 < hour < 19 else 0.0,
        "ultraviolet_index": round(max(0.0, 9 * wave + 0.1 * day), 1) if 5 < hour < 19 else 0.0,
        "illuminance": round(max(0.0, 90000 * wave), 0) if 5 < hour < 19 else 0.0,
        "battery_voltage": round(3.4 + 0.2 * wave - 0.01 * day, 3),
        "signal_strength": -70.0 - number % 5,
        "air_temperature_indoor": 24.5,
        "relative_humidity_indoor": 51.0,
    }


def rain_step(number: int) -> int:
    """Return how often the gauge tips up to a step: three times an hour in the rain, never on the hour."""
    day, hour, step = number // 144, number % 144 // 6, number % 6
    return int(step in (2, 3, 4)) * (1 + day % 3) if hour in (3, 4, 15 + day % 4) else 0


def messages() -> list[tuple[datetime, datetime, dict[str, float]]]:
    """Return (time of observation, of ingest, values) of every message."""
    sent: list[tuple[datetime, datetime, dict[str, float]]] = []
    for number in range(COUNT):
        moment = FIRST + number * STEP
        values = weather(number)
        if number == BROKEN:
            values = {name: float(value) for name, value in IMPOSSIBLE.items() if value is not None}
        sent.append((moment, moment + timedelta(seconds=5), values))
        if number == DISPUTED:
            sent.append((moment, moment + timedelta(seconds=9), {"air_temperature": 26.5}))
        if number == BURST:
            extra = weather(number) | {"air_temperature": values["air_temperature"] + 0.4}
            later = moment + timedelta(minutes=1)
            sent.append((later, later + timedelta(seconds=5), extra))
    return sent


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder: Path = tmp_path_factory.mktemp("columns")
    objects = {
        f"s/{int(ingest.timestamp() * 1000)}.json": json.dumps(
            {"station_id": "a", "time": moment.astimezone(UTC).isoformat(), **values}
        ).encode()
        for moment, ingest, values in messages()
    }
    write_lake(folder / "lake", objects)
    config = {"sites": {"s": {"timezone": ZONE.key, "elevation_m": ELEVATION}}}
    summary = transform(folder / "lake", folder / "out", UNTIL, config)
    assert (summary["accepted"], summary["merged"]) == (COUNT + 1, 1)
    found = {name: rows_of(folder / "out", name, "s") for name in tables()}
    found["weekly"] = [row for row in found["weekly"] if row["local_date"] >= "2025-05-04"]  # the whole one
    return found


# ---- the reference: observations


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def local(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()


def identity(moment: datetime, values: dict[str, float]) -> str:
    numbers = [values.get(name, math.nan) for name in VARIABLES]
    time_us = int(moment.timestamp()) * 1_000_000
    return hashlib.sha256(struct.pack(f"<{len(numbers)}dq", *numbers, time_us) + b"a").hexdigest()[:16]


def cell(ingest: datetime, values: dict[str, float]) -> str:
    parts = [f"{name}={values[name]!r}" for name in VARIABLES if name in values]
    return ";".join([f"{int(ingest.timestamp() * 1_000_000)}", "generic", "device", "1", "", *parts])


def observations() -> list[dict[str, Any]]:
    by_time: defaultdict[datetime, list[tuple[datetime, dict[str, float]]]] = defaultdict(list)
    for moment, ingest, values in messages():
        by_time[moment].append((ingest, values))
    return [observation(moment, by_time[moment]) for moment in sorted(by_time)]


def observation(moment: datetime, versions: list[tuple[datetime, dict[str, float]]]) -> dict[str, Any]:
    merged = {name: value for _, values in versions for name, value in values.items()}
    disputed = len(versions) > 1
    broken = moment == FIRST + BROKEN * STEP
    flags = {name: flag_of(name, merged, broken=broken) for name in VARIABLES}
    if disputed:
        flags["air_temperature"] = 3
    return {
        "station_id": "a",
        "obs_time_utc": utc(moment),
        "obs_time_local": local(moment),
        "ingest_time_utc": utc(versions[0][0]),
        "time_source": "device",
        "family": "generic",
        "message_id": identity(moment, versions[-1][1]),
        "n_fields": len(merged),
        "n_versions": len(versions),
        "qc": max((flag for flag in flags.values() if flag in (3, 4)), default=1),
        "time_qc": 1,
        "adjusted": None,
        "conflicts": "air_temperature" if disputed else None,
        **{name: merged.get(name) for name in VARIABLES},
        **{f"{name}_qc": flag for name, flag in flags.items()},
        "versions": "|".join(cell(*version) for version in versions) if disputed else None,
    }


def flag_of(name: str, values: dict[str, float], *, broken: bool) -> int:
    if name not in values:
        return 9
    if name == "signal_strength":
        return 2  # no rule speaks of it
    return 4 if broken else 1


# ---- the reference: hours


def es(celsius: float) -> float:
    return 6.112 * math.exp(17.62 * celsius / (243.12 + celsius))


def dew_point(celsius: float, humidity: float) -> float:
    ratio = math.log(es(celsius) * humidity / 100 / 6.112)
    return 243.12 * ratio / (17.62 - ratio)


def reduced(pressure: float, celsius: float, humidity: float) -> float:
    vapour = es(celsius) * humidity / 100
    column = celsius + 273.15 + 0.12 * vapour + 0.0065 * ELEVATION / 2
    return pressure * math.exp(9.80665 / 287.05 * ELEVATION / column)


def good(row: dict[str, Any]) -> dict[str, float]:
    """Return the values of an observation that may enter statistics, with what is computed from them."""
    usable = {name: row[name] for name in VARIABLES if row[f"{name}_qc"] in (1, 2, 3)}
    if "air_temperature" in usable and "relative_humidity" in usable:
        celsius, humidity = usable["air_temperature"], usable["relative_humidity"]
        usable["dew_point_temperature"] = round(dew_point(celsius, humidity), 4)
        level = reduced(usable["air_pressure"], celsius, humidity)
        usable["air_pressure_at_mean_sea_level"] = round(level, 4)
    return usable


Sample = tuple[datetime, dict[str, float]]
MEANS = (
    "air_temperature", "dew_point_temperature", "relative_humidity", "air_pressure",
    "air_pressure_at_mean_sea_level",
)  # fmt: skip


def hours() -> list[dict[str, Any]]:
    by_hour: defaultdict[datetime, list[dict[str, Any]]] = defaultdict(list)
    for row in observations():
        moment = datetime.fromisoformat(row["obs_time_local"])
        by_hour[moment.replace(minute=0)].append(row)
    amounts = rain_by_hour()
    return [hour(start, by_hour[start], amounts.get(start, 0.0)) for start in sorted(by_hour)]


def rain_by_hour() -> dict[datetime, float]:
    """Return the tips of each hour: those of the broken message show in the next one, of the same hour."""
    fallen: defaultdict[datetime, float] = defaultdict(float)
    for number in range(1, COUNT):
        moment = FIRST + number * STEP
        fallen[moment.replace(minute=0)] += 0.2 * rain_step(number)
    return fallen


def rain_of_24_hours(end: datetime) -> float | None:
    """Return what the gauge says at the end of an hour."""
    number = (end - FIRST) // STEP
    return weather(number)["rainfall_24h_rolling"] if number < COUNT else None


def bounds(start: datetime, end: datetime) -> dict[str, str]:
    return {
        "window_start": local(start), "window_end": local(end),
        "window_start_utc": utc(start), "window_end_utc": utc(end),
        "local_date": start.date().isoformat(), "station_id": "a",
    }  # fmt: skip


def slot_means(samples: Sequence[Sample], name: str) -> list[float]:
    slots: defaultdict[int, list[float]] = defaultdict(list)
    for moment, values in samples:
        if name in values:
            slots[moment.minute // 10].append(values[name])
    return [statistics.fmean(slots[slot]) for slot in sorted(slots)]


def hour(start: datetime, rows: list[dict[str, Any]], rain: float) -> dict[str, Any]:
    samples = [(datetime.fromisoformat(row["obs_time_local"]), good(row)) for row in rows]
    flags = [row[f"{name}_qc"] for row in rows for name in VARIABLES]
    found: dict[str, Any] = {
        **bounds(start, start + timedelta(hours=1)),
        "n_obs": len(rows), "slot_seconds": 600, "n_slots": 6, "n_expected": 6, "coverage": 1.0,
        "n_suspect": flags.count(3), "n_fail": flags.count(4), "qc": 1,
        "derived": "dew_point_temperature air_pressure_at_mean_sea_level",
        "rainfall_observed": rain, "rainfall_total": rain, "rainfall_source": "counter",
        "rainfall_qc": 3 if start == FIRST + COUNT * STEP - timedelta(hours=1) else 1,
        "rainfall_accumulated": 0.0, "rainfall_seconds": 3600.0, "rainfall_bridged_seconds": 0.0,
        "rainfall_24h": rain_of_24_hours(start + timedelta(hours=1)),
    }  # fmt: skip
    for name in MEANS:
        found |= spread(name, samples)
    east, north, scalar, angles = vectors(samples)
    found |= wind(east, north, scalar, angles)
    speeds = slot_means(samples, "wind_speed")
    rose = rose_of(samples)
    calm = sum(speed < 0.5 for speed in speeds)
    found |= {
        "wind_speed_mean": statistics.fmean(speeds), "wind_speed_max": max(column(samples, "wind_speed")),
        "wind_speed_n": len(speeds), "wind_speed_qc": 1, "wind_calm_n": calm, "wind_slot_n": len(speeds),
        "wind_calm_share": calm / len(speeds), **sectors(rose), **gust_of(samples),
    }  # fmt: skip
    sun = slot_means(samples, "downwelling_shortwave")
    found |= {
        "downwelling_shortwave_mean": statistics.fmean(sun), "downwelling_shortwave_n": len(sun),
        "downwelling_shortwave_max": max(column(samples, "downwelling_shortwave")),
        "downwelling_shortwave_qc": 1,
        "downwelling_shortwave_total": statistics.fmean(sun) * 3600 / 1e6,
        "downwelling_shortwave_observed": sum(sun) * 600 / 1e6,
    }  # fmt: skip
    return found | {
        "rainfall_rate_max": max(column(samples, "rainfall_rate")),
        "ultraviolet_index_max": max(column(samples, "ultraviolet_index")),
        "illuminance_max": max(column(samples, "illuminance")),
        "battery_voltage_min": min(column(samples, "battery_voltage")),
    }


def column(samples: Sequence[Sample], name: str) -> list[float]:
    return [values[name] for _, values in samples if name in values]


def spread(name: str, samples: Sequence[Sample]) -> dict[str, Any]:
    values, means = column(samples, name), slot_means(samples, name)
    sure = [value for _, value in sure_values(samples, name)]
    found: dict[str, Any] = {
        f"{name}_mean": statistics.fmean(means), f"{name}_min": min(sure), f"{name}_max": max(sure),
        f"{name}_last": values[-1], f"{name}_sd": statistics.pstdev(values), f"{name}_n": len(means),
        f"{name}_qc": 1,
    }  # fmt: skip
    if name == "air_temperature":
        for extreme in ("min", "max"):
            when = next(m for m, value in sure_values(samples, name) if value == found[f"{name}_{extreme}"])
            found[f"{name}_{extreme}_time"] = local(when)
    return found


def sure_values(samples: Sequence[Sample], name: str) -> list[tuple[datetime, float]]:
    """Return the values that may be extremes: not the disputed temperature, nor what is computed from it."""
    doubtful = {"air_temperature", "dew_point_temperature", "air_pressure_at_mean_sea_level"}
    disputed = FIRST + DISPUTED * STEP
    return [
        (moment, values[name])
        for moment, values in samples
        if name in values and not (moment == disputed and name in doubtful)
    ]


def vectors(samples: Sequence[Sample]) -> tuple[list[float], list[float], list[float], list[float]]:
    """Return eastward and northward components, their scalar speeds, and the angles of winds with one."""
    east: list[float] = []
    north: list[float] = []
    scalar: list[float] = []
    angles: list[float] = []
    for slot in range(6):
        inside = [v for m, v in samples if m.minute // 10 == slot and "wind_speed" in v]
        if not inside:
            continue
        parts = [component(values) for values in inside]
        east.append(statistics.fmean(part[0] for part in parts))
        north.append(statistics.fmean(part[1] for part in parts))
        scalar.append(statistics.fmean(values["wind_speed"] for values in inside))
        if inside[0]["wind_speed"] >= 0.5:
            angles.append(math.radians(inside[0]["wind_from_direction"]))
    return east, north, scalar, angles


def component(values: dict[str, float]) -> tuple[float, float]:
    speed, angle = values["wind_speed"], math.radians(values["wind_from_direction"])
    return (0.0, 0.0) if speed < 0.5 else (-speed * math.sin(angle), -speed * math.cos(angle))


def wind(east: list[float], north: list[float], scalar: list[float], angles: list[float]) -> dict[str, Any]:
    u, v, plain = statistics.fmean(east), statistics.fmean(north), statistics.fmean(scalar)
    sine = statistics.fmean(map(math.sin, angles)) if angles else None
    cosine = statistics.fmean(map(math.cos, angles)) if angles else None
    return {
        "wind_u_mean": u, "wind_v_mean": v, "wind_vector_n": len(east), "wind_vector_speed": math.hypot(u, v),
        "wind_vector_direction": math.degrees(math.atan2(-u, -v)) % 360 if math.hypot(u, v) else None,
        "wind_vector_scalar_mean": plain, "wind_steadiness": math.hypot(u, v) / plain,
        "wind_sin_mean": sine, "wind_cos_mean": cosine, "wind_direction_n": len(angles),
        "wind_unit_direction": None if sine is None else math.degrees(math.atan2(sine, cosine)) % 360,
    }  # fmt: skip


def rose_of(samples: Sequence[Sample]) -> list[int]:
    rose = [0] * 16
    for slot in range(6):
        inside = [v for m, v in samples if m.minute // 10 == slot and "wind_speed" in v]
        if inside and inside[0]["wind_speed"] >= 0.5:
            rose[int((inside[0]["wind_from_direction"] + 11.25) // 22.5) % 16] += 1
    return rose


def sectors(rose: list[int]) -> dict[str, Any]:
    prevailing = SECTORS[rose.index(max(rose))] if any(rose) else None
    return {"wind_rose": " ".join(map(str, rose)), "wind_prevailing_sector": prevailing}


def gust_of(samples: Sequence[Sample]) -> dict[str, Any]:
    gust = max(column(samples, "wind_speed_of_gust"))
    moment, values = next((m, v) for m, v in samples if v.get("wind_speed_of_gust") == gust)
    return {
        "wind_gust_max": gust,
        "wind_gust_time": local(moment),
        "wind_gust_direction": values["wind_gust_from_direction"],
    }


# ---- the reference: days and weeks


def days() -> list[dict[str, Any]]:
    by_day: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in hours():
        by_day[row["local_date"]].append(row)
    found = [window(day, rows, "hour", timedelta(days=1)) for day, rows in sorted(by_day.items())]
    for row, parts in zip(found, by_day.values(), strict=True):
        row["air_temperature_midrange"] = (row["air_temperature_max"] + row["air_temperature_min"]) / 2
        exposure = sum(part["downwelling_shortwave_mean"] * 3600 for part in parts) / 1e6
        row["downwelling_shortwave_total"] = exposure
        row["downwelling_shortwave_observed"] = sum(part["downwelling_shortwave_observed"] for part in parts)
        if row["local_date"] == "2025-05-11":
            row["rainfall_qc"] = 3  # the reading of its end has not come
        row["rainfall_hour_max"] = max(part["rainfall_total"] or 0 for part in parts)
        row["wet_hours"] = sum(part["rainfall_observed"] >= 0.2 for part in parts)
    return found


def weeks() -> list[dict[str, Any]]:
    """Return the one week from Sunday that is over."""
    inside = [row for row in days() if "2025-05-04" <= row["local_date"] <= "2025-05-10"]
    row = window("2025-05-04", inside, "day", timedelta(days=7))
    row["air_temperature_mean_daily_max"] = statistics.fmean(day["air_temperature_max"] for day in inside)
    row["air_temperature_mean_daily_min"] = statistics.fmean(day["air_temperature_min"] for day in inside)
    row["downwelling_shortwave_total"] = statistics.fmean(
        day["downwelling_shortwave_total"] for day in inside
    )
    row["downwelling_shortwave_observed"] = sum(day["downwelling_shortwave_observed"] for day in inside)
    row["iso_year"], row["iso_week"] = 2025, 19  # the week's fourth day is Wednesday the 7th
    row["rainfall_day_max"] = max(day["rainfall_total"] for day in inside)
    row["wet_days"] = sum(day["rainfall_observed"] >= 1 for day in inside)
    return [row]


def window(day: str, parts: list[dict[str, Any]], part: str, length: timedelta) -> dict[str, Any]:
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE)
    count = len(parts)

    def each(name: str) -> list[Any]:
        return [row[name] for row in parts if row[name] is not None]

    complete = all(row["rainfall_total"] is not None for row in parts)
    found: dict[str, Any] = {
        **bounds(start, start + length),
        "n_obs": sum(each("n_obs")), f"n_{part}s": count, "n_expected": count, "coverage": 1.0,
        "n_suspect": sum(each("n_suspect")), "n_fail": sum(each("n_fail")), "qc": 1,
        "derived": "dew_point_temperature air_pressure_at_mean_sea_level",
        "rainfall_observed": sum(each("rainfall_observed")),
        "rainfall_total": sum(each("rainfall_total")) if complete else None,
        "rainfall_source": "counter", "rainfall_n": len(each("rainfall_total")),
        "rainfall_qc": 1 if complete else 9,
    }  # fmt: skip
    for name in MEANS:
        found |= {
            f"{name}_mean": statistics.fmean(each(f"{name}_mean")), f"{name}_min": min(each(f"{name}_min")),
            f"{name}_max": max(each(f"{name}_max")), f"{name}_n": count, f"{name}_qc": 1,
        }  # fmt: skip
    for extreme, choose in (("min", min), ("max", max)):
        best = choose(each(f"air_temperature_{extreme}"))
        row = next(row for row in parts if row[f"air_temperature_{extreme}"] == best)
        found[f"air_temperature_{extreme}_time"] = row[f"air_temperature_{extreme}_time"]
    found |= wind_of_parts(parts, each)
    calm, slots = sum(each("wind_calm_n")), sum(each("wind_slot_n"))
    roses = [list(map(int, row["wind_rose"].split())) for row in parts]
    strongest = max(parts, key=lambda row: row["wind_gust_max"])
    return found | {
        "wind_speed_mean": statistics.fmean(each("wind_speed_mean")),
        "wind_speed_max": max(each("wind_speed_max")), "wind_speed_n": count, "wind_speed_qc": 1,
        "wind_calm_n": calm, "wind_slot_n": slots, "wind_calm_share": calm / slots,
        **sectors([sum(column) for column in zip(*roses, strict=True)]),
        **{name: strongest[name] for name in ("wind_gust_max", "wind_gust_time", "wind_gust_direction")},
        "downwelling_shortwave_mean": statistics.fmean(each("downwelling_shortwave_mean")),
        "downwelling_shortwave_max": max(each("downwelling_shortwave_max")),
        "downwelling_shortwave_n": count, "downwelling_shortwave_qc": 1,
        "rainfall_rate_max": max(each("rainfall_rate_max")),
        "ultraviolet_index_max": max(each("ultraviolet_index_max")),
        "illuminance_max": max(each("illuminance_max")),
        "battery_voltage_min": min(each("battery_voltage_min")),
    }  # fmt: skip


def wind_of_parts(parts: list[dict[str, Any]], each: Any) -> dict[str, Any]:
    u, v = statistics.fmean(each("wind_u_mean")), statistics.fmean(each("wind_v_mean"))
    plain = statistics.fmean(each("wind_vector_scalar_mean"))
    weights = [sum(map(int, row["wind_rose"].split())) for row in parts if row["wind_sin_mean"] is not None]
    sine = statistics.fmean(each("wind_sin_mean"), weights)
    cosine = statistics.fmean(each("wind_cos_mean"), weights)
    return {
        "wind_u_mean": u, "wind_v_mean": v, "wind_vector_n": len(parts),
        "wind_vector_speed": math.hypot(u, v),
        "wind_vector_direction": math.degrees(math.atan2(-u, -v)) % 360,
        "wind_vector_scalar_mean": plain, "wind_steadiness": math.hypot(u, v) / plain,
        "wind_sin_mean": sine, "wind_cos_mean": cosine, "wind_direction_n": len(each("wind_sin_mean")),
        "wind_unit_direction": math.degrees(math.atan2(sine, cosine)) % 360,
    }  # fmt: skip


REFERENCE = {"observations": observations, "hourly": hours, "daily": days, "weekly": weeks}


# ---- the tests


@pytest.mark.parametrize("name", list(REFERENCE))
def test_no_column_is_without_a_value_test(name: str, published: dict[str, list[dict[str, Any]]]) -> None:
    known = set(REFERENCE[name]()[0])
    declared = list(tables()[name].schema.names)
    asserted = {column for column in known if any(row.get(column) is not None for row in published[name])}
    if name == "observations":
        asserted.add(
            "adjusted"
        )  # by value in tests/etl/decode/test_platform.py: a humidity of 0 that means 100

    assert [column for column in declared if column not in asserted] == []


@pytest.mark.parametrize("name", list(REFERENCE))
def test_every_cell_equals_the_reference(name: str, published: dict[str, list[dict[str, Any]]]) -> None:
    right = REFERENCE[name]()

    assert len(published[name]) == len(right)
    for row, expected in zip(published[name], right, strict=True):
        where = row.get("window_start") or row["obs_time_local"]
        wrong = {
            column: (row[column], value)
            for column, value in expected.items()
            if not same(column, row[column], value)
        }
        assert not wrong, f"{name} {where}: {wrong} (published, right)"


def same(column: str, published: Any, right: Any) -> bool:
    if isinstance(right, float) and published is not None:
        tolerance = 0.006 if column.endswith("direction") else 2e-4 if column.endswith("observed") else 6e-5
        return published == pytest.approx(right, abs=tolerance)
    return published == right
