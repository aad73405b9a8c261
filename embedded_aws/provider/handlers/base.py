"""One handler per Pulumi resource type: create it through boto3, return its id and its computed outputs.

A handler takes the `Cloud` and the resource's plain inputs (camelCase, secrets unwrapped, default tags in).
Inputs pass `shapes.request`, so one that the API does not know is an error.  A few inputs exist only in the
provider (`forceDestroy`): each is named where it is dropped.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from embedded_aws.provider.shapes import Rename, UnknownInputError, request, text

Inputs = dict[str, Any]
Created = tuple[str, dict[str, Any]]


class Cloud(Protocol):
    """What a handler needs of the embedded AWS."""

    region: str
    account: str

    def client(self, service: str) -> Any:
        """Return a boto3 client on the endpoint."""
        ...


Handler = Callable[[Cloud, Inputs], Created]

HANDLERS: dict[str, Handler] = {}
TAGGABLE: set[str] = set()
"""Types whose tags the provider merges with its default tags."""


def creates(token: str, *, tags: bool = False) -> Callable[[Handler], Handler]:
    """Register the handler of a type; `tags` says whether the provider merges its default tags."""

    def register(handler: Handler) -> Handler:
        HANDLERS[token] = handler
        if tags:
            TAGGABLE.add(token)
        return handler

    return register


def call(
    cloud: Cloud,
    operation: str,
    inputs: Mapping[str, Any],
    renames: Mapping[str, Rename] | None = None,
) -> Any:
    """Call `service.method` with inputs put into its input shape."""
    service, method = operation.split(".")
    client = cloud.client(service)
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
    return getattr(client, method)(**request(model.input_shape, dict(inputs), renames))


def arn_of(cloud: Cloud, service: str, resource: str) -> str:
    """Return the ARN of a resource in the account and region of `cloud`."""
    return f"arn:aws:{service}:{cloud.region}:{cloud.account}:{resource}"


def without(inputs: Mapping[str, Any], *names: str) -> Inputs:
    """Return the inputs but for some: those that only the provider knows."""
    return {key: value for key, value in inputs.items() if key not in names}


def only(inputs: Mapping[str, Any], *names: str) -> Inputs:
    """Return the inputs that are set, where the API has no shape to check them against.

    Raises:
        UnknownInputError: an input beside those named.
    """
    unknown = {key for key, value in inputs.items() if value is not None} - set(names)
    if unknown:
        raise UnknownInputError(f"no API input for {', '.join(sorted(unknown))}")
    return {key: inputs[key] for key in names if inputs.get(key) is not None}


def attribute(value: object) -> str:
    """Write an attribute of SNS or SQS, which are strings; documents may arrive as text or as objects."""
    return json.dumps(value) if isinstance(value, dict | list) else text(value)
