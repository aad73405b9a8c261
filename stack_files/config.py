"""Configuration of a stack, merged from the project's file and the stack's."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast


def stack_config(project_yaml: Mapping[str, Any], stack_yaml: Mapping[str, Any]) -> dict[str, str]:
    """Return the configuration a program gets, as the Pulumi CLI merges it from its two files.

    The CLI fills the defaults of the project file, checks types and hands everything over as text. Programs
    that run without the CLI (tests, the embedded AWS) call this instead.

    Args:
        project_yaml: parsed ``Pulumi.yaml``.
        stack_yaml: parsed ``Pulumi.<stack>.yaml``.

    Returns:
        ``namespace:key`` to text; arrays and objects as JSON.

    Raises:
        ValueError: unknown keys, missing values or wrong types, all of them named.
    """
    project = str(project_yaml["name"])
    types: dict[str, Any] = project_yaml.get("config") or {}  # a file may hold the key and nothing below it
    values: dict[str, Any] = stack_yaml.get("config") or {}
    declared = {_qualified(project, name): spec for name, spec in types.items()}
    given = {_qualified(project, name): value for name, value in values.items()}
    wrong = [
        f"{name} is not declared in Pulumi.yaml"
        for name in given
        if name not in declared and name.startswith(f"{project}:")
    ]
    merged = {name: _as_text(value) for name, value in given.items() if name not in declared}
    for name, spec in declared.items():
        value = given.get(name, spec.get("default"))
        if value is None:
            wrong.append(f"{name} has neither a value nor a default")
        elif _is_secure(value):
            wrong.append(f"{name} is encrypted: only the Pulumi CLI can read it")
        else:
            text = _typed_text(value, spec["type"])
            if text is None:
                wrong.append(
                    f"{name} = {value!r} is not of type {spec['type']}{_advice(value, spec['type'])}"
                )
            else:
                merged[name] = text
    if wrong:
        raise ValueError("stack configuration: " + "; ".join(wrong))
    return merged


def _qualified(project: str, name: str) -> str:
    return name if ":" in name else f"{project}:{name}"


def _is_secure(value: object) -> bool:
    """Return whether a value is a secret, or holds one at any depth."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return list(members) == ["secure"] or any(map(_is_secure, members.values()))
    return isinstance(value, list) and any(map(_is_secure, cast("list[object]", value)))


def _typed_text(value: object, kind: str) -> str | None:
    """Return a value as the CLI hands it over, or None where it is not of the type.

    The CLI writes every scalar in quotes when it rewrites a file, so `"60"` is a number and `"false"` a truth
    value.  What YAML has read as something else than text has lost what was written (`012`, `1e5`, `no`).
    """
    if kind == "string":
        if isinstance(value, datetime):
            return value.isoformat()
        return value if isinstance(value, str) else None
    if kind == "boolean":
        text = _as_text(value)
        return text if text in ("true", "false") else None
    if kind == "integer":
        text = _as_text(value)
        return text if not isinstance(value, bool) and re.fullmatch(r"[+-]?\d+", text) else None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return json.dumps(value) if isinstance(value, {"array": list, "object": dict}[kind]) else None


def _advice(value: object, kind: str) -> str:
    return ": put it in quotes" if kind == "string" and isinstance(value, bool | int | float | date) else ""


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
