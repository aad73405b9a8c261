"""Every rule's good and bad cases, by rule name."""

from __future__ import annotations

from tests.policies.case import Case
from tests.policies.cases import cost, identity, orchestration, reliability, security, spending, tagging

ROOMS = (tagging, cost, spending, security, identity, orchestration, reliability)
ALL: dict[str, Case] = {name: case for room in ROOMS for name, case in room.CASES.items()}
