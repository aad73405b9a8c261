"""Ledger entries that runs propose: from the published weeks of the sensors to lines of a ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from weather_etl.core import VARIABLE_NAMES
from weather_etl.datasets import partitions, tables
from weather_etl.lake import Storage

_TABLE: Final = "sensor_weeks"
_COLUMNS: Final = ("site", "station_id", "sensor", "window_start_utc", "open_since_utc", "words")
_VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "air_pressure": ("air_pressure", "air_pressure_at_mean_sea_level"),
    "wind_speed": ("wind_speed", "wind_speed_of_gust"),
    "wind_from_direction": ("wind_from_direction", "wind_gust_from_direction"),
    "rainfall": tuple(name for name in VARIABLE_NAMES if name.startswith("rainfall_")),
}
"""Variables that a sensor gives, where they are not its name alone."""


@dataclass(frozen=True)
class Proposal:
    """An entry that a run proposes.

    Attributes:
        site: escaped name of the site.
        station_id: escaped id of the device.
        sensor: CF name.
        since: when the fault began, ISO 8601 in UTC.
        until: start of the first week in which under a quarter of the days was suspect; None: it goes on.
        words: what was said of it last.
    """

    site: str
    station_id: str
    sensor: str
    since: str
    until: str | None
    words: str

    def row(self, comment: str = "", link: str = "") -> dict[str, str]:
        """Return the line of a ledger that withholds the sensor's values; the words are the comment."""
        return {
            "from": self.since, "to": self.until or "", "station": self.station_id,
            "variable": " ".join(_VARIABLES.get(self.sensor, (self.sensor,))),
            "action": "withhold", "value": "", "comment": comment or self.words, "link": link,
        }  # fmt: skip


def proposals(target: Storage) -> list[Proposal]:
    """Return what the runs on a target have proposed, by site, station, sensor and time.

    Raises:
        BrokenPartitionError: a file of the dataset is damaged.
    """
    running: dict[tuple[str, str, str], Proposal] = {}
    found: list[Proposal] = []
    for folder in target.folders(f"{_TABLE}/"):
        base = tables()[_TABLE].key(folder.removeprefix("week="))
        file = target.get(base) or target.get(f"{base}.gz")
        rows = partitions.read_csv(file.data, tables()[_TABLE], _COLUMNS).to_pylist() if file else []
        for row in rows:
            key = row["site"], row["station_id"], row["sensor"]
            since = row["open_since_utc"]
            known = running.get(key)
            if known and since != known.since:
                found.append(replace(running.pop(key), until=row["window_start_utc"]))
            if since:
                running[key] = Proposal(*key, since, None, row["words"])
    return sorted(
        [*found, *running.values()], key=lambda one: (one.site, one.station_id, one.sensor, one.since)
    )
