"""What a stack declares that is billed, read out of the finished stack.

Schedules are followed through their targets to state machines, state machines through their definitions to
crawlers and jobs. `aws_prices.estimate` does the arithmetic.
"""

from aws_prices import estimate
from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.stack import Stack, points_at
from weather_policies.readers import asl, schedule
from weather_policies.readers.links import schedules
from weather_policies.readers.machines import custom_metrics, definition, starts, tasks_of
from weather_policies.readers.types import (
    ALARM,
    CRAWLER,
    DASHBOARD,
    JOB,
    KEY,
    LOG_GROUP,
    MACHINE,
    RULE,
    SCHEDULE,
    TARGET,
    TRIGGER,
)


def declared(stack: Stack) -> estimate.Declared:
    """What the stack declares that is billed.

    Raises:
        UnknownValueError: A schedule, a definition or a size is not known before the update.
    """
    machines = {machine.urn: _machine(machine, stack) for machine in stack.of(MACHINE)}
    retentions = [group.props.number("retentionInDays") for group in stack.of(LOG_GROUP)]
    return estimate.Declared(
        jobs=tuple(_job(job, stack, machines) for job in stack.of(JOB)),
        crawls=sum(_crawls(crawler, stack, machines) for crawler in stack.of(CRAWLER)),
        machines=tuple(machines.values()),
        retention_days=None if not all(retentions) else max((r or 0 for r in retentions), default=0),
        alarms=len(stack.of(ALARM)),
        metrics=len(custom_metrics(stack)),
        metric_runs=sum(_publishing(m, machines) for m in stack.of(MACHINE)),
        dashboards=len(stack.of(DASHBOARD)),
        keys=len(stack.of(KEY)),
    )


def _machine(machine: Resource, stack: Stack) -> estimate.Machine:
    """Executions of a machine by the enabled schedules that start it, and the shape of its definition."""
    try:
        charts = asl.charts(definition(machine))
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
    return (schedule.per_month(expression) or 0.0) if expression else 0.0


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
    own = schedule.per_month(crawler.props.text("schedule") or "") or 0.0
    by_trigger = sum(_firings(t) for t in stack.of(TRIGGER) if _triggers(t, "crawlerName", crawler))
    return _started("startCrawler", "Name", crawler, stack, machines) + own + by_trigger


def _started(
    action: str, argument: str, subject: Resource, stack: Stack, machines: dict[str, estimate.Machine]
) -> float:
    """Executions a month of the machines whose tasks start a resource."""
    return sum(
        machines[machine.urn].runs
        for machine in stack.of(MACHINE)
        if any(starts(task, action, argument, subject) for task in tasks_of(machine))
    )


def _triggers(trigger: Resource, key: str, subject: Resource) -> bool:
    named = [action.text(key) for action in trigger.props.children("actions")]
    return subject.props.text("name") in named


def _publishing(machine: Resource, machines: dict[str, estimate.Machine]) -> float:
    """Executions a month of a machine that publishes metrics."""
    calls = {asl.integration(task) for task in tasks_of(machine)}
    return machines[machine.urn].runs if "aws-sdk:cloudwatch:putMetricData" in calls else 0.0
