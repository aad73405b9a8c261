"""The tags in effect: a resource's own, and the default tags of its provider."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from weather_policies.kit.reading import Props, Resource
from weather_policies.readers import tag_support

TAGGABLE, UNTAGGABLE = tag_support.read()


def default_tags(provider: Props) -> Props | None:
    """The default tags among a provider's inputs.

    The engine passes object-valued provider inputs as JSON text, so both forms are read.

    Raises:
        UnknownValueError: The default tags are not known before the update.
    """
    value = provider.get("defaultTags")
    if isinstance(value, str):
        value = _json_object(value)
    if not isinstance(value, Mapping):
        return None
    return Props(cast("Mapping[str, Any]", value)).child("tags")


def ignored_tags(provider: Props) -> frozenset[str]:
    """The tag keys that a provider leaves alone, written out or by the beginning of one it sets.

    Raises:
        UnknownValueError: They are not known before the update.
    """
    value = provider.get("ignoreTags")
    found = _json_object(value) if isinstance(value, str) else value
    block = Props(cast("Mapping[str, Any]", found)) if isinstance(found, Mapping) else Props({})
    tags = default_tags(provider) or ()
    led = {key for key in tags for prefix in block.texts("keyPrefixes") if key.startswith(prefix)}
    return frozenset(block.texts("keys")) | led


def effective_tags(resource: Resource) -> list[Props]:
    """The sets of tags that take effect, the resource's own first.

    Raises:
        UnknownValueError: One of the sets as a whole is not known before the update.
    """
    own = resource.props.child("tags")
    inherited = default_tags(resource.provider.props) if resource.provider else None
    return [tags for tags in (own, inherited) if tags is not None]


def tag_keys(sets: list[Props]) -> set[str]:
    """The keys of all sets; keys are known even where values are not."""
    return {key for tags in sets for key in tags}


def tag_value(sets: list[Props], key: str) -> object:
    """The value in effect: the resource's own tag hides the provider's.

    Raises:
        UnknownValueError: The value is not known before the update.
    """
    for tags in sets:
        if key in set(tags):
            return tags.get(key)
    return None


@lru_cache(maxsize=64)
def _json_object(text: str) -> object:
    """A parsed text; none of the rules changes it."""
    try:
        return json.loads(text)
    except ValueError:
        return None
