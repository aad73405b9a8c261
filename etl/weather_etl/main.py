"""The job as a program: what `weather-transform.py` calls."""

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import orjson

from weather_etl.core import json_line
from weather_etl.datasets import BrokenPartitionError
from weather_etl.engines import EngineError
from weather_etl.lake import ConflictError, SourceMissingError, UnreachableError
from weather_etl.profiles import ProfileError
from weather_etl.runs import BusyError, StateError, WindowError, run
from weather_etl.settings import Arguments, ConfigError, UsageError, parse_arguments

EXPECTED_ERRORS: Final = (
    ConfigError, ProfileError, SourceMissingError, UnreachableError, BusyError, StateError, ConflictError,
    EngineError, BrokenPartitionError, WindowError,
)  # fmt: skip
"""Errors whose text says all there is to say; anything else is shown with its traceback."""

LOG_EVERY_S: Final = 30.0
"""Seconds between two lines about a stage that lasts."""


class JobError(Exception):
    """The job failed; the text says why.

    On Glue the text of the exception that ends the script is what `ErrorMessage`, the error record and the
    notification say, so the reason must be in it.

    Attributes:
        status: exit status of a command that ends with it: 2 for wrong arguments, else 1.
    """

    def __init__(self, reason: str, status: int = 1) -> None:
        super().__init__(reason)
        self.status = status


Ending: TypeAlias = Callable[[Arguments, dict[str, Any], Callable[[str], None]], dict[str, Any]]
"""What is done with a run that has ended: (arguments, summary, log) -> summary."""


def run_job(argv: Sequence[str], ending: Ending | None = None) -> None:
    """Run the job; print its stages and its summary on stdout, a line of JSON each.

    Args:
        argv: its arguments.
        ending: called when the run has ended; it must not raise.

    Raises:
        JobError: it failed.  A verdict of `fail` is not a failure: the workflow reads it from the summary.
    """
    try:
        arguments = parse_arguments(argv)
    except UsageError as error:
        raise JobError(str(error), 2) from None
    try:
        print(
            log_line("started", arguments.run_id, source=arguments.source, target=arguments.target),
            flush=True,
        )
        summary = run(arguments, StageLog(arguments.run_id))
        if ending is not None:
            summary = ending(arguments, summary, partial(_told, arguments.run_id))
    except EXPECTED_ERRORS as error:
        raise JobError(f"{type(error).__name__}: {error}") from None
    except Exception as error:
        raise JobError(f"{type(error).__name__}: {error}") from error
    print(json_line(summary), flush=True)


def _told(run_id: str, why: str) -> None:
    print(log_line("no report", run_id, why=why), flush=True)


def main(argv: Sequence[str]) -> int:
    """Run the job as a command; print what went wrong on stderr.

    Returns:
        0 done (whatever the verdict), 2 wrong arguments, 1 the job failed.
    """
    try:
        run_job(argv)
    except JobError as error:
        if error.__cause__ is not None:  # not one of those whose text says all there is to say
            traceback.print_exception(error.__cause__)
        print(f"weather-transform: {error}", file=sys.stderr)
        return error.status
    return 0


class StageLog:
    """Progress as lines of JSON for CloudWatch: one when a stage ends, and one every so often while it lasts.

    Args:
        run_id: in every line.
        clock: seconds that only go forward.
    """

    def __init__(self, run_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._run_id = run_id
        self._clock = clock
        self._started = self._told = clock()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """See `weather_etl.runs.run.Progress`."""
        now = self._clock()
        if done < total and now - self._told < LOG_EVERY_S:
            return
        self._told = now
        seconds = round(now - self._started, 3)
        print(log_line(stage, self._run_id, done=done, total=total, seconds=seconds), flush=True)


def log_line(event: str, run_id: str, **fields: str | float) -> str:
    """Return one line of JSON that a log query can filter by `event` and `run_id`."""
    return orjson.dumps({"event": event, "run_id": run_id, **fields}).decode()
