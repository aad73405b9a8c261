"""The repository as a template: `pulumi new` gives the project another name, and everything follows it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_aws import EmbeddedAws
from tests.cli.driver import Cli, with_environment
from tests.harness.program import ROOT

OWN = {"account": "210987654321", "region": "eu-west-1", "owner": "acme", "uniqueSuffix": "acme01"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's files, as a clone has them."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_a_project_of_another_name_is_deployed_under_it(clone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "acme-weather"
    folder.mkdir()
    Cli(folder, "dev", "", tmp_path / "new").run(
        *("new", str(clone), "--name", "acme-weather", "--generate-only", "--yes")
    )
    assert (folder / "Pulumi.yaml").read_text(encoding="utf-8").startswith("name: acme-weather\n")
    with_environment(folder)
    for name in ("staging", "prod", "local"):  # a stack of one's own: dev's file, with own values
        (folder / f"Pulumi.{name}.yaml").unlink()
    pack = ("--policy-pack", "policies", "--policy-pack-config", "policies/config.dev.json")
    own = Cli(folder, "dev", "", tmp_path / "home", pack)
    own.init()
    own.set(OWN)
    with EmbeddedAws(folder, stack="dev") as aws:
        assert (aws.account, aws.region) == (OWN["account"], OWN["region"])
        own.endpoint = aws.endpoint
        own.up()
        own.unchanged()
        [job] = aws.client("glue").get_jobs()["Jobs"]
        tags = aws.client("glue").get_tags(
            ResourceArn=f"arn:aws:glue:{aws.region}:{aws.account}:job/{job['Name']}"
        )
        assert tags["Tags"]["Project"] == "acme-weather"
        assert "Glue" in weather(folder, "cost", "--stack", "organization/acme-weather/dev")
        assert "stack dev has no run that has ended" in weather(folder, "status", "--stack", "dev")
        own.destroy()


def weather(folder: Path, *arguments: str) -> str:
    """What `weather` says, as a person calls it in the project."""
    ended = subprocess.run(
        [Path(sys.prefix) / "bin" / "weather", *arguments], cwd=folder, capture_output=True, text=True
    )
    return ended.stdout + ended.stderr
