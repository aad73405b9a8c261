"""Reading of a profile document: every problem of it is found at once, with its place.

`docs/profiles.md` describes the format field by field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from weather_etl.core import TIME_SOURCES
from weather_etl.profiles.checker import Node, below
from weather_etl.profiles.condition_reader import read_condition, read_pattern
from weather_etl.profiles.conditions import Condition
from weather_etl.profiles.fields import Lookup, Path, as_record, parse_path
from weather_etl.profiles.model import FORMAT, SITE_ZONE, STEPS, Block, Profile, Step, Template, TimeField
from weather_etl.profiles.times import zone_named
from weather_etl.profiles.units import unit_named
from weather_etl.profiles.value_reader import read_values

_TEMPLATE_FIELD: Final = re.compile(r"\{([^{}]*?)(?::0(\d))?\}")


def read_profile(origin: str, document: Mapping[str, Any], problems: list[str]) -> Profile:
    """Read one profile document.

    Args:
        origin: file or configuration that it comes from.
        document: the parsed JSON, what it extends included.
        problems: what is wrong is added here; the result is then of no use.
    """
    root = Node(dict(document), "", problems)
    version = root.take("format", int, required=True)
    if version is not None and version != FORMAT:
        root.wrong("format", f"must be {FORMAT}, not {version}")
    root.take("extends", str)
    profile = Profile(
        name=root.take("name", str, required=True),
        title=root.take("title", str, default="", required=True),
        source=root.take("source", str, default="", required=True),
        notes=root.texts("notes"),
        priority=root.take("priority", int, default=500),
        automatic=root.take("automatic", bool, default=True),
        lookup=Lookup(fold=root.take("fold_names", bool, default=False)),
        assumes=root.take("assumes_units", bool, default=False),
        match=read_condition(root.node("match")) or Condition(),
        envelopes=root.paths("envelopes") or ((),),
        ignores=tuple(_ignore(node) for node in root.nodes("ignore")),
        empty=root.take("empty", str),
        secrets=root.texts("secrets"),
        join_us=_join(root.node("join")),
        blocks=_blocks(root),
        origin=origin,
    )
    if "match" not in root.members:
        root.wrong("match", "is missing: say how a message of this family is recognised")
    root.done()
    return profile


def _join(node: Node | None) -> int | None:
    if node is None:
        return None
    within_us = round(float(node.take("within_s", int, float, default=0)) * 1_000_000)
    if within_us < 0:
        node.wrong("within_s", "must not be below 0")
    node.done()
    return within_us


def _ignore(node: Node) -> tuple[str, Condition]:
    kind = node.take("kind", str, default="", required=True)
    condition = read_condition(node.node("when"))
    if condition is None:
        node.wrong("when", "is missing")
    node.done()
    return kind, condition or Condition()


@dataclass(frozen=True)
class _Defaults:
    """What a profile says once for all of its blocks: zone of times, sentinels, units that mean others."""

    zone: str
    missing: list[Any]
    replaced_units: Mapping[str, str]


def _blocks(root: Node) -> tuple[Block, ...]:
    """Read the record blocks; what a block does not say it inherits from the profile."""
    defaults = _Defaults(
        zone=_zone(root, SITE_ZONE),
        missing=root.take("missing", list, default=[]),
        replaced_units=_replaced_units(root.node("replace_units")),
    )
    common = _inherited(root, Block("record"), defaults)
    if "records" in root.members:
        blocks = tuple(_block(node, common, defaults) for node in root.nodes("records"))
    else:
        blocks = (common,)
    if not any(block.values for block in blocks):
        root.wrong("values", "is missing: no block maps any field to a variable")
    counters = (field for block in blocks for field in block.values.get("rainfall_counter", ()))
    if len({field.wrap for field in counters} - {None}) > 1:
        root.wrong("values", "has rain counters that wrap at different amounts: a family has one `wrap`")
    return blocks


def _block(node: Node, common: Block, defaults: _Defaults) -> Block:
    """Read one member of `records`."""
    own = replace(
        defaults,
        zone=_zone(node, defaults.zone),
        missing=node.take("missing", list, default=defaults.missing),
    )
    block = replace(
        _inherited(node, common, own),
        name=node.take("name", str, default="record", required=True),
        steps=tuple(_step(step) for step in node.nodes("steps")),
        when=read_condition(node.node("when")),
        ignore=node.take("ignore", str),
    )
    node.done()
    return block


def _inherited(node: Node, block: Block, defaults: _Defaults) -> Block:
    """Read what may stand in the profile itself or in one of its blocks, over what stands above it."""
    block = replace(block, known=(*block.known, *node.paths("known")))
    if "station" in node.members:
        texts = node.texts("station")
        stations = tuple(_template(node, f"station[{n}]", text) for n, text in enumerate(texts))
        block = replace(block, station=stations)
    if "time" in node.members:
        block = replace(block, time=_times(node, defaults.zone))
    if "time_required" in node.members:
        block = replace(block, time_required=node.take("time_required", bool, default=False))
    if "base" in node.members:
        block = replace(block, bases=node.paths("base"))
    if "values" in node.members:
        block = replace(block, values=read_values(node, defaults.missing, defaults.replaced_units))
    return block


def _replaced_units(node: Node | None) -> Mapping[str, str]:
    """Read `replace_units`: a unit that the family writes -> the unit that it means."""
    if node is None:
        return {}
    replaced: dict[str, str] = {}
    for old in node.members:
        new = node.take(old, str)
        for unit in (old, new):
            if unit is not None and unit_named(unit) is None:
                node.wrong(old, f"{unit!r} is not a known unit")
        known, meant = unit_named(old), unit_named(new or "")
        if known is not None and meant is not None:
            replaced[known] = meant
    return replaced


def _zone(node: Node, default: str) -> str:
    zone: str = node.take("timezone", str, default=default)
    if zone != SITE_ZONE:
        try:
            zone_named(zone)
        except ValueError as error:
            node.wrong("timezone", f"{error}; or `site`")
    return zone


def _times(node: Node, zone: str) -> tuple[TimeField, ...]:
    items: list[Any] = node.take("time", list, default=[])
    result: list[TimeField] = []
    for index, item in enumerate(items):
        member = item if as_record(item) is not None else {"path": item}
        result.append(_time(Node(member, f"{below(node.where, 'time')}[{index}]", node.problems), zone))
    return tuple(result)


def _time(node: Node, zone: str) -> TimeField:
    path = node.take("path", str)
    template = node.take("template", str)
    if (path is None) == (template is None):
        node.wrong("", "needs either `path` or `template`")
    source = node.take("source", str, default="device")
    if source not in TIME_SOURCES[:2]:
        node.wrong("source", f"must be device or edge, not {source!r}")
    step_s = float(node.take("step_s", int, float, default=1.0))
    if step_s <= 0:
        node.wrong("step_s", "must be above 0")
    result = TimeField(
        template=_template(node, "template", template)
        if template is not None
        else Template(("", ""), (parse_path(path or ""),), (0,)),
        formats=_formats(node),
        zone=_zone(node, zone),
        zone_paths=node.paths("timezone_path"),
        since=node.path("since"),
        step_us=step_s * 1e6,
        source=source,
        arrival=read_pattern(node, "arrival"),
    )
    node.done()
    return result


def _formats(node: Node) -> tuple[str, ...]:
    formats = node.texts("formats")
    for index, text in enumerate(formats):
        try:
            datetime.strptime("", text)  # noqa: DTZ007 - nothing is read: does the format itself hold?
        except (ValueError, re.error) as error:
            if "does not match format" not in str(error):
                node.wrong(f"formats[{index}]", f"{text!r} is not a format that strptime knows: {error}")
    return formats


def _template(node: Node, key: str, text: str) -> Template:
    template = _parse_template(text)
    if any(brace in between for between in template.texts for brace in "{}"):
        node.wrong(key, f"{text!r} has a brace that belongs to no {{path}}")
    return template


def _step(node: Node) -> Step:
    kinds = [kind for kind in STEPS if kind in node.members]
    if len(kinds) != 1:
        node.wrong("", f"needs exactly one of {', '.join(f'`{kind}`' for kind in STEPS)}")
    kind = kinds[0] if kinds else "each"
    separator = node.take("separator", str, default=",")
    if len(separator) != 1 or separator in '\r\n"':
        node.wrong("separator", "must be one character, and neither a line break nor a quote")
        separator = ","
    step = Step(
        kind=kind,
        path=node.path(kind) or (),
        keep=_keep(node),
        names=node.texts("names"),
        names_path=node.path("names_path"),
        like=read_pattern(node, "like"),
        name=node.take("name", str, default="name"),
        value=node.take("value", str, default="value"),
        unit=node.take("unit", str),
        index=node.take("index", str),
        separator=separator,
        header=node.take("header", bool, default=False),
        when=read_condition(node.node("when")),
    )
    node.done()
    return step


def _keep(node: Node) -> Mapping[str, Path]:
    kept: Any = node.take("keep", dict, list, default={})
    if isinstance(kept, list):
        return {name: parse_path(name) for name in node.texts("keep")}
    table = node.node("keep")
    if table is None:
        return {}
    return {name: table.path(name) or () for name in table.members}


def _parse_template(text: str) -> Template:
    texts: list[str] = []
    paths: list[Path] = []
    widths: list[int] = []
    position = 0
    for match in _TEMPLATE_FIELD.finditer(text):
        texts.append(text[position : match.start()])
        paths.append(parse_path(match[1]))
        widths.append(int(match[2] or 0))
        position = match.end()
    texts.append(text[position:])
    return Template(tuple(texts), tuple(paths), tuple(widths))
