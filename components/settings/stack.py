"""All settings of a stack: read once, checked together, refused with every problem named at once."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pulumi
from pulumi.runtime import config as runtime_config
from weather_etl.checking import Problem, ProblemsError, did_you_mean

from components.naming import Names
from components.settings.crawler import CrawlerSettings
from components.settings.datasets import DatasetSettings
from components.settings.identity import IdentitySettings
from components.settings.job import JobSettings
from components.settings.key import Key, keys_of
from components.settings.lake import LakeSettings
from components.settings.monitoring import MonitoringSettings
from components.settings.protection import ProtectionSettings
from components.settings.retention import RetentionSettings
from components.settings.schedule import ScheduleSettings
from components.settings.workflow import WorkflowSettings
from components.workflow import Timing, execution_limit_seconds
from stack_files import load_yaml, unquoted

_ROOT = Path(__file__).parents[2]

REFUSED_KEYS = {
    "maxCapacity": "Glue refuses MaxCapacity beside a worker type; the job is sized by workerType and "
    "numberOfWorkers",
    "maxRetries": "Glue's own retry starts a run the workflow does not watch; the workflow retries",
    "jobBookmarks": "a run's window is explicit; bookmarks would hide messages from a replay",
}
"""Settings people look for that this stack does not have, and why."""


class SettingsError(ProblemsError, pulumi.RunError):
    """The settings of a stack were refused; the Pulumi CLI shows the text alone, without a traceback."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the stack's settings", problems)


class _Part(Protocol):
    def conflicts(self) -> list[Problem]: ...


def refuse_conflicts(part: _Part) -> None:
    """Refuse a part whose settings exclude each other: a component may be given one that no stack file holds.

    Raises:
        SettingsError: there is such a combination.
    """
    if problems := part.conflicts():
        raise SettingsError(problems)


@dataclass(frozen=True)
class Settings:
    """Every setting of a stack, checked; each part is what one subject needs to know.

    Times of day and weekdays are local to the schedule's offset; durations say their unit in the name.
    """

    identity: IdentitySettings
    lake: LakeSettings
    datasets: DatasetSettings
    schedule: ScheduleSettings
    workflow: WorkflowSettings
    crawler: CrawlerSettings
    job: JobSettings
    monitoring: MonitoringSettings
    retention: RetentionSettings
    protection: ProtectionSettings

    @classmethod
    def load(cls) -> "Settings":
        """Read the settings of the running Pulumi program.

        Raises:
            SettingsError: at least one setting is missing, unknown, malformed or out of range.
        """
        if problems := _unquoted(pulumi.get_stack()):
            raise SettingsError(problems)
        config = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
        return cls.from_config(config, pulumi.get_project())

    @classmethod
    def from_config(cls, config: Mapping[str, str], project: str) -> "Settings":
        """Build the settings from the flat text map Pulumi gives to a program.

        Args:
            config: ``namespace:key`` to text; arrays and objects are JSON. Other namespaces are ignored.
            project: name of the Pulumi project, which is the namespace of its settings.

        Raises:
            SettingsError: at least one setting is missing, unknown, malformed or out of range.
        """
        own = f"{project}:"
        given = {key.removeprefix(own): text for key, text in config.items() if key.startswith(own)}
        problems = [_unknown(name) for name in sorted(set(given) - KEYS.keys())]
        parts: dict[str, Any] = {}
        for name, part in _PARTS.items():
            found: list[Problem] = []
            values = {field: key.read(given.get(key.name), found) for field, key in keys_of(part).items()}
            if not found:
                parts[name] = part(**values)
                found = parts[name].conflicts()
            problems += found
        if not problems:
            settings = cls(**parts)
            problems = settings.conflicts()
            if not problems:
                return settings
        raise SettingsError(problems)

    def conflicts(self) -> list[Problem]:
        """Return the combinations of settings of several subjects that AWS or this project refuses."""
        found: list[Problem] = []
        prod = self.identity.environment == "prod"
        if prod and not self.protection.retain:
            found.append(KEYS["protection"].problem(f"{self.protection.mode}, and prod retains its data"))
        if self.timing.fast and self.identity.environment != "local":
            found.append(KEYS["retryPace"].problem("fast is for environment local"))
        hours = execution_limit_seconds(self.timing) / 3600
        if self.schedule.watchdog_delay_hours <= hours:
            found.append(
                KEYS["watchdogDelayHours"].problem(
                    f"{self.schedule.watchdog_delay_hours} must be later than the workflow's time limit of "
                    f"{hours:.1f} hours"
                )
            )
        return found

    @property
    def names(self) -> Names:
        """Names and ARNs of the stack."""
        return Names(self.identity.unique_suffix, self.identity.account, self.identity.region)

    @property
    def timing(self) -> Timing:
        """How fast the workflow polls, retries and gives up."""
        return Timing(
            poll_seconds=self.workflow.poll_seconds,
            poll_limit=self.workflow.poll_limit,
            job_timeout_minutes=self.job.timeout_minutes,
            fast=self.workflow.retry_pace == "fast",
            job_may_wait=self.job.execution_class == "FLEX" or self.job.queuing,
        )


_PARTS: dict[str, Any] = {part.name: part.type for part in dataclasses.fields(Settings)}

KEYS: dict[str, Key] = {key.name: key for part in _PARTS.values() for key in keys_of(part).values()}
"""What is known about each setting, by its key in the stack file."""


def _unquoted(stack: str) -> list[Problem]:
    """Return the texts of a stack's file that reach the program as something else (`1e5` as 100000)."""
    path = _ROOT / f"Pulumi.{stack}.yaml"
    if not path.is_file():  # the CLI was given another
        return []
    keys = unquoted(load_yaml(_ROOT / "Pulumi.yaml"), load_yaml(path))
    return [Problem(key, "is a number or a truth value to YAML: put it in quotes") for key in keys]


def _unknown(name: str) -> Problem:
    if name in REFUSED_KEYS:
        return Problem(name, f"is not offered: {REFUSED_KEYS[name]}")
    return Problem(name, "is not a setting of this project (docs/settings.md)", "", did_you_mean(name, KEYS))
