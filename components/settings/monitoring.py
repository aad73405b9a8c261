"""Who is notified, at what cost, and what is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weather_etl.checking import Problem

from components.settings.checks import between, subscribers
from components.settings.key import setting


@dataclass(frozen=True)
class MonitoringSettings:
    """Who is notified, at what cost, and what is drawn."""

    subscribers: Sequence[Any] = setting(
        "array",
        "subscribers",
        "Who is notified; an e-mail address must confirm its subscription.",
        "items {protocol: email | email-json | https | sqs, endpoint: ...}",
        "SNS API, Subscribe",
        subscribers,
        default=[],
        items="object",
    )
    monthly_budget_usd: int = setting(
        "integer",
        "monthlyBudgetUsd",
        "Monthly cost of the stack above which the budget warns; at 80 % forecast and 100 % actual.",
        "1 to 10000 whole US dollars",
        "Pulumi settings have no fractions",
        between(1, 10_000),
        default=10,
    )
    dashboard: bool = setting(
        "boolean",
        "dashboard",
        "Whether there is a CloudWatch dashboard; beyond three in an account it costs $3 a month.",
        "true or false",
        "this project",
        default=False,
    )

    def conflicts(self) -> list[Problem]:
        """Return nothing: each of these settings stands alone."""
        return []
