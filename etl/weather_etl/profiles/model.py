"""What a profile holds: the types that the reader makes of a profile document and the decoder reads by.

`docs/profiles.md` describes the document field by field; here each field is what it became.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from weather_etl.profiles.conditions import Condition
from weather_etl.profiles.fields import Lookup, Path
from weather_etl.profiles.numbers import Texts
from weather_etl.profiles.units import Conversion

FORMAT: Final = 1
"""The version of the profile format that this code reads."""
SITE_ZONE: Final = "site"
"""As a time zone in a profile: the zone of the site, from the run configuration."""
SITE_FIELD: Final[Path] = ("@site",)
"""In a station template: the site, that is, the location segment of the key."""


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
        stated: whether the profile says a unit; else what the record says beside the value is believed first.
        conversion: from `unit`, with the profile's `scale`, to the stored unit.
        suffix_units: whether the name may go on with a unit (`temperature` also takes `temperature_F`).
        unit_path: where the record names the unit.
        unit_codes: text at `unit_path` -> conversion, before the general spellings of units.
        scale: raw steps to units.
        offset: units that a raw 0 stands for.
        missing: sentinels, compared before conversion.
        replace: raw number -> the number that is meant; such a value is marked `adjusted`.
        texts: text that stands for a number.
        wrap: stored value at which a counter of fixed width begins at 0 anew.
        when: condition on the record.
    """

    path: Path
    unit: str
    conversion: Conversion
    stated: bool = False
    suffix_units: bool = False
    unit_path: Path | None = None
    unit_codes: Mapping[str, Conversion] = field(default_factory=dict[str, Conversion])
    scale: float = 1.0
    offset: float = 0.0
    missing: tuple[Sentinel, ...] = ()
    replace: Mapping[float, float] = field(default_factory=dict[float, float])
    texts: Texts | None = None
    wrap: float | None = None
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
        zone_paths: where the record may name its zone, in order of precedence.
        since: where the time stands from which the field counts; then the field is a number of `step_us`.
        step_us: microseconds that one step of such a number is.
        source: `device` (time of the measurement) or `edge` (time of publishing).
        arrival: texts that mean the time of arrival (`@0.087052s` of a replayed file).
    """

    template: Template
    formats: tuple[str, ...] = ()
    zone: str = SITE_ZONE
    zone_paths: tuple[Path, ...] = ()
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


STEPS: Final = ("each", "entries", "pairs", "columns", "json", "base64", "lines")
"""Kinds of steps: the elements of a list; the members of an object; a list of names and values that together
are one record; an object of parallel lists; JSON inside of a
text; the same in base64; a text of separated fields."""


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
        lookup: how names are compared.
        assumes: whether a unit that neither message nor profile says is an assumption, and counted as one.
        match: how a message is recognised.
        envelopes: paths at which the message may lie; the first where `match` holds counts.
        ignores: kind -> condition: messages that are not observations.
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
    lookup: Lookup
    assumes: bool
    match: Condition
    envelopes: tuple[Path, ...]
    ignores: tuple[tuple[str, Condition], ...]
    empty: str | None
    secrets: tuple[str, ...]
    join_us: int | None
    blocks: tuple[Block, ...]
    origin: str

    @property
    def rain_wrap(self) -> float | None:
        """Return the mm at which the family's rain counter begins at 0 anew, or None."""
        counters = [field for block in self.blocks for field in block.values.get("rainfall_counter", ())]
        return next((field.wrap for field in counters if field.wrap is not None), None)
