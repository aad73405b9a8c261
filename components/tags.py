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


def common_tags(identity: IdentitySettings, project: str) -> dict[str, str]:
    """Return the default tags of a stack of a project.

    ``Stack`` holds the unique suffix: the one value that tells two stacks of an environment apart, which is
    why the budget filters by it.
    """
    return {
        TagKey.PROJECT.value: project,
        TagKey.ENVIRONMENT.value: identity.environment,
        TagKey.OWNER.value: identity.owner,
        TagKey.COST_CENTRE.value: identity.cost_centre,
        TagKey.STACK.value: identity.unique_suffix,
        TagKey.MANAGED_BY.value: "pulumi",
    }
