"""The remediation adds what can be derived, and leaves everything else as the engine sent it."""

from __future__ import annotations

from google.protobuf import json_format

from tests.policies.engine import UNKNOWN, Declared, InProcess, Provider, members
from weather_policies import pack

NAME = "weather-aws-resource-derived-tags"
RULES = [rule for rule in pack.POLICIES if rule.name == NAME]
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
BARE = Provider(tags=None)


def remediated(inputs, type_="aws:glue/job:Job", provider=BARE, level="remediate"):
    """The properties that go back to the engine, None if nothing does."""
    engine = InProcess(RULES, {NAME: {"enforcementLevel": level}})
    member = members([Declared(type_, "job", inputs, provider=provider)])[0]
    found = engine.remediate(member.request).remediations
    assert not any(r.diagnostic for r in found)
    return json_format.MessageToDict(found[0].properties) if found else None


def test_missing_tags_are_derived_from_project_and_stack():
    expected = {"Project": "weather", "Environment": "dev", "ManagedBy": "pulumi"}
    assert remediated({"timeout": 5}) == {"timeout": 5.0, "tags": expected}


def test_tags_that_are_there_stay():
    tags = remediated({"tags": {"Owner": "me", "Environment": "staging"}})["tags"]
    assert tags == {"Owner": "me", "Environment": "staging", "Project": "weather", "ManagedBy": "pulumi"}


def test_default_tags_count_as_there():
    assert remediated({}, provider=Provider()) is None


def test_unknowns_and_secrets_go_back_as_they_came():
    given = {
        "defaultArguments": {"--x": SECRET},
        "roleArn": UNKNOWN,
        "tags": {"Owner": SECRET, "Stack": UNKNOWN},
    }
    found = remediated(given)
    assert found["defaultArguments"] == {"--x": SECRET}
    assert found["roleArn"] == UNKNOWN
    assert found["tags"]["Owner"] == SECRET
    assert found["tags"]["Stack"] == UNKNOWN
    assert found["tags"]["ManagedBy"] == "pulumi"


def test_tags_that_are_unknown_as_a_whole_are_left_to_the_update():
    engine = InProcess(RULES, {NAME: "remediate"})
    member = members([Declared("aws:glue/job:Job", "job", {"tags": UNKNOWN}, provider=BARE)])[0]
    found = engine.remediate(member.request).remediations
    assert [bool(r.diagnostic) for r in found] == [True]
    assert not found[0].properties.fields


def test_types_without_tags_are_left_alone():
    assert remediated({}, type_="aws:sns/topicPolicy:TopicPolicy") is None


def test_other_levels_change_nothing():
    assert remediated({}, level="mandatory") is None


def test_what_was_remediated_passes():
    engine = InProcess(RULES, {NAME: "remediate"})
    member = members([Declared("aws:glue/job:Job", "job", {}, provider=BARE)])[0]
    assert [d.policyName for d in engine.analyze(member.request).diagnostics] == [NAME]
    repaired = member.changed(
        json_format.MessageToDict(engine.remediate(member.request).remediations[0].properties)
    )
    assert not engine.analyze(repaired.request).diagnostics
