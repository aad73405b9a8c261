"""The station ledger as a file: its lines, and what is wrong with them."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from weather_etl.checking.problems import Problem, did_you_mean
from weather_etl.checking.schema import load_schema, schema_problems

_COLUMNS: Final = ("from", "to", "station", "variable", "action", "value", "comment", "link")
_NEEDED: Final = ("from", "to", "variable", "action")


def read_ledger(data: bytes, where: str) -> tuple[list[dict[str, str]], list[Problem]]:
    """Return the lines of a ledger as texts by column, and what is wrong with it; no lines if anything is.

    Args:
        data: content of the file, CSV in UTF-8; blank lines and lines that begin with # are left out.
        where: its name, for problems.
    """
    try:
        lines = io.StringIO(data.decode("utf-8-sig"), newline="")
        reader = csv.DictReader(line for line in lines if line.strip() and not line.startswith("#"))
        header = list(reader.fieldnames or ())
        rows = [(f"{where} entry {reader.line_num - 1}", row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [Problem(where, f"cannot be read: {error}")]
    problems = [
        Problem(where, f"has no column {name}", ",".join(_COLUMNS)) for name in _NEEDED if name not in header
    ]
    if not problems:
        problems = [problem for place, row in rows for problem in _row_problems(row, place)]
    if not problems:
        problems = [
            Problem(place, "ends before it begins", "from before to")
            for place, row in rows
            if row["from"]
            and row["to"]
            and datetime.fromisoformat(row["to"]) <= datetime.fromisoformat(row["from"])
        ]
    return ([], problems) if problems else ([row for _, row in rows], [])


def _row_problems(row: Mapping[str, str], place: str) -> list[Problem]:
    if None in row or None in row.values():
        return [Problem(place, "has another number of cells than the header")]
    problems = [
        Problem(f"{place}: {found.where.removeprefix('[0].')}", found.what, found.right, found.hint)
        for found in schema_problems([row], "ledger")
    ]
    variables = load_schema("run-configuration")["$defs"]["variable"]["enum"]
    problems += [
        Problem(f"{place}: variable", f"{name!r} is not a variable", "", did_you_mean(name, variables))
        for name in row["variable"].split()
        if name != "*" and name not in variables
    ]
    if row["action"] != "withhold" and not row.get("value"):
        problems.append(Problem(f"{place}: value", f"is missing for {row['action']}", "a number"))
    return problems
