"""Which stations a station is compared with: near, at a like height, and in step with it in the past."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from weather_etl.network.hours import Floats, Ints, Mask, Station, mean, share

MOST: Final = 5
_CANDIDATES: Final = 10
_EARTH_KM: Final = 6371.0
_KM_PER_M: Final = 0.1
"""100 m of height count as 10 km: they are worth 0.65 degC in a standard atmosphere, 10 km rarely are."""
_OVERLAP: Final = 0.4
_BLOCK: Final = 256


def separation(stations: Sequence[Station]) -> Floats:
    """Return the distance in km between every two stations, height included; infinite where not known.

    Two devices of one site are at the same place, known or not.
    """
    sites = np.array([one.site for one in stations], dtype=object)
    latitude, longitude, elevation = (
        np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        for values in (
            [one.latitude for one in stations],
            [one.longitude for one in stations],
            [one.elevation_m for one in stations],
        )
    )
    north, east = np.radians(latitude), np.radians(longitude)
    half = (
        np.sin((north[:, None] - north) / 2) ** 2
        + np.cos(north)[:, None] * np.cos(north) * np.sin((east[:, None] - east) / 2) ** 2
    )
    apart = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    apart = apart + _KM_PER_M * np.nan_to_num(np.abs(elevation[:, None] - elevation))
    apart = np.where(np.isnan(apart), np.inf, apart)
    apart = np.where(sites[:, None] == sites, 0.0, apart)
    np.fill_diagonal(apart, np.inf)
    return apart


def nearest(apart: Floats, reach_km: float, present: Floats) -> Ints:
    """Return for each station the nearest others within reach that have values; -1 where there are no more.

    Args:
        apart: from `separation`.
        reach_km: how far values are comparable.
        present: share of hours with a value, by station.
    """
    usable = np.where((apart <= reach_km) & (present > 0)[None, :], apart, np.inf)
    count = min(_CANDIDATES, len(apart))
    order = np.argsort(usable, axis=1, kind="stable")[:, :count]
    found = np.isfinite(np.take_along_axis(usable, order, 1))
    return np.where(found, order, -1).astype(np.int64)


def agreeing(candidates: Ints, past: Floats) -> Ints:
    """Return of each station's candidates the up to `MOST` that were most in step with it in the past.

    In step is what is left of the difference when its mean by hour of day is taken away.  Candidates without
    enough hours in common come last, so that a young network has neighbours too.
    """
    chosen = np.full((len(candidates), MOST), -1, dtype=np.int64)
    for begin in range(0, len(candidates), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        other = candidates[rows]
        difference = past[rows][:, None] - past[np.maximum(other, 0)]
        rest = mean(np.abs(difference - mean(difference, 2)[:, :, None]), (2, 3))
        rest = np.where(share(difference, (2, 3)) >= _OVERLAP, rest, 1e9)
        rest = np.where(other < 0, np.inf, rest)
        order = np.argsort(rest, axis=1, kind="stable")[:, :MOST]
        best = np.take_along_axis(other, order, 1)
        chosen[rows, : best.shape[1]] = best
    return chosen


def majority(scores: Floats, valid: Mask) -> Floats:
    """Return the score that most of a station's neighbours agree on, with its sign; 0 if they do not.

    With two neighbours both must say it, with three two, with four three, with five three: a faulty neighbour
    alone brings nobody under suspicion.  With one neighbour it is that one's.

    Args:
        scores: stations x neighbours.
        valid: which count, of the same shape.
    """
    count: Ints = valid.sum(axis=1).astype(np.int64)
    wanted: Ints = np.where(count >= 3, count // 2 + 1, count)
    at = np.maximum(wanted - 1, 0)[:, None]
    high = np.take_along_axis(-np.sort(np.where(valid, -scores, np.inf), axis=1), at, 1)[:, 0]
    low = np.take_along_axis(-np.sort(np.where(valid, scores, np.inf), axis=1), at, 1)[:, 0]
    score = np.where((high >= low) & (high > 0), high, np.where(low > 0, -low, 0.0))
    return np.where(count > 0, score, 0.0)
