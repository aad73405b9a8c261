"""Programs that talk around a rule are caught, kind by kind, and right ones of the same shape pass."""

from __future__ import annotations

import pytest

from tests.policies import attacks_access, attacks_money
from tests.policies.attacks import ATTACKS, RIGHT
from tests.policies.engine import INFORMATION, PACK, InProcess, members, run
from tests.policies.right_programs import PROGRAMS
from weather_policies import pack

LISTED = (attacks_access, attacks_money)
"""Modules that add to the lists."""


def said(tried):
    found = run(InProcess(pack.POLICIES, tried.config), members(tried.program))
    return [d for d in found if d.policy in tried.rules and not d.unjudged]


@pytest.mark.parametrize("tried", ATTACKS, ids=lambda a: f"{a.kind}: {a.name}")
def test_an_attack_is_caught(tried):
    assert said(tried), f"none of {', '.join(tried.rules)} speaks"


@pytest.mark.parametrize("tried", RIGHT, ids=lambda a: f"{a.kind}: {a.name}")
def test_a_right_program_passes(tried):
    assert said(tried) == []


ASKED_OF_STACKS = (
    *INFORMATION,
    "weather-budgets-budget-present",
    "weather-aws-resource-derived-tags",
    "weather-stack-cost-coverage",
)
"""Rules that ask for what a part of a stack need not have, or only tell."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_whole_pack_has_nothing_against_a_right_program(name):
    program, config = PROGRAMS[name]
    found = run(InProcess(pack.POLICIES, config), members(program))
    assert [(d.policy, d.message) for d in found if d.policy not in ASKED_OF_STACKS] == []


def test_every_rule_that_is_named_exists():
    named = {rule for tried in [*ATTACKS, *RIGHT] for rule in tried.rules}
    assert named <= {rule.name for rule in pack.POLICIES}
    assert len(ATTACKS) > 300


def table() -> str:
    """Programs by kind, as docs/policies.md has them."""
    kinds = sorted({tried.kind for tried in [*ATTACKS, *RIGHT]})
    rows = [(kind, *(sum(t.kind == kind for t in tried) for tried in (ATTACKS, RIGHT))) for kind in kinds]
    rows += [("whole programs", 0, len(PROGRAMS)), ("all", len(ATTACKS), len(RIGHT) + len(PROGRAMS))]
    return "\n".join(f"| {kind} | {wrong} | {wrong} | {right} | 0 |" for kind, wrong, right in rows)


def test_the_page_has_the_table_by_kind():
    assert table() in (PACK.parent / "docs/policies.md").read_text(encoding="utf-8"), table()
