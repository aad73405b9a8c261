"""Budgets: what one allows by the month, whatever its period."""

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
