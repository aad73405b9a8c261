"""The station ledger: what people know of sensors, one CSV a site beside the run configuration.

    ledger/EWR.csv:
    from,to,station,variable,action,value,comment,link
    2025-06-01T00:00:00Z,2025-06-08T00:00:00Z,,air_temperature,withhold,,fan stood still,
    2025-06-08T00:00:00Z,,,air_pressure,add,1.4,barometer moved to the roof,https://...

Withheld values are treated as if they had never come; `add` and `multiply` correct a known error and name the
variable in the column `adjusted`.  A change of the ledger takes effect on the past by a replay.  The form
follows the flags and adjustments that GEUS keeps for the PROMICE and GC-Net stations.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from weather_etl.checking import Problem, read_ledger
from weather_etl.core import VARIABLE_NAMES, parse_instant

COLUMNS: Final = ("from", "to", "station", "variable", "action", "value", "comment", "link")
Action = Literal["withhold", "withhold_below", "withhold_above", "add", "multiply"]


@dataclass(frozen=True)
class LedgerEntry:
    """One line.

    Attributes:
        from_us: first instant that it holds for; None: from the beginning.
        to_us: instant before which it holds; None: it goes on.
        station: device; None: all of the site.
        variables: that it is about.
        action: what to do with their values.
        value: number of the action; 0 for `withhold`.
    """

    from_us: int | None
    to_us: int | None
    station: str | None
    variables: tuple[str, ...]
    action: Action
    value: float


def parse_ledger(data: bytes, where: str) -> tuple[list[LedgerEntry], list[Problem]]:
    """Return the entries of a file, and what is wrong with it; there are no entries if anything is.

    Args:
        data: content of the file.
        where: its name, for problems.
    """
    rows, problems = read_ledger(data, where)
    return [_entry(row) for row in rows], problems


def _entry(row: Mapping[str, str]) -> LedgerEntry:
    names = row["variable"].split()
    return LedgerEntry(
        from_us=parse_instant(row["from"]) if row["from"] else None,
        to_us=parse_instant(row["to"]) if row["to"] else None,
        station=row.get("station") or None,
        variables=VARIABLE_NAMES if "*" in names else tuple(names),
        action=cast("Action", row["action"]),
        value=float(row.get("value") or 0),
    )


def render_ledger(rows: Sequence[Mapping[str, str]]) -> str:
    """Return lines of a ledger, with the header."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.get(name, "") for name in COLUMNS] for row in rows)
    return sink.getvalue()
