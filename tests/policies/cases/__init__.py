"""Every rule's good and bad cases, by rule name."""

from __future__ import annotations

from tests.policies.case import Case
from tests.policies.cases import (
    cost,
    identity,
    neighbours,
    orchestration,
    reliability,
    security,
    spending,
    tagging,
)

MODULES = (tagging, cost, spending, security, identity, orchestration, reliability, neighbours)
ALL: dict[str, Case] = {name: case for module in MODULES for name, case in module.CASES.items()}
