"""Checks of single settings, each of a value that is of the right type already."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from weather_etl.checking import FORMATS, Problem, did_you_mean

from components.naming import DATASET_TABLES, table_of_prefix
from components.settings.key import Check, Value


def matching(pattern: str) -> Check:
    """Accept text that matches a pattern as a whole."""
    return _check(lambda text: re.fullmatch(pattern, text) is not None, f"does not match {pattern}")


def between(low: int, high: int) -> Check:
    """Accept whole numbers of a range, both ends included."""
    return _check(lambda number: low <= number <= high, f"is not from {low} to {high}")


def one_of(*allowed: Value, reasons: Mapping[str, str] | None = None) -> Check:
    """Accept some values; ``reasons`` say why others that people try are not among them."""

    def check(value: Value) -> list[Problem]:
        if value in allowed:
            return []
        reason = f": {reasons[value]}" if reasons and value in reasons else ""
        return [Problem("", f"{value!r} is not accepted{reason}", "", did_you_mean(value, map(str, allowed)))]

    return check


def valid(parse: Callable[[str], object], what: str) -> Check:
    """Accept text that a function accepts, which raises ValueError for any other; ``what`` names the text."""

    def accepted(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return _check(accepted, f"is not {what}")


def instant_text(text: str) -> str:
    """Return a time in ISO 8601: the CLI hands one without quotes over as `2026-01-01 00:00:00 +0000 UTC`."""
    return re.sub(r"^(\S+) (\S+) ([+-]\d{2})(\d{2}) \S+$", r"\1T\2\3:\4", text)


def parse_instant(text: str) -> None:
    """Accept an ISO 8601 date-time with an offset, and the empty text.

    Raises:
        ValueError: it is neither.
    """
    text = instant_text(text)
    if text and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("has no UTC offset")


def time_zone(value: str) -> list[Problem]:
    """Accept an IANA time zone, and an offset ``+HH:MM``."""
    what, hint = FORMATS["time-zone"](value)
    return [Problem("", what, "", hint)] if what else []


def prefix(value: str) -> list[Problem]:
    """Accept a key prefix whose last segment gives the raw table a name of its own."""
    if not re.fullmatch(r"([A-Za-z0-9!_.*'()-]+/)+", value):
        return [Problem("", f"{value!r} is not one or more segments of safe characters, each followed by /")]
    table = table_of_prefix(value)
    if table in DATASET_TABLES:
        return [Problem("", f"would name the raw table {table}, which is the name of a dataset")]
    return []


def subscribers(value: list[Any]) -> list[Problem]:
    """Accept subscribers that SNS knows how to reach."""
    patterns = {
        "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
        "email-json": r"[^@\s]+@[^@\s]+\.[^@\s]+",
        "https": r"https://\S+",
        "sqs": r"arn:[\w-]+:sqs:\S+",
    }
    found: list[Problem] = []
    for index, item in enumerate(value):
        entry = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        pattern = patterns.get(str(entry.get("protocol")))
        if set(entry) != {"protocol", "endpoint"} or pattern is None:
            found.append(
                Problem(f"[{index}]", f"must have a protocol ({', '.join(patterns)}) and an endpoint")
            )
        elif not re.fullmatch(pattern, str(entry["endpoint"])):
            # The endpoint itself may hold a password.
            found.append(Problem(f"[{index}].endpoint", f"is not an endpoint of {entry['protocol']}"))
    return found


def _check(accepted: Callable[[Value], bool], otherwise: str) -> Check:
    def check(value: Value) -> list[Problem]:
        return [] if accepted(value) else [Problem("", f"{value!r} {otherwise}")]

    return check
