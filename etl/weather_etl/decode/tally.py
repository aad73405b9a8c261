"""The count of what a site's objects hold besides observations, and the records that are quarantined."""

from collections import Counter
from typing import Final

import orjson

from weather_etl.decode.masking import excerpt
from weather_etl.decode.record_table import Reject

MOST_UNKNOWN: Final = 500
"""Different unknown fields that are counted."""


class Tally:
    """Counts ignored records and unknown fields, and keeps quarantined records.

    Args:
        secrets: field names that are masked in everything that is kept.

    Attributes:
        ignored: `<profile>:<kind>` -> records that are not observations.
        unknown: `<profile>:<field>` -> records with a field that the profile does not know; bounded.
        assumed: `<profile>:<variable>` -> values that were read with an assumed unit.
        unnamed: observations whose station is the site for want of a name.
        undated: observations whose time is that of arrival for want of one.
        skipped: letters passed over where messages could not be read.
        rejects: in the order in which they were found.
    """

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self.ignored: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.assumed: Counter[str] = Counter()
        self.unnamed = self.undated = self.skipped = 0
        self.rejects: list[Reject] = []

    def ignore(self, profile: str, kind: str) -> None:
        """Count a record that is not an observation."""
        self.ignored[f"{profile}:{kind}"] += 1

    def count_field(self, profile: str, field: str, count: int) -> None:
        """Count records with an unknown field, as long as there are not too many different ones."""
        label = f"{profile}:{field}"[:200].encode("utf-8", "replace").decode("utf-8")
        if label in self.unknown or len(self.unknown) < MOST_UNKNOWN:
            self.unknown[label] += count

    def quarantine(self, order: int, key: str, number: int, reason: str, detail: str, value: object) -> None:
        """Keep a record that yields no observation.

        Args:
            order: of arrival.
            key: of the object.
            number: position of the record in the object.
            reason: code of `reasons`.
            detail: what was wrong; it may quote the record, so secrets are masked in it too.
            value: the record, or the text that could not be read.
        """
        text = value if isinstance(value, str) else _text(value)
        masked = excerpt(text, self._secrets)
        self.rejects.append(Reject(order, key, number, reason, excerpt(detail, self._secrets), masked))


def _text(value: object) -> str:
    """Write a value for an excerpt; what orjson refuses (depth, huge integers) as Python shows it."""
    try:
        return orjson.dumps(value).decode("utf-8")
    except (TypeError, ValueError, RecursionError):
        try:
            return repr(value)[:4096]
        except (RecursionError, ValueError):
            return "(cannot be shown)"
