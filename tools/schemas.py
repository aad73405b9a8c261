"""Renews what the schemas of documents take from the code: variables, units, presets, limits.

The rest of a schema is written by hand.  An editor completes from these lists, and the checker refuses by
them, so they stand in the schema as they are in the code.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from weather_etl.core.variables import UNIT_OF, VARIABLE_NAMES
from weather_etl.profiles.conditions import TYPES
from weather_etl.profiles.units import SPELLINGS, units_for
from weather_etl.settings.config import DEFAULT_LIMITS, PRESETS, RunConfig
from weather_etl.settings.qc_rules import MAX_LOOKBACK_MINUTES, rule_document

SCHEMAS = Path(__file__).resolve().parents[1] / "etl" / "weather_etl" / "schemas"


def files() -> dict[str, str]:
    """Return the text of both schemas by their path below the project's root."""
    return {
        f"etl/weather_etl/schemas/{name}.schema.json": json.dumps(
            renew(_read(name)), indent=2, ensure_ascii=False
        )
        + "\n"
        for name, renew in (("profile", _profile), ("run-configuration", _configuration))
    }


def _read(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


def _profile(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = schema["$defs"]
    definitions["variable"]["enum"] = list(VARIABLE_NAMES)
    definitions["json_type"]["enum"] = list(TYPES)
    definitions["unit"] = _unit(list(SPELLINGS))
    definitions["values"]["properties"] = {
        variable: {"$ref": f"#/$defs/fields_in_{_word(stored)}"} for variable, stored in UNIT_OF.items()
    }
    for variable, stored in UNIT_OF.items():
        word = _word(stored)
        unit = {"$ref": f"#/$defs/unit_for_{word}"}
        members = {
            "unit": unit,
            "units": {
                "additionalProperties": {"if": {"type": "string"}, "then": unit, "properties": {"unit": unit}}
            },
        }
        definitions[f"unit_for_{word}"] = _unit(units_for(variable))
        definitions[f"fields_in_{word}"] = {
            "$ref": "#/$defs/fields",
            "properties": members,
            "items": {"properties": members},
        }
    return schema


def _word(unit: str) -> str:
    """Return a unit as part of a name that needs no escape in a JSON pointer."""
    return {"%": "percent", "1": "one"}.get(unit, unit.replace("/", "_per_"))


def _unit(units: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a unit in any known spelling, in any case and between blanks."""
    spellings = sorted({one for unit in units for one in (unit, *SPELLINGS[unit])})
    pattern = "|".join("".join(map(_either_case, spelling)) for spelling in spellings)
    return {
        "x-expected": f"a unit: {', '.join(units)}",
        "anyOf": [{"enum": list(units)}, {"type": "string", "pattern": rf"^\s*({pattern})\s*$"}],
    }


def _either_case(letter: str) -> str:
    if letter.lower() != letter.upper() and len(letter.upper()) == 1:
        return f"[{letter.lower()}{letter.upper()}]"
    return (
        re.escape(letter).replace("\\ ", " ").replace("\\-", "-") if letter in r"\.^$*+?{}[]|()" else letter
    )


def _configuration(schema: dict[str, Any]) -> dict[str, Any]:
    definitions, parts = schema["$defs"], schema["properties"]
    definitions["variable"]["enum"] = list(VARIABLE_NAMES)
    definitions["site"]["properties"]["qc_profile"]["enum"] = list(rule_document()["profiles"])
    persistence = definitions["rules"]["additionalProperties"]["properties"]["persistence"]["properties"]
    for name in ("suspect_minutes", "fail_minutes"):
        persistence[name]["maximum"] = MAX_LOOKBACK_MINUTES
    parts["outputs"]["properties"]["presets"]["items"]["enum"] = list(PRESETS)
    parts["quality"]["properties"] = {
        **{name: _limit(limit.warn, limit.fail) for name, limit in DEFAULT_LIMITS.items()},
        "minimum_count": {
            "description": "Affected messages (values) from which a limit counts.",
            "type": "number",
            "minimum": 1,
            "maximum": 1e9,
            "default": RunConfig.minimum_count,
        },
    }
    return schema


def _limit(warn: float, fail: float) -> Mapping[str, Any]:
    share = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "type": ["object", "null"],
        "properties": {"warn": {**share, "default": warn}, "fail": {**share, "default": fail}},
        "additionalProperties": False,
    }
