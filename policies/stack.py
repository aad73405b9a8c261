"""The finished stack as a stack rule sees it: resources by type, and who points at whom."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from reading import Props, Resource

IDENTITIES = ("id", "arn", "name", "bucket", "url", "keyId")
"""Properties by which another resource may name this one when the program passes plain strings."""


class Stack:
    """All resources of a stack, indexed by type."""

    def __init__(self, resources: Iterable[PolicyResource]) -> None:
        """Index `resources`, which the SDK passes in the order of registration."""
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            self._by_type[resource.resource_type].append(Resource(resource))

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [resource for kind in types for resource in self._by_type.get(kind, [])]

    def pointing_at(self, subject: Resource, key: str, *types: str) -> list[Resource]:
        """The resources of `types` whose property `key` names `subject`.

        Two kinds of evidence: the engine's record of which resource a property was made of, which holds
        in preview while the value is unknown; and equality with a known identity, for programs that pass
        names as plain strings.
        """
        return [other for other in self.of(*types) if points_at(other, key, subject)]


def points_at(other: Resource, key: str, subject: Resource) -> bool:
    """Whether `other`'s property `key` names `subject`."""
    if any(dependency.urn == subject.urn for dependency in other.refers_to(key)):
        return True
    named = readable(other.props, key)
    return named is not None and named in identities(subject)


def identities(resource: Resource) -> set[str]:
    """The known strings by which a resource may be named."""
    values = [readable(resource.props, key) for key in IDENTITIES]
    return {value for value in values if value}


def readable(props: Props, key: str) -> str | None:
    """A text that is allowed to be unknown, because its absence is judged by other evidence."""
    try:
        return props.text(key)
    except UnknownValueError:
        return None


def names(resources: Sequence[Resource]) -> str:
    """The logical names of some resources, for a message: a program chooses them, they are never secret."""
    return ", ".join(sorted(resource.name for resource in resources))
