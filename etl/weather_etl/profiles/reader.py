"""Profiles: what a device family's messages look like, as data.

A profile is one JSON file; `docs/profiles.md` describes the format field by field.  This module reads and
checks it.  Every problem of every file is reported at once, with the place in the file, what is wrong and
what is allowed, so that a profile is right after one round of mending.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import resources
from pathlib import Path as FilePath
from typing import Any, Final, cast

from weather_etl.core.variables import TIME_SOURCES, UNIT_OF, VARIABLE_NAMES
from weather_etl.profiles.conditions import TYPES, Condition, condition_text
from weather_etl.profiles.fields import Path, as_record, parse_path
from weather_etl.profiles.numbers import Texts
from weather_etl.profiles.times import zone_named
from weather_etl.profiles.units import COMPASS, IDENTITY, Conversion, conversion, unit_named, units_for

FORMAT: Final = 1
"""The version of the format that this code reads."""
SITE_ZONE: Final = "site"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
_TEMPLATE_FIELD: Final = re.compile(r"\{([^{}]*?)(?::0(\d))?\}")


class ProfileError(ValueError):
    """One or more profiles are wrong.

    Attributes:
        problems: each with file or name, place, what is wrong and what is allowed.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("profiles are not valid:\n" + "\n".join(f"- {problem}" for problem in problems))


@dataclass(frozen=True)
class Sentinel:
    """A number that means "no value"; `within` allows for the rounding of a device that computed it."""

    value: float
    within: float = 0.0


@dataclass(frozen=True)
class Candidate:
    """One place where a variable's value may be, and how it is read.

    Attributes:
        path: where, below the block's base.
        unit: the unit when nothing in the record says another.
        conversion: from `unit`, with the profile's `scale`, to the stored unit.
        suffix_units: whether the name may go on with a unit (`temperature` also takes `temperature_F`).
        unit_path: where the record names the unit.
        unit_codes: text at `unit_path` -> conversion, before the general spellings of units.
        scale: raw steps to units.
        offset: units that a raw 0 stands for.
        missing: sentinels, compared before conversion.
        replace: raw number -> the number that is meant; such a value is marked `adjusted`.
        texts: text that stands for a number.
        when: condition on the record.
    """

    path: Path
    unit: str
    conversion: Conversion
    suffix_units: bool = False
    unit_path: Path | None = None
    unit_codes: Mapping[str, Conversion] = field(default_factory=dict[str, Conversion])
    scale: float = 1.0
    offset: float = 0.0
    missing: tuple[Sentinel, ...] = ()
    replace: Mapping[float, float] = field(default_factory=dict[float, float])
    texts: Texts | None = None
    when: Condition | None = None


@dataclass(frozen=True)
class Template:
    """Text with `{path}` fields: `{model}-{id}`, `{date} {time:04}`.

    Attributes:
        texts: what stands before, between and after the fields; one more than there are fields.
        paths: the fields.
        widths: letters to which each field is filled with zeros on its left.
    """

    texts: tuple[str, ...]
    paths: tuple[Path, ...]
    widths: tuple[int, ...]


@dataclass(frozen=True)
class TimeField:
    """One place where the time of a record may be.

    Attributes:
        template: the field, or several put together (`{date} {time}`).
        formats: `strptime` formats, tried before the general rules.
        zone: of a text without zone: an IANA name, an offset, or `site`.
        zone_path: where the record names its zone.
        since: where the time stands from which the field counts; then the field is a number of `step_us`.
        step_us: microseconds that one step of such a number is.
        source: `device` (time of the measurement) or `edge` (time of publishing).
        arrival: texts that mean the time of arrival (`@0.087052s` of a replayed file).
    """

    template: Template
    formats: tuple[str, ...] = ()
    zone: str = SITE_ZONE
    zone_path: Path | None = None
    since: Path | None = None
    step_us: float = 1e6
    source: str = "device"
    arrival: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Step:
    """One step from a message to its records.

    Attributes:
        kind: one of `STEPS`.
        path: the list, object or text.
        keep: names and paths of what the records inherit from the level above.
        names: names for the positions of an element that is a list.
        names_path: where the record above lists those names.
        like: which names of `entries` are meant.
        name, value, unit: where a pair has them.
        index: name under which an element keeps its position, from 0.
        separator: what stands between the fields of `lines`.
        header: whether the first of the `lines` names the fields.
        when: condition on the element.
    """

    kind: str
    path: Path
    keep: Mapping[str, Path] = field(default_factory=dict[str, Path])
    names: tuple[str, ...] = ()
    names_path: Path | None = None
    like: re.Pattern[str] | None = None
    name: str = "name"
    value: str = "value"
    unit: str | None = None
    index: str | None = None
    separator: str = ","
    header: bool = False
    when: Condition | None = None


STEPS: Final = ("each", "entries", "pairs", "columns", "json", "lines")
"""Kinds of steps: the elements of a list; the members of an object; a list of names and values that together
are one record; an object of parallel lists; JSON inside of a text; a text of separated fields."""


@dataclass(frozen=True)
class Block:
    """One kind of record in the messages of a family.

    Attributes:
        name: for messages about it.
        steps: from the message to the record; none = the message is the record.
        when: condition on the record; others are not of this block.
        ignore: a kind: the records are counted under it and yield nothing.
        station: templates; the first whose fields are all there names the station, else the site does.
        time: the first that is there counts, else the ingest time.
        time_required: whether a record without time is quarantined.
        bases: paths below which the values lie; the first that is an object counts.
        values: variable -> candidates; the first that has a value counts.
        known: paths that are known and not mapped: no schema drift.
    """

    name: str
    steps: tuple[Step, ...] = ()
    when: Condition | None = None
    ignore: str | None = None
    station: tuple[Template, ...] = ()
    time: tuple[TimeField, ...] = ()
    time_required: bool = False
    bases: tuple[Path, ...] = ((),)
    values: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict[str, tuple[Candidate, ...]])
    known: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A device family.

    Attributes:
        name: the `family` of its observations.
        title: for people.
        source: where the facts come from.
        notes: what is not verified, and what a reader must know.
        priority: profiles are asked in ascending order.
        automatic: whether any site may use it; else only sites that name it.
        fold: whether names are compared folded.
        match: how a message is recognised.
        envelopes: paths at which the message may lie; the first where `match` holds counts.
        ignores: kind -> condition: messages that are no observations.
        empty: kind under which a recognised message without records is counted; None quarantines it.
        secrets: field names to mask.
        join_us: how far apart in time the records of one message may be to be one observation; None = never.
        blocks: the kinds of records.
        origin: file or configuration that it was read from.
    """

    name: str
    title: str
    source: str
    notes: tuple[str, ...]
    priority: int
    automatic: bool
    fold: bool
    match: Condition
    envelopes: tuple[Path, ...]
    ignores: tuple[tuple[str, Condition], ...]
    empty: str | None
    secrets: tuple[str, ...]
    join_us: int | None
    blocks: tuple[Block, ...]
    origin: str


@dataclass(frozen=True)
class ProfileSet:
    """The profiles of a run, in the order in which they are asked."""

    profiles: tuple[Profile, ...]

    def for_site(self, preferred: Sequence[str] = ()) -> tuple[Profile, ...]:
        """Return the profiles that a site uses: those it names first, then the automatic ones.

        Raises:
            ProfileError: the site names a profile that does not exist.
        """
        by_name = {profile.name: profile for profile in self.profiles}
        unknown = [name for name in preferred if name not in by_name]
        if unknown:
            raise ProfileError(
                [f"profile {name!r} does not exist (there are: {', '.join(by_name)})" for name in unknown]
            )
        rest = (profile for profile in self.profiles if profile.automatic and profile.name not in preferred)
        return (*(by_name[name] for name in preferred), *rest)

    def secrets(self) -> tuple[str, ...]:
        """Return every profile's secret names: what is not recognised may be any family's."""
        return tuple(dict.fromkeys(name for profile in self.profiles for name in profile.secrets))


def load_profiles(extra: Iterable[Mapping[str, Any]] = (), directory: FilePath | None = None) -> ProfileSet:
    """Load the built-in profiles and further ones.

    Args:
        extra: profiles as parsed JSON, from the run configuration document; one with the name of a built-in
            profile replaces it.
        directory: a directory of further profile files.

    Returns:
        All profiles, by priority and then name.

    Raises:
        ProfileError: with every problem of every profile.
        OSError: the directory cannot be read.
    """
    problems: list[str] = []
    documents: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for origin, text in _built_in():
        _add_text(documents, origin, text, problems)
    own: dict[str, tuple[str, Mapping[str, Any]]] = {}
    if directory is not None:
        for file in sorted(directory.glob("*.json")):
            try:
                _add_text(own, str(file), file.read_text(encoding="utf-8"), problems)
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{file}: cannot be read: {error}")
    for index, document in enumerate(extra):
        _add(own, f"configuration profiles[{index}]", document, problems)
    documents |= own
    profiles = [_read(origin, document, documents, problems) for origin, document in documents.values()]
    if problems:
        raise ProfileError(problems)
    found = [profile for profile in profiles if profile is not None]
    return ProfileSet(tuple(sorted(found, key=lambda profile: (profile.priority, profile.name))))


def _built_in() -> Iterable[tuple[str, str]]:
    """Read the files through importlib, since on Glue the package is a zip on the path."""
    files = resources.files("weather_etl.profiles").joinpath("builtin").iterdir()
    for file in sorted((file for file in files if file.name.endswith(".json")), key=lambda file: file.name):
        yield file.name, file.read_text(encoding="utf-8")


def _add_text(
    documents: dict[str, tuple[str, Mapping[str, Any]]], origin: str, text: str, problems: list[str]
) -> None:
    try:
        document: Any = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        problems.append(f"{origin}: is not JSON: {error}")
    else:
        _add(documents, origin, document, problems)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _add(
    documents: dict[str, tuple[str, Mapping[str, Any]]], origin: str, document: object, problems: list[str]
) -> None:
    if not isinstance(document, dict):
        problems.append(f"{origin}: is not an object")
        return
    profile = cast("dict[str, Any]", document)
    name = profile.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        problems.append(f"{origin}: name: must be {_NAME.pattern}, not {name!r}")
        return
    if name in documents and documents[name][1] != profile:
        problems.append(f"{origin}: name: {name!r} is the name of another profile, {documents[name][0]}")
        return
    documents[name] = (origin, profile)


def _read(
    origin: str,
    document: Mapping[str, Any],
    documents: Mapping[str, tuple[str, Mapping[str, Any]]],
    problems: list[str],
) -> Profile | None:
    """Read one profile, after laying it over the one that it extends."""
    parent = document.get("extends")
    if parent is not None:
        if parent not in documents or "extends" in documents[parent][1]:
            problems.append(f"{origin}: extends: {parent!r} is no profile, or itself extends one")
            return None
        document = {**documents[parent][1], **document}
    own: list[str] = []
    profile = _ProfileReader(origin, document, own).profile()
    problems += [f"{origin}: {problem}" for problem in own]
    return None if own else profile


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


class _Node:
    """An object of a profile being read: takes typed members and reports what is wrong or unknown."""

    def __init__(self, value: object, where: str, problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self.members: dict[str, Any] = {}
        self.seen: set[str] = set()
        if isinstance(value, dict):
            self.members = cast("dict[str, Any]", value)
        else:
            self.wrong("", f"must be an object, not {_kind(value)}")

    def wrong(self, key: str, what: str) -> None:
        place = _below(self.where, key) if key else self.where
        self.problems.append(f"{place}: {what}" if place else what)

    def take(self, key: str, *types: type, default: Any = None, required: bool = False) -> Any:  # noqa: ANN401
        """Take a member of one of the types (a bool is no number)."""
        self.seen.add(key)
        if key not in self.members:
            if required:
                self.wrong(key, "is missing")
            return default
        value = self.members[key]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            self.wrong(key, f"must be {' or '.join(_TYPE_NAMES[kind] for kind in types)}, not {_kind(value)}")
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts; one text alone is a list of one."""
        value: Any = self.take(key, list, str, default=[])
        items: list[Any] = [value] if isinstance(value, str) else value
        for index, item in enumerate(items):
            if not isinstance(item, str):
                self.wrong(f"{key}[{index}]", f"must be text, not {_kind(item)}")
        return tuple(item for item in items if isinstance(item, str))

    def paths(self, key: str) -> tuple[Path, ...]:
        return tuple(parse_path(text) for text in self.texts(key))

    def path(self, key: str) -> Path | None:
        text = self.take(key, str)
        return None if text is None else parse_path(text)

    def nodes(self, key: str) -> list["_Node"]:
        """Take a list of objects."""
        items: list[Any] = self.take(key, list, default=[])
        return [
            _Node(item, _below(self.where, f"{key}[{index}]"), self.problems)
            for index, item in enumerate(items)
        ]

    def node(self, key: str) -> "_Node | None":
        value = self.take(key, dict)
        return None if value is None else _Node(value, _below(self.where, key), self.problems)

    def done(self) -> None:
        """Report the members that nothing asked for."""
        for key in self.members:
            if key not in self.seen and not key.startswith("_"):
                self.wrong(key, f"is unknown (known here: {', '.join(sorted(self.seen))})")


_TYPE_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _kind(value: object) -> str:
    return "null" if value is None else _TYPE_NAMES.get(type(value), type(value).__name__)


class _ProfileReader:
    """Reads one profile document."""

    def __init__(self, origin: str, document: Mapping[str, Any], problems: list[str]) -> None:
        self.origin = origin
        self.root = _Node(dict(document), "", problems)
        self.problems = problems
        self.replaced_units: dict[str, str] = {}

    def profile(self) -> Profile:
        root = self.root
        version = root.take("format", int, required=True)
        if version is not None and version != FORMAT:
            root.wrong("format", f"must be {FORMAT}, not {version}")
        self._read_replaced_units()
        join = root.node("join")
        join_us: int | None = None
        if join is not None:
            join_us = round(float(join.take("within_s", int, float, default=0)) * 1_000_000)
            if join_us < 0:
                join.wrong("within_s", "must not be below 0")
            join.done()
        root.take("extends", str)
        profile = Profile(
            name=root.take("name", str, required=True),
            title=root.take("title", str, default="", required=True),
            source=root.take("source", str, default="", required=True),
            notes=root.texts("notes"),
            priority=root.take("priority", int, default=500),
            automatic=root.take("automatic", bool, default=True),
            fold=root.take("fold_names", bool, default=False),
            match=self._condition(root.node("match")) or Condition(),
            envelopes=root.paths("envelopes") or ((),),
            ignores=tuple(self._ignore(node) for node in root.nodes("ignore")),
            empty=root.take("empty", str),
            secrets=root.texts("secrets"),
            join_us=join_us,
            blocks=self._blocks(),
            origin=self.origin,
        )
        if "match" not in root.members:
            root.wrong("match", "is missing: say how a message of this family is recognised")
        root.done()
        return profile

    def _read_replaced_units(self) -> None:
        node = self.root.node("replace_units")
        if node is None:
            return
        for old in list(node.members):
            new = node.take(old, str)
            for unit in (old, new):
                if unit is not None and unit_named(unit) is None:
                    node.wrong(old, f"{unit!r} is no known unit")
            if unit_named(old) and new and unit_named(new):
                self.replaced_units[cast("str", unit_named(old))] = cast("str", unit_named(new))

    def _ignore(self, node: _Node) -> tuple[str, Condition]:
        kind = node.take("kind", str, default="", required=True)
        condition = self._condition(node.node("when"))
        if condition is None:
            node.wrong("when", "is missing")
        node.done()
        return kind, condition or Condition()

    def _condition(self, node: _Node | None) -> Condition | None:
        if node is None:
            return None
        condition = Condition(
            has=node.paths("has"),
            has_any=node.paths("has_any"),
            lacks=node.paths("lacks"),
            equals=self._texts_by_path(node, "equals"),
            differs=self._texts_by_path(node, "differs"),
            like=self._patterns_by_path(node),
            types=self._types_by_path(node),
            values_at_least=node.take("values_at_least", int, default=0),
            any_of=tuple(filter(None, map(self._condition, node.nodes("any_of")))),
            none_of=tuple(filter(None, map(self._condition, node.nodes("none_of")))),
        )
        if condition == Condition():
            node.wrong("", "is an empty condition, which would always hold")
        node.done()
        return condition

    def _texts_by_path(self, node: _Node, key: str) -> Mapping[Path, frozenset[str]] | None:
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

    def _patterns_by_path(self, node: _Node) -> Mapping[Path, re.Pattern[str]] | None:
        table = node.node("like")
        if table is None:
            return None
        result: dict[Path, re.Pattern[str]] = {}
        for path in table.members:
            pattern = self._pattern(table, path)
            if pattern is not None:
                result[parse_path(path)] = pattern
        return result

    def _pattern(self, node: _Node, key: str) -> re.Pattern[str] | None:
        text = node.take(key, str)
        if text is None:
            return None
        try:
            return re.compile(text)
        except re.error as error:
            node.wrong(key, f"is no regular expression: {error}")
            return None

    def _types_by_path(self, node: _Node) -> Mapping[Path, tuple[str, ...]] | None:
        table = node.node("is")
        if table is None:
            return None
        result: dict[Path, tuple[str, ...]] = {}
        for path in table.members:
            names = table.texts(path)
            for name in names:
                if name not in TYPES:
                    table.wrong(path, f"{name!r} is no JSON type ({', '.join(TYPES)})")
            result[parse_path(path)] = names
        return result

    def _blocks(self) -> tuple[Block, ...]:
        """Read the record blocks; what a block does not say it inherits from the profile."""
        common = self._block(self.root, Block("record"), is_root=True)
        if "records" not in self.root.members:
            blocks: tuple[Block, ...] = (common,)
        else:
            blocks = tuple(self._block(node, common) for node in self.root.nodes("records"))
        if not any(block.values for block in blocks):
            self.root.wrong("values", "is missing: no block maps any field to a variable")
        return blocks

    def _block(self, node: _Node, common: Block, is_root: bool = False) -> Block:
        missing: list[Any] = self.root.take("missing", list, default=[])
        if not is_root:
            missing = node.take("missing", list, default=missing)
        zone = self._zone(node)
        block = replace(common, known=(*common.known, *node.paths("known")))
        if not is_root:
            block = replace(
                block,
                name=node.take("name", str, default="record", required=True),
                steps=tuple(self._step(step) for step in node.nodes("steps")),
                when=self._condition(node.node("when")),
                ignore=node.take("ignore", str),
            )
        if "station" in node.members:
            texts = node.texts("station")
            block = replace(
                block,
                station=tuple(self._template(node, f"station[{n}]", text) for n, text in enumerate(texts)),
            )
        if "time" in node.members:
            block = replace(block, time=self._times(node, zone))
        if "time_required" in node.members:
            block = replace(block, time_required=node.take("time_required", bool, default=False))
        if "base" in node.members:
            block = replace(block, bases=node.paths("base"))
        if "values" in node.members:
            block = replace(block, values=self._values(node, missing))
        if not is_root:
            node.done()
        return block

    def _zone(self, node: _Node) -> str:
        """Return the zone of a block: its own, else the profile's, else the site's."""
        zone: str = node.take("timezone", str, default=self.root.take("timezone", str, default=SITE_ZONE))
        self._check_zone(node, zone)
        return zone

    def _check_zone(self, node: _Node, zone: str) -> None:
        if zone != SITE_ZONE:
            try:
                zone_named(zone)
            except ValueError as error:
                node.wrong("timezone", f"{error}; or `site`")

    def _times(self, node: _Node, zone: str) -> tuple[TimeField, ...]:
        items: list[Any] = node.take("time", list, default=[])
        result: list[TimeField] = []
        for index, item in enumerate(items):
            member = item if as_record(item) is not None else {"path": item}
            result.append(
                self._time(_Node(member, f"{_below(node.where, 'time')}[{index}]", self.problems), zone)
            )
        return tuple(result)

    def _time(self, node: _Node, zone: str) -> TimeField:
        path = node.take("path", str)
        template = node.take("template", str)
        if (path is None) == (template is None):
            node.wrong("", "needs either `path` or `template`")
        source = node.take("source", str, default="device")
        if source not in TIME_SOURCES[:2]:
            node.wrong("source", f"must be device or edge, not {source!r}")
        own_zone = node.take("timezone", str, default=zone)
        self._check_zone(node, own_zone)
        step_s = float(node.take("step_s", int, float, default=1.0))
        if step_s <= 0:
            node.wrong("step_s", "must be above 0")
        result = TimeField(
            template=self._template(node, "template", template)
            if template is not None
            else Template(("", ""), (parse_path(path or ""),), (0,)),
            formats=self._formats(node),
            zone=own_zone,
            zone_path=node.path("timezone_path"),
            since=node.path("since"),
            step_us=step_s * 1e6,
            source=source,
            arrival=self._pattern(node, "arrival"),
        )
        node.done()
        return result

    def _formats(self, node: _Node) -> tuple[str, ...]:
        formats = node.texts("formats")
        for index, text in enumerate(formats):
            try:
                datetime.strptime("", text)  # noqa: DTZ007 - nothing is read: does the format itself hold?
            except (ValueError, re.error) as error:
                if "does not match format" not in str(error):
                    node.wrong(f"formats[{index}]", f"{text!r} is no format of strptime: {error}")
        return formats

    def _template(self, node: _Node, key: str, text: str) -> Template:
        template = _template(text)
        if any(brace in between for between in template.texts for brace in "{}"):
            node.wrong(key, f"{text!r} has a brace that belongs to no {{path}}")
        return template

    def _step(self, node: _Node) -> Step:
        kinds = [kind for kind in STEPS if kind in node.members]
        if len(kinds) != 1:
            node.wrong("", f"needs exactly one of {', '.join(f'`{kind}`' for kind in STEPS)}")
        kind = kinds[0] if kinds else "each"
        separator = node.take("separator", str, default=",")
        if len(separator) != 1 or separator in '\r\n"':
            node.wrong("separator", "must be one character, and neither a line's end nor a quote")
            separator = ","
        step = Step(
            kind=kind,
            path=node.path(kind) or (),
            keep=self._keep(node),
            names=node.texts("names"),
            names_path=node.path("names_path"),
            like=self._pattern(node, "like"),
            name=node.take("name", str, default="name"),
            value=node.take("value", str, default="value"),
            unit=node.take("unit", str),
            index=node.take("index", str),
            separator=separator,
            header=node.take("header", bool, default=False),
            when=self._condition(node.node("when")),
        )
        node.done()
        return step

    def _keep(self, node: _Node) -> Mapping[str, Path]:
        kept: Any = node.take("keep", dict, list, default={})
        if isinstance(kept, list):
            return {name: parse_path(name) for name in node.texts("keep")}
        table = node.node("keep")
        if table is None:
            return {}
        return {name: table.path(name) or () for name in table.members}

    def _sentinels(self, items: list[Any], node: _Node) -> tuple[Sentinel, ...]:
        """Read numbers, and `{"value": -141.111, "within": 0.01}`; texts are `_texts`'s."""
        result: list[Sentinel] = []
        for index, item in enumerate(items):
            if isinstance(item, str):
                continue
            if isinstance(item, int | float) and not isinstance(item, bool):
                result.append(Sentinel(float(item)))
                continue
            member = _Node(item, f"{_below(node.where, 'missing')}[{index}]", self.problems)
            value = member.take("value", int, float, default=0.0, required=True)
            result.append(Sentinel(float(value), float(member.take("within", int, float, default=0.0))))
            member.done()
        return tuple(result)

    def _values(self, node: _Node, missing: list[Any]) -> Mapping[str, tuple[Candidate, ...]]:
        table = node.node("values")
        if table is None:
            return {}
        result: dict[str, tuple[Candidate, ...]] = {}
        for variable, items in table.members.items():
            if variable not in UNIT_OF:
                table.wrong(variable, f"is no variable (there are: {', '.join(VARIABLE_NAMES)})")
                continue
            listed: list[Any] = cast("list[Any]", items) if isinstance(items, list) else [items]
            candidates: list[Candidate] = []
            for index, item in enumerate(listed):
                member = item if as_record(item) is not None else {"path": item}
                inner = _Node(member, f"{table.where}.{variable}[{index}]", self.problems)
                candidates.append(self._candidate(inner, variable, missing))
            result[variable] = tuple(candidates)
        return result

    def _candidate(self, node: _Node, variable: str, missing: list[Any]) -> Candidate:
        scale = float(node.take("scale", int, float, default=1.0))
        if scale == 0:
            node.wrong("scale", "must not be 0")
            scale = 1.0
        offset = float(node.take("offset", int, float, default=0.0))
        unit = self._replaced(node.take("unit", str, default=UNIT_OF[variable]))
        path = node.take("path", str, default="", required=True)
        own_missing: list[Any] = node.take("missing", list, default=[])
        candidate = Candidate(
            path=parse_path(path),
            unit=unit,
            conversion=self._conversion(node, "unit", unit, variable).scaled(scale, offset),
            suffix_units=node.take("suffix_units", bool, default=False),
            unit_path=node.path("unit_path"),
            unit_codes=self._unit_codes(node, variable, scale, offset),
            scale=scale,
            offset=offset,
            missing=self._sentinels([*missing, *own_missing], node),
            replace=self._replacements(node),
            texts=self._texts(node, [*missing, *own_missing]),
            when=self._condition(node.node("when")),
        )
        node.done()
        return candidate

    def _replaced(self, unit: str) -> str:
        return self.replaced_units.get(unit_named(unit) or unit, unit)

    def _conversion(self, node: _Node, key: str, unit: str, variable: str) -> Conversion:
        found = conversion(unit, variable)
        if found is None:
            node.wrong(
                key, f"{unit!r} is no unit of {variable} (there are: {', '.join(units_for(variable))})"
            )
        return found or IDENTITY

    def _unit_codes(
        self, node: _Node, variable: str, scale: float, offset: float
    ) -> Mapping[str, Conversion]:
        """Read `units`: what stands at `unit_path` -> unit, or `{"unit": "in", "scale": 0.01}`."""
        table = node.node("units")
        if table is None:
            return {}
        result: dict[str, Conversion] = {}
        for text, meaning in table.members.items():
            member = meaning if as_record(meaning) is not None else {"unit": meaning}
            inner = _Node(member, f"{table.where}.{text}", self.problems)
            unit = inner.take("unit", str, default=UNIT_OF[variable], required=True)
            step = float(inner.take("scale", int, float, default=1.0))
            if step <= 0:
                inner.wrong("scale", "must be above 0")
                step = 1.0
            own = self._conversion(inner, "unit", unit, variable)
            result[text.lower()] = own.scaled(step * scale, offset)
            inner.done()
        return result

    def _replacements(self, node: _Node) -> Mapping[float, float]:
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

    def _texts(self, node: _Node, missing: list[Any]) -> Texts | None:
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


def _template(text: str) -> Template:
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


SITE_FIELD: Final[Path] = ("@site",)
"""In a station template: the site, that is, the location segment of the key."""
