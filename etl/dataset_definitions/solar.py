"""Global solar radiation: irradiance, and the radiant exposure of days."""

from typing import Final

from dataset_definitions.column import (
    AGGREGATES,
    GRADES,
    PART,
    Block,
    Column,
    Part,
    expected,
    grade,
    reported,
)

_NAME: Final = "downwelling_shortwave"
_SLOTS: Final = (
    f"exact_mean({_NAME}) AS {_NAME}",
    f"max({_NAME}_sure) AS {_NAME}_max",
    f"count({_NAME}_sure) > 0 AS {_NAME}_is_sure",
    f"max(expected_{_NAME}) AS expected_{_NAME}",
    "exact_mean(sunshine) AS sunshine",
    "bool_or(dark) AS dark",
    "max(hour_seconds) AS hour_seconds",
)
_HOURS: Final = (
    f"exact_mean({_NAME}) AS {_NAME}_mean",
    f"max({_NAME}_max) AS {_NAME}_max",
    f"count({_NAME}) AS {_NAME}_n",
    f"count(*) FILTER ({_NAME}_is_sure) AS {_NAME}_sure_n",
    f"max(expected_{_NAME}) AS expected_{_NAME}",
    "exact_mean(sunshine) AS sunshine",
    "exact_sum(sunshine) * least(max(slot_seconds), 3600) AS sunshine_seen",
    "bool_or(dark) AS dark",
    "max(hour_seconds) AS hour_seconds",
)
_WINDOWS: Final = (
    f"exact_mean({_NAME}_mean) AS {_NAME}_mean",
    f"max({_NAME}_max) AS {_NAME}_max",
    f"count({_NAME}_mean) AS {_NAME}_n",
    f"count({_NAME}_max) AS {_NAME}_sure_n",
    f"count({_NAME}_n) > 0 AS {_NAME}_reported",
    f"count({_NAME}_total) AS n_sunny",
    f"exact_sum({_NAME}_observed) AS {_NAME}_observed",
)
_DAY: Final = (
    f"exact_sum({_NAME}_total) AS {_NAME}_total",
    f"list(start_us) FILTER ({_NAME}_total IS NOT NULL) AS sunny",
    f"count(*) FILTER ({_NAME}_qc = 1) AS {_NAME}_whole_n",
)
_WEEK: Final = (
    f"exact_mean({_NAME}_total) AS {_NAME}_total",
    f"count(*) FILTER ({_NAME}_qc = 1) AS {_NAME}_whole_n",
)
_OBSERVED: Final = "Radiant exposure that was observed: a lower bound where total is empty"
_TOTALS: Final = {
    "hourly": (
        Column(
            f"{_NAME}_total", "double", "MJ/m2",
            "Radiant exposure of the hour, values below 0 as 0; 0 in the dark; empty below 75 % of slots",
            # the time integral of irradiance (WMO-No. 8, chapter 7)
            f"CASE WHEN {reported('hourly', _NAME)} AND {_NAME}_n = 0 AND dark THEN 0"
            f" WHEN {_NAME}_n > 0 THEN round(if_complete(sunshine, {_NAME}_n, expected_{_NAME})"
            " * hour_seconds / 1000000, 6) END",
        ),
        Column(
            f"{_NAME}_observed", "double", "MJ/m2", _OBSERVED,
            f"CASE WHEN {_NAME}_n > 0 THEN round(sunshine_seen / 1000000, 6) END",
        ),
    ),
    "daily": (
        Column(
            f"{_NAME}_total", "double", "MJ/m2",
            "Radiant exposure of the day; empty unless every hour with sun has one",
            f"CASE WHEN sun_complete THEN round({_NAME}_total, 4) END",
        ),
        Column(f"{_NAME}_observed", "double", "MJ/m2", _OBSERVED, f"round({_NAME}_observed, 4)"),
    ),
    "weekly": (
        Column(
            f"{_NAME}_total", "double", "MJ/m2", "Mean radiant exposure of a day",
            f"round(if_complete({_NAME}_total, n_sunny, n_expected), 4)",
        ),
        Column(
            f"{_NAME}_observed", "double", "MJ/m2", "Radiant exposure that was observed in the week",
            f"round({_NAME}_observed, 4)",
        ),
    ),
}  # fmt: skip


def _grade(dataset: str) -> str:
    """Return the grade: of a day, it is the exposure that must be complete."""
    if dataset != "daily":
        return grade(dataset, _NAME)
    return (
        f"CASE WHEN sun_complete THEN 1 WHEN {_NAME}_n >= 0.75 * n_expected"
        f" OR {_NAME}_sure_n >= 0.5 * n_expected THEN 3 ELSE 9 END"
    )


def block() -> Block:
    """Return the columns of solar radiation."""
    return {dataset: _part(dataset) for dataset in AGGREGATES}


def _part(dataset: str) -> Part:
    hourly, full = dataset == "hourly", expected(dataset, _NAME)
    columns = (
        Column(
            f"{_NAME}_mean", "double", "W/m2", "Global irradiance, mean",
            f"round(if_complete({_NAME}_mean, {_NAME}_n, {full}), 4)",
        ),
        Column(
            f"{_NAME}_max", "double", "W/m2", "Global irradiance, highest",
            f"if_half({_NAME}_max, {_NAME}_sure_n, {full})",
        ),
        Column(
            f"{_NAME}_n", "int", "1", f"Valid {PART[dataset]}s; empty if the station does not report it",
            f"CASE WHEN {reported(dataset, _NAME)} THEN {_NAME}_n END",
        ),
        Column(f"{_NAME}_qc", "int", "1", GRADES, _grade(dataset)),
    )  # fmt: skip
    later = {"daily": _DAY, "weekly": _WEEK}
    return Part(
        _SLOTS if hourly else (),
        _HOURS if hourly else _WINDOWS + later[dataset],
        (*columns, *_TOTALS[dataset]),
    )
