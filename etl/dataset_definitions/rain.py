"""Rain: totals that are complete, what was observed all the same, and the highest rates."""

from typing import Final

from dataset_definitions.column import Block, Column, Part

_OBSERVED: Final = "Rain that was observed: a lower bound where total is empty"
_RATE_MAX: Final = Column("rainfall_rate_max", "double", "mm/h", "Highest rain rate")
_LATER: Final = (
    "exact_sum(rainfall_observed) AS rainfall_observed",
    "count(rainfall_total) AS rainfall_n",
    "max(rainfall_rate_max) AS rainfall_rate_max",
    "max(rainfall_qc) FILTER (rainfall_total IS NOT NULL) AS rainfall_worst",
    "arg_max(rainfall_source, start_us) FILTER (rainfall_source IS NOT NULL) AS rainfall_source",
)

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
        Column(
            "rainfall_qc", "int", "1", "1 complete, 3 timing or completeness in doubt, 9 no total",
            "coalesce(quality, 9)",
        ),
        _RATE_MAX,
    ),
)  # fmt: skip

_DAILY: Final = Part(
    slots=(),
    window=(
        *_LATER,
        "max(rainfall_total) AS rainfall_hour_max",
        "count(*) FILTER (rainfall_observed >= 0.2) AS wet_hours",
        "count(*) FILTER (rainfall_total IS NULL) AS hours_without_rain",
        """-- a counter bridges missing hours inside the day: first and last hour are there, or the last alone
        -- where the count begins at midnight
        (bool_or(start_us = day_us AND rainfall_total IS NOT NULL)
            OR bool_and(rainfall_source = 'since_midnight'))
            AND bool_or(start_us + 3600000000 = day_end_us AND rainfall_total IS NOT NULL)
            AND bool_and(rainfall_source IN ('counter', 'since_midnight')) AS bridged""",
    ),
    columns=(
        Column(
            "rainfall_total", "double", "mm", "Rain of the day; empty unless every hour has a total",
            "CASE WHEN rain_quality < 9 THEN round(rainfall_observed, 4) END",
        ),
        Column("rainfall_observed", "double", "mm", _OBSERVED, "round(rainfall_observed, 4)"),
        Column("rainfall_source", "string", None, "Kind of gauge value used"),
        Column("rainfall_n", "int", "1", "Hours with a total"),
        Column("rainfall_qc", "int", "1", "1 complete, 3 bridged or in doubt, 9 no total", "rain_quality"),
        Column("rainfall_hour_max", "double", "mm", "Highest hourly rain"),
        Column("wet_hours", "int", "1", "Hours with at least 0.2 mm"),
        _RATE_MAX,
    ),
)  # fmt: skip

_WEEKLY: Final = Part(
    slots=(),
    window=(
        *_LATER,
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
            "rainfall_qc", "int", "1", "1 complete, 3 bridged or in doubt, 9 no total",
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
