"""Flags and adjustments in the form that GEUS keeps for PROMICE and GC-Net, as lines of a ledger.

The form: `t0,t1,variable,flag,comment,URL_graphic` and `t0,t1,variable,adjust_function,adjust_value,comment,
URL_graphic`; several variables space separated, some as regular expressions; empty times are open ends; lines
that begin with # are comments.  Flags other than NAN (CHECKME, RIME, DECOR, ...) are remarks: they change
nothing there either until somebody makes them NAN, except RIME and DECOR, which the toolbox withholds too.
"""

import csv
import io
import re

VARIABLES = {
    "t_u": "air_temperature", "rh_u": "relative_humidity", "p_u": "air_pressure", "wspd_u": "wind_speed",
    "wdir_u": "wind_from_direction", "dsr": "downwelling_shortwave", "batt_v": "battery_voltage",
}  # fmt: skip
"""Their names of what this project knows, of the upper boom."""

WITHHELD = ("NAN", "RIME", "DECOR")
ACTIONS = {
    "add": "add",
    "multiply": "multiply",
    "min_filter": "withhold_below",
    "max_filter": "withhold_above",
}


def converted(text: str) -> tuple[list[dict[str, str]], list[str]]:
    """Return the lines that a ledger can say, and why others were left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rows: list[dict[str, str]] = []
    left: list[str] = []
    for row in csv.DictReader(io.StringIO("\n".join(lines)), skipinitialspace=True):
        cells = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        names = _variables(cells["variable"])
        flag, function = cells.get("flag", ""), cells.get("adjust_function", "")
        action = "withhold" if flag in WITHHELD else ACTIONS.get(function, "")
        if not names:
            left.append(f"{cells['variable']}: not a variable of this project")
        elif not action:
            left.append(f"{flag or function}: a remark, or not a ledger's action")
        else:
            rows.append(
                {
                    "from": _instant(cells["t0"]), "to": _instant(cells["t1"]), "station": "",
                    "variable": " ".join(names), "action": action, "value": cells.get("adjust_value", ""),
                    "comment": cells.get("comment", ""), "link": cells.get("URL_graphic", ""),
                }
            )  # fmt: skip
    return rows, left


def _variables(text: str) -> list[str]:
    """Return this project's names of variables, given by name or by regular expression."""
    found: list[str] = []
    for word in text.split():
        if word == "*":
            return ["*"]
        found += [ours for theirs, ours in VARIABLES.items() if theirs == word or _matches(word, theirs)]
    return list(dict.fromkeys(found))


def _matches(pattern: str, name: str) -> bool:
    return (
        any(sign in pattern for sign in ".*(") and re.fullmatch(pattern.replace("($)", ""), name) is not None
    )


def _instant(text: str) -> str:
    text = text.replace(" ", "T")
    if len(text) == 10:
        text += "T00:00:00"
    return text if not text or re.search(r"(Z|[+-]\d{2}:\d{2})$", text) else f"{text}Z"
