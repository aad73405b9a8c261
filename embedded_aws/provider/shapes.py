"""Pulumi inputs to botocore requests, strictly: what no member of the API's input shape takes is an error."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

Rename: TypeAlias = str | Callable[[Any], dict[str, Any]] | None

_PAIRS = ({"Key", "Value"}, {"key", "value"}, {"Name", "Value"})


class UnknownInputError(Exception):
    """An input that the API's input shape has no member for."""


def request(shape: Shape, value: object, renames: Mapping[str, Rename] | None = None) -> Any:
    """Convert a Pulumi value to what a botocore input shape wants.

    Args:
        shape: the input shape of an operation, or a part of one.
        value: Pulumi inputs, camelCase, secrets already unwrapped.
        renames: dotted input path (list positions left out) or plain input name to: another member name,
            None to leave the input out, or a function that returns ready members.

    Raises:
        UnknownInputError: an input has no member; the text names shape and input path.
    """
    return _convert(shape, value, "", renames or {})


def _convert(shape: Shape, value: Any, path: str, renames: Mapping[str, Rename]) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, value, path, renames)
    if isinstance(shape, ListShape):
        return _list(shape, value, path, renames)
    if isinstance(shape, MapShape):
        return {key: _convert(shape.value, item, path, renames) for key, item in value.items()}
    kind = shape.type_name
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "string":
        return text(value)
    return value


def _structure(shape: StructureShape, value: Any, path: str, renames: Mapping[str, Rename]) -> dict[str, Any]:
    if isinstance(value, list) and len(cast("list[Any]", value)) == 1:  # a block of at most one is a list
        value = cast("list[Any]", value)[0]
    if not isinstance(value, dict):
        raise UnknownInputError(f"{shape.name}: a structure is wanted for '{path}', not {value!r}")
    members = {_plain(name): name for name in shape.members}
    result: dict[str, Any] = {}
    for key, item in cast("dict[str, Any]", value).items():
        inner = f"{path}.{key}".lstrip(".")
        target = renames.get(inner, renames.get(key, key))
        if item is None or target is None:
            continue
        if callable(target):
            result.update(target(item))
            continue
        member = members.get(_plain(target))
        if member is None:
            raise UnknownInputError(f"{shape.name} has no member for the input '{inner}'")
        result[member] = _convert(shape.members[member], item, inner, renames)
    return result


def _list(shape: ListShape, value: Any, path: str, renames: Mapping[str, Rename]) -> list[Any]:
    member = shape.member
    if isinstance(value, dict) and isinstance(member, StructureShape) and set(member.members) in _PAIRS:
        key_name, value_name = sorted(member.members, key=lambda name: name.lower() == "value")
        return [
            {key_name: key, value_name: text(item)} for key, item in cast("dict[str, Any]", value).items()
        ]
    items: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [_convert(member, item, path, renames) for item in items]


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def text(value: object) -> str:
    """Write a scalar as an API wants it: Pulumi numbers arrive as floats, 30.0 is written 30."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
