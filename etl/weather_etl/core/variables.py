"""The shared vocabulary of the ETL: canonical variables, envelope columns and table schemas.

Variable names are CF standard names (table v93) where CF has one; units are the units that are stored, which
CF allows as long as they are stated: degC, hPa, m/s, mm, % and degrees.  Every other module takes names and
units from here, so a variable is defined once.
"""

from dataclasses import dataclass
from typing import Final

import pyarrow as pa


@dataclass(frozen=True)
class Variable:
    """One measured quantity of an observation.

    Attributes:
        name: column name; the CF standard name where one exists.
        unit: unit of the stored value.
        description: what the number means, for catalogue comments and documentation.
        cf_name: CF standard name, or None where CF has none.
        label: short name in the comments of the aggregates; empty for a variable without statistics here.
        statistics: what the aggregates say of it, of `mean`, `min`, `max`, `times` (of min and max), and
            `last` and `sd` (hours only). Wind, rain and solar radiation have definitions of their own
            (package `dataset_definitions`).
        core: whether the quality of a window depends on it, where a station reports it.
    """

    name: str
    unit: str
    description: str
    cf_name: str | None = None
    label: str = ""
    statistics: tuple[str, ...] = ()
    core: bool = False


def _cf(
    name: str,
    unit: str,
    description: str,
    label: str = "",
    statistics: tuple[str, ...] = (),
    *,
    core: bool = False,
) -> Variable:
    return Variable(name, unit, description, name, label, statistics, core)


_SERIES: Final = ("mean", "min", "max", "last", "sd")

VARIABLES: Final[tuple[Variable, ...]] = (
    _cf("air_temperature", "degC", "Air temperature", "Air temperature", (*_SERIES, "times"), core=True),
    _cf("dew_point_temperature", "degC", "Dew point temperature", "Dew point", _SERIES, core=True),
    _cf("relative_humidity", "%", "Relative humidity, 0 to 100", "Relative humidity", _SERIES, core=True),
    _cf("air_pressure", "hPa", "Air pressure at station level", "Station pressure", _SERIES, core=True),
    _cf(
        "air_pressure_at_mean_sea_level",
        "hPa",
        "Air pressure reduced to mean sea level",
        "Sea-level pressure",
        _SERIES,
        core=True,
    ),
    _cf("wind_speed", "m/s", "Wind speed, mean over the device's averaging time", core=True),
    _cf("wind_speed_of_gust", "m/s", "Highest wind speed over the device's gust time"),
    _cf("wind_from_direction", "degree", "Direction the wind blows from, [0, 360), missing when calm"),
    _cf("wind_gust_from_direction", "degree", "Direction the gust blew from, [0, 360)"),
    Variable(
        "rainfall_amount_interval",
        "mm",
        "Rain since the previous observation",
        "thickness_of_rainfall_amount",
    ),
    Variable("rainfall_counter", "mm", "Rain counter since an arbitrary reset"),
    Variable("rainfall_since_midnight", "mm", "Rain since the station's local midnight"),
    Variable("rainfall_1h_rolling", "mm", "Rain in the hour before the observation (not additive)"),
    Variable("rainfall_24h_rolling", "mm", "Rain in the 24 hours before the observation (not additive)"),
    _cf("rainfall_rate", "mm/h", "Rain rate at the time of the observation"),
    Variable(
        "downwelling_shortwave",
        "W/m2",
        "Global solar irradiance",
        "surface_downwelling_shortwave_flux_in_air",
    ),
    _cf("ultraviolet_index", "1", "UV index", "UV index", ("max",)),
    Variable("illuminance", "lx", "Illuminance", label="Illuminance", statistics=("max",)),
    Variable(
        "battery_voltage", "V", "Battery voltage of the device", label="Battery voltage", statistics=("min",)
    ),
    Variable("signal_strength", "dBm", "Radio signal strength of the device"),
    Variable("air_temperature_indoor", "degC", "Temperature inside a building; never an air temperature"),
    Variable("relative_humidity_indoor", "%", "Relative humidity inside a building"),
)
VARIABLE_NAMES: Final = tuple(variable.name for variable in VARIABLES)
UNIT_OF: Final = {variable.name: variable.unit for variable in VARIABLES}

# QARTOD flag scheme (IOOS QARTOD Data Flags Manual).
GOOD, NOT_EVALUATED, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9

TIME_SOURCES: Final = ("device", "edge", "ingest")

_US_UTC: Final = pa.timestamp("us", tz="UTC")

DECODED_SCHEMA: Final = pa.schema(
    [
        pa.field("station_id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),  # name of the profile that took the payload
        pa.field("obs_time_utc", _US_UTC, nullable=False),
        pa.field("ingest_time_utc", _US_UTC, nullable=False),  # from the key, else the object's LastModified
        pa.field("time_source", pa.string(), nullable=False),  # one of TIME_SOURCES
        pa.field("time_qc", pa.int8(), nullable=False),  # 1, 3 (ambiguous local hour) or 4 (clock replaced)
        pa.field("source_key", pa.string(), nullable=False),  # object key below the source, with its site
        pa.field("record", pa.int32(), nullable=False),  # position of the record within its object
        pa.field("adjusted", pa.string()),  # variables that a profile corrected, space separated
        *(pa.field(name, pa.float64()) for name in VARIABLE_NAMES),
    ]
)
"""What decoding yields: one row per record, in order of arrival, stored units, missing = null."""

REJECT_SCHEMA: Final = pa.schema(
    [
        pa.field("source_key", pa.string(), nullable=False),
        pa.field("record", pa.int32(), nullable=False),  # -1: the object as a whole
        pa.field("reason", pa.string(), nullable=False),  # a code of weather_etl.decode.reasons
        pa.field("detail", pa.string(), nullable=False),  # what was wrong and what would be right
        pa.field("excerpt", pa.string(), nullable=False),  # start of the offending text, secrets masked
    ]
)
"""One quarantined record."""
