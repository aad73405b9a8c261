"""How a demo is reported: as a page for a person, or as one JSON document."""

import csv
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from weather_cli.cost.bill import total
from weather_cli.demo.run import DATASETS, MESSAGES, DemoRun
from weather_cli.stack.pipeline import readable_cause
from weather_cli.ui import Cell, Ui

_SHOWN_DAY: Final = Path("daily/site=EWR/year=2013/daily.csv")
_DAY_COLUMNS: Final = {
    "local_date": ("day", None),
    "n_hours": ("hours", 0),
    "air_temperature_mean": ("T degC", 1),
    "air_temperature_min": ("min", 1),
    "air_temperature_max": ("max", 1),
    "relative_humidity_mean": ("RH %", 0),
    "wind_speed_mean": ("wind m/s", 1),
    "wind_vector_direction": ("from", 0),
    "wind_gust_max": ("gust", 1),
    "rainfall_total": ("rain mm", 1),
    "n_fail": ("failed", 0),
    "qc": ("qc", 0),
}
"""Column of the daily dataset: its heading here and the decimals it is shown with."""


def document(result: DemoRun) -> dict[str, Any]:
    """Return the facts of a demo; the keys are always there, counts are 0 where nothing was read."""
    summary = result.summary or {}
    counts = {name: summary.get(name, 0) for name in dataclasses.asdict(result.expected)}
    return {
        "status": result.run.status,
        **counts,
        "objects_listed": summary.get("objects_listed", 0),
        "objects_unreadable": summary.get("objects_unreadable", 0),
        "published": dataclasses.asdict(result.expected),
        "datasets": result.rows,
        "states": [{"name": v.name, "seconds": round(v.seconds, 3)} for v in result.visits],
        "notification": result.notifications[0] if result.notifications else None,
        "error_record": result.error_record,
        "error": result.run.error or None,
        "cause": result.run.cause or None,
        "resources": result.resources,
        "crawled_columns": result.crawled_columns,
        "run_id": result.run.run_id,
        "cost_usd": round(total(result.bill), 6) if result.bill else None,
        "output": str(result.folder),
        "report": str(result.report),
        "seconds": round(result.seconds, 1),
        "problems": result.problems,
    }


def show(ui: Ui, result: DemoRun) -> None:
    """Print what a person wants to see of a demo."""
    if result.summary is not None:
        _show_counts(ui, result, result.summary)
        _show_datasets(ui, result)
        _show_faults(ui, result.folder)
    if result.run.error:
        _show_failure(ui, result)
    if result.notifications:
        ui.heading("Notification sent")
        ui.line(result.notifications[0]["subject"], style="bold")
        ui.line(result.notifications[0]["message"], wrap=False)
    if result.bill:
        _show_bill(ui, result)
    asked = f", as --fail {result.failure} asked" if result.failure else ""
    verdict = f"{result.run.status}{asked}" if not result.problems else "NOT as it should be"
    ui.heading(f"{verdict}: {result.seconds:.0f} s in all; see {result.folder}/")
    ui.line(f"Look at it: {result.report.as_uri()}", wrap=False)
    if result.rows["daily"]:
        ui.line("Ask why a number is what it is:")
        ui.line(
            f"weather why {result.folder} daily JFK 2013-02-14 air_temperature_mean "
            f"--source {result.folder / MESSAGES}",
            wrap=False,
        )


def _show_counts(ui: Ui, result: DemoRun, summary: Mapping[str, Any]) -> None:
    ui.heading("Every object and every message is accounted for")
    ui.line(_equation(summary, "objects_listed", "objects_read", "objects_unreadable"))
    ui.line(_equation(summary, "messages", "accepted", "duplicates", "merged", "ignored", "quarantined"))
    differ = [n for n, count in dataclasses.asdict(result.expected).items() if summary[n] != count]
    ui.line(f"not as published: {', '.join(differ)}" if differ else "exactly what was published")
    ui.line(f"the crawler's table has the columns {', '.join(result.crawled_columns)}")


def _equation(summary: Mapping[str, Any], whole: str, *parts: str) -> str:
    told = " + ".join(f"{summary[part]} {part.removeprefix('objects_')}" for part in parts)
    return f"{summary[whole]} {whole.replace('_', ' ')} = {told}"


def _show_datasets(ui: Ui, result: DemoRun) -> None:
    ui.heading("Datasets")
    ui.table(["dataset", "rows", "files"], [[n, result.rows[n], result.files[n]] for n in DATASETS])
    ui.heading(f"First days of {_SHOWN_DAY}")
    days = list(_csv(result.folder / _SHOWN_DAY))[:7]
    headings = [heading for heading, _ in _DAY_COLUMNS.values()]
    ui.table(
        headings,
        [[_cell(day[name], decimals) for name, (_, decimals) in _DAY_COLUMNS.items()] for day in days],
    )
    ui.remark("times are the station's own; docs/datasets describes every column")


def _show_faults(ui: Ui, folder: Path) -> None:
    """Show what became of the data's own faults: what was quarantined, and what quality control failed."""
    ui.heading("What was wrong with the data")
    for path in sorted((folder / "quarantine").rglob("*.csv")):
        for reject in _csv(path):
            ui.line(f"quarantined {reject['source_key']}: {reject['reason']}, {reject['detail']}")
    for path in sorted((folder / "observations").rglob("*.csv")):
        for row in _csv(path):
            for name in _failed_variables(row):
                ui.line(f"flagged as failed and not averaged: {name} {row[name]} at {row['obs_time_utc']}")


def _failed_variables(row: Mapping[str, str]) -> list[str]:
    """Return the variables of an observation that quality control failed (QARTOD flag 4)."""
    flags = {column.removesuffix("_qc"): flag for column, flag in row.items() if column.endswith("_qc")}
    return [name for name, flag in flags.items() if flag == "4" and name in row]


def _show_failure(ui: Ui, result: DemoRun) -> None:
    ui.heading("The execution failed")
    key = result.error_record["key"] if result.error_record else "none"
    cause = readable_cause(result.run.cause)
    ui.facts({"error": result.run.error, "cause": cause, "error record": key})


def _show_bill(ui: Ui, result: DemoRun) -> None:
    ui.heading("The same run on AWS")
    rows: list[list[Cell]] = [[line.item, f"{line.usd:.4f}", line.note] for line in result.bill]
    ui.table(["item", "USD", "how"], rows, total=["a run", f"{total(result.bill):.4f}", ""])
    ui.line(
        "List prices of us-east-1 (prices.json), durations of this machine, no free allowance subtracted.",
        style="dim",
    )


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _cell(text: str, decimals: int | None) -> Cell:
    """Return a CSV field for reading: rounded if it is a number, None if it is empty."""
    if decimals is None or not text:
        return text or None
    return f"{float(text):.{decimals}f}"
