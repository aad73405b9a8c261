"""The hours of all stations as arrays: stations x days x 24, the days counted back from a week's end."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

SCALARS: Final = ("air_temperature", "relative_humidity", "air_pressure", "wind_speed")
SENSORS: Final = (*SCALARS, "wind_from_direction", "rainfall")
"""What is compared, by CF name; `air_pressure` is sea-level pressure where a station has it."""

WEEK_DAYS: Final = 7
FAILED_DAYS: Final = 14
PAST_DAYS: Final = 35
"""Days before the week from which it is learnt what is usual: five weeks follow the season closely enough."""


@dataclass(frozen=True)
class Station:
    """One device.

    Attributes:
        site: escaped name of its site.
        station_id: escaped id.
        latitude: degrees north; None if not known.
        longitude: degrees east; None if not known.
        elevation_m: above sea level; None if not known.
    """

    site: str
    station_id: str
    latitude: float | None = None
    longitude: float | None = None
    elevation_m: float | None = None

    @property
    def name(self) -> str:
        """Site and id as one word, the id left out where it says the same."""
        return self.site if self.site == self.station_id else f"{self.site}/{self.station_id}"


@dataclass(frozen=True)
class Hours:
    """Hourly values of the stations, in units of the hourly dataset, NaN where there is none.

    Attributes:
        stations: sorted by site and id.
        end_hour: hours since 1970-01-01T00Z at which the week ends; the arrays end there.
        values: by sensor, stations x (`PAST_DAYS` + 7) x 24.  `wind_from_direction` is in degrees.
        failed: hours in which values failed the quality rules, stations x 14 x 24: of two weeks.
    """

    stations: tuple[Station, ...]
    end_hour: int
    values: dict[str, Floats]
    failed: Mask

    def past(self, sensor: str) -> Floats:
        """Return the days before the week."""
        return self.values[sensor][:, :-WEEK_DAYS]

    def week(self, sensor: str) -> Floats:
        """Return the days of the week."""
        return self.values[sensor][:, -WEEK_DAYS:]


def mean(values: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Return the mean of the numbers along an axis, NaN where there is none."""
    present = ~np.isnan(values)
    count = present.sum(axis=axis)
    total = np.where(present, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def share(values: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Return the share of numbers along an axis."""
    return np.asarray((~np.isnan(values)).mean(axis=axis), dtype=np.float64)


def median(values: Floats) -> Floats:
    """Return the median of the numbers along the last axis, NaN where there is none."""
    ordered = np.sort(values, axis=-1)  # NaN last
    count = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, -1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[-1] - 1), -1)
    return np.where(count[..., 0] > 0, ((low + high) / 2)[..., 0], np.nan)
