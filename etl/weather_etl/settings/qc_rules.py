"""The table of quality rules: what ships in `qc_rules.json`, and what sites and stacks may override.

An override replaces members of a rule, `{"air_temperature": {"range": {"suspect": [5, 45]}}}`; what it leaves
out stays.  A rule that a variable does not have may be added whole.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeAlias, cast

from weather_etl.core import VARIABLE_NAMES

Rules: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Variable -> kind of rule -> its members."""

MAX_LOOKBACK_MINUTES: Final = 23 * 60
"""No rule looks further back: the shortest local day has 23 hours."""

_KEYS: Final = {
    "range": {"fail", "suspect", "source"},
    "step": {"suspect", "fail", "source"},
    "persistence": {
        "tolerance", "suspect_minutes", "fail_minutes", "min_samples", "exempt_above", "exempt_equal",
        "exempt_humid", "source",
    },
}  # fmt: skip
_STEP_KEYS: Final = {"per_minute", "cap", "by_gap"}


@cache
def rule_document() -> Mapping[str, Any]:
    """Return `qc_rules.json`."""
    text = files("weather_etl.settings").joinpath("qc_rules.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Any]", json.loads(text))


def merged_rules(profile: str, *overrides: Rules) -> Rules:
    """Return the rules of a site: built in, its rule profile, then overrides in order."""
    document = rule_document()
    merged: dict[str, dict[str, Any]] = {name: dict(rules) for name, rules in document["rules"].items()}
    for layer in (document["profiles"][profile], *overrides):
        for name, rules in layer.items():
            own = merged.setdefault(name, {})
            for kind, rule in rules.items():
                own[kind] = {**own.get(kind, {}), **rule}
    return merged


def rule_problems(where: str, overrides: object, profile: str) -> list[str]:
    """Return what is wrong with overrides of rules and the name of a rule profile, each problem in words."""
    known = rule_document()["profiles"]
    problems: list[str] = []
    if profile not in known:
        problems.append(f"{where}_profile is {profile!r}; known are {', '.join(known)}")
    if not isinstance(overrides, dict):
        return problems  # which is reported where the document is read
    built_in = merged_rules(profile if profile in known else "default")
    for name, rules in cast("dict[str, object]", overrides).items():
        place = f"{where}.{name}"
        if name not in VARIABLE_NAMES:
            problems.append(f"{place} is not a variable; see the observations table")
        elif not isinstance(rules, dict):
            problems.append(f"{place} must be an object of rules: {', '.join(_KEYS)}")
        else:
            for kind, rule in cast("dict[str, object]", rules).items():
                problems += _one_rule(f"{place}.{kind}", kind, rule, built_in.get(name, {}).get(kind, {}))
    return problems


def _one_rule(where: str, kind: str, rule: object, built_in: Mapping[str, Any]) -> list[str]:
    if kind not in _KEYS or not isinstance(rule, dict):
        return [f"{where} is not a rule; known are {', '.join(_KEYS)}, each an object"]
    body = {**built_in, **cast("dict[str, object]", rule)}
    problems = [
        f"{where}.{key} is not known; known are {', '.join(sorted(_KEYS[kind]))}"
        for key in sorted(body.keys() - _KEYS[kind])
    ]
    levels = {level: body[level] for level in ("suspect", "fail") if level in body}
    if kind == "range":
        for level, limits in levels.items():
            if not _are_numbers(limits, 2) or cast("list[float]", limits) != sorted(
                cast("list[float]", limits)
            ):
                problems.append(f"{where}.{level} is {limits!r}, it must be [lowest, highest]")
    if kind == "step":
        for level, limits in levels.items():
            problems += _step_level(f"{where}.{level}", limits)
    if kind == "persistence":
        problems += _persistence(where, body)
    return problems


def _step_level(where: str, limits: object) -> list[str]:
    body = cast("dict[str, object]", limits) if isinstance(limits, dict) else {}
    if not {"per_minute", "cap"} <= body.keys() <= _STEP_KEYS:
        return [f"{where} must have per_minute and cap, and may have by_gap"]
    problems = [
        f"{where}.{key} is {body[key]!r}, it must be a number from 0 on"
        for key in ("per_minute", "cap")
        if not _is_number(body[key], 0, float("inf"))
    ]
    gaps = body.get("by_gap", [])
    if not isinstance(gaps, list) or not all(_are_numbers(gap, 2) for gap in cast("list[object]", gaps)):
        problems.append(f"{where}.by_gap must be a list of [hours, change]")
    return problems


def _persistence(where: str, body: Mapping[str, object]) -> list[str]:
    problems: list[str] = []
    if not _is_number(body.get("tolerance"), 0, float("inf")):
        problems.append(f"{where}.tolerance is {body.get('tolerance')!r}, it must be a number from 0 on")
    problems += [
        f"{where}.{key} is {body[key]!r}, it must be from 1 to {MAX_LOOKBACK_MINUTES}"
        for key in ("suspect_minutes", "fail_minutes")
        if key in body and not _is_number(body[key], 1, MAX_LOOKBACK_MINUTES)
    ]
    problems += [
        f"{where}.{key} is {body[key]!r}, it must be a number"
        for key in ("min_samples", "exempt_above", "exempt_equal", "exempt_humid")
        if key in body and not _is_number(body[key], float("-inf"), float("inf"))
    ]
    return problems


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _are_numbers(value: object, count: int) -> bool:
    if not isinstance(value, list):
        return False
    numbers = cast("list[object]", value)
    return len(numbers) == count and all(_is_number(one, float("-inf"), float("inf")) for one in numbers)
