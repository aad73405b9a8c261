"""Checks a document against a JSON Schema (2020-12) and says every problem in words.

It knows the keywords that this project's schemas use and refuses a schema with any other, so none is ignored.
The one keyword of its own is `x-expected`: what would be right, for people.  A test holds it against
`jsonschema`, which the job cannot have: it needs compiled code for each Python that Glue runs.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from weather_etl.checking.problems import Problem, did_you_mean
from weather_etl.checking.values import Value, is_number, items, members
from weather_etl.checking.zones import zone_problem

Schema = Mapping[str, Any]

_ANNOTATIONS: Final = frozenset(("$schema", "$id", "$defs", "title", "description", "default", "x-expected"))
_LONGEST = 80  # letters of a value that a problem repeats
_MANY = 12  # names that a problem lists although one of them is close


@cache
def load_schema(name: str) -> Schema:
    """Return a schema that ships with this package, such as `profile`."""
    # The package may be a zip on the path, as on Glue.
    file = resources.files("weather_etl").joinpath("schemas", f"{name}.schema.json")
    return json.loads(file.read_text(encoding="utf-8"))


def schema_problems(value: Value, name: str) -> list[Problem]:
    """Return what is wrong with a value by one of the shipped schemas; nothing if it is right."""
    schema = load_schema(name)
    return list(dict.fromkeys(_Check(schema).of(schema, value, "")))


class _Check:
    """A check by one schema file; its parts refer to each other by name."""

    def __init__(self, root: Schema) -> None:
        self.root = root

    def of(self, schema: Schema | bool, value: Value, where: str) -> Iterator[Problem]:
        """Find the problems of a value by a part of the schema."""
        if isinstance(schema, bool):
            if not schema:
                yield Problem(where, "is not allowed")
            return
        types = schema.get("type", ())
        wanted = (types,) if isinstance(types, str) else tuple(types)
        found = (
            iter((Problem(where, f"must be {_either(map(_A.__getitem__, wanted))}, not {_a(value)}"),))
            if wanted and not any(_is(value, kind) for kind in wanted)
            else self._by_keywords(schema, value, where)
        )
        expected = schema.get("x-expected")
        for problem in found:
            here = expected and problem.where == where and not problem.right
            yield replace(problem, right=expected) if here else problem

    def right(self, schema: Schema | bool, value: Value) -> bool:
        """Return whether a value has no problem."""
        return next(self.of(schema, value, ""), None) is None

    def _by_keywords(self, schema: Schema, value: Value, where: str) -> Iterator[Problem]:
        for keyword, argument in schema.items():
            if keyword in _KEYWORDS:
                yield from _KEYWORDS[keyword](self, argument, value, where, schema)
            elif keyword not in _ANNOTATIONS and keyword not in _READ_BY_OTHERS:
                raise NotImplementedError(f"keyword {keyword} of JSON Schema")

    def target(self, reference: str) -> tuple["_Check", Schema]:
        """Return what a `$ref` means: a part of this file, or another file as a whole."""
        file, _, pointer = reference.partition("#")
        check = _Check(load_schema(file.removesuffix(".schema.json"))) if file else self
        schema: Any = check.root
        for name in pointer.split("/")[1:]:
            schema = schema[name]
        return check, schema


def _ref(check: _Check, reference: str, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    other, target = check.target(reference)
    yield from other.of(target, value, where)


def _enum(
    _check: _Check, known: Sequence[Any], value: Value, where: str, _schema: Schema
) -> Iterator[Problem]:
    if not any(_same(value, one) for one in known):
        names = [str(one) for one in known]
        hint = did_you_mean(value, names)
        right = "" if hint and len(names) > _MANY else _either(names)
        yield Problem(where, f"{_shown(value)} is not known", right, hint)


def _const(_check: _Check, wanted: object, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    if not _same(value, wanted):
        yield Problem(where, f"must be {_shown(wanted)}, not {_shown(value)}")


def _minimum(_check: _Check, low: float, value: Value, where: str, schema: Schema) -> Iterator[Problem]:
    if is_number(value) and value < low:
        yield _out_of_range(value, where, schema)


def _maximum(_check: _Check, high: float, value: Value, where: str, schema: Schema) -> Iterator[Problem]:
    if is_number(value) and value > high:
        yield _out_of_range(value, where, schema)


def _above(_check: _Check, low: float, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    if is_number(value) and value <= low:
        yield Problem(where, f"{_shown(value)} is out of range", f"a number above {low:g}")


def _out_of_range(value: Value, where: str, schema: Schema) -> Problem:
    low, high = schema.get("minimum"), schema.get("maximum")
    end = f" to {high:g}" if high is not None else " on"
    right = f"a number from {low:g}{end}" if low is not None else f"a number up to {high:g}"
    return Problem(where, f"{_shown(value)} is out of range", right)


def _pattern(_check: _Check, pattern: str, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    # In JSON Schema `$` is the end of the text; in Python it may come before a last line break.
    if isinstance(value, str) and not re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), value):
        yield Problem(where, f"{_shown(value)} is not accepted")


def _format(_check: _Check, name: str, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    if isinstance(value, str):
        what, hint = FORMATS[name](value)
        if what:
            yield Problem(where, what, "", hint)


def _properties(
    check: _Check, schemas: Mapping[str, Schema], value: Value, where: str, _schema: Schema
) -> Iterator[Problem]:
    for name, schema in schemas.items():
        if name in members(value):
            yield from check.of(schema, value[name], _below(where, name))


def _additional(
    check: _Check, rest: Schema | bool, value: Value, where: str, schema: Schema
) -> Iterator[Problem]:
    known: Mapping[str, Schema] = schema.get("properties", {})
    patterns: Mapping[str, Schema] = schema.get("patternProperties", {})
    for name, member in members(value).items():
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        if rest is False:
            right = f"one of {', '.join(known)}"
            yield Problem(_below(where, name), "is not known", right, did_you_mean(name, known))
        else:
            yield from check.of(rest, member, _below(where, name))


def _property_names(
    check: _Check, names: Schema, value: Value, where: str, _schema: Schema
) -> Iterator[Problem]:
    for name in members(value):
        yield from check.of(names, name, _below(where, name))


def _required(
    _check: _Check, names: Sequence[str], value: Value, where: str, _schema: Schema
) -> Iterator[Problem]:
    for name in names:
        if isinstance(value, dict) and name not in value:
            yield Problem(_below(where, name), "is missing")


def _min_properties(
    _check: _Check, count: int, value: Value, where: str, _schema: Schema
) -> Iterator[Problem]:
    if isinstance(value, dict) and len(members(value)) < count:
        yield Problem(where, "must not be empty")


def _items(check: _Check, schema: Schema, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    for index, item in enumerate(items(value)):
        yield from check.of(schema, item, f"{where}[{index}]")


def _min_items(_check: _Check, count: int, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    if isinstance(value, list) and len(items(value)) < count:
        yield Problem(where, f"must have at least {count} item(s)")


def _max_items(_check: _Check, count: int, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    if isinstance(value, list) and len(items(value)) > count:
        yield Problem(where, f"must have at most {count} items")


def _contains(check: _Check, schema: Schema, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    if isinstance(value, list) and not any(check.right(schema, item) for item in items(value)):
        yield Problem(where, "lacks an item that it needs")


def _any_of(
    check: _Check, branches: Sequence[Schema], value: Value, where: str, _schema: Schema
) -> Iterator[Problem]:
    if any(check.right(branch, value) for branch in branches):
        return
    if names := _required_ones(branches):
        yield Problem(
            where, "is empty" if not value else "says nothing", f"at least one of {', '.join(names)}"
        )
        return
    kinds = [_kinds(check, branch) for branch in branches]
    fitting = [b for b, types in zip(branches, kinds, strict=True) if any(_is(value, k) for k in types)]
    if len(fitting) == 1:
        yield from check.of(fitting[0], value, where)
    elif any(kinds) and not fitting:
        wanted = dict.fromkeys(kind for types in kinds for kind in types)
        yield Problem(where, f"must be {_either(map(_A.__getitem__, wanted))}, not {_a(value)}")
    else:
        yield Problem(
            where, "is incomplete" if isinstance(value, dict) else f"{_shown(value)} is not accepted"
        )


def _one_of(
    check: _Check, branches: Sequence[Schema], value: Value, where: str, _schema: Schema
) -> Iterator[Problem]:
    if isinstance(value, dict) and sum(check.right(branch, value) for branch in branches) != 1:
        yield Problem(where, "needs exactly one of " + ", ".join(_required_ones(branches)))


def _not(check: _Check, schema: Schema, value: Value, where: str, _schema: Schema) -> Iterator[Problem]:
    if check.right(schema, value):
        yield Problem(where, f"must not be {_shown(value)}")


def _if(check: _Check, condition: Schema, value: Value, where: str, schema: Schema) -> Iterator[Problem]:
    branch = "then" if check.right(condition, value) else "else"
    yield from check.of(schema.get(branch, True), value, where)


def _required_ones(branches: Sequence[Schema]) -> list[str]:
    """Return the names if every branch demands one member and nothing else."""
    plain = all(list(branch) == ["required"] and len(branch["required"]) == 1 for branch in branches)
    return [branch["required"][0] for branch in branches] if plain else []


def _kinds(check: _Check, schema: Schema) -> tuple[str, ...]:
    """Return the types that a branch is for; none if it does not say."""
    if "$ref" in schema:
        return _kinds(*check.target(schema["$ref"]))
    if "anyOf" in schema and "type" not in schema:
        return tuple(kind for branch in schema["anyOf"] for kind in _kinds(check, branch))
    if "enum" in schema:
        return tuple(dict.fromkeys(kind for one in schema["enum"] for kind in _A if _is(one, kind)))
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


Keyword = Callable[[_Check, Any, object, str, Schema], Iterator[Problem]]

_KEYWORDS: Final[Mapping[str, Keyword]] = {
    "$ref": _ref,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _above,
    "pattern": _pattern,
    "format": _format,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
    "required": _required,
    "minProperties": _min_properties,
    "items": _items,
    "minItems": _min_items,
    "maxItems": _max_items,
    "contains": _contains,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}

_READ_BY_OTHERS: Final = frozenset(("type", "patternProperties", "then", "else"))

_A: Final = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _is(value: Value, kind: str) -> bool:
    if kind == "number":
        return is_number(value)
    if kind == "integer":
        return is_number(value) and float(value).is_integer()
    types: Mapping[str, type] = {
        "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
    }  # fmt: skip
    return isinstance(value, types[kind])


def _a(value: Value) -> str:
    return next((words for kind, words in _A.items() if _is(value, kind)), "a number without end")


def _same(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _shown(value: Value) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _either(words: Iterable[str]) -> str:
    *first, last = list(words)
    return f"{', '.join(first)} or {last}" if first else last


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _time_zone(text: str) -> tuple[str, str]:
    found = zone_problem("", text)
    return (found.what, found.hint) if found else ("", "")


def _regex(text: str) -> tuple[str, str]:
    try:
        re.compile(text)
    except re.error as error:
        return f"{_shown(text)} is not a regular expression: {error}", ""
    return "", ""


def _strptime(text: str) -> tuple[str, str]:
    try:
        datetime.strptime("", text)  # noqa: DTZ007 - nothing is read: does the format itself hold?
    except (ValueError, re.error) as error:
        if "does not match format" not in str(error):
            return f"{_shown(text)} is not a format that strptime knows: {error}", ""
    return "", ""


FORMATS: Final[Mapping[str, Callable[[str], tuple[str, str]]]] = {
    "time-zone": _time_zone,
    "regex": _regex,
    "strptime": _strptime,
}
"""Formats of texts: what is wrong with one (nothing if it is right) and what was probably meant."""
