"""What becomes of a resource after its creation: how each type is read, changed and removed.

Only the provider process needs this (`service.py`); a deployment under mocks creates and never comes back.
Reading compares each input with what the API describes, so that a change made behind Pulumi's back shows.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from embedded_aws.provider.handlers.base import Cloud, Inputs
from embedded_aws.provider.shapes import Rename, request, text

_GONE: Final = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|^404$|NotExist")
"""Error codes that say a resource is not there, whatever the service."""

Reader = Callable[[Cloud, str, Inputs], Inputs | None]
Updater = Callable[[Cloud, str, Inputs], object]
Remover = Callable[[Cloud, str, Inputs], object]


@dataclass(frozen=True)
class Lifecycle:
    """A type's life after creation.

    Attributes:
        read: (cloud, id, inputs) -> the inputs as they are now, with what differs; None when it is gone.
        update: (cloud, id, inputs) puts the inputs in force; None where the API changes nothing in place.
        delete: (cloud, id, inputs) removes it.
        replaces: inputs whose change needs a new resource.
        named_by: the input that is its name; while it stays, the old one goes before the new one comes.
    """

    read: Reader
    delete: Remover
    update: Updater | None = None
    replaces: frozenset[str] = frozenset({"name"})
    named_by: str = "name"


LIFECYCLES: Final[dict[str, Lifecycle]] = {}


@dataclass(frozen=True)
class Description:
    """How inputs compare with what the API describes: by the shape of the call that takes them.

    Attributes:
        operation: `service.method` that takes the inputs.
        renames: as of that call.
        block: dotted members down to the structure that the inputs are the members of.
    """

    operation: str
    renames: Mapping[str, Rename] = field(default_factory=dict[str, Rename])
    block: str = ""

    def live(self, cloud: Cloud, inputs: Inputs, seen: Mapping[str, Any]) -> Inputs:
        """Return the inputs, those that differ from `seen` replaced by what is there."""
        service, method = self.operation.split(".")
        client = cloud.client(service)
        shape: Any = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[method]
        ).input_shape
        for member in filter(None, self.block.split(".")):
            shape = shape.members[member] if member else shape
            shape = getattr(shape, "member", shape)
        result = dict(inputs)
        for key, value in inputs.items():
            if self.renames.get(key, key) is None or callable(self.renames.get(key)):
                continue
            for member, wanted in request(shape, {key: value}, self.renames).items():
                if member in seen and not same(wanted, seen[member]):
                    result[key] = as_input(seen[member], value)
        return result


def same(wanted: Any, seen: Any) -> bool:
    """Return whether what was asked for is what is there; what the API adds of its own does not count."""
    if isinstance(wanted, Mapping) and isinstance(seen, Mapping):
        asked, there = cast("Mapping[str, Any]", wanted), cast("Mapping[str, Any]", seen)
        return all(same(value, there.get(key)) for key, value in asked.items())
    if _is_list(wanted) and _is_list(seen):
        left, right = cast("Sequence[Any]", wanted), cast("Sequence[Any]", seen)
        if len(left) != len(right):
            return False
        ordered = all(same(a, b) for a, b in zip(left, right, strict=True))
        return ordered or all(any(same(a, b) for b in right) for a in left)
    if isinstance(wanted, str) and isinstance(seen, Mapping | list):
        return _parsed(wanted) == json.loads(json.dumps(seen, default=str))
    if isinstance(wanted, str) and isinstance(seen, str):
        return wanted == seen or (wanted[:1] in "{[" and _parsed(wanted) == _parsed(seen))
    if wanted in (None, "", False) and seen in (None, "", False):
        return True
    return _scalar(wanted) == _scalar(seen)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _scalar(value: Any) -> str:
    return str(value).lower() if not isinstance(value, int | float) else text(float(value)).lower()


def _parsed(document: str) -> Any:
    try:
        return json.loads(document)
    except ValueError:
        return document


def as_input(seen: Any, like: object) -> Any:
    """Write what the API describes as an input of the kind that was given."""
    if isinstance(like, str) and isinstance(seen, dict | list):
        return json.dumps(seen, default=str)
    if isinstance(like, dict) and isinstance(seen, list) and _is_pairs(cast("list[Any]", seen)):
        pairs = [{key.lower(): value for key, value in item.items()} for item in cast("list[Any]", seen)]
        return {pair["key"]: pair["value"] for pair in pairs}
    if isinstance(seen, dict):
        items = cast("dict[str, Any]", seen).items()
        return {key[:1].lower() + key[1:]: as_input(value, None) for key, value in items}
    if isinstance(seen, list):
        return [as_input(item, None) for item in cast("list[Any]", seen)]
    return seen if isinstance(seen, str | int | float | bool | None) else str(seen)


def _is_pairs(items: list[Any]) -> bool:
    return all(isinstance(item, dict) and set(cast("Any", item)) in _PAIRS for item in items)


_PAIRS: Final = ({"Key", "Value"}, {"key", "value"})


def missing(error: ClientError) -> bool:
    """Return whether an error says that the resource is not there."""
    return bool(_GONE.search(str(error.response.get("Error", {}).get("Code", ""))))


def lives(
    token: str,
    *,
    read: Reader,
    delete: Remover,
    update: Updater | None = None,
    replaces: tuple[str, ...] = ("name",),
    named_by: str = "name",
) -> None:
    """Register the life of a type; what is gone when it is read or removed is no error."""

    def reading(cloud: Cloud, resource_id: str, inputs: Inputs) -> Inputs | None:
        try:
            return read(cloud, resource_id, inputs)
        except ClientError as error:
            if missing(error):
                return None
            raise

    def removing(cloud: Cloud, resource_id: str, inputs: Inputs) -> None:
        try:
            delete(cloud, resource_id, inputs)
        except ClientError as error:
            if not missing(error):
                raise

    LIFECYCLES[token] = Lifecycle(reading, removing, update, frozenset(replaces), named_by)
