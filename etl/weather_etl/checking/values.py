"""Parsed JSON as it comes: what a value is, without a type checker's doubts."""

import math
from typing import Any, TypeAlias, cast

Value: TypeAlias = Any
"""Any value of a JSON document."""


def members(value: Value) -> dict[str, Value]:
    """Return the members of an object; none of anything else."""
    return cast("dict[str, Value]", value) if isinstance(value, dict) else {}


def items(value: Value) -> list[Value]:
    """Return the items of a list; none of anything else."""
    return cast("list[Value]", value) if isinstance(value, list) else []


def is_number(value: Value) -> bool:
    """Return whether a value is a finite number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
