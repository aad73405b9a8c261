"""Times as devices write them, brought to microseconds since 1970 UTC.

`parse_time` is the rule for one value; `time_column` applies it to a column and is fast for the usual forms
(ISO text with and without a zone, epoch numbers).  Which clock to believe is `check_clock`.
"""

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from weather_etl.core import FAIL, GOOD, SUSPECT, parse_zone
from weather_etl.profiles.numbers import MISSING_TOKENS

Micros = npt.NDArray[np.int64]
Flags = npt.NDArray[np.int8]

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
DAY: Final = 86_400 * SECOND
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FAR: Final = 253_402_300_799 * SECOND  # 9999-12-31T23:59:59Z, the last second that a datetime holds


class Kind(IntEnum):
    """What a time field turned out to be."""

    CERTAIN = 0
    AMBIGUOUS = 1  # a local time that the zone passes twice, or skips
    INGEST = 2  # no time in the field, or "now": the time of arrival is meant
    UNREADABLE = 3


@dataclass(frozen=True)
class ClockLimits:
    """When a device's clock is not believed.

    A time is replaced by the ingest time if it is more than `future` ahead of it, or before the floor.  The
    floor is `not_before`, or `archive` before the ingest time if that is earlier: a lake of 2013 keeps its
    times of 2013, and a clock that says 1970 or 2000 is still found out.

    Attributes:
        not_before: UTC; no device of a lake filled today measured before it (2015: a year that no device
            starts its clock with, unlike 1970, 2000 or 2010).
        future: how far a clock may run ahead.
        archive: how late a message of an old lake may arrive.
    """

    not_before: dt.datetime = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
    future: dt.timedelta = dt.timedelta(minutes=5)
    archive: dt.timedelta = dt.timedelta(days=366)


zone_named = lru_cache(maxsize=256)(parse_zone)
"""`zones.parse_zone`, remembered: messages may name their zone one by one."""


_OFFSET_TEXT: Final = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d\d))?", re.ASCII | re.IGNORECASE)
_ABBREVIATIONS: Final = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,  # RFC 2822
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "ICT": 7, "WIB": 7, "JST": 9,
    "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
"""Abbreviation -> hours from UTC; of several meanings (CST, IST) that of RFC 2822, else none."""


@lru_cache(maxsize=1024, typed=True)
def zone_said(name: str | float | None) -> dt.tzinfo | None:
    """Return the zone that a message names; None if it names none.

    Args:
        name: an IANA name, an offset (`+07:00`, `+7`, `UTC+5:30`), an abbreviation, or a number: hours up to
            14, minutes up to 840, else seconds.

    Raises:
        ValueError: it names something else.
    """
    if name is None or name is True or name is False:
        return None
    text = str(name).strip()
    if not text or text.lower() in MISSING_TOKENS:
        return None
    if isinstance(name, int | float) or _EPOCH_TEXT.fullmatch(text):
        number = float(text)
        hours = number if abs(number) <= 14 else number / 60 if abs(number) <= 840 else number / 3600
        if abs(hours) > 14:
            raise ValueError(f"{text[:40]} is not an offset between -14 and +14 hours")
        return dt.timezone(dt.timedelta(hours=hours))
    offset = _OFFSET_TEXT.fullmatch(text)
    if offset is not None:
        return zone_named(f"{offset[1]}{offset[2]:0>2}:{offset[3] or '00'}")
    if text.upper() in _ABBREVIATIONS:
        return dt.timezone(dt.timedelta(hours=_ABBREVIATIONS[text.upper()]))
    return zone_named("UTC" if text.upper() == "GMT" else text)


def epoch_to_micros(number: float) -> int:
    """Read an epoch by its magnitude: below 1e11 seconds, 1e14 milli-, 1e17 micro-, else nanoseconds.

    1e11 s is the year 5138 and 1e11 ms is March 1973, so the ranges do not meet for any real observation.
    The result is bounded to the years that can be written.
    """
    size = abs(number)
    if size < 1e11:
        micros = round(number * SECOND)
    elif size < 1e14:
        micros = round(number * 1000)
    elif size < 1e17:
        micros = int(number)
    else:
        micros = int(number / 1000) if isinstance(number, float) else number // 1000
    return max(-_FAR, min(_FAR, micros))


_ISO: Final = re.compile(
    r"(\d{4})[-./](\d\d)[-./](\d\d)[T ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,12}))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH_TEXT: Final = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,12})?", re.ASCII)


def parse_time(raw: object, ingest_us: int, zone: dt.tzinfo, formats: Sequence[str] = ()) -> tuple[int, Kind]:
    """Read one time.

    Args:
        raw: what the JSON holds: an epoch as number or text, ISO 8601 text (`T` or a blank, `-`, `.` or `/`
            in the date, up to 12 decimals, with or without zone), a period `start/end`, `now`, or nothing.
        ingest_us: arrival, microseconds since 1970 UTC; decides between the two meanings of an ambiguous
            time.
        zone: of a text that names none.
        formats: `strptime` formats that are tried first.

    Returns:
        Microseconds since 1970 UTC, and what the field turned out to be; the ingest time where it holds none.

    Raises:
        ValueError: the field holds something else.
    """
    if raw is None:
        return ingest_us, Kind.INGEST
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError(f"{type(raw).__name__} instead of a time")  # noqa: TRY004 - bad data, no bad call
    if not isinstance(raw, str):
        if isinstance(raw, float) and not math.isfinite(raw):
            return ingest_us, Kind.INGEST
        return epoch_to_micros(raw), Kind.CERTAIN
    text = raw.strip()
    folded = text.lower()
    if folded == "now" or folded in MISSING_TOKENS:
        return ingest_us, Kind.INGEST
    for template in formats:
        try:
            parsed = dt.datetime.strptime(text, template)  # noqa: DTZ007 - the zone is added below
        except ValueError:
            continue
        return _to_micros(parsed, zone, ingest_us)
    start, slash, end = text.partition("/")
    if slash and _ISO.fullmatch(start) and _ISO.fullmatch(end):
        text = end  # a period (ISO 8601 start/end) is observed at its end
    if _EPOCH_TEXT.fullmatch(text):
        return epoch_to_micros(float(text) if "." in text else int(text)), Kind.CERTAIN
    return _to_micros(_parse_iso(text), zone, ingest_us)


def _parse_iso(text: str) -> dt.datetime:
    """Read ISO 8601; decimals beyond the sixth are cut off, second 60 and hour 24 mean what follows."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"no time in a known form: {text[:40]!r}")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    micros = int((match[7] or "0").ljust(6, "0")[:6])
    whole = dt.datetime(year, month, day)  # noqa: DTZ001 - the zone follows
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second or micros)):
        raise ValueError(f"no such time of day: {text[:40]!r}")
    try:
        moment = whole + dt.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)
    except OverflowError as error:
        raise ValueError(f"beyond the calendar: {text[:40]!r}") from error
    return moment if match[8] is None else moment.replace(tzinfo=_zone_of_suffix(match[8]))


def _zone_of_suffix(suffix: str) -> dt.tzinfo:
    if suffix[0] not in "+-":
        return dt.UTC
    return zone_named(suffix if len(suffix) > 3 else suffix + "00")


def _to_micros(moment: dt.datetime, zone: dt.tzinfo, ingest_us: int) -> tuple[int, Kind]:
    """Place a date-time in UTC.

    A local time that the zone passes twice is ambiguous: the later meaning is taken unless it lies in the
    future of its arrival (live messages then keep their order).  A local time that the zone skips is read
    with the offset before the gap, as a clock that missed the change would show it.  Both are `AMBIGUOUS`.
    """
    try:
        if moment.tzinfo is not None:
            return _micros(moment), Kind.CERTAIN
        first = _micros(moment.replace(tzinfo=zone, fold=0))
        second = _micros(moment.replace(tzinfo=zone, fold=1))
    except OverflowError as error:
        raise ValueError(f"beyond the calendar: {moment.isoformat()}") from error
    if first == second:
        return first, Kind.CERTAIN
    skipped = first > second  # in a gap the offset before the change gives the later instant
    if skipped or second > ingest_us + 5 * MINUTE:
        return first, Kind.AMBIGUOUS
    return second, Kind.AMBIGUOUS


def _micros(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def time_column(
    raw: Sequence[Any], ingest_us: Micros, zone: dt.tzinfo, formats: Sequence[str] = ()
) -> tuple[Micros, Flags, dict[int, str]]:
    """Read a column of times by the rule of `parse_time`.

    Returns:
        Microseconds since 1970 UTC, the `Kind` of each, and for each unreadable position, why.
    """
    if not formats:
        quick = _quick_iso(raw)
        if quick is None:
            quick = _quick_epoch(raw)
        if quick is not None:
            return quick, np.zeros(len(raw), dtype=np.int8), {}
    read = None if formats else _local_iso(raw, zone)
    if read is None:
        micros, kinds = np.empty(len(raw), dtype=np.int64), np.empty(len(raw), dtype=np.int8)
        rest: Sequence[int] = range(len(raw))
    else:
        micros, kinds, rest = read
    problems: dict[int, str] = {}
    for index in rest:
        arrival = int(ingest_us[index])
        try:
            micros[index], kinds[index] = parse_time(raw[index], arrival, zone, formats)
        except ValueError as error:
            micros[index], kinds[index] = arrival, Kind.UNREADABLE
            problems[index] = str(error)
    return micros, kinds, problems


_MICROS_UTC: Final = pa.timestamp("us", tz="UTC")
_LOCAL_ISO: Final = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}\z"


def _quick_iso(raw: Sequence[Any]) -> Micros | None:
    """Read a column in which every value is ISO text with a zone and at most 6 decimals; else None."""
    if not raw or type(raw[0]) is not str or not {str}.issuperset(map(type, raw)):
        return None
    try:
        parsed = pa.array(raw, type=pa.string()).cast(_MICROS_UTC)
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None
    return parsed.cast(pa.int64()).to_numpy()


def _local_iso(raw: Sequence[Any], zone: dt.tzinfo) -> tuple[Micros, Flags, Sequence[int]] | None:
    """Read a column in which every value is a date and a time to the second without a zone; else None.

    Returns:
        Times and kinds as `_to_micros` finds them, and the positions that are left to it: those of days on
        which the zone changes.
    """
    local = _wall_clocks(raw)
    if local is None:
        return None
    days, which = np.unique(local // DAY, return_inverse=True)
    found = [_offset_of_day(zone, day) for day in days.tolist()]
    offsets = np.array([offset or 0 for offset in found], dtype=np.int64)[which]
    changing = np.array([offset is None for offset in found])[which]
    return local - offsets, np.zeros(len(raw), dtype=np.int8), np.flatnonzero(changing).tolist()


def _wall_clocks(raw: Sequence[Any]) -> Micros | None:
    """Return local times since 1970 as if they were UTC; None if any value is something else."""
    if not {str}.issuperset(map(type, raw)):
        return None
    try:
        texts = pa.array(raw, type=pa.string())
        if not pc.all(pc.match_substring_regex(texts, _LOCAL_ISO)).as_py():
            return None
        local = texts.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None
    return local if local.size and local.min() >= 0 else None


@lru_cache(maxsize=65536)
def _offset_of_day(zone: dt.tzinfo, day: int) -> int | None:
    """Return the offset from UTC, in microseconds, of a local day; None if clocks change on it.

    No zone changes its clocks there and back within a day (in the IANA database, since 1970).
    """
    midnight = (_EPOCH + dt.timedelta(days=day)).replace(tzinfo=None)
    last = midnight + dt.timedelta(days=1, microseconds=-1)
    offsets = {
        moment.replace(tzinfo=zone, fold=fold).utcoffset() for moment in (midnight, last) for fold in (0, 1)
    }
    offset = offsets.pop()
    return None if offsets or offset is None else offset // dt.timedelta(microseconds=1)


def _quick_epoch(raw: Sequence[Any]) -> Micros | None:
    """Read a column in which every value is a whole number of seconds or milliseconds; else None."""
    if not {int}.issuperset(map(type, raw)):
        return None
    try:
        numbers = np.array(raw, dtype=np.int64)
    except OverflowError:
        return None
    size = np.abs(numbers)
    if numbers.size and size.max() >= 10**14:
        return None
    return np.clip(np.where(size < 10**11, numbers * SECOND, numbers * 1000), -_FAR, _FAR)


def check_clock(
    obs_us: Micros, kinds: Flags, ingest_us: Micros, limits: ClockLimits
) -> tuple[Micros, Flags, npt.NDArray[np.bool_]]:
    """Replace the times that no sound clock can have shown.

    Returns:
        The times to use, `time_qc` (1 good, 3 ambiguous local time, 4 clock replaced by the ingest time), and
        where the ingest time is used.
    """
    not_before = _micros(limits.not_before)
    floor = np.minimum(not_before, ingest_us - limits.archive // dt.timedelta(microseconds=1))
    ceiling = ingest_us + limits.future // dt.timedelta(microseconds=1)
    from_ingest = kinds == Kind.INGEST
    wrong = ~from_ingest & ((obs_us < floor) | (obs_us > ceiling))
    used = np.where(wrong, ingest_us, obs_us)
    quality = np.where(kinds == Kind.AMBIGUOUS, SUSPECT, GOOD)
    return used, np.where(wrong, FAIL, quality).astype(np.int8), from_ingest | wrong
