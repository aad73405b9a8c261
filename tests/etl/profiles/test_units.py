import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.core.variables import UNIT_OF, VARIABLE_NAMES
from weather_etl.profiles.units import (
    COMPASS,
    UNITS,
    conversion,
    direction,
    fold_name,
    unit_named,
    unit_of_suffix,
    units_for,
)

# Independent values: NIST SP 811, WMO-No. 8 Annex, and arithmetic by hand.
KNOWN = [
    ("degF", "air_temperature", 75.0, 23.8889, 1e-4),
    ("degF", "air_temperature", -40.0, -40.0, 1e-12),
    ("K", "air_temperature", 273.15, 0.0, 1e-12),
    ("1", "relative_humidity", 0.985, 98.5, 1e-12),
    ("inHg", "air_pressure", 29.92, 1013.2075, 1e-4),
    ("mmHg", "air_pressure", 760.0, 1013.25, 1e-3),
    ("kPa", "air_pressure", 74.31, 743.1, 1e-9),
    ("Pa", "air_pressure", 97224.53, 972.2453, 1e-9),
    ("psi", "air_pressure", 14.6959, 1013.25, 1e-2),
    ("mph", "wind_speed", 1.0, 0.44704, 1e-12),
    ("km/h", "wind_speed", 36.0, 10.0, 1e-12),
    ("kt", "wind_speed", 1.0, 0.514444, 1e-6),
    ("ft/s", "wind_speed", 10.0, 3.048, 1e-12),
    ("in", "rainfall_counter", 1.0, 25.4, 1e-12),
    ("cm", "rainfall_counter", 1.5, 15.0, 1e-12),
    ("in/h", "rainfall_rate", 0.1, 2.54, 1e-12),
    ("mm/s", "rainfall_rate", 0.001, 3.6, 1e-12),
    ("ly/min", "downwelling_shortwave", 1.0, 697.8, 1e-9),
    ("rad", "wind_from_direction", np.pi, 180.0, 1e-9),
    ("mV", "battery_voltage", 3300.0, 3.3, 1e-12),
    ("klx", "illuminance", 1.5, 1500.0, 1e-9),
]


@pytest.mark.parametrize(("unit", "variable", "raw", "stored", "within"), KNOWN)
def test_conversions_against_independent_values(unit, variable, raw, stored, within):
    convert = conversion(unit, variable)
    assert convert(np.array([raw]))[0] == pytest.approx(stored, abs=within)


def test_every_conversion_is_checked():
    checked = {(unit, UNIT_OF[variable]) for unit, variable, *_ in KNOWN}
    missing = {
        (unit, UNIT_OF[variable])
        for variable in VARIABLE_NAMES
        for unit in units_for(variable)
        if unit != UNIT_OF[variable]
    } - checked
    assert missing == {
        ("m", "mm"),
        ("bar", "hPa"),
        ("cm/h", "mm/h"),
        ("mm/min", "mm/h"),
        ("kW/m2", "W/m2"),
    }  # powers of ten and 60


def test_the_stored_unit_is_left_exactly_as_it_is():
    for variable in VARIABLE_NAMES:
        raw = np.array([24.7, np.nan])
        assert conversion(UNIT_OF[variable], variable)(raw) is raw


def test_a_unit_of_another_quantity_is_none():
    assert conversion("hPa", "air_temperature") is None
    assert conversion("lx", "downwelling_shortwave") is None
    assert conversion("furlong", "wind_speed") is None


def test_a_step_of_the_device_scales_the_raw_value():
    assert conversion("degF", "air_temperature").scaled(0.1)(np.array([750.0]))[0] == pytest.approx(
        23.8889, abs=1e-4
    )


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("°C", "degC"),
        ("C", "degC"),
        ("F", "degF"),
        ("mbar", "hPa"),
        ("wmoUnit:km_h-1", "km/h"),
        ("kn", "kt"),
        ("W/m²", "W/m2"),
    ],
)
def test_spellings(spelling, unit):
    assert unit_named(spelling) == unit
    assert unit in UNITS


@pytest.mark.parametrize(
    ("suffix", "variable", "unit"),
    [
        ("_C", "air_temperature", "degC"),
        ("f", "air_temperature", "degF"),
        ("_km_h", "wind_speed", "km/h"),
        ("_mi_h", "wind_speed", "mph"),
        ("_in", "rainfall_counter", "in"),
        ("_in", "air_pressure", "inHg"),
        ("_in_h", "rainfall_rate", "in/h"),
        ("_hPa", "air_pressure", "hPa"),
        ("inf", "air_temperature", None),
        ("_1", "air_temperature", None),
    ],
)
def test_units_that_end_a_name(suffix, variable, unit):
    assert unit_of_suffix(suffix, variable) == unit


def test_folding_brings_the_platforms_names_together():
    assert {
        fold_name(name) for name in ("Avg Wind Speed", "avgWindSpeed", "avgwindspeed", "avg_wind_speed")
    } == {"avgwindspeed"}
    assert fold_name("Rainfall (1hr)") == fold_name("rainfall_1hr") == "rainfall1hr"


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_directions_lie_in_the_circle(raw):
    (turned,) = direction(np.array([raw]))
    assert 0.0 <= turned < 360.0
    difference = abs((turned - raw) / 360.0)
    assert difference == pytest.approx(round(difference), abs=1e-9)


def test_north_is_zero():
    assert direction(np.array([360.0, 0.0, 720.0, -0.0, -1e-20])).tolist() == [0.0, 0.0, 0.0, 0.0, 0.0]


def test_the_compass():
    assert (COMPASS["N"], COMPASS["NNE"], COMPASS["SW"], COMPASS["NNW"]) == (0.0, 22.5, 225.0, 337.5)
    assert len([point for point in COMPASS if len(point) <= 3]) == 16
