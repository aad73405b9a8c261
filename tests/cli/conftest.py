"""Where the real CLI is: without it these tests are left out, in words."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from embedded_aws import EmbeddedAws
from tests.cli.driver import Cli, copy_of_the_project

REASON = (
    "the Pulumi CLI (pulumi, pulumi-language-python) is not on PATH: "
    "install it from https://www.pulumi.com/docs/install/ and run make test-cli"
)
STACKS = Path(__file__).with_name("stacks.yaml")

Opened = tuple[Cli, EmbeddedAws]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if all(shutil.which(name) for name in ("pulumi", "pulumi-language-python")):
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with stack files of the tests' own."""
    folder = copy_of_the_project(tmp_path_factory.mktemp("cli") / "project")
    document = yaml.safe_load(STACKS.read_text(encoding="utf-8"))
    for name, settings in document["stacks"].items():
        config = {**document["common"], **settings}
        config["pulumi:disable-default-providers"] = ["aws"]
        (folder / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
        of_class = folder / "policies" / f"config.{config['environment']}.json"
        limits = json.loads(of_class.read_text(encoding="utf-8")) | document["limits"]
        (folder / "policies" / f"config.of-{name}.json").write_text(json.dumps(limits), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def opened(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Opened]]:
    """Open an embedded AWS of the stack's account and region, and `pulumi` on it; one at a time."""
    with ExitStack() as stack:

        def open_stack(name: str) -> Opened:
            stack.close()
            aws = stack.enter_context(EmbeddedAws(project, stack=name))
            pack = ("--policy-pack", "policies", "--policy-pack-config", f"policies/config.of-{name}.json")
            home = tmp_path_factory.mktemp(f"home-{name}")
            return Cli(project, name, aws.endpoint, home, pack), aws

        yield open_stack


@pytest.fixture(autouse=True)
def _no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        if name not in ("PULUMI_ERROR_OUTPUT_STRING",):
            monkeypatch.delenv(name)
