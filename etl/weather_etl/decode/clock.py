"""Times of records: from the fields that a plan found to microseconds since 1970 UTC."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from weather_etl.core import TIME_SOURCES
from weather_etl.decode.shape_plan import BoundTime, ShapePlan
from weather_etl.decode.templates import filled, is_plain
from weather_etl.profiles.conditions import scalar_text
from weather_etl.profiles.fields import Place, Record, column
from weather_etl.profiles.model import SITE_ZONE
from weather_etl.profiles.numbers import number_column
from weather_etl.profiles.times import Flags, Kind, Micros, time_column, zone_named, zone_said

_ELSEWHERE: Final = dt.timezone(dt.timedelta(hours=1))  # any zone that is not UTC
_LONGEST_COUNT: Final = 1e16  # microseconds, three hundred years: what a time may be counted from another


@dataclass(frozen=True)
class Times:
    """The times of many records.

    Attributes:
        micros: since 1970 UTC; the ingest time where a record has none.
        kinds: `times.Kind`.
        sources: index into `model.TIME_SOURCES`.
        problems: position -> why it could not be read.
    """

    micros: Micros
    kinds: Flags
    sources: Flags
    problems: Mapping[int, str]


def read_times(plan: ShapePlan, records: Sequence[Record], ingest_us: Micros, site_zone: str) -> Times:
    """Read the time of each record from the first field that holds one."""
    micros = ingest_us
    kinds = np.full(len(records), Kind.INGEST, dtype=np.int8)
    sources = np.full(len(records), TIME_SOURCES.index("ingest"), dtype=np.int8)
    problems: dict[int, str] = {}
    for found in plan.times:
        open_rows = kinds == Kind.INGEST
        if not open_rows.any():
            break
        read, read_kinds, why = _read_time(found, records, ingest_us, site_zone)
        use = open_rows & (read_kinds != Kind.INGEST)
        micros = np.where(use, read, micros)
        kinds = np.where(use, read_kinds, kinds)
        sources = np.where(use, np.int8(TIME_SOURCES.index(found.field.source)), sources)
        problems |= {index: text for index, text in why.items() if use[index]}
    return Times(micros, kinds, sources, problems)


def _read_time(
    found: BoundTime, records: Sequence[Record], ingest_us: Micros, site_zone: str
) -> tuple[Micros, Flags, dict[int, str]]:
    if found.since_place is not None:
        return _read_time_since(found, found.since_place, records, ingest_us, site_zone)
    return _read_clock(found, _time_texts(found, records), records, ingest_us, site_zone)


def _read_time_since(
    found: BoundTime, since: Place, records: Sequence[Record], ingest_us: Micros, site_zone: str
) -> tuple[Micros, Flags, dict[int, str]]:
    """Read times that are counted from another time of the record; without a number there is no time."""
    micros, kinds, problems = _read_clock(found, column(records, since), records, ingest_us, site_zone)
    steps, wrong = number_column(_time_texts(found, records))
    with np.errstate(over="ignore", invalid="ignore"):
        added = np.rint(steps * found.field.step_us)
    counted = np.abs(added) < _LONGEST_COUNT
    result = np.where(counted, micros + np.where(counted, added, 0.0).astype(np.int64), ingest_us)
    read_kinds = np.where(np.isnan(steps), np.int8(Kind.INGEST), kinds)
    for index in np.flatnonzero(~counted & ~np.isnan(steps)):
        wrong = {**wrong, int(index): "counts beyond the calendar"}
    for index in wrong:
        read_kinds[index] = Kind.UNREADABLE
    return result, read_kinds, {**problems, **wrong}


def _read_clock(
    found: BoundTime, raw: list[Any], records: Sequence[Record], ingest_us: Micros, site_zone: str
) -> tuple[Micros, Flags, dict[int, str]]:
    """Read times that stand for themselves."""
    arrival = found.field.arrival
    if arrival is not None:
        raw = [None if isinstance(text, str) and arrival.fullmatch(text.strip()) else text for text in raw]
    default = site_zone if found.field.zone == SITE_ZONE else found.field.zone
    if found.zone_place is None:
        return time_column(raw, ingest_us, zone_named(default), found.field.formats)
    names = column(records, found.zone_place)
    micros = ingest_us.copy()
    kinds = np.zeros(len(raw), dtype=np.int8)
    problems: dict[int, str] = {}
    written = [scalar_text(name) for name in names]
    for text in dict.fromkeys(written):
        rows = np.array([row for row, other in enumerate(written) if other == text])
        part = [raw[row] for row in rows]
        try:
            zone = zone_said(None if text is None else names[rows[0]]) or zone_named(default)
        except ValueError as error:
            read = _without_zone(part, ingest_us[rows], found.field.formats, str(error))
        else:
            read = time_column(part, ingest_us[rows], zone, found.field.formats)
        micros[rows], kinds[rows] = read[0], read[1]
        problems |= {int(rows[index]): why for index, why in read[2].items()}
    return micros, kinds, problems


def _without_zone(
    raw: list[Any], ingest_us: Micros, formats: Sequence[str], why: str
) -> tuple[Micros, Flags, dict[int, str]]:
    """Read times whose message names an unknown zone: only those that need no zone can be read."""
    micros, kinds, problems = time_column(raw, ingest_us, dt.UTC, formats)
    elsewhere, _, _ = time_column(raw, ingest_us, _ELSEWHERE, formats)
    for index in map(int, np.flatnonzero(micros != elsewhere)):
        kinds[index] = Kind.UNREADABLE
        problems[index] = why
    return micros, kinds, problems


def _time_texts(found: BoundTime, records: Sequence[Record]) -> list[Any]:
    """Return the raw times: the field itself, or the text that a template makes of several."""
    columns = [column(records, place) for place in found.places]
    template = found.field.template
    if is_plain(template):
        return columns[0]
    return [filled(template, parts) for parts in zip(*columns, strict=True)]
