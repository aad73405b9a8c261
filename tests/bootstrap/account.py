"""An account of the tests' own: the fixtures' stacks, bounded, and the bootstrap program over them."""

import runpy
from pathlib import Path
from typing import Any

import yaml

from bootstrap import settings as bootstrap_settings
from bootstrap.access import Environment, State
from components.settings import Settings
from tests.harness.program import PROJECT, ROOT, Recording, config_of, record

STACKS = ("dev", "staging", "prod")
CONFIG = {
    "account": "111122223333",
    "region": "ap-southeast-1",
    "owner": "data-platform",
    "costCentre": "weather",
    "repository": "acme/forecasts",
    "ownerId": "12",
    "repositoryId": "345",
}
NAME = "weather-bootstrap"
STATE = State(CONFIG["account"], CONFIG["region"], PROJECT)


def stack_files(folder: Path) -> Path:
    """Write the pipeline's project file, and the fixtures' stack files with roles that are bounded."""
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    for stack in STACKS:
        document = yaml.safe_load((ROOT / f"tests/fixtures/stacks/Pulumi.{stack}.yaml").read_text("utf-8"))
        document["config"]["bounded"] = True
        (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder


def environment(stack: str, **overrides: Any) -> Environment:
    """Return a stack of the fixtures as the bootstrap sees it."""
    config = config_of(stack, {"bounded": True, **overrides})
    return Environment.of(stack, Settings.from_config(config, PROJECT))


def run_bootstrap(folder: Path, preview: bool = False, **config: str) -> Recording:
    """Run the bootstrap program over stack files, and return what it registers."""
    given = {f"{NAME}:{key}": text for key, text in {**CONFIG, **config}.items() if text}
    before, bootstrap_settings.ROOT = bootstrap_settings.ROOT, folder
    try:
        program = ROOT / "bootstrap" / "__main__.py"
        return record(lambda: runpy.run_path(str(program)), given, "account", preview, project=NAME)
    finally:
        bootstrap_settings.ROOT = before
