"""The unmodified Pulumi program under the recording monitor, as the engine would show it to the pack."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2

from tests.harness.program import Recording, Registration, run_program
from tests.policies.engine import PACK, UNKNOWN, Member
from weather_policies.readers.tags import TAGGABLE

EMPTY = {
    "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId", "namePrefix"),
    "aws:glue/crawler:Crawler": ("schedule", "securityConfiguration", "tablePrefix"),
    "aws:glue/job:Job": ("securityConfiguration", "maintenanceWindow"),
    "aws:sns/topic:Topic": ("kmsMasterKeyId", "policy"),
    "aws:sqs/queue:Queue": ("kmsMasterKeyId", "redrivePolicy", "policy"),
}
"""Optional texts that the provider returns empty when they were not set."""


def as_members(recording: Recording, preview: bool = False) -> list[Member]:
    """Every registration in both forms, with what the provider adds before the pack sees it."""
    providers = {r.urn: r for r in recording.registrations if r.type == "pulumi:providers:aws"}
    return [_member(r, providers, preview) for r in recording.registrations]


def _member(registration: Registration, providers: Mapping[str, Registration], preview: bool) -> Member:
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
            properties=_checked(_outputs(registration, preview), request.type, provider),
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


def _outputs(registration: Registration, preview: bool) -> Any:
    """The state as the provider returns it: computed values unknown in a preview, unset texts empty."""
    outputs = struct_pb2.Struct()
    outputs.CopyFrom(registration.outputs or struct_pb2.Struct())
    unknown = dict.fromkeys(computed_outputs(registration.type), UNKNOWN) if preview else {}
    for key, value in {**dict.fromkeys(EMPTY.get(registration.type, ()), ""), **unknown}.items():
        if key not in outputs:
            outputs.update({key: value})
    return outputs


@functools.cache
def computed_outputs(type_: str) -> tuple[str, ...]:
    """What AWS computes for a type, read from the SDK: the properties its constructor sets to None."""
    if not type_.startswith("aws:"):
        return ()
    module, name = type_.split(":")[1].split("/", maxsplit=1)[0], type_.split(":")[2]
    cls = getattr(importlib.import_module(f"pulumi_aws.{module}"), name)
    found = re.findall(r'__props__\.__dict__\["(\w+)"\] = None', inspect.getsource(cls._internal_init))
    return ("id", *(re.sub(r"_(\w)", lambda m: m.group(1).upper(), name) for name in found))


def _provider(request: Any, providers: Mapping[str, Registration]) -> Any:
    found = providers.get(request.provider.rsplit("::", 1)[0])
    if found is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        type=found.type, name=found.name, urn=found.urn, properties=found.request.object
    )


def _checked(properties: Any, type_: str, provider: Any) -> Any:
    """The AWS provider's Check puts its default tags under a resource's own before the pack is asked."""
    if type_ not in TAGGABLE or provider is None or "defaultTags" not in provider.properties:
        return properties
    defaults = json.loads(provider.properties["defaultTags"])["tags"]
    own = json_format.MessageToDict(properties).get("tags")
    merged = struct_pb2.Struct()
    merged.CopyFrom(properties)
    if own is None or isinstance(own, dict):
        merged.update({"tags": {**defaults, **(own or {})}})
    return merged


STACKS = ("dev", "staging", "prod", "local")


def class_config(stack: str) -> dict[str, Any]:
    """The pack's configuration for the environment class of a stack file."""
    return json.loads((PACK / f"config.{stack}.json").read_text(encoding="utf-8"))


@functools.cache
def program(stack: str, preview: bool = False) -> tuple[Member, ...]:
    """The real program's resources for a stack file; run once, since nothing changes them in place."""
    return tuple(as_members(run_program(stack, preview), preview))


def copies(count: int) -> list[Member]:
    """A stack of so many resources: the real program again and again under other names."""
    found: list[Member] = []
    while len(found) < count:
        suffix = f"prod{len(found):04d}"
        original = sorted(program("prod"), key=lambda member: member.name)  # mocks register in any order
        found += [Member(_renamed(m.request, suffix), _renamed(m.resource, suffix)) for m in original]
    return found[:count]


def _renamed(message: Any, suffix: str) -> Any:
    text = json_format.MessageToJson(message).replace("prod001", suffix)
    copied = json_format.Parse(text, type(message)())
    copied.urn += suffix
    copied.name += suffix
    if "propertyDependencies" in message.DESCRIPTOR.fields_by_name:
        for value in copied.propertyDependencies.values():
            urns = [f"{urn}{suffix}" for urn in value.urns]
            del value.urns[:]
            value.urns.extend(urns)
    return copied
