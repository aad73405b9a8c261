"""Real networks that are free to use, as arrays of what stations would send."""

import csv
import gzip
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import numpy as np

NEW_YORK = Path(__file__).parents[2] / "weather_cli/demo/data/nycflights13_weather.csv.gz"
AIRPORTS = {"EWR": (40.6925, -74.1687, 5.0), "JFK": (40.6398, -73.7787, 4.0), "LGA": (40.7772, -73.8726, 6.0)}
"""Latitude, longitude and elevation as the Federal Aviation Administration publishes them."""

T, RH, P, W, D, R = (
    "air_temperature",
    "relative_humidity",
    "air_pressure",
    "wind_speed",
    "wind_from_direction",
    "rainfall",
)
SENT_AS = {P: "air_pressure_at_mean_sea_level", R: "rainfall_amount_interval"}
"""Names under which a sensor's values are sent, where they differ from the sensor's."""


@dataclass(frozen=True)
class Network:
    """Stations with their values.

    Attributes:
        name: for the report.
        stations: ids.
        position: latitude, longitude, elevation; stations x 3.
        start: epoch seconds of the first value, at midnight UTC+`zone_h`.
        step: seconds between values.
        values: by sensor, stations x times, NaN where there is none.
        weeks: index of the value behind each week's last, of weeks with at least one week before them.
        zone: of the stations.
    """

    name: str
    stations: tuple[str, ...]
    position: np.ndarray
    start: int
    step: int
    values: dict[str, np.ndarray]
    weeks: tuple[int, ...]
    zone: str

    @property
    def per_week(self) -> int:
        """Values in a week."""
        return 7 * 86_400 // self.step


@cache
def new_york() -> Network:
    """Return the three airports of 2013, hourly (nycflights13, CC0)."""
    start = int(datetime(2013, 1, 1, 5, tzinfo=UTC).timestamp())
    count = 364 * 24
    names = tuple(AIRPORTS)
    values = {sensor: np.full((3, count), np.nan) for sensor in (T, RH, P, W, D, R)}
    with gzip.open(NEW_YORK, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = int(datetime.fromisoformat(row["time_hour"]).timestamp() - start) // 3600
            if not 0 <= at < count:
                continue
            where = names.index(row["origin"]), at

            def number(name: str, row: dict[str, str] = row) -> float:
                return np.nan if row[name] == "NA" else float(row[name])

            values[T][where] = (number("temp") - 32) / 1.8
            values[RH][where] = number("humid")
            values[P][where] = number("pressure")
            values[W][where] = number("wind_speed") * 0.44704
            values[D][where] = number("wind_dir")
            values[R][where] = number("precip") * 25.4
    weeks = tuple(week * 168 for week in range(3, 53))
    return Network(
        "New York", names, np.array(list(AIRPORTS.values())), start, 3600, values, weeks, "Etc/GMT+5"
    )


@cache
def flanders() -> Network:
    """Return 28 stations in and around Ghent, two weeks of September 2022 every five minutes (Vlinder, MIT)."""
    folder = Path(str(distribution("metobs-toolkit").locate_file("metobs_toolkit/datafiles")))
    with (folder / "demo_metadatafile.csv").open(encoding="utf-8-sig") as file:
        stations = list(csv.DictReader(file))
    names = tuple(one["Vlinder"] for one in stations)
    position = np.array([(float(one["lat"]), float(one["lon"]), np.nan) for one in stations])
    start = int(datetime(2022, 9, 1, tzinfo=UTC).timestamp())
    columns = {
        T: ("Temperatuur", 1), RH: ("Vochtigheid", 1), P: ("Luchtdruk_Zeeniveau", 0.01),
        W: ("Windsnelheid", 1 / 3.6), D: ("Windrichting", 1), R: ("Neerslagsom", 1),
    }  # fmt: skip
    count = 15 * 288
    values = {sensor: np.full((len(names), count), np.nan) for sensor in columns}
    text = (folder / "demo_datafile.csv").read_text(encoding="utf-8-sig")
    for row in csv.DictReader(io.StringIO(text), delimiter=";"):
        moment = datetime.fromisoformat(f"{row['Datum']}T{row['Tijd (UTC)']}+00:00")
        where = names.index(row["Vlinder"]), int(moment.timestamp() - start) // 300
        for sensor, (name, factor) in columns.items():
            if row[name]:
                values[sensor][where] = float(row[name]) * factor
    total = values[R]  # since midnight: its steps are the amounts
    amount = np.diff(total, axis=1, prepend=0)
    values[R] = np.where(amount < 0, total, amount)
    return Network("Flanders", names, position, start, 300, values, (14 * 288, 15 * 288), "UTC")


def thinned(network: Network, step: int) -> Network:
    """Return a network as it would be with a longer interval: every so manieth value, rain added up."""
    every = step // network.step
    if every == 1:
        return network
    values = {
        sensor: rows[:, every - 1 :: every]
        if sensor != R
        else rows[:, : rows.shape[1] // every * every].reshape(len(rows), -1, every).sum(axis=2)
        for sensor, rows in network.values.items()
    }
    return Network(
        network.name, network.stations, network.position, network.start + (every - 1) * network.step,
        step, values, tuple(week // every for week in network.weeks), network.zone,
    )  # fmt: skip
