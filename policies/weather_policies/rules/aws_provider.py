"""The provider: which account, which region, and that no resource escapes it."""

import re
from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    LOW,
    Config,
    RuleMetadata,
    Undetermined,
    boolean,
    resource_rule,
    strings,
)
from weather_policies.readers.types import AWS_PROVIDER

_PROVIDER_URL = "https://www.pulumi.com/registry/packages/aws/api-docs/provider/"


_DEFAULT = re.compile(r"default(?:_\d+_\d+_\d+.*)?")

_ASSUMED = ("assumeRoles", "assumeRole")


@resource_rule(
    RuleMetadata(
        name="weather-aws-provider-account",
        description="The provider may act in the stack's account and a listed region only.",
        why="The wrong profile in a shell would otherwise deploy production into the wrong account.",
        steps="Set allowedAccountIds on the provider, and a region from the list.",
        url=_PROVIDER_URL,
        tags=("security", "reliability"),
        severity=HIGH,
        config={
            "regions": strings((), "Regions a provider may use; none listed means any."),
            "requireAccount": boolean(default=True, description="Whether allowedAccountIds is demanded."),
        },
    ),
    AWS_PROVIDER,
)
def provider_account(provider: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge accounts and region; the engine passes lists of a provider as JSON text."""
    accounts = provider.props
    listed = accounts.length("allowedAccountIds") or len(accounts.text("allowedAccountIds") or "") > len("[]")
    assumed = any(re.search(r":iam::\d{12}:role/", str(accounts.get(k))) for k in _ASSUMED if accounts.has(k))
    if config.flag("requireAccount") and not listed and not assumed:
        yield "allowedAccountIds is not set"
    if config.texts("regions") and provider.props.text("region") not in config.texts("regions"):
        yield f"region is not one of {', '.join(config.texts('regions'))}"


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-provider",
        description="Every AWS resource uses a provider that the program made.",
        why="The default provider has neither default tags nor allowed accounts.",
        steps="Pass the provider to the component; disable default providers in Pulumi.yaml.",
        url="https://www.pulumi.com/docs/iac/concepts/resources/providers/#disabling-default-providers",
        tags=("security", "tagging"),
        severity=HIGH,
    )
)
def resource_provider(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Refuse the default provider, which the engine names `default` or `default_<version>`."""
    del config
    if not resource.type.startswith("aws:"):
        return
    if resource.provider is None or _DEFAULT.fullmatch(resource.provider.name):
        yield "it is made by the default provider: pass the program's own"


@resource_rule(
    RuleMetadata(
        name="weather-aws-resource-region",
        description="A resource's own region is one of the list.",
        why="pulumi-aws 7 lets a single resource leave the provider's region unseen.",
        steps="Remove the region argument, or list the region in the configuration.",
        url=_PROVIDER_URL,
        tags=("security", "cost"),
        severity=LOW,
        level=ADVISORY,
        config={"regions": strings((), "Regions a resource may name itself; none by default.")},
    )
)
def resource_region(resource: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge a region given on the resource."""
    if resource.type.startswith("aws:") and resource.props.has("region"):
        provider = resource.provider.props if resource.provider else None
        same = provider is not None and provider.text("region") == resource.props.text("region")
        if not same and resource.props.text("region") not in config.texts("regions"):
            yield "it names a region of its own, other than the provider's and not in the list"
