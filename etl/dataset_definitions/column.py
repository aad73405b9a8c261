"""What a column is, and what a block of columns adds to the statement of a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

AGGREGATES: Final = ("hourly", "daily", "weekly")
WINDOW: Final = {"hourly": "hour", "daily": "day", "weekly": "week"}
"""What a row of each dataset stands for."""

PART: Final = {"hourly": "slot", "daily": "hour", "weekly": "day"}
"""What the windows of each dataset are made of."""


@dataclass(frozen=True)
class Column:
    """A column of a dataset.

    Attributes:
        name: of the column.
        type: Hive type.
        unit: of the number; None for text.
        comment: what it means, in the catalogue and in the documentation.
        sql: expression of the published value; empty where the statement has a column of this name, or where
            the program fills it in.
    """

    name: str
    type: str
    unit: str | None
    comment: str
    sql: str = ""

    def selected(self) -> str:
        """Return the column as an item of the last SELECT."""
        return f"{self.sql} AS {self.name}" if self.sql else self.name


@dataclass(frozen=True)
class Part:
    """What a block adds to one dataset.

    Attributes:
        slots: items of the SELECT that makes slots of samples (hourly only).
        window: items of the SELECT that makes windows of slots, hours or days.
        columns: what is published.
    """

    slots: tuple[str, ...]
    window: tuple[str, ...]
    columns: tuple[Column, ...]


Block: TypeAlias = Mapping[str, Part]
"""A group of columns: what it adds to each aggregate."""


GRADES: Final = "1 complete, 3 partial or in doubt, 9 too little for mean and extremes"


def reported(dataset: str, variable: str) -> str:
    """Return the condition that a station reports a variable, good or not."""
    return f"expected_{variable} > 0" if dataset == "hourly" else f"{variable}_reported"


def grade(dataset: str, variable: str) -> str:
    """Return the grade of a variable in a window: 9 too if it is not reported."""
    if dataset == "hourly":
        return f"grade({variable}_n, {variable}_sure_n, expected_{variable})"
    return f"grade_of_parts({variable}_whole_n, {variable}_n, {variable}_sure_n, n_expected)"


def expected(dataset: str, variable: str) -> str:
    """Return what the SQL calls the number of parts that a window of a variable should have."""
    return f"expected_{variable}" if dataset == "hourly" else "n_expected"
