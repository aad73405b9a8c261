"""What GitHub's jobs need of one stack: the boundary of its roles, a preview and a deployment role."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from bootstrap import access, github
from bootstrap.boundary import boundary
from components import iam


@dataclass(frozen=True)
class _Job:
    """What both roles of a stack share: its name, what they look at, and what must exist before them."""

    stack: str
    looks: aws.iam.Policy
    after: Sequence[pulumi.Resource]


class StackRoles(pulumi.ComponentResource):
    """Boundary and roles of one stack."""

    preview: aws.iam.Role
    deployment: aws.iam.Role

    def __init__(
        self,
        environment: access.Environment,
        state: access.State,
        repository: github.Repository,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Create them.

        Args:
            environment: the stack.
            state: where its state lies.
            repository: whose jobs may assume the roles.
            after: the identity provider, where this program makes it.
            opts: options of the component.
        """
        stack = environment.stack
        super().__init__("weather:bootstrap:StackRoles", stack, {}, opts)
        self._repository = repository
        self._names = state.names
        aws.iam.Policy(
            f"{stack}-boundary",
            name=environment.names.boundary,
            description=f"What the roles of the stack {stack} may do at the very most",
            policy=json.dumps(boundary(environment)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        looks = aws.iam.Policy(
            f"{stack}-looks",
            name=looks_name(stack),
            description=f"What a preview of the stack {stack} looks at",
            policy=json.dumps(iam.document(*access.looks(environment))),
            opts=pulumi.ResourceOptions(parent=self),
        )
        job = _Job(stack, looks, after)
        self.preview = self._role("preview", f"preview-{stack}", job, access.previews(environment, state))
        self.deployment = self._role("deploy", stack, job, access.deploys(environment, state))
        self.register_outputs({"preview": self.preview.arn, "deployment": self.deployment.arn})

    def _role(
        self, kind: str, github_environment: str, job: "_Job", statements: list[iam.Statement]
    ) -> aws.iam.Role:
        """Create a role for the jobs of one GitHub environment, which may look, and do what is stated."""
        stack, provider = job.stack, self._names.iam_arn(f"oidc-provider/{github.ISSUER}")
        role = aws.iam.Role(
            f"{stack}-{kind}",
            name=role_name(kind, stack),
            description=f"Jobs of the environment {github_environment} of {self._repository.name}",
            assume_role_policy=json.dumps(github.trust(provider, self._repository, github_environment)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(job.after)),
        )
        aws.iam.RolePolicy(
            f"{stack}-{kind}-policy",
            name=role_name(kind, stack),
            role=role.name,
            policy=json.dumps(iam.document(*statements)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicyAttachment(
            f"{stack}-{kind}-looks",
            role=role.name,
            policy_arn=self._names.iam_arn(f"policy/{looks_name(stack)}"),  # known in a preview
            opts=pulumi.ResourceOptions(parent=self, depends_on=[job.looks]),
        )
        return role


def role_name(kind: str, stack: str) -> str:
    """Return the name of a role of this program: not of the form that a deployment may change."""
    return f"Weather{kind.capitalize()}-{stack}"


def looks_name(stack: str) -> str:
    """Return the name of the policy of what a preview looks at."""
    return f"WeatherLooks-{stack}"
