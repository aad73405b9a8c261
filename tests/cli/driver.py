"""The real Pulumi CLI on a copy of the project, with the embedded AWS behind its AWS provider."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_aws.provider.service import executable
from tests.harness.program import ROOT

CODE = ("__main__.py", "Pulumi.yaml", "components", "etl", "policies", "stack_files", "embedded_aws")
"""What of the project a deployment reads."""

Step = tuple[str, str, str]
"""What the CLI does to a resource: operation, type, name."""


@dataclass
class Cli:
    """`pulumi` in one project, for one stack, with a file backend that goes with the folder.

    Attributes:
        project: folder of the Pulumi program.
        stack: name of the stack.
        endpoint: where the embedded AWS is.
        home: folder with state, plugins and provider of this stack alone.
        pack: arguments that name the policy pack, if there is one.
        backend: URL of the state; empty for a folder of its own.
        key: access key id of whom it calls as; empty for the person who deploys.
    """

    project: Path
    stack: str
    endpoint: str
    home: Path
    pack: tuple[str, ...] = ()
    backend: str = ""
    key: str = ""

    def run(self, *arguments: str, succeeds: bool = True) -> str:
        """Run a command; return what it printed, and fail the test with it if it does not end as expected."""
        ended = self._ended(*arguments)
        said = ended.stdout + ended.stderr
        assert (ended.returncode == 0) is succeeds, f"pulumi {' '.join(arguments)}\n{said[-6000:]}"
        return said

    def _ended(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments],
            cwd=self.project,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=600,
        )

    def environment(self) -> dict[str, str]:
        """Return the variables that `pulumi` runs with."""
        self.home.mkdir(parents=True, exist_ok=True)
        executable(self.home)
        path = [str(self.home), str(Path(sys.executable).parent), os.environ["PATH"]]
        who = {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": "embedded"} if self.key else {}
        return (
            os.environ
            | who
            | {
                "PATH": os.pathsep.join(path),
                "AWS_ENDPOINT_URL": self.endpoint,
                "PULUMI_HOME": str(self.home / "home"),
                "PULUMI_BACKEND_URL": self.backend or f"file://{self.home}",
                "PULUMI_CONFIG_PASSPHRASE": "none",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DEBUG_COMMANDS": "true",  # --event-log is one of them
                "PULUMI_FAKE_PYTHON": sys.executable,
            }
        )

    def init(self) -> None:
        """Make the stack."""
        self.run("stack", "init", self.stack)

    def preview(self) -> Counter[Step]:
        """Return what an update would do, but for what stays the same."""
        ended = self._ended("preview", "--stack", self.stack, "--json", *self.pack)
        if ended.returncode:
            self.run("preview", "--stack", self.stack, *self.pack)  # the same, in words
        return steps(json.loads(ended.stdout)["steps"])

    def events(self, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the engine's events of some kinds in a preview, whether it ends well or not."""
        log = self.home / "events"
        log.unlink(missing_ok=True)
        self._ended("preview", "--stack", self.stack, "--event-log", str(log), *self.pack)
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert any("summaryEvent" in e or "policyEvent" in e for e in events), events[-5:]
        return [(kind, event[kind]) for event in events for kind in kinds if kind in event]

    def up(self, *arguments: str) -> str:
        """Update."""
        return self.run("up", "--stack", self.stack, "--yes", "--skip-preview", *self.pack, *arguments)

    def unchanged(self) -> None:
        """Fail unless an update would do nothing."""
        self.run("preview", "--stack", self.stack, "--expect-no-changes", *self.pack)

    def refresh(self, *arguments: str) -> str:
        """Read every resource into the state."""
        return self.run("refresh", "--stack", self.stack, "--yes", "--skip-preview", *arguments)

    def destroy(self, *, succeeds: bool = True) -> str:
        """Remove every resource."""
        return self.run(
            "destroy",
            "--stack",
            self.stack,
            "--yes",
            "--skip-preview",
            "--continue-on-error",
            succeeds=succeeds,
        )

    def set(self, settings: Mapping[str, Any]) -> None:
        """`pulumi config set`, as a person types it; what is no scalar as JSON by path."""
        for key, value in settings.items():
            if isinstance(value, dict | list):
                self._set_tree(key, value)
            else:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                self.run("config", "set", "--stack", self.stack, key, "--", text)

    def _set_tree(self, path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                self._set_tree(f"{path}.{key}", inner)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                self._set_tree(f"{path}[{index}]", inner)
        else:
            self.run("config", "set", "--stack", self.stack, "--path", path, "--", str(value))

    def state(self) -> list[dict[str, Any]]:
        """Return the resources of the stack's state."""
        exported = self._ended("stack", "export", "--stack", self.stack)
        return json.loads(exported.stdout)["deployment"].get("resources", [])

    def output(self, name: str) -> str:
        """Return one of the stack's outputs."""
        return self._ended("stack", "output", "--stack", self.stack, name).stdout.strip()


def steps(found: Iterable[Mapping[str, Any]]) -> Counter[Step]:
    """Return steps that do something, each replacement counted once."""
    shown: Counter[Step] = Counter()
    for step in found:
        operation = step["op"]
        if operation in ("same", "create-replacement", "delete-replaced", "read", "discard"):
            continue
        _, _, kind, name = str(step["urn"]).split("::", 3)
        shown[operation, kind.rpartition("$")[2], name] += 1
    return shown


def copy_of_the_project(folder: Path, *further: str) -> Path:
    """Copy what a deployment needs, with the environment that `make setup` built."""
    for name in (*CODE, *further):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".venv")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name)
    return with_environment(folder)


def with_environment(folder: Path) -> Path:
    """Give a project and its policy pack the environment of these tests, in place of `make setup`."""
    for place in (folder, folder / "policies"):
        (place / ".venv").symlink_to(Path(sys.prefix))
    return folder
