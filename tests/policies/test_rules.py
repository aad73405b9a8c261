"""Each rule by itself: silent on its good programs, clear about its bad ones; and every rule is wired in."""

from __future__ import annotations

import importlib
import re

import jsonschema
import pytest
from pulumi_policy import Policy

from tests.policies.cases import ALL, MODULES
from tests.policies.engine import INFORMATION, PACK, InProcess, members, run
from weather_policies import pack
from weather_policies.kit.rule import ResourceRule, StackRule

RULES = {rule.name: rule for rule in pack.POLICIES}
GOOD = [pytest.param(n, p, id=f"{n}-{i}") for n, c in ALL.items() for i, p in enumerate(c.good)]
BAD = [pytest.param(n, b, id=f"{n}-{i}") for n, c in ALL.items() for i, b in enumerate(c.bad)]


def said(name, program, config):
    return run(InProcess([RULES[name]], {name: config}), members(program))


@pytest.mark.parametrize(("name", "program"), GOOD)
def test_a_right_program_is_judged_and_passes(name, program):
    assert said(name, program, ALL[name].config) == []


@pytest.mark.parametrize(("name", "bad"), BAD)
def test_a_wrong_program_is_reported(name, bad):
    found = [d for d in said(name, bad.program, {**ALL[name].config, **bad.config}) if not d.unjudged]
    matching = [d for d in found if bad.says in d.message]
    assert matching, [d.message for d in found]
    assert bad.resource is None or bad.resource in {d.resource for d in matching}
    assert {d.level for d in found} == {RULES[name].enforcement_level.value}


def test_every_rule_has_good_and_bad_cases():
    assert {n for n, c in ALL.items() if c.good and c.bad} == set(RULES) - {INFORMATION[1]}
    assert sum(len(module.CASES) for module in MODULES) == len(ALL), "a rule has cases in two modules"


def test_every_rule_object_is_in_the_pack_once():
    paths = [p.relative_to(PACK).with_suffix("") for p in PACK.glob("weather_policies/**/*.py")]
    modules = [importlib.import_module(".".join(p.parts).removesuffix(".__init__")) for p in paths]
    defined = {id(v) for m in modules for v in vars(m).values() if isinstance(v, Policy)}
    assert defined == {id(rule) for rule in pack.POLICIES}
    assert len(pack.POLICIES) == len(RULES)


@pytest.mark.parametrize("rule", pack.POLICIES, ids=lambda r: r.name)
def test_metadata_is_complete(rule):
    assert isinstance(rule, ResourceRule | StackRule)
    assert re.fullmatch(r"weather-[a-z0-9]+-[a-z0-9]+-[a-z0-9-]+", rule.name)
    assert rule.description.endswith(".")
    assert rule.metadata.why.endswith(".")
    assert rule.remediation_steps.endswith(".")
    assert rule.url.startswith("https://")
    assert rule.severity is not None
    assert set(rule.tags) <= {"tagging", "cost", "security", "reliability"}
    assert rule.tags


@pytest.mark.parametrize("rule", pack.POLICIES, ids=lambda r: r.name)
def test_config_defaults_fit_their_own_schema(rule):
    for key, schema in rule.config_schema.properties.items():
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(schema["default"], schema)
        assert schema["description"], key
