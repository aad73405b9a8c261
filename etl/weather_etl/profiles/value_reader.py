"""Reading of the `values` of a profile document: where each variable may be, and in which unit."""

import math
from collections.abc import Mapping
from typing import Any, cast

from weather_etl.core import UNIT_OF, VARIABLE_NAMES
from weather_etl.profiles.checker import Node, below
from weather_etl.profiles.condition_reader import read_condition
from weather_etl.profiles.fields import as_record, parse_path
from weather_etl.profiles.model import Candidate, Sentinel
from weather_etl.profiles.numbers import Texts
from weather_etl.profiles.units import COMPASS, IDENTITY, Conversion, conversion, unit_named, units_for


def read_values(
    node: Node, missing: list[Any], replaced_units: Mapping[str, str]
) -> Mapping[str, tuple[Candidate, ...]]:
    """Read `values`: variable -> the places where it may be, in order of precedence.

    Args:
        node: the profile or one of its blocks.
        missing: sentinels of all values.
        replaced_units: unit that the family writes -> unit that it means.
    """
    table = node.node("values")
    if table is None:
        return {}
    result: dict[str, tuple[Candidate, ...]] = {}
    for variable, items in table.members.items():
        if variable not in UNIT_OF:
            table.wrong(variable, f"is not a variable (there are: {', '.join(VARIABLE_NAMES)})")
            continue
        listed: list[Any] = cast("list[Any]", items) if isinstance(items, list) else [items]
        candidates: list[Candidate] = []
        for index, item in enumerate(listed):
            member = item if as_record(item) is not None else {"path": item}
            inner = Node(member, f"{table.where}.{variable}[{index}]", node.problems)
            candidates.append(_candidate(inner, variable, missing, replaced_units))
        result[variable] = tuple(candidates)
    return result


def _candidate(node: Node, variable: str, missing: list[Any], replaced_units: Mapping[str, str]) -> Candidate:
    scale = float(node.take("scale", int, float, default=1.0))
    if scale == 0:
        node.wrong("scale", "must not be 0")
        scale = 1.0
    offset = float(node.take("offset", int, float, default=0.0))
    unit: str = node.take("unit", str, default=UNIT_OF[variable])
    unit = replaced_units.get(unit_named(unit) or unit, unit)
    path = node.take("path", str, default="", required=True)
    own_missing: list[Any] = node.take("missing", list, default=[])
    candidate = Candidate(
        path=parse_path(path),
        unit=unit,
        conversion=_conversion(node, "unit", unit, variable).scaled(scale, offset),
        stated="unit" in node.members,
        suffix_units=node.take("suffix_units", bool, default=False),
        unit_path=node.path("unit_path"),
        unit_codes=_unit_codes(node, variable, scale, offset),
        scale=scale,
        offset=offset,
        missing=_sentinels([*missing, *own_missing], node),
        replace=_replacements(node),
        texts=_texts(node, [*missing, *own_missing]),
        wrap=_wrap(node, variable, scale, unit),
        when=read_condition(node.node("when")),
    )
    node.done()
    return candidate


def _wrap(node: Node, variable: str, scale: float, unit: str) -> float | None:
    """Read `wrap`, the raw number at which a rain counter begins at 0 anew, into mm."""
    if "wrap" not in node.members:
        return None
    raw = float(node.take("wrap", int, float, default=0.0))
    if variable != "rainfall_counter":
        node.wrong("wrap", f"is for rainfall_counter alone, and this is {variable}")
    elif "unit" not in node.members or "unit_path" in node.members or node.members.get("suffix_units"):
        node.wrong("wrap", "needs a `unit` that is always the same: no unit_path, no suffix_units")
    elif raw <= 0:
        node.wrong("wrap", "must be above 0")
    else:
        known = conversion(unit, variable) or IDENTITY
        return raw * abs(scale) * known.multiply / known.divide
    return None


def _sentinels(items: list[Any], node: Node) -> tuple[Sentinel, ...]:
    """Read numbers, and `{"value": -141.111, "within": 0.01}`; texts are `_texts`'s."""
    result: list[Sentinel] = []
    for index, item in enumerate(items):
        if isinstance(item, str):
            continue
        if isinstance(item, int | float) and not isinstance(item, bool):
            result.append(Sentinel(float(item)))
            continue
        member = Node(item, f"{below(node.where, 'missing')}[{index}]", node.problems)
        value = member.take("value", int, float, default=0.0, required=True)
        result.append(Sentinel(float(value), float(member.take("within", int, float, default=0.0))))
        member.done()
    return tuple(result)


def _conversion(node: Node, key: str, unit: str, variable: str) -> Conversion:
    found = conversion(unit, variable)
    if found is None:
        node.wrong(key, f"{unit!r} is not a unit of {variable} (there are: {', '.join(units_for(variable))})")
    return found or IDENTITY


def _unit_codes(node: Node, variable: str, scale: float, offset: float) -> Mapping[str, Conversion]:
    """Read `units`: what stands at `unit_path` -> unit, or `{"unit": "in", "scale": 0.01}`."""
    table = node.node("units")
    if table is None:
        return {}
    result: dict[str, Conversion] = {}
    for text, meaning in table.members.items():
        member = meaning if as_record(meaning) is not None else {"unit": meaning}
        inner = Node(member, f"{table.where}.{text}", node.problems)
        unit = inner.take("unit", str, default=UNIT_OF[variable], required=True)
        step = float(inner.take("scale", int, float, default=1.0))
        if step <= 0:
            inner.wrong("scale", "must be above 0")
            step = 1.0
        own = _conversion(inner, "unit", unit, variable)
        result[text.lower()] = own.scaled(step * scale, offset)
        inner.done()
    return result


def _replacements(node: Node) -> Mapping[float, float]:
    table = node.node("replace")
    if table is None:
        return {}
    result: dict[float, float] = {}
    for text in table.members:
        number = table.take(text, int, float, default=0.0)
        try:
            result[float(text)] = float(number)
        except ValueError:
            table.wrong(text, "must be a number: the raw value that is meant otherwise")
    return result


def _texts(node: Node, missing: list[Any]) -> Texts | None:
    """Read `codes`, `compass` and the texts of `missing` into one table."""
    compass = node.take("compass", bool, default=False)
    table = node.node("codes")
    meanings = dict(COMPASS) if compass else {}
    meanings |= {text.strip().upper(): math.nan for text in missing if isinstance(text, str)}
    for text, number in (table.members if table is not None else {}).items():
        if number is None:
            meanings[text.strip().upper()] = math.nan
        elif isinstance(number, int | float) and not isinstance(number, bool):
            meanings[text.strip().upper()] = float(number)
        else:
            node.wrong(f"codes.{text}", "must be a number, or null for no value")
    return Texts(meanings, only=table is not None and not compass) if meanings else None
