"""The states of all sensors for a week."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from weather_etl.network import evidence, explain
from weather_etl.network.explain import WEEK_HOURS, Fault
from weather_etl.network.hours import SCALARS, SENSORS, Floats, Hours, Ints, Mask, share
from weather_etl.network.limits import Limit, limits
from weather_etl.network.neighbours import MOST, agreeing, nearest, separation

State = Literal["good", "suspect", "differs", "isolated", "learning", "silent"]
"""good: agrees with its neighbours; suspect: most of them disagree with it; differs: its only neighbour does,
and nobody can say whose fault it is; isolated: nobody within reach; learning: too few hours in common yet;
silent: it gave hours in the weeks before and hardly any in this one."""

_LITTLE: Final = 0.1
_FEW: Final = 12


@dataclass(frozen=True)
class SensorWeek:
    """A sensor's week.

    Attributes:
        station: index into `Hours.stations`.
        sensor: its CF name.
        state: see `State`.
        fault: what is wrong; None unless suspect or differs.
        score: the strongest evidence, 1 where suspicion begins.
        hours: hours of the week with a value.
        neighbours: indices of those it was compared with.
    """

    station: int
    sensor: str
    state: State
    fault: Fault | None
    score: float
    hours: int
    neighbours: tuple[int, ...]


@dataclass(frozen=True)
class Scores:
    """Evidence on one sensor of all stations, before any threshold is asked.

    Attributes:
        kinds: of evidence, in order of the columns.
        scores: stations x kinds, with sign.
        neighbours: stations x neighbours, -1 where there are no more.
        valid: which of them counted.
        pairs: differences, for sensors with a mean.
    """

    kinds: tuple[str, ...]
    scores: Floats
    neighbours: Ints
    valid: Mask
    pairs: evidence.Pairs | None


def assess(hours: Hours) -> list[SensorWeek]:
    """Return the state of every sensor that gave an hour in the week or before, by station and sensor."""
    apart = separation(hours.stations)
    found = [
        one for sensor in SENSORS if sensor in hours.values for one in _sensor_weeks(hours, sensor, apart)
    ]
    return sorted(found, key=lambda one: (one.station, SENSORS.index(one.sensor)))


def weigh(hours: Hours, sensor: str, apart: Floats, limit: Limit) -> Scores:
    """Return the evidence on one sensor of all stations."""
    week, past = hours.week(sensor), hours.past(sensor)
    if sensor == "wind_speed":  # roots of wind speeds spread alike in light and in strong wind
        week, past = np.sqrt(np.maximum(week, 0)), np.sqrt(np.maximum(past, 0))
    present = share(np.concatenate([past, week], axis=1), (1, 2))
    neighbours = nearest(apart, limit.reach_km, present)
    pairs = None
    if sensor in SCALARS:
        neighbours = agreeing(neighbours, past)
        pairs = evidence.pairs_of(week, past, neighbours)
        longitude = np.array([one.longitude or 0.0 for one in hours.stations])
        found = evidence.scalar_evidence(
            pairs, week, past, limit.floor, longitude, from_zero=sensor == "wind_speed"
        )
        valid = pairs.valid
    else:
        neighbours = neighbours[:, :MOST]
        if sensor == "rainfall":
            found, valid = evidence.rain_evidence(week, neighbours)
        else:
            found, valid = evidence.direction_evidence(week, past, neighbours)
    found["rejected"] = evidence.rejected_hours(week, past, hours.failed)
    kinds = tuple(found)
    return Scores(kinds, np.stack([found[kind] for kind in kinds], axis=1), neighbours, valid, pairs)


def _sensor_weeks(hours: Hours, sensor: str, apart: Floats) -> list[SensorWeek]:
    here, before = share(hours.week(sensor), (1, 2)), share(hours.past(sensor), (1, 2))
    known = (here > 0) | (before > 0)
    if not known.any():
        return []
    limit = limits()[sensor]
    found = weigh(hours, sensor, apart, limit)
    ratio = np.abs(found.scores) / np.array([limit.suspect[kind] for kind in found.kinds])
    strongest: list[int] = ratio.argmax(axis=1).tolist()
    rows: list[SensorWeek] = []
    for row in np.flatnonzero(known).tolist():
        at = _named(found, row, ratio[row], strongest[row])
        score, others = float(ratio[row].max()), found.neighbours[row][found.valid[row]]
        state = _state(found, row, found.kinds[at], score, float(here[row]))
        fault = _fault(hours, sensor, found, row, at) if state in ("suspect", "differs") else None
        count = round(float(here[row]) * WEEK_HOURS)
        rows.append(SensorWeek(row, sensor, state, fault, score, count, tuple(others.tolist())))
    return rows


def _named(found: Scores, row: int, ratio: Floats, strongest: int) -> int:
    """Return the column of the evidence that names the fault: a few spikes are also noise."""
    if found.kinds[strongest] not in ("noise", "shape", "clock"):
        return strongest
    spikes = found.kinds.index("spikes")
    return spikes if ratio[spikes] >= 1 and found.scores[row, spikes] <= _FEW else strongest


def _state(found: Scores, row: int, kind: str, score: float, here: float) -> State:
    compared = int(found.valid[row].sum())
    if score >= 1 and kind == "rejected":
        return "suspect"
    if score >= 1 and compared:
        return "suspect" if compared > 1 else "differs"
    if here < _LITTLE:
        return "silent"
    if not (found.neighbours[row] >= 0).any():
        return "isolated"
    return "good" if compared else "learning"


def _fault(hours: Hours, sensor: str, found: Scores, row: int, at: int) -> Fault:
    kind, score = found.kinds[at], float(found.scores[row, at])
    if kind == "rejected":
        return explain.rejected(hours, sensor, row, score)
    if found.pairs is not None:
        return explain.differing(hours, sensor, row, found.pairs, kind, score)
    others = found.neighbours[row][found.valid[row]]
    if sensor == "rainfall":
        return explain.gauge(hours, row, others, kind, score)
    return explain.vane(hours, row, others, kind, score)
