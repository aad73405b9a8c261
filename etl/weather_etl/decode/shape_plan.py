"""How the records of one shape are read by one block of a profile.

A plan is made once per shape and then reads whole columns.  All that depends on names (folding, wildcards,
unit suffixes, which of several candidates exist) is decided when it is made; `columns`, `clock` and `station`
read by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from weather_etl.profiles.conditions import Bound, Condition
from weather_etl.profiles.fields import Lookup, Place, Record, dig
from weather_etl.profiles.model import SITE_FIELD, Block, Candidate, Profile, Template, TimeField
from weather_etl.profiles.units import Conversion, conversion, unit_of_suffix


@dataclass(frozen=True)
class BoundCandidate:
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
        candidates: variable -> candidates in order of precedence.
        times: in order of precedence.
        stations: in order of precedence.
    """

    profile: Profile
    block: Block
    candidates: Mapping[str, tuple[BoundCandidate, ...]]
    times: tuple[BoundTime, ...]
    stations: tuple[BoundStation, ...]

    def used_places(self) -> set[Place]:
        """Return every place that the plan reads."""
        used: set[Place | None] = set()
        for listed in self.candidates.values():
            for candidate in listed:
                used |= {candidate.place, candidate.unit_place}
        for time in self.times:
            used |= {*time.places, time.zone_place, time.since_place}
        for station in self.stations:
            used |= set(station.places)
        return {place for place in used if place is not None}


def make_plan(profile: Profile, block: Block, example: Record) -> ShapePlan:
    """Make the plan for a shape from any record of it."""
    return ShapePlan(
        profile,
        block,
        _all_candidates(profile, block, example),
        tuple(_times(block, example, profile.lookup)),
        tuple(_stations(block, example, profile.lookup)),
    )


def count_values(profile: Profile, record: Record) -> int:
    """Return how many variables the profile finds in a message by name (for `values_at_least`)."""
    whole = (block for block in profile.blocks if not block.steps)
    return max((len(_all_candidates(profile, block, record)) for block in whole), default=0)


def bind(condition: Condition | None, profile: Profile, example: Record) -> Bound:
    """Bind a condition of a profile to a shape."""
    if condition is None:
        return True
    counts: list[int] = []  # counted once: alternatives of a condition ask for the same number

    def count(record: Record) -> int:
        if not counts:
            counts.append(count_values(profile, record))
        return counts[0]

    return condition.bind(example, profile.lookup, count)


def _base(block: Block, example: Record, lookup: Lookup) -> Place:
    """Return the first base that is an object here; the record itself if none is."""
    for path in block.bases:
        for place in lookup.places(example, path):
            if isinstance(dig(example, place), dict):
                return place
    return ()


def _all_candidates(profile: Profile, block: Block, example: Record) -> dict[str, tuple[BoundCandidate, ...]]:
    base = _base(block, example, profile.lookup)
    return {
        variable: found
        for variable, candidates in block.values.items()
        if (found := tuple(_candidates(profile, variable, candidates, example, base)))
    }


def _candidates(
    profile: Profile, variable: str, candidates: Sequence[Candidate], example: Record, base: Place
) -> Iterator[BoundCandidate]:
    """Yield the candidates of a variable that a shape has."""
    root = dig(example, base)
    for candidate in candidates:
        condition = bind(candidate.when, profile, example)
        if condition is False:
            continue
        unit_place = profile.lookup.first(example, candidate.unit_path, base)
        for place, suffix_unit in _candidate_places(candidate, variable, root, profile.lookup):
            yield BoundCandidate(
                variable=variable,
                candidate=candidate,
                place=(*base, *place),
                conversion=_own_conversion(candidate, variable, suffix_unit),
                unit=suffix_unit or candidate.unit,
                # A unit in the name says more than one that stands for a whole packet (WeeWX mixes them).
                unit_place=None if suffix_unit else unit_place,
                condition=condition,
            )


def _own_conversion(candidate: Candidate, variable: str, suffix_unit: str | None) -> Conversion:
    own = conversion(suffix_unit, variable) if suffix_unit else None
    return candidate.conversion if own is None else own.scaled(candidate.scale, candidate.offset)


def _candidate_places(
    candidate: Candidate,
    variable: str,
    root: object,
    lookup: Lookup,
) -> Iterator[tuple[Place, str | None]]:
    """Yield where a candidate lies: under its name, or under its name with a unit behind it."""
    for place in lookup.places(root, candidate.path):
        yield place, None
    if not candidate.suffix_units or not candidate.path:
        return
    name = candidate.path[-1]
    for place in lookup.places(root, (*candidate.path[:-1], name + "*")):
        suffix = lookup.suffix(str(place[-1]), name)
        unit = unit_of_suffix(suffix, variable) if suffix else None
        if unit is not None:
            yield place, unit


def _times(block: Block, example: Record, lookup: Lookup) -> Iterator[BoundTime]:
    for time in block.time:
        places = [lookup.first(example, path) for path in time.template.paths]
        since = lookup.first(example, time.since)
        if all(place is not None for place in places) and (time.since is None or since is not None):
            exact = tuple(place for place in places if place is not None)
            yield BoundTime(time, exact, lookup.first(example, time.zone_path), since)


def _stations(block: Block, example: Record, lookup: Lookup) -> Iterator[BoundStation]:
    for template in block.station:
        places = [None if path == SITE_FIELD else lookup.first(example, path) for path in template.paths]
        if all(place or path == SITE_FIELD for place, path in zip(places, template.paths, strict=True)):
            yield BoundStation(template, tuple(places))
