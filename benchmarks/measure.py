"""Running a program and measuring it: wall time, CPU of it and its children, peak memory of all of them."""

import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """One run of a program.

    Attributes:
        wall_s: from start to exit.
        cpu_s: user and system time of the process and the descendants it waited for.
        peak_mb: highest sum of resident memory over the process tree; pages that processes share count once
            for each of them, or once in all if the run was started with `shared_once`.
        told: the JSON object that the program printed as its last line; {} if none.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    told: dict


def run(
    command: Sequence[str | Path], environment: dict[str, str] | None = None, *, shared_once: bool = False
) -> Measured:
    """Run a program to its end and measure it.

    Args:
        command: program and arguments.
        environment: variables beside those of this process.
        shared_once: measure memory as proportional set size; looking takes the program a few percent of its time.

    Raises:
        RuntimeError: it failed; the end of what it said is in the text.
    """
    # Modules come compiled, as from a wheel: an environment that keeps none would have every start compile them.
    variables = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'etl'}", "PYTHONDONTWRITEBYTECODE": ""}
    variables |= environment or {}
    started = time.perf_counter()
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watcher = _PeakWatcher(process.pid, shared_once=shared_once)
    watcher.start()
    said: dict[str, str] = {}
    readers = [
        threading.Thread(target=lambda name=name, pipe=pipe: said.update({name: pipe.read()}))
        for name, pipe in [("out", process.stdout), ("err", process.stderr)]
    ]
    for reader in readers:
        reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    for reader in readers:
        reader.join()
    watcher.stop()
    if process.returncode:
        raise RuntimeError(
            f"{command} ended with {process.returncode}:\n{said['out'][-2000:]}\n{said['err'][-4000:]}"
        )
    return Measured(wall, usage.ru_utime + usage.ru_stime, watcher.peak / 1e6, _last_json(said["out"]))


def median(runs: Sequence[Measured]) -> Measured:
    """Return the medians of several runs, and what the last one said."""
    return Measured(
        statistics.median(run.wall_s for run in runs),
        statistics.median(run.cpu_s for run in runs),
        statistics.median(run.peak_mb for run in runs),
        runs[-1].told,
    )


def _last_json(text: str) -> dict:
    for line in reversed(text.splitlines()):
        with suppress(json.JSONDecodeError):
            value = json.loads(line)
            if isinstance(value, dict):
                return value
    return {}


class _PeakWatcher(threading.Thread):
    def __init__(self, pid: int, *, shared_once: bool) -> None:
        super().__init__(daemon=True)
        self._shared_once = shared_once
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._done.wait(0.05):
            total = 0
            with suppress(psutil.Error):
                for process in [self._process, *self._process.children(recursive=True)]:
                    with suppress(psutil.Error):
                        total += self._memory(process)
            self.peak = max(self.peak, total)

    def _memory(self, process: psutil.Process) -> int:
        if not self._shared_once:
            return process.memory_info().rss
        found = process.memory_full_info()
        return getattr(found, "pss", found.rss)  # only Linux knows it

    def stop(self) -> None:
        self._done.set()
        self.join()
