"""From cases to hit rates: what counts as noticed, by whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks.qc.evidence import Case
from benchmarks.qc.faults import SWAPPED
from benchmarks.qc.tune import cost

HOURS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 1_000)
"""Hours from which a week counts as noticed: one number for flagged hours, one for failed ones."""

Noticed = Callable[[Case], bool]


@dataclass(frozen=True)
class Check:
    """A way of noticing faulty sensor-weeks."""

    name: str
    noticed: Noticed


def by_week(case: Case) -> bool:
    """Return whether the station is suspect (of two that were swapped, either)."""
    if case.fault == SWAPPED:
        return any(one.state == "suspect" for one in case.verdicts)
    return any(one.state == "suspect" and one.station == case.station for one in case.verdicts)


def _nothing(_: Case) -> bool:
    return False


def checks(tuning: Sequence[Case]) -> list[Check]:
    """Return the checks that are compared, each with its hours chosen on the tuning cases."""

    def by_hours(name: str, besides: Noticed = _nothing) -> Noticed:
        limit = {sensor: _hours(tuning, sensor, name, besides) for sensor in {case.sensor for case in tuning}}
        return lambda case: besides(case) or _reach(case, name, limit[case.sensor])

    return [
        Check("rules on values", by_hours("ours")),
        Check("neighbours over the week", by_week),
        Check("both", by_hours("ours", by_week)),
        Check("ioos_qc", by_hours("ioos_qc")),
        Check("titanlib", by_hours("titanlib")),
    ]


def _reach(case: Case, name: str, limit: tuple[int, int]) -> bool:
    flagged, failed = case.flagged[name]
    return flagged >= limit[0] or failed >= limit[1]


def _hours(tuning: Sequence[Case], sensor: str, name: str, besides: Noticed) -> tuple[int, int]:
    """Return the flagged and the failed hours from which a week counts as noticed at the least cost.

    Weeks that are noticed otherwise are noticed whatever the hours.
    """
    mine = [case for case in tuning if case.sensor == sensor]

    def price(limit: tuple[int, int]) -> float:
        noticed: Noticed = lambda case: besides(case) or _reach(case, name, limit)  # noqa: E731
        return cost(hit_rate(mine, noticed), false_rate(mine, noticed))

    return min(product(HOURS, HOURS), key=lambda limit: (price(limit), limit))


def hit_rate(cases: Iterable[Case], noticed: Noticed) -> float:
    """Return the share of faulty weeks that are noticed, every fault of a network weighing the same."""
    groups: dict[tuple[str, int, str, str], list[bool]] = defaultdict(list)
    for case in cases:
        if case.fault:
            groups[case.network, case.step, case.sensor, case.fault].append(noticed(case))
    return float(np.mean([np.mean(group) for group in groups.values()])) if groups else float("nan")


def false_rate(cases: Iterable[Case], noticed: Noticed) -> float:
    """Return the share of clean weeks that are blamed."""
    found = [noticed(case) for case in cases if not case.fault]
    return float(np.mean(found)) if found else float("nan")


def right_station(cases: Sequence[Case]) -> tuple[int, int]:
    """Return in how many weeks the faulty station is the one most suspected, and of how many with a suspect.

    A sensor that is suspect in the same week without the fault is left out: it is another matter.
    """
    before: dict[tuple[str, int, int, str], set[int]] = {}
    for case in cases:
        if not case.fault:
            suspects = {one.station for one in case.verdicts if one.state == "suspect"}
            before[case.network, case.step, case.end, case.sensor] = suspects
    right = total = 0
    for case in cases:
        known = before.get((case.network, case.step, case.end, case.sensor), set())
        suspects = [one for one in case.verdicts if one.state == "suspect" and one.station not in known]
        if not case.fault or case.fault == SWAPPED or not suspects:
            continue
        total += 1
        right += max(suspects, key=lambda one: (one.score, -one.station)).station == case.station
    return right, total
