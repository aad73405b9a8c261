"""Dated exemptions: a finding that is known, accepted for a reason, and only until a day.

An exemption is written into the configuration of the rule it lifts (`policies/config.<class>.json`):

    "weather-glue-job-timeout": {
        "exemptions": [
            {"resource": "weather-job-*", "reason": "one-off backfill of 2019", "until": "2027-01-31"}
        ]
    }

`resource` is a shell pattern for the resource's logical name or URN (`stack` for a finding about the stack
as a whole). After `until` the rule reports again, and says that an exemption has ended. None lasts longer
than `LONGEST_DAYS`, and none is for everything: `configuration` refuses such ones. How many findings are
lifted is said once for the stack.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

STACK = "stack"
"""What an exemption names for a finding that belongs to no single resource."""

KEYS = ("exemptions", "exceptions")
"""The configuration property, and its older name, which is read all the same."""

LONGEST_DAYS = 400
"""Longest time that an exemption may hold, from the day it is read: a year, and a month to renew it."""

SHORTEST_PATTERN = 3
"""Fewest characters beside wildcards of a pattern that begins with one."""

SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "Accepted findings, each with a reason and the last day on which it is accepted.",
    "default": [],
    "items": {
        "type": "object",
        "required": ["resource", "reason", "until"],
        "additionalProperties": False,
        "properties": {
            "resource": {"type": "string", "minLength": 1},
            "reason": {"type": "string", "minLength": 15},
            "until": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        },
    },
}

lifted: Counter[str] = Counter()
"""Findings lifted since the stack was last reported, by rule."""


@dataclass(frozen=True)
class Exemption:
    """One accepted finding: a pattern of names, why, and the last day (UTC) on which it holds."""

    resource: str
    reason: str
    until: dt.date

    def covers(self, name: str, urn: str) -> bool:
        """Whether a resource is meant."""
        return fnmatchcase(name, self.resource) or fnmatchcase(urn, self.resource)

    def expired(self, today: dt.date) -> bool:
        """Whether its last day has passed."""
        return today > self.until


def read(settings: Mapping[str, Any]) -> list[Exemption]:
    """The exemptions of one rule's settings; an entry that `problems` names lifts nothing."""
    entries = [entry for key in KEYS for entry in settings.get(key, ())]
    return [
        Exemption(str(e["resource"]), str(e["reason"]), dt.date.fromisoformat(str(e["until"])))
        for e in entries
        if not list(problems(e))
    ]


def problems(entry: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an entry, in words."""
    for key in ("resource", "reason", "until"):
        if not isinstance(entry.get(key), str):
            yield f"has no {key}"
            return
    pattern, until = str(entry["resource"]), str(entry["until"])
    written = len([c for c in pattern if c not in "*?[]!"])
    if written < (SHORTEST_PATTERN if pattern[:1] in "*?[" else 1):
        yield "is for almost everything: begin with a part of the resource's name"
    try:
        day = dt.date.fromisoformat(until)
    except ValueError:
        yield "has an until that is not a day of the calendar (YYYY-MM-DD)"
        return
    if day > today() + dt.timedelta(days=LONGEST_DAYS):
        yield f"lasts longer than {LONGEST_DAYS} days: renew it when it ends"


def today() -> dt.date:
    """The day that decides whether an exception still holds (UTC)."""
    return dt.datetime.now(dt.UTC).date()


def apply_exemptions(
    message: str, name: str, urn: str, exemptions: Sequence[Exemption], rule: str
) -> str | None:
    """The message to report for a finding: None if an exemption holds, with a note if one has ended."""
    covering = [e for e in exemptions if e.covers(name, urn)]
    if not covering:
        return message
    last = max(e.until for e in covering)
    if last >= today():
        lifted[rule] += 1
        return None
    return f"{message} (an exemption for this ended on {last.isoformat()})"
