"""The bootstrap program: what it registers, what it refuses, and what the policy pack says of it."""

import json
from pathlib import Path

import pytest

from bootstrap.settings import BootstrapSettings
from components.settings import SettingsError
from tests.bootstrap.account import CONFIG, NAME, STACKS, run_bootstrap, stack_files
from tests.harness.program import Recording, policy_of
from tests.policies.engine import InProcess, judged
from tests.policies.whole import as_members, class_config
from weather_policies import pack

MANAGED_POLICY = 6144  # characters that IAM takes (IAM guide, quotas); white space does not count
INLINE_POLICIES = 10240


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stack_files(tmp_path_factory.mktemp("stacks"))


@pytest.fixture(scope="module")
def recording(files: Path) -> Recording:
    return run_bootstrap(files)


def test_state_and_key_are_kept(recording: Recording) -> None:
    bucket = recording.one("aws:s3/bucket:Bucket")
    assert bucket.inputs["bucket"] == "weather-pulumi-state-111122223333-ap-southeast-1"
    assert bucket.request.protect
    assert recording.one("aws:kms/key:Key").request.protect
    assert recording.exports["backend_url"] == f"s3://{bucket.inputs['bucket']}?region=ap-southeast-1"
    assert (
        recording.exports["secrets_provider"] == "awskms://alias/weather-pulumi-secrets?region=ap-southeast-1"
    )


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(("kind", "job"), [("preview", "preview-{}"), ("deploy", "{}")])
def test_a_role_is_assumed_by_jobs_of_its_environment(
    recording: Recording, stack: str, kind: str, job: str
) -> None:
    [statement] = policy_of(recording.one("aws:iam/role:Role", f"{stack}-{kind}"), "assumeRolePolicy")[
        "Statement"
    ]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"}
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": f"repo:acme@12/forecasts@345:environment:{job.format(stack)}",
        }
    }


def test_a_repository_from_before_july_2026_names_itself_without_numbers(files: Path) -> None:
    role = run_bootstrap(files, ownerId="", repositoryId="").one("aws:iam/role:Role", "prod-deploy")
    assert "repo:acme/forecasts:environment:prod" in role.inputs["assumeRolePolicy"]


def test_an_identity_provider_that_exists_is_used(files: Path) -> None:
    recording = run_bootstrap(files, identityProvider="false")
    assert recording.of_type("aws:iam/openIdConnectProvider:OpenIdConnectProvider") == []
    assert len(recording.of_type("aws:iam/role:Role")) == 2 * len(STACKS)


def test_documents_fit_into_what_iam_takes(recording: Recording) -> None:
    def size(text: str) -> int:
        return len(json.dumps(json.loads(text), separators=(",", ":")))

    managed = recording.of_type("aws:iam/policy:Policy")
    assert len(managed) == 2 * len(STACKS)
    assert max(size(policy.inputs["policy"]) for policy in managed) <= MANAGED_POLICY
    inline = recording.of_type("aws:iam/rolePolicy:RolePolicy")
    assert max(size(policy.inputs["policy"]) for policy in inline) <= INLINE_POLICIES


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_the_policy_pack_finds_nothing(files: Path, preview: bool) -> None:
    members = as_members(run_bootstrap(files, preview), preview)
    found = judged(InProcess(pack.POLICIES, class_config("bootstrap")), members)
    assert [(d.policy, d.resource, d.message) for d in found] == []


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"repository": "forecasts"}, "repository: 'forecasts' does not match"),
        ({"repositoryId": ""}, "repositoryId: must be given together with ownerId"),
        ({"stack": "dev"}, "stack: is not a setting of this project"),
    ],
)
def test_a_wrong_setting_is_refused(config: dict[str, str], says: str) -> None:
    given = {f"{NAME}:{key}": text for key, text in {**CONFIG, **config}.items() if text}
    with pytest.raises(SettingsError, match=says):
        BootstrapSettings.from_config(given, NAME)


def test_all_that_is_wrong_with_the_stack_files_is_said_at_once(tmp_path: Path) -> None:
    root = stack_files(tmp_path)
    (root / "Pulumi.staging.yaml").unlink()
    dev, prod = root / "Pulumi.dev.yaml", root / "Pulumi.prod.yaml"
    dev.write_text(dev.read_text("utf-8").replace("bounded: true", "bounded: false"), encoding="utf-8")
    prod.write_text(prod.read_text("utf-8").replace("111122223333", "444455556666"), encoding="utf-8")
    given = {f"{NAME}:{key}": text for key, text in CONFIG.items()}
    with pytest.raises(SettingsError) as caught:
        BootstrapSettings.from_config(given, NAME).environments(root)
    assert [str(problem).split(";")[0] for problem in caught.value.problems] == [
        "Pulumi.dev.yaml: bounded must be true: its roles are made by CI",
        "stacks.staging: there is no Pulumi.staging.yaml",
        "stacks.prod: is of account 444455556666, ap-southeast-1: it belongs to another bootstrap",
    ]
