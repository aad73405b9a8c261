"""Dated exceptions: a finding that is known, accepted for a reason, and only until a day.

An exception is written into the configuration of the rule it lifts (`policies/config.<class>.json`):

    "weather-glue-job-timeout": {
        "exceptions": [
            {"resource": "weather-job-*", "reason": "one-off backfill of 2019", "until": "2027-01-31"}
        ]
    }

`resource` is a shell pattern for the resource's logical name or URN (`stack` for a finding about the stack
as a whole). After `until` the rule reports again, and says that an exception has ended.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

STACK = "stack"
"""What an exception names for a finding that belongs to no single resource."""

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


def read(entries: Sequence[Mapping[str, Any]]) -> list[Exemption]:
    """The exceptions of one rule's configuration.

    Raises:
        KeyError: An entry lacks `resource`, `reason` or `until` (the CLI has refused it before, by
        `SCHEMA`). ValueError: `until` is not a day of the calendar.
    """
    return [
        Exemption(str(e["resource"]), str(e["reason"]), dt.date.fromisoformat(str(e["until"])))
        for e in entries
    ]


def today() -> dt.date:
    """The day that decides whether an exception still holds (UTC)."""
    return dt.datetime.now(dt.UTC).date()


def apply_exemptions(message: str, name: str, urn: str, exemptions: Sequence[Exemption]) -> str | None:
    """The message to report for a finding: None if an exception holds, with a note if one has ended."""
    covering = [e for e in exemptions if e.covers(name, urn)]
    if not covering:
        return message
    last = max(e.until for e in covering)
    if last >= today():
        return None
    return f"{message} (an exception for this ended on {last.isoformat()})"
