"""What is wrong with a suspect sensor: kind, size, beginning and days."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from weather_etl.network import onset
from weather_etl.network.evidence import Pairs
from weather_etl.network.hours import FAILED_DAYS, WEEK_DAYS, Floats, Hours, Ints, mean, median

WEEK_HOURS: Final = WEEK_DAYS * 24
_LOOK_BACK: Final = 2 * WEEK_HOURS
"""The beginning is sought in the week and the one before it; an older one is known from that week's state."""


@dataclass(frozen=True)
class Fault:
    """What is wrong.

    Attributes:
        kind: bias, drift, radiation, shape, noise, spikes, clock, scale, stuck, rejected, turned, loose,
            alone, too little, too much.
        size: in the sensor's unit; hours for stuck, rejected and alone, a factor for scale, noise and rain.
        since_hour: hours since 1970 at which it began.
        days: days of the week from then on, or with such hours.
    """

    kind: str
    size: float
    since_hour: int
    days: int


def rejected(hours: Hours, sensor: str, row: int, count: float) -> Fault:
    """Explain a sensor whose values failed the quality rules."""
    values = hours.values[sensor][row, -FAILED_DAYS:]
    lacking = np.isnan(values) & hours.failed[row]
    begin = int(np.argmax(lacking.reshape(-1)))
    days = int(lacking[-WEEK_DAYS:].any(axis=1).sum())
    return Fault("rejected", count, hours.end_hour - FAILED_DAYS * 24 + begin, days)


def differing(hours: Hours, sensor: str, row: int, pairs: Pairs, kind: str, score: float) -> Fault:
    """Explain a sensor with a mean by the differences that its neighbours share."""
    if kind == "stuck":
        return _still(hours, sensor, row)
    rest = _shared(pairs, row)
    week = rest[-WEEK_HOURS:]
    if kind in ("bias", "latest"):
        if onset.ramps(rest):
            kind, begin, size = "drift", onset.drift_began(rest), float(mean(week[-24:], 0))
        else:
            kind, begin = "bias", onset.step_began(rest)
            size = float(mean(rest[begin:], 0))
    elif kind == "radiation":
        day, night = onset.sun(hours.end_hour, len(rest), hours.stations[row].longitude or 0.0)
        begin = onset.contrast_began(rest, day, night)
        size = float(mean(week[day[-WEEK_HOURS:]], 0) - mean(week[night[-WEEK_HOURS:]], 0))
    elif kind == "spikes":
        away = np.abs(week - median(week))
        begin = len(rest) - WEEK_HOURS + int(np.argmax(away >= np.nanmax(away) / 2))
        size = float(np.nanmax(away))
    elif kind == "noise":
        begin, size = onset.spread_began(np.append(np.diff(rest), np.nan)), float(np.exp(score))
    elif kind == "scale":
        begin, size = onset.spread_began(rest), float(np.exp(score))
    else:
        begin, size = onset.spread_began(rest), float(np.sqrt(mean(week**2, 0)))
    return _dated(kind, size, hours.end_hour - len(rest) + begin, hours.end_hour)


def vane(hours: Hours, row: int, others: Ints, kind: str, score: float) -> Fault:
    """Explain a vane: a turned one by the step in the angles to its neighbours."""
    if kind == "stuck":
        return _still(hours, "wind_from_direction", row)
    angles = np.radians(hours.values["wind_from_direction"])
    flat = angles.reshape(len(angles), -1)
    apart = np.exp(1j * (flat[row] - flat[others]))
    before = apart[:, :-_LOOK_BACK]
    usual = np.where(np.isnan(before), 0, before).sum(axis=1, keepdims=True)
    rest = median(np.degrees(np.angle(apart[:, -_LOOK_BACK:] * np.conj(usual))).T)
    if kind == "turned":
        begin = onset.step_began(rest)
        size = float(median(rest[begin:]))
    else:
        begin, size = onset.spread_began(rest), score
    return _dated(kind, size, hours.end_hour - _LOOK_BACK + begin, hours.end_hour)


def gauge(hours: Hours, row: int, others: Ints, kind: str, score: float) -> Fault:
    """Explain a rain gauge: from when its hours differ from the neighbours' usual hour."""
    week = hours.week("rainfall")
    theirs = median(week[others].reshape(len(others), -1).T)
    begin = onset.step_began(week[row].reshape(-1) - theirs)
    if kind == "alone":
        return _dated("alone", score, hours.end_hour - WEEK_HOURS + begin, hours.end_hour)
    kind = "too little" if score < 0 else "too much"
    return _dated(kind, float(np.exp(score)), hours.end_hour - WEEK_HOURS + begin, hours.end_hour)


def _dated(kind: str, size: float, since: int, end: int) -> Fault:
    return Fault(kind, size, since, max(1, min(WEEK_DAYS, -((since - end) // 24))))


def _shared(pairs: Pairs, row: int) -> Floats:
    """Return the differences of two weeks that most neighbours share, set against the weeks before those."""
    both = np.concatenate([pairs.past[row], pairs.week[row]], axis=1)
    rest = median(both.reshape(len(both), -1)[pairs.valid[row]].T)
    before = rest[:-_LOOK_BACK]
    return rest[-_LOOK_BACK:] - (median(before) if np.isfinite(before).any() else 0.0)


def _still(hours: Hours, sensor: str, row: int) -> Fault:
    """Explain a sensor that stood still by the longest stretch without a change."""
    flat = hours.week(sensor)[row].reshape(-1)
    changed = np.append(True, ~(np.abs(np.diff(flat)) <= 1e-9))
    begins = np.flatnonzero(changed)
    lengths = np.diff(np.append(begins, len(flat)))
    longest = int(np.argmax(lengths))
    begin, length = int(begins[longest]), int(lengths[longest])
    days = len(np.unique(np.arange(begin, begin + length) // 24))
    return Fault("stuck", float(length), hours.end_hour - WEEK_HOURS + begin, days)
