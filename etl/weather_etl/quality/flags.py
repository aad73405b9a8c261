"""Quality control: rules as data (`qc_rules.json`), evaluated on whole columns, flags in the QARTOD scheme.

Values are never changed.  A flag is the worst that any rule gave: 1 good, 2 not evaluated (no rule for this
variable), 3 suspect, 4 fail, 9 missing.  Aggregates use 1, 2 and 3.

A value is good only if every rule of its variable can speak at the station's cadence: where the next value
is too far for a step, or too few fit into the 23 hours of persistence, the value is left not evaluated.

No rule looks further back or ahead than 23 hours: the flags of a local day are a function of
the observations of that day, the day before and the day after (a local day has at least 23 hours).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from weather_etl.core import (
    FAIL,
    GOOD,
    HOUR,
    MISSING,
    NOT_EVALUATED,
    SECOND,
    SUSPECT,
    IntArray,
    dew_point,
    sea_level_pressure,
    standard_pressure,
)
from weather_etl.datasets import COLUMN, Rows, station_blocks
from weather_etl.quality.persistence import Beside, longest_interval, persistence_flags
from weather_etl.settings import Rules, SiteSettings, merged_rules, rule_document

Flags: TypeAlias = npt.NDArray[np.int8]
Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

_MINUTE: Final = 60 * SECOND
_STEP_REACH: Final = 6 * HOUR
_BESIDE: Final = ("air_temperature", "relative_humidity", "wind_speed")


def rules_for(stack: Rules, site: SiteSettings) -> Rules:
    """Return the rules of a site, with the stack's overrides and its own."""
    return merged_rules(site.qc_profile, stack, site.qc)


def evaluate(rows: Rows, rules: Rules, site: SiteSettings) -> Flags:
    """Return a flag for each row and variable.

    Args:
        rows: sorted by station and time; the caller drops the flags of days whose neighbours are not among
            them.
        rules: from `rules_for`.
        site: for the elevation.
    """
    values = rows.version.values
    flags = np.where(np.isnan(values), MISSING, NOT_EVALUATED).astype(np.int8)
    plausible = ~np.isnan(values)
    for name, rule in rules.items():
        if "range" in rule:
            column = COLUMN[name]
            _range(values[:, column], rule["range"], flags[:, column])
            plausible[:, column] &= flags[:, column] != FAIL
    for block in station_blocks(rows.version.station):
        time = rows.version.obs_us[block]
        for name, rule in rules.items():
            column = COLUMN[name]
            use = plausible[block, column]
            if not use.any():
                continue
            selected = np.flatnonzero(use)
            inner = flags[block, column]
            value, at = values[block, column][selected], time[selected]
            if "step" in rule:
                _raise(inner, selected, _step(at, value, rule["step"]))
            if "spike" in rule:
                _raise(inner, selected, _spike(at, value, rule["spike"]))
            if "persistence" in rule:
                beside = Beside(*(values[block, COLUMN[one]][selected] for one in _BESIDE))
                still = persistence_flags(at, value, beside, rule["persistence"])
                _raise(inner, selected, still)
            silent = selected[_too_sparse(at, rule)]
            inner[silent] = np.where(inner[silent] == GOOD, NOT_EVALUATED, inner[silent])
    _consistency(values, flags, plausible, site)
    conflict = rows.conflict & (flags != FAIL) & (flags != MISSING)
    flags[conflict] = SUSPECT
    return flags


def worst(flags: Flags, time_qc: IntArray) -> IntArray:
    """Return one flag a row: the worst of its values and of its time; 9 where nothing was measured."""
    present = flags != MISSING
    level = np.where(present & (flags >= SUSPECT), flags, 0).max(axis=1).astype(np.int64)
    level = np.maximum(level, np.where(time_qc >= SUSPECT, time_qc, 0))
    plain = np.where((flags == GOOD).any(axis=1), GOOD, NOT_EVALUATED)
    return np.where(present.any(axis=1), np.where(level > 0, level, plain), MISSING)


def _raise(flags: Flags, index: npt.NDArray[np.int64], found: Flags) -> None:
    """Raise flags at an index to those found (never lower them)."""
    flags[index] = np.where(found > 0, np.maximum(flags[index], found), flags[index])


def _range(value: Floats, rule: Mapping[str, Any], flags: Flags) -> None:
    present = flags != MISSING
    flags[present] = GOOD
    for level, flag in (("suspect", SUSPECT), ("fail", FAIL)):
        if level in rule:
            low, high = rule[level]
            flags[present & ((value < low) | (value > high))] = flag


def _step(time: IntArray, value: Floats, rule: Mapping[str, Any]) -> Flags:
    found = np.zeros(len(value), dtype=np.int8)
    if len(value) < 2:
        return found
    gap, change = np.diff(time), np.abs(np.diff(value))
    for level, flag in (("suspect", SUSPECT), ("fail", FAIL)):
        if level in rule:
            jump = change > _allowed(gap, rule[level]) + 1e-9
            found[_blamed(jump, gap)] = flag
    return found


def _spike(time: IntArray, value: Floats, rule: Mapping[str, Any]) -> Flags:
    """Flag values that jump away from both neighbours within the hour, to the same side.

    The smaller of the two jumps counts, so that a step that stays is none.
    """
    found = np.zeros(len(value), dtype=np.int8)
    if len(value) < 3:
        return found
    near = np.diff(time) <= HOUR
    change = np.where(near, np.diff(value), 0.0)
    there, back = change[:-1], -change[1:]
    height = np.where(there * back > 0, np.minimum(np.abs(there), np.abs(back)), 0.0)
    for level, flag in (("suspect", SUSPECT), ("fail", FAIL)):
        if level in rule:
            found[1:-1][height > rule[level] + 1e-9] = flag
    return found


def _too_sparse(time: IntArray, rule: Mapping[str, Any]) -> Mask:
    """Return which values come too seldom for a rule that compares them: the nearer neighbour decides."""
    never = np.iinfo(np.int64).max
    gap = np.diff(time)
    nearest = np.minimum(np.append(never, gap), np.append(gap, never))
    silent = np.zeros(len(time), dtype=bool)
    if "step" in rule:
        limits = [rule["step"][level] for level in ("suspect", "fail") if level in rule["step"]]
        silent |= np.all([np.isinf(_allowed(nearest, one)) for one in limits], axis=0)
    if "persistence" in rule:
        silent |= nearest > longest_interval(rule["persistence"])
    return silent


def _allowed(gap: IntArray, limits: Mapping[str, Any]) -> Floats:
    """Return the change allowed over each gap; infinite where no rule speaks."""
    minutes = np.maximum(gap / _MINUTE, 1.0)
    allowed = np.where(gap < HOUR, np.minimum(limits["per_minute"] * minutes, limits["cap"]), np.inf)
    for hours, limit in reversed(limits.get("by_gap", [])):
        allowed = np.where((gap >= HOUR) & (gap <= hours * HOUR), limit, allowed)
    return np.where(gap <= _STEP_REACH, allowed, np.inf)


def _blamed(jump: Mask, gap: IntArray) -> Mask:
    """Return which values a jump is blamed on.

    A value that jumps away and back is a spike: it is blamed and its good successor is not.  A value that
    jumps and stays is blamed itself, unless the one before it stands alone, with nothing near enough to
    confirm it.
    """
    count = len(jump) + 1
    near = gap <= _STEP_REACH
    before, after = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    before[1:], after[:-1] = jump, jump
    confirmed_before, confirmed_after = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    confirmed_before[1:], confirmed_after[:-1] = near & ~jump, near & ~jump
    spike = before & after
    alone = after & ~confirmed_before & ~before & np.append(confirmed_after[1:], False)
    excused = np.append(False, (spike | alone)[:-1]) & ~after
    return spike | alone | (before & ~excused)


def _consistency(values: Floats, flags: Flags, plausible: Mask, site: SiteSettings) -> None:
    rules = rule_document()["consistency"]

    def column(name: str) -> Floats:
        index = COLUMN[name]
        return np.where(plausible[:, index], values[:, index], np.nan)

    temperature, humidity = column("air_temperature"), column("relative_humidity")
    pressure, sea_level = column("air_pressure"), column("air_pressure_at_mean_sea_level")
    excess = {
        "dew_point_above_temperature": column("dew_point_temperature") - temperature,
        "dew_point_of_humidity": dew_point(temperature, humidity),
        "gust_below_mean": column("wind_speed") - column("wind_speed_of_gust"),
        "rain_1h_above_24h": column("rainfall_1h_rolling") - column("rainfall_24h_rolling"),
    }
    if site.elevation_m is not None:
        reduced = sea_level_pressure(pressure, site.elevation_m, temperature, humidity)
        excess["sea_level_pressure"] = np.abs(sea_level - reduced)
        excess["pressure_of_elevation"] = np.abs(pressure - standard_pressure(site.elevation_m))
    for name, amount in excess.items():
        rule = rules[name]
        broken = amount > rule["tolerance"] + 1e-9
        for variable in rule["flags"]:
            inner = flags[:, COLUMN[variable]]
            inner[broken & (inner < SUSPECT)] = SUSPECT
