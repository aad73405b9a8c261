"""The finished stack as a stack rule sees it: resources by type, and who points at whom."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from weather_policies.kit.reading import Props, Resource

IDENTITIES = ("id", "arn", "name", "bucket", "url", "keyId")
"""Properties by which another resource may name this one when the program passes plain strings."""


class Stack:
    """All resources of a stack, indexed by type."""

    def __init__(self, resources: Iterable[PolicyResource]) -> None:
        """Index `resources`, which the SDK passes in the order of registration."""
        self._by_type: dict[str, list[PolicyResource]] = defaultdict(list)
        for resource in resources:
            self._by_type[resource.resource_type].append(resource)
        self._wrapped: dict[str, list[Resource]] = {}
        self._pointers: dict[tuple[str, ...], dict[str, list[Resource]]] = {}
        self.memo: dict[object, Any] = {}

    @classmethod
    def for_rules(cls, resources: Sequence[PolicyResource]) -> "Stack":
        """The stack of a list of resources: all rules of a run are given the same list, and share one."""
        if not cls._last or cls._last[0][0] is not resources:
            cls._last[:] = [(resources, cls(resources))]
        return cls._last[0][1]

    _last: ClassVar[list[tuple[Sequence[PolicyResource], "Stack"]]] = []

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [found for kind in types for found in self._of(kind)]

    def _of(self, kind: str) -> list[Resource]:
        if kind not in self._wrapped:
            self._wrapped[kind] = [Resource(found) for found in self._by_type.get(kind, [])]
        return self._wrapped[kind]

    def all(self) -> list[Resource]:
        """Every resource."""
        return self.of(*self._by_type)

    def pointing_at(self, subject: Resource, key: str, *types: str) -> list[Resource]:
        """The resources of `types` whose property `key` names `subject`.

        Two kinds of evidence: the engine's record of which resource a property was made of, which holds
        in preview while the value is unknown; and equality with a known identity, for programs that pass
        names as plain strings.

        Raises:
            UnknownValueError: None is found, and of one it cannot be told before the update.
        """
        pointers = self._pointers.setdefault((key, *types), {}) or self._index(key, types)
        clues = {subject.urn, *identities(subject), f"/{readable(subject.props, 'name')}"}
        candidates = {other.urn: other for clue in clues for other in pointers.get(clue, [])}
        found = [other for other in candidates.values() if points_at(other, key, subject)]
        for undecided in () if found else pointers.get(_UNDECIDED, ()):
            undecided.props.get(key)  # raises
        return found

    def _index(self, key: str, types: tuple[str, ...]) -> dict[str, list[Resource]]:
        """Resources of `types` by what their `key` may refer to: a URN, a text, the end of an ARN."""
        index = self._pointers[(key, *types)]
        for other in self.of(*types):
            text = readable(other.props, key) or ""
            urns = [dependency.urn for dependency in other.refers_to(key)]
            undecided = [_UNDECIDED] if not urns and not other.props.known(key) else []
            for clue in {*urns, *undecided, text, f"/{_last_part(text)}"}:
                index.setdefault(clue, []).append(other)
        return index


_UNDECIDED = "?"
"""Where the index keeps resources whose property is unknown and was made of no resource of the stack."""


def points_at(other: Resource, key: str, subject: Resource) -> bool:
    """Whether `other`'s property `key` names `subject`.

    Raises:
        UnknownValueError: The value is unknown and was made of no resource of the stack.
    """
    made_of = other.refers_to(key)
    if any(dependency.urn == subject.urn for dependency in made_of):
        return True
    text = readable(other.props, key) if made_of else other.props.text(key)
    return is_named(text, subject)


def is_named(text: str | None, subject: Resource) -> bool:
    """Whether a text is one of the strings by which `subject` may be named.

    An ARN or a queue's URL counts by its last part: names are unique among what one stack may mean.
    """
    if not text:
        return False
    if text in identities(subject):
        return True
    name = readable(subject.props, "name")
    own = "arn" if text.startswith("arn:") else "url" if text.startswith("https://") else None
    return bool(name) and own is not None and _last_part(text) == name


def _last_part(text: str) -> str:
    return re.split("[:/]", text)[-1]


def identities(resource: Resource) -> set[str]:
    """The known strings by which a resource may be named."""
    if "identities" not in resource.memo:
        values = [readable(resource.props, key) for key in IDENTITIES]
        resource.memo["identities"] = {value for value in values if value}
    return resource.memo["identities"]


def readable(props: Props, key: str) -> str | None:
    """A text that is allowed to be unknown, because its absence is judged by other evidence."""
    try:
        return props.text(key)
    except UnknownValueError:
        return None


def names(resources: Sequence[Resource]) -> str:
    """The logical names of some resources, for a message: a program chooses them, they are never secret."""
    return ", ".join(sorted(resource.name for resource in resources))
