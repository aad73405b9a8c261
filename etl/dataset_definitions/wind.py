"""Wind: scalar and vector means, directions, calms, the rose and the gust.

A direction is never averaged as a number: components and unit vectors are.
"""

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

_VECTOR: Final = ("u", "v", "vector_speed", "sine", "cosine")
_PUBLISHED: Final = {
    "u": "wind_u_mean",
    "v": "wind_v_mean",
    "vector_speed": "wind_vector_scalar_mean",
    "sine": "wind_sin_mean",
    "cosine": "wind_cos_mean",
}
_SLOTS: Final = (
    "exact_mean(wind_speed) AS wind_speed",
    "max(wind_speed_sure) AS wind_speed_max",
    "count(wind_speed_sure) > 0 AS wind_speed_is_sure",
    *(f"exact_mean({name}) AS {name}" for name in _VECTOR),
    "max(gust) AS gust",
    "arg_max(t_local, row(gust, -t_us)) FILTER (gust IS NOT NULL) AS gust_time",
    "arg_max_null(gust_direction, row(gust, -t_us)) FILTER (gust IS NOT NULL) AS gust_direction",
    "max(expected_wind_speed) AS expected_wind_speed",
)
_HOURS: Final = (
    "exact_mean(wind_speed) AS wind_speed_mean",
    "max(wind_speed_max) AS wind_speed_max",
    "count(wind_speed) AS wind_speed_n",
    "count(*) FILTER (wind_speed_is_sure) AS wind_speed_sure_n",
    *(f"exact_mean({name}) AS {name}" for name in _VECTOR),
    "count(u) AS wind_vector_n",
    "count(sine) AS wind_direction_n",
    "count(*) FILTER (wind_speed < 0.5) AS wind_calm_n",
    "rose_of(CASE WHEN wind_speed >= 0.5 AND u IS NOT NULL AND u * u + v * v > 0 THEN sector_of(u, v) END) "
    "AS wind_rose",
    "max(gust) AS gust",
    "arg_max(gust_time, row(gust, -slot)) FILTER (gust IS NOT NULL) AS gust_time",
    "arg_max_null(gust_direction, row(gust, -slot)) FILTER (gust IS NOT NULL) AS gust_direction",
    "max(expected_wind_speed) AS expected_wind_speed",
)
_WINDOWS: Final = (
    "exact_mean(wind_speed_mean) AS wind_speed_mean",
    "max(wind_speed_max) AS wind_speed_max",
    "count(wind_speed_mean) AS wind_speed_n",
    "count(wind_speed_max) AS wind_speed_sure_n",
    "count(*) FILTER (wind_speed_qc = 1) AS wind_speed_whole_n",
    "count(wind_speed_n) > 0 AS wind_speed_reported",
    *(f"exact_mean({_PUBLISHED[name]}) AS {name}" for name in ("u", "v", "vector_speed")),
    # weighed by how many slots have a direction: a calm night with one reading is not half of the day
    *(f"weighed_mean({_PUBLISHED[name]}, slots_of_rose(wind_rose)) AS {name}" for name in ("sine", "cosine")),
    "count(wind_u_mean) AS wind_vector_n",
    "count(wind_sin_mean) AS wind_direction_n",
    "sum(wind_calm_n) AS wind_calm_n",
    "sum(wind_slot_n) AS wind_slot_n",
    "sum_of_roses(wind_rose) AS wind_rose",
    "max(wind_gust_max) AS gust",
    "arg_max(wind_gust_time, row(wind_gust_max, -start_us)) FILTER (wind_gust_max IS NOT NULL) AS gust_time",
    "arg_max_null(wind_gust_direction, row(wind_gust_max, -start_us)) FILTER (wind_gust_max IS NOT NULL) "
    "AS gust_direction",
)


def block() -> Block:
    """Return the columns of the wind."""
    return {
        dataset: Part(
            _SLOTS if dataset == "hourly" else (),
            _HOURS if dataset == "hourly" else _WINDOWS,
            _columns(dataset),
        )
        for dataset in AGGREGATES
    }


def _columns(dataset: str) -> tuple[Column, ...]:
    parts, full = f"{PART[dataset]}s", expected(dataset, "wind_speed")
    slots = "wind_speed_n" if dataset == "hourly" else "wind_slot_n"

    def vector(expression: str, decimals: int | None = None) -> str:
        whole = f"if_complete({expression}, wind_vector_n, {full})"
        return whole if decimals is None else f"round({whole}, {decimals})"

    return (
        Column(
            "wind_speed_mean", "double", "m/s", "Scalar mean wind speed",
            f"round(if_complete(wind_speed_mean, wind_speed_n, {full}), 4)",
        ),
        Column(
            "wind_speed_max", "double", "m/s", "Highest mean wind speed of an observation",
            f"if_half(wind_speed_max, wind_speed_sure_n, {full})",
        ),
        Column(
            "wind_speed_n", "int", "1",
            f"Valid {parts} for the mean wind speed; empty if the station does not report it",
            f"CASE WHEN {reported(dataset, 'wind_speed')} THEN wind_speed_n END",
        ),
        Column("wind_speed_qc", "int", "1", GRADES, grade(dataset, "wind_speed")),
        Column(
            "wind_u_mean", "double", "m/s", "Mean eastward component; a calm counts as 0", vector("u", 6)
        ),
        Column(
            "wind_v_mean", "double", "m/s", "Mean northward component; a calm counts as 0", vector("v", 6)
        ),
        Column(
            "wind_vector_n", "int", "1", f"Valid {parts} for the vector mean (speed with direction, or calm)"
        ),
        Column(
            "wind_vector_speed", "double", "m/s", "Length of the mean wind vector",
            vector("sqrt(u * u + v * v)", 4),
        ),
        Column(
            "wind_vector_direction", "double", "degree",
            "Direction the mean wind vector comes from, [0, 360)", vector("from_direction(u, v)"),
        ),
        Column(
            "wind_vector_scalar_mean", "double", "m/s",
            "Scalar mean speed over the same observations as the vector mean", vector("vector_speed", 4),
        ),
        Column(
            "wind_steadiness", "double", "1", "Vector over scalar speed, 0 to 1",
            vector("steadiness(u, v, vector_speed)"),
        ),
        Column(
            "wind_sin_mean", "double", "1", "Mean sine of the direction, without calms", vector("sine", 6)
        ),
        Column(
            "wind_cos_mean", "double", "1", "Mean cosine of the direction, without calms", vector("cosine", 6)
        ),
        Column("wind_direction_n", "int", "1", f"Valid {parts} with a direction, without calms"),
        Column(
            "wind_unit_direction", "double", "degree", "Mean direction of unit vectors, [0, 360)",
            vector("unit_direction(sine, cosine)"),
        ),
        Column("wind_calm_n", "int", "1", "Slots below 0.5 m/s"),
        Column(
            "wind_slot_n", "int", "1", "Slots with a valid wind speed",
            "wind_speed_n" if dataset == "hourly" else "",
        ),
        Column(
            "wind_calm_share", "double", "1", "Share of slots below 0.5 m/s",
            f"CASE WHEN {slots} > 0 THEN round(wind_calm_n / {slots}, 4) END",
        ),
        Column(
            "wind_rose", "string", None,
            "Slots by direction: 16 counts from N over E, S, W to NNW, space separated, without calms",
        ),
        Column(
            "wind_prevailing_sector", "string", None,
            "Most frequent of the 16 sectors; the first from north on when equal", "prevailing(wind_rose)",
        ),
        Column("wind_gust_max", "double", "m/s", "Highest gust", "gust"),
        Column(
            "wind_gust_time", "string", None, "When the highest gust was observed, station time", "gust_time"
        ),
        Column(
            "wind_gust_direction", "double", "degree",
            "Direction of the highest gust, else of the wind at that time", "gust_direction",
        ),
    )  # fmt: skip
