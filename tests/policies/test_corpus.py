"""Planted faults in another team's program: each is found by the rules named, and no other rule speaks."""

from __future__ import annotations

import pytest

from tests.policies import findings
from tests.policies.corpus import FAULTS


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_the_program_is_clean_without_a_fault(preview):
    said = findings.planted(None, preview=preview)
    assert [(d.policy, d.resource, d.message) for d in said] == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_before_the_update(name):
    said = findings.planted(name, preview=True)
    told = [(d.policy, d.resource, d.message) for d in said]
    assert {d.policy for d in said} == {f"weather-{rule}" for rule in FAULTS[name].finds}, told
    assert not [d for d in said if d.unjudged]


def test_there_are_enough_of_them():
    assert len(FAULTS) >= 60
    assert len({rule for fault in FAULTS.values() for rule in fault.finds}) >= 55


def test_the_page_of_findings_is_up_to_date():
    assert findings.FILE.read_text(encoding="utf-8") == findings.text(), "run: make docs"
