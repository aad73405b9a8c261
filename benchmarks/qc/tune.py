"""Thresholds chosen by a cost function: 1 - hit rate + m x false-alarm rate."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from weather_etl.network.limits import limits

from benchmarks.qc.evidence import Case

M = 3
"""One sensor-week of ten is faulty, and a fault that stays costs three false alarms: m = 0.9 / (0.1 x 3)."""
LIMITS = Path(__file__).parents[2] / "etl/weather_etl/network/limits.json"
TAILS = (0.01, 0.007, 0.005, 0.0035, 0.0025, 0.0018, 0.0012, 0.0008, 0.0005, 0.0003, 0.0001, 0.00001)
"""Probabilities with which one kind of evidence may blame a clean week; one is chosen for each kind and sensor."""
START = 0.0012
"""Where the choice begins."""


@dataclass(frozen=True)
class Table:
    """Scores of clean and faulty sensor-weeks, rows by kinds of evidence."""

    clean: np.ndarray
    faulty: np.ndarray
    weight: np.ndarray


def cost(hit: float, false: float) -> float:
    """Return the cost of a check."""
    return 1 - hit + M * false


def table_of(cases: Iterable[Case], sensor: str) -> Table:
    """Return the scores of one sensor; every fault and network weighs the same, however many its cases."""
    mine = [case for case in cases if case.sensor == sensor]
    clean = np.array([np.abs(case.scores) for case in mine if not case.fault])
    faulty = [case for case in mine if case.fault]
    groups = [(case.network, case.step, case.fault) for case in faulty]
    weight = np.array([1.0 / groups.count(group) for group in groups])
    return Table(clean, np.array([np.abs(case.scores) for case in faulty]), weight / weight.sum())


def at_tail(clean: np.ndarray, probability: float, least: np.ndarray) -> np.ndarray:
    """Return the thresholds that a clean week exceeds with a probability, its tail taken as exponential.

    The tail is drawn through the 90th and the 98th percentile: single odd weeks do not shape it, and it
    reaches beyond what a few hundred weeks have shown.
    """
    inner, outer = np.quantile(clean, (0.90, 0.98), axis=0)
    slope = np.maximum(outer - inner, 0.02 * np.maximum(outer, 1e-3)) / np.log(5)
    return np.maximum(inner + slope * np.log(0.1 / probability), least)


def tuned(table: Table, least: np.ndarray) -> tuple[tuple[float, ...], np.ndarray]:
    """Return the probability of each kind of evidence at the least cost, and the thresholds.

    One kind after another is given the probability that costs least beside the others, until none changes.
    False alarms count as often as the clean weeks show them, or as the probabilities say, whichever is more.
    """
    at = {tail: at_tail(table.clean, tail, least) for tail in TAILS}

    def thresholds(chosen: Sequence[float]) -> np.ndarray:
        return np.array([at[tail][kind] for kind, tail in enumerate(chosen)])

    def price(chosen: Sequence[float]) -> float:
        limit = thresholds(chosen)
        hit = float(((table.faulty >= limit).any(axis=1) * table.weight).sum())
        seen = float((table.clean >= limit).any(axis=1).mean())
        said = 1 - float(np.prod([1 - tail for tail in chosen]))
        return round(cost(hit, max(seen, said)), 9)

    chosen, before = [START] * len(least), [0.0]
    while chosen != before:
        before = list(chosen)
        for kind in range(len(least)):
            chosen[kind] = min(
                TAILS, key=lambda tail: (price([*chosen[:kind], tail, *chosen[kind + 1 :]]), tail)
            )
    return tuple(chosen), thresholds(chosen)


def write(cases: Sequence[Case]) -> Mapping[str, Mapping[str, float]]:
    """Choose all thresholds and write them into `limits.json`; return them."""
    document = json.loads(LIMITS.read_text(encoding="utf-8"))
    for sensor, limit in limits().items():
        least = np.array([limit.least.get(kind, 0.0) for kind in limit.suspect])
        tails, found = tuned(table_of(cases, sensor), least)
        document[sensor]["tail"] = dict(zip(limit.suspect, tails, strict=True))
        document[sensor]["suspect"] = {
            kind: float(f"{value:.3g}") for kind, value in zip(limit.suspect, found, strict=True)
        }
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in document.items()]
    LIMITS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return {sensor: document[sensor]["suspect"] for sensor in limits()}
