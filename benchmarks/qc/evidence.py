"""What every check says of every scenario, kept so that thresholds can be chosen and hits counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from weather_etl.core import FAIL, SUSPECT
from weather_etl.network.states import SensorWeek

from benchmarks.qc.data import Network
from benchmarks.qc.faults import SWAPPED
from benchmarks.qc.ours import Judge, Published, published
from benchmarks.qc.scenarios import Scenario, clean


@dataclass(frozen=True)
class Case:
    """One station-week of one sensor.

    Attributes:
        network: its name.
        step: seconds between values.
        sensor: the sensor.
        fault: its name; empty for a clean week.
        end: index behind the week's last value.
        station: index of the station.
        scores: evidence by kind of the station's comparison with its neighbours.
        flagged: by check, hours of the week with a value flagged 3 or 4, and with one flagged 4.
        verdicts: states of this sensor at all stations.
    """

    network: str
    step: int
    sensor: str
    fault: str
    end: int
    station: int
    scores: np.ndarray
    flagged: dict[str, tuple[int, int]] = field(default_factory=dict)
    verdicts: tuple[SensorWeek, ...] = ()


def hours_flagged(flags: np.ndarray, step: int) -> tuple[int, int]:
    """Return the hours with a value flagged 3 or 4, and those with one flagged 4."""
    each = 3600 // step
    worst = flags[: len(flags) // each * each].reshape(-1, each).max(axis=1)
    return int((worst >= SUSPECT).sum()), int((worst >= FAIL).sum())


Peer = Callable[[Network, Scenario, np.ndarray], np.ndarray]
"""(network, scenario, values of all stations in the week) -> flags of the scenario's station: 0, 3 or 4."""


def cases_of(judge: Judge, scenarios: Sequence[Scenario], part: str, peers: dict[str, Peer]) -> list[Case]:
    """Return the cases of faulty scenarios and of all clean station-weeks of a network."""
    network = judge.network
    found = [
        _case(judge, one, made, peers)
        for one, made in zip(scenarios, published(network, scenarios), strict=True)
    ]
    return [*found, *_clean_cases(judge, clean(network, part), peers)]


def _clean_cases(judge: Judge, scenarios: Sequence[Scenario], peers: dict[str, Peer]) -> list[Case]:
    network = judge.network
    weeks: dict[tuple[int, str], tuple[np.ndarray, tuple[SensorWeek, ...]]] = {}
    found: list[Case] = []
    for one in scenarios:
        key = (one.end, one.sensor)
        if key not in weeks:
            hours = judge.hours(one.end, [one.sensor], [])
            weeks[key] = judge.scores(hours, one.sensor).scores, tuple(judge.verdicts(hours))
        scores, verdicts = weeks[key]
        flags = judge.clean[one.station].flagged[one.sensor][one.end - network.per_week : one.end]
        flagged = {"ours": hours_flagged(flags, network.step)} | _peers(network, one, peers)
        found.append(
            Case(
                network.name, network.step, one.sensor, "", one.end, one.station,
                scores[one.station], flagged, verdicts,
            )
        )  # fmt: skip
    return found


def _case(judge: Judge, one: Scenario, made: Published, peers: dict[str, Peer]) -> Case:
    network = judge.network
    fault, _, other = one.fault.partition(":")
    replaced = [(one.station, one.sensor, made)]
    if fault == SWAPPED:
        replaced.append((int(other), one.sensor, _as_published(judge, one)))
    hours = judge.hours(one.end, [one.sensor], replaced)
    scores = judge.scores(hours, one.sensor).scores
    row = scores[one.station]
    if fault == SWAPPED:  # either of the two will do
        row = np.maximum(np.abs(row), np.abs(scores[int(other)]))
    flagged = {"ours": hours_flagged(made.flagged[one.sensor][-network.per_week :], network.step)}
    return Case(
        network.name, network.step, one.sensor, fault, one.end, one.station, row,
        flagged | _peers(network, one, peers), tuple(judge.verdicts(hours)),
    )  # fmt: skip


def _as_published(judge: Judge, one: Scenario) -> Published:
    """Return the clean hours of a swapped station's week, to be put in its partner's place."""
    mine = judge.clean[one.station]
    last = (judge.network.start + one.end * judge.network.step) // 3600
    begin = last - 168 - mine.first_hour
    return Published({}, {one.sensor: mine.hours[one.sensor][begin : begin + 168]}, last - 168)


def _peers(network: Network, one: Scenario, peers: dict[str, Peer]) -> dict[str, tuple[int, int]]:
    if not peers:
        return {}
    start = one.end - network.per_week
    values = network.values[one.sensor][:, start : one.end].copy()
    values[one.station] = one.values[-network.per_week :]
    fault, _, other = one.fault.partition(":")
    if fault == SWAPPED:
        values[int(other)] = network.values[one.sensor][one.station, start : one.end]
    return {name: hours_flagged(peer(network, one, values), network.step) for name, peer in peers.items()}
