"""Reading of waiting records: all records of one shape at once, column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from weather_etl.core import SUSPECT, TIME_SOURCES
from weather_etl.decode import reasons
from weather_etl.decode.clock import Times, read_times
from weather_etl.decode.columns import Values, read_values
from weather_etl.decode.context import SiteContext
from weather_etl.decode.record_table import Chunk, to_rows
from weather_etl.decode.shape_plan import ShapePlan
from weather_etl.decode.station import read_stations
from weather_etl.decode.tally import Tally
from weather_etl.profiles.conditions import Bound
from weather_etl.profiles.fields import Record
from weather_etl.profiles.times import Kind, Micros, check_clock
from weather_etl.profiles.units import Conversion, Floats, direction

_INGEST: Final = TIME_SOURCES.index("ingest")
DIRECTIONS: Final = {"wind_from_direction": "wind_speed", "wind_gust_from_direction": "wind_speed_of_gust"}
"""Direction -> the speed whose zero leaves it without meaning."""

Row = tuple[Record, str, int, int, int, int]
"""Record, key, ingest time, order of arrival, position in the object, order of the message it belongs to."""


@dataclass
class ShapeRecords:
    """Records of one shape that wait to be read.

    Attributes:
        plan: how they are read.
        when: whether a record of the shape is of the plan's block at all.
        unknown: fields of the shape that the profile does not know.
        rows: the records.
    """

    plan: ShapePlan
    when: Bound
    unknown: tuple[str, ...]
    rows: list[Row] = field(default_factory=list[Row])


class ShapeReader:
    """Reads the records of one site, shape by shape.

    Args:
        site: what the configuration says about it.
        tally: counts what yields no observation.

    Attributes:
        chunks: what has been read.
    """

    def __init__(self, site: SiteContext, tally: Tally) -> None:
        self._site = site
        self._tally = tally
        self.chunks: list[Chunk] = []

    def read(self, waiting: ShapeRecords) -> None:
        """Read all records of a shape that wait; if a column fails unforeseen, one by one."""
        rows, waiting.rows = waiting.rows, []
        if not rows:
            return
        try:
            self._read_rows(waiting, rows)
        except Exception as error:  # one record that we did not foresee must not stop a run
            if len(rows) == 1:
                record, key, _, order, number, _ = rows[0]
                detail = f"{type(error).__name__}: {error}"
                self._tally.quarantine(order, key, number, reasons.INTERNAL, detail, record)
                return
            for row in rows:
                self.read(replace(waiting, rows=[row]))

    def _read_rows(self, waiting: ShapeRecords, rows: list[Row]) -> None:
        """Read records of one shape; nothing of the decoder changes before all of it has been read."""
        plan = waiting.plan
        records, keys, ingests, orders, numbers, groups = zip(*rows, strict=True)
        ingest_us = np.array(ingests, dtype=np.int64)
        times = read_times(plan, records, ingest_us, self._site.timezone)
        values = read_values(plan, records)
        named = read_stations(plan, records, self._site.site)
        stations = [name or self._site.site for name in named]
        columns = self._scaled(values.columns, stations)
        _settle_directions(columns)
        used_us, time_qc, from_ingest = check_clock(times.micros, times.kinds, ingest_us, self._site.clock)
        chunk = Chunk(
            order=np.array(orders, dtype=np.int64),
            group=np.array(groups, dtype=np.int64),
            join_us=-1 if plan.profile.join_us is None else plan.profile.join_us,
            rows=to_rows(
                family=plan.profile.name,
                stations=stations,
                obs_us=used_us,
                ingest_us=ingest_us,
                sources=np.where(from_ingest, _INGEST, times.sources).astype(np.int8),
                time_qc=time_qc,
                keys=keys,
                numbers=numbers,
                adjusted=values.adjusted,
                columns=columns,
            ),
            earlier=np.where(time_qc == SUSPECT, _earlier(plan, records, times, self._site.timezone), 0),
        )
        usable = values.any_value & (times.kinds != Kind.UNREADABLE)
        if plan.block.time_required:
            usable &= times.kinds != Kind.INGEST
        self.chunks.append(chunk.only(usable))
        self._tally.undated += int(np.count_nonzero(usable & (times.kinds == Kind.INGEST)))
        if None in named:
            self._tally.unnamed += sum(
                name is None for name, used in zip(named, usable.tolist(), strict=True) if used
            )
        for variable, count in values.assumed.items():
            self._tally.assumed[f"{plan.profile.name}:{variable}"] += count
        for index in map(int, np.flatnonzero(~usable)):
            reason = _reason(index, values, times)
            if reason is None:
                self._tally.ignore(plan.profile.name, "no_values")
            else:
                self._tally.quarantine(orders[index], keys[index], numbers[index], *reason, records[index])
        for name in waiting.unknown:
            self._tally.count_field(plan.profile.name, name, len(rows))
        for name, count in values.unreadable.items():
            self._tally.count_field(plan.profile.name, f"{name} (unreadable)", count)

    def _scaled(self, columns: Mapping[str, Floats], stations: list[str]) -> dict[str, Floats]:
        """Multiply by the factors of the configuration (a wind sensor whose digits mean tenths)."""
        scaled: dict[str, Floats] = {}
        for variable, values in columns.items():
            factor = self._site.scale.get(variable, 1.0)
            own = {
                station: scale.get(variable, factor) for station, scale in self._site.station_scale.items()
            }
            if own and set(own.values()) != {factor}:
                factors = np.array([own.get(station, factor) for station in stations])
                with np.errstate(over="ignore"):
                    product = values * factors
                scaled[variable] = np.where(np.isfinite(product), product, np.nan)
            else:
                scaled[variable] = Conversion(multiply=factor)(values)
        return scaled


def _earlier(plan: ShapePlan, records: Sequence[Record], times: Times, zone: str) -> Micros:
    """Return by how much the times of a repeated hour are earlier if they are of its first pass."""
    earlier = np.zeros(len(records), dtype=np.int64)
    doubtful = np.flatnonzero(times.kinds == Kind.AMBIGUOUS)
    if doubtful.size:
        before_all = np.zeros(doubtful.size, dtype=np.int64)  # to one that arrived then, all later is future
        first = read_times(plan, [records[index] for index in doubtful.tolist()], before_all, zone)
        earlier[doubtful] = np.maximum(times.micros[doubtful] - first.micros, 0)
    return earlier


def _reason(index: int, values: Values, times: Times) -> tuple[str, str] | None:
    """Say why a record yields no observation; None if it simply holds no values."""
    if not values.any_value[index]:
        why = values.problems.get(index)
        return None if why is None else (reasons.VALUE_UNREADABLE, why)
    if times.kinds[index] == Kind.UNREADABLE:
        return reasons.TIME_UNREADABLE, times.problems[index]
    return reasons.TIME_MISSING, "the profile demands a time and there is none"


def _settle_directions(columns: dict[str, Floats]) -> None:
    """Bring directions into [0, 360) and drop those of a calm: air that does not move comes from nowhere."""
    for name, speed in DIRECTIONS.items():
        if name in columns:
            turned = direction(columns[name])
            columns[name] = np.where(columns[speed] == 0.0, np.nan, turned) if speed in columns else turned
