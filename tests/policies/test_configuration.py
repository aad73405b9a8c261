"""Levels, thresholds and exceptions as the CLI sends them."""

from __future__ import annotations

import datetime as dt

import jsonschema
import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from tests.policies.engine import INFORMATION, Declared, InProcess, members, run
from tests.policies.parts import job
from tests.policies.whole import STACKS, class_config
from weather_policies import pack
from weather_policies.kit import exemptions

NAME = "weather-glue-job-timeout"
RULES = [rule for rule in pack.POLICIES if rule.name == NAME]


def levels(config) -> set[str]:
    return {d.level for d in run(InProcess(RULES, config), members([job(timeout=500)]))}


def test_levels_are_taken_from_the_configuration():
    assert levels({}) == {"mandatory"}
    assert levels({NAME: "advisory"}) == {"advisory"}
    assert levels({NAME: {"enforcementLevel": "disabled", "maxMinutes": 5}}) == set()
    assert levels({"all": "advisory"}) == {"advisory"}
    assert levels({"all": "disabled", NAME: "mandatory"}) == {"mandatory"}
    assert levels({NAME: "remediate"}) == {"mandatory"}, "what is left after remediation is a violation"


def test_a_value_outside_the_schema_is_refused():
    with pytest.raises(jsonschema.ValidationError):
        InProcess(RULES, {NAME: {"maxMinutes": "many"}})
    with pytest.raises(jsonschema.ValidationError):
        InProcess(RULES, {NAME: {"exceptions": [{"resource": "job", "until": "2027-01-01"}]}})


def test_rules_have_their_defaults_without_any_configuration():
    """The SDK applies no defaults: an unconfigured pack, as in a test of somebody else, must still judge."""
    engine = InProcess(RULES)
    engine.servicer.Configure(proto.ConfigureAnalyzerRequest(), None)
    assert [d.policy for d in run(engine, members([job(timeout=500)]))] == [NAME]


def test_every_class_keeps_most_rules_mandatory():
    for stack in STACKS:
        given = class_config(stack)
        lowered = {n for n, g in given.items() if g in ("disabled", "advisory")}
        lowered |= {r.name for r in pack.POLICIES if r.enforcement_level == EnforcementLevel.ADVISORY}
        assert len(lowered - set(INFORMATION)) < 11
    strict = [r.name for r in pack.POLICIES if class_config("prod").get(r.name) in ("disabled", "advisory")]
    assert strict == []


@pytest.fixture
def on_day(monkeypatch):
    def set_day(text: str) -> None:
        monkeypatch.setattr(exemptions, "today", lambda: dt.date.fromisoformat(text))

    return set_day


def said(resource: str) -> list[str]:
    entry = {"resource": resource, "reason": "backfill of five years", "until": "2027-01-31"}
    found = run(InProcess(RULES, {NAME: {"exceptions": [entry]}}), members([job(timeout=500)]))
    return [d.message.splitlines()[-1] for d in found]


def test_an_exception_holds_up_to_its_last_day(on_day):
    on_day("2027-01-31")
    assert said("job") == []
    assert said("j*") == []
    assert said("urn:pulumi:dev::weather::aws:glue/job:Job::job") == []
    assert said("another") == ["timeout is 500 minutes, at most 120 are allowed"]


def test_an_exception_that_has_ended_is_named(on_day):
    on_day("2027-02-01")
    assert said("job") == [
        "timeout is 500 minutes, at most 120 are allowed (an exemption for this ended on 2027-01-31)"
    ]


def test_an_exception_for_the_stack_as_a_whole(on_day):
    on_day("2027-01-01")
    name = "weather-kms-key-count"
    rules = [rule for rule in pack.POLICIES if rule.name == name]
    entry = {"resource": "stack", "reason": "a second key for a month", "until": "2027-01-31"}
    program = members([Declared("aws:kms/key:Key", "k")])
    assert len(run(InProcess(rules), program)) == 1
    assert run(InProcess(rules, {name: {"exceptions": [entry]}}), program) == []
