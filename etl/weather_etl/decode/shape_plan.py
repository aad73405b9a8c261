"""How the records of one shape are read by one block of a profile.

A plan is made once per shape and then reads whole columns.  All that depends on names (folding, wildcards,
unit suffixes, which of several candidates exist) is decided when it is made; `columns`, `clock` and `station`
read by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from weather_etl.core import UNIT_OF
from weather_etl.decode.unit_places import UnitPlace, number_in, system_above, unit_places
from weather_etl.profiles.conditions import Bound, Condition
from weather_etl.profiles.fields import TOP, Lookup, Path, Place, Record, dig
from weather_etl.profiles.model import SITE_FIELD, Block, Candidate, Profile, Template, TimeField
from weather_etl.profiles.units import Conversion, conversion, unit_of_suffix

_NOT_ASSUMED: Final = ("%", "degree", "1")
"""Stored units that every make uses: a value without a unit is not a guess then."""


@dataclass(frozen=True)
class BoundCandidate:
    """A candidate found in a shape.

    Attributes:
        variable: what it feeds.
        candidate: as the profile has it.
        place: where it lies.
        conversion: of a value whose record names no unit.
        unit: the unit that `conversion` starts from.
        unit_places: where the record may name another, the nearest to the value first.
        assumed: whether nothing but a default says `unit`.
        condition: true, or a test of the record.
    """

    variable: str
    candidate: Candidate
    place: Place
    conversion: Conversion
    unit: str
    unit_places: tuple[UnitPlace, ...]
    assumed: bool
    condition: Bound


@dataclass(frozen=True)
class BoundTime:
    """A time field found in a shape: its places, where its zone is named, and the time it counts from."""

    field: TimeField
    places: tuple[Place, ...]
    zone_place: Place | None
    since_place: Place | None


@dataclass(frozen=True)
class BoundStation:
    """A station template found in a shape; a place of None is the site."""

    template: Template
    places: tuple[Place | None, ...]


@dataclass(frozen=True)
class ShapePlan:
    """How records of one shape are read.

    Attributes:
        profile: the family.
        block: the kind of record.
        envelope: where in the records the family's own message lies.
        candidates: variable -> candidates in order of precedence.
        times: in order of precedence.
        stations: in order of precedence.
    """

    profile: Profile
    block: Block
    envelope: Place
    candidates: Mapping[str, tuple[BoundCandidate, ...]]
    times: tuple[BoundTime, ...]
    stations: tuple[BoundStation, ...]

    def used_places(self) -> set[Place]:
        """Return every place that the plan reads."""
        used: set[Place | None] = set()
        for listed in self.candidates.values():
            for candidate in listed:
                used |= {candidate.place, *(unit.place for unit in candidate.unit_places)}
        for time in self.times:
            used |= {*time.places, time.zone_place, time.since_place}
        for station in self.stations:
            used |= set(station.places)
        return {place for place in used if place is not None}


def make_plan(profile: Profile, block: Block, example: Record, envelope: Place = ()) -> ShapePlan:
    """Make the plan for a shape from any record of it.

    Args:
        profile: the family.
        block: the kind of record.
        example: any record of the shape.
        envelope: where in the record the family's own message lies.  Values are looked up there; station,
            time and units there first, then in what lies around it.
    """
    return ShapePlan(
        profile,
        block,
        envelope,
        _all_candidates(profile, block, example, envelope),
        tuple(_times(block, example, envelope, profile.lookup)),
        tuple(_stations(block, example, envelope, profile.lookup)),
    )


def count_values(profile: Profile, record: Record) -> int:
    """Return how many variables the profile finds in a message by name (for `values_at_least`)."""
    whole = (block for block in profile.blocks if not block.steps)
    return max((len(_all_candidates(profile, block, record, ())) for block in whole), default=0)


def bind(condition: Condition | None, profile: Profile, example: Record, envelope: Place = ()) -> Bound:
    """Bind a condition of a profile to a shape; it is about what lies in the envelope."""
    if condition is None:
        return True
    counts: list[int] = []  # counted once: alternatives of a condition ask for the same number

    def count(record: Record) -> int:
        if not counts:
            counts.append(count_values(profile, record))
        return counts[0]

    bound = condition.bind(dig(example, envelope), profile.lookup, count, example)
    if isinstance(bound, bool) or not envelope:
        return bound
    return lambda record: bound(dig(record, envelope))


def _base(block: Block, example: Record, envelope: Place, lookup: Lookup) -> Place:
    """Return the first base that is an object here; the envelope if none is."""
    for path in block.bases:
        for place in lookup.places(dig(example, envelope), path):
            if isinstance(dig(example, (*envelope, *place)), dict):
                return (*envelope, *place)
    return envelope


def _all_candidates(
    profile: Profile, block: Block, example: Record, envelope: Place
) -> dict[str, tuple[BoundCandidate, ...]]:
    base = _base(block, example, envelope, profile.lookup)
    return {
        variable: found
        for variable, candidates in block.values.items()
        if (found := tuple(_candidates(profile, variable, candidates, example, envelope, base)))
    }


def _candidates(
    profile: Profile,
    variable: str,
    candidates: Sequence[Candidate],
    example: Record,
    envelope: Place,
    base: Place,
) -> Iterator[BoundCandidate]:
    """Yield the candidates of a variable that a shape has."""
    for candidate in candidates:
        condition = bind(candidate.when, profile, example, envelope)
        if condition is False:
            continue
        for place, named_unit in _candidate_places(candidate, variable, example, base, profile.lookup):
            units: tuple[UnitPlace, ...] = ()
            unit, own_unit = named_unit or candidate.unit, named_unit
            # A unit in the name says more than one that stands for a whole packet (WeeWX mixes them).
            if named_unit is None and candidate.unit_path is not None:
                stated = profile.lookup.first(example, candidate.unit_path, base)
                units = () if stated is None else (UnitPlace(stated),)
            elif named_unit is None and not candidate.stated:
                units = unit_places(example, place, variable)
                own_unit = system_above(place, variable)
            yield BoundCandidate(
                variable=variable,
                candidate=candidate,
                place=place,
                conversion=_own_conversion(candidate, variable, own_unit),
                unit=own_unit or unit,
                unit_places=units,
                assumed=profile.assumes
                and own_unit is None
                and not candidate.stated
                and UNIT_OF[variable] not in _NOT_ASSUMED,
                condition=condition,
            )


def _own_conversion(candidate: Candidate, variable: str, suffix_unit: str | None) -> Conversion:
    own = conversion(suffix_unit, variable) if suffix_unit else None
    return candidate.conversion if own is None else own.scaled(candidate.scale, candidate.offset)


def _candidate_places(
    candidate: Candidate, variable: str, example: Record, base: Place, lookup: Lookup
) -> Iterator[tuple[Place, str | None]]:
    """Yield where a candidate lies: under its name, or under its name with a unit behind it."""
    path = candidate.path
    if path[:1] == (TOP,):
        path, base = path[1:], ()
    root = dig(example, base)
    for place in lookup.places(root, path):
        yield _number_at(example, (*base, *place)), None
    if not candidate.suffix_units or not path:
        return
    name = path[-1]
    for place in lookup.places(root, (*path[:-1], name + "*")):
        suffix = lookup.suffix(str(place[-1]), name)
        unit = unit_of_suffix(suffix, variable) if suffix else None
        if unit is not None:
            yield _number_at(example, (*base, *place)), unit


def _number_at(example: Record, place: Place) -> Place:
    """Return the place of a value, or of the number in it if it is an object of its own."""
    inside = number_in(dig(example, place))
    return place if inside is None else (*place, *inside)


def _levels(envelope: Place) -> Iterator[Place]:
    """Yield the envelope and what lies around it, up to the message itself."""
    return (envelope[:depth] for depth in range(len(envelope), -1, -1))


def _times(block: Block, example: Record, envelope: Place, lookup: Lookup) -> Iterator[BoundTime]:
    """Yield the time fields of a shape: those in the envelope, then those around it."""
    for level in _levels(envelope):
        for time in block.time:
            places = [_at(example, path, level, envelope, lookup) for path in time.template.paths]
            since = lookup.first(example, time.since, level)
            if all(place is not None for place in places) and (time.since is None or since is not None):
                exact = tuple(place for place in places if place is not None)
                zones = (lookup.first(example, path, level) for path in time.zone_paths)
                zone = next((place for place in zones if place is not None), None)
                yield BoundTime(time, exact, zone, since)


def _stations(block: Block, example: Record, envelope: Place, lookup: Lookup) -> Iterator[BoundStation]:
    """Yield the station templates that a shape can fill: in the envelope, then around it, the site last."""
    found: list[BoundStation] = []
    for level in _levels(envelope):
        for template in block.station:
            places = [
                None if path == SITE_FIELD else _at(example, path, level, envelope, lookup)
                for path in template.paths
            ]
            if all(place or path == SITE_FIELD for place, path in zip(places, template.paths, strict=True)):
                bound = BoundStation(template, tuple(places))
                if bound not in found:
                    found.append(bound)
    found.sort(key=lambda bound: not any(bound.places))
    return iter(found)


def _at(example: Record, path: Path, level: Place, envelope: Place, lookup: Lookup) -> Place | None:
    """Find a path at one level of a message; one that begins with `^` counts at the envelope's own."""
    if path[:1] == (TOP,):
        return lookup.first(example, path) if level == envelope else None
    record = dig(example, level)
    return next(((*level, *place) for place in lookup.places(record, path)), None)
