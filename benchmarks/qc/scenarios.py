"""Which fault is put where: one station-week each, chosen by a seed."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.qc.data import RH, Network, P, R, T, W
from benchmarks.qc.faults import FAULTS, SWAPPED, Fault

SEEDS = {"tune": 20_130, "score": 71_301}


@dataclass(frozen=True)
class Scenario:
    """A week of one station's sensor.

    Attributes:
        end: index of the value behind the week's last.
        station: index of the faulty station; of a clean week, of the station looked at.
        sensor: the sensor.
        fault: its name; empty for a clean week.
        values: of the sensor at that station, `Network.per_week` values up to `end`; for one that asks for the
            beginning, two weeks.
        began: index into the network's values at which the fault began; None if not asked for.
    """

    end: int
    station: int
    sensor: str
    fault: str
    values: np.ndarray
    began: int | None = None


def weeks_of(network: Network, part: str) -> list[int]:
    """Return the ends of the weeks for tuning (odd ones) or for the score (even ones).

    The two weeks of the short network serve both, with different seeds; that is said in the report.
    """
    if len(network.weeks) <= 2:
        return list(network.weeks[-1:])
    return list(network.weeks[1 if part == "tune" else 0 :: 2])


def clean(network: Network, part: str) -> list[Scenario]:
    """Return every station-week as it is."""
    return [
        Scenario(end, station, sensor, "", network.values[sensor][station, end - network.per_week : end])
        for end in weeks_of(network, part)
        for station in range(len(network.stations))
        for sensor in network.values
        if np.isfinite(network.values[sensor][station, end - network.per_week : end]).mean() > 0.5
        and not (sensor == R and plainly_clogged(network, station, end))
        and not plainly_hung(network, station, end)
    ]


def plainly_clogged(network: Network, station: int, end: int) -> bool:
    """Return whether a gauge of the real data is itself at fault, so that its week is no clean one.

    It gave less than a tenth of what half of all stations gave in a week that was wet for them.
    """
    totals = np.nansum(network.values[R][:, end - network.per_week : end], axis=1)
    usual = float(np.median(totals))
    return usual >= 10 and bool(totals[station] < usual / 10)


def plainly_hung(network: Network, station: int, end: int) -> bool:
    """Return whether a station of the real data sends the same values again and again in a week.

    Its barometer shows one value for a whole day, which the atmosphere does nowhere: semidiurnal tides alone
    move it by some tenths of a hectopascal.
    """
    day = 86_400 // network.step
    values = network.values[P][station, end - network.per_week : end]
    days = values[: len(values) // day * day].reshape(-1, day)
    known = np.isfinite(days).all(axis=1)
    return bool(
        (known & (np.nanmax(days, axis=1, initial=-np.inf) == np.nanmin(days, axis=1, initial=np.inf))).any()
    )


def faulty(network: Network, part: str, of_each: int) -> list[Scenario]:
    """Return faulty station-weeks: each fault in some weeks, at a station chosen by the seed."""
    found: list[Scenario] = []
    ends = weeks_of(network, part)
    for number, fault in enumerate(FAULTS):
        rng = np.random.default_rng([SEEDS[part], number, network.step, len(network.stations)])
        for turn in range(of_each):
            end = ends[turn * len(ends) // of_each] if len(ends) >= of_each else ends[turn % len(ends)]
            if one := _scenario(network, fault, end, int(rng.integers(len(network.stations))), rng):
                found.append(one)
    return [*found, *_swaps(network, part, of_each, ends)]


def _scenario(
    network: Network, fault: Fault, end: int, station: int, rng: np.random.Generator, back: int = 0
) -> Scenario | None:
    if plainly_hung(network, station, end):
        return None
    start = end - network.per_week - back
    values = network.values[fault.sensor][station, start:end]
    if np.isfinite(values).mean() < 0.5 or (fault.sensor == "rainfall" and np.nansum(values) < 5):
        return None  # what hardly rained cannot be clogged
    seconds = np.arange(len(values)) * float(network.step)
    hour = ((network.start + (start + np.arange(len(values))) * network.step) / 3600 + _offset(network)) % 24
    changed = fault.put(values, seconds, hour, rng)
    return Scenario(end, station, fault.sensor, fault.name, np.where(np.isfinite(values), changed, np.nan))


def _offset(network: Network) -> float:
    return float(np.mean(network.position[:, 1]) / 15)


def _swaps(network: Network, part: str, of_each: int, ends: list[int]) -> list[Scenario]:
    rng = np.random.default_rng([SEEDS[part], 999, network.step, len(network.stations)])
    found: list[Scenario] = []
    for sensor in (T, RH, W):
        for turn in range(of_each):
            end = ends[turn * len(ends) // of_each] if len(ends) >= of_each else ends[turn % len(ends)]
            one, other = rng.choice(len(network.stations), 2, replace=False)
            values = network.values[sensor][other, end - network.per_week : end]
            found.append(Scenario(end, int(one), sensor, f"{SWAPPED}:{other}", values.copy()))
    return found


def beginning(network: Network, part: str, of_each: int) -> list[Scenario]:
    """Return faults that begin within the first of two weeks and go on: when are they noticed, how dated?"""
    found: list[Scenario] = []
    ends = [end for end in weeks_of(network, part) if end >= 4 * network.per_week] or weeks_of(network, part)
    for number, fault in enumerate(fault for fault in FAULTS if fault.lasts and fault.sensor != "rainfall"):
        rng = np.random.default_rng([SEEDS[part], number, 7, network.step])
        for turn in range(of_each):
            end, station = ends[turn % len(ends)], int(rng.integers(len(network.stations)))
            whole = _scenario(network, fault, end, station, rng, back=network.per_week)
            if whole is None:
                continue
            began = end - 2 * network.per_week + int(rng.integers(network.per_week))
            start = end - 2 * network.per_week
            values = network.values[fault.sensor][station, start:end].copy()
            late = _scenario(network, fault, end, station, rng, back=end - network.per_week - began)
            if late is None:
                continue
            values[began - start :] = late.values
            found.append(replace(whole, values=values, began=began))
    return found
