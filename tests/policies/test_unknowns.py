"""Rules before values that are missing, unknown or of the wrong kind: never an outage, never silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policies import parts
from tests.policies.cases import ALL
from tests.policies.engine import INFORMATION, UNKNOWN, Declared, InProcess, judged, members
from tests.policies.whole import program
from weather_policies import pack
from weather_policies.kit.rule import ResourceRule
from weather_policies.readers.tags import TAGGABLE

RULES = {rule.name: rule for rule in pack.POLICIES}
DECLARED = [
    declared
    for case in ALL.values()
    for program_ in (*case.good, *(bad.program for bad in case.bad))
    for declared in program_
]
NAMED = {type_ for rule in pack.POLICIES if rule.types != TAGGABLE for type_ in rule.types or ()}
TYPES = sorted({declared.type for declared in DECLARED} | NAMED)
"""Every type that a rule names or a case has; the rules over all taggable types meet each of them too."""


def keys_of(type_: str) -> list[str]:
    """Properties that programs and cases give a type."""
    named = {key for declared in DECLARED if declared.type == type_ for key in declared.inputs}
    real = {key for m in program("prod") if m.type == type_ for key in m.request.properties}
    return sorted(named | real)


@pytest.mark.parametrize("type_", TYPES)
def test_empty_inputs_are_survived(type_):
    judged(InProcess(pack.POLICIES), members([Declared(type_, "empty")]))


@pytest.mark.parametrize("type_", TYPES)
def test_unknown_inputs_are_survived_and_counted(type_):
    """All properties unknown: every mandatory rule that judges the type finds something or says it cannot."""
    unknown = Declared(type_, "unknown", dict.fromkeys(keys_of(type_), UNKNOWN))
    found = judged(InProcess(pack.POLICIES), members([unknown]))
    if unknown.inputs:
        assert found


WRONG = [0, -1, True, "", "text", "{}", "[]", [], [None], ["x"], [[]], {}, {"a": None}, [{"a": 1}], None]


@pytest.mark.parametrize("type_", TYPES)
def test_values_of_the_wrong_kind_are_survived(type_):
    engine = InProcess(pack.POLICIES)
    for value in WRONG:
        judged(engine, members([Declared(type_, "wrong", dict.fromkeys(keys_of(type_), value))]))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_anything_is_survived(data):
    type_ = data.draw(st.sampled_from(TYPES))
    keys = keys_of(type_)
    inputs = data.draw(st.dictionaries(st.sampled_from(keys), JSON, max_size=6)) if keys else {}
    judged(InProcess(pack.POLICIES), members([Declared(type_, "any", inputs)]))


def silent_unknowns(name: str) -> Iterator[tuple[str, str, str]]:
    """Rule, type and property: where one property of a wrong program, made unknown, makes a rule silent."""
    case = ALL[name]
    for bad in case.bad:
        engine = InProcess([RULES[name]], {name: {**case.config, **bad.config}})
        for index, declared in enumerate(bad.program):
            for key in declared.inputs:
                changed = list(bad.program)
                changed[index] = replace(declared, inputs={**declared.inputs, key: UNKNOWN})
                if not judged(engine, members(changed)):
                    yield name, declared.type.split(":")[-1], key


@pytest.mark.parametrize("name", sorted(set(RULES) - set(INFORMATION)))
def test_no_rule_is_silent_before_an_unknown_that_decides(name):
    """A wrong program does not become right by a value that is not known yet."""
    assert set(silent_unknowns(name)) <= SILENT.get(name, set())


def test_the_exceptions_to_that_are_all_needed():
    seen = {name: set(silent_unknowns(name)) for name in SILENT}
    assert seen == SILENT


def _silent(*entries: str) -> dict[str, set[tuple[str, str, str]]]:
    found: dict[str, set[tuple[str, str, str]]] = {}
    for entry in entries:
        rule, type_, key = entry.split()
        found.setdefault(f"weather-{rule}", set()).add((f"weather-{rule}", type_, key))
    return found


SILENT: Mapping[str, set[tuple[str, str, str]]] = _silent(
    # a name that does not exist yet is not the one that others have written down
    "glue-crawler-schedule Crawler name",
    "glue-job-retries Job name",
    "s3-bucket-bucket-key Bucket bucket",
    "s3-bucket-noncurrent-versions Bucket bucket",
    "s3-bucket-temporary-files Bucket bucket",
    "stack-cost-estimate EventRule name",
    "stack-start-circle EventRule name",
    "stack-start-twice EventRule name",
    "stack-unique-names Job name",
    "athena-workgroup-results Bucket bucket",
    "s3-bucket-notification-loop BucketNotification bucket",
    "s3-bucket-transitions Bucket bucket",
    # what one target starts is known, and of the other only that it starts something
    "stack-start-twice EventTarget arn",
    # presence alone settles it
    "scheduler-schedule-delivery Schedule scheduleExpressionTimezone",
    # AWS's own key is named by its alias, a literal; what is made of an output is a key of the program
    "sns-topic-encryption Topic kmsMasterKeyId",
)
"""Where an unknown is no reason to speak."""


def test_partial_unknowns_do_not_hide_other_findings():
    tags: dict[str, Any] = {"Environment": UNKNOWN, "Owner": "!"}
    found = judged(
        InProcess([RULES["weather-aws-resource-tag-values"]]),
        members([Declared("aws:glue/job:Job", "j", {"tags": tags}, provider=None)]),
    )
    assert {d.unjudged for d in found} == {True, False}
    assert "j.tags.Environment" in next(d.message for d in found if d.unjudged)


def test_one_unknown_subject_does_not_stop_a_stack_rule():
    group = "aws:cloudwatch/logGroup:LogGroup"
    rules = [r for r in pack.POLICIES if not isinstance(r, ResourceRule) and r.name.startswith("weather-s3")]
    lake = Declared("aws:s3/bucket:Bucket", "lake", {"bucket": "lake"})
    odd = Declared("aws:s3/bucketPolicy:BucketPolicy", "odd", {"bucket": "b2", "policy": UNKNOWN})
    other = Declared("aws:s3/bucket:Bucket", "other", {"bucket": "b2"})
    found = judged(InProcess(rules), members([lake, odd, other, Declared(group, "g")]))
    tls = [d for d in found if d.policy == "weather-s3-bucket-tls-only"]
    assert {(d.resource, d.unjudged) for d in tls} == {("lake", False), ("stack", True)}
    assert "other.policy" in next(d.message for d in tls if d.unjudged)


DOCUMENTS = {
    "policy of a bucket": [parts.bucket(), parts.beside("BucketPolicy", "p", {"policy": "nonsense"})],
    "policy of a key": [Declared("aws:kms/key:Key", "k", {"policy": "nonsense"})],
    "policy of a topic": [
        parts.topic(),
        Declared("aws:sns/topicPolicy:TopicPolicy", "p", {"arn": parts.TOPIC_ARN, "policy": "nonsense"}),
    ],
    "policy of a queue": [
        parts.queue(),
        Declared("aws:sqs/queuePolicy:QueuePolicy", "p", {"queueUrl": "https://q", "policy": "nonsense"}),
    ],
    "policy of a role": [Declared("aws:iam/rolePolicy:RolePolicy", "p", {"policy": "nonsense"})],
    "trust of a role": [Declared("aws:iam/role:Role", "r", {"assumeRolePolicy": "nonsense"})],
    "definition": [parts.machine_of("nonsense")],
    "event pattern": [parts.rule(eventPattern="nonsense")],
    "crawler's configuration": [parts.crawler(configuration="nonsense")],
}


@pytest.mark.parametrize("which", DOCUMENTS)
def test_a_document_that_cannot_be_read_is_reported(which):
    """Most rules over documents leave this to one; there must be that one for each kind."""
    for text in ("nonsense", "[]", "3", '"text"', "null"):
        changed = [
            replace(d, inputs={k: text if v == "nonsense" else v for k, v in d.inputs.items()})
            for d in DOCUMENTS[which]
        ]
        found = judged(InProcess(pack.POLICIES), members(changed))
        assert any("is not a JSON object" in d.message for d in found), text
