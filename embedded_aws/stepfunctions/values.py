"""Values as Step Functions writes them."""

from datetime import UTC, datetime
from typing import Any


def instant(at: datetime) -> str:
    """Write an instant as Step Functions does: `2026-11-21T17:00:00.123Z`; a naive one is UTC."""
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%S.") + f"{aware.microsecond // 1000:03d}Z"


def encode(value: Any) -> str:
    """Write what `json` cannot: instants as Step Functions does, anything else as its text."""
    return instant(value) if isinstance(value, datetime) else str(value)
