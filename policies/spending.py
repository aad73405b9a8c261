"""The estimate of a month's cost against the stack's budget, before anything is deployed.

`declared` reads what is billed out of the finished stack: schedules through their targets to state
machines, state machines through their definitions to crawlers and jobs. `estimate.bill` does the
arithmetic.
"""

from collections.abc import Iterator

import orchestration
import recurrence
import workflow
from aws_prices import NoPriceError, estimate, prices
from cost import ALARM, BUDGET, CRAWLER, DASHBOARD, JOB, KEY, LOG_GROUP, custom_metrics, starts, tasks_of
from reading import Resource, UnreadableError
from reliability import RULE, SCHEDULE, TARGET, schedules
from rule import HIGH, About, Config, Finding, Unjudged, number, stack_rule
from stack import Stack, points_at

TRIGGER = "aws:glue/trigger:Trigger"
_URL = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html"
_DEFAULTS = estimate.Assumptions()


def declared(stack: Stack) -> estimate.Declared:
    """What the stack declares that is billed.

    Raises:
        UnknownValueError: A schedule, a definition or a size is not known before the update.
    """
    machines = {machine.urn: _machine(machine, stack) for machine in stack.of(orchestration.MACHINE)}
    retentions = [group.props.number("retentionInDays") for group in stack.of(LOG_GROUP)]
    return estimate.Declared(
        jobs=tuple(_job(job, stack, machines) for job in stack.of(JOB)),
        crawls=sum(_crawls(crawler, stack, machines) for crawler in stack.of(CRAWLER)),
        machines=tuple(machines.values()),
        retention_days=None if not all(retentions) else max((r or 0 for r in retentions), default=0),
        alarms=len(stack.of(ALARM)),
        metrics=len(custom_metrics(stack)),
        metric_runs=sum(_publishing(m, machines) for m in stack.of(orchestration.MACHINE)),
        dashboards=len(stack.of(DASHBOARD)),
        keys=len(stack.of(KEY)),
    )


def _machine(machine: Resource, stack: Stack) -> estimate.Machine:
    """Executions of a machine by the enabled schedules that start it, and the shape of its definition."""
    try:
        charts = workflow.charts(orchestration.definition(machine))
    except UnreadableError:
        charts = []
    loop = max((cycle for chart in charts for cycle in chart.cycles()), key=len, default=frozenset[str]())
    waits = [
        float(seconds)
        for chart in charts
        for name in loop & set(chart.states)
        if isinstance(seconds := chart.states[name].body.get("Seconds"), int | float)
    ]
    return estimate.Machine(
        name=machine.name,
        runs=_scheduled(machine, stack),
        states=sum(len(chart.states) for chart in charts),
        loop_states=len(loop) if waits else 0,
        poll_seconds=min(waits, default=60.0) or 60.0,
    )


def _scheduled(subject: Resource, stack: Stack) -> float:
    """Firings a month of rules and schedules that target a resource."""
    by_rule = (
        _firings(rule)
        for target in stack.pointing_at(subject, "arn", TARGET)
        for rule in stack.of(RULE)
        if points_at(target, "rule", rule)
    )
    by_schedule = (_firings(s) for s in stack.of(SCHEDULE) if schedules(s, subject))
    return sum(by_rule) + sum(by_schedule)


def _firings(source: Resource) -> float:
    """Firings a month of one rule, schedule or trigger; none while it is disabled."""
    if source.props.text("state") == "DISABLED" or source.props.flag("enabled") is False:
        return 0.0
    expression = source.props.text("scheduleExpression") or source.props.text("schedule")
    return (recurrence.per_month(expression) or 0.0) if expression else 0.0


def _job(job: Resource, stack: Stack, machines: dict[str, estimate.Machine]) -> estimate.Job:
    props = job.props
    by_trigger = sum(_firings(t) for t in stack.of(TRIGGER) if _triggers(t, "jobName", job))
    return estimate.Job(
        name=job.name,
        runs=_started("startJobRun", "JobName", job, stack, machines) + by_trigger,
        workers=props.number("numberOfWorkers") or props.number("maxCapacity") or 10,
        worker_type=props.text("workerType") or "G.1X",
        version=props.text("glueVersion") or "5.1",
        execution_class=props.text("executionClass") or "STANDARD",
    )


def _crawls(crawler: Resource, stack: Stack, machines: dict[str, estimate.Machine]) -> float:
    own = recurrence.per_month(crawler.props.text("schedule") or "") or 0.0
    by_trigger = sum(_firings(t) for t in stack.of(TRIGGER) if _triggers(t, "crawlerName", crawler))
    return _started("startCrawler", "Name", crawler, stack, machines) + own + by_trigger


def _started(
    action: str, argument: str, subject: Resource, stack: Stack, machines: dict[str, estimate.Machine]
) -> float:
    """Executions a month of the machines whose tasks start a resource."""
    return sum(
        machines[machine.urn].runs
        for machine in stack.of(orchestration.MACHINE)
        if any(starts(task, action, argument, subject) for task in tasks_of(machine))
    )


def _triggers(trigger: Resource, key: str, subject: Resource) -> bool:
    named = [action.text(key) for action in trigger.props.children("actions")]
    return subject.props.text("name") in named


def _publishing(machine: Resource, machines: dict[str, estimate.Machine]) -> float:
    """Executions a month of a machine that publishes metrics."""
    calls = {workflow.integration(task) for task in tasks_of(machine)}
    return machines[machine.urn].runs if "aws-sdk:cloudwatch:putMetricData" in calls else 0.0


def _assumptions(config: Config) -> estimate.Assumptions:
    return estimate.Assumptions(
        job_minutes=config.number("jobMinutes"),
        crawl_minutes=config.number("crawlMinutes"),
        messages_per_month=config.number("messagesPerMonth"),
        months_kept=config.number("monthsKept"),
    )


@stack_rule(
    About(
        name="weather-stack-cost-estimate",
        description="A month of the stack, estimated from what it declares, fits its budget.",
        why="A budget that the stack must exceed is no budget; the surprise belongs before the deployment.",
        steps="Use fewer workers, FLEX, a rarer schedule, no dashboard or key; or raise the budget.",
        url=_URL,
        tags=("cost",),
        severity=HIGH,
        config={
            "maxShare": number(1.0, "Largest share of the budget that the estimate may take."),
            "jobMinutes": number(_DEFAULTS.job_minutes, "Assumed length of a job run, in minutes."),
            "crawlMinutes": number(_DEFAULTS.crawl_minutes, "Assumed length of a crawl, in minutes."),
            "messagesPerMonth": number(
                _DEFAULTS.messages_per_month,
                "Assumed messages, each an object: 3 stations, one every 10 s.",
            ),
            "monthsKept": number(_DEFAULTS.months_kept, "Assumed months of data in the buckets."),
        },
    )
)
def cost_estimate(stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Compare the estimate with the smallest monthly budget; without a budget another rule speaks."""
    limits = [limit for b in stack.of(BUDGET) if (limit := b.props.number("limitAmount")) is not None]
    if not limits:
        return
    try:
        lines = estimate.bill(declared(stack), _assumptions(config), prices())
    except NoPriceError as missing:
        yield f"prices.json has no price for job {missing}: its cost cannot be estimated"
        return
    allowed, spent = min(limits) * config.number("maxShare"), estimate.total(lines)
    if spent > allowed:
        yield f"estimated {spent:.2f} USD a month, allowed {allowed:.2f}: {told(lines)}"


def told(lines: list[estimate.Line]) -> str:
    """The lines from dear to cheap, for a message; those below a cent are summed up."""
    dear = sorted((line for line in lines if line.usd >= 0.01), key=lambda line: -line.usd)
    rest = estimate.total(lines) - estimate.total(dear)
    parts = [f"{line.item} {line.usd:.2f} ({line.amount:,.1f} {line.unit})" for line in dear]
    return ", ".join([*parts, f"all else {rest:.2f}"])


RULES = [cost_estimate]
