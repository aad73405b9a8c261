"""Configuration of a stack, merged from the project's file and the stack's."""

import json
from collections.abc import Mapping
from typing import Any


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
        if name not in declared and not name.startswith("pulumi:")
    ]
    merged: dict[str, Any] = {name: value for name, value in given.items() if name.startswith("pulumi:")}
    for name, spec in declared.items():
        value = given.get(name, spec.get("default"))
        if value is None:
            wrong.append(f"{name} has neither a value nor a default")
        elif not _is_of_type(value, spec["type"]):
            wrong.append(f"{name} = {value!r} is not of type {spec['type']}")
        else:
            merged[name] = value
    if wrong:
        raise ValueError("stack configuration: " + "; ".join(wrong))
    return {name: _as_text(value) for name, value in merged.items()}


def _qualified(project: str, name: str) -> str:
    return name if ":" in name else f"{project}:{name}"


def _is_of_type(value: object, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "boolean": bool, "array": list, "object": dict}[kind])


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
