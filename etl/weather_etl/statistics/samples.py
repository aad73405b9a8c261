"""Samples: a site's good values in the hours to be aggregated, as `sql/hourly.sql` reads them.

Values that failed a check are left out, dew point and pressure at sea level computed where they can be,
winds taken apart into components, and each station's slots found from how often it reports.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weather_etl.core import (
    FAIL,
    HOUR,
    MISSING,
    SECOND,
    SUSPECT,
    VARIABLES,
    IntArray,
    StationZone,
    day_texts,
    dew_point,
    sea_level_pressure,
    wind_components,
)
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets.merging import Rows
from weather_etl.datasets.versions import COLUMN, ObjectArray, station_blocks
from weather_etl.quality.flags import Flags
from weather_etl.settings.config import SiteSettings
from weather_etl.statistics.rain_samples import RainSamples, Windows

CALM: Final = 0.5
"""m/s; below it a wind has no direction (ICAO Annex 3: calm below 1 kt)."""

_COMPUTED: Final = ("dew_point_temperature", "air_pressure_at_mean_sea_level")
_CORE: Final = tuple(one.name for one in VARIABLES if one.core and one.name != "dew_point_temperature")
"""Variables whose interval is a station's: those it reports for sure, and no mere companion of another."""

_EXPECTED: Final = (
    *(one.name for one in VARIABLES if "mean" in one.statistics),
    "wind_speed",
    "downwelling_shortwave",
)
"""Variables that have a mean, and so a number of slots to expect."""

_OTHERS: Final = (
    *(one.name for one in VARIABLES if one.statistics and one.name not in _EXPECTED),
    "rainfall_rate",
)
"""Variables of which the extremes alone are published."""

_NOMINAL: Final = np.array([60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800, 3600], dtype=np.float64)

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
SmallArray: TypeAlias = npt.NDArray[np.int16]

_STRETCH: Final = 5_000
"""Samples in a table: its texts and the copies on the way to it take about two kilobytes each."""


class Stretch(NamedTuple):
    """Some whole hours of a site: their samples, and the amounts of rain that belong to them."""

    samples: pa.Table
    rain: pa.Table


def nominal_slot(interval_s: float) -> int:
    """Return the slot in seconds for an interval: the nearest that divides an hour, at least a minute."""
    return int(_NOMINAL[np.argmin(np.abs(np.log(_NOMINAL / min(max(interval_s, 60.0), 3600.0))))])


class Samples:
    """The samples of a site in closed hours of the wanted days.

    Args:
        name: of the site.
        rows: observations of the wanted days and of their neighbours, sorted by station and time.
        flags: of the rows.
        days: local day of each row.
        wanted: the days.
        site: for elevation and interval.
        zone: of the site.
        until_us: hours that end later are left out.
    """

    def __init__(
        self, name: str, rows: Rows, flags: Flags, days: IntArray, wanted: set[int], site: SiteSettings,
        zone: StationZone, until_us: int,
    ) -> None:  # fmt: skip
        self._name = name
        self._zone = zone
        self._flags = flags
        self._days = days
        self._station, self._time = rows.version.station, rows.version.obs_us
        self._good = _good_columns(rows.version.values, flags)
        self._hour = zone.hours(self._time)
        closed = self._hour + HOUR <= until_us
        self._chosen = np.flatnonzero(np.isin(days, np.array(sorted(wanted), dtype=np.int64)) & closed)
        self._series, self._derived = self._computed(site)
        self._slots, self._expected = _cadence(self._station, self._time, days, wanted, self._series, site)
        self._window = _numbered(self._station[self._chosen], self._hour[self._chosen])
        self._rain = RainSamples(
            self._station, self._time, self._slots, flags, self._good, zone, self._windows()
        )

    def stretches(self) -> Iterator[Stretch]:
        """Yield the samples in order, some thousand at a time."""
        window, start = self._window, 0
        while start < len(window):
            first, last = int(window[start]), int(window[start : start + _STRETCH][-1])
            end = start + int(np.count_nonzero(window[start:] <= last))
            yield Stretch(self._table(self._chosen[start:end]), self._rain.table(self._name, first, last))
            start = end

    def _windows(self) -> Windows:
        return Windows(self._station[self._chosen], self._hour[self._chosen], self._window)

    def _column(self, name: str, rows: IntArray | slice = slice(None)) -> Floats:
        return self._good[name][rows]

    def _computed(self, site: SiteSettings) -> tuple[dict[str, Floats], dict[str, Bools]]:
        """Return the variables that have an expected number of slots, and where two of them are computed."""
        temperature, humidity = self._column("air_temperature"), self._column("relative_humidity")
        series = {name: self._column(name) for name in _EXPECTED}
        computed = {"dew_point_temperature": dew_point(temperature, humidity)}
        if site.elevation_m is not None:
            pressure = self._column("air_pressure")
            reduced = sea_level_pressure(pressure, site.elevation_m, temperature, humidity)
            computed["air_pressure_at_mean_sea_level"] = reduced
        derived = {name: np.zeros(len(temperature), dtype=bool) for name in _COMPUTED}
        for name, values in computed.items():
            series[name], derived[name] = _filled(series[name], values)
        return series, derived

    def _table(self, rows: IntArray) -> pa.Table:
        """Return the table `samples` of some rows."""
        time, hour, slots, flags = self._time[rows], self._hour[rows], self._slots[rows], self._flags[rows]
        speed = self._column("wind_speed", rows)
        direction = self._column("wind_from_direction", rows)
        gust_direction = self._column("wind_gust_from_direction", rows)
        table: dict[str, Any] = {
            "site": arrow.text_column(self._name, len(rows)),
            "station_id": self._station[rows],
            "local_date": day_texts(self._days[rows]),
            "hour_us": hour,
            "slot": (time - hour) // (slots * SECOND),
            "t_us": time,
            "t_local": self._zone.texts(time),
            "slot_seconds": slots,
            "expected": 3600 // slots,
            "n_suspect": (flags == SUSPECT).sum(axis=1),
            "n_fail": (flags == FAIL).sum(axis=1),
            "dew_point_derived": self._derived["dew_point_temperature"][rows],
            "sea_level_derived": self._derived["air_pressure_at_mean_sea_level"][rows],
            "gust": self._column("wind_speed_of_gust", rows),
            "gust_direction": np.where(np.isnan(gust_direction), direction, gust_direction),
        }
        table |= {name: values[rows] for name, values in self._series.items()}
        table |= {name: self._column(name, rows) for name in _OTHERS}
        table |= _wind(speed, direction)
        table |= {f"expected_{name}": values[rows] for name, values in self._expected.items()}
        return arrow.table(table)


def _good_columns(values: Floats, flags: Flags) -> dict[str, Floats]:
    """Return the good values of each variable, NaN elsewhere; variables without any share one column."""
    nothing = np.full(len(values), np.nan)
    good: dict[str, Floats] = {}
    for name, index in COLUMN.items():
        usable = (flags[:, index] != FAIL) & (flags[:, index] != MISSING)
        good[name] = np.where(usable, values[:, index], np.nan) if usable.any() else nothing
    return good


def _numbered(station: ObjectArray, hour: IntArray) -> IntArray:
    """Number the windows of samples that are sorted by station and time."""
    begins = np.zeros(len(hour), dtype=np.int64)
    begins[1:] = (station[1:] != station[:-1]) | (hour[1:] != hour[:-1])
    return np.cumsum(begins)


def _filled(measured: Floats, computed: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return measured values with computed ones (4 decimals) where they are missing, and where that was."""
    use = np.isnan(measured) & ~np.isnan(computed)
    return np.where(use, np.round(computed, 4), measured), use


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


def _cadence(
    station: npt.NDArray[np.object_], time: IntArray, days: IntArray, wanted: set[int],
    series: Mapping[str, Floats], site: SiteSettings,
) -> tuple[IntArray, dict[str, SmallArray]]:  # fmt: skip
    """Return the slot in seconds at each row, and for each variable how many slots an hour are expected.

    The interval of a station on a day is the median over that day and its two neighbours, per variable; the
    slot is the shortest of the core variables' intervals.  A declared interval takes precedence.
    """
    slots = np.full(len(time), 3600, dtype=np.int64)
    expected = {name: np.ones(len(time), dtype=np.int16) for name in _EXPECTED}
    for block in station_blocks(station):
        local, begin = days[block], block.start
        for day in wanted.intersection(np.unique(local).tolist()):
            low, first, last, high = (
                begin + np.searchsorted(local, [day - 1, day, day + 1, day + 2])
            ).tolist()
            _one_cadence(slice(low, high), slice(first, last), time, series, site, slots, expected)
    return slots, expected


def _one_cadence(
    around: slice, own: slice, time: IntArray, series: Mapping[str, Floats], site: SiteSettings,
    slots: IntArray, expected: dict[str, SmallArray],
) -> None:  # fmt: skip
    intervals = {
        name: site.interval_s or _median_interval(time[around][~np.isnan(value[around])])
        for name, value in series.items()
    }
    core = [interval for name, interval in intervals.items() if name in _CORE and interval]
    overall = site.interval_s or (min(core) if core else _median_interval(time[around])) or 3600.0
    slot = nominal_slot(overall)
    slots[own] = slot
    for name, interval in intervals.items():
        expected[name][own] = 3600 // max(slot, nominal_slot(interval or overall))


def _median_interval(time: IntArray) -> float | None:
    """Return the median gap in seconds, or None for fewer than four observations."""
    return float(np.median(np.diff(time))) / SECOND if len(time) > 3 else None
