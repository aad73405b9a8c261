"""Unpack each resource once: the two loops of the SDK's servicer, without its repetitions.

The SDK turns the protobuf of a resource into proxies anew for each rule, and the whole stack anew for
each stack rule: over two thousand resources that is nine tenths of a run of twenty-four seconds.
These loops do the same and unpack once. They serve only packs that hold nothing but our rules, and step
back for an SDK that has not the parts they use; a test compares what they answer with the SDK's own
answers.
"""

from typing import Any

import grpc
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, PolicyResource, ResourceValidationArgs, StackValidationArgs
from pulumi_policy import policy as sdk
from pulumi_policy.proxy import UnknownValueError

from weather_policies.kit import configuration, exemptions
from weather_policies.kit.rule import ResourceRule, StackRule

_CLASS: Any = getattr(sdk, "_PolicyAnalyzerServicer", None)
_POLICIES = "_PolicyAnalyzerServicer__policies"
_STACK_TAGS = "_PolicyAnalyzerServicer__stack_tags"
_PACK_NAME = "_PolicyAnalyzerServicer__policy_pack_name"
_PACK_VERSION = "_PolicyAnalyzerServicer__policy_pack_version"
_PARTS = (
    *(
        "_configure_runtime_settings",
        "_get_enforcement_level",
        "_create_report_violation",
        "_get_policy_config",
    ),
    *("_get_resource_options", "_get_provider_resource", "_map_enforcement_level"),
    *("Analyze", "AnalyzeStack", "Configure"),
)
_FUNCTIONS = ("json_format", "deserialize_properties", "unknown_checking_proxy")
_originals: dict[str, Any] = {}


def install() -> bool:
    """Put our loops in place of the SDK's; false if this SDK has not the parts they use."""
    if not all(hasattr(_CLASS, part) for part in _PARTS) or not all(hasattr(sdk, f) for f in _FUNCTIONS):
        return False
    if not _originals:
        _originals.update({name: getattr(_CLASS, name) for name in ("Analyze", "AnalyzeStack", "Configure")})
        _CLASS.Analyze, _CLASS.AnalyzeStack, _CLASS.Configure = _analyze, _analyze_stack, _configure
    return True


def uninstall() -> None:
    """Give the SDK its own loops back."""
    for name, function in _originals.items():
        setattr(_CLASS, name, function)
    _originals.clear()


def _configure(servicer: Any, request: Any, context: Any) -> Any:  # noqa: ANN401 (the SDK's classes are private)
    """The answer to `Configure`: nothing, or every problem of the configuration at once.

    Raises:
        ConfigurationError: The configuration is wrong, and there is no gRPC context to say so by.
    """
    rules = _rules(servicer)
    if rules is not None:
        found = configuration.problems(rules, _given(request))
        if found:
            error = configuration.ConfigurationError(found)
            if context is None:
                raise error
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        _follow(rules, request)
    exemptions.lifted.clear()
    return _originals["Configure"](servicer, request, context)


def _follow(rules: list[ResourceRule | StackRule], request: Any) -> None:  # noqa: ANN401
    """Give a threshold that follows another its value, where it stands at its own default."""
    given = _given(request)
    for rule in rules:
        for key, (leader, leading) in (rule.metadata.follows or {}).items():
            value = given.get(leader, {}).get(leading)
            own = given.get(rule.name, {}).get(key)
            if value is not None and own in (None, rule.metadata.schema()[key]["default"]):
                request.policyConfig[rule.name].properties.update({key: value})


def _given(request: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    """Per rule the properties that were sent."""
    parts: Any = sdk
    as_dict = parts.json_format.MessageToDict
    return {name: as_dict(entry.properties) for name, entry in request.policyConfig.items()}


def _analyze(servicer: Any, request: Any, context: Any) -> Any:  # noqa: ANN401 (the SDK's classes are private)
    """The answer to `Analyze`: the findings of every resource rule that judges this type."""
    rules = _rules(servicer)
    if rules is None:
        return _originals["Analyze"](servicer, request, context)
    servicer._configure_runtime_settings()
    response = proto.AnalyzeResponse()
    judging = [r for r in rules if isinstance(r, ResourceRule) and r.judges(request.type)]
    if not judging:
        return response
    props, provider = _props(request), _provider(servicer, request)
    options, tags = servicer._get_resource_options(request), getattr(servicer, _STACK_TAGS)
    for rule in judging:
        level = servicer._get_enforcement_level(rule)
        if level == EnforcementLevel.DISABLED:
            continue
        if level == EnforcementLevel.REMEDIATE:  # what is left after a remediation counts as a violation
            level = EnforcementLevel.MANDATORY
        config = servicer._get_policy_config(rule.name)
        args = ResourceValidationArgs(
            request.type, props, request.urn, request.name, options, provider, config, tags
        )
        _run(servicer, response, rule, args, level)
    return response


def _analyze_stack(servicer: Any, request: Any, context: Any) -> Any:  # noqa: ANN401
    """The answer to `AnalyzeStack`: the findings of every stack rule over one list of resources."""
    rules = _rules(servicer)
    if rules is None:
        return _originals["AnalyzeStack"](servicer, request, context)
    servicer._configure_runtime_settings()
    response = proto.AnalyzeResponse()
    resources, tags = _resources(servicer, request), getattr(servicer, _STACK_TAGS)
    for rule in rules:
        level = servicer._get_enforcement_level(rule)
        if level == EnforcementLevel.DISABLED or not isinstance(rule, StackRule):
            continue
        if level == EnforcementLevel.REMEDIATE:  # a stack cannot be remediated
            level = EnforcementLevel.MANDATORY
        args = StackValidationArgs(resources, servicer._get_policy_config(rule.name), tags)
        _run(servicer, response, rule, args, level)
    return response


def _rules(servicer: Any) -> list[ResourceRule | StackRule] | None:  # noqa: ANN401
    """The rules of the pack; None if there is anything else among them."""
    policies: list[Any] = getattr(servicer, _POLICIES)
    return policies if all(isinstance(p, ResourceRule | StackRule) for p in policies) else None


def _run(servicer: Any, response: Any, rule: Any, args: Any, level: EnforcementLevel) -> None:  # noqa: ANN401
    """One rule: its findings, and the advisory notice if it met values that it could not judge."""
    report = servicer._create_report_violation(response, rule.name, rule.description, level, rule.severity)
    try:
        rule.validate(args, report)
    except UnknownValueError as unknown:
        name, version = getattr(servicer, _PACK_NAME), getattr(servicer, _PACK_VERSION)
        response.diagnostics.append(
            proto.AnalyzeDiagnostic(
                policyName=rule.name,
                policyPackName=name,
                policyPackVersion=version,
                message=(
                    f"can't run policy '{rule.name}' from policy pack '{name}@v{version}' "
                    f"during preview: {unknown.message}"
                ),
                description=rule.description,
                enforcementLevel=servicer._map_enforcement_level(EnforcementLevel.ADVISORY),
            )
        )


def _props(message: Any) -> Any:  # noqa: ANN401
    """The properties as the rules see them."""
    parts: Any = sdk
    return parts.unknown_checking_proxy(
        parts.deserialize_properties(parts.json_format.MessageToDict(message.properties))
    )


_providers: dict[bytes, Any] = {}
"""Providers by what the engine sent of them: a stack has a few, and sends one with each resource."""

_MOST_PROVIDERS = 64


def _provider(servicer: Any, message: Any) -> Any:  # noqa: ANN401
    """The provider of a resource, unpacked once for all that have it."""
    sent = message.provider.SerializeToString(deterministic=True)
    if sent not in _providers:
        if len(_providers) >= _MOST_PROVIDERS:
            _providers.clear()
        _providers[sent] = servicer._get_provider_resource(message)
    return _providers[sent]


def _resources(servicer: Any, request: Any) -> list[PolicyResource]:  # noqa: ANN401
    """The resources of a stack, linked to parents and dependencies."""
    built = {
        r.urn: PolicyResource(
            r.type,
            _props(r),
            r.urn,
            r.name,
            servicer._get_resource_options(r),
            _provider(servicer, r),
            None,
            [],
            {},
        )
        for r in request.resources
    }
    for r in request.resources:
        resource = built[r.urn]
        resource.parent = built.get(r.parent)
        resource.dependencies.extend(built[urn] for urn in r.dependencies if urn in built)
        for key, value in r.propertyDependencies.items():
            resource.property_dependencies[key] = [built[urn] for urn in value.urns if urn in built]
    return list(built.values())
