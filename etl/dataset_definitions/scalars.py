"""Statistics of variables that are averaged, or whose extremes are taken, like any number."""

from dataclasses import dataclass
from typing import Final

from weather_etl.core import Variable

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


@dataclass(frozen=True)
class Statistic:
    """How one statistic of a variable is made; `{v}` stands for the variable.

    Attributes:
        suffix: of the column.
        published: expression of the published value; `{n}` and `{expected}` stand for the parts there are
            and there should be.
        comment: after the variable's label.
        slots: items that make a slot of samples.
        hours: items that make an hour of slots.
        windows: items that make a day of hours or a week of days.
        unit: empty for the variable's own; None for text.
        type: Hive type.
    """

    suffix: str
    published: str
    comment: str
    slots: tuple[str, ...]
    hours: tuple[str, ...]
    windows: tuple[str, ...] = ()
    unit: str | None = ""
    type: str = "double"


def _extreme(name: str, word: str) -> Statistic:
    return Statistic(
        suffix=name,
        published=f"if_half({{v}}_{name}, {{sure}}, {{expected}})",
        comment=f"{{label}}, {word} good value",
        slots=(f"{name}({{v}}{{mark}}) AS {{v}}_{name}",),
        hours=(f"{name}({{v}}_{name}) AS {{v}}_{name}",),
        windows=(f"{name}({{v}}_{name}) AS {{v}}_{name}",),
    )


def _extreme_time(name: str, word: str, sign: str) -> Statistic:
    def inner(value: str, when: str, order: str) -> str:
        found = f"arg_{name}({when}, row({value}, {sign}{order})) FILTER ({value} IS NOT NULL)"
        return f"{found} AS {{v}}_{name}_time"

    return Statistic(
        suffix=f"{name}_time",
        published=f"if_half({{v}}_{name}_time, {{sure}}, {{expected}})",
        comment=f"When the {word} value was observed first, station time",
        slots=(inner("{v}_sure", "t_local", "t_us"),),
        hours=(inner(f"{{v}}_{name}", f"{{v}}_{name}_time", "slot"),),
        windows=(inner(f"{{v}}_{name}", f"{{v}}_{name}_time", "start_us"),),
        unit=None,
        type="string",
    )


MEAN: Final = Statistic(
    suffix="mean",
    published="round(if_complete({v}_mean, {n}, {expected}), 4)",
    comment="{label}, mean of valid {parts}",
    slots=("exact_mean({v}) AS {v}",),
    hours=("exact_mean({v}) AS {v}_mean",),
    windows=("exact_mean({v}_mean) AS {v}_mean",),
)
MIN: Final = _extreme("min", "lowest")
MIN_TIME: Final = _extreme_time("min", "lowest", "")
MAX: Final = _extreme("max", "highest")
MAX_TIME: Final = _extreme_time("max", "highest", "-")
LAST: Final = Statistic(
    suffix="last",
    published="",
    comment="{label}, last good value",
    slots=("arg_max({v}, t_us) FILTER ({v} IS NOT NULL) AS {v}_last",),
    hours=("arg_max({v}_last, slot) FILTER ({v}_last IS NOT NULL) AS {v}_last",),
)
SD: Final = Statistic(
    suffix="sd",
    published="if_complete(deviation({v}_samples, {v}_sum, {v}_squares), {n}, {expected})",
    comment="{label}, standard deviation of the good values",
    slots=(
        "count({v}) AS {v}_samples",
        "sum(coarse({v})) AS {v}_sum",
        "sum(coarse({v}) * coarse({v})) AS {v}_squares",
    ),
    hours=(
        "sum({v}_samples) AS {v}_samples",
        "sum({v}_sum) AS {v}_sum",
        "sum({v}_squares) AS {v}_squares",
    ),
)
N: Final = Statistic(
    suffix="n",
    published="CASE WHEN {reported} THEN {n} END",
    comment="Valid {parts}; empty if the station does not report it",
    slots=("max(expected_{v}) AS expected_{v}", "count({v}_sure) > 0 AS {v}_is_sure"),
    hours=(
        "count({v}) AS {v}_n",
        "count(*) FILTER ({v}_is_sure) AS {v}_sure_n",
        "max(expected_{v}) AS expected_{v}",
    ),
    windows=(
        "count({v}_mean) AS {v}_n",
        "count({extreme}) AS {v}_sure_n",
        "count(*) FILTER ({v}_qc = 1) AS {v}_whole_n",
        "count({v}_n) > 0 AS {v}_reported",
    ),
    unit="1",
    type="int",
)
QC: Final = Statistic(
    suffix="qc",
    published="{grade}",
    comment=GRADES,
    slots=(),
    hours=(),
    unit="1",
    type="int",
)


def block(variable: Variable) -> Block:
    """Return the columns of a variable's statistics."""
    return {dataset: _part(variable, dataset) for dataset in AGGREGATES}


def _part(variable: Variable, dataset: str) -> Part:
    words = {
        "v": variable.name,
        "label": variable.label,
        "parts": f"{PART[dataset]}s",
        "n": f"{variable.name}_n",
        "sure": f"{variable.name}_sure_n",
        "mark": "_sure" if "mean" in variable.statistics else "",
        "extreme": f"{variable.name}_{_extreme_of(variable)}",
        "expected": expected(dataset, variable.name),
        "reported": reported(dataset, variable.name),
        "grade": grade(dataset, variable.name),
    }
    used = _used(variable, dataset)
    hourly = dataset == "hourly"
    return Part(
        slots=tuple(item.format(**words) for one in used for item in one.slots) if hourly else (),
        window=tuple(item.format(**words) for one in used for item in (one.hours if hourly else one.windows)),
        columns=tuple(_column(variable, one, words) for one in used),
    )


def _extreme_of(variable: Variable) -> str:
    """Return the statistic whose presence says that a part has sure values."""
    return next((name for name in ("max", "min") if name in variable.statistics), "mean")


def _used(variable: Variable, dataset: str) -> list[Statistic]:
    """Return the statistics of a variable in a dataset, in the order of its columns."""
    asked, timed = set(variable.statistics), "times" in variable.statistics
    chosen = {
        "mean": [MEAN],
        "min": [MIN, MIN_TIME] if timed else [MIN],
        "max": [MAX, MAX_TIME] if timed else [MAX],
        "last": [LAST] if dataset == "hourly" else [],
        "sd": [SD] if dataset == "hourly" else [],
    }
    used = [statistic for name, several in chosen.items() if name in asked for statistic in several]
    return [*used, N, QC] if "mean" in asked else used


def _column(variable: Variable, statistic: Statistic, words: dict[str, str]) -> Column:
    published, comment = statistic.published, statistic.comment
    if "mean" not in variable.statistics:  # no completeness to go by: whatever was seen
        published, comment = "", comment.removesuffix(" good value")
    return Column(
        f"{variable.name}_{statistic.suffix}",
        statistic.type,
        variable.unit if statistic.unit == "" else statistic.unit,
        comment.format(**words),
        published.format(**words),
    )
