"""The same weeks judged by others: QARTOD's tests (ioos_qc) and a buddy check (titanlib).

Both get limits from this project's table of rules and the same hours; how many flagged hours make a week
noticed is chosen for each of them by the same cost function as for ours.
"""

import numpy as np
import titanlib
from ioos_qc import qartod
from weather_etl.core import MISSING, SUSPECT

from benchmarks.qc.data import RH, D, Network, P, R, T, W
from benchmarks.qc.scenarios import Scenario

# sensor: (fail span, suspect span, spike, change an hour, flat tolerance)
_QARTOD = {
    T: ((-80, 60), (-30, 50), 6.0, 4.0, 0.1),
    RH: ((0, 105), (8, 100), 30.0, 50.0, 1.0),
    P: ((846, 1100), (910, 1080), 3.0, 3.0, 0.05),
    W: ((0, 75), (0, 60), 10.0, 15.0, 0.05),
    D: ((0, 360), (0, 360), 1e9, 1e9, 1.0),
    R: ((0, 400), (0, 100), 1e9, 1e9, 0.0),
}
_STILL_S = (6 * 3600, 23 * 3600)
# sensor: (radius km, smallest spread)
_BUDDY = {T: (60, 1.0), RH: (60, 5.0), P: (150, 0.5), W: (40, 1.5)}
_BUDDY_THRESHOLD = 3.0


def ioos(network: Network, one: Scenario, values: np.ndarray) -> np.ndarray:
    """Return the worst flag that QARTOD's four tests give each value of the week: 3, 4 or 0."""
    row = values[one.station]
    flags = np.zeros(len(row), dtype=np.int8)
    known = np.flatnonzero(np.isfinite(row))
    if len(known) < 10:
        return flags
    fail, suspect, spike, change, tolerance = _QARTOD[one.sensor]
    value = row[known]
    time = (network.start + known * network.step).astype("datetime64[s]")
    tests = [
        qartod.gross_range_test(value, fail_span=fail, suspect_span=suspect),
        qartod.spike_test(value, suspect_threshold=spike, fail_threshold=2 * spike),
        qartod.rate_of_change_test(value, time, threshold=change / 3600),
    ]
    if one.sensor != R:
        still, dead = _STILL_S
        tests.append(qartod.flat_line_test(value, time, still, dead, tolerance))
    for test in tests:
        found = np.ma.filled(test, 9)
        flags[known] = np.maximum(flags[known], np.where((found >= SUSPECT) & (found < MISSING), found, 0))
    return flags


def titan(network: Network, one: Scenario, values: np.ndarray) -> np.ndarray:
    """Return 3 for the values of the week that titanlib's buddy check flags, hour by hour; else 0."""
    flags = np.zeros(values.shape[1], dtype=np.int8)
    if one.sensor not in _BUDDY:
        return flags
    radius, spread = _BUDDY[one.sensor]
    height = np.nan_to_num(network.position[:, 2], nan=0.0)
    least = 2 if len(network.stations) < 5 else 3
    for at in range(3600 // network.step - 1, values.shape[1], 3600 // network.step):
        here = np.flatnonzero(np.isfinite(values[:, at]))
        mine = np.flatnonzero(here == one.station)
        if len(mine) == 0 or len(here) <= least:
            continue
        points = titanlib.Points(network.position[here, 0], network.position[here, 1], height[here])
        found = titanlib.buddy_check(
            points, values[here, at], [radius * 1000.0], [least], _BUDDY_THRESHOLD,
            200.0, -0.0065 if one.sensor == T else 0.0, spread, 2,
        )  # fmt: skip
        flags[at] = SUSPECT if found[int(mine[0])] else 0
    return flags


PEERS = {"ioos_qc": ioos, "titanlib": titan}
