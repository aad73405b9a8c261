"""The amounts of rain of a site, each with the window that it belongs to, as `sql/hourly.sql` reads them."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import HOUR, SECOND, SUSPECT, IntArray, StationZone
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets.versions import COLUMN, ObjectArray, station_blocks
from weather_etl.quality.flags import Flags
from weather_etl.statistics.rain import COLUMNS, KINDS, amounts

Floats: TypeAlias = npt.NDArray[np.float64]


class Windows(NamedTuple):
    """The hours that have samples, one entry a sample, sorted by station and time.

    Attributes:
        station: ids.
        hour: start of the hour, microseconds UTC.
        number: of the station's hour, ascending.
    """

    station: ObjectArray
    hour: IntArray
    number: IntArray


_COLUMNS: Final[dict[str, Any]] = {
    "window": np.int64,
    "station_id": object,
    "hour_us": np.int64,
    "slot": np.int64,
    "amount": np.float64,
    "expected": np.int64,
    "source": object,
    "bounded": np.bool_,
    "doubtful": np.bool_,
}
"""The columns of the table `rain`, after the number of the window."""


class RainSamples:
    """The amounts of rain of all stations of a site, sorted by the window that they belong to.

    Amounts of windows without a sample are left out: hourly.sql has no hour to put them in.

    Args:
        station: ids of the observations, sorted by station and time.
        time: of the observations, microseconds UTC.
        slots: the station's slot at each observation, seconds.
        flags: of the observations.
        good: values of each variable, NaN where there is no good one.
        zone: of the site.
        windows: the hours to be aggregated.
    """

    def __init__(
        self, station: ObjectArray, time: IntArray, slots: IntArray, flags: Flags,
        good: Mapping[str, Floats], zone: StationZone, windows: Windows,
    ) -> None:  # fmt: skip
        parts: list[dict[str, npt.NDArray[Any]]] = [
            {name: np.empty(0, kind) for name, kind in _COLUMNS.items()}
        ]
        observed = {station[block.start]: block for block in station_blocks(station)}
        for wanted in station_blocks(windows.station):
            block = observed[windows.station[wanted.start]]
            readings = {kind: good[COLUMNS[kind]][block] for kind in KINDS}
            if all(np.isnan(value).all() for value in readings.values()):
                continue
            suspect = {kind: flags[block, COLUMN[COLUMNS[kind]]] == SUSPECT for kind in KINDS}
            when, slot_us = time[block], slots[block] * SECOND
            for kind, found in amounts(readings, suspect, when, slot_us, zone).values():
                first = wanted.start + np.searchsorted(windows.hour[wanted], found.hour_us)
                known = first < wanted.stop
                known[known] = windows.hour[first[known]] == found.hour_us[known]
                found, first = found.at(known), first[known]
                parts.append(
                    {
                        "window": windows.number[first],
                        "station_id": windows.station[first],
                        "hour_us": found.hour_us,
                        "slot": (when[found.row] - found.hour_us) // slot_us[found.row],
                        "amount": found.amount,
                        "expected": HOUR // slot_us[found.row],
                        "source": np.full(len(first), kind, dtype=object),
                        "bounded": found.bounded,
                        "doubtful": found.doubtful,
                    }
                )
        columns = {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}
        order = np.argsort(columns["window"], kind="stable")
        self._columns = {name: values[order] for name, values in columns.items()}

    def table(self, site: str, first: int, last: int) -> pa.Table:
        """Return the table `rain` of the windows with these numbers, the last included."""
        begin, end = np.searchsorted(self._columns["window"], [first, last + 1]).tolist()
        columns = {name: values[begin:end] for name, values in self._columns.items() if name != "window"}
        return arrow.table({"site": arrow.text_column(site, end - begin), **columns})
