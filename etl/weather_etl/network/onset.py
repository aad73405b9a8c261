"""When a fault began, from the hours of the two weeks before a week's end."""

from collections.abc import Callable

import numpy as np

from weather_etl.network.hours import Floats, Mask


def ramps(rest: Floats) -> bool:
    """Return whether a drift explains a series of differences better than a step does."""
    return bool(_best(rest, _ramp)[1] > 1.1 * _best(rest, _step)[1])


def step_began(rest: Floats) -> int:
    """Return the index of the hour from which differences with a mean other than 0 explain a series best."""
    return _best(rest, _step)[0]


def drift_began(rest: Floats) -> int:
    """Return the index of the hour from which differences that grow explain a series best."""
    return _best(rest, _ramp)[0]


def spread_began(rest: Floats) -> int:
    """Return the index of the hour from which differences are larger, whatever their sign."""
    size = np.abs(rest)
    half = len(size) // 2
    usual = np.nanmedian(size[:half]) if np.isfinite(size[:half]).any() else 0.0
    return step_began(np.minimum(size, np.nanquantile(size, 0.95)) - usual)


def contrast_began(rest: Floats, day: Mask, night: Mask) -> int:
    """Return the index from which differences of opposite sign by day and night explain a series best."""
    weight = np.where(day, 1.0, np.where(night, -1.0, 0.0))
    return _best(rest * weight, _step)[0]


def _step(rest: Floats, present: Mask) -> Floats:
    """Return how much of the sum of squares a step at each hour explains."""
    total = np.cumsum(rest[::-1])[::-1]
    count = np.cumsum(present[::-1])[::-1]
    return np.where(count > 0, total**2 / np.maximum(count, 1), 0.0)


def _ramp(rest: Floats, present: Mask) -> Floats:
    """Do so for a line that leaves 0 at each hour."""
    gains = np.zeros(len(rest))
    time = np.arange(len(rest), dtype=np.float64)
    for start in range(len(rest) - 24):
        line = np.where(present, np.maximum(time - start, 0), 0.0)
        power = (line**2).sum()
        gains[start] = (rest * line).sum() ** 2 / power if power else 0.0
    return gains


def _best(rest: Floats, gain: Callable[[Floats, Mask], Floats]) -> tuple[int, float]:
    present = np.isfinite(rest)
    gains = gain(np.where(present, rest, 0.0), present)
    at = int(np.argmax(gains))
    return at, float(gains[at])


def sun(end_hour: int, count: int, longitude: float) -> tuple[Mask, Mask]:
    """Return which of the hours before an end are day and night by the mean sun at a longitude."""
    local = (np.arange(end_hour - count, end_hour) % 24 + 0.5 + longitude / 15) % 24
    return (local >= 9) & (local < 17), (local >= 20) | (local < 5)
