"""From a target to the file: collect, render, write."""

from datetime import UTC, datetime
from pathlib import Path

from weather_cli.errors import CommandError
from weather_cli.report.collect import MAX_DAYS, collect
from weather_cli.report.page import render
from weather_cli.target.place import Target


def write_report(target: Target, path: Path, max_days: int = MAX_DAYS) -> int:
    """Write the report of a target and return its size in bytes.

    Args:
        target: where the datasets are.
        path: file to write; its folder is made.
        max_days: how many days back it looks at most.

    Raises:
        CommandError: the file cannot be written, or a file of the target is damaged.
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
