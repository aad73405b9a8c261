"""Schema drift: fields of a message that nothing of its profile accounts for."""

from collections.abc import Iterator
from itertools import islice

from weather_etl.decode.shape_plan import ShapePlan, make_plan
from weather_etl.decode.tally import MOST_UNKNOWN
from weather_etl.profiles.fields import DEEPEST, TOP, Path, Place, Record, dig, format_place, leaves
from weather_etl.profiles.model import Block, Profile


def unknown_of_record(plan: ShapePlan, example: Record) -> tuple[str, ...]:
    """Name the leaf fields of a shape that a plan does not read and its profile does not know."""
    found = islice(unknown_places(plan, example), MOST_UNKNOWN)
    return tuple(named_from(place, plan.envelope) for place in found)


def unknown_places(plan: ShapePlan, example: Record) -> Iterator[Place]:
    """Yield the leaf fields of a shape that a plan does not read and its profile does not know."""
    paths = [*plan.block.known, *_kept(plan.block), *_condition_paths(plan.profile, plan.block)]
    return _unknown(plan.profile, example, plan.envelope, plan.used_places(), paths)


def unknown_of_message(profile: Profile, message: Record, envelope: Place) -> tuple[str, ...]:
    """Return the fields of a message that no block, condition or list of known fields accounts for.

    Only for a profile whose blocks take records out of the message: else the message is the record.
    """
    used: set[Place] = set()
    paths: list[Path] = []
    for block in profile.blocks:
        if block.steps:
            first = block.steps[0]
            paths += [first.path, *first.keep.values(), *filter(None, [first.names_path]), *block.known]
        else:
            used |= make_plan(profile, block, message, envelope).used_places()
    used |= _found(profile, message, envelope, paths)
    if envelope in used:
        return ()
    first_block = profile.blocks[0]
    paths = [*first_block.known, *_kept(first_block), *_condition_paths(profile, first_block)]
    found = _unknown(profile, message, envelope, used, paths)
    return tuple(named_from(place, envelope) for place in islice(found, MOST_UNKNOWN))


def _kept(block: Block) -> list[Path]:
    return [(name,) for step in block.steps for name in step.keep]


def _found(profile: Profile, message: Record, envelope: Place, paths: list[Path]) -> set[Place]:
    """Return the places of some paths, in the envelope and in what lies around it."""
    found: set[Place] = set()
    for path in paths:
        top = path[:1] == (TOP,)
        for depth in (0,) if top else range(len(envelope), -1, -1):
            inside = profile.lookup.places(dig(message, envelope[:depth]), path[1:] if top else path)
            found |= {(*envelope[:depth], *place) for place in inside}
    return found


def _unknown(
    profile: Profile, example: Record, envelope: Place, used: set[Place], paths: list[Path]
) -> Iterator[Place]:
    """Yield the leaf fields that are neither used nor known."""
    accounted = used | _found(profile, example, envelope, paths)
    accounted -= {envelope[:depth] for depth in range(len(envelope) + 1)}
    above = {other[:depth] for other in used for depth in range(1, len(other) + 1)}
    return (
        place
        for place in leaves(example, (), DEEPEST + len(envelope))
        if place not in above
        and not str(place[0]).startswith("@")
        and not any(place[:depth] in accounted for depth in range(1, len(place) + 1))
    )


def named_from(place: Place, envelope: Place) -> str:
    """Write a place as a profile names it: from the envelope on, what lies around that from the top."""
    if not envelope:
        return format_place(place)
    if place[: len(envelope)] == envelope:
        return format_place(place[len(envelope) :])
    return format_place((TOP, *place))


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
