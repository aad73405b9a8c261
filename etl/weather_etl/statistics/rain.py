"""Rain by kind of gauge value: from readings to amounts with the hour that they belong to.

Of the kinds that a station reports on a local day, the first of `KINDS` is used:

- counter: positive increments in time order; a fall to less than 0.9 of the old value is a reset (increment =
  new value), a smaller fall counts nothing and is doubtful (the rule of Home Assistant's `total_increasing`);
- since midnight: the same, with the reset expected at the station's local midnight. A console whose clock is
  late resets after it: what it shows until then is yesterday's, known by a fall within the hour;
- interval amount: the amounts themselves;
- rolling hour: not additive; the hour that ends at H takes the last good value in (H - tolerance, H], where
  the tolerance is 5 minutes or the station's slot if that is longer;
- rate: the mean rate of a slot times its length; doubtful by nature.

Across a gap the total of a counter is right and its timing is not: nothing is spread, the increment belongs
to the hour of arrival and is doubtful.  A gap of 23 hours or more is not bridged: the value is a new
baseline.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import HOUR, SECOND, IntArray, StationZone

KINDS: Final = ("counter", "since_midnight", "interval", "rolling_1h", "rate")
COLUMNS: Final = {
    "counter": "rainfall_counter",
    "since_midnight": "rainfall_since_midnight",
    "interval": "rainfall_amount_interval",
    "rolling_1h": "rainfall_1h_rolling",
    "rate": "rainfall_rate",
}
MAX_BRIDGE: Final = 23 * HOUR
_TOLERANCE: Final = 300 * SECOND
_RESET_SHARE: Final = 0.9

Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Amounts:
    """Amounts of rain in mm, each with the hour (its start, microseconds UTC) and slot that it belongs to.

    `bounded`: the amount is known whole (a baseline existed, the value was taken at the hour's end).
    `doubtful`: its timing or size is in doubt.
    """

    row: npt.NDArray[np.int64]
    hour_us: IntArray
    amount: Floats
    bounded: Mask
    doubtful: Mask

    def at(self, index: npt.NDArray[Any]) -> "Amounts":
        """Return the amounts at an index or mask."""
        return Amounts(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def increments(
    value: Floats, time: IntArray, day: IntArray | None, slot_us: IntArray
) -> tuple[Floats, Mask, Mask]:
    """Return (increment, bounded, doubtful) of the readings of a counter in time order.

    Args:
        value: readings in mm.
        time: of the readings, ascending.
        day: local day of each reading if the counter restarts at local midnight, else None.
        slot_us: the station's slot at each reading; a longer gap than two slots and an hour makes timing
            doubtful.
    """
    count = len(value)
    amount, bounded, doubtful = np.zeros(count), np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    if not count:
        return amount, bounded, doubtful
    old, new, gap = value[:-1], value[1:], np.diff(time)
    restarted = new < _RESET_SHARE * old
    if day is not None:
        restarted |= (day[1:] != day[:-1]) & ~_resets_late(value, time, day, slot_us)
        bounded[0] = True  # what it shows fell since midnight
        amount[0] = value[0]
    near = gap < MAX_BRIDGE  # beyond, a value stands alone: what is loaded before it must not matter
    fell = ~restarted & (new < old) & near
    amount[1:] = np.where(restarted, new, np.maximum(new - old, 0.0))
    bounded[1:] = near if day is None else True
    late = (gap > np.maximum(HOUR, 2 * slot_us[1:])) & near
    if day is not None:
        late &= day[1:] == day[:-1]
    doubtful[1:] = fell | late
    if day is None:
        amount[1:] = np.where(near, amount[1:], 0.0)
    return amount, bounded, doubtful


def _resets_late(value: Floats, time: IntArray, day: IntArray, slot_us: IntArray) -> Mask:
    """Return for each reading but the first whether it opens a day and still counts the day before."""
    late = np.zeros(len(value) - 1, dtype=bool)
    for index in np.flatnonzero(day[1:] != day[:-1]) + 1:
        old, reach = value[index - 1], max(HOUR, 2 * int(slot_us[index]))
        near = time[index] - time[index - 1] <= reach
        soon = (time >= time[index]) & (time <= time[index] + reach)
        late[index - 1] = near & (value[index] >= old) & np.any(soon & (value < _RESET_SHARE * old))
    return late


def amounts(
    readings: dict[str, Floats],
    suspect: dict[str, Mask],
    time: IntArray,
    slot_us: IntArray,
    zone: StationZone,
) -> dict[int, tuple[str, Amounts]]:
    """Return {local day: (kind, amounts)} of one station.

    Args:
        readings: by kind, NaN where there is no good value.
        suspect: by kind, whether the value is flagged suspect.
        time: of the observations, ascending.
        slot_us: the station's slot at each observation.
        zone: of the station.
    """
    by_kind = {kind: _amounts(kind, readings[kind], suspect[kind], time, slot_us, zone) for kind in KINDS}
    chosen: dict[int, tuple[str, Amounts]] = {}
    for kind in KINDS:
        found = by_kind[kind]
        days = zone.days(found.hour_us)
        for day in np.unique(days):
            if int(day) not in chosen:
                chosen[int(day)] = (kind, found.at(days == day))
    return chosen


def _amounts(
    kind: str, value: Floats, suspect: Mask, time: IntArray, slot_us: IntArray, zone: StationZone
) -> Amounts:
    rows = np.flatnonzero(~np.isnan(value))
    value, when, slot, doubt = value[rows], time[rows], slot_us[rows], suspect[rows]
    if kind == "rolling_1h":
        return _rolling(rows, value, when, slot, doubt, zone)
    hours = zone.hours(when)
    always = np.ones(len(rows), dtype=bool)
    if kind == "interval":
        return Amounts(rows, hours, value, always, doubt)
    if kind == "rate":
        share = np.minimum(slot, HOUR) / HOUR
        return Amounts(rows, hours, value * share / _samples_in_slot(when, slot), always, always)
    day = zone.days(when) if kind == "since_midnight" else None
    amount, bounded, doubtful = increments(value, when, day, slot)
    if day is not None:
        doubtful |= (amount > 0) & _first_long_after_midnight(when, day, slot, zone)
    return Amounts(rows, hours, amount, bounded, doubtful | doubt)


def _first_long_after_midnight(time: IntArray, day: IntArray, slot_us: IntArray, zone: StationZone) -> Mask:
    """Return where a day's first reading comes so late that its rain may have fallen in another hour."""
    found = np.zeros(len(time), dtype=bool)
    for index in np.flatnonzero(np.append(True, day[1:] != day[:-1])[: len(time)]):
        found[index] = time[index] - zone.midnight(int(day[index])) > max(HOUR, 2 * int(slot_us[index]))
    return found


def _samples_in_slot(time: IntArray, slot_us: IntArray) -> Floats:
    """Return how many samples share the slot of each."""
    _, inverse, counts = np.unique(time // slot_us, return_inverse=True, return_counts=True)
    return counts[inverse].astype(np.float64)


def _rolling(
    rows: npt.NDArray[np.int64],
    value: Floats,
    time: IntArray,
    slot_us: IntArray,
    doubt: Mask,
    zone: StationZone,
) -> Amounts:
    """Take one value an hour: the last in reach of its end, else the highest as a lower bound."""
    hours = zone.hours(time - 1)  # right-closed: the value at 10:00 belongs to 09-10
    starts = (
        np.flatnonzero(np.append(True, hours[1:] != hours[:-1]))
        if len(hours)
        else np.empty(0, dtype=np.int64)
    )
    ends = np.append(starts[1:], len(hours)).astype(np.int64) - 1 if len(starts) else starts
    at_end = time[ends] > hours[ends] + HOUR - np.maximum(_TOLERANCE, slot_us[ends])
    highest = np.maximum.reduceat(value, starts) if len(starts) else value[:0]
    amount = np.where(at_end, value[ends], highest)
    return Amounts(rows[ends], hours[ends], amount, at_end, doubt[ends] | ~at_end)
