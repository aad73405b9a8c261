"""Persistence: values that do not change for longer than weather stands still.

Suspicion reaches back to where the stillness began, since the first stuck value is as doubtful as the last;
what comes after the time in which a value must fail, fails.  A sensor that resolves less than the rule's
tolerance holds still for longer without being stuck: the time allowed grows with its resolution, found from
the smallest change of the hours before, up to threefold (temperature: to the 12 hours of EPA's rule for 0.5
degC; direction: to its 18 hours for 10 degrees).

Where a station sends too seldom for the least number of values to fit into the time, the time is widened to
hold them, up to 23 hours: six hourly values are asked over five hours, six three-hourly ones over fifteen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import FAIL, HOUR, SECOND, SUSPECT, IntArray
from weather_etl.settings import MAX_LOOKBACK_MINUTES

Flags: TypeAlias = npt.NDArray[np.int8]
Floats: TypeAlias = npt.NDArray[np.float64]
Index: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

_MINUTE: Final = 60 * SECOND
_BLOCK: Final = 11 * HOUR
"""The resolution is sought in a block and the one before it: never further back than 22 hours."""

_MOST_PATIENCE: Final = 3.0
_EVEN: Final = 2
"""The longest of some intervals is at most so many times their mean: one lost value is no outage."""

_GRID_MARGIN: Final = 0.6
"""Degrees; a vane of 16 points says 22 or 23 where it means 22.5."""


@dataclass(frozen=True)
class Beside:
    """What was measured at the same times, NaN where nothing was.

    Attributes:
        temperature: degC.
        humidity: %.
        speed: of the wind, m/s.
    """

    temperature: Floats
    humidity: Floats
    speed: Floats


def persistence_flags(time: IntArray, value: Floats, beside: Beside, rule: Mapping[str, Any]) -> Flags:
    """Return the flags of one station's values of one variable; 0 where the rule says nothing.

    Args:
        time: of the values, ascending.
        value: plausible values.
        beside: at the same times.
        rule: `persistence` of the variable.
    """
    found = np.zeros(len(value), dtype=np.int8)
    still = _still_since(value, rule["tolerance"])
    patience = _patience(time, value, rule["tolerance"])
    exempt = _exempt(value, beside, rule)
    for name, flag in (("suspect_minutes", SUSPECT), ("fail_minutes", FAIL)):
        if name not in rule:
            continue
        longest = name == "fail_minutes"
        window = np.full(len(value), int(rule[name]) * _MINUTE)
        if not longest:
            window = (window * patience).astype(np.int64)
        first = _first(time, window, _least(rule))
        stuck = np.arange(len(value)) - first + 1 >= _least(rule)
        stuck &= (time - time[first] >= 0.9 * window) & (still <= first)
        if not stuck.any():
            continue
        humid = value >= rule["humid_above"] if "humid_above" in rule else np.zeros(len(value), dtype=bool)
        plain, damp = stuck & ~humid, stuck & humid
        if damp.any() and not longest:  # saturated air may stand still, but not while it warms
            saturated = value >= rule["saturated_above"]
            damp &= ~saturated & (_change(beside.temperature, first, damp) > rule["humid_change"])
        found = np.where(plain, np.maximum(found, flag), found)
        found = np.where(_spread(plain, first), np.maximum(found, SUSPECT), found)
        found = np.where(_spread(damp, first), np.maximum(found, SUSPECT), found)
    found[exempt] = 0
    return found.astype(np.int8)


def longest_interval(rule: Mapping[str, Any]) -> int:
    """Return the microseconds between values beyond which too few of them fit into any window."""
    return MAX_LOOKBACK_MINUTES * _MINUTE // (_least(rule) - 1)


def _least(rule: Mapping[str, Any]) -> int:
    return max(int(rule.get("min_samples", 6)), 2)


def _first(time: IntArray, window: Index, least: int) -> Index:
    """Return the first value of the window that ends at each, widened to hold the least number of values.

    It is widened over values that come evenly, not over an outage: chance may bring a sensor back to where it
    was.
    """
    first = np.searchsorted(time, time - window, side="left")
    count = len(time)
    if count < least:
        return first
    wider = np.maximum(np.arange(count) - (least - 1), 0)
    span = time - time[wider]
    gap = np.append(0, np.diff(time))
    largest = gap.copy()
    for back in range(1, least - 1):
        largest[back:] = np.maximum(largest[back:], gap[:-back])
    even = (span <= MAX_LOOKBACK_MINUTES * _MINUTE) & (largest * (least - 1) <= _EVEN * span)
    return np.where(even & (np.arange(count) >= least - 1), np.minimum(first, wider), first)


def _spread(ends: Mask, first: Index) -> Mask:
    """Return which values lie between the first and the last of any window that ends at one of these."""
    change = np.zeros(len(ends) + 1, dtype=np.int64)
    np.add.at(change, first[ends], 1)
    np.add.at(change, np.flatnonzero(ends) + 1, -1)
    return np.cumsum(change)[:-1] > 0


def _patience(time: IntArray, value: Floats, tolerance: float) -> Floats:
    """Return by how much the time allowed grows at each value for the sensor's resolution."""
    patience = np.ones(len(value))
    change = np.append(0.0, np.abs(np.diff(value)))
    change = np.where(change > 1e-9, change, np.inf)
    if tolerance == 0 or not len(value) or not np.isfinite(change).any():
        return patience
    blocks, begins = np.unique(time // _BLOCK, return_index=True)
    smallest = np.minimum.reduceat(change, begins)
    joined = smallest.copy()
    follows = np.flatnonzero(np.diff(blocks) == 1)
    joined[follows + 1] = np.minimum(smallest[follows + 1], smallest[follows])
    of_block = np.where(np.isfinite(joined), np.clip(joined / tolerance, 1.0, _MOST_PATIENCE), 1.0)
    return of_block[np.searchsorted(blocks, time // _BLOCK)]


def _exempt(value: Floats, beside: Beside, rule: Mapping[str, Any]) -> Mask:
    exempt = np.zeros(len(value), dtype=bool)
    if "exempt_above" in rule:
        exempt |= value >= rule["exempt_above"]
    if "exempt_below" in rule:
        exempt |= value < rule["exempt_below"]
    if "exempt_equal" in rule:
        exempt |= value == rule["exempt_equal"]
    if "exempt_humid" in rule:
        exempt |= beside.humidity >= rule["exempt_humid"]
    if "exempt_calm" in rule:
        exempt |= beside.speed < rule["exempt_calm"]
    if "exempt_grid" in rule:
        grid = float(rule["exempt_grid"])
        off = np.abs(value / grid - np.round(value / grid)) * grid
        exempt |= off <= _GRID_MARGIN
    return exempt


def _change(value: Floats, first: Index, asked: Mask) -> Floats:
    """Return the range of values from the first index to each of those asked for; 0 where unknown."""
    found = np.zeros(len(value))
    known = np.where(np.isnan(value), -np.inf, value), np.where(np.isnan(value), np.inf, value)
    high, low = known
    rows = np.flatnonzero(asked)
    size = 1
    length = rows - first[rows] + 1
    while len(rows) and size <= int(length.max()):
        now = rows[(length >= size) & (length < 2 * size)]
        top = np.maximum(high[now], high[first[now] + size - 1])
        bottom = np.minimum(low[now], low[first[now] + size - 1])
        found[now] = np.where(np.isfinite(top - bottom), top - bottom, 0.0)
        high = np.maximum(high, _shifted(high, size))
        low = np.minimum(low, _shifted(low, size))
        size *= 2
    return found


def _still_since(value: Floats, tolerance: float) -> npt.NDArray[np.int64]:
    """Return for each value the first index from which on all up to it lie within the tolerance."""
    if tolerance == 0:
        changed = np.append(True, value[1:] != value[:-1])
        return np.maximum.accumulate(np.where(changed, np.arange(len(value)), 0))
    return _still_within(value, tolerance)


def _still_within(value: Floats, tolerance: float) -> npt.NDArray[np.int64]:
    """Do so for a positive tolerance: widen a window by halves while its range fits, from a sparse table."""
    count = len(value)
    lows, highs = [value], [value]  # level k: extremes of the 2**k values that end here
    while (1 << len(lows)) <= count:
        reach = 1 << (len(lows) - 1)
        lows.append(np.minimum(lows[-1], _shifted(lows[-1], reach)))
        highs.append(np.maximum(highs[-1], _shifted(highs[-1], reach)))
    last = np.arange(count)
    low, high = value.copy(), value.copy()
    first = last.copy()
    for level in reversed(range(len(lows))):
        before = first - 1
        inside = before - (1 << level) + 1 >= 0
        at = np.maximum(before, 0)
        wider_low, wider_high = np.minimum(low, lows[level][at]), np.maximum(high, highs[level][at])
        fits = inside & (wider_high - wider_low <= tolerance + 1e-9)
        first = np.where(fits, first - (1 << level), first)
        low, high = np.where(fits, wider_low, low), np.where(fits, wider_high, high)
    return first


def _shifted(value: Floats, by: int) -> Floats:
    return np.concatenate([np.repeat(value[:1], by), value[:-by]])[: len(value)]
