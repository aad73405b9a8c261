"""The stack as a whole: what a month of it costs, and that something starts it."""

from collections.abc import Iterator

from aws_prices import NoPriceError, estimate, prices
from weather_policies.cost.declared import declared
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    LOW,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    number,
    stack_rule,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers.links import schedules
from weather_policies.readers.types import BUDGET, MACHINE, SCHEDULE, TARGET

_URL = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html"


CENT = 0.01
_DEFAULTS = estimate.Assumptions()


def _assumptions(config: Config) -> estimate.Assumptions:
    return estimate.Assumptions(
        job_minutes=config.number("jobMinutes"),
        crawl_minutes=config.number("crawlMinutes"),
        messages_per_month=config.number("messagesPerMonth"),
        months_kept=config.number("monthsKept"),
    )


@stack_rule(
    RuleMetadata(
        name="weather-stack-cost-estimate",
        description="A month of the stack, estimated from what it declares, fits its budget.",
        why="A budget that is always exceeded warns of nothing; the surprise belongs before the deployment.",
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
def cost_estimate(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
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
    dear = sorted((line for line in lines if line.usd >= CENT), key=lambda line: -line.usd)
    rest = estimate.total(lines) - estimate.total(dear)
    parts = [f"{line.item} {line.usd:.2f} ({line.amount:,.1f} {line.unit})" for line in dear]
    return ", ".join([*parts, f"all else {rest:.2f}"])


@stack_rule(
    RuleMetadata(
        name="weather-stack-pipeline-trigger",
        description="A state machine that runs a Glue job is started by something in the stack.",
        why="A workflow that nothing starts looks deployed and produces nothing.",
        steps="Add an EventRule with a schedule and a target, or a Scheduler schedule.",
        url="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    )
)
def pipeline_trigger(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Follow targets to the state machines."""
    del config
    for machine in stack.of(MACHINE):
        by_rule = stack.pointing_at(machine, "arn", TARGET)
        by_schedule = [s for s in stack.of(SCHEDULE) if schedules(s, machine)]
        if not by_rule and not by_schedule:
            yield Finding("no rule or schedule of the stack starts it", machine)
