"""Sensors judged over a week: each station against its neighbours, by hour of day.

Rules of `weather_etl.quality` look at one value and at most 23 hours around it.  A thermometer that reads two
degrees too high passes all of them.  This package looks at what such rules cannot see: a week of published
hours of a station against the same hours of its best neighbours, with what was usual between the two in the
weeks before.  It is pure: hours in, states of sensors out; it alters no value.

Use `assess` with `Hours`; `words` says a state in plain English.
"""

from weather_etl.network.explain import Fault
from weather_etl.network.hours import FAILED_DAYS, PAST_DAYS, SENSORS, WEEK_DAYS, Floats, Hours, Station
from weather_etl.network.states import SensorWeek, State, assess
from weather_etl.network.wording import size_unit, words

__all__ = [
    "FAILED_DAYS",
    "PAST_DAYS",
    "SENSORS",
    "WEEK_DAYS",
    "Fault",
    "Floats",
    "Hours",
    "SensorWeek",
    "State",
    "Station",
    "assess",
    "size_unit",
    "words",
]
