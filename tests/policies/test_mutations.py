"""Each rule bites on the real program: its change triggers it, and exactly the rules that are declared."""

from __future__ import annotations

import pytest

from tests.harness.program import run_program
from tests.policies.engine import INFORMATION, InProcess, judged
from tests.policies.mutations import MUTATIONS
from tests.policies.whole import as_members, class_config, program
from weather_policies import pack


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_change_triggers_exactly_the_declared_rules(name):
    mutation = MUTATIONS[name]
    if mutation.overrides:
        original = as_members(run_program(mutation.stack, overrides=mutation.overrides))
    else:
        original = list(program(mutation.stack))
    found = judged(InProcess(pack.POLICIES, class_config(mutation.stack)), mutation.change(original))
    assert not [d for d in found if d.unjudged]
    assert {d.policy for d in found} == {name, *mutation.also}, [
        (d.policy, d.resource, d.message) for d in found
    ]


def test_every_rule_has_its_change():
    assert set(MUTATIONS) == {rule.name for rule in pack.POLICIES} - set(INFORMATION)
