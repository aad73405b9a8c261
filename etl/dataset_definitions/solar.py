"""Global solar radiation: irradiance, and the radiant exposure of days."""

from typing import Final

from dataset_definitions.column import AGGREGATES, PART, Block, Column, Part, expected

_NAME: Final = "downwelling_shortwave"
_SLOTS: Final = (
    f"exact_mean({_NAME}) AS {_NAME}",
    f"max({_NAME}) AS {_NAME}_max",
    f"max(expected_{_NAME}) AS expected_{_NAME}",
)
_HOURS: Final = (
    f"exact_mean({_NAME}) AS {_NAME}_mean",
    f"max({_NAME}_max) AS {_NAME}_max",
    f"count({_NAME}) AS {_NAME}_n",
    f"max(expected_{_NAME}) AS expected_{_NAME}",
)
_WINDOWS: Final = (
    f"exact_mean({_NAME}_mean) AS {_NAME}_mean",
    f"max({_NAME}_max) AS {_NAME}_max",
    f"count({_NAME}_mean) AS {_NAME}_n",
)
_WEEK: Final = (f"exact_mean({_NAME}_total) AS {_NAME}_total",)
_TOTAL: Final = {
    "daily": Column(
        f"{_NAME}_total", "double", "MJ/m2", "Radiant exposure of the day: mean x 86400 / 1e6",
        # the mean over the day in W/m2 times its seconds
        f"round(if_complete({_NAME}_mean, {_NAME}_n, n_expected) * n_expected * 3600 / 1000000, 4)",
    ),
    "weekly": Column(
        f"{_NAME}_total", "double", "MJ/m2", "Mean radiant exposure of a day",
        f"round(if_complete({_NAME}_total, {_NAME}_n, n_expected), 4)",
    ),
}  # fmt: skip


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
            f"if_half({_NAME}_max, {_NAME}_n, {full})",
        ),
        Column(f"{_NAME}_n", "int", "1", f"Valid {PART[dataset]}s"),
        Column(
            f"{_NAME}_qc", "int", "1", "1 complete, 3 partial, 9 too little for a mean",
            f"grade({_NAME}_n, {full})",
        ),
    )  # fmt: skip
    return Part(
        _SLOTS if hourly else (),
        _HOURS if hourly else _WINDOWS + (_WEEK if dataset == "weekly" else ()),
        columns if hourly else (*columns, _TOTAL[dataset]),
    )
