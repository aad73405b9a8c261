"""Budgets: there is one, it counts this stack, and somebody hears of it."""

import datetime as dt
import re
from collections.abc import Iterator

from pulumi_policy.proxy import UnknownValueError

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    boolean,
    integer,
    number,
    resource_rule,
    stack_resource_rule,
    stack_rule,
    strings,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers.budgets import counts, is_current, leaves_out_usage, monthly_limit
from weather_policies.readers.tags import TAGGABLE, effective_tags, tag_value
from weather_policies.readers.types import (
    BUDGET,
)

_BUDGETS_URL = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html"


@stack_rule(
    RuleMetadata(
        name="weather-budgets-budget-present",
        description="The stack has a monthly cost budget in USD.",
        why="Without a budget the first to see a runaway cost is the payer, at the end of the month.",
        steps="Declare an aws.budgets.Budget: budgetType COST, timeUnit MONTHLY, a limit in USD.",
        url=_BUDGETS_URL,
        tags=("cost",),
        severity=HIGH,
        config={
            "required": boolean(default=True, description="Whether this class must have a budget."),
            "maxLimit": number(10_000, "Highest limit of a budget, in USD a month."),
        },
    )
)
def budget_present(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for one budget that counts, within its ceiling and its time; others may stand beside it."""
    budgets, most = stack.of(BUDGET), config.number("maxLimit")
    if not budgets and config.flag("required"):
        yield "there is no aws:budgets/budget:Budget"
    monthly = [b for b in budgets if b.props.text("timeUnit") == "MONTHLY" and counts(b)]
    for budget in budgets:
        if not monthly or (budget.props.text("budgetType") == "COST" and not counts(budget)):
            yield Finding("it is not a monthly COST budget with a limit above 0 USD", budget)
        limit = monthly_limit(budget)
        if limit is not None and limit > most:
            yield Finding(f"its limit is {limit:,.0f} USD a month, at most {most:,.0f} are allowed", budget)
        if leaves_out_usage(budget):
            yield Finding("its costTypes leave out usage: it counts next to nothing", budget)
        if limit is not None and not is_current(budget, dt.datetime.now(dt.UTC).date()):
            yield Finding("its period has ended, or has not begun: it counts nothing now", budget)


@resource_rule(
    RuleMetadata(
        name="weather-budgets-budget-notification",
        description="A budget notifies somebody before the money is spent.",
        why="A budget without a subscriber is a number nobody sees.",
        steps="Add a notification with a threshold of at most 100 percent and a subscriber.",
        url="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
        tags=("cost",),
        severity=MEDIUM,
        config={
            "maxThreshold": integer(100, "Highest threshold of the first notification, in percent."),
            "minThreshold": integer(5, "Lowest threshold: below it a notification comes every month."),
        },
    ),
    BUDGET,
)
def budget_notification(budget: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Look for one notification in time that somebody receives, in percent or in USD."""
    most, least = config.number("maxThreshold"), config.number("minThreshold")
    for notification in budget.props.children("notifications"):
        threshold = notification.number("threshold")
        heard = any(notification.has(key) for key in ("subscriberEmailAddresses", "subscriberSnsTopicArns"))
        if (notification.text("comparisonOperator") or "GREATER_THAN") != "GREATER_THAN":
            heard = False
        if notification.text("thresholdType") == "ABSOLUTE_VALUE" and threshold is not None:
            limit = budget.props.number("limitAmount")
            threshold = threshold / limit * 100 if limit else None
        if heard and threshold is not None and least <= threshold <= most:
            return
    yield f"no notification with a subscriber at {most:g} percent or less (and {least:g} or more)"


_BUDGET_URL = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html"


@stack_resource_rule(
    RuleMetadata(
        name="weather-budgets-budget-cost-tag",
        description="The budget filters by a cost-allocation tag that all resources of the stack carry.",
        why="A budget over the wrong tag shows $0 for ever and never warns.",
        steps=(
            "Give the Budget a cost filter TagKeyValue of the form user:Key$value with the value that "
            "default_tags have, and activate the key as a cost-allocation tag in the payer account."
        ),
        url=_BUDGET_URL,
        tags=("tagging", "cost"),
        severity=HIGH,
        config={"keys": strings(("Stack",), "Cost-allocation keys a budget may filter by.")},
    ),
    BUDGET,
)
def budget_cost_tag(budget: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Follow the filter's key and value to each taggable resource of the stack."""
    if not counts(budget) and budget.props.text("budgetType") not in {None, "COST"}:
        return  # a budget of use counts no cost
    narrower = [block.text("name") for block in budget.props.children("costFilters")]
    if [name for name in narrower if name != "TagKeyValue"] or len(narrower) > 1:
        yield "it has a second cost filter: only what both admit is counted"
    wanted = _filtered_tag(budget)
    if wanted is None:
        yield "no cost filter TagKeyValue 'user:Key$value': the budget counts the whole account"
        return
    key, value = wanted
    if key not in config.texts("keys"):
        yield f"the cost filter's key is not among the cost-allocation keys {', '.join(config.texts('keys'))}"
        return
    for resource in stack.of(*sorted(TAGGABLE)):
        try:
            matches = tag_value(effective_tags(resource), key) == value
        except UnknownValueError:
            yield Undetermined(f"{resource.name}.tags.{key}")
            continue
        if not matches:
            yield Finding(f"its tag '{key}' is not what the budget filters by: it is not counted", resource)


def _filtered_tag(budget: Resource) -> tuple[str, str] | None:
    """Key and value of the first `TagKeyValue` filter of the form `user:Key$value`."""
    for block in budget.props.children("costFilters"):
        if block.text("name") == "TagKeyValue":
            for text in block.texts("values"):
                found = re.fullmatch(r"user:([^$]+)\$(.+)", text)
                if found:
                    return found.group(1), found.group(2)
    return None


@stack_rule(
    RuleMetadata(
        name="weather-costexplorer-anomaly-subscription",
        description="A monitor of cost anomalies tells somebody; a class may demand one.",
        why="A budget warns of the sum; an anomaly is seen within a day, long before.",
        steps="Add an aws.costexplorer.AnomalySubscription with a subscriber for the monitor.",
        url="https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html",
        tags=("cost",),
        severity=MEDIUM,
        config={"required": boolean(default=False, description="Whether the stack must have a monitor.")},
    )
)
def anomaly_subscription(stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for monitors, which belong to the account, and for subscriptions that somebody receives."""
    monitors = stack.of(MONITOR)
    if config.flag("required") and not monitors:
        yield f"there is no {MONITOR}"
    heard = [s for s in stack.of(ANOMALIES) if s.props.length("subscribers")]
    if monitors and not heard:
        yield Finding("no AnomalySubscription with a subscriber tells of what it finds", monitors[0])


MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
ANOMALIES = "aws:costexplorer/anomalySubscription:AnomalySubscription"
