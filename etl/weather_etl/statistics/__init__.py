"""Hourly, daily and weekly statistics of flagged observations.

`samples` and `rain_samples` make the tables that the hours' statement reads, `rain` turns gauge values into
amounts, `aggregate` runs the statements in `sql`, which are expanded from the package `dataset_definitions`.
"""

from weather_etl.statistics.aggregate import (
    Aggregator,
    closed_days,
    closed_weeks,
    daily_rows,
    hourly_rows,
    weekly_rows,
    with_site,
)
from weather_etl.statistics.samples import Samples, Stretch

__all__ = [
    "Aggregator",
    "Samples",
    "Stretch",
    "closed_days",
    "closed_weeks",
    "daily_rows",
    "hourly_rows",
    "weekly_rows",
    "with_site",
]
