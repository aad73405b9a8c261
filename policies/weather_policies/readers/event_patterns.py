"""EventBridge's event patterns: whether a list of matchers admits a text (guide, "Comparison operators")."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

from weather_policies.kit.reading import Resource
from weather_policies.kit.stack import is_named, readable


def fits(matcher: object, text: str) -> bool:
    """Whether matchers admit a text: equal to it, or a prefix, suffix, wildcard or anything-but that does.

    >>> [fits(m, "FAILED") for m in (["FAILED"], [{"anything-but": ["SUCCEEDED"]}], [{"prefix": "S"}])]
    [True, True, False]
    """
    return any(_admits(item, text) for item in _listed(matcher))


def means(matcher: object, resource: Resource) -> bool:
    """Whether a pattern on ARNs admits a resource; no pattern admits all."""
    if matcher is None or any(
        isinstance(item, str) and is_named(item, resource) for item in _listed(matcher)
    ):
        return True
    arn = readable(resource.props, "arn")
    return arn is not None and any(_admits(item, arn) for item in _listed(matcher))


def _listed(matcher: object) -> list[Any]:
    return cast("list[Any]", matcher) if isinstance(matcher, list) else [matcher]


def _admits(item: object, text: str) -> bool:
    if isinstance(item, Mapping):
        return any(_admits_by(kind, value, text) for kind, value in cast("Mapping[str, Any]", item).items())
    return item == text


def _admits_by(kind: str, value: object, text: str) -> bool:
    if kind == "anything-but":
        return isinstance(value, str | list) and not fits(cast("object", value), text)
    if not isinstance(value, str):
        return False
    tests = {
        "prefix": text.startswith(value),
        "suffix": text.endswith(value),
        "wildcard": fnmatchcase(text, value),
        "equals-ignore-case": text.lower() == value.lower(),
    }
    return tests.get(kind, False)
