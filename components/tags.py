"""The tags of a stack: one set, given to the provider as default tags, so that no resource forgets them."""

from enum import StrEnum

from components.settings import IdentitySettings


class TagKey(StrEnum):
    """Keys of the tags every taggable resource carries."""

    PROJECT = "Project"
    ENVIRONMENT = "Environment"
    OWNER = "Owner"
    COST_CENTRE = "CostCentre"
    STACK = "Stack"
    MANAGED_BY = "ManagedBy"


def shared_tags(owner: str, cost_centre: str, project: str) -> dict[str, str]:
    """Return the default tags of what all stacks of an account share."""
    return {
        TagKey.PROJECT.value: project,
        TagKey.ENVIRONMENT.value: "shared",
        TagKey.OWNER.value: owner,
        TagKey.COST_CENTRE.value: cost_centre,
        TagKey.STACK.value: "shared",
        TagKey.MANAGED_BY.value: "pulumi",
    }


def common_tags(identity: IdentitySettings, project: str) -> dict[str, str]:
    """Return the default tags of a stack of a project.

    ``Stack`` holds the unique suffix: the one value that tells two stacks of an environment apart, which is
    why the budget filters by it.
    """
    return {
        **shared_tags(identity.owner, identity.cost_centre, project),
        TagKey.ENVIRONMENT.value: identity.environment,
        TagKey.STACK.value: identity.unique_suffix,
    }
