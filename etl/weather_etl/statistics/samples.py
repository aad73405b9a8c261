"""Samples: a site's values in the hours to be aggregated, as `sql/hourly.sql` reads them.

Dew point and pressure at sea level are computed where they can be, winds taken apart into components, and
each value laid into its station's slot.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import (
    FAIL,
    SECOND,
    SUSPECT,
    VARIABLES,
    IntArray,
    StationZone,
    arrow_tables,
    day_texts,
    wind_components,
)
from weather_etl.datasets import ObjectArray, Rows, station_blocks
from weather_etl.quality import Flags
from weather_etl.settings import Rules, SiteSettings
from weather_etl.statistics.cadence import DayCadence, day_cadence
from weather_etl.statistics.darkness import dark_hours
from weather_etl.statistics.gauges import restart_hours
from weather_etl.statistics.rain import COLUMNS, ROLLING_DAY
from weather_etl.statistics.rain_samples import StationRows, rain_columns, rain_table
from weather_etl.statistics.series import series_of

CALM: Final = 0.5
"""m/s; below it a wind has no direction (ICAO Annex 3: calm below 1 kt)."""

_CORE: Final = tuple(one.name for one in VARIABLES if one.core and one.name != "dew_point_temperature")
"""Variables whose interval is a station's: those it reports for sure, and no mere companion of another."""

_MEANS: Final = (
    *(one.name for one in VARIABLES if "mean" in one.statistics),
    "wind_speed",
    "downwelling_shortwave",
)
"""Variables that have a mean, and so a number of slots to expect."""

_EXTREMES: Final = (
    *(one.name for one in VARIABLES if one.statistics and one.name not in _MEANS),
    "rainfall_rate",
)
"""Variables of which the extremes alone are published."""

_RAIN: Final = (*COLUMNS.values(), ROLLING_DAY)

Floats: TypeAlias = npt.NDArray[np.float64]
SmallArray: TypeAlias = npt.NDArray[np.int16]

_STRETCH: Final = 5_000
"""Samples in a table: its texts and the copies on the way to it take about two kilobytes each."""


class Stretch(NamedTuple):
    """Some whole hours of a site: their samples, and amounts of rain of whole hours."""

    samples: pa.Table
    rain: pa.Table


class Samples:
    """The samples of a site in closed hours of the wanted days.

    Args:
        name: of the site.
        rows: observations of the wanted days and of their neighbours, sorted by station and time.
        flags: of the rows.
        days: local day of each row.
        wanted: the days.
        site: for elevation, interval, latitude and longitude.
        zone: of the site.
        until_us: hours that end later are left out.
        rules: of quality control, for computed values.
        wraps: family -> mm at which its rain counters begin anew.
    """

    def __init__(
        self, name: str, rows: Rows, flags: Flags, days: IntArray, wanted: set[int], site: SiteSettings,
        zone: StationZone, until_us: int, rules: Rules, wraps: Mapping[str, float],
    ) -> None:  # fmt: skip
        self._name, self._zone, self._site = name, zone, site
        self._flags, self._days = flags, days
        self._station, self._time = rows.version.station, rows.version.obs_us
        self._wrap = _wraps(rows.version.family, wraps)
        self._series = series_of(rows.version.values, flags, site, rules)
        self._hour = zone.hours(self._time)
        closed = zone.hour_ends(self._hour) <= until_us
        self._chosen = np.flatnonzero(np.isin(days, np.array(sorted(wanted), dtype=np.int64)) & closed)
        self._window = _numbered(self._station[self._chosen], self._hour[self._chosen])
        blocks = station_blocks(self._station)
        cadences = [self._cadences(block, wanted) for block in blocks]
        self._slots, self._expected = self._slots_of(blocks, cadences)
        self._dark = self._darkness(blocks)
        self._rain = rain_columns(
            [self._rain_rows(block, cadence) for block, cadence in zip(blocks, cadences, strict=True)],
            wanted,
            until_us,
            zone,
        )

    def rain_restarts(self) -> dict[str, list[int]]:
        """Return {station: local hours} in which its rain since midnight restarts; not midnight's."""
        found: dict[str, list[int]] = {}
        values = self._series.usable[COLUMNS["since_midnight"]]
        for block in station_blocks(self._station):
            present = ~np.isnan(values[block])
            hours = restart_hours(values[block][present], self._time[block][present], self._zone)
            if away := sorted(set(hours.tolist()) - {0}):
                found[str(self._station[block.start])] = away
        return found

    def stretches(self) -> Iterator[Stretch]:
        """Yield the samples in order, some thousand at a time, with the rain of their hours."""
        window, start = self._window, 0
        rain = self._rain_windows()
        while start < len(window):
            first, last = int(window[start]), int(window[start : start + _STRETCH][-1])
            end = start + int(np.count_nonzero(window[start:] <= last))
            mine = np.flatnonzero((rain >= first) & (rain <= last))
            yield Stretch(
                self._table(self._chosen[start:end]), rain_table(self._name, self._rain, mine, self._zone)
            )
            start = end
        if not len(window) and len(rain):
            everything = np.arange(len(rain))
            yield Stretch(
                self._table(self._chosen), rain_table(self._name, self._rain, everything, self._zone)
            )

    def _rain_windows(self) -> IntArray:
        """Return the number of the window with which each amount of rain goes: its own, or one beside it."""
        station, hour = self._station[self._chosen], self._hour[self._chosen]
        window = np.zeros(len(self._rain["hour_us"]), dtype=np.int64)
        of_station = {name: self._rain["station_id"] == name for name in set(self._rain["station_id"])}
        for block in station_blocks(station):
            mine = of_station.get(station[block.start])
            if mine is not None:
                place = np.searchsorted(hour[block], self._rain["hour_us"][mine])
                window[mine] = self._window[block][np.minimum(place, block.stop - block.start - 1)]
        return window

    def _cadences(self, block: slice, wanted: set[int]) -> dict[int, DayCadence]:
        """Return a station's cadence on each wanted day that it, or a neighbouring day, has observations."""
        local, time = self._days[block], self._time[block]
        usable = {name: values[block] for name, values in self._series.usable.items() if name in _NEEDED}
        sent = {name: values[block] for name, values in self._series.sent.items() if name in _MEANS}
        near = {day + shift for day in np.unique(local).tolist() for shift in (-1, 0, 1)}
        found: dict[int, DayCadence] = {}
        for day in wanted & near:
            low, high = np.searchsorted(local, [day - 1, day + 2]).tolist()
            around = slice(low, high)
            found[day] = day_cadence(
                time[around],
                {name: values[around] for name, values in usable.items()},
                {name: bool(values[around].any()) for name, values in sent.items()},
                _CORE,
                self._site.interval_s,
            )
        return found

    def _slots_of(
        self, blocks: list[slice], cadences: list[dict[int, DayCadence]]
    ) -> tuple[IntArray, dict[str, SmallArray]]:
        """Return the slot in seconds at each row, and for each variable how many slots its hour expects."""
        slots = np.full(len(self._time), 3600, dtype=np.int64)
        expected = {name: np.zeros(len(self._time), dtype=np.int16) for name in _MEANS}
        for block, cadence in zip(blocks, cadences, strict=True):
            for day, one in cadence.items():
                first, last = np.searchsorted(self._days[block], [day, day + 1]).tolist()
                own = slice(block.start + first, block.start + last)
                slots[own] = one.slot_s
                for name, count in one.expected.items():
                    expected[name][own] = count
        return slots, expected

    def _darkness(self, blocks: list[slice]) -> npt.NDArray[np.bool_]:
        """Return for each row whether its hour is dark."""
        dark = np.zeros(len(self._time), dtype=bool)
        irradiance = self._series.usable["downwelling_shortwave"]
        for block in blocks:
            if np.isnan(irradiance[block]).all():
                continue
            hours, which = np.unique(self._hour[block], return_inverse=True)
            found = dark_hours(self._hour[block], irradiance[block], hours, self._site, self._zone)
            dark[block] = found[which]
        return dark

    def _rain_rows(self, block: slice, cadence: Mapping[int, DayCadence]) -> StationRows:
        station = str(self._station[block.start])
        own = self._site.stations.get(station, {}).get("scale", {})
        factor = float({**self._site.scale, **own}.get("rainfall_counter", 1.0))
        return StationRows(
            station=station,
            time=self._time[block],
            good={name: self._series.usable[name][block] for name in _RAIN},
            flags=self._flags[block],
            cadence=cadence,
            wrap=None if self._wrap is None else self._wrap[block] * factor,
        )

    def _table(self, rows: IntArray) -> pa.Table:
        """Return the table `samples` of some rows."""
        time, hour, slots, flags = self._time[rows], self._hour[rows], self._slots[rows], self._flags[rows]
        length = (self._zone.hour_ends(hour) - hour) // SECOND
        usable, sure = self._series.usable, self._series.sure
        speed, direction = usable["wind_speed"][rows], usable["wind_from_direction"][rows]
        gust_direction = usable["wind_gust_from_direction"][rows]
        table: dict[str, Any] = {
            "site": arrow_tables.text_column(self._name, len(rows)),
            "station_id": arrow_tables.column(self._station[rows].tolist(), pa.string()),
            "local_date": day_texts(self._days[rows]),
            "hour_us": hour,
            "hour_seconds": length,
            "slot": (time - hour) // (slots * SECOND),
            "t_us": time,
            "t_local": self._zone.texts(time),
            "slot_seconds": slots,
            "expected": np.maximum(length // slots, 1),
            "n_suspect": (flags == SUSPECT).sum(axis=1),
            "n_fail": (flags == FAIL).sum(axis=1),
            "dew_point_derived": self._series.derived["dew_point_temperature"][rows],
            "sea_level_derived": self._series.derived["air_pressure_at_mean_sea_level"][rows],
            "gust": sure["wind_speed_of_gust"][rows],
            "gust_direction": np.where(np.isnan(gust_direction), direction, gust_direction),
            "dark": self._dark[rows],
            "sunshine": np.maximum(usable["downwelling_shortwave"][rows], 0.0),
        }
        table |= {name: usable[name][rows] for name in _MEANS}
        table |= {f"{name}_sure": sure[name][rows] for name in _MEANS}
        table |= {name: sure[name][rows] for name in _EXTREMES}
        table |= _wind(speed, direction)
        for name, values in self._expected.items():
            count = values[rows]
            scaled = np.where(length == 3600, count, np.maximum(count * length // 3600, count > 0))
            table[f"expected_{name}"] = scaled.astype(np.int16)
        return arrow_tables.table(table)


_NEEDED: Final = frozenset({*_MEANS, *_RAIN})


def _numbered(station: ObjectArray, hour: IntArray) -> IntArray:
    """Number the windows of samples that are sorted by station and time."""
    begins = np.zeros(len(hour), dtype=np.int64)
    begins[1:] = (station[1:] != station[:-1]) | (hour[1:] != hour[:-1])
    return np.cumsum(begins)


def _wraps(family: ObjectArray, wraps: Mapping[str, float]) -> Floats | None:
    """Return for each row the mm at which its family's rain counter begins anew; None if none does."""
    return np.array([wraps.get(name, np.nan) for name in family.tolist()]) if wraps else None


def _wind(speed: Floats, direction: Floats) -> dict[str, Floats]:
    """Return the components that hourly.sql averages."""
    calm = speed < CALM
    east, north = wind_components(speed, direction)
    east, north = np.where(calm, 0.0, east), np.where(calm, 0.0, north)
    angle = np.radians(np.where(calm | np.isnan(speed), np.nan, direction))
    return {
        "u": east,
        "v": north,
        "vector_speed": np.where(np.isnan(east), np.nan, speed),
        "sine": np.sin(angle),
        "cosine": np.cos(angle),
    }
