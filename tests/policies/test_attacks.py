"""Programs that talk around a rule are caught, kind by kind, and right ones of the same shape pass."""

from __future__ import annotations

import pytest

from tests.policies import findings
from tests.policies.attacks import ATTACKS, RIGHT
from tests.policies.engine import INFORMATION, InProcess, members, run
from tests.policies.right_programs import PROGRAMS
from weather_policies import pack


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


def test_the_page_has_the_table_by_kind():
    assert findings.compared() == findings.PAGE.read_text(encoding="utf-8"), "run: make docs"
