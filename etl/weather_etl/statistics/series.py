"""The values that enter statistics: what quality control lets through, and what is computed from it.

Values flagged 1, 2 and 3 are *usable*: they enter means.  Of them the *sure* ones, not flagged 3, make
extremes: a spike must not be the highest value of a day.  Relative humidity above 100 % is saturation, read
by an instrument with its tolerance: 100.  Values computed from others are judged by the rules of the variable
and are no surer than what they are computed from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import FAIL, MISSING, SUSPECT, dew_point, sea_level_pressure
from weather_etl.datasets import COLUMN
from weather_etl.quality import Flags
from weather_etl.settings import Rules, SiteSettings

Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

COMPUTED: Final = ("dew_point_temperature", "air_pressure_at_mean_sea_level")
REDUCTION_LIMIT_M: Final = 750.0
"""Above it a pressure reduced to sea level says little (DWD, VuB 2): given, but in doubt."""

ASSUMED_HUMIDITY: Final = 50.0
"""%; for reducing pressure where no hygrometer is: vapour changes the result by some 0.1 hPa at 100 m."""


@dataclass(frozen=True)
class Series:
    """Values of all variables at each observation, NaN where there is none.

    Attributes:
        usable: for means.
        sure: for extremes.
        derived: for the variables of `COMPUTED`, whether the value is computed.
        sent: whether a variable was sent (or could be computed from what was sent), good or not.
    """

    usable: Mapping[str, Floats]
    sure: Mapping[str, Floats]
    derived: Mapping[str, Mask]
    sent: Mapping[str, Mask]


def series_of(values: Floats, flags: Flags, site: SiteSettings, rules: Rules) -> Series:
    """Return the values of a site's observations that enter statistics.

    Args:
        values: one column a variable, NaN where missing.
        flags: of the values.
        site: for the elevation.
        rules: of the site, for computed values.
    """
    nothing = np.full(len(values), np.nan)
    usable: dict[str, Floats] = {}
    sure: dict[str, Floats] = {}
    sent: dict[str, Mask] = {}
    for name, index in COLUMN.items():
        column, flag = values[:, index], flags[:, index]
        sent[name] = flag != MISSING
        good = sent[name] & (flag != FAIL)
        if not good.any():
            usable[name] = sure[name] = nothing
            continue
        doubt = flag == SUSPECT
        if name == "relative_humidity":
            doubt &= column <= 100
            column = np.minimum(column, 100.0)
        usable[name] = np.where(good, column, np.nan)
        sure[name] = np.where(doubt, np.nan, usable[name]) if doubt.any() else usable[name]
    derived = {
        "dew_point_temperature": _dew_point(usable, sure, sent, rules),
        "air_pressure_at_mean_sea_level": _sea_level(usable, sure, sent, site, rules),
    }
    return Series(usable, sure, derived, sent)


def _dew_point(
    usable: dict[str, Floats], sure: dict[str, Floats], sent: dict[str, Mask], rules: Rules
) -> Mask:
    name = "dew_point_temperature"
    sent[name] = sent[name] | (sent["air_temperature"] & sent["relative_humidity"])
    computed = dew_point(usable["air_temperature"], usable["relative_humidity"])
    doubt = np.isnan(sure["air_temperature"]) | np.isnan(sure["relative_humidity"])
    return _fill(name, computed, doubt, usable, sure, rules)


def _sea_level(
    usable: dict[str, Floats],
    sure: dict[str, Floats],
    sent: dict[str, Mask],
    site: SiteSettings,
    rules: Rules,
) -> Mask:
    name = "air_pressure_at_mean_sea_level"
    if site.elevation_m is None:
        return np.zeros(len(usable[name]), dtype=bool)
    sent[name] = sent[name] | (sent["air_pressure"] & sent["air_temperature"])
    humidity = np.where(np.isnan(usable["relative_humidity"]), ASSUMED_HUMIDITY, usable["relative_humidity"])
    computed = sea_level_pressure(
        usable["air_pressure"], site.elevation_m, usable["air_temperature"], humidity
    )
    doubt = np.isnan(sure["air_temperature"]) | np.isnan(sure["air_pressure"])
    doubt |= abs(site.elevation_m) > REDUCTION_LIMIT_M
    return _fill(name, computed, doubt, usable, sure, rules)


def _fill(
    name: str,
    computed: Floats,
    doubt: Mask,
    usable: dict[str, Floats],
    sure: dict[str, Floats],
    rules: Rules,
) -> Mask:
    """Fill in computed values (4 decimals) where none is measured; return where that was."""
    computed = np.round(computed, 4)
    limits: Mapping[str, Any] = rules.get(name, {}).get("range", {})
    for level in ("fail", "suspect"):
        if level in limits:
            low, high = limits[level]
            outside = (computed < low) | (computed > high)
            computed = np.where(outside, np.nan, computed) if level == "fail" else computed
            doubt = doubt | outside
    use = np.isnan(usable[name]) & ~np.isnan(computed)
    if use.any():
        usable[name] = np.where(use, computed, usable[name])
        sure[name] = np.where(use, np.where(doubt, np.nan, computed), sure[name])
    return use
