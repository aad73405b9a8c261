"""The bootstrap program through its life, and a stack that its roles preview, deploy and remove."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml

from embedded_aws import EmbeddedAws
from embedded_aws.records import ApiCall
from tests.bootstrap.account import CONFIG, STACKS, environment, stack_files
from tests.bootstrap.calls import as_iam
from tests.cli.driver import Cli, copy_of_the_project
from tests.harness.policies import allowed

PACK = ("--policy-pack", "../policies", "--policy-pack-config", "../policies/config.bootstrap.json")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cli, EmbeddedAws]]:
    """An account with the bootstrap deployed, and `pulumi` in its folder."""
    project = copy_of_the_project(tmp_path_factory.mktemp("account") / "project", "bootstrap")
    stack_files(project)
    config = {"pulumi:disable-default-providers": ["aws"], "stacks": list(STACKS), **CONFIG}
    text = yaml.safe_dump({"config": config})
    (project / "bootstrap" / "Pulumi.account.yaml").write_text(text, encoding="utf-8")
    with EmbeddedAws(project, stack="dev") as aws:
        cli = Cli(project / "bootstrap", "account", aws.endpoint, tmp_path_factory.mktemp("home"), PACK)
        cli.init()
        assert {operation for operation, _, _ in cli.preview()} == {"create"}
        cli.up()
        yield cli, aws


def test_it_is_made_and_stays_as_it_is(account: tuple[Cli, EmbeddedAws]) -> None:
    cli, aws = account
    cli.unchanged()
    assert "unchanged" in cli.refresh("--expect-no-changes")
    roles = {role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]}
    assert roles == {f"Weather{kind}-{stack}" for kind in ("Deploy", "Preview") for stack in STACKS}
    assert "protect" in cli.destroy(succeeds=False)
    cli.up()  # what was not protected is made again


def test_its_own_state_moves_into_its_bucket(account: tuple[Cli, EmbeddedAws]) -> None:
    """docs/deploy.md: the first state lies in a folder, since the bucket does not exist yet."""
    cli, aws = account
    exported = cli.home / "state.json"
    cli.run("stack", "export", "--stack", "account", "--file", str(exported))
    moved = replace(cli, backend=backend(cli, aws))
    moved.run("stack", "init", "account")
    moved.run("stack", "import", "--stack", "account", "--file", str(exported))
    moved.unchanged()


def backend(cli: Cli, aws: EmbeddedAws) -> str:
    """The bucket that the program made, as the embedded AWS is reached."""
    return f"{cli.output('backend_url')}&endpoint={aws.endpoint}&use_path_style=true"


@pytest.mark.parametrize("stack", STACKS)
def test_its_roles_carry_a_stack_through_its_life(account: tuple[Cli, EmbeddedAws], stack: str) -> None:
    """All that program, provider and CLI call is allowed to the role that calls: state and secrets too."""
    cli, aws = account
    person = Cli(cli.project.parent, stack, aws.endpoint, cli.home, backend=backend(cli, aws))
    person.run("stack", "init", stack, "--secrets-provider", cli.output("secrets_provider"))
    person.run(
        "config", "set", "--stack", stack, "--secret", "--path", "subscribers[0].endpoint", "ops@example.org"
    )
    person.run("config", "set", "--stack", stack, "--path", "subscribers[0].protocol", "email")
    roles = {kind: cli.output(f"{kind}_role_{stack}") for kind in ("preview", "deploy")}
    previewer, deployer = (replace(person, key=aws.key_of(role)) for role in roles.values())
    deployer.up()
    deployer.set({"owner": "somebody-else", "pollSeconds": 45, "logRetentionDays": 90, "monthlyBudgetUsd": 6})
    previewer.run("preview", "--stack", stack, "--refresh")
    deployer.up("--refresh")
    if environment(stack).disposable:
        deployer.destroy()
    else:  # buckets are protected, or hold access logs by now
        assert re.search("protect|BucketNotEmpty", deployer.destroy(succeeds=False))
    for role in roles.values():
        calls = [call for call in aws.calls() if call.principal == role]
        assert {"s3:GetObject", "kms:Decrypt"} <= {call.action for call in calls}
        assert refused(aws, role, calls, stack) == []


def refused(aws: EmbeddedAws, role: str, calls: list[ApiCall], stack: str) -> list[tuple[str, str]]:
    """What of the calls the role's policies, as they are deployed, do not allow."""
    iam, name = aws.client("iam"), role.rsplit("/", 1)[-1]
    statements: list[Any] = []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        statements += iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        statements += (json.loads(document) if isinstance(document, str) else document)["Statement"]
    found = [as_iam(call, environment(stack)) for call in calls if call.action != "sts:GetCallerIdentity"]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return sorted({(c.action, c.resource) for c in found if not allowed(policy, c)})
