"""Reach, floors and thresholds by sensor, as `limits.json` states them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from weather_etl.network.hours import SENSORS


@dataclass(frozen=True)
class Limit:
    """Limits of one sensor.

    Attributes:
        unit: of its values.
        reach_km: farther stations are no neighbours, height included.
        suspect: by kind of evidence, the score from which the sensor is suspect.
        floor: by time scale, the smallest spread of differences that is believed, in `unit`.
        tail: by kind, the probability with which it may blame a clean week; the thresholds follow from it.
        least: by kind, the smallest threshold that may be chosen: below it the fault would not matter.
    """

    unit: str
    reach_km: float
    suspect: Mapping[str, float]
    tail: Mapping[str, float] = field(default_factory=dict[str, float])
    floor: Mapping[str, float] = field(default_factory=dict[str, float])
    least: Mapping[str, float] = field(default_factory=dict[str, float])


@cache
def limits() -> Mapping[str, Limit]:
    """Return the limits of every sensor."""
    document = json.loads(files("weather_etl.network").joinpath("limits.json").read_text(encoding="utf-8"))
    return {sensor: Limit(**document[sensor]) for sensor in SENSORS}
