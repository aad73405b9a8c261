"""Plans: how the records of one shape are read by one block of a profile.

A plan is made once per shape and then reads whole columns.  All that depends on names (folding, wildcards,
unit suffixes, which of several candidates exist, which fields nobody knows) is decided when it is made.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from weather_etl.core.variables import TIME_SOURCES
from weather_etl.profiles.conditions import Bound, Condition, scalar_text
from weather_etl.profiles.fields import Path, Place, Record, column, dig, format_place, leaves, locate
from weather_etl.profiles.model import SITE_FIELD, SITE_ZONE, Block, Candidate, Profile, Template, TimeField
from weather_etl.profiles.numbers import number_column
from weather_etl.profiles.times import Flags, Kind, Micros, time_column, zone_named
from weather_etl.profiles.units import Conversion, Floats, conversion, fold_name, unit_of_suffix

Bools = npt.NDArray[np.bool_]
_LONGEST_COUNT: Final = 1e16  # microseconds, three hundred years: what a time may be counted from another
_LONGEST_NAME: Final = 200  # letters of a station's name
_WHOLE: Final = re.compile(r"\.0+$")  # a code that some write as a number with decimals: usUnits "16.0"


@dataclass(frozen=True)
class Source:
    """A candidate found in a shape.

    Attributes:
        variable: what it feeds.
        candidate: as the profile has it.
        place: where it lies.
        conversion: of a value whose record names no unit.
        unit: the unit that `conversion` starts from.
        unit_place: where the record names the unit, if it does.
        condition: true, or a test of the record.
    """

    variable: str
    candidate: Candidate
    place: Place
    conversion: Conversion
    unit: str
    unit_place: Place | None
    condition: Bound


@dataclass(frozen=True)
class Reading:
    """A column read from one source.

    Attributes:
        values: in stored units, NaN where there is none.
        adjusted: where the profile replaced the raw value.
        problems: position -> why it could not be read.
    """

    values: Floats
    adjusted: Bools | None
    problems: Mapping[int, str]


@dataclass(frozen=True)
class FoundTime:
    """A time field found in a shape: its places, where its zone is named, and the time it counts from."""

    field: TimeField
    places: tuple[Place, ...]
    zone_place: Place | None
    since_place: Place | None


@dataclass(frozen=True)
class FoundStation:
    """A station template found in a shape; a place of None is the site."""

    template: Template
    places: tuple[Place | None, ...]


@dataclass(frozen=True)
class Plan:
    """How records of one shape are read.

    Attributes:
        profile: the family.
        block: the kind of record.
        sources: variable -> sources in order of precedence.
        times: in order of precedence.
        stations: in order of precedence.
        unknown: fields of the shape that the profile neither maps nor knows.
    """

    profile: Profile
    block: Block
    sources: Mapping[str, tuple[Source, ...]]
    times: tuple[FoundTime, ...]
    stations: tuple[FoundStation, ...]
    unknown: tuple[str, ...]


def make_plan(profile: Profile, block: Block, example: Record) -> Plan:
    """Make the plan for a shape from any record of it."""
    sources = _all_sources(profile, block, example)
    times = tuple(_times(block, example, profile.fold))
    stations = tuple(_stations(block, example, profile.fold))
    used = _used_places(sources, times, stations)
    return Plan(profile, block, sources, times, stations, _unknown(profile, block, example, used))


def count_values(profile: Profile, record: Record) -> int:
    """Return how many variables the profile finds in a message by name (for `values_at_least`)."""
    return max(
        (len(_all_sources(profile, block, record)) for block in profile.blocks if not block.steps), default=0
    )


def bind(condition: Condition | None, profile: Profile, example: Record) -> Bound:
    """Bind a condition of a profile to a shape."""
    if condition is None:
        return True
    counts: list[int] = []  # counted once: alternatives of a condition ask for the same number

    def count(record: Record) -> int:
        if not counts:
            counts.append(count_values(profile, record))
        return counts[0]

    return condition.bind(example, profile.fold, count)


def _base(block: Block, example: Record, fold: bool) -> Place:
    """Return the first base that is an object here; the record itself if none is."""
    for path in block.bases:
        for place in locate(example, path, fold):
            if isinstance(dig(example, place), dict):
                return place
    return ()


def _all_sources(profile: Profile, block: Block, example: Record) -> dict[str, tuple[Source, ...]]:
    base = _base(block, example, profile.fold)
    return {
        variable: found
        for variable, candidates in block.values.items()
        if (found := tuple(_sources(profile, variable, candidates, example, base)))
    }


def _sources(
    profile: Profile, variable: str, candidates: Sequence[Candidate], example: Record, base: Place
) -> list[Source]:
    root = dig(example, base)
    found: list[Source] = []
    for candidate in candidates:
        condition = bind(candidate.when, profile, example)
        if condition is False:
            continue
        for place, suffix_unit in _candidate_places(candidate, variable, root, profile.fold):
            found.append(
                Source(
                    variable=variable,
                    candidate=candidate,
                    place=(*base, *place),
                    conversion=_own_conversion(candidate, variable, suffix_unit),
                    unit=suffix_unit or candidate.unit,
                    # A unit in the name says more than one that stands for a whole packet (WeeWX mixes them).
                    unit_place=None
                    if suffix_unit
                    else _first_place(candidate.unit_path, example, base, profile.fold),
                    condition=condition,
                )
            )
    return found


def _own_conversion(candidate: Candidate, variable: str, suffix_unit: str | None) -> Conversion:
    own = conversion(suffix_unit, variable) if suffix_unit else None
    return candidate.conversion if own is None else own.scaled(candidate.scale, candidate.offset)


def _candidate_places(
    candidate: Candidate, variable: str, root: object, fold: bool
) -> list[tuple[Place, str | None]]:
    """Return where a candidate lies: under its name, or under its name with a unit behind it."""
    places: list[tuple[Place, str | None]] = [(place, None) for place in locate(root, candidate.path, fold)]
    if not candidate.suffix_units or not candidate.path:
        return places
    name = candidate.path[-1]
    for place in locate(root, (*candidate.path[:-1], name + "*"), fold):
        whole = str(place[-1])
        suffix = _folded_rest(whole, name) if fold else whole[len(name) :]
        unit = unit_of_suffix(suffix, variable) if suffix else None
        if unit is not None:
            places.append((place, unit))
    return places


def _folded_rest(whole: str, name: str) -> str:
    return fold_name(whole)[len(fold_name(name)) :]


def _first_place(path: Path | None, example: Record, base: Place, fold: bool) -> Place | None:
    """Find a path below the base, else in the record itself: a unit may stand at either."""
    if path is None:
        return None
    for start in (base, ()) if base else ((),):
        for place in locate(dig(example, start), path, fold):
            return (*start, *place)
    return None


def _times(block: Block, example: Record, fold: bool) -> list[FoundTime]:
    found: list[FoundTime] = []
    for time in block.time:
        places = [_first_place(path, example, (), fold) for path in time.template.paths]
        since = _first_place(time.since, example, (), fold)
        if all(place is not None for place in places) and (time.since is None or since is not None):
            exact = tuple(place for place in places if place is not None)
            found.append(FoundTime(time, exact, _first_place(time.zone_path, example, (), fold), since))
    return found


def _stations(block: Block, example: Record, fold: bool) -> list[FoundStation]:
    found: list[FoundStation] = []
    for template in block.station:
        places = _template_places(template, example, fold)
        if places is not None:
            found.append(FoundStation(template, places))
    return found


def _template_places(template: Template, example: Record, fold: bool) -> tuple[Place | None, ...] | None:
    places: list[Place | None] = []
    for path in template.paths:
        if path == SITE_FIELD:
            places.append(None)
            continue
        place = _first_place(path, example, (), fold)
        if place is None:
            return None
        places.append(place)
    return tuple(places)


def _used_places(
    sources: Mapping[str, tuple[Source, ...]],
    times: tuple[FoundTime, ...],
    stations: tuple[FoundStation, ...],
) -> set[Place]:
    used: set[Place] = set()
    for listed in sources.values():
        for source in listed:
            used.add(source.place)
            if source.unit_place is not None:
                used.add(source.unit_place)
    for time in times:
        used.update(time.places)
        used.update(place for place in (time.zone_place, time.since_place) if place is not None)
    for station in stations:
        used.update(place for place in station.places if place is not None)
    return used


def _unknown(profile: Profile, block: Block, example: Record, used: set[Place]) -> tuple[str, ...]:
    """Return the leaf fields that nothing of the profile accounts for."""
    kept = [(name,) for step in block.steps for name in step.keep]
    paths = (*block.known, *kept, *_condition_paths(profile, block))
    known = {place for path in paths for place in locate(example, path, profile.fold)}
    accounted = used | known
    return tuple(
        format_place(place)
        for place in leaves(example)
        if not str(place[0]).startswith("@")
        and not any(place[:depth] in accounted for depth in range(1, len(place) + 1))
        and not any(other[: len(place)] == place for other in used)
    )


def unknown_of_message(profile: Profile, message: Record) -> tuple[str, ...]:
    """Return the fields of a message that no block, condition or list of known fields accounts for.

    Only for a profile whose blocks take records out of the message: else the message is the record.
    """
    used: set[Place] = set()
    paths: list[Path] = []
    for block in profile.blocks:
        plan = make_plan(profile, block, message)
        if block.steps:
            first = block.steps[0]
            paths += [first.path, *first.keep.values(), *filter(None, [first.names_path]), *block.known]
        else:
            used |= _used_places(plan.sources, plan.times, plan.stations)
        used |= {place for path in paths for place in locate(message, path, profile.fold)}
    if () in used:
        return ()
    return _unknown(profile, profile.blocks[0], message, used)


def _condition_paths(profile: Profile, block: Block) -> list[Path]:
    """Return the paths that the profile's conditions name by value: reading them is knowing them."""
    found: list[Path] = []
    candidates = (candidate for listed in block.values.values() for candidate in listed)
    conditions = (
        profile.match,
        block.when,
        *(when for _, when in profile.ignores),
        *(step.when for step in block.steps),
        *(candidate.when for candidate in candidates),
    )
    for condition in conditions:
        if condition is not None:
            found += condition.value_paths()
    return found


def read_source(source: Source, records: Sequence[Record]) -> Reading:
    """Read one column: raw numbers, sentinels out, special values replaced, stored units."""
    candidate = source.candidate
    raw = column(records, source.place)
    applies: Bools | None = None
    if not isinstance(source.condition, bool):
        test = source.condition
        applies = np.fromiter((test(record) for record in records), dtype=np.bool_, count=len(records))
        raw = [value if holds else None for value, holds in zip(raw, applies, strict=True)]
    values, problems = number_column(raw, candidate.texts)
    for sentinel in candidate.missing:
        hit = np.abs(values - sentinel.value) <= sentinel.within
        if hit.any():
            values = np.where(hit, np.nan, values)
    adjusted: Bools | None = None
    for wrong, meant in candidate.replace.items():
        hit = values == wrong
        if hit.any():
            values = np.where(hit, meant, values)
            adjusted = hit if adjusted is None else adjusted | hit
    if source.unit_place is None:
        return Reading(source.conversion(values), adjusted, problems)
    converted, unit_problems = _convert_by_record(source, values, records)
    return Reading(converted, adjusted, {**unit_problems, **problems})


def _convert_by_record(
    source: Source, values: Floats, records: Sequence[Record]
) -> tuple[Floats, dict[int, str]]:
    """Convert a column whose records name their unit; a unit nobody knows makes the value unreadable."""
    assert source.unit_place is not None  # noqa: S101 - the caller asked
    texts = [scalar_text(unit) for unit in column(records, source.unit_place)]
    result = np.full(len(values), np.nan)
    problems: dict[int, str] = {}
    for text in dict.fromkeys(texts):
        rows = np.fromiter((other == text for other in texts), dtype=np.bool_, count=len(texts))
        chosen = _conversion_of(source, text)
        if chosen is not None:
            result = np.where(rows, chosen(values), result)
            continue
        for index in np.flatnonzero(rows & ~np.isnan(values)):
            problems[int(index)] = f"unit {text!r} is none of {source.variable}"
    return result, problems


def _conversion_of(source: Source, text: str | None) -> Conversion | None:
    if text is None or text in ("null", ""):
        return source.conversion
    coded = source.candidate.unit_codes.get(_WHOLE.sub("", text.strip()).lower())
    if coded is not None:
        return coded
    known = conversion(text, source.variable)
    return None if known is None else known.scaled(source.candidate.scale, source.candidate.offset)


@dataclass(frozen=True)
class Values:
    """The variables of many records.

    Attributes:
        columns: variable -> stored units, NaN where there is none.
        adjusted: variable -> where the profile replaced the raw value.
        any_value: where a record has at least one value.
        problems: position -> the first field that could not be read, and why.
        unreadable: field -> how often it could not be read.
    """

    columns: Mapping[str, Floats]
    adjusted: Mapping[str, Bools]
    any_value: Bools
    problems: Mapping[int, str]
    unreadable: Mapping[str, int]


def read_values(plan: Plan, records: Sequence[Record]) -> Values:
    """Read every variable; of its sources the first that has a value counts."""
    columns: dict[str, Floats] = {}
    adjusted: dict[str, Bools] = {}
    any_value = np.zeros(len(records), dtype=np.bool_)
    problems: dict[int, str] = {}
    unreadable: dict[str, int] = {}
    for variable, sources in plan.sources.items():
        values = np.full(len(records), np.nan)
        changed = np.zeros(len(records), dtype=np.bool_)
        for source in sources:
            reading = read_source(source, records)
            empty = np.isnan(values)
            values = np.where(empty, reading.values, values)
            if reading.adjusted is not None:
                changed |= reading.adjusted & empty
            if reading.problems:
                name = format_place(source.place)
                unreadable[name] = unreadable.get(name, 0) + len(reading.problems)
                for index, why in reading.problems.items():
                    problems.setdefault(index, f"{name}: {why}")
        columns[variable] = values
        any_value |= ~np.isnan(values)
        if changed.any():
            adjusted[variable] = changed
    return Values(columns, adjusted, any_value, problems, unreadable)


@dataclass(frozen=True)
class Times:
    """The times of many records.

    Attributes:
        micros: since 1970 UTC; the ingest time where a record has none.
        kinds: `times.Kind`.
        sources: index into `model.TIME_SOURCES`.
        problems: position -> why it could not be read.
    """

    micros: Micros
    kinds: Flags
    sources: Flags
    problems: Mapping[int, str]


def read_times(plan: Plan, records: Sequence[Record], ingest_us: Micros, site_zone: str) -> Times:
    """Read the time of each record from the first field that holds one."""
    micros = ingest_us
    kinds = np.full(len(records), Kind.INGEST, dtype=np.int8)
    sources = np.full(len(records), TIME_SOURCES.index("ingest"), dtype=np.int8)
    problems: dict[int, str] = {}
    for found in plan.times:
        open_rows = kinds == Kind.INGEST
        if not open_rows.any():
            break
        read, read_kinds, why = _read_time(found, records, ingest_us, site_zone)
        use = open_rows & (read_kinds != Kind.INGEST)
        micros = np.where(use, read, micros)
        kinds = np.where(use, read_kinds, kinds)
        sources = np.where(use, np.int8(TIME_SOURCES.index(found.field.source)), sources)
        problems |= {index: text for index, text in why.items() if use[index]}
    return Times(micros, kinds, sources, problems)


def _read_time(
    found: FoundTime, records: Sequence[Record], ingest_us: Micros, site_zone: str
) -> tuple[Micros, Flags, dict[int, str]]:
    if found.since_place is not None:
        return _read_time_since(found, found.since_place, records, ingest_us, site_zone)
    return _read_clock(found, _time_texts(found, records), records, ingest_us, site_zone)


def _read_time_since(
    found: FoundTime, since: Place, records: Sequence[Record], ingest_us: Micros, site_zone: str
) -> tuple[Micros, Flags, dict[int, str]]:
    """Read times that are counted from another time of the record; without a number there is no time."""
    micros, kinds, problems = _read_clock(found, column(records, since), records, ingest_us, site_zone)
    steps, wrong = number_column(_time_texts(found, records))
    with np.errstate(over="ignore", invalid="ignore"):
        added = np.rint(steps * found.field.step_us)
    counted = np.abs(added) < _LONGEST_COUNT
    result = np.where(counted, micros + np.where(counted, added, 0.0).astype(np.int64), ingest_us)
    read_kinds = np.where(np.isnan(steps), np.int8(Kind.INGEST), kinds)
    for index in np.flatnonzero(~counted & ~np.isnan(steps)):
        wrong = {**wrong, int(index): "counts beyond the calendar"}
    for index in wrong:
        read_kinds[index] = Kind.UNREADABLE
    return result, read_kinds, {**problems, **wrong}


def _read_clock(
    found: FoundTime, raw: list[Any], records: Sequence[Record], ingest_us: Micros, site_zone: str
) -> tuple[Micros, Flags, dict[int, str]]:
    """Read times that stand for themselves."""
    arrival = found.field.arrival
    if arrival is not None:
        raw = [None if isinstance(text, str) and arrival.fullmatch(text.strip()) else text for text in raw]
    default = site_zone if found.field.zone == SITE_ZONE else found.field.zone
    if found.zone_place is None:
        return time_column(raw, ingest_us, zone_named(default), found.field.formats)
    names = [
        name if isinstance(name, str) and name else default for name in column(records, found.zone_place)
    ]
    micros = ingest_us.copy()
    kinds = np.zeros(len(raw), dtype=np.int8)
    problems: dict[int, str] = {}
    for name in dict.fromkeys(names):
        rows = np.flatnonzero(
            np.fromiter((other == name for other in names), dtype=np.bool_, count=len(names))
        )
        part, part_kinds, why = time_column(
            [raw[row] for row in rows], ingest_us[rows], _zone_or(name, default), found.field.formats
        )
        micros[rows], kinds[rows] = part, part_kinds
        problems |= {int(rows[index]): text for index, text in why.items()}
    return micros, kinds, problems


def _zone_or(name: str, default: str) -> dt.tzinfo:
    """Return the zone that a message names; the default if there is no such zone."""
    try:
        return zone_named(name)
    except ValueError:
        return zone_named(default)


def _time_texts(found: FoundTime, records: Sequence[Record]) -> list[Any]:
    """Return the raw times: the field itself, or the text that a template makes of several."""
    columns = [column(records, place) for place in found.places]
    template = found.field.template
    if _is_plain(template):
        return columns[0]
    return [_filled(template, parts) for parts in zip(*columns, strict=True)]


def _is_plain(template: Template) -> bool:
    """Return whether a template is one field as it stands."""
    return template.texts == ("", "") and template.widths == (0,)


def _filled(template: Template, parts: Sequence[Any]) -> str | None:
    """Fill a template; None if any field is missing or is no scalar."""
    written = [scalar_text(part) for part in parts]
    if any(text is None or text == "null" or not text.strip() for text in written):
        return None
    fields = zip(written, template.widths, template.texts[1:], strict=True)
    return template.texts[0] + "".join(f"{str(text).zfill(width)}{after}" for text, width, after in fields)


def read_stations(plan: Plan, records: Sequence[Record], site: str) -> list[str]:
    """Name the station of each record: the first template whose fields are all there, else the site."""
    names: list[str | None] = [None] * len(records)
    for found in plan.stations:
        if None not in names:
            break
        columns = [
            [site] * len(records) if place is None else column(records, place) for place in found.places
        ]
        if _is_plain(found.template):
            fresh = _clean_all(columns[0])
        else:
            fresh = [_clean(_filled(found.template, parts)) for parts in zip(*columns, strict=True)]
        names = (
            fresh
            if plan.stations[0] is found
            else [old or new for old, new in zip(names, fresh, strict=True)]
        )
    return [name or site for name in names]


_PLAIN: Final = Template(("", ""), ((),), (0,))


def _clean_all(raw: list[Any]) -> list[str | None]:
    """Clean a column that has few different values, in which numbers may count as text."""
    if {str}.issuperset(map(type, raw)):
        cleaned = {text: _clean(text) for text in set(raw)}
        return [cleaned[text] for text in raw]
    return [_clean(_filled(_PLAIN, (value,))) for value in raw]


def _clean(text: str | None) -> str | None:
    """Make a name that text files can hold: trimmed, control characters replaced, of bounded length."""
    if text is None:
        return None
    trimmed = text.strip()
    if not trimmed.isprintable():
        trimmed = "".join(
            letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in trimmed
        )
    return trimmed[:_LONGEST_NAME] or None
