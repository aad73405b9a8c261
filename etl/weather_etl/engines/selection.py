"""Engines: where the kernels of a batch run.

A kernel is a pure function of its task, so an engine only schedules.  **embedded** runs them in this process
while the work is small, else in one process per core; **spark** (see `spark_engine`) runs them as tasks of a
cluster.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from weather_etl.engines.process_pool import ProcessPool, Worker
from weather_etl.engines.site_groups import (
    cuts,
    grouped,
    joined_readings,
    readings_of,
    shares_of,
    stretches_of,
)
from weather_etl.engines.spark_engine import Spark
from weather_etl.engines.spark_session import missing_for_spark
from weather_etl.site import KernelSettings, SiteResult, SiteTask, read_objects, run_sites

PARALLEL_FROM: Final = 12_000
"""Objects from which on a second process is started: in folders it pays from 20,000 on, through S3, where an
object takes four times as long, sooner."""

OBJECT_CORE_S: Final = 0.000139
"""Core seconds for one object, from S3 to written datasets (benchmarks/results.md, b)."""

SPARK_START_S: Final = 5.0
"""Seconds until the first Spark task works (benchmarks/results.md, f)."""


Result = TypeVar("Result")


class EngineError(Exception):
    """The engine that was asked for cannot run here."""


class Engine(Protocol):
    """Schedules kernels.

    Attributes:
        name: for the summary.
        reason: why it was chosen, for the summary.
        shares_stage: whether kernels run where a folder of this machine is out of reach, so that they have to
            stage their files beside the target.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def shares_stage(self) -> bool: ...  # noqa: D102

    def run(self, tasks: Sequence[SiteTask], settings: KernelSettings) -> Iterator[SiteResult]:
        """Run the kernel for each task and yield the results as they come."""
        ...


@dataclass(frozen=True)
class Embedded:
    """Kernels in this machine's processes.

    Attributes:
        reason: why it was chosen.
        pool: the processes beside this one.
    """

    reason: str
    pool: ProcessPool = field(default_factory=ProcessPool)
    name: str = "embedded"
    shares_stage: bool = False

    def run(self, tasks: Sequence[SiteTask], settings: KernelSettings) -> Iterator[SiteResult]:
        """See `Engine.run`."""
        cores = useful_cores(os.cpu_count() or 1, settings.source, len(tasks))
        if cores < 2 or sum(len(task.objects) for task in tasks) < PARALLEL_FROM:
            for group in grouped(tasks):
                yield from run_sites(group, settings)
            return
        self.pool.start(cores - 1)
        stretches = stretches_of(tasks, settings.source, cores)
        read = dict(_shared(read_objects, [(stretch, settings) for stretch in stretches], self.pool))
        readings = joined_readings(stretches, [read[index] for index in range(len(stretches))])
        jobs = [(group, settings, readings_of(group, readings)) for group in shares_of(tasks, cores)]
        for _, results in _shared(run_sites, jobs, self.pool):
            yield from results


def useful_cores(cores: int, source: str, sites: int) -> int:
    """Return how many cores can work on so many sites."""
    return cores if cuts(source) else min(cores, sites)


def _shared(
    function: Callable[..., Result], jobs: Sequence[tuple[Any, ...]], pool: ProcessPool
) -> Iterator[tuple[int, Result]]:
    """Call a function for each job, here and in further processes; whoever is free takes the next.

    Yields:
        The number of a job and its result, as they come.
    """
    waiting = deque(enumerate(jobs))
    with ThreadPoolExecutor(len(pool.workers)) as threads:
        try:
            finished = [threads.submit(_drain, worker, function, waiting) for worker in pool.workers]
            while waiting:
                with suppress(IndexError):
                    number, arguments = waiting.popleft()
                    yield number, function(*arguments)
            for future in as_completed(finished):
                yield from future.result()
        except BaseException:
            pool.kill()  # else the threads would wait for what their processes still do
            raise


def _drain(
    worker: Worker, function: Callable[..., Result], waiting: deque[tuple[int, tuple[Any, ...]]]
) -> list[tuple[int, Result]]:
    """Let a worker take jobs until none is left."""
    results: list[tuple[int, Result]] = []
    while True:
        try:
            number, arguments = waiting.popleft()
        except IndexError:
            return results
        results.append((number, worker.run(function, *arguments)))


@dataclass(frozen=True)
class Machines:
    """What a run may use.

    Attributes:
        on_cluster: whether the program was started by `spark-submit`, as Glue does.
        workers: of the cluster, the driver included; 0 if unknown.
        cores: of this machine.
    """

    on_cluster: bool
    workers: int
    cores: int

    @classmethod
    def here(cls, workers: int) -> "Machines":
        """Return what this process finds itself on; `workers` is what the job was given."""
        return cls("PYSPARK_GATEWAY_PORT" in os.environ, workers, os.cpu_count() or 1)


def start_early(pool: ProcessPool, wanted: str, objects: int, cores: int, machines: Machines) -> None:
    """Start the processes that the embedded engine will want while the rest of the lake is being listed.

    Args:
        pool: of the run.
        wanted: auto, embedded or spark.
        objects: listed so far.
        cores: that can work on the sites of the run, by `useful_cores`.
        machines: what there is.
    """
    if objects >= PARALLEL_FROM and (wanted == "embedded" or (wanted == "auto" and not machines.on_cluster)):
        pool.start(cores - 1)


def choose_engine(
    wanted: str, objects: int, *, more: bool, machines: Machines, pool: ProcessPool | None = None
) -> Engine:
    """Return the engine to use and why.

    `auto` compares estimates.  Spark pays where there is a cluster with more executors than one: a worker has
    as many cores as the driver, so one executor is not quicker than the driver itself.

    Args:
        wanted: auto, embedded or spark.
        objects: to read in the first batch.
        more: whether further batches follow.
        machines: what there is.
        pool: processes of the run, for the embedded engine.

    Raises:
        EngineError: spark was asked for and is not here.
    """
    pool = pool or ProcessPool()
    if wanted == "embedded":
        return Embedded("asked for", pool)
    if wanted == "spark":
        if missing := missing_for_spark():
            raise EngineError(f"--engine spark: {missing}; or use --engine embedded")
        return Spark("asked for")
    amount = f"{'more than ' if more else ''}{objects} objects"
    if not machines.on_cluster:
        reason = f"auto: {amount}, and no cluster: all {machines.cores} cores are this machine's own"
        return Embedded(reason, pool)
    executors = machines.workers - 1
    if executors < 2:
        reason = f"auto: {amount}, and {max(executors, 0)} executors have no more cores than the driver"
        return Embedded(reason, pool)
    threshold = spark_threshold(executors, machines.cores)
    if more or objects >= threshold:
        return Spark(f"auto: {amount} on {executors} executors (Spark pays from {threshold} on)")
    return Embedded(f"auto: {amount} on {executors} executors (Spark pays from {threshold} on)", pool)


def spark_threshold(executors: int, cores: int) -> int:
    """Return from how many objects on a cluster is quicker than its driver alone.

    The driver takes n * c / cores seconds, the cluster s + n * c / (cores * executors): equal at
    n = s * cores / (c * (1 - 1 / executors)).
    """
    return round(SPARK_START_S * cores / (OBJECT_CORE_S * (1 - 1 / executors)))
