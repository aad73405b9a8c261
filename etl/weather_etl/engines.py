"""Engines: where the kernels of a batch run.

A kernel is a pure function of its task, so an engine only schedules.  **embedded** runs them in this process while
the work is small, else in one process per core; **spark** (see `spark_engine`) runs them as tasks of a cluster.
"""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final, Protocol

from weather_etl.kernel import KernelSettings, SiteResult, SiteTask, run_site

PARALLEL_FROM: Final = 12_000
"""Objects from which on a second process earns back its start (measured: about 0.3 s against 60 us an object)."""


class EngineError(Exception):
    """The engine that was asked for cannot run here."""


class Engine(Protocol):
    """Schedules kernels."""

    name: str
    reason: str

    def run(self, tasks: Sequence[SiteTask], settings: KernelSettings) -> Iterator[SiteResult]:
        """Run the kernel for each task and yield the results as they come."""
        ...


@dataclass(frozen=True)
class Embedded:
    """Kernels in this machine's processes."""

    reason: str
    name: str = "embedded"

    def run(self, tasks: Sequence[SiteTask], settings: KernelSettings) -> Iterator[SiteResult]:
        """See `Engine.run`."""
        workers = min(os.cpu_count() or 1, len(tasks))
        if workers < 2 or sum(len(task.objects) for task in tasks) < PARALLEL_FROM:
            for task in tasks:
                yield run_site(task, settings)
            return
        largest_first = sorted(tasks, key=lambda task: -len(task.objects))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            futures = [pool.submit(run_site, task, settings) for task in largest_first]
            for future in as_completed(futures):
                yield future.result()


def choose_engine(wanted: str, objects: int) -> Engine:
    """Return the engine to use and why.

    Args:
        wanted: auto, embedded or spark.
        objects: to read in the first batch.

    Raises:
        EngineError: spark was asked for and is not here.
    """
    if wanted == "embedded":
        return Embedded("asked for")
    if wanted == "spark":
        raise EngineError(
            "the spark engine is not available in this installation; use --engine embedded or auto"
        )
    return Embedded(f"auto: {objects} objects are quicker in one machine")
