"""The Spark engine: the same kernels, as tasks of a cluster.

A task is a group of sites, or the reading of a stretch of a large one.  Kernels stage their files beside the
target, where every worker and the driver reach them; the driver judges, publishes and commits as ever.  A
task that Spark repeats, or runs twice at once, stages the same bytes under the same names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from weather_etl.engines.site_groups import joined_readings, readings_of, shares_of, stretches_of
from weather_etl.engines.spark_session import start_session
from weather_etl.engines.spark_types import SparkContext
from weather_etl.site import KernelSettings, SiteReading, SiteResult, SiteTask, read_objects, run_sites

Result = TypeVar("Result")
Kernel = Callable[[Sequence[SiteTask], KernelSettings, Mapping[str, SiteReading]], list[SiteResult]]

_TASKS_A_CORE: Final = 2
"""Groups for each core, so that the last ones to end leave few cores idle."""


@dataclass(frozen=True)
class Spark:
    """Kernels as Spark tasks; the session is started with the first of them.

    Attributes:
        reason: why it was chosen.
        kernel: what a task runs.
    """

    reason: str
    kernel: Kernel = run_sites
    name: str = "spark"
    shares_stage: bool = True

    def run(self, tasks: Sequence[SiteTask], settings: KernelSettings) -> Iterator[SiteResult]:
        """See `Engine.run`; the results of a batch come together."""
        if not tasks:
            return
        context = start_session("weather").sparkContext
        cores = context.defaultParallelism
        stretches = stretches_of(tasks, settings.source, cores)
        context.setJobDescription(f"reading large sites in {len(stretches)} stretches")
        parts = _spread(context, read_objects, [(stretch, settings) for stretch in stretches])
        readings = joined_readings(stretches, parts)
        groups = shares_of(tasks, _TASKS_A_CORE * cores)
        context.setJobDescription(f"{len(tasks)} sites in {len(groups)} tasks")
        jobs = [(group, settings, readings_of(group, readings)) for group in groups]
        for results in _spread(context, self.kernel, jobs):
            yield from results


def _spread(
    context: SparkContext, function: Callable[..., Result], jobs: Sequence[tuple[Any, ...]]
) -> list[Result]:
    """Call a function for each job, as tasks of the cluster; return the results in the order of the jobs."""
    if not jobs:
        return []
    return context.parallelize(jobs, len(jobs)).map(partial(_apply, function)).collect()


def _apply(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    return function(*arguments)
