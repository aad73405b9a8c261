"""Rain counters: which readings to believe, and how much fell between two of them.

A counter counts up.  A reading from which it returns to where it was is a wrong one (a reboot that shows 0
and then restores the count, a bit error, a field that stands in for another), whether it lies below or above.
A fall that stays is a restart, wherever it happens: what the counter then shows fell since.  A rise that no
gauge can catch in its time is no rain.  The limits are those of `qc_rules.json`, section `rain`.

Every decision looks at most `RETURN_REACH` around a reading and one baseline back, so that the rain of a day
is a function of that day and its neighbours.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import HOUR, SECOND, IntArray, StationZone
from weather_etl.settings import rule_document

MAX_BRIDGE: Final = 23 * HOUR
"""A value that follows after so long a gap stands alone: what is loaded before it must not matter."""

RETURN_REACH: Final = 6 * HOUR
"""Within this time a counter that was wrong shows its old value again: two intervals of three hours."""

_RESET_SHARE: Final = 0.9
"""A fall below this share of the old value is a restart (Home Assistant's `total_increasing`)."""

_NEAR: Final = 1.0
"""mm; as near to the old value, or to a tenth of it, it is a return even where the rise could be rain."""

_MINUTE: Final = 60

Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Spans:
    """Amounts of rain in mm, each with the stretch of time in which it fell.

    Attributes:
        start_us: beginning, microseconds UTC.
        end_us: end: the time of the reading.
        amount: mm.
        known: whether the amount accounts for all of the stretch; else it is a lower bound.
        doubtful: whether its size or its time is in doubt.
    """

    start_us: IntArray
    end_us: IntArray
    amount: Floats
    known: Mask
    doubtful: Mask

    def __len__(self) -> int:
        return len(self.end_us)

    def at(self, index: npt.NDArray[Any]) -> "Spans":
        """Return the spans at an index or mask."""
        return Spans(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def most_rain(gap_us: IntArray, level: str) -> Floats:
    """Return the rain in mm above which a rise over each gap is suspect or fails.

    Args:
        gap_us: between two readings, microseconds.
        level: `suspect` or `fail`.
    """
    limit = rule_document()["rain"][level]
    seconds = np.maximum(gap_us / SECOND, _MINUTE)
    hours = np.maximum(seconds / 3600, 1.0)
    return np.minimum(limit["per_second"] * seconds, np.minimum(limit["per_hour"] * hours, limit["most"]))


def wrong_readings(value: Floats, time: IntArray, day: IntArray | None) -> Mask:
    """Return which readings of a counter are wrong: it was where it is after them before them.

    Args:
        value: readings in mm.
        time: of the readings, ascending.
        day: local day of each reading if the counter is expected to restart at local midnight, else None.
    """
    wrong = np.zeros(len(value), dtype=bool)
    for fall in (np.flatnonzero(value[1:] < value[:-1]) + 1).tolist():
        begin, end = _dip(value, time, day, fall) or _leap(value, time, day, fall) or (0, 0)
        wrong[begin:end] = True
    return wrong


def _dip(value: Floats, time: IntArray, day: IntArray | None, fall: int) -> tuple[int, int] | None:
    """Return the readings from a fall to the return, if the counter returns in one step."""
    old = float(value[fall - 1])
    reach = int(np.searchsorted(time, int(time[fall - 1]) + RETURN_REACH, side="right"))
    back = np.flatnonzero(value[fall:reach] >= old - 1e-6)
    if not len(back):
        return None
    end = fall + int(back[0])
    rise = float(value[end] - value[end - 1])
    low = value[fall:end]
    spread = float(np.max(low)) - float(np.min(low))
    if spread > 0.2 * rise:
        return None  # it climbed back: a restart, and rain
    if rise > _most(int(time[end] - time[end - 1])):
        return fall, end
    at_midnight = day is not None and day[fall] != day[fall - 1]
    returned = float(value[end]) - old <= max(_NEAR, 0.1 * old)
    return (fall, end) if returned and old >= _NEAR and not at_midnight else None


def _leap(value: Floats, time: IntArray, day: IntArray | None, fall: int) -> tuple[int, int] | None:
    """Return the readings from a rise to a fall, if the rise is undone by the fall."""
    now = float(value[fall])
    reach = int(np.searchsorted(time, int(time[fall]) - RETURN_REACH))
    before = np.flatnonzero(value[reach:fall] <= now + 1e-6)
    if not len(before):
        return None
    begin = reach + int(before[-1])
    rise = float(value[begin + 1] - value[begin])
    if rise > _most(int(time[begin + 1] - time[begin])):
        return begin + 1, fall
    start = float(value[begin])
    undone = day is None and start >= _NEAR and now - start <= max(_NEAR, 0.1 * start)
    return (begin + 1, fall) if undone and rise > _NEAR else None


def _most(gap_us: int) -> float:
    return float(most_rain(np.array([gap_us]), "suspect")[0])


def counter_spans(value: Floats, time: IntArray, doubt: Mask, wrap: Floats | None = None) -> Spans:
    """Return what fell between the readings of a counter that restarts at no set time.

    Args:
        value: readings in mm.
        time: of the readings, ascending.
        doubt: whether a reading is suspect.
        wrap: for each reading the mm at which its counter begins at 0 again, NaN if it has no fixed width.
    """
    keep = ~wrong_readings(value, time, None)
    value, time, doubt = value[keep], time[keep], doubt[keep]
    old, new, gap = value[:-1], value[1:], np.diff(time)
    restart = new < _RESET_SHARE * old
    amount = np.where(restart, new, np.maximum(new - old, 0.0))
    doubtful = (new < old) | doubt[1:]
    if wrap is not None:
        wrapped = np.where(new < old, wrap[keep][1:] - old + new, np.nan)
        fits = (wrapped >= 0) & (wrapped <= most_rain(gap, "suspect"))
        amount, doubtful = np.where(fits, wrapped, amount), np.where(fits, doubt[1:], doubtful)
    near = gap < MAX_BRIDGE
    return _checked(time[:-1][near], time[1:][near], amount[near], doubtful[near])


def since_midnight_spans(
    value: Floats, time: IntArray, doubt: Mask, slot_us: IntArray, zone: StationZone
) -> Spans:
    """Return what fell between the readings of a counter that restarts once a day.

    It restarts where it falls, at whatever hour the device keeps.  Where it does not fall over the station's
    midnight, it is the same count if the readings are near each other; over a gap it is the new day's, unless
    the device shows on that day that it restarts at another hour.

    Args:
        value: readings in mm.
        time: of the readings, ascending.
        doubt: whether a reading is suspect.
        slot_us: the station's slot at each reading.
        zone: of the station.
    """
    keep = ~wrong_readings(value, time, zone.days(time))
    value, time, doubt, slot_us = value[keep], time[keep], doubt[keep], slot_us[keep]
    if not len(value):
        return _checked(time, time, value, doubt)
    day = zone.days(time - 1)  # right-closed: the reading of midnight is the old day's
    old, gap = np.append(0.0, value[:-1]), np.append(MAX_BRIDGE, np.diff(time))
    fell = value < _RESET_SHARE * old
    shrank = ~fell & (value < old)
    new_day = np.append(True, day[1:] != day[:-1])
    apart = gap > np.maximum(HOUR, 2 * slot_us)
    afresh = new_day & (apart & (fell | ~_restarts_by_day(fell, time, day, zone)) | (gap >= MAX_BRIDGE))
    midnight = _midnights(day, zone)
    start = np.where(afresh, midnight, time - gap)
    amount = np.where(afresh | fell, value, np.maximum(value - old, 0.0))
    doubtful = doubt | shrank | (afresh & (time - midnight > np.maximum(HOUR, 2 * slot_us)) & (amount > 0))
    doubtful |= fell & apart & ~afresh
    use = (start >= time - MAX_BRIDGE) | afresh
    return _checked(start[use], time[use], amount[use], doubtful[use])


def _restarts_by_day(fell: Mask, time: IntArray, day: IntArray, zone: StationZone) -> Mask:
    """Return for each reading whether the count falls on its local day, away from midnight."""
    since, before = time - _midnights(day, zone), _midnights(day + 1, zone) - time
    away = np.minimum(since, before) > 90 * _MINUTE * SECOND
    return np.isin(day, np.unique(day[fell & away]))


def restart_hours(value: Floats, time: IntArray, zone: StationZone) -> IntArray:
    """Return the local hours, 0 to 23, in which a count since midnight restarts, one a restart."""
    keep = ~wrong_readings(value, time, zone.days(time))
    value, time = value[keep], time[keep]
    seen = time[1:][(value[1:] < _RESET_SHARE * value[:-1]) & (np.diff(time) <= HOUR)]
    return (seen + zone.offsets(seen)) // HOUR % 24


def _midnights(day: IntArray, zone: StationZone) -> IntArray:
    days, which = np.unique(day, return_inverse=True)
    return np.array([zone.midnight(int(one)) for one in days], dtype=np.int64)[which]


def _checked(start: IntArray, end: IntArray, amount: Floats, doubtful: Mask) -> Spans:
    """Return spans whose amounts a gauge can catch; of others nothing is known but that they are wrong."""
    gap = end - start
    possible = amount <= most_rain(gap, "fail") + 1e-9
    suspect = amount > most_rain(gap, "suspect") + 1e-9
    return Spans(start, end, np.where(possible, amount, 0.0), possible, doubtful | suspect | ~possible)
