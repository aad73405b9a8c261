"""The published hours of all stations, read once for the weeks that are assessed."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa

from weather_etl.core import HOUR, day_text, escape_name, parse_instants
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import partitions, tables
from weather_etl.lake import LocalStorage, Storage
from weather_etl.network import FAILED_DAYS, PAST_DAYS, SENSORS, WEEK_DAYS, Floats, Hours, Station
from weather_etl.settings import RunConfig

_IN_FLIGHT: Final = 16
_MEANS: Final[Mapping[str, str]] = {
    "air_temperature": "air_temperature_mean",
    "relative_humidity": "relative_humidity_mean",
    "wind_speed": "wind_speed_mean",
    "rainfall": "rainfall_total",
}
_PRESSURES: Final = ("air_pressure_at_mean_sea_level_mean", "air_pressure_mean")
"""Which of the two a station's barometer is judged by: the one of which it has more hours."""
_DIRECTION: Final = ("wind_sin_mean", "wind_cos_mean")
_COLUMNS: Final = ("station_id", "window_start_utc", "n_fail", *_MEANS.values(), *_PRESSURES, *_DIRECTION)


class PublishedHours:
    """Published hours of all stations over some weeks."""

    def __init__(self, stations: Sequence[Station], first_hour: int, values: dict[str, Floats]) -> None:
        self._stations = tuple(stations)
        self._first = first_hour
        self._values = values

    @classmethod
    def read(
        cls, target: Storage, config: RunConfig, sites: Sequence[str], first_us: int, end_us: int
    ) -> "PublishedHours":
        """Read the hours of all sites from an instant to another."""
        first, count = first_us // HOUR, (end_us - first_us) // HOUR
        local = isinstance(target, LocalStorage)
        with ThreadPoolExecutor(1 if local else _IN_FLIGHT) as pool:
            months = _months(first_us, end_us)
            found = list(pool.map(partial(_site_hours, target, config, months), sites))
        stations: list[Station] = []
        parts: list[tuple[int, pa.Table]] = []
        for site, table in zip(sites, found, strict=True):
            if not table.num_rows:
                continue
            settings = config.site(site)
            place = settings.latitude, settings.longitude, settings.elevation_m
            names = sorted(set(arrow.texts(table, "station_id")))
            stations.extend(Station(escape_name(site), name, *place) for name in names)
            parts.append((len(stations), table))
        kept = (*_MEANS, *_PRESSURES, "wind_from_direction", "failed")
        values = {name: np.full((len(stations), count), np.nan) for name in kept}
        index = {(one.site, one.station_id): row for row, one in enumerate(stations)}
        for behind, table in parts:
            site = stations[behind - 1].site
            rows = np.array([index[site, name] for name in arrow.texts(table, "station_id")], dtype=np.int64)
            at = parse_instants(arrow.texts(table, "window_start_utc")) // HOUR - first
            inside = (at >= 0) & (at < count)
            for name, column in _columns(table).items():
                values[name][rows[inside], at[inside]] = column[inside]
        return cls(stations, first, values)

    def hours(self, end_hour: int) -> Hours:
        """Return the hours of a week and its past, copied."""
        last = end_hour - self._first
        begin = last - (PAST_DAYS + WEEK_DAYS) * 24
        shape = (len(self._stations), PAST_DAYS + WEEK_DAYS, 24)
        window = {name: rows[:, begin:last].reshape(shape) for name, rows in self._values.items()}
        sea, own = (window[name] for name in _PRESSURES)
        reduced = np.count_nonzero(~np.isnan(sea), (1, 2)) >= np.count_nonzero(~np.isnan(own), (1, 2))
        window["air_pressure"] = np.where(reduced[:, None, None], sea, own)
        failed = np.nan_to_num(window["failed"][:, -FAILED_DAYS:]) > 0
        return Hours(self._stations, end_hour, {name: window[name].copy() for name in SENSORS}, failed)


def _months(first_us: int, end_us: int) -> list[str]:
    """Return the months that an interval touches in any time zone."""
    day = 24 * HOUR
    days = range((first_us - day) // day, (end_us + day) // day + 1)
    return sorted({day_text(one)[:7] for one in days})


def _site_hours(target: Storage, config: RunConfig, months: Sequence[str], site: str) -> pa.Table:
    """Return a site's hours of some months; no rows if there are none."""
    declared = tables()["hourly"]
    parts: list[pa.Table] = []
    for month in months:
        base = declared.key(escape_name(site), month)
        found = target.get(partitions.csv_key(base, config.outputs)) or target.get(
            partitions.other_csv_key(base, config.outputs)
        )
        if found is not None:
            parts.append(partitions.read_csv(found.data, declared, _COLUMNS))
    return arrow.concat(parts) if parts else pa.table({})


def _columns(table: pa.Table) -> dict[str, Floats]:
    """Return the numbers of hours by the names of the store."""
    columns = {sensor: arrow.floats(table, name) for sensor, name in _MEANS.items()}
    columns |= {name: arrow.floats(table, name) for name in _PRESSURES}
    east, north = (arrow.floats(table, name) for name in _DIRECTION)
    columns["wind_from_direction"] = np.degrees(np.arctan2(east, north)) % 360
    columns["failed"] = arrow.floats(table, "n_fail")
    return columns
