"""The few formulas of meteorology that the pipeline needs, vectorised; NaN in, NaN out.

Humidity: Magnus form over water of WMO-No. 8 (CIMO Guide), annex 4.B; valid from -45 to 60 degC.
Reduction to sea level: the form of the German weather service's observer handbook (VuB 2) with g = 9.80665
m/s2, R = 287.05 J/(kg K), a lapse rate of 0.0065 K/m and 0.12 K/hPa for the vapour; meant for stations below
some 750 m.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Instants: TypeAlias = npt.NDArray[np.int64]


def saturation_vapour_pressure(temperature: Floats) -> Floats:
    """Return the saturation vapour pressure over water in hPa at a temperature in degC."""
    return 6.112 * np.exp(17.62 * temperature / (243.12 + temperature))


def dew_point(temperature: Floats, humidity: Floats) -> Floats:
    """Return the dew point in degC from air temperature in degC and relative humidity in percent."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(humidity > 0, np.minimum(humidity, 100.0) / 100.0, np.nan)
        gamma = np.log(share) + 17.62 * temperature / (243.12 + temperature)
    return 243.12 * gamma / (17.62 - gamma)


def sea_level_pressure(pressure: Floats, elevation_m: float, temperature: Floats, humidity: Floats) -> Floats:
    """Return station pressure in hPa reduced to mean sea level.

    Args:
        pressure: at station level, hPa.
        elevation_m: of the barometer.
        temperature: of the air, degC.
        humidity: relative, percent.
    """
    vapour = saturation_vapour_pressure(temperature) * np.clip(humidity, 0, 100) / 100.0
    column = temperature + 273.15 + vapour * 0.12 + 0.0065 * elevation_m / 2
    return pressure * np.exp(9.80665 / 287.05 * elevation_m / column)


def standard_pressure(elevation_m: float) -> float:
    """Return the pressure of the ICAO standard atmosphere in hPa at an elevation below 11 km."""
    return 1013.25 * (1 - 0.0065 * elevation_m / 288.15) ** 5.25588


def wind_components(speed: Floats, direction: Floats) -> tuple[Floats, Floats]:
    """Return (eastward, northward) components of a wind that blows *from* a direction in degrees."""
    angle = np.radians(direction)
    return -speed * np.sin(angle), -speed * np.cos(angle)


def solar_elevation(instants: Instants, latitude: float, longitude: float) -> Floats:
    """Return the elevation of the sun's centre above the horizon in degrees, without refraction.

    Low-precision formulas of the Astronomical Almanac (page C5): within 0.01 degrees from 1950 to 2050.

    Args:
        instants: microseconds since 1970-01-01T00:00:00Z.
        latitude: degrees north.
        longitude: degrees east.
    """
    days = instants / 86_400e6 - 10_957.5  # since 2000-01-01T12:00Z
    mean_longitude = 280.460 + 0.9856474 * days
    anomaly = np.radians(357.528 + 0.9856003 * days)
    ecliptic = np.radians(mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 0.0000004 * days)
    ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    sidereal = np.radians(280.46062 + 360.985647366 * days + longitude)  # local mean sidereal time
    north = np.radians(latitude)
    height = np.sin(north) * np.sin(declination)
    height += np.cos(north) * np.cos(declination) * np.cos(sidereal - ascension)
    return np.degrees(np.arcsin(np.clip(height, -1, 1)))
