"""Recognition: which profile takes a message, and which of its blocks takes it whole.

Profiles are asked once per shape; for messages of a known shape only those conditions are left that depend on
values.
"""

from dataclasses import dataclass
from typing import Any, Final

from weather_etl.decode.drift import unknown_of_message
from weather_etl.decode.shape_plan import bind
from weather_etl.profiles.conditions import Bound
from weather_etl.profiles.fields import Place, Record, as_list, as_record, dig
from weather_etl.profiles.model import Block, Profile

_SHAPES: Final = 2000  # shapes remembered; fuzz and drift must not fill the memory


@dataclass(frozen=True)
class Route:
    """How messages of one shape reach a profile.

    Attributes:
        profile: the family.
        place: the envelope: where in the message the family's own message lies.
        matches: true, or a test of the message.
        ignores: kind and condition of messages that are not observations.
        unknown: fields of the message that no block accounts for, where records are taken out of it.
        whole: the block whose record every message of this shape is; None where that is not so, or where
            anything depends on values.
        spread: whether a list of messages lies at the place instead of one.
    """

    profile: Profile
    place: Place
    matches: Bound
    ignores: tuple[tuple[str, Bound], ...]
    unknown: tuple[str, ...]
    whole: Block | None
    spread: bool

    def ignored_as(self, message: Record) -> str | None:
        """Return the kind under which a message is ignored, if it is."""
        return next((kind for kind, condition in self.ignores if is_true(condition, message)), None)


class Router:
    """Finds the route of each message.

    Args:
        profiles: in the order in which they are asked.
    """

    def __init__(self, profiles: tuple[Profile, ...]) -> None:
        self._profiles = profiles
        self._routes: dict[tuple[Any, ...], tuple[Route, ...]] = {}

    def route(self, message: Record, shape: tuple[Any, ...]) -> Route | None:
        """Return the route of the first profile that recognises a message of this shape."""
        routes = self._routes.get(shape)
        if routes is None:
            if len(self._routes) >= _SHAPES:
                self._routes.clear()
            routes = self._routes[shape] = tuple(self._find(message))
        for route in routes:
            if is_true(route.matches, message):
                return route
        return None

    def _find(self, message: Record) -> list[Route]:
        """Ask every profile about a shape, up to the first that takes all messages of it."""
        routes: list[Route] = []
        for profile in self._profiles:
            for envelope in profile.envelopes:
                for place in profile.lookup.places(message, envelope):
                    inner = dig(message, place)
                    if isinstance(inner, list) and place and inner:
                        routes.append(_spread(profile, place))
                    elif isinstance(inner, dict):
                        matches = bind(profile.match, profile, message, place)
                        if matches is not False:
                            routes.append(_route(profile, place, matches, message))
                        if matches is True:
                            return routes
        return routes


def _spread(profile: Profile, place: Place) -> Route:
    """Return the route of an envelope with a list of messages: a profile takes it if it takes the first."""

    def matches(message: Record) -> bool:
        items = as_list(dig(message, place))
        first = as_record(items[0]) if items else None
        if first is None:
            return False
        single = with_element(message, place, first)
        return is_true(bind(profile.match, profile, single, place), single)

    return Route(profile, place, matches, (), (), None, spread=True)


def with_element(message: Record, place: Place, element: object) -> Record:
    """Return a message in which one element takes the place of the list that it is in."""
    name = str(place[0])
    inner = element if len(place) == 1 else with_element(message[name], place[1:], element)
    return {**message, name: inner}


def is_true(bound: Bound, record: Record) -> bool:
    """Evaluate a bound condition on one record."""
    return bound if isinstance(bound, bool) else bound(record)


def _route(profile: Profile, place: Place, matches: Bound, message: Record) -> Route:
    bound = [(kind, bind(condition, profile, message, place)) for kind, condition in profile.ignores]
    ignores = tuple((kind, condition) for kind, condition in bound if condition is not False)
    stepped = any(block.steps for block in profile.blocks)
    certain = matches is True and not ignores and all(isinstance(step, str) for step in place)
    return Route(
        profile=profile,
        place=place,
        matches=matches,
        ignores=ignores,
        unknown=unknown_of_message(profile, message, place) if stepped else (),
        whole=_only_block(profile, message, place) if certain else None,
        spread=False,
    )


def _only_block(profile: Profile, message: Record, place: Place) -> Block | None:
    """Return the block that takes every message of this shape whole, if there is exactly one and no other."""
    chosen: Block | None = None
    for block in profile.blocks:
        applies = bind(block.when, profile, message, place)
        if applies is False and not block.steps:
            continue
        if applies is not True or block.steps or block.ignore is not None or chosen is not None:
            return None
        chosen = block
    return chosen
