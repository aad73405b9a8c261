"""The table of quality rules: what ships in `qc_rules.json`, and what sites and stacks may override.

An override replaces members of a rule, `{"air_temperature": {"range": {"suspect": [5, 45]}}}`; what it leaves
out stays.  A rule that a variable does not have may be added whole.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeAlias, cast

Rules: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Variable -> kind of rule -> its members."""

MAX_LOOKBACK_MINUTES: Final = 23 * 60
"""No rule looks further back: the shortest local day has 23 hours."""


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
