"""A passport in words and tables, for a person."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from weather_cli.passport.collect import Passport
from weather_cli.ui import Cell, Ui

_SHOWN: Final = 32
"""Rows of a table that a terminal is shown; --json gives all."""

_FLAGS: Final = {1: "1 good", 2: "2 not evaluated", 3: "3 suspect", 4: "4 fail", 9: "9 missing"}


def show(ui: Ui, passport: Passport) -> None:
    """Print a passport: the number, where it is from, and whether it could be made again."""
    cell, run = passport.cell, passport.run
    unit = "" if cell["unit"] in (None, "1") else f" {cell['unit']}"
    sensor = f", {cell['sensor']}" if "sensor" in cell else ""
    ui.heading(f"{cell['column']} of {_station(cell)}{sensor}")
    ui.facts(
        {
            "value": f"{passport.value}{unit}" if passport.value else "(missing)",
            "meaning": cell["meaning"],
            "time": cell["from"] if cell["from"] == cell["to"] else f"{cell['from']} to {cell['to']}",
            "file": cell["file"],
        }
    )
    if "sensor" in cell:
        _table(ui, "Hours of all sites, in that week and the five before", passport.parts)
    elif passport.parts:
        _table(ui, f"Rows of {cell['sums_up']} that it sums up", passport.parts)
    _observations(ui, passport)
    _table(ui, "Fields of the message", passport.fields)
    _rules(ui, passport)
    _messages(ui, passport)
    ui.heading("Profiles, run and versions")
    ui.facts(
        {
            f"profile {one['name']}": f"{one['origin']}, sha256 {one['sha256'][:12]}"
            for one in passport.profiles
        }
        | {
            "run": f"{run['id']}, up to {run['until']}",
            "lake": run["source"],
            "zone": run["timezone"],
            "configuration": f"sha256 {run['config_sha256'][:12]}",
            "versions": ", ".join(f"{name} {version}" for name, version in run["versions"].items()),
        }
    )
    for remark in passport.remarks:
        ui.line(f"note: {remark}", style="yellow")
    ui.heading("Computed again")
    count = len(passport.messages["of_its_window"]) + len(passport.messages["of_the_days_around"])
    again = "no such row" if passport.recomputed is None else passport.recomputed or "(missing)"
    ui.facts(
        {
            "from": f"{count:,} objects, by weather_etl {run['recomputed_with']}",
            "result": again,
            "equal": "yes, to the byte" if passport.equal else "no",
        }
    )


def difference(passport: Passport) -> str:
    """Return in one line that a number could not be made again, and the likely reason."""
    again = "no such row" if passport.recomputed is None else repr(passport.recomputed)
    why = "; ".join(passport.remarks) or "the lake or a file of the target was changed by somebody else"
    return f"published is {passport.value!r}, its messages give {again}: {why}"


def _station(cell: Mapping[str, Any]) -> str:
    return cell["site"] if cell["site"] == cell["station"] else f"{cell['site']}/{cell['station']}"


def _observations(ui: Ui, passport: Passport) -> None:
    rows = passport.observations
    if not rows:
        return
    names = list(dict.fromkeys(name for row in rows for name in row["values"]))
    flagged = [row for row in rows if row["rules"] or row["conflicts"] or row["adjusted"]]
    shown = rows if len(rows) <= _SHOWN else flagged or rows
    title = f"{len(rows):,} observations" if len(rows) > 1 else "The observation"
    if len(shown) < len(rows):
        title += f", of which {len(shown):,} are flagged"
    lines = [
        {
            "time": row["time"],
            **{name: _digits(row["values"].get(name)) for name in names},
            "flags": ", ".join(dict.fromkeys(_FLAGS[flag] for flag in row["flags"].values())),
            "rules": _marks(row),
        }
        for row in shown
    ]
    _table(ui, title, lines)


def _digits(value: float | None) -> str | None:
    """Return a number with all its digits, as the files have them."""
    return None if value is None else repr(value)


def _marks(row: Mapping[str, Any]) -> str:
    told = [f"{name}: {rule}" for name, rule in row["rules"].items()]
    told += [f"{name}: messages disagree" for name in row["conflicts"]]
    told += [f"{name}: corrected" for name in row["adjusted"]]
    return ", ".join(told)


def _rules(ui: Ui, passport: Passport) -> None:
    lines = [
        {
            "variable": one["variable"],
            "rule": one["rule"],
            "limits": ", ".join(f"{name} {_plain(value)}" for name, value in one["limits"].items()),
            "suspect": one["suspect"],
            "failed": one["failed"],
            "source": one["source"],
        }
        for one in passport.rules
    ]
    _table(ui, "Rules that judge it", lines)


def _plain(value: Any) -> str:  # noqa: ANN401  a JSON value
    if isinstance(value, dict):
        named = cast("Mapping[str, Any]", value)
        return " ".join(f"{name} {_plain(inner)}" for name, inner in named.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, cast("Sequence[Any]", value))) + "]"
    return str(value)


def _messages(ui: Ui, passport: Passport) -> None:
    inside, around = passport.messages["of_its_window"], passport.messages["of_the_days_around"]
    if "sensor" in passport.cell:
        _table(ui, "Messages", [{"key": key} for key in inside])
        return
    by_key = {one["key"]: one for row in passport.observations for one in row["messages"]}
    lines = [{name: by_key[key][name] for name in ("key", "record", "entered", "profile")} for key in inside]
    _table(ui, "Messages", lines)
    if around:
        ui.remark(f"and {len(around):,} of the days around, which flags, rain and slots look at")


def _table(ui: Ui, title: str, rows: Sequence[Mapping[str, Cell]]) -> None:
    """Print rows under a heading; a terminal is shown the first, anything else gets all."""
    if not rows:
        return
    ui.heading(title)
    some = rows[:_SHOWN] if ui.fancy else rows
    columns = list(rows[0])
    ui.table(columns, [[row.get(name) for name in columns] for row in some])
    if len(some) < len(rows):
        ui.remark(f"{len(rows) - len(some):,} more; --json gives all")
