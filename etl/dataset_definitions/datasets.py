"""The datasets: their files, partition keys, columns and statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

from weather_etl.core import VARIABLES

from dataset_definitions import observations, rain, scalars, sensor_weeks, solar, temperature, wind, windows
from dataset_definitions.column import Block, Column


@dataclass(frozen=True)
class Dataset:
    """A dataset.

    Attributes:
        name: of the table.
        description: of the table, in the catalogue.
        file: key of a partition's file, with the partition keys in braces.
        partitions: partition keys with their meaning.
    """

    name: str
    description: str
    file: str
    partitions: Mapping[str, str]

    def columns(self) -> tuple[Column, ...]:
        """Return the columns in the order of the files."""
        if self.name == "observations":
            return observations.columns()
        if self.name == "sensor_weeks":
            return sensor_weeks.columns()
        return tuple(column for block in blocks() for column in block[self.name].columns)


_SITE: Final = {"site": "Site: the location segment of the raw key, percent-escaped"}
_YEAR: Final = _SITE | {"year": "Local year of the window's start"}
DATASETS: Final = (
    Dataset(
        "observations",
        "One row per station and time of observation: canonical variables as measured, with a quality flag "
        "each",
        "observations/site={site}/date={date}/observations.csv",
        _SITE | {"date": "Local day of the observation, YYYY-MM-DD"},
    ),
    Dataset(
        "hourly",
        "Statistics of closed clock hours in station time",
        "hourly/site={site}/month={month}/hourly.csv",
        _SITE | {"month": "Local month of the window's start, YYYY-MM"},
    ),
    Dataset(
        "daily",
        "Statistics of closed local days, computed from the hours",
        "daily/site={site}/year={year}/daily.csv",
        _YEAR,
    ),
    Dataset(
        "weekly",
        "Statistics of closed weeks of seven local days, computed from the days",
        "weekly/site={site}/year={year}/weekly.csv",
        _YEAR,
    ),
    Dataset(
        "sensor_weeks",
        "State of each sensor in each closed week, compared with its neighbours",
        "sensor_weeks/week={week}/sensor_weeks.csv",
        {"week": "First day of the week in the run's zone, YYYY-MM-DD"},
    ),
)


@cache
def blocks() -> tuple[Block, ...]:
    """Return the blocks of columns in order: windows, means, wind, rain, sun, extremes."""
    averaged = [one for one in VARIABLES if "mean" in one.statistics]
    others = [one for one in VARIABLES if one.statistics and "mean" not in one.statistics]
    return (
        windows.block(),
        *(scalars.block(one) for one in averaged),
        temperature.block(),
        wind.block(),
        rain.block(),
        solar.block(),
        *(scalars.block(one) for one in others),
    )


def statement(dataset: str) -> str:
    """Return the SQL of an aggregate: its frame, with the items that the columns need."""
    frame = Template(files("dataset_definitions").joinpath(f"frames/{dataset}.sql").read_text("utf-8"))
    parts = [block[dataset] for block in blocks()]
    published = (column for part in parts for column in part.columns)
    return frame.substitute(
        note=f"Expanded from etl/dataset_definitions/frames/{dataset}.sql: python -m dataset_definitions",
        slots=_items((item for part in parts for item in part.slots), 8),
        window=_items((item for part in parts for item in part.window), 8),
        columns=_items((one.selected() for one in published if one.name not in _FILLED_IN), 4),
    )


_FILLED_IN: Final = (
    "station_id", "local_date",  # keys of each SELECT
    # written by the program
    "window_start", "window_end", "window_start_utc", "window_end_utc", "iso_year", "iso_week",
)  # fmt: skip


def _items(items: Iterable[str], indent: int) -> str:
    return f",\n{' ' * indent}".join(items)
