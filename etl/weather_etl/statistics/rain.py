"""Rain by kind of gauge value: from readings to amounts with the hour that they belong to.

Of the kinds that a station reports on a local day, the first of `KINDS` is used:

- counter, since midnight: what fell between two readings (see `gauges`);
- interval amount: fell since the previous observation, or within the station's interval where one is lost;
- rolling hour: not additive; the hour that ends at H takes the last good value in (H - tolerance, H], where
  the tolerance is 5 minutes or the station's slot if that is longer;
- rate: the rate times its interval; doubtful by nature.

Each amount belongs to the hour in which its interval ends, right-closed: what the message of 10:00 says fell
before 10.  How much of each hour, and of each day, the amounts account for is counted in time: a sum allows
no missing part (WMO-No. 1203).  What fell over a gap is known for the day but not for the hour; what fell
over a gap across midnight is known for neither day.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import DAY, HOUR, SECOND, IntArray, StationZone
from weather_etl.statistics.gauges import (
    MAX_BRIDGE,
    Floats,
    Mask,
    Spans,
    counter_spans,
    most_rain,
    since_midnight_spans,
)

KINDS: Final = ("counter", "since_midnight", "interval", "rolling_1h", "rate")
COLUMNS: Final = {
    "counter": "rainfall_counter",
    "since_midnight": "rainfall_since_midnight",
    "interval": "rainfall_amount_interval",
    "rolling_1h": "rainfall_1h_rolling",
    "rate": "rainfall_rate",
}
ROLLING_DAY: Final = "rainfall_24h_rolling"
_TOLERANCE: Final = 300 * SECOND
_REGULAR: Final = 1.5
"""Up to so many intervals lie between two messages of which none is lost."""

Index: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True)
class Readings:
    """A station's gauge values of one kind.

    Attributes:
        value: mm (mm/h for rates), without missing ones.
        time: of observation, ascending, microseconds UTC.
        suspect: whether the value is flagged so.
        slot_us: the station's slot at each reading.
        interval_us: the interval of this kind at each reading.
        wrap: for each reading the mm at which its counter begins anew, NaN if it has no fixed width.
    """

    value: Floats
    time: IntArray
    suspect: Mask
    slot_us: IntArray
    interval_us: IntArray
    wrap: Floats | None = None


@dataclass(frozen=True)
class Amounts:
    """Amounts of rain by the hour that they belong to, given by its start (microseconds UTC).

    Attributes:
        hour_us: start of the hour.
        amount: mm.
        accumulated: the part of it that fell over a longer time than the hour.
        seconds: time inside the hour that the amount accounts for.
        bridged: time before the hour, on the same local day, that it accounts for.
        doubtful: whether its size or time is in doubt.
    """

    hour_us: IntArray
    amount: Floats
    accumulated: Floats
    seconds: Floats
    bridged: Floats
    doubtful: Mask

    def at(self, index: Index) -> "Amounts":
        """Return the amounts at an index or mask."""
        return Amounts(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def amounts(readings: dict[str, Readings], zone: StationZone) -> dict[int, tuple[str, Amounts]]:
    """Return {local day: (kind, amounts)} of one station, from its readings by kind."""
    chosen: dict[int, tuple[str, Amounts]] = {}
    for kind in KINDS:
        if kind not in readings or not len(readings[kind].time):
            continue
        found = amounts_of(kind, readings[kind], zone)
        reported = np.unique(zone.days(readings[kind].time - 1))
        days = zone.days(found.hour_us)
        for day in reported.tolist():
            if day not in chosen:
                chosen[day] = (kind, found.at(days == day))
    return chosen


def amounts_of(kind: str, readings: Readings, zone: StationZone) -> Amounts:
    """Return the amounts of all readings of one kind."""
    if kind == "rolling_1h":
        return _rolling(readings, zone)
    if kind == "counter":
        spans = counter_spans(readings.value, readings.time, readings.suspect, readings.wrap)
    elif kind == "since_midnight":
        spans = since_midnight_spans(readings.value, readings.time, readings.suspect, readings.slot_us, zone)
    else:
        spans = _intervals(readings, per_hour=kind == "rate")
    interval = readings.interval_us[np.searchsorted(readings.time, spans.end_us)]
    return _by_hour(spans, interval, zone)


def rolling_days(readings: Readings, zone: StationZone) -> tuple[IntArray, Floats]:
    """Return (start of the hour, rain of the 24 hours that end with it) where a gauge says so, for sure."""
    hours, last, at_end, _ = _last_of_hour(readings, zone)
    kept = at_end & ~readings.suspect[last]
    return hours[kept], readings.value[last[kept]]


def _intervals(readings: Readings, *, per_hour: bool) -> Spans:
    """Return amounts, or rates times their time, with the interval that each stands for."""
    time, nominal = readings.time, readings.interval_us
    gap = np.append(nominal[:1], np.diff(time))
    length = np.where(gap <= _REGULAR * nominal, gap, nominal)
    amount = readings.value * np.minimum(length, HOUR) / HOUR if per_hour else readings.value
    possible = per_hour | (amount <= most_rain(length, "fail") + 1e-9)
    doubtful = readings.suspect | per_hour | ~possible
    return Spans(time - length, time, np.where(possible, amount, 0.0), possible, doubtful)


def _by_hour(spans: Spans, interval_us: IntArray, zone: StationZone) -> Amounts:
    """Give each amount to the hour in which it ends, and account for the time of the others."""
    start, end = spans.start_us, spans.end_us
    hour = zone.hours(end - 1)
    length = end - start
    plain = (length <= _REGULAR * interval_us) | (spans.amount == 0)  # its time needs no guess
    midnight = _midnights(zone.days(end - 1), zone)
    inside, before = end - np.maximum(start, hour), np.maximum(hour - start, 0)
    today = np.maximum(hour - np.maximum(start, midnight), 0)
    gathered = ~plain & (before > 0) | (plain & (before > HOUR) & (spans.amount > 0))
    astray = gathered & (start < midnight)  # fell on two days, nobody knows how much on which
    gap = length > np.maximum(HOUR, 2 * interval_us)
    known = spans.known & ~astray
    main = Amounts(
        hour_us=hour,
        amount=spans.amount,
        accumulated=np.where(gathered, spans.amount, 0.0),
        seconds=np.where(known & ~gathered, inside, 0)
        + np.where(known & gathered & plain, inside + today, 0),
        bridged=np.where(known & gathered & ~plain, inside + today, 0),
        doubtful=spans.doubtful | gap,
    )
    parts = [main, *_earlier(spans, hour, midnight, known & ~gathered & (before > 0), zone)]
    if len(spans):
        parts += _pending(spans, interval_us, zone)
    return _joined(parts)


def _earlier(
    spans: Spans, hour: IntArray, midnight: IntArray, chosen: Mask, zone: StationZone
) -> list[Amounts]:
    """Account for the time before the hour in which a span ends: the tail of its first hour, and between."""
    start = spans.start_us[chosen]
    if not len(start):
        return []
    first = zone.hours(start)
    first_end = np.minimum(zone.hour_ends(first), hour[chosen])
    tail = _nothing(first, first_end - start, np.zeros(len(start)))
    between = np.maximum(hour[chosen] - np.maximum(first_end, midnight[chosen]), 0)
    yesterday = np.maximum(np.minimum(midnight[chosen], hour[chosen]) - first_end, 0)
    return [
        tail,
        _nothing(hour[chosen], np.zeros(len(start)), between),
        _nothing(first, np.zeros(len(start)), yesterday),
    ]


def _pending(spans: Spans, interval_us: IntArray, zone: StationZone) -> list[Amounts]:
    """Account, in doubt, for the end of an hour whose last reading has not come, and may never."""
    last = np.append(np.diff(spans.end_us) >= MAX_BRIDGE, True)
    end, interval = spans.end_us[last], interval_us[last]
    hour = zone.hours(end - 1)
    rest = zone.hour_ends(hour) - end
    near = (rest > 0) & (rest <= _REGULAR * interval)
    pending = _nothing(hour[near], rest[near], np.zeros(int(near.sum())))
    return [Amounts(**{**vars(pending), "doubtful": np.ones(len(pending.hour_us), dtype=bool)})]


def _nothing(hour: IntArray, seconds: npt.NDArray[Any], bridged: npt.NDArray[Any]) -> Amounts:
    none = np.zeros(len(hour))
    return Amounts(hour, none, none, seconds, bridged, np.zeros(len(hour), dtype=bool))


def _joined(parts: list[Amounts]) -> Amounts:
    names = Amounts.__dataclass_fields__
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    for name in ("seconds", "bridged"):
        columns[name] = columns[name] / SECOND
    return Amounts(**columns)


def _midnights(day: IntArray, zone: StationZone) -> IntArray:
    days, which = np.unique(day, return_inverse=True)
    return np.array([zone.midnight(int(one)) for one in days], dtype=np.int64)[which]


def _rolling(readings: Readings, zone: StationZone) -> Amounts:
    """Take one value an hour: the last in reach of its end, else the highest as a lower bound."""
    hours, last, at_end, starts = _last_of_hour(readings, zone)
    highest = np.maximum.reduceat(readings.value, starts) if len(starts) else readings.value[:0]
    amount = np.where(at_end, readings.value[last], highest)
    length = (zone.hour_ends(hours) - hours) / SECOND
    none = np.zeros(len(hours))
    doubtful = readings.suspect[last] | ~at_end
    return Amounts(hours, amount, none, np.where(at_end, length, 0.0), none, doubtful)


def _last_of_hour(readings: Readings, zone: StationZone) -> tuple[IntArray, Index, Mask, Index]:
    """Return (hour, index of its last reading, whether that is at its end, index of its first reading)."""
    hours = zone.hours(readings.time - 1)  # right-closed: the value at 10:00 belongs to 09-10
    if not len(hours):
        return hours, hours, hours.astype(bool), hours
    starts = np.flatnonzero(np.append(True, hours[1:] != hours[:-1]))
    last = np.append(starts[1:], len(hours)).astype(np.int64) - 1
    reach = np.maximum(_TOLERANCE, np.minimum(readings.slot_us[last], DAY))
    at_end = readings.time[last] > zone.hour_ends(hours[last]) - reach
    return hours[starts], last, at_end, starts
