"""Runs of the job in forked children: the modules are loaded once, so that a run costs what the run costs.

The parent holds no threads, neither its own nor a library's, so that forking it is safe.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from weather_etl import main as job

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Ended:
    """A run that ended.

    Attributes:
        status: exit status; negative: the signal that ended it.
        said: its last line on stderr.
        summary: that it printed; {} if none.
        seconds: it took.
        cpu_s: user and system time of it and of the processes it waited for.
        peak_mb: of its resident memory.
    """

    status: int
    said: str
    summary: dict[str, Any]
    seconds: float
    cpu_s: float
    peak_mb: float


class Child:
    """A run of the job in a process of its own.

    Args:
        argv: arguments of the job.
        log: file name for its output.
        disturb: called in the child before the job; it may replace functions there.
    """

    def __init__(self, argv: Sequence[str], log: Path, disturb: Callable[[], None] = lambda: None) -> None:
        self._log = log
        self._begun = time.monotonic()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._work(argv, disturb)

    def _work(self, argv: Sequence[str], disturb: Callable[[], None]) -> NoReturn:
        status = 1
        try:
            os.setsid()
            for number, name in ((1, "out"), (2, "err")):
                opened = os.open(self._log.with_suffix(f".{name}"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(opened, number)
            disturb()
            status = job.main(argv)
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def kill(self) -> None:
        """End it and the processes that it started, at once."""
        for end in (os.killpg, os.kill):  # it may not have a group of its own yet
            with suppress(ProcessLookupError):
                end(self.pid, signal.SIGKILL)

    def wait(self, seconds: float = 300.0) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: it does not come; the run was killed.
        """
        until = self._begun + seconds
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                self.kill()
                os.wait4(self.pid, 0)
                raise TimeoutError(f"a run did not end within {seconds:g} s: {self._said()}")
            time.sleep(0.005)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # what it may have left behind
        return Ended(
            os.waitstatus_to_exitcode(status),
            self._said(),
            self._summary(),
            time.monotonic() - self._begun,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
        )

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end for so long; return whether it came."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is not None:
                return True
            time.sleep(0.002)
        return False

    def _said(self) -> str:
        lines = self._printed(".err").strip().splitlines()
        return lines[-1] if lines else ""

    def _printed(self, stream: str) -> str:
        """Return what it printed; nothing if it was killed before it could open the file."""
        file = self._log.with_suffix(stream)
        return file.read_text(errors="replace") if file.exists() else ""

    def _summary(self) -> dict[str, Any]:
        for line in reversed(self._printed(".out").splitlines()):
            with suppress(json.JSONDecodeError):
                found = json.loads(line)
                return found if "schema" in found else {}
        return {}


def warm() -> None:
    """Load what a run needs, without starting a thread."""
    with suppress(ImportError):
        import pandas as pd  # noqa: F401 - pyarrow looks for it
    import boto3
    import duckdb  # noqa: F401
    import obstore  # noqa: F401
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401
    from weather_etl.datasets import renderings  # noqa: F401
    from weather_etl.profiles import load_profiles

    load_profiles(())
    boto3.client("glue", region_name="us-east-1")
