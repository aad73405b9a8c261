"""The job as a program: what `weather-transform.py` calls."""

import sys
import traceback
from collections.abc import Sequence
from typing import Final

import orjson

from weather_etl.arguments import Arguments, UsageError, parse_arguments
from weather_etl.config import ConfigError
from weather_etl.engines import EngineError
from weather_etl.profile import ProfileError
from weather_etl.run import run
from weather_etl.state import BusyError, StateError
from weather_etl.storage import ConflictError, SourceMissingError, UnreachableError

EXPECTED_ERRORS: Final = (
    ConfigError, ProfileError, SourceMissingError, UnreachableError, BusyError, StateError, ConflictError,
    EngineError,
)  # fmt: skip
"""Errors whose text says all there is to say; anything else is shown with its traceback."""


def main(argv: Sequence[str]) -> int:
    """Run the job; print the summary on stdout as one line of JSON, and what went wrong on stderr.

    Returns:
        0 done (whatever the verdict), 2 wrong arguments, 1 the job failed.
    """
    try:
        arguments = parse_arguments(argv)
    except UsageError as error:
        print(f"weather-transform: {error}", file=sys.stderr)
        return 2
    try:
        print(log_line("started", arguments), flush=True)
        summary = run(arguments)
    except EXPECTED_ERRORS as error:
        print(f"weather-transform: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # the last line of the log must say what it was
        traceback.print_exc()
        print(f"weather-transform: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(orjson.dumps(summary).decode(), flush=True)
    return 0


def log_line(event: str, arguments: Arguments) -> str:
    """Return one line of JSON that a log query can filter by."""
    return orjson.dumps(
        {"event": event, "run_id": arguments.run_id, "source": arguments.source, "target": arguments.target}
    ).decode()
