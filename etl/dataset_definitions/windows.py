"""The columns that say which window a row stands for, how much of it was seen, and how good it is."""

from typing import Final

from weather_etl.core import VARIABLES

from dataset_definitions.column import AGGREGATES, GRADES, PART, Block, Column, Part, grade, reported

_LONG: Final = {"hourly": "hour", "daily": "local day", "weekly": "week"}
_N_PARTS: Final = {
    "hourly": "Slots with an observation",
    "daily": "Hours with an observation",
    "weekly": "Days with an observation",
}
_N_EXPECTED: Final = {
    "hourly": "Slots in the hour",
    "daily": "Hours in the local day (23 or 25 when the clock changes), or intervals that are longer",
    "weekly": "Days in the week: 7, or 6 where a date line leaves one out",
}
_DERIVED: Final = {
    "dew_point_temperature": "dew_point_derived",
    "air_pressure_at_mean_sea_level": "sea_level_derived",
}
"""Variables that are computed where they are not measured, and what the SQL calls that they were."""

_ISO: Final = (
    Column("iso_year", "int", "1", "Year of the ISO 8601 week in which the week's fourth day lies"),
    Column("iso_week", "int", "1", "Number of that ISO 8601 week, 1 to 53"),
)


def block() -> Block:
    """Return the leading columns of each aggregate."""
    return {dataset: _part(dataset) for dataset in AGGREGATES}


def _part(dataset: str) -> Part:
    n_parts = f"n_{PART[dataset]}s"
    slot = (
        Column(
            "slot_seconds",
            "int",
            "s",
            "Length of a slot: a minute, or the station's own interval if that is longer",
            "coalesce(slot_seconds, rain_slot_seconds)",
        ),
    )
    # an hour that only rain is known of has no samples
    hourly = dataset == "hourly"
    parts, full = (
        (f"coalesce({n_parts}, 0)", "coalesce(n_expected, rain_expected)")
        if hourly
        else (n_parts, "n_expected")
    )
    columns = (
        Column("station_id", "string", None, "Device that observed"),
        *_bounds(_LONG[dataset]),
        Column("local_date", "string", None, f"Local calendar date on which the {_LONG[dataset]} starts"),
        *(_ISO if dataset == "weekly" else ()),
        Column(
            "n_obs",
            "bigint",
            "1",
            f"Observations in the {_LONG[dataset]}",
            "coalesce(n_obs, 0)" if hourly else "",
        ),
        *(slot if hourly else ()),
        Column(n_parts, "int", "1", _N_PARTS[dataset], parts if hourly else ""),
        Column("n_expected", "int", "1", _N_EXPECTED[dataset], full if hourly else ""),
        Column("coverage", "double", "1", f"{n_parts} / n_expected", f"round(least({parts} / {full}, 1), 4)"),
        Column(
            "n_suspect",
            "bigint",
            "1",
            "Values flagged 3 in the window; they enter means, not extremes",
            "coalesce(n_suspect, 0)" if hourly else "",
        ),
        Column(
            "n_fail",
            "bigint",
            "1",
            "Values flagged 4 in the window; they enter no statistic",
            "coalesce(n_fail, 0)" if hourly else "",
        ),
        Column(
            "qc",
            "int",
            "1",
            f"{GRADES} (worst of the core variables that this station reports)",
            _worst_grade(dataset, n_parts),
        ),
        Column(
            "derived",
            "string",
            None,
            "Variables that were computed rather than measured, space separated",
            "nullif(concat_ws(' ',\n        "
            + ",\n        ".join(f"CASE WHEN {flag} THEN '{name}' END" for name, flag in _DERIVED.items())
            + "), '')",
        ),
    )
    return Part(_slots() if dataset == "hourly" else (), _window(dataset, n_parts), columns)


def _bounds(window: str) -> tuple[Column, ...]:
    """Return the bounds of a window, which the program writes as text."""
    return (
        Column(
            "window_start", "string", None, f"Start of the {window} in station time, with offset (inclusive)"
        ),
        Column("window_end", "string", None, f"End of the {window} in station time, with offset (exclusive)"),
        Column("window_start_utc", "string", None, "The same start in UTC"),
        Column("window_end_utc", "string", None, "The same end in UTC"),
    )


def _slots() -> tuple[str, ...]:
    return (
        "any_value(local_date) AS local_date",
        "count(*) AS n_obs",
        "max(slot_seconds) AS slot_seconds",
        "max(expected) AS expected",
        "sum(n_suspect) AS n_suspect",
        "sum(n_fail) AS n_fail",
        *(f"bool_or({flag}) AS {flag}" for flag in _DERIVED.values()),
    )


def _window(dataset: str, n_parts: str) -> tuple[str, ...]:
    seen = "count(*)" if dataset == "hourly" else "count(*) FILTER (n_obs > 0)"
    counts = ("sum(n_obs) AS n_obs", f"{seen} AS {n_parts}")
    flags = ("sum(n_suspect) AS n_suspect", "sum(n_fail) AS n_fail")
    if dataset == "hourly":
        return (
            "any_value(local_date) AS local_date",
            *counts,
            "max(slot_seconds) AS slot_seconds",
            "max(expected) AS n_expected",
            *flags,
            *(f"bool_or({flag}) AS {flag}" for flag in _DERIVED.values()),
        )
    return (
        *counts,
        *flags,
        *(f"bool_or(contains(derived, '{name}')) AS {flag}" for name, flag in _DERIVED.items()),
    )


def _worst_grade(dataset: str, n_parts: str) -> str:
    grades = [
        f"CASE WHEN {reported(dataset, one.name)} THEN {grade(dataset, one.name)} END"
        for one in VARIABLES
        if one.core
    ]
    if dataset == "hourly":
        whole = f"grade({n_parts}, {n_parts}, n_expected)"
    else:
        whole = f"grade_of_parts({n_parts}, {n_parts}, {n_parts}, n_expected)"
    return f"greatest(\n        {whole},\n        " + ",\n        ".join(grades) + ")"
