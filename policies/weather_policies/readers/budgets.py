"""Budgets: what one allows by the month, whatever its period."""

import datetime as dt

from weather_policies.kit.reading import Resource

MONTHS = {"MONTHLY": 1.0, "QUARTERLY": 3.0, "ANNUALLY": 12.0, "DAILY": 12 / 365.25}
"""Months of each period of a budget."""


def counts(budget: Resource) -> bool:
    """Whether it is a budget of cost in USD with a limit."""
    props = budget.props
    dollars = (props.text("limitUnit") or "USD") == "USD" and props.text("budgetType") == "COST"
    return dollars and (props.number("limitAmount") or 0) > 0


def monthly_limit(budget: Resource) -> float | None:
    """USD that a budget allows by the month; None if it is no budget of cost in USD."""
    months = MONTHS.get(budget.props.text("timeUnit") or "")
    limit = budget.props.number("limitAmount")
    return limit / months if limit and months and counts(budget) else None


def leaves_out_usage(budget: Resource) -> bool:
    """Whether a budget of cost is told not to count what is used, which is nearly all of a bill."""
    types = budget.props.child("costTypes")
    return types is not None and types.flag("includeUsage") is False


def is_current(budget: Resource, today: dt.date) -> bool:
    """Whether a budget counts now, or from next month on (its times are written `2026-01-01_00:00`)."""
    start, end = (_day(budget.props.text(key)) for key in ("timePeriodStart", "timePeriodEnd"))
    return (start is None or start <= today + dt.timedelta(days=62)) and (end is None or end >= today)


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
