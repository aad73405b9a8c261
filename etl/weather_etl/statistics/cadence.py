"""How often a station reports: its slots, and how many of them each variable should fill.

The interval of a station on a day is the median over that day and its two neighbours, for each variable by
itself; a declared interval takes precedence.  A slot is the shortest part of an hour that is not shorter than
the interval, so that a station whose every message arrives fills every slot; beyond an hour it is the
interval, and a day expects so many of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import SECOND, IntArray

Floats: TypeAlias = npt.NDArray[np.float64]

_SLOTS: Final = (60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800, 3600, 5400, 7200, 10800, 21600)
"""Seconds: parts of an hour, then of a day, to the six hours of the main synoptic observations."""

_JITTER: Final = 0.98
"""A median a little longer than a slot still fills it: 61 seconds are a minute's messages."""


@dataclass(frozen=True)
class DayCadence:
    """How often a station reports on one local day.

    Attributes:
        slot_s: length of a slot in seconds.
        interval_s: seconds between values, by variable; a variable without enough of them is absent.
        expected: slots an hour by variable that has a mean; 0 for one that the station does not report.
    """

    slot_s: int
    interval_s: Mapping[str, float]
    expected: Mapping[str, int]


def slot_for(interval_s: float) -> int:
    """Return the slot in seconds for an interval in seconds: the shortest that is not shorter than it."""
    return next((slot for slot in _SLOTS if slot >= _JITTER * interval_s), _SLOTS[-1])


def day_cadence(
    time: IntArray,
    series: Mapping[str, Floats],
    reported: Mapping[str, bool],
    core: tuple[str, ...],
    declared_s: float | None,
) -> DayCadence:
    """Return the cadence of a day.

    Args:
        time: of the observations of the day and its neighbours.
        series: good values of these, by variable, NaN where missing.
        reported: for each variable with a mean, whether any value was sent, good or not.
        core: variables whose interval is the station's.
        declared_s: the interval of the site's configuration.
    """
    found = {name: declared_s or _median_s(time[~np.isnan(value)]) for name, value in series.items()}
    interval = {name: seconds for name, seconds in found.items() if seconds is not None}
    shortest = min((interval[name] for name in core if name in interval), default=None)
    overall = declared_s or shortest or _median_s(time) or 3600.0
    slot = slot_for(overall)
    expected = {
        name: max(3600 // max(slot, slot_for(interval.get(name, overall))), 1) if sent else 0
        for name, sent in reported.items()
    }
    return DayCadence(slot, interval, expected)


def _median_s(time: IntArray) -> float | None:
    """Return the median gap in seconds, or None for fewer than four observations."""
    return float(np.median(np.diff(time))) / SECOND if len(time) > 3 else None
