"""Hours in which no sun shines, so that a pyranometer that says nothing loses nothing.

Where latitude and longitude are set, the elevation of the sun says so.  Elsewhere the hours beside it do: the
nearest ones before and after with values show nothing, no more than 18 hours lie between, and none of the
hours from 9 to 15 local time.
"""

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import HOUR, IntArray, StationZone, solar_elevation
from weather_etl.settings import SiteSettings

Mask: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]

_DARK: Final = 1.0
"""W/m2; below it an hour is dark: night offsets are negative or near it."""

_LONGEST_NIGHT: Final = 18 * HOUR
_NOON: Final = (9, 15)


def sun_is_down(starts: IntArray, ends: IntArray, latitude: float, longitude: float) -> Mask:
    """Return whether the sun is below the horizon all through each hour.

    Args:
        starts: of the hours, microseconds UTC.
        ends: of the hours.
        latitude: degrees north.
        longitude: degrees east.
    """
    moments = (starts, (starts + ends) // 2, ends)
    highest = np.max([solar_elevation(moment, latitude, longitude) for moment in moments], axis=0)
    return highest < 0


def dark_hours(
    hour: IntArray, irradiance: Floats, asked: IntArray, site: SiteSettings, zone: StationZone
) -> Mask:
    """Return which of some hours of a station are dark.

    Args:
        hour: start of the hour of each observation, ascending.
        irradiance: of each observation, W/m2, NaN where missing.
        asked: starts of the hours in question, ascending.
        site: for latitude and longitude.
        zone: of the station.
    """
    if site.latitude is not None and site.longitude is not None:
        return sun_is_down(asked, zone.hour_ends(asked), site.latitude, site.longitude)
    seen = ~np.isnan(irradiance)
    known, begins = np.unique(hour[seen], return_index=True)
    if not len(known):
        return np.zeros(len(asked), dtype=bool)
    highest = np.maximum.reduceat(irradiance[seen], begins)
    after: npt.NDArray[Any] = np.searchsorted(known, asked, side="left")
    before = np.searchsorted(known, asked, side="left") - 1
    inside = (before >= 0) & (after < len(known))
    before, after = np.maximum(before, 0), np.minimum(after, len(known) - 1)
    quiet = (highest[before] < _DARK) & (highest[after] < _DARK)
    near = known[after] - known[before] <= _LONGEST_NIGHT
    return inside & quiet & near & ~_holds_noon(known[before], known[after], zone)


def _holds_noon(begin: IntArray, end: IntArray, zone: StationZone) -> Mask:
    """Return whether an hour of the middle of a day lies between two hours less than a day apart."""
    first = (begin + zone.offsets(begin)) // HOUR % 24 + 1
    last = first + (end - begin) // HOUR - 2
    low, high = _NOON
    return ((first < high) & (last >= low)) | (last >= low + 24)
