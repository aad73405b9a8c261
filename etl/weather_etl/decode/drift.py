"""Schema drift: fields of a message that nothing of its profile accounts for."""

from weather_etl.decode.shape_plan import ShapePlan, make_plan
from weather_etl.profiles.fields import Path, Place, Record, format_place, leaves
from weather_etl.profiles.model import Block, Profile


def unknown_of_record(plan: ShapePlan, example: Record) -> tuple[str, ...]:
    """Return the leaf fields of a shape that a plan does not read and its profile does not know."""
    return _unknown(plan.profile, plan.block, example, plan.used_places())


def unknown_of_message(profile: Profile, message: Record) -> tuple[str, ...]:
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
            used |= make_plan(profile, block, message).used_places()
    used |= {place for path in paths for place in profile.lookup.places(message, path)}
    if () in used:
        return ()
    return _unknown(profile, profile.blocks[0], message, used)


def _unknown(profile: Profile, block: Block, example: Record, used: set[Place]) -> tuple[str, ...]:
    """Return the leaf fields that nothing of the profile accounts for."""
    kept = [(name,) for step in block.steps for name in step.keep]
    paths = (*block.known, *kept, *_condition_paths(profile, block))
    known = {place for path in paths for place in profile.lookup.places(example, path)}
    accounted = used | known
    return tuple(
        format_place(place)
        for place in leaves(example)
        if not str(place[0]).startswith("@")
        and not any(place[:depth] in accounted for depth in range(1, len(place) + 1))
        and not any(other[: len(place)] == place for other in used)
    )


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
