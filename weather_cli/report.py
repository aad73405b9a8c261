"""The report of a target written into a file."""

from datetime import UTC, datetime
from pathlib import Path

from weather_report import Target
from weather_report.collect import MAX_DAYS, collect
from weather_report.page import render

from weather_cli.errors import CommandError


def write_report(target: Target, path: Path, max_days: int = MAX_DAYS) -> int:
    """Write the report of a target and return its size in bytes.

    Args:
        target: where the datasets are.
        path: file to write; its folder is made.
        max_days: how many days back it looks at most.

    Raises:
        CommandError: the file cannot be written.
        UnreachableError, BrokenPartitionError: a file of the target cannot be read, or is damaged.
    """
    page = render(collect(target, datetime.now(UTC), max_days))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page)
    except OSError as error:
        raise CommandError(
            f"the report cannot be written to {path}: {error.strerror}; --output names another"
        ) from None
    return len(page)
