"""Programs that talk around a rule are caught, kind by kind, and right ones of the same shape pass."""

from __future__ import annotations

import pytest

from tests.policies.attacks import ATTACKS, RIGHT
from tests.policies.engine import PACK, InProcess, members, run
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


def test_every_rule_that_is_named_exists():
    named = {rule for tried in [*ATTACKS, *RIGHT] for rule in tried.rules}
    assert named <= {rule.name for rule in pack.POLICIES}
    assert len(ATTACKS) > 150


def table() -> str:
    """Programs by kind, as docs/policies.md has them."""
    kinds = sorted({tried.kind for tried in [*ATTACKS, *RIGHT]})
    rows = [(kind, *(sum(t.kind == kind for t in tried) for tried in (ATTACKS, RIGHT))) for kind in kinds]
    rows.append(("all", len(ATTACKS), len(RIGHT)))
    return "\n".join(f"| {kind} | {wrong} | {wrong} | {right} | 0 |" for kind, wrong, right in rows)


def test_the_page_has_the_table_by_kind():
    assert table() in (PACK.parent / "docs/policies.md").read_text(encoding="utf-8"), table()
