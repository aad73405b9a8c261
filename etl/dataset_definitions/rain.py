"""Rain: totals that are complete, what was observed all the same, and the highest rates."""

from typing import Final

from dataset_definitions.column import Block, Column, Part

_OBSERVED: Final = "Rain that was observed: a lower bound where total is empty"
_RATE_MAX: Final = Column("rainfall_rate_max", "double", "mm/h", "Highest rain rate")
_LATER: Final = (
    "exact_sum(rainfall_observed) AS rainfall_observed",
    "count(rainfall_total) AS rainfall_n",
    "max(rainfall_rate_max) AS rainfall_rate_max",
    "arg_max(rainfall_source, start_us) FILTER (rainfall_source IS NOT NULL) AS rainfall_source",
)
_QC: Final = "1 complete, 3 bridged or in doubt, 9 no total"

_HOURLY: Final = Part(
    slots=("max(rainfall_rate) AS rainfall_rate_max",),
    window=("max(rainfall_rate_max) AS rainfall_rate_max",),
    columns=(
        Column(
            "rainfall_total", "double", "mm", "Rain of the hour; empty unless complete",
            "CASE WHEN quality < 9 THEN round(amount, 4) END",
        ),
        Column(
            "rainfall_observed", "double", "mm",
            "Rain that was observed in the hour: a lower bound where total is empty", "round(amount, 4)",
        ),
        Column(
            "rainfall_source", "string", None,
            "Kind of gauge value used: counter, since_midnight, interval, rolling_1h or rate", "source",
        ),
        Column("rainfall_qc", "int", "1", _QC, "coalesce(quality, 9)"),
        Column(
            "rainfall_accumulated", "double", "mm",
            "Part of what was observed that fell over a longer time than the hour, and ends in it",
            "round(accumulated, 4)",
        ),
        Column(
            "rainfall_seconds", "double", "s", "Time of the hour that the amounts account for",
            "round(seconds, 6)",
        ),
        Column(
            "rainfall_bridged_seconds", "double", "s",
            "Time before the hour, on the same day, that its amounts account for", "round(bridged, 6)",
        ),
        Column(
            "rainfall_24h", "double", "mm",
            "Rain of the 24 hours that end with the hour, from a gauge that says so", "rolling_day",
        ),
        _RATE_MAX,
    ),
)  # fmt: skip

_DAILY: Final = Part(
    slots=(),
    window=(
        *_LATER,
        "max(rainfall_total) AS rainfall_hour_max",
        "count(*) FILTER (rainfall_observed - rainfall_accumulated >= 0.2) AS wet_hours",
        "exact_sum(rainfall_seconds + rainfall_bridged_seconds) AS rainfall_seconds",
        "exact_sum(rainfall_bridged_seconds) AS rainfall_bridged",
        "bool_or(rainfall_qc = 3) AS rainfall_doubt",
        "max(rainfall_24h) FILTER (day_seconds = 86400 AND start_us + 3600000000 = day_end_us) "
        "AS rolling_day",
    ),
    columns=(
        Column(
            "rainfall_total", "double", "mm", "Rain of the day; empty unless all of the day is accounted for",
            "CASE WHEN rain_covered THEN round(rainfall_observed, 4) ELSE rolling_day END",
        ),
        Column(
            "rainfall_observed", "double", "mm", _OBSERVED,
            "round(CASE WHEN rain_covered THEN rainfall_observed"
            " ELSE greatest(rainfall_observed, rolling_day) END, 4)",
        ),
        Column(
            "rainfall_source", "string", None,
            "Kind of gauge value used; rolling_24h where the value at midnight alone gives the day",
            "CASE WHEN rain_covered OR rolling_day IS NULL THEN rainfall_source ELSE 'rolling_24h' END",
        ),
        Column("rainfall_n", "int", "1", "Hours with a total"),
        Column("rainfall_qc", "int", "1", _QC, "rain_quality"),
        Column("rainfall_hour_max", "double", "mm", "Highest hourly rain of the hours that have a total"),
        Column("wet_hours", "int", "1", "Hours with at least 0.2 mm of their own"),
        _RATE_MAX,
    ),
)  # fmt: skip

_WEEKLY: Final = Part(
    slots=(),
    window=(
        *_LATER,
        "max(rainfall_qc) FILTER (rainfall_total IS NOT NULL) AS rainfall_worst",
        "max(rainfall_total) AS rainfall_day_max",
        "count(*) FILTER (rainfall_observed >= 1) AS wet_days",
    ),
    columns=(
        Column(
            "rainfall_total", "double", "mm", "Rain of the week; empty unless every day has a total",
            "CASE WHEN rainfall_n = n_expected THEN round(rainfall_observed, 4) END",
        ),
        Column("rainfall_observed", "double", "mm", _OBSERVED, "round(rainfall_observed, 4)"),
        Column("rainfall_source", "string", None, "Kind of gauge value used"),
        Column("rainfall_n", "int", "1", "Days with a total"),
        Column(
            "rainfall_qc", "int", "1", _QC,
            "CASE WHEN rainfall_n = n_expected THEN rainfall_worst ELSE 9 END",
        ),
        Column("rainfall_day_max", "double", "mm", "Highest daily rain"),
        Column("wet_days", "int", "1", "Days with at least 1 mm"),
        _RATE_MAX,
    ),
)  # fmt: skip


def block() -> Block:
    """Return the columns of the rain."""
    return {"hourly": _HOURLY, "daily": _DAILY, "weekly": _WEEKLY}
