"""The documents that people write, checked as a whole: the run configuration and device profiles.

A schema says what one place may hold.  What it cannot say is added here: names that must exist, limits in
order, quality rules laid over the built-in ones.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from weather_etl.checking.problems import Problem, did_you_mean
from weather_etl.checking.schema import load_schema, schema_problems
from weather_etl.checking.values import Value, is_number, items, members


def configuration_problems(document: Value) -> list[Problem]:
    """Return what is wrong with a run configuration document, its profiles included.

    Args:
        document: as JSON was parsed.
    """
    if not isinstance(document, dict):
        return schema_problems(document, "run-configuration")
    body = members(document)
    profiles = items(body.get("profiles"))
    # Profiles are checked one by one, each laid over what it extends.
    alone: dict[str, Any] = {**body, "profiles": []} if profiles else body
    own = {name: one for one in map(members, profiles) if isinstance(name := one.get("name"), str)}
    return [
        *schema_problems(alone, "run-configuration"),
        *_profiles(profiles, own),
        *_limits(members(body.get("quality"))),
        *_rules(members(body.get("qc")), "default", "qc"),
        *_sites(members(body.get("sites")), [*own, *built_in_profiles()]),
    ]


def profile_problems(document: Value, others: Iterable[Mapping[str, Any]] = ()) -> list[Problem]:
    """Return what is wrong with a profile document, as laid over the one that it extends.

    Args:
        document: as JSON was parsed.
        others: further documents that it may extend, beside those that are built in.
    """
    profile = members(document)
    parent = profile.get("extends")
    if not isinstance(parent, str):
        return [*schema_problems(document, "profile"), *_replaced_units(profile)]
    parents = {**built_in_profiles(), **{str(other.get("name")): other for other in others}}
    names = [name for name, other in parents.items() if "extends" not in other]
    if parent not in names:
        what = f"{parent!r} is not a known profile, or itself extends one"
        unknown = Problem("extends", what, f"one of {', '.join(names)}", did_you_mean(parent, names))
        return [*schema_problems(document, "profile"), unknown]
    merged = {**parents[parent], **profile}
    del merged["extends"]
    return profile_problems(merged)


@cache
def built_in_profiles() -> Mapping[str, Mapping[str, Any]]:
    """Return the profile documents that ship with the job, by name."""
    folder = resources.files("weather_etl").joinpath("profiles", "builtin")
    files = (file for file in folder.iterdir() if file.name.endswith(".json"))
    documents = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    return {one["name"]: one for one in sorted(documents, key=lambda one: one["name"])}


@cache
def _built_in_rules() -> Mapping[str, Any]:
    file = resources.files("weather_etl").joinpath("settings", "qc_rules.json")
    return json.loads(file.read_text(encoding="utf-8"))


def _profiles(profiles: Sequence[Value], own: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for index, one in enumerate(profiles):
        place = f"profiles[{index}]"
        yield from (problem.below(place) for problem in profile_problems(one, own.values()))
        name = members(one).get("name")
        if isinstance(name, str) and own[name] != one:
            yield Problem(f"{place}.name", f"{name!r} is the name of another profile")


def _sites(sites: Mapping[str, Value], profiles: Sequence[str]) -> Iterator[Problem]:
    for site, known in sites.items():
        settings = members(known)
        yield from _rules(members(settings.get("qc")), settings.get("qc_profile"), f"sites.{site}.qc")
        for index, name in enumerate(items(settings.get("profiles"))):
            if isinstance(name, str) and name not in profiles:
                yield Problem(
                    f"sites.{site}.profiles[{index}]",
                    f"{name!r} is not a known profile",
                    f"one of {', '.join(profiles)}",
                    did_you_mean(name, profiles),
                )


def _limits(quality: Mapping[str, Value]) -> Iterator[Problem]:
    """Find limits out of order; what one does not say is as built in."""
    known = load_schema("run-configuration")["properties"]["quality"]["properties"]
    for name, given in quality.items():
        levels = members(known.get(name)).get("properties", {})
        values = {level: members(given).get(level, spec["default"]) for level, spec in levels.items()}
        if levels and all(map(is_number, values.values())) and values["warn"] > values["fail"]:
            what = f"warn {values['warn']} is above fail {values['fail']}"
            yield Problem(f"quality.{name}", what, "warn up to fail")


def _rules(overrides: Mapping[str, Value], profile: Value, where: str) -> Iterator[Problem]:
    """Find quality rules that do not hold together, as laid over the built-in ones."""
    document = _built_in_rules()
    layers = [document["rules"], members(document["profiles"].get(str(profile)))]
    for variable, rules in overrides.items():
        place = f"{where}.{variable}"
        for level, limits in members(members(rules).get("range")).items():
            pair = items(limits)
            if all(map(is_number, pair)) and pair != sorted(pair):
                yield Problem(f"{place}.range.{level}", f"{pair} is not in order", "[lowest, highest]")
        if "persistence" in members(rules):
            laid = [members(rules), *(members(layer.get(variable)) for layer in layers)]
            if not any("tolerance" in members(one.get("persistence")) for one in laid):
                yield Problem(f"{place}.persistence.tolerance", "is missing, and none is built in")


def _replaced_units(profile: Mapping[str, Value]) -> Iterator[Problem]:
    """Find units replaced by units of another quantity."""
    definitions = load_schema("profile")["$defs"]

    def is_unit(text: Value, definition: str) -> bool:
        pattern = definitions[definition]["anyOf"][1]["pattern"]
        return isinstance(text, str) and re.search(pattern, text) is not None

    quantities = [name for name in definitions if name.startswith("unit_for_")]
    for old, new in members(profile.get("replace_units")).items():
        known = is_unit(old, "unit") and is_unit(new, "unit")
        if known and not any(is_unit(old, one) and is_unit(new, one) for one in quantities):
            yield Problem(f"replace_units.{old}", f"{new!r} measures something else")
