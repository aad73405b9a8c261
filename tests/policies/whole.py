"""The unmodified Pulumi program under the recording monitor, as the engine would show it to the pack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2

import tagging
from tests.harness.program import Recording, Registration
from tests.policies.engine import Member


def as_members(recording: Recording) -> list[Member]:
    """Every registration in both forms, with what the provider's Check adds before the pack sees it."""
    providers = {r.urn: r for r in recording.registrations if r.type == "pulumi:providers:aws"}
    return [_member(r, providers) for r in recording.registrations]


def _member(registration: Registration, providers: Mapping[str, Registration]) -> Member:
    request = registration.request
    provider = _provider(request, providers)
    options = analyzer_pb2.AnalyzerResourceOptions(
        protect=request.protect,
        ignoreChanges=list(request.ignoreChanges),
        aliases=list(request.aliasURNs),
        parent=request.parent,
    )
    common = {"type": request.type, "urn": registration.urn, "name": request.name, "options": options}
    return Member(
        proto.AnalyzeRequest(
            properties=_checked(request.object, request.type, provider), provider=provider, **common
        ),
        analyzer_pb2.AnalyzerResource(
            properties=_checked(registration.outputs or struct_pb2.Struct(), request.type, provider),
            provider=provider,
            parent=request.parent,
            dependencies=list(request.dependencies),
            propertyDependencies={
                key: analyzer_pb2.AnalyzerPropertyDependencies(urns=list(value.urns))
                for key, value in request.propertyDependencies.items()
            },
            **common,
        ),
    )


def _provider(request: Any, providers: Mapping[str, Registration]) -> Any:
    found = providers.get(request.provider.rsplit("::", 1)[0])
    if found is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        type=found.type, name=found.name, urn=found.urn, properties=found.request.object
    )


def _checked(properties: Any, type_: str, provider: Any) -> Any:
    """The AWS provider's Check puts its default tags under a resource's own before the engine asks the pack."""
    if type_ not in tagging.TAGGABLE or provider is None or "defaultTags" not in provider.properties:
        return properties
    defaults = json.loads(provider.properties["defaultTags"])["tags"]
    own = json_format.MessageToDict(properties).get("tags")
    merged = struct_pb2.Struct()
    merged.CopyFrom(properties)
    if own is None or isinstance(own, dict):
        merged.update({"tags": {**defaults, **(own or {})}})
    return merged
