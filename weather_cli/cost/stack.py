"""What a month of a stack costs, from its settings alone, before it is deployed.

The arithmetic is `aws_prices.estimate`, which the policy pack uses too, so that `weather cost` before a
deployment and the pack's rule during one cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from aws_prices import estimate
from components import monitoring, workflow
from components.settings import Settings
from weather_cli.cost.bill import RUNS_A_MONTH, JobShape, Load, Measured, weekly_amounts

POLLING_LOOP: Final = {"WaitForCrawler", "CheckCrawlerStatus", "IsCrawlerComplete"}
"""States that the pipeline enters again at each look at the crawler."""


def declared(settings: Settings) -> estimate.Declared:
    """Return what a stack will declare that is billed, from its settings alone.

    The policy pack reads the same out of the finished stack; a test holds the two together.
    """
    names = settings.names
    runs = RUNS_A_MONTH if settings.schedule.enabled else 0.0
    nowhere = workflow.Targets("aws", "", "", "", "", "", "")
    pipeline = workflow.pipeline(nowhere, settings.timing)
    watchdog = workflow.watchdog(nowhere, settings.schedule.watchdog_delay_hours)
    shape = job_shape(settings)
    return estimate.Declared(
        jobs=(
            estimate.Job(
                names.job,
                runs,
                shape.workers,
                shape.worker_type,
                shape.glue_version,
                shape.execution_class,
            ),
        ),
        crawls=runs,
        machines=(
            _machine(names.pipeline, pipeline, runs, settings.workflow.poll_seconds),
            _machine(names.watchdog, watchdog, runs, settings.workflow.poll_seconds),
        ),
        retention_days=settings.retention.log_retention_days,
        alarms=len(monitoring.alarms(names)),
        metrics=len(workflow.METRICS),
        metric_runs=runs,
        dashboards=int(settings.monitoring.dashboard),
        keys=int(settings.protection.kms),
    )


def _machine(name: str, definition: Mapping[str, Any], runs: float, poll_seconds: int) -> estimate.Machine:
    """Return a state machine as it is billed: its states once, those of the polling loop at each look."""
    states = definition["States"]
    loop = len(POLLING_LOOP & states.keys())
    return estimate.Machine(name, runs, len(states), loop, poll_seconds)


def assumptions(measured: Measured, settings: Settings, load: Load | None) -> estimate.Assumptions:
    """Return what no setting tells: the policy pack's own assumptions, or what a load makes of them."""
    if load is None:
        return estimate.Assumptions()
    used = weekly_amounts(measured, job_shape(settings), load, settings.workflow.poll_seconds)
    return replace(
        estimate.Assumptions(),
        job_minutes=used.job_seconds / 60,
        crawl_minutes=used.crawl_seconds / 60,
        messages_per_month=load.messages_a_week * RUNS_A_MONTH,
        months_kept=load.weeks_of_history / RUNS_A_MONTH,
        puts_per_run=used.puts,
    )


def job_shape(settings: Settings) -> JobShape:
    """Return what a stack's job runs on."""
    return JobShape(
        settings.job.glue_version,
        settings.job.execution_class,
        settings.job.worker_type,
        settings.job.number_of_workers,
    )
