"""Our loops in the servicer answer as the SDK's own do, only sooner."""

from __future__ import annotations

import pytest
from pulumi_policy import ResourceValidationPolicy

from tests.policies.cases import ALL
from tests.policies.engine import UNKNOWN, Declared, InProcess, members, run
from tests.policies.mutations import MUTATIONS
from tests.policies.whole import class_config, copies, program
from weather_policies import pack
from weather_policies.kit import servicer


@pytest.fixture
def sdk_loops():
    servicer.uninstall()
    yield
    assert servicer.install()


def answers() -> list[list[object]]:
    """What the pack says of the real program, changed and unchanged, and of programs full of unknowns."""
    found: list[list[object]] = []
    for stack in ("dev", "prod"):
        found.append(list(run(InProcess(pack.POLICIES, class_config(stack)), program(stack, preview=True))))
        found.append(list(run(InProcess(pack.POLICIES, {"all": "remediate"}), program(stack))))
    changes = [m.change for m in list(MUTATIONS.values())[::20] if not m.overrides]
    found += [list(run(InProcess(pack.POLICIES), change(list(program("prod"))))) for change in changes]
    for case in list(ALL.values())[::5]:
        blurred = [Declared(d.type, d.name, dict.fromkeys(d.inputs, UNKNOWN)) for d in case.bad[0].program]
        found.append(list(run(InProcess(pack.POLICIES), members(blurred))))
    return found


def test_the_sdk_says_the_same(sdk_loops):
    theirs = answers()
    assert servicer.install()
    ours = answers()
    assert ours == theirs
    assert sum(len(found) for found in ours) > 100


def test_a_pack_with_other_policies_is_left_to_the_sdk():
    other = ResourceValidationPolicy("other", "Another policy.", lambda args, report: report("seen"))
    found = run(InProcess([*pack.POLICIES, other]), members([Declared("aws:glue/job:Job", "job")]))
    assert "other" in {d.policy for d in found}
    assert "weather-glue-job-timeout" in {d.policy for d in found}


def test_an_sdk_without_the_parts_is_left_alone(monkeypatch):
    monkeypatch.setattr(servicer, "_PARTS", ("no_such_part",))
    assert not servicer.install()


def test_two_thousand_resources_are_judged():
    """How long that takes is measured by benchmarks/policies.py."""
    stack = copies(2000)
    run(InProcess(pack.POLICIES, class_config("prod")), stack)
