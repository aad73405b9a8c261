"""A sensor's state in plain English: what, since when, against whom, what to do."""

from collections.abc import Mapping, Sequence
from typing import Final

from weather_etl.core import HOUR, iso_utc
from weather_etl.network.hours import Station
from weather_etl.network.limits import limits
from weather_etl.network.states import SensorWeek

_NAMES: Final[Mapping[str, str]] = {
    "air_temperature": "thermometer",
    "relative_humidity": "hygrometer",
    "air_pressure": "barometer",
    "wind_speed": "anemometer",
    "wind_from_direction": "wind vane",
    "rainfall": "rain gauge",
}
_WHAT: Final[Mapping[str, str]] = {
    "bias": "reads {size:+.3g} {unit} off",
    "drift": "drifts and is {size:+.3g} {unit} off by now",
    "radiation": "differs by {size:+.3g} {unit} between day and night",
    "shape": "has another course of the day (by {size:.3g} {unit})",
    "noise": "is {size:.3g} times as restless as before",
    "spikes": "jumps by up to {size:.3g} {unit} for single hours",
    "clock": "fits its neighbours better with its times moved",
    "scale": "swings {size:.3g} times as much as before",
    "stuck": "stood still for {size:.0f} hours",
    "rejected": "failed the quality rules in {size:.0f} hours",
    "alone": "was wet in {size:.0f} hours in which its neighbours were dry",
    "turned": "is turned by {size:+.0f} degrees against its neighbours",
    "loose": "no longer follows its neighbours",
    "too little": "caught {size:.2g} times the rain of its neighbours",
    "too much": "caught {size:.2g} times the rain of its neighbours",
}
_DO: Final[Mapping[str, str]] = {
    "bias": "compare it with a reference",
    "drift": "compare it with a reference; replace it",
    "radiation": "look at its shield and site",
    "shape": "look at the station's clock and site",
    "noise": "look at its cabling and mounting",
    "spikes": "look at its cabling and power",
    "clock": "look at the station's clock and time zone",
    "scale": "look at the unit and the scale setting",
    "stuck": "look at the sensor and the logger",
    "rejected": "look at its values and flags",
    "turned": "align the vane to north",
    "loose": "look at the vane's bearing and potentiometer",
    "alone": "look for a leak or vibration",
    "too little": "clean the funnel",
    "too much": "look for a leak or a wrong scale",
}


def words(one: SensorWeek, stations: Sequence[Station]) -> str:
    """Return a sentence without commas, since it goes into a CSV cell."""
    name = _NAMES[one.sensor]
    if one.state == "good":
        return f"{name} agrees with its {_count(len(one.neighbours))}"
    if one.state == "isolated":
        place = stations[one.station]
        if place.latitude is None or place.longitude is None:
            return f"{name} was not compared: the site has no latitude and longitude in the run configuration"
        return f"{name} was not compared: no other within {limits()[one.sensor].reach_km:g} km"
    if one.state == "learning":
        return f"{name} was not compared: too few hours in common with its neighbours yet"
    if one.state == "silent":
        return f"{name} gave hardly any hour this week; look at power and connection"
    if one.fault is None:
        raise ValueError(f"a sensor that is {one.state} needs a fault")
    fault = one.fault
    what = _WHAT[fault.kind].format(size=fault.size, unit=limits()[one.sensor].unit)
    since = iso_utc(fault.since_hour * HOUR)
    against = " ".join(stations[index].name for index in one.neighbours)
    if one.state == "differs":
        return f"{name} {what} since {since} against {against}: one of the two is wrong; look at both"
    against = f" against {against}" if against else ""
    return f"{name} {what} since {since}{against}; {_DO[fault.kind]}"


def _count(neighbours: int) -> str:
    return "one neighbour" if neighbours == 1 else f"{neighbours} neighbours"


def size_unit(one: SensorWeek) -> str | None:
    """Return the unit of a fault's size: the sensor's, hours, or 1 for a factor; None without a fault."""
    if one.fault is None:
        return None
    if one.fault.kind in ("stuck", "rejected", "alone"):
        return "h"
    if one.fault.kind in ("noise", "scale", "loose", "too little", "too much"):
        return "1"
    return limits()[one.sensor].unit
