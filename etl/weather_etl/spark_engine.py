"""The Spark engine: the same kernels, as tasks of a cluster.

A task is a group of sites, or a stretch of ingest time of a large one.  Kernels stage their files beside the
target, where every worker and the driver reach them; the driver judges, publishes and commits as ever.  A
task that Spark repeats, or runs twice at once, stages the same bytes under the same names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from weather_etl.groups import grouped
from weather_etl.kernel import KernelSettings, SiteResult, SiteTask, run_sites
from weather_etl.spark import start_session

Kernel = Callable[[Sequence[SiteTask], KernelSettings], list[SiteResult]]

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
        total = sum(len(task.objects) for task in tasks)
        groups = grouped(tasks, total // (_TASKS_A_CORE * context.defaultParallelism) + 1)
        context.setJobDescription(f"{len(tasks)} sites, {total} objects, in {len(groups)} tasks")
        work = partial(_run, self.kernel, settings)
        for results in context.parallelize(groups, len(groups)).map(work).collect():
            yield from results


def _run(kernel: Kernel, settings: KernelSettings, group: Sequence[SiteTask]) -> list[SiteResult]:
    return kernel(group, settings)
