"""Further renderings of the observations, for readers of another format.

`weather-platform`: the header that the original platform's export has, for tools that were written for it;
good, suspect and unchecked values only, times in UTC.
"""

import csv
import io
from typing import Final

import numpy as np
import pyarrow as pa

from weather_etl.core import SUSPECT
from weather_etl.core import arrow_tables as arrow

_PLATFORM: Final = (
    ("temperature", "air_temperature"),
    ("humidity", "relative_humidity"),
    ("pressure", "air_pressure"),
    ("wind_direction", "wind_from_direction"),
    ("avg_wind_speed", "wind_speed"),
    ("max_wind_speed", "wind_speed_of_gust"),
    ("rainfall_1hr", "rainfall_1h_rolling"),
    ("rainfall_24hr", "rainfall_24h_rolling"),
)
PLATFORM_HEADER: Final = ("timestamp", "location", *(name for name, _ in _PLATFORM))
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def render(preset: str, site: str, escaped_site: str, date: str, rows: pa.Table) -> tuple[str, bytes]:
    """Return key and content of a preset's file for one observations partition."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(PLATFORM_HEADER)
    times = arrow.texts(rows, "obs_time_utc")
    columns = [_usable(rows, name) for _, name in _PLATFORM]
    location = safe_cell(site)
    writer.writerows((moment, location, *values) for moment, *values in zip(times, *columns, strict=True))
    return preset_key(preset, escaped_site, date), sink.getvalue().encode("utf-8", "surrogatepass")


def preset_key(preset: str, site: str, date: str) -> str:
    """Return the key of a preset's file; the site as keys have it."""
    return f"presets/{preset}/site={site}/date={date}/observations.csv"


def safe_cell(text: str) -> str:
    """Return text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _usable(rows: pa.Table, name: str) -> list[float | None]:
    usable = arrow.integers(rows, f"{name}_qc") <= SUSPECT
    values = np.where(usable, arrow.floats(rows, name), np.nan)
    return [None if np.isnan(value) else value for value in values.tolist()]
