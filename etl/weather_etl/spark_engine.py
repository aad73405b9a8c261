"""The Spark engine: the same kernels, as tasks of a cluster.

Each site (or stretch of ingest time of a large one) is a task of its own.  Kernels stage their files beside
the target, where every worker and the driver can reach them; the driver judges, publishes and commits as ever.
A task that Spark repeats, or runs twice at once, stages the same bytes under the same names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from weather_etl.kernel import KernelSettings, SiteResult, SiteTask, run_site
from weather_etl.spark import start_session

Kernel = Callable[[SiteTask, KernelSettings], SiteResult]


@dataclass(frozen=True)
class Spark:
    """Kernels as Spark tasks; the session is started with the first of them.

    Attributes:
        reason: why it was chosen.
        kernel: what a task runs.
    """

    reason: str
    kernel: Kernel = run_site
    name: str = "spark"
    shares_stage: bool = True

    def run(self, tasks: Sequence[SiteTask], settings: KernelSettings) -> Iterator[SiteResult]:
        """See `Engine.run`; the results of a batch come together."""
        if not tasks:
            return
        context = start_session("weather").sparkContext
        context.setJobDescription(f"{len(tasks)} sites, {sum(len(task.objects) for task in tasks)} objects")
        largest_first = sorted(tasks, key=lambda task: -len(task.objects))
        work = partial(_run, self.kernel, settings)
        yield from context.parallelize(largest_first, len(largest_first)).map(work).collect()


def _run(kernel: Kernel, settings: KernelSettings, task: SiteTask) -> SiteResult:
    return kernel(task, settings)
