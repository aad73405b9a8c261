"""Faults as stations have them, put into real values by a seeded generator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmarks.qc.data import RH, D, P, R, T, W

Rows = np.ndarray
Rng = np.random.Generator


@dataclass(frozen=True)
class Fault:
    """A fault of one sensor.

    Attributes:
        sensor: its name.
        name: in words.
        put: (values, seconds since the first, UTC hour of day, generator) -> faulty values.
        lasts: it goes on once it has begun, so that its beginning can be asked for.
    """

    sensor: str
    name: str
    put: Callable[[Rows, Rows, Rows, Rng], Rows]
    lasts: bool = True


def _bias(size: float) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    return lambda x, t, hour, rng: x + size * rng.choice((-1, 1))


def _drift(size: float) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    return lambda x, t, hour, rng: x + size * rng.choice((-1, 1)) * t / (7 * 86_400)


def _radiation(size: float) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    return lambda x, t, hour, rng: x + size * np.clip(np.sin((hour - 6) * np.pi / 12), 0, None)


def _clock(hours: int) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    def put(x: Rows, t: Rows, hour: Rows, rng: Rng) -> Rows:
        lag = round(hours * 3600 / (t[1] - t[0]))
        return np.concatenate([x[:lag], x[:-lag]])

    return put


def _stuck(hours: float) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    def put(x: Rows, t: Rows, hour: Rows, rng: Rng) -> Rows:
        start = rng.uniform(0, 7 * 86_400 - hours * 3600)
        inside = (t >= start) & (t < start + hours * 3600)
        y = x.copy()
        known = np.flatnonzero(inside & np.isfinite(x))
        if len(known):
            y[inside] = x[known[0]]
        return y

    return put


def _still(x: Rows, t: Rows, hour: Rows, rng: Rng) -> Rows:
    known = x[np.isfinite(x)]
    return np.full_like(x, known[0]) if len(known) else x


def _scale(factor: float) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    return lambda x, t, hour, rng: x * factor


def _noise(sd: float, low: float = -np.inf, high: float = np.inf) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    return lambda x, t, hour, rng: np.clip(x + rng.normal(0, sd, len(x)), low, high)


def _single(change: Callable[[Rows, Rng], Rows]) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    def put(x: Rows, t: Rows, hour: Rows, rng: Rng) -> Rows:
        y = x.copy()
        known = np.flatnonzero(np.isfinite(x))
        some = rng.choice(known, min(5, len(known)), replace=False)
        y[some] = change(y[some], rng)
        return y

    return put


def _leak(x: Rows, t: Rows, hour: Rows, rng: Rng) -> Rows:
    """A tip of 0.2 mm every hour, whatever the weather."""
    tips = np.diff(np.floor(t / 3600), prepend=-1) >= 1
    return x + 0.2 * tips


def _turned(by: float) -> Callable[[Rows, Rows, Rows, Rng], Rows]:
    return lambda x, t, hour, rng: (x + by * rng.choice((-1, 1))) % 360


FAULTS = (
    Fault(T, "bias 2 degC", _bias(2)),
    Fault(T, "bias 4 degC", _bias(4)),
    Fault(T, "drift to 5 degC", _drift(5)),
    Fault(T, "radiation, +4 degC at noon", _radiation(4)),
    Fault(T, "clock 3 h late", _clock(3)),
    Fault(T, "values halved", _scale(0.5)),
    Fault(T, "noise, sd 2 degC", _noise(2)),
    Fault(T, "stuck 12 h", _stuck(12), lasts=False),
    Fault(T, "stuck 48 h", _stuck(48), lasts=False),
    Fault(T, "5 spikes of 8 degC", _single(lambda x, rng: x + 8 * rng.choice((-1, 1), len(x))), lasts=False),
    Fault(T, "5 zeros", _single(lambda x, rng: 0 * x), lasts=False),
    Fault(RH, "bias 10 %", lambda x, t, hour, rng: np.clip(x + 10 * rng.choice((-1, 1)), 0, 100)),
    Fault(RH, "drift to 20 %", lambda x, t, hour, rng: np.clip(_drift(20)(x, t, hour, rng), 0, 100)),
    Fault(RH, "saturated", lambda x, t, hour, rng: np.where(np.isfinite(x), 100.0, x)),
    Fault(RH, "stuck 48 h", _stuck(48), lasts=False),
    Fault(RH, "noise, sd 8 %", _noise(8, 0, 100)),
    Fault(P, "offset 3 hPa", _bias(3)),
    Fault(P, "drift to 4 hPa", _drift(4)),
    Fault(P, "stuck 48 h", _stuck(48), lasts=False),
    Fault(P, "noise, sd 2 hPa", _noise(2)),
    Fault(W, "values halved", _scale(0.5)),
    Fault(W, "stuck 48 h", _stuck(48), lasts=False),
    Fault(W, "stands still, 0 m/s", _scale(0)),
    Fault(W, "values doubled", _scale(2)),
    Fault(D, "vane stuck", _still),
    Fault(D, "vane turned by 60 degrees", _turned(60)),
    Fault(R, "clogged", _scale(0)),
    Fault(R, "leaking, 0.2 mm an hour", _leak),
    Fault(R, "half of the rain", _scale(0.5)),
)
"""Every fault lasts the week unless its name says a shorter time.  Besides, two stations are swapped."""

SWAPPED = "swapped with a neighbour"
Part = Literal["tune", "score"]
