"""The amounts of rain of a site, each with the hour that it belongs to, as `sql/hourly.sql` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import HOUR, SECOND, SUSPECT, IntArray, StationZone, arrow_tables, day_texts
from weather_etl.datasets import COLUMN
from weather_etl.quality import Flags
from weather_etl.statistics.cadence import DayCadence
from weather_etl.statistics.rain import (
    COLUMNS,
    ROLLING_DAY,
    Amounts,
    Readings,
    amounts,
    rolling_days,
)

Floats: TypeAlias = npt.NDArray[np.float64]
Columns: TypeAlias = dict[str, npt.NDArray[Any]]

_COLUMNS: Final[dict[str, Any]] = {
    "station_id": object,
    "hour_us": np.int64,
    "slot_seconds": np.int64,
    "amount": np.float64,
    "accumulated": np.float64,
    "seconds": np.float64,
    "bridged": np.float64,
    "doubtful": np.bool_,
    "source": object,
    "rolling_day": np.float64,
}


@dataclass(frozen=True)
class StationRows:
    """The observations of one station.

    Attributes:
        station: its id.
        time: of observation, ascending, microseconds UTC.
        good: values of each variable, NaN where there is no good one.
        flags: of the observations.
        cadence: by wanted local day.
        wrap: mm at which the rain counter of each begins anew, NaN for never; None: no counter does.
    """

    station: str
    time: IntArray
    good: Mapping[str, Floats]
    flags: Flags
    cadence: Mapping[int, DayCadence]
    wrap: Floats | None = None


def rain_columns(
    stations: Sequence[StationRows], wanted: set[int], until_us: int, zone: StationZone
) -> Columns:
    """Return the columns of the amounts in closed hours of the wanted days, sorted by station and hour."""
    parts: list[Columns] = [{name: np.empty(0, kind) for name, kind in _COLUMNS.items()}]
    days = np.array(sorted(wanted), dtype=np.int64)
    for rows in stations:
        parts += [part for part in _of_station(rows, zone) if len(part["hour_us"])]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}
    hour = columns["hour_us"]
    mine = np.isin(zone.days(hour), days) & (zone.hour_ends(hour) <= until_us)
    columns = {name: values[mine] for name, values in columns.items()}
    order = np.lexsort((columns["hour_us"], columns["station_id"].astype(str)))
    return {name: values[order] for name, values in columns.items()}


def rain_table(site: str, columns: Columns, rows: npt.NDArray[Any], zone: StationZone) -> pa.Table:
    """Return the table `rain` of some rows."""
    some = {name: values[rows] for name, values in columns.items()}
    hour = some["hour_us"]
    length = (zone.hour_ends(hour) - hour) // SECOND
    return arrow_tables.table(
        {
            "site": arrow_tables.text_column(site, len(hour)),
            **some,
            "station_id": arrow_tables.column(some["station_id"].tolist(), pa.string()),
            "source": arrow_tables.column(some["source"].tolist(), pa.string()),
            "local_date": arrow_tables.column(day_texts(zone.days(hour)).tolist(), pa.string()),
            "hour_seconds": length,
            "expected": np.maximum(length // some["slot_seconds"], 1),
        }
    )


def _of_station(rows: StationRows, zone: StationZone) -> list[Columns]:
    readings = {kind: _readings(rows, kind, name, zone) for kind, name in COLUMNS.items()}
    readings = {kind: found for kind, found in readings.items() if len(found.time)}
    parts: list[Columns] = []
    observed = set(np.unique(zone.days(rows.time)).tolist())
    for day, (kind, found) in amounts(readings, zone).items():
        if day in rows.cadence:
            # a day without observations gets no row for no rain
            kept = found if day in observed else found.at(found.amount > 0)
            parts.append(_amount_columns(rows, day, kind, kept))
    rolling = _readings(rows, "rolling_24h", ROLLING_DAY, zone)
    if len(rolling.time):
        parts.append(_rolling_columns(rows, rolling, zone))
    return parts


def _readings(rows: StationRows, kind: str, name: str, zone: StationZone) -> Readings:
    present = ~np.isnan(rows.good[name])
    time = rows.time[present]
    days = zone.days(time - 1)
    slot = np.full(len(time), HOUR)
    interval = np.full(len(time), HOUR)
    for day in np.unique(days).tolist():
        if cadence := rows.cadence.get(day):
            slot[days == day] = cadence.slot_s * SECOND
            interval[days == day] = round(cadence.interval_s.get(name, cadence.slot_s) * SECOND)
    return Readings(
        value=rows.good[name][present],
        time=time,
        suspect=rows.flags[present, COLUMN[name]] == SUSPECT,
        slot_us=slot,
        interval_us=interval,
        wrap=rows.wrap[present] if rows.wrap is not None and kind == "counter" else None,
    )


def _amount_columns(rows: StationRows, day: int, kind: str, found: Amounts) -> Columns:
    count = len(found.hour_us)
    return {
        "station_id": np.full(count, rows.station, dtype=object),
        "slot_seconds": np.full(count, rows.cadence[day].slot_s),
        **{name: getattr(found, name) for name in Amounts.__dataclass_fields__},
        "source": np.full(count, kind, dtype=object),
        "rolling_day": np.full(count, np.nan),
    }


def _rolling_columns(rows: StationRows, readings: Readings, zone: StationZone) -> Columns:
    hour, amount = rolling_days(readings, zone)
    observed = np.isin(zone.days(hour), np.unique(zone.days(rows.time))) | (amount > 0)
    hour, amount = hour[observed], amount[observed]
    days, count = zone.days(hour), len(hour)
    slot = [rows.cadence[day].slot_s if day in rows.cadence else 3600 for day in days.tolist()]
    nothing, none = np.full(count, np.nan), np.zeros(count)
    return {
        "station_id": np.full(count, rows.station, dtype=object),
        "hour_us": hour,
        "slot_seconds": np.array(slot, dtype=np.int64),
        "amount": nothing,
        "accumulated": none,
        "seconds": none,
        "bridged": none,
        "doubtful": np.zeros(count, dtype=bool),
        "source": np.full(count, None, dtype=object),
        "rolling_day": amount,
    }
