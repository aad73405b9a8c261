"""Programs that are not the pipeline: one that deploys, and one that forgets what it depends on."""

import shutil
import sys
from pathlib import Path

import pytest

from embedded_aws import EmbeddedAws
from tests.cli.driver import Cli
from tests.embedded_aws.lab import TINY

PROVIDER = 'provider = aws.Provider("aws", region="eu-central-1", allowed_account_ids=[{account!r}])\n'


def opened(folder: Path, program: str, aws: EmbeddedAws, home: Path) -> Cli:
    (folder / "Pulumi.yaml").write_text(
        f"name: other\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (folder / "__main__.py").write_text(
        "import pulumi\nimport pulumi_aws as aws\n" + PROVIDER.format(account=aws.account) + program
    )
    cli = Cli(folder, "local", aws.endpoint, home)
    cli.init()
    return cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.mkdir()
    return path


def test_another_program_is_deployed_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    text = (folder / "Pulumi.yaml").read_text(encoding="utf-8")
    runtime = f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (folder / "Pulumi.yaml").write_text(text.replace("runtime: python", runtime), encoding="utf-8")
    with EmbeddedAws(folder) as aws:
        cli = Cli(folder, "local", aws.endpoint, tmp_path / "home")
        cli.init()
        cli.up()
        assert aws.client("glue").get_job(JobName=cli.output("job"))["Job"]
        cli.refresh("--expect-no-changes")
        cli.unchanged()
        cli.destroy()
        assert aws.client("s3").list_buckets()["Buckets"] == []


def test_a_missing_dependency_fails(folder: Path, tmp_path: Path) -> None:
    """The crawler names its bucket in a text, and nothing makes it wait for the bucket."""
    program = """
here = pulumi.ResourceOptions(provider=provider)
database = aws.glue.CatalogDatabase("database", name="found", opts=here)
role = aws.iam.Role("role", name="crawls", assume_role_policy="{}", opts=here)
crawler = aws.glue.Crawler("crawler", name="crawler", role=role.arn, database_name="found",
    s3_targets=[{"path": "s3://lake-of-nobody/raw/"}],
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[database, role]))
aws.s3.Bucket("bucket", bucket="lake-of-nobody",
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[crawler]))
"""
    with EmbeddedAws(TINY) as aws:
        cli = opened(folder, program, aws, tmp_path / "home")
        said = cli.run("up", "--stack", "local", "--yes", "--skip-preview", succeeds=False)
    assert "S3 bucket lake-of-nobody does not exist" in said


def test_a_provider_for_another_account_is_refused(folder: Path, tmp_path: Path) -> None:
    with EmbeddedAws(TINY) as aws:
        cli = opened(
            folder,
            'aws.sns.Topic("t", name="t", opts=pulumi.ResourceOptions(provider=provider))\n',
            aws,
            tmp_path / "home",
        )
        text = (folder / "__main__.py").read_text().replace(aws.account, "999999999999")
        (folder / "__main__.py").write_text(text)
        said = cli.run("up", "--stack", "local", "--yes", "--skip-preview", succeeds=False)
    assert f"AWS account ID not allowed: {aws.account}" in said


def test_a_type_without_a_handler_is_named(folder: Path, tmp_path: Path) -> None:
    with EmbeddedAws(TINY) as aws:
        text = (
            'aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(provider=provider))\n'
        )
        cli = opened(folder, text, aws, tmp_path / "home")
        said = cli.run("preview", "--stack", "local", succeeds=False)
    assert "the embedded AWS has no handler for this type" in said
