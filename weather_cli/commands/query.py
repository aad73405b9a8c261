"""Ask the datasets of a target a question in SQL, in a folder or a bucket.

The answer comes from DuckDB; the types of all columns are stated, never guessed.
"""

import argparse
import csv
import datetime as dt
import decimal
import json
import math
import sys
from typing import TYPE_CHECKING, Any, Final

from weather_cli.arguments import Subparsers, add_command, options_first
from weather_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weather_report import Target

    from weather_cli.ui import Ui

_SHOWN_ROWS: Final = 60
"""Rows that a person is shown; a file or a pipe gets all."""

USEFUL: Final = (
    (
        "What is there, by station",
        "SELECT site, station_id, min(local_date) AS first, max(local_date) AS last, count(*) AS days, "
        "round(avg(coverage), 3) AS coverage FROM daily GROUP BY ALL ORDER BY ALL",
    ),
    (
        "The last days of each station",
        "SELECT site, station_id, local_date, air_temperature_min AS low, air_temperature_mean AS mean, "
        "air_temperature_max AS high, rainfall_total AS rain, wind_gust_max AS gust FROM daily "
        "QUALIFY row_number() OVER (PARTITION BY site, station_id ORDER BY local_date DESC) <= 7 "
        "ORDER BY ALL",
    ),
    (
        "Days that are not complete",
        "SELECT site, station_id, local_date, n_hours, round(coverage, 2) AS coverage FROM daily "
        "WHERE coverage < 0.75 ORDER BY coverage LIMIT 50",
    ),
    (
        "Values that failed quality control",
        "SELECT site, station_id, obs_time_local, air_temperature, air_temperature_qc, wind_speed, "
        "wind_speed_qc FROM observations WHERE qc = 4 ORDER BY ALL LIMIT 50",
    ),
    (
        "The mean day: temperature by local hour",
        "SELECT site, window_start[12:13]::INT AS hour, round(avg(air_temperature_mean), 1) AS mean "
        "FROM hourly GROUP BY ALL ORDER BY ALL",
    ),
)
"""Queries that teach the datasets: (what it answers, SQL)."""


def register(subparsers: Subparsers) -> None:
    """Add `weather query`."""
    parser = add_command(
        subparsers,
        "query",
        summary="Ask the datasets of a target a question in SQL",
        description=(
            "Answer a query over the views observations, hourly, daily and weekly of a target. Without a\n"
            "query it says what is there and shows five useful ones. Columns *_utc are timestamps in UTC,\n"
            "local_date is a date; all other times are text with their offset. Only the files of the sites,\n"
            "months and days that a query names (site, date, month, year) are read."
        ),
        examples=[
            ("weather query demo-output", "what is there, and queries to begin with"),
            ("weather query demo-output 'SELECT max(wind_gust_max) FROM daily'", "an answer"),
            (
                "weather query s3://my-datasets --csv 'FROM daily' > daily.csv",
                "a bucket; all days as one file",
            ),
            ("weather query --stack prod --json - < question.sql", "a stack's datasets; SQL from stdin"),
            ("weather query demo-output --views > views.sql", "the views, for DuckDB itself"),
        ],
        statuses={2: "wrong usage, or DuckDB does not understand the query"},
    )
    parser.add_argument(
        "words", nargs="*", metavar="TARGET [SQL]", help="folder or s3://bucket[/prefix], and the query"
    )
    parser.add_argument("--stack", metavar="NAME", help="the datasets of this stack, instead of a TARGET")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print the answer as CSV")
    form.add_argument("--json", action="store_true", help="print the answer as a JSON array of objects")
    form.add_argument("--views", action="store_true", help="print the views as SQL for DuckDB")
    parser.set_defaults(handler=handler)
    options_first(parser)


def handler(arguments: argparse.Namespace) -> int:
    """Answer the query, or say what is there."""
    from weather_cli.target.place import target_of

    words: list[str] = list(arguments.words)
    address = None if arguments.stack else (words.pop(0) if words else None)
    if len(words) > 1:
        raise UsageError("give the query as one argument, in quotes: weather query TARGET 'SELECT ...'")
    target = target_of(address, arguments.stack)
    if arguments.views:
        return _views(target)
    sql = (sys.stdin.read() if words[0] == "-" else words[0]).strip() if words else ""
    if words and not sql:
        raise UsageError("the query is empty")
    if not sql:
        return _overview(target, as_json=arguments.json)
    return _answer(target, sql, arguments)


def _views(target: "Target") -> int:
    from weather_etl.datasets import tables, views

    print(views.document(name for name in tables() if target.storage.folders(f"{name}/")), end="")
    return 0


def _overview(target: "Target", *, as_json: bool) -> int:
    """Show the datasets by their files alone, which no size of history makes slow, and the queries."""
    from weather_etl.datasets import tables

    from weather_cli.ui import Ui

    there: list[dict[str, Any]] = []
    for name in tables():
        values = [file.values for file in target.files(name)]
        times = sorted(value[-1] for value in values)
        there.append(
            {
                "dataset": name,
                "a row is": _ROW.get(name, ""),
                "sites": len({value[0] for value in values if len(value) > 1}) or None,
                "files": len(values),
                "from": times[0] if times else "",
                "to": times[-1] if times else "",
            }
        )
    if as_json:
        names = ("dataset", "sites", "files", "from", "to")
        print(json.dumps([{name: row[name] for name in names} for row in there]))
        return 0
    ui = Ui()
    ui.table(
        ["dataset", "a row is", "sites", "files", "from", "to"],
        [[row[key] for key in ("dataset", "a row is", "sites", "files", "from", "to")] for row in there],
    )
    ui.heading("Five queries to begin with")
    for title, sql in USEFUL:
        ui.remark(title)
        ui.line(f"weather query {_quoted(target.url)} {_quoted(sql)}", wrap=False)
    ui.remark("every column with its unit: docs/datasets; as SQL: weather query TARGET 'DESCRIBE hourly'")
    return 0


_ROW: Final = {
    "observations": "a station and a time of observation",
    "hourly": "a station and a clock hour",
    "daily": "a station and a local day",
    "weekly": "a station and a week",
    "sensor_weeks": "a sensor and a week: what its neighbours say of it",
}


def _answer(target: "Target", sql: str, arguments: argparse.Namespace) -> int:
    import duckdb

    from weather_cli.target.views import connect
    from weather_cli.ui import Ui

    try:
        with Ui(sys.stderr).progress(f"asking {target.url}", {}):
            result = connect(target, sql).execute(sql)
            columns = [column[0] for column in result.description or []]
            rows = result.fetchall() if columns else []
    except duckdb.Error as error:
        raise UsageError(_said(error)) from None
    shown = [[_value(name, value) for name, value in zip(columns, row, strict=True)] for row in rows]
    if arguments.json:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in shown], ensure_ascii=False))
    elif arguments.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([columns, *shown])
    else:
        _show(Ui(), columns, shown)
    return 0


def _show(ui: "Ui", columns: list[str], rows: "Sequence[Sequence[Any]]") -> None:
    some = rows[:_SHOWN_ROWS] if ui.fancy else rows
    ui.table(columns, [[_cell(value) for value in row] for row in some])
    if len(some) < len(rows):
        ui.remark(f"{len(rows) - len(some):,} more rows; --csv or --json gives all {len(rows):,}")


def _said(error: Exception) -> str:
    """Return DuckDB's own words without the drawing of the place, which one line cannot hold."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("LINE", "^"))]
    return " ".join(told)[:600]


def _value(name: str, value: Any) -> Any:  # noqa: ANN401  whatever SQL can yield
    """Return a value as JSON has it; instants of our own columns say that they are UTC."""
    if isinstance(value, dt.datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None and name.endswith("_utc") else "")
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _cell(value: Any) -> Any:  # noqa: ANN401  a JSON value
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else value  # with all its digits, as the files have them


def _quoted(text: str) -> str:
    import shlex

    return '"' + text + '"' if "'" in text and '"' not in text and "$" not in text else shlex.quote(text)
