"""What an account needs once: state, identity provider, and per stack a boundary and two roles."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pulumi
import pulumi_aws as aws

from bootstrap import github
from bootstrap.access import State
from bootstrap.settings import BootstrapSettings
from bootstrap.stack_roles import StackRoles
from bootstrap.state import PulumiState
from components import tags

settings = BootstrapSettings.load()
environments = settings.environments()
state = State(settings.account, settings.region, settings.pipeline_project)
provider = aws.Provider(
    "aws",
    region=settings.region,
    allowed_account_ids=[settings.account],
    default_tags={"tags": tags.shared_tags(settings.owner, settings.cost_centre, pulumi.get_project())},
)
opts = pulumi.ResourceOptions(providers=[provider])

PulumiState("state", state, opts)
after: list[pulumi.Resource] = []
if settings.identity_provider:
    identity = aws.iam.OpenIdConnectProvider(
        "github",
        url=f"https://{github.ISSUER}",
        client_id_lists=[github.AUDIENCE],
        opts=pulumi.ResourceOptions(provider=provider),
    )
    after = [identity]
for environment in environments:
    roles = StackRoles(environment, state, settings.github, after, opts)
    pulumi.export(f"preview_role_{environment.stack}", roles.preview.arn)
    pulumi.export(f"deploy_role_{environment.stack}", roles.deployment.arn)
pulumi.export("backend_url", f"s3://{state.bucket}?region={settings.region}")
pulumi.export("secrets_provider", f"awskms://{state.key_alias}?region={settings.region}")
