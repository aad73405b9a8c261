"""Station time: zones, local days and weeks, and ISO 8601 text, vectorised.

Instants are integers in this package: microseconds since 1970-01-01T00:00:00Z, int64 in arrays.  A local day
is counted in days since 1970-01-01, int64 too.  Offsets of a zone change at multiples of a quarter of an hour
of UTC, in every zone of the IANA database since 1972, so an offset is looked up once per quarter that occurs.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.checking import parse_zone

IntArray: TypeAlias = npt.NDArray[np.int64]
TextArray: TypeAlias = npt.NDArray[np.str_]

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
_QUARTER: Final = 900 * SECOND
_EPOCH: Final = date(1970, 1, 1)
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_instant(text: str) -> int:
    """Return the instant of an ISO 8601 date-time; one without an offset is UTC.

    Raises:
        ValueError: the text is not ISO 8601.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 date-time such as 2025-09-14T00:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return to_us(moment)


def to_us(moment: datetime) -> int:
    """Return the instant of an aware `datetime`, exactly."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def from_us(instant: int) -> datetime:
    """Return an instant as an aware UTC `datetime`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(instant))


def iso_utc(instant: int) -> str:
    """Return an instant as text, `2025-09-13T17:00:00Z`; a fraction only if there is one."""
    return from_us(instant).isoformat().replace("+00:00", "Z")


def day_of(text: str) -> int:
    """Return the day number of `YYYY-MM-DD`."""
    return (date.fromisoformat(text) - _EPOCH).days


def day_text(day: int) -> str:
    """Return `YYYY-MM-DD` of a day number."""
    return (_EPOCH + timedelta(days=int(day))).isoformat()


def day_texts(days: IntArray) -> TextArray:
    """Return `YYYY-MM-DD` of day numbers."""
    return np.datetime_as_string(days.astype("datetime64[D]"))


def parse_instants(texts: Iterable[str]) -> IntArray:
    """Return the instants of UTC texts as this module writes them (`...Z`)."""
    naive = np.array([text[:-1] for text in texts], dtype="datetime64[us]")
    return naive.astype(np.int64)


def _clock_texts(local: IntArray) -> TextArray:
    moments = local.astype("datetime64[us]")
    whole = np.datetime_as_string(moments, unit="s")
    fractional = local % SECOND != 0
    if fractional.any():
        whole = whole.astype("U26")
        whole[fractional] = np.datetime_as_string(moments[fractional], unit="us")
    return whole


def iso_utc_texts(instants: IntArray) -> TextArray:
    """Return instants as text, as `iso_utc` does."""
    return np.char.add(_clock_texts(instants), "Z")


class StationZone:
    """The time zone and week of a station.

    Args:
        name: IANA name or offset.
        week_start: name of the weekday on which weeks begin; `iso` is another word for monday.
    """

    def __init__(self, name: str, week_start: str = "sunday") -> None:
        self.name = name
        self._zone = parse_zone(name)
        first = "monday" if week_start.lower() == "iso" else week_start.lower()
        if first not in WEEKDAYS:
            raise ValueError(f"week_start is {week_start!r}, it must be a weekday such as sunday, or iso")
        self._first_weekday = WEEKDAYS.index(first)
        self._offset_of: dict[int, int] = {}

    def offsets(self, instants: IntArray) -> IntArray:
        """Return the offset from UTC at each instant, in microseconds."""
        quarters, inverse = np.unique(instants // _QUARTER, return_inverse=True)
        known = np.array([self._offset(int(quarter)) for quarter in quarters], dtype=np.int64)
        return known[inverse]

    def _offset(self, quarter: int) -> int:
        if quarter not in self._offset_of:
            offset = from_us(quarter * _QUARTER).astimezone(self._zone).utcoffset() or timedelta()
            self._offset_of[quarter] = offset // timedelta(microseconds=1)
        return self._offset_of[quarter]

    def days(self, instants: IntArray) -> IntArray:
        """Return the local day in which each instant lies."""
        return (instants + self.offsets(instants)) // DAY

    def day(self, instant: int) -> int:
        """Return the local day in which an instant lies."""
        return int(self.days(np.array([instant], dtype=np.int64))[0])

    def hours(self, instants: IntArray) -> IntArray:
        """Return the instant at which the local clock hour of each instant began.

        The hour that repeats when summer time ends gives two windows, since the offset differs.  Where the
        offset changes within a clock hour (by half an hour, as on Lord Howe Island), the hour is two windows
        that part at the change.
        """
        offsets = self.offsets(instants)
        starts = (instants + offsets) // HOUR * HOUR - offsets
        return self._parted(starts, offsets, _QUARTER, starts)

    def hour_ends(self, starts: IntArray) -> IntArray:
        """Return the instants at which windows end that begin at these instants, as `hours` gives them."""
        offsets = self.offsets(starts)
        ends = (starts + offsets) // HOUR * HOUR - offsets + HOUR
        return self._parted(ends - 1, offsets, -_QUARTER, ends)

    def _parted(self, probe: IntArray, offsets: IntArray, step: int, bounds: IntArray) -> IntArray:
        """Move bounds of hours, by quarters, to where the offset of the hour's inside begins or ends."""
        outside = np.flatnonzero(self.offsets(probe) != offsets)
        if len(outside):
            bounds = bounds.copy()
            for index in outside.tolist():
                while self.offsets(probe[index : index + 1])[0] != offsets[index]:
                    probe[index] += step
                    bounds[index] += step
        return bounds

    def midnight(self, day: int) -> int:
        """Return the instant at which a local day begins; where clocks skip midnight, the next instant."""
        wall = datetime.combine(_EPOCH + timedelta(days=int(day)), datetime.min.time(), tzinfo=self._zone)
        return to_us(wall.astimezone(UTC))

    def week(self, day: int) -> int:
        """Return the first day of the week that holds a local day."""
        weekday = (int(day) + 3) % 7  # day 0 was a Thursday
        return int(day) - (weekday - self._first_weekday) % 7

    def texts(self, instants: IntArray) -> TextArray:
        """Return instants as station time with offset, `2025-09-14T00:00:00+07:00`."""
        offsets = self.offsets(instants)
        clocks = _clock_texts(instants + offsets)
        values, inverse = np.unique(offsets, return_inverse=True)
        suffixes = np.array([_offset_text(int(value)) for value in values])
        return np.char.add(clocks, suffixes[inverse]) if len(instants) else clocks

    def __reduce__(self) -> tuple[Any, ...]:
        return (StationZone, (self.name, WEEKDAYS[self._first_weekday]))


@cache
def _offset_text(offset: int) -> str:
    minutes = abs(offset) // (60 * SECOND)
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
