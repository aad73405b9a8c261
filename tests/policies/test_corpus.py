"""Planted faults in another team's program: each is found by the rules named, and no other rule speaks."""

from __future__ import annotations

import pytest

import pack
from tests.harness.program import record
from tests.policies.corpus import ACCOUNT, FAULTS, REGION, Fault, program
from tests.policies.engine import Diagnostic, InProcess, run
from tests.policies.whole import as_members

CONFIG = {"weather:account": ACCOUNT, "weather:region": REGION}
"""What the mocks make ARNs of."""


def found(fault: Fault | None, preview: bool) -> list[Diagnostic]:
    return run(InProcess(pack.POLICIES), as_members(record(program(fault), CONFIG, "dev", preview), preview))


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_the_program_is_clean_without_a_fault(preview):
    assert [(d.policy, d.resource, d.message) for d in found(None, preview)] == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_before_the_update(name):
    said = found(FAULTS[name], preview=True)
    told = [(d.policy, d.resource, d.message) for d in said]
    assert {d.policy for d in said} == {f"weather-{rule}" for rule in FAULTS[name].finds}, told
    assert not [d for d in said if d.unjudged]


def test_there_are_enough_of_them():
    assert len(FAULTS) >= 60
    assert len({rule for fault in FAULTS.values() for rule in fault.finds}) >= 55
