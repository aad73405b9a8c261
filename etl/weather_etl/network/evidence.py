"""What a week says against a sensor: scores of differences to neighbours, 1 where suspicion begins.

All scores compare a pair's differences of the week with the same pair's differences of the weeks before, so a
valley station is not blamed for its fog; `majority` then keeps what most neighbours say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from weather_etl.network.hours import Floats, Ints, Mask, mean, median, share
from weather_etl.network.neighbours import majority

_OVERLAP: Final = 0.4
_PAST_OVERLAP: Final = 0.15
"""Five days of 35 are enough to begin with."""
_LAGS: Final = tuple(lag for lag in range(-12, 13) if lag)
_STILL_HOURS: Final = 10
"""Shorter stretches without a change are common where values are rounded to whole degrees Fahrenheit."""
_LITTLE_RAIN: Final = 2.0
"""mm: small amounts say little; chosen on the tuning weeks."""
_TINY: Final = 1e-9


@dataclass(frozen=True)
class Pairs:
    """Differences of stations to their neighbours.

    Attributes:
        other: index of the neighbour, stations x neighbours.
        valid: pairs with enough hours in common, in the week and before.
        usual: mean difference by hour of day in the past, stations x neighbours x 24.
        week: differences of the week less the usual, stations x neighbours x 7 x 24.
        past: those of the past, stations x neighbours x days x 24.
    """

    other: Ints
    valid: Mask
    usual: Floats
    week: Floats
    past: Floats


def pairs_of(week: Floats, past: Floats, neighbours: Ints) -> Pairs:
    """Return the differences of each station to its neighbours."""
    other = np.maximum(neighbours, 0)
    before = past[:, None] - past[other]
    usual = mean(before, 2)
    before = before - usual[:, :, None]
    now = week[:, None] - week[other] - usual[:, :, None]
    enough = (share(now, (2, 3)) >= _OVERLAP) & (share(before, (2, 3)) >= _PAST_OVERLAP)
    return Pairs(other, (neighbours >= 0) & enough, usual, now, before)


def scalar_evidence(
    pairs: Pairs,
    week: Floats,
    past: Floats,
    floor: Mapping[str, float],
    longitude: Floats,
    *,
    from_zero: bool,
) -> dict[str, Floats]:
    """Return scores by kind for a sensor with a mean.

    Args:
        pairs: from `pairs_of`.
        week: values of the week, stations x 7 x 24.
        past: values before, stations x days x 24.
        floor: the smallest spread that is believed, by kind.
        longitude: degrees east, for the sun's time; 0 where not known.
        from_zero: the values are roots of something that begins at 0, so that its mean shows its scale; of
            others the daily swing does.
    """
    valid = pairs.valid

    def agreed(scores: Floats) -> Floats:
        return majority(np.nan_to_num(scores), valid)

    def beyond_weather(scores: Floats) -> Floats:
        """Return by how much a station's score is above its neighbours'.

        A stormy week makes all uneven; two alone cannot tell.
        """
        own = agreed(scores)
        theirs = np.nan_to_num(median(np.where(valid, own[pairs.other], np.nan)))
        return np.where(valid.sum(axis=1) > 1, np.maximum(own - np.maximum(theirs, 0), 0), 0.0)

    day_now, day_before = mean(pairs.week, 3), mean(pairs.past, 3)
    spread = np.sqrt(np.nan_to_num(mean(day_before**2, 2)) + floor["daily"] ** 2)
    shape_now, shape_before = pairs.week - day_now[..., None], pairs.past - day_before[..., None]
    hourly = np.sqrt(np.nan_to_num(mean(shape_before**2, (2, 3))) + floor["hourly"] ** 2)
    by_hour = np.sqrt(np.nan_to_num(mean(shape_before**2, 2)) / 4 + floor["hourly"] ** 2 / 4)
    away = np.abs(pairs.week - median(pairs.week)[..., None]) > 5 * hourly[..., None, None]
    return {
        "bias": agreed(median(day_now) / spread),
        "latest": agreed(mean(day_now[:, :, -2:], 2) / spread),
        "radiation": agreed(_radiation(pairs, floor["daily"], longitude)),
        "shape": agreed(np.sqrt(mean((mean(shape_now, 2) / by_hour) ** 2, 2))),
        "noise": beyond_weather(_noise(pairs, floor["hourly"])),
        "spikes": beyond_weather(away.sum(axis=(2, 3)).astype(np.float64)),
        "clock": agreed(_clock(pairs, week, floor["hourly"])),
        "scale": agreed(_scale(week, past, pairs.other, from_zero=from_zero)),
        "stuck": _stuck(week, pairs),
    }


def _sun(longitude: Floats, hours: int = 24) -> tuple[Mask, Mask]:
    """Return which UTC hours are day and night at each longitude, stations x 24, by the mean sun."""
    local = (np.arange(hours) + 0.5 + longitude[:, None] / 15) % 24
    return (local >= 9) & (local < 17), (local >= 20) | (local < 5)


def _radiation(pairs: Pairs, floor: float, longitude: Floats) -> Floats:
    day, night = _sun(longitude)

    def contrast(differences: Floats) -> Floats:
        by_day = mean(np.where(day[:, None, None], differences, np.nan), 3)
        return by_day - mean(np.where(night[:, None, None], differences, np.nan), 3)

    spread = np.sqrt(np.nan_to_num(mean(contrast(pairs.past) ** 2, 2)) + floor**2)
    return median(contrast(pairs.week)) / spread


def _noise(pairs: Pairs, floor: float) -> Floats:
    def restless(differences: Floats) -> Floats:
        change = np.diff(differences.reshape(*differences.shape[:2], -1), axis=2)
        return mean(np.sqrt(np.abs(change)), 2) ** 2  # a few spikes are another matter

    return np.log((restless(pairs.week) + floor / 4) / (restless(pairs.past) + floor / 4))


def _clock(pairs: Pairs, week: Floats, floor: float) -> Floats:
    """Score how much better a station agrees with its neighbours when its times are moved.

    It is asked only where the two agree worse than before.
    """

    def apart(differences: Floats) -> Floats:
        return mean(np.abs(differences - mean(differences, (1, 2))[:, None, None]), (1, 2))

    shape = pairs.week.shape
    now = apart(pairs.week.reshape(-1, *shape[2:]))
    before = apart(pairs.past.reshape(-1, *pairs.past.shape[2:]))
    asked = np.flatnonzero((now > 1.2 * before) & pairs.valid.reshape(-1))
    row, neighbour = np.divmod(asked, shape[1])
    own = week.reshape(len(week), -1)[row]
    expected = (week[pairs.other[row, neighbour]] + pairs.usual[row, neighbour][:, None]).reshape(own.shape)
    best = np.full(len(asked), np.inf)
    for lag in _LAGS:
        ours, theirs = (own[:, lag:], expected[:, :-lag]) if lag > 0 else (own[:, :lag], expected[:, -lag:])
        moved = apart((ours - theirs)[:, None])
        best = np.fmin(best, moved)
    scores = np.zeros(now.shape)
    scores[asked] = np.maximum(np.log((now[asked] + floor / 2) / (best + floor / 2)), 0)
    return scores.reshape(shape[:2])


def _scale(week: Floats, past: Floats, other: Ints, *, from_zero: bool) -> Floats:
    def swing(values: Floats) -> Floats:
        if from_zero:
            return mean(values**2, (1, 2))
        return mean(np.abs(values - mean(values, 2)[..., None]), (1, 2))

    ratio = np.log((swing(week) + _TINY) / (swing(past) + _TINY))
    return np.clip(ratio[:, None] - ratio[other], -5, 5)


def _stuck(week: Floats, pairs: Pairs) -> Floats:
    """Score how far the neighbours moved while a sensor stood still."""
    flat = week.reshape(len(week), -1)
    windows = sliding_window_view(flat, _STILL_HOURS, axis=1)
    reach = windows.max(axis=2) - windows.min(axis=2)
    still = reach <= _TINY  # NaN is not
    moved = np.zeros(len(week))
    for row in np.flatnonzero(still.any(axis=1)):
        others = pairs.other[row][pairs.valid[row]]
        if len(others):
            ranges = np.sort(np.nan_to_num(reach[others][:, still[row]]), axis=0)
            moved[row] = ranges[(len(others) - 1) // 2].max()
    return moved


def direction_evidence(week: Floats, past: Floats, neighbours: Ints) -> tuple[dict[str, Floats], Mask]:
    """Return scores of a vane, from directions in degrees, and which pairs counted."""
    other = np.maximum(neighbours, 0)

    def turned(values: Floats) -> Floats:
        return np.radians(values[:, None] - values[other])

    now, before = turned(week), turned(past)
    valid = (
        (neighbours >= 0)
        & (share(now, (2, 3)) >= _OVERLAP / 2)
        & (share(before, (2, 3)) >= _PAST_OVERLAP / 2)
    )

    def vector(angles: Floats) -> tuple[Floats, Floats]:
        return mean(np.cos(angles), (2, 3)), mean(np.sin(angles), (2, 3))

    (x, y), (u, v) = vector(now), vector(before)
    usual = np.arctan2(v, u)
    turn = np.degrees(np.angle(np.exp(1j * (np.arctan2(y, x) - usual))))
    daily = mean(np.sin(before - usual[..., None, None]), 3)
    spread = np.degrees(np.sqrt(np.nan_to_num(mean(daily**2, 2)))) + 10
    looseness = np.log((1.05 - np.hypot(x, y)) / (1.05 - np.hypot(u, v)))
    windows = sliding_window_view(week.reshape(len(week), -1), 24, axis=1)
    low, high = (
        np.nan_to_num(windows, nan=np.inf).min(axis=2),
        np.nan_to_num(windows, nan=-np.inf).max(axis=2),
    )
    still = (high - low <= 1) & (high >= low)  # calms are no movement of the vane
    return {
        "turned": majority(np.nan_to_num(turn / spread), valid),
        "loose": majority(np.nan_to_num(looseness), valid),
        "stuck": np.where(valid.any(axis=1), still.sum(axis=1).astype(np.float64), 0.0),
    }, valid


def rain_evidence(week: Floats, neighbours: Ints) -> tuple[dict[str, Floats], Mask]:
    """Return scores of a rain gauge from hourly totals in mm, and which pairs counted.

    `amount` is the logarithm of the ratio of the weeks' totals, `_LITTLE_RAIN` added to both.
    `alone` counts hours in which the gauge alone was wet.
    """
    other = np.maximum(neighbours, 0)
    here, there = week[:, None], week[other]
    both = ~np.isnan(here) & ~np.isnan(there)
    valid = (neighbours >= 0) & (both.mean(axis=(2, 3)) >= _OVERLAP)
    own, others = np.where(both, here, 0), np.where(both, there, 0)
    alone = (own >= 0.1) & (others < 0.1)
    return {
        "amount": majority(
            np.log((own.sum((2, 3)) + _LITTLE_RAIN) / (others.sum((2, 3)) + _LITTLE_RAIN)), valid
        ),
        "alone": majority(alone.sum(axis=(2, 3)).astype(np.float64), valid),
    }, valid


def rejected_hours(week: Floats, past: Floats, failed: Mask) -> Floats:
    """Return the hours that a sensor lacks where values failed the rules, if it usually has them."""
    usual = share(past, (1, 2)) >= _OVERLAP
    lacking = np.isnan(week) & failed[:, -week.shape[1] :]
    return np.where(usual, lacking.sum(axis=(1, 2)), 0).astype(np.float64)
