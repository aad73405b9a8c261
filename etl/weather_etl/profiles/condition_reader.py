"""Reading of the conditions of a profile document: `match`, `when`, `ignore`."""

import re
from collections.abc import Mapping
from typing import Any, cast

from weather_etl.profiles.checker import Node
from weather_etl.profiles.conditions import TYPES, Condition, condition_text
from weather_etl.profiles.fields import Path, parse_path


def read_condition(node: Node | None) -> Condition | None:
    """Read a condition; None where the document has none."""
    if node is None:
        return None
    condition = Condition(
        has=node.paths("has"),
        has_any=node.paths("has_any"),
        lacks=node.paths("lacks"),
        equals=_texts_by_path(node, "equals"),
        differs=_texts_by_path(node, "differs"),
        like=_patterns_by_path(node),
        types=_types_by_path(node),
        values_at_least=node.take("values_at_least", int, default=0),
        any_of=tuple(filter(None, map(read_condition, node.nodes("any_of")))),
        none_of=tuple(filter(None, map(read_condition, node.nodes("none_of")))),
    )
    if condition == Condition():
        node.wrong("", "is an empty condition, which would always hold")
    node.done()
    return condition


def read_pattern(node: Node, key: str) -> re.Pattern[str] | None:
    """Read a regular expression; None where there is none, or a wrong one."""
    text = node.take(key, str)
    if text is None:
        return None
    try:
        return re.compile(text)
    except re.error as error:
        node.wrong(key, f"is not a regular expression: {error}")
        return None


def _texts_by_path(node: Node, key: str) -> Mapping[Path, frozenset[str]] | None:
    table = node.node(key)
    if table is None:
        return None
    result: dict[Path, frozenset[str]] = {}
    for path, allowed in table.members.items():
        values: list[Any] = cast("list[Any]", allowed) if isinstance(allowed, list) else [allowed]
        texts = [condition_text(value) for value in values]
        if None in texts:
            table.wrong(path, "must be a scalar or a list of scalars")
        result[parse_path(path)] = frozenset(text for text in texts if text is not None)
    return result


def _patterns_by_path(node: Node) -> Mapping[Path, re.Pattern[str]] | None:
    table = node.node("like")
    if table is None:
        return None
    result: dict[Path, re.Pattern[str]] = {}
    for path in table.members:
        pattern = read_pattern(table, path)
        if pattern is not None:
            result[parse_path(path)] = pattern
    return result


def _types_by_path(node: Node) -> Mapping[Path, tuple[str, ...]] | None:
    table = node.node("is")
    if table is None:
        return None
    result: dict[Path, tuple[str, ...]] = {}
    for path in table.members:
        names = table.texts(path)
        for name in names:
            if name not in TYPES:
                table.wrong(path, f"{name!r} is not a JSON type ({', '.join(TYPES)})")
        result[parse_path(path)] = names
    return result
