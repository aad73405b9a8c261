"""What is known about a setting, and how its text becomes a value."""

import copy
import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from weather_etl.checking import Problem

Value = Any
"""The value of a setting: text, number, truth, list or dictionary, as its key's type says."""

Check = Callable[[Value], list[Problem]]
"""Returns what is wrong with a value of the right type, with places below the setting."""


@dataclass(frozen=True)
class Key:
    """What is known about one setting.

    Attributes:
        type: Pulumi's name of the type: string, integer, boolean, array or object.
        name: key in the stack file; its namespace is the project's name, whatever that is, and is left out.
        description: what the setting does.
        limit: what values are accepted, in words.
        source: where the limit comes from.
        check: finds what is wrong with a value of the right type; None where the type says everything.
        default: value when the stack file does not give one; None where it must.
        items: type of an array's items.
    """

    type: str
    name: str
    description: str
    limit: str
    source: str
    check: Check | None
    default: Value
    items: str | None

    @property
    def _accepted(self) -> str:
        return f"{self.limit} ({self.source})"

    def problem(self, what: str) -> Problem:
        """Return a problem of this setting."""
        return Problem(self.name, what, self._accepted)

    def read(self, text: str | None, problems: list[Problem]) -> Value:
        """Return the setting's value; add to ``problems`` and return None where there is no valid one."""
        if text is None:
            if self.default is None:
                problems.append(self.problem("is not set"))
            return copy.copy(self.default)
        value = _typed(self.type, text)
        if value is None:
            problems.append(self.problem(f"{text!r} is not of type {self.type}"))
            return None
        problems += [
            replace(wrong.below(self.name), right=wrong.right or self._accepted)
            for wrong in (self.check(value) if self.check else [])
        ]
        return value


def setting(
    type_: str,
    name: str,
    description: str,
    limit: str,
    source: str,
    check: Check | None = None,
    *,
    default: Value = None,
    items: str | None = None,
) -> Value:
    """Declare a setting as a field of a part; of any type, as ``dataclasses.field`` is."""
    key = Key(type_, name, description, limit, source, check, default, items)
    if default is None:
        return dataclasses.field(metadata={"key": key})
    return dataclasses.field(default_factory=lambda: copy.copy(default), metadata={"key": key})


def keys_of(part: type) -> dict[str, Key]:
    """Return the settings of a part by the name of their field."""
    return {field.name: field.metadata["key"] for field in dataclasses.fields(part)}


def _typed(kind: str, text: str) -> Value:
    """Return a text as a value of one of Pulumi's types, or None where it is not one."""
    if kind == "string":
        return text
    if kind == "integer":
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    try:
        value: Value = json.loads(text)
    except ValueError:
        return None
    right = isinstance(value, list) if kind == "array" else isinstance(value, dict)
    return value if right else None
