"""Levels, thresholds and exceptions as the CLI sends them."""

from __future__ import annotations

import datetime as dt
import json

import jsonschema
import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from tests.policies.engine import INFORMATION, PACK, Declared, InProcess, members, run
from tests.policies.parts import job
from tests.policies.whole import STACKS, class_config
from weather_policies import check, pack
from weather_policies.kit import exemptions
from weather_policies.kit.configuration import ConfigurationError

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
        assert len(lowered - set(INFORMATION)) <= len(pack.POLICIES) / 6
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


def problems(config) -> str:
    with pytest.raises(ConfigurationError) as refused:
        InProcess(pack.POLICIES, config)
    return str(refused.value)


def test_every_problem_of_a_configuration_is_told_at_once():
    entry = {"resource": "job-*", "reason": "a reason that is long enough", "until": "2027-01-31"}
    said = problems(
        {
            "weather-glue-job-timout": {"maxMinutes": 45},
            "glue-job-workers": {},
            NAME: {"maxMinute": 45, "exemptions": [entry, {**entry, "until": "2026-02-30"}]},
            "weather-glue-job-version": {"exceptions": [{**entry, "until": "9999-12-31"}]},
            "weather-glue-job-script-version": {"pattern": "[unclosed"},
            "weather-aws-resource-tag-values": {"patterns": {"Owner": "(a"}},
            "weather-sns-topic-policy": {"exemptions": [{**entry, "resource": "*"}]},
        }
    )
    assert "weather-glue-job-timout: there is no such rule (did you mean weather-glue-job-timeout?)" in said
    assert "glue-job-workers: there is no such rule (did you mean weather-glue-job-workers?)" in said
    assert f"{NAME}: it has no property maxMinute (did you mean maxMinutes?)" in said
    assert f"{NAME}: exemptions[1] has an until that is not a day of the calendar" in said
    assert "weather-glue-job-version: exceptions[0] lasts longer than 400 days" in said
    assert "weather-glue-job-script-version: pattern: is not a regular expression" in said
    assert "weather-aws-resource-tag-values: patterns: Owner: is not a regular expression" in said
    assert "weather-sns-topic-policy: exemptions[0] is for almost everything" in said
    assert said.count("\n") == 8


def test_the_older_name_of_exemptions_is_read(on_day):
    on_day("2027-01-01")
    entry = {"resource": "job", "reason": "backfill of five years", "until": "2027-01-31"}
    for key in ("exemptions", "exceptions"):
        assert run(InProcess(RULES, {NAME: {key: [entry]}}), members([job(timeout=500)])) == []


def test_how_many_findings_are_lifted_is_said(on_day):
    on_day("2027-01-01")
    entry = {"resource": "job", "reason": "backfill of five years", "until": "2027-01-31"}
    found = run(InProcess(pack.POLICIES, {NAME: {"exemptions": [entry]}}), members([job(timeout=500)]))
    [told] = [d for d in found if d.policy == INFORMATION[1]]
    assert f"exemptions lift 1 findings: {NAME} 1" in told.message


@pytest.mark.parametrize("stack", STACKS)
def test_the_project_s_own_configurations_are_right(stack):
    assert check.main([str(PACK / f"config.{stack}.json")]) == 0


def test_a_configuration_is_checked_without_the_cli(tmp_path, capsys):
    path = tmp_path / "config.json"
    wrong = {
        "weather-glue-job-timout": {"maxMinutes": 5},
        "weather-glue-job-workers": {"maxWorker": 5},
        "weather-kms-key-count": "mandatroy",
        "all": "advisory",
    }
    path.write_text(json.dumps(wrong))
    assert check.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert "weather-glue-job-timout: there is no such rule (did you mean weather-glue-job-timeout?)" in said
    assert "weather-glue-job-workers: it has no property maxWorker" in said
    assert "weather-kms-key-count: its level is none of advisory, mandatory, remediate, disabled" in said
    assert said.count("\n") == 3
    path.write_text("[]")
    assert check.main([str(path)]) == 1
    path.write_text("{")
    assert check.main([str(path)]) == 2
