"""Reading a resource's properties without ever taking an unknown for a value.

The Pulumi SDK hands a rule proxies, not dictionaries: they compare unequal to lists and dictionaries,
numbers arrive as floats, and any look at a value that exists only after the update (`in`, `.get`,
`dict(...)`) raises `UnknownValueError`. `Props` is the only place that knows this. A key that holds an
unknown is *present* (`has`), its value is not readable (`known`), and reading it raises, so that the rule
which asked is reported as not able to judge.
"""

import json
from collections.abc import Iterator, Mapping, Sequence, Sized
from functools import lru_cache
from typing import Any, cast

from pulumi_policy import PolicyProviderResource, PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

Document = dict[str, Any]
"""A parsed JSON object: an IAM policy, a state machine, an event pattern."""


class UnreadableError(Exception):
    """A document is there and known, but is not a JSON object. One rule per kind of document reports it."""


class Props:
    """Typed, unknown-safe access to one object of properties.

    Every getter returns None (or an empty list) when the key is absent, null or of another type than the
    resource's schema has, and raises `UnknownValueError` when its value is not known before the update.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Wrap `raw`, which is what the SDK passed (a proxy) or a parsed document."""
        self._raw = raw

    def __iter__(self) -> Iterator[str]:
        """The keys, which are always known."""
        return iter(self._raw)

    def get(self, key: str) -> object:
        """The value as the SDK has it, None if absent."""
        try:
            return self._raw[key]
        except KeyError:
            return None

    def known(self, key: str) -> bool:
        """Whether reading `key` would succeed (an absent key reads as None)."""
        try:
            self.get(key)
        except UnknownValueError:
            return False
        return True

    def has(self, key: str) -> bool:
        """Whether `key` has a value, be it known or not yet known.

        Empty texts, lists and objects count as absent: among the outputs that a stack rule reads, that is
        how a provider writes what was not set.
        """
        if not self.known(key):
            return True
        value = self.get(key)
        return value is not None and value != "" and not (isinstance(value, Sized) and len(value) == 0)

    def text(self, key: str) -> str | None:
        """A string."""
        value = self.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> float | None:
        """A number; strings of digits count, since some providers' inputs (a budget's limit) are strings."""
        value = self.get(key)
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                return None
        return None

    def flag(self, key: str) -> bool | None:
        """A boolean."""
        value = self.get(key)
        return value if isinstance(value, bool) else None

    def child(self, key: str) -> "Props | None":
        """A nested object, or the first of a list of one: the bridge writes some blocks either way."""
        value = self.get(key)
        if isinstance(value, Mapping):
            return Props(cast("Mapping[str, Any]", value))
        items = self.children(key)
        return items[0] if items else None

    def children(self, key: str) -> list["Props"]:
        """A list of nested objects; elements of another kind are left out."""
        return [Props(cast("Mapping[str, Any]", i)) for i in self._items(key) if isinstance(i, Mapping)]

    def texts(self, key: str) -> list[str]:
        """A list of strings; elements of another kind are left out."""
        return [item for item in self._items(key) if isinstance(item, str)]

    def length(self, key: str) -> int:
        """How many elements a list has, without reading them; 0 if it is absent or no list."""
        value = self.get(key)
        return len(cast("Sequence[Any]", value)) if _is_list(value) else 0

    def document(self, key: str) -> Document | None:
        """A JSON document, written as text or as an object.

        Raises:
            UnreadableError: The value is there but is not a JSON object.
        """
        value = self.get(key)
        if value is None:
            return None
        parsed = _parsed(value) if isinstance(value, str) else plain(value)
        if not isinstance(parsed, dict):
            raise UnreadableError
        return cast("Document", parsed)

    def _items(self, key: str) -> list[Any]:
        value = self.get(key)
        return list(cast("Sequence[Any]", value)) if _is_list(value) else []


def plain(value: object) -> object:
    """A copy of a proxied value as dictionaries and lists; raises if anything in it is unknown."""
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return {key: plain(mapping[key]) for key in mapping}
    if _is_list(value):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    return value


@lru_cache(maxsize=512)
def _parsed(text: str) -> object:
    """A parsed text, one for all rules that read it: none of them changes it."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnreadableError from error


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


class Provider:
    """The provider that a resource is registered with."""

    def __init__(self, resource: PolicyProviderResource) -> None:
        """Wrap the SDK's provider."""
        self.name = resource.name
        self.props = Props(resource.props)


class Resource:
    """One resource as a rule sees it: at registration (its inputs) or in the finished stack (its outputs)."""

    def __init__(self, source: ResourceValidationArgs | PolicyResource) -> None:
        """Wrap either form that the SDK uses."""
        self.type = source.resource_type
        self.name = source.name
        self.urn = source.urn
        self.props = Props(source.props)
        self.protect = bool(source.opts.protect)
        self.ignored = tuple(source.opts.ignore_changes or ())
        self.provider = Provider(source.provider) if source.provider is not None else None
        self._source = source
        self.memo: dict[str, Any] = {}

    def refers_to(self, key: str) -> list[PolicyResource]:
        """The resources that `key` was made of; empty at registration, where the SDK does not say."""
        if isinstance(self._source, PolicyResource):
            return self._source.property_dependencies.get(key, [])
        return []

    def is_made_of(self, key: str, urn: str) -> bool:
        """Whether `key` was made of the resource with this URN."""
        return any(found.urn == urn for found in self.refers_to(key))
