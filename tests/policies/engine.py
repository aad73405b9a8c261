"""Drives the pack as the Pulumi engine does: configure, analyse the inputs one by one, then the stack.

`Declared` is a resource of a small program written for a test; `registered` takes what a whole program
registered with the recording monitor. Either way the rules meet the SDK's own proxies, built from
protobuf messages, never a plain dictionary.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

UNKNOWN = UNKNOWN_STRING_VALUE
PACK = Path(__file__).parents[2] / "policies"
LEVELS = {
    "advisory": proto.ADVISORY,
    "mandatory": proto.MANDATORY,
    "disabled": proto.DISABLED,
    "remediate": proto.REMEDIATE,
}
UNJUDGED = "can't be known during preview"

TAGS = {
    "Project": "weather",
    "Environment": "dev",
    "Owner": "data-platform",
    "CostCentre": "research-42",
    "Stack": "abc123",
    "ManagedBy": "pulumi",
}


@dataclass(frozen=True)
class Provider:
    """An explicit AWS provider, its object-valued inputs as JSON text as the engine passes them."""

    tags: Mapping[str, str] | None = field(default_factory=lambda: dict(TAGS))
    inputs: Mapping[str, Any] = field(default_factory=dict)
    name: str = "aws"

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::weather::pulumi:providers:aws::{self.name}"

    def properties(self) -> dict[str, Any]:
        given = {"region": "eu-west-1", "allowedAccountIds": json.dumps(["123456789012"]), **self.inputs}
        if self.tags is not None:
            given["defaultTags"] = json.dumps({"tags": dict(self.tags)})
        return given


@dataclass(frozen=True)
class Declared:
    """One resource: its inputs, what it adds as outputs, and of which others its properties are made."""

    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    refs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    protect: bool = False
    ignore: Sequence[str] = ()
    provider: Provider | None = field(default_factory=Provider)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::weather::{self.type}::{self.name}"


@dataclass(frozen=True)
class Member:
    """One resource in both forms the engine sends: for Analyze (inputs) and for AnalyzeStack (outputs)."""

    request: Any
    resource: Any

    @property
    def type(self) -> str:
        return self.request.type

    @property
    def name(self) -> str:
        return self.request.name

    def changed(self, change: Mapping[str, Any]) -> Member:
        """The same resource with some properties set (None removes one), in both forms."""
        return Member(_with(self.request, change), _with(self.resource, change))

    def protected(self, protect: bool) -> Member:
        request, resource = copy.deepcopy(self.request), copy.deepcopy(self.resource)
        request.options.protect = resource.options.protect = protect
        return Member(request, resource)


@dataclass(frozen=True)
class Diagnostic:
    """What the pack said of one resource (or of `stack`)."""

    policy: str
    resource: str
    level: str
    message: str

    @property
    def unjudged(self) -> bool:
        return UNJUDGED in self.message


class Analyzer(Protocol):
    """The part of the analyzer's gRPC interface that a run needs; a stub and the servicer both fit."""

    def analyze(self, request: Any) -> Any: ...
    def analyze_stack(self, request: Any) -> Any: ...


class InProcess:
    """The SDK's own servicer, configured as the CLI configures it."""

    def __init__(
        self,
        policies: Iterable[Policy],
        config: Mapping[str, Any] | None = None,
        stack_tags: Mapping[str, str] | None = None,
    ) -> None:
        self.servicer = _PolicyAnalyzerServicer(
            "weather", "0.1.0", list(policies), EnforcementLevel.MANDATORY
        )
        info = self.servicer.GetAnalyzerInfo(None, None)
        self.servicer.Configure(reconciled(info, config or {}), None)
        self.servicer.ConfigureStack(proto.AnalyzerStackConfigureRequest(tags=stack_tags or {}), None)

    def analyze(self, request: Any) -> Any:
        return self.servicer.Analyze(request, None)

    def analyze_stack(self, request: Any) -> Any:
        return self.servicer.AnalyzeStack(request, None)

    def remediate(self, request: Any) -> Any:
        return self.servicer.Remediate(request, None)


def reconciled(info: Any, config: Mapping[str, Any]) -> Any:
    """The Configure request the CLI sends: schema defaults under the pack's initial config under the user's.

    Follows ReconcilePolicyPackConfig of the Pulumi CLI (pkg/resource/analyzer/config.go): `all` sets
    levels only, a plain string is a level, and the result must fit the rules' schemas.
    """
    request = proto.ConfigureAnalyzerRequest()
    for policy in info.policies:
        schema = json_format.MessageToDict(policy.configSchema)
        given = config.get(policy.name, {})
        given = {"enforcementLevel": given} if isinstance(given, str) else dict(given)
        level = given.pop("enforcementLevel", config.get("all"))
        properties = {
            **{key: s["default"] for key, s in schema.get("properties", {}).items() if "default" in s},
            **given,
        }
        if given:  # the defaults have a test of their own
            import jsonschema  # not there where the benchmarks run, which configure nothing

            jsonschema.validate(properties, {"type": "object", **schema})
        entry = request.policyConfig[policy.name]
        entry.enforcementLevel = LEVELS[level] if level else policy.enforcementLevel
        entry.properties.update(properties)
    for name in set(config) - {policy.name for policy in info.policies} - {"all"}:
        request.policyConfig[name].properties.update(config[name] if isinstance(config[name], dict) else {})
    return request


def members(declared: Iterable[Declared]) -> list[Member]:
    """The resources of a small program as the engine sends them."""
    listed = list(declared)
    urns = {d.name: d.urn for d in listed}
    return [_member(d, urns) for d in listed]


def run(analyzer: Analyzer, program: Iterable[Member]) -> list[Diagnostic]:
    """Everything the pack says of a program, in the engine's order."""
    listed = list(program)
    found = [
        Diagnostic(d.policyName, member.name, _level(d), d.message)
        for member in listed
        for d in analyzer.analyze(member.request).diagnostics
    ]
    stack = proto.AnalyzeStackRequest()
    stack.resources.extend(member.resource for member in listed)
    found.extend(
        Diagnostic(d.policyName, d.urn.split("::")[-1] or "stack", _level(d), d.message)
        for d in analyzer.analyze_stack(stack).diagnostics
    )
    return found


INFORMATION = ("weather-stack-cost-report", "weather-stack-exemptions-report")
"""Rules that tell something in every run, and judge nothing."""


def judged(analyzer: Analyzer, program: Iterable[Member]) -> list[Diagnostic]:
    """What the pack says of a program beside its information."""
    return [d for d in run(analyzer, program) if d.policy not in INFORMATION]


def _level(diagnostic: Any) -> str:
    return next(name for name, value in LEVELS.items() if value == diagnostic.enforcementLevel)


def _member(declared: Declared, urns: Mapping[str, str]) -> Member:
    provider = None
    if declared.provider is not None:
        given = declared.provider
        provider = analyzer_pb2.AnalyzerProviderResource(
            type="pulumi:providers:aws",
            name=given.name,
            urn=given.urn,
            properties=_struct(given.properties()),
        )
    options = analyzer_pb2.AnalyzerResourceOptions(
        protect=declared.protect, ignoreChanges=list(declared.ignore)
    )
    common = {
        "type": declared.type,
        "urn": declared.urn,
        "name": declared.name,
        "options": options,
        "provider": provider,
    }
    return Member(
        proto.AnalyzeRequest(properties=_struct(declared.inputs), **common),
        analyzer_pb2.AnalyzerResource(
            properties=_struct({**declared.inputs, **declared.outputs}),
            propertyDependencies={
                key: analyzer_pb2.AnalyzerPropertyDependencies(urns=[urns[name] for name in names])
                for key, names in declared.refs.items()
            },
            **common,
        ),
    )


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def _with(message: Any, change: Mapping[str, Any]) -> Any:
    copied = copy.deepcopy(message)
    for key, value in change.items():
        if value is None:
            copied.properties.fields.pop(key, None)
        else:
            copied.properties.update({key: value})
    return copied
