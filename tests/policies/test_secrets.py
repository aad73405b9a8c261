"""No property's text is ever printed: whatever the value, it may have been a secret."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf import json_format

from tests.policies.cases import ALL
from tests.policies.engine import InProcess, Member, judged, members
from tests.policies.mutations import MUTATIONS
from tests.policies.whole import program
from weather_policies import pack

SECRET = "hunter2"
ENVELOPE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_ENVELOPE = {ENVELOPE_KEY: "1b47061264138c4ac30d75fd1eb44270"}
Spoil = Callable[[str], str]

SPOILS = {
    "replaced": lambda _text: SECRET,
    "appended": lambda text: text + SECRET,
    "put before": lambda text: SECRET + text,
    "like a credential": lambda _text: f"user:{SECRET}",
    "like an address": lambda _text: f"https://{SECRET}.amazonaws.com/",
    "like an ARN": lambda _text: f"arn:aws:s3:::{SECRET}",
}


def spoilt(value: Any, spoil: Spoil) -> Any:
    """Every text in a value, in documents written as text too, made secret; keys stay."""
    if isinstance(value, dict) and ENVELOPE_KEY in value:
        return value  # a file, not a text
    if isinstance(value, dict):
        return {key: spoilt(item, spoil) for key, item in value.items()}
    if isinstance(value, list):
        return [spoilt(item, spoil) for item in value]
    if not isinstance(value, str):
        return value
    try:
        document = json.loads(value)
    except ValueError:
        return spoil(value)
    return json.dumps(spoilt(document, spoil)) if isinstance(document, dict | list) else spoil(value)


def with_secrets(member: Member, spoil: Spoil) -> Iterator[Member]:
    """The resource with all its texts secret, and with each property's alone."""
    everything = json_format.MessageToDict(member.request.properties)
    for keys in (list(everything), *([key] for key in everything)):
        changed = {key: spoilt(everything[key], spoil) for key in keys}
        yield member.changed(dict.fromkeys(changed)).changed(changed)


@pytest.mark.parametrize("kind", SPOILS)
def test_cases_never_print_a_text(kind):
    engine = InProcess(pack.POLICIES)
    said = 0
    for case in ALL.values():
        for bad in case.bad:
            listed = [next(with_secrets(member, SPOILS[kind])) for member in members(bad.program)]
            found = judged(engine, listed)
            said += len(found)
            assert not [d for d in found if SECRET in d.message]
    assert said > 1000


@pytest.mark.parametrize("kind", ["replaced", "appended"])
def test_the_real_program_never_prints_a_text(kind):
    engine = InProcess(pack.POLICIES)
    for original in program("prod"):
        for member in with_secrets(original, SPOILS[kind]):
            found = engine.analyze(member.request).diagnostics
            assert not [d for d in found if SECRET in d.message], original.name
    whole = [next(with_secrets(member, SPOILS[kind])) for member in program("prod")]
    assert not [d for d in judged(engine, whole) if SECRET in d.message]


def test_a_secret_envelope_does_not_change_the_verdict():
    """The engine sends secrets in an envelope, which the SDK takes off: rules judge what is inside."""
    member = members([bad.program[0] for bad in ALL["weather-glue-job-timeout"].bad][1:2])[0]
    wrapped = Member(copy.deepcopy(member.request), copy.deepcopy(member.resource))
    for message in (wrapped.request, wrapped.resource):
        message.properties.update({"timeout": {**SECRET_ENVELOPE, "value": 2880}})
    engine = InProcess(pack.POLICIES)
    assert [d.policy for d in judged(engine, [wrapped])] == [d.policy for d in judged(engine, [member])]


def test_mutations_of_secret_programs_stay_silent_about_them():
    engine = InProcess(pack.POLICIES)
    for name in ("weather-sfn-machine-wait-loop", "weather-iam-policy-actions", "weather-sns-topic-policy"):
        changed = MUTATIONS[name].change(list(program("prod")))
        listed = [next(with_secrets(member, SPOILS["appended"])) for member in changed]
        assert not [d for d in judged(engine, listed) if SECRET in d.message]
