"""What is drawn, as data: the charts of a station and the dataset columns that each of them shows."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["line", "band", "bars", "points"]


@dataclass(frozen=True)
class Series:
    """One series of a chart.

    Attributes:
        column: of the hourly and the daily dataset.
        label: in words, for the legend and the table.
        kind: how it is drawn; a band needs two columns, its low and its high.
        colour: name of a colour of the page.
        high: the upper column of a band.
    """

    column: str
    label: str
    kind: Kind
    colour: str
    high: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it needs."""
        return (self.column, self.high) if self.high else (self.column,)


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        name: in the page.
        title: its heading.
        unit: of all its series, as people write it.
        series: what is drawn, from back to front; a chart is left out where no column has a number.
        flags: variables whose flagged observations are marked in it.
        low: where the axis begins; None: at the data.
        high: where it ends; None: at the data.
    """

    name: str
    title: str
    unit: str
    series: tuple[Series, ...]
    flags: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


def _range(variable: str, colour: str, word: str = "mean") -> tuple[Series, ...]:
    return (
        Series(f"{variable}_min", "lowest to highest", "band", colour, high=f"{variable}_max"),
        Series(f"{variable}_mean", word, "line", colour),
    )


CHARTS: Final[tuple[Chart, ...]] = (
    Chart(
        "temperature",
        "Air temperature and dew point",
        "°C",
        (
            *_range("air_temperature", "warm", "air temperature, mean"),
            Series("dew_point_temperature_mean", "dew point, mean", "line", "teal"),
        ),
        flags=("air_temperature", "dew_point_temperature"),
    ),
    Chart(
        "rain",
        "Rain",
        "mm",
        (
            Series("rainfall_observed", "observed, at least", "bars", "pale"),
            Series("rainfall_total", "total", "bars", "blue"),
        ),
        flags=(
            *("rainfall_amount_interval", "rainfall_counter", "rainfall_since_midnight"),
            *("rainfall_1h_rolling", "rainfall_24h_rolling", "rainfall_rate"),
        ),
        low=0,
    ),
    Chart(
        "wind",
        "Wind speed and gusts",
        "m/s",
        (
            Series("wind_gust_max", "highest gust", "points", "amber"),
            Series("wind_speed_max", "highest mean of an observation", "line", "pale"),
            Series("wind_speed_mean", "mean", "line", "green"),
        ),
        flags=("wind_speed", "wind_speed_of_gust"),
        low=0,
    ),
    Chart(
        "direction",
        "Wind direction",
        "° from north",
        (Series("wind_vector_direction", "where the mean wind comes from", "points", "green"),),
        flags=("wind_from_direction", "wind_gust_from_direction"),
        low=0,
        high=360,
    ),
    Chart("humidity", "Relative humidity", "%", _range("relative_humidity", "blue"), ("relative_humidity",)),
    Chart(
        "sea-level-pressure",
        "Pressure at sea level",
        "hPa",
        _range("air_pressure_at_mean_sea_level", "violet"),
        ("air_pressure_at_mean_sea_level",),
    ),
    Chart("pressure", "Pressure at the station", "hPa", _range("air_pressure", "violet"), ("air_pressure",)),
    Chart(
        "radiation",
        "Global solar irradiance",
        "W/m²",
        (
            Series("downwelling_shortwave_max", "highest", "points", "pale"),
            Series("downwelling_shortwave_mean", "mean", "line", "amber"),
        ),
        ("downwelling_shortwave",),
    ),
    Chart(
        "uv",
        "UV index",
        "",
        (Series("ultraviolet_index_max", "highest", "line", "violet"),),
        ("ultraviolet_index",),
        low=0,
    ),
    Chart(
        "illuminance",
        "Illuminance",
        "lx",
        (Series("illuminance_max", "highest", "line", "amber"),),
        ("illuminance",),
        low=0,
    ),
    Chart(
        "battery",
        "Battery voltage",
        "V",
        (Series("battery_voltage_min", "lowest", "line", "green"),),
        ("battery_voltage",),
    ),
)

COLUMNS: Final = tuple(
    dict.fromkeys(column for chart in CHARTS for series in chart.series for column in series.columns)
)
"""Every column that a chart may show."""

SPEED_CLASSES: Final = (2.0, 5.0, 8.0, 11.0)
"""Bounds in m/s between the speed classes of the wind rose: light air, breeze, fresh, strong, gale and above.

Rounded from Beaufort's 2, 3, 5 and 6 (1.6, 5.5, 8.0, 10.8 m/s), WMO-No. 8."""
