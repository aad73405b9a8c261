"""Settings of the bootstrap program; what its roles may do follows from the stack files of the pipeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.runtime import config as runtime_config
from weather_etl.checking import Problem

from bootstrap.access import Environment
from bootstrap.github import Repository
from components.settings import KEYS, Settings, SettingsError
from components.settings.checks import matching
from components.settings.key import Value, keys_of, setting
from stack_files import load_yaml, read_stack

ROOT = Path(__file__).parents[1]


def _like(name: str) -> Value:
    """Declare a setting that the pipeline has too, in its own words."""
    key = KEYS[name]
    return setting(key.type, key.name, key.description, key.limit, key.source, key.check, default=key.default)


@dataclass(frozen=True)
class BootstrapSettings:
    """What an account's bootstrap needs to know."""

    account: str = _like("account")
    region: str = _like("region")
    owner: str = _like("owner")
    cost_centre: str = _like("costCentre")
    repository: str = setting(
        "string",
        "repository",
        "GitHub repository whose jobs preview and deploy the stacks.",
        "OWNER/REPOSITORY",
        "GitHub's names",
        matching(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+"),
    )
    owner_id: str = setting(
        "string",
        "ownerId",
        "Number of the repository's owner; empty for a repository made and last renamed before 15 July 2026.",
        "digits, or empty; gh api repos/OWNER/REPOSITORY --jq .owner.id",
        "GitHub changelog, 23 April 2026",
        matching(r"\d*"),
        default="",
    )
    repository_id: str = setting(
        "string",
        "repositoryId",
        "Number of the repository; empty where ownerId is.",
        "digits, or empty; gh api repos/OWNER/REPOSITORY --jq .id",
        "GitHub changelog, 23 April 2026",
        matching(r"\d*"),
        default="",
    )
    stacks: Sequence[str] = setting(
        "array",
        "stacks",
        "Stacks of this account; each has its file beside Pulumi.yaml, is bounded, and gets its two roles.",
        "names of stacks",
        "this project",
        default=["dev", "staging", "prod"],
        items="string",
    )
    identity_provider: bool = setting(
        "boolean",
        "identityProvider",
        "Whether the account's identity provider for GitHub is made; an account has one only.",
        "true, or false where it exists",
        "IAM guide, OIDC federation",
        default=True,
    )

    @classmethod
    def load(cls) -> "BootstrapSettings":
        """Read the settings of the running Pulumi program.

        Raises:
            SettingsError: at least one setting is missing, unknown, malformed or out of range.
        """
        config = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
        return cls.from_config(config, pulumi.get_project())

    @classmethod
    def from_config(cls, config: Mapping[str, str], project: str) -> "BootstrapSettings":
        """Build the settings from the flat text map Pulumi gives to a program.

        Args:
            config: ``namespace:key`` to text.
            project: name of the Pulumi project, which is the namespace of its settings.

        Raises:
            SettingsError: at least one setting is missing, unknown, malformed or out of range.
        """
        own = f"{project}:"
        given = {key.removeprefix(own): text for key, text in config.items() if key.startswith(own)}
        keys = keys_of(cls)
        unknown = sorted(given.keys() - {key.name for key in keys.values()})
        problems = [Problem(name, "is not a setting of this project") for name in unknown]
        values = {field: key.read(given.get(key.name), problems) for field, key in keys.items()}
        if not problems and bool(values["owner_id"]) != bool(values["repository_id"]):
            problems.append(keys["repository_id"].problem("must be given together with ownerId"))
        if problems:
            raise SettingsError(problems)
        return cls(**values)

    @property
    def github(self) -> Repository:
        """The repository."""
        return Repository(self.repository, self.owner_id, self.repository_id)

    @property
    def pipeline_project(self) -> str:
        """Name of the pipeline's Pulumi project."""
        return str(load_yaml(ROOT / "Pulumi.yaml")["name"])

    def environments(self, root: Path | None = None) -> list[Environment]:
        """Return what the stack files say of each stack of the account.

        Args:
            root: folder of the pipeline's Pulumi.yaml; None for this checkout.

        Raises:
            SettingsError: a file is missing, is refused, is of another account or region, or is not bounded.
        """
        found: list[Environment] = []
        problems: list[Problem] = []
        for stack in cast("list[Any]", self.stacks):
            try:
                settings = Settings.from_config(read_stack(root or ROOT, str(stack)), self.pipeline_project)
            except FileNotFoundError:
                problems.append(Problem(f"stacks.{stack}", f"there is no Pulumi.{stack}.yaml"))
                continue
            except ValueError as error:
                problems.append(Problem(f"Pulumi.{stack}.yaml", str(error)))
                continue
            identity = settings.identity
            if (identity.account, identity.region) != (self.account, self.region):
                where = f"account {identity.account}, {identity.region}"
                problems.append(Problem(f"stacks.{stack}", f"is of {where}: it belongs to another bootstrap"))
            if not settings.protection.bounded:
                problems.append(
                    Problem(f"Pulumi.{stack}.yaml", "bounded must be true: its roles are made by CI")
                )
            found.append(Environment.of(str(stack), settings))
        if problems:
            raise SettingsError(problems)
        return found
