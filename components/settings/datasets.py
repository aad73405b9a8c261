"""What the datasets are made with: zone, weeks, sites, device profiles, quality, outputs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from weather_etl.checking import Problem, configuration_problems, read_ledger

from components import schedule
from components.settings.checks import one_of, time_zone
from components.settings.key import setting

PROJECT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class DatasetSettings:
    """What the datasets are made with: zone, weeks, sites, device profiles, quality, outputs."""

    timezone: str = setting(
        "string",
        "timezone",
        "Time zone of the aggregation windows, unless a site sets its own.",
        "an IANA zone or +HH:MM",
        "IANA time zone database",
        time_zone,
        default="Asia/Ho_Chi_Minh",
    )
    week_start: str = setting(
        "string",
        "weekStart",
        "First day of a week of the weekly dataset; iso is Monday with ISO week numbers.",
        "a weekday in lower case, or iso",
        "the job's argument --week_start",
        one_of(*schedule.WEEKDAYS, "iso"),
        default="sunday",
    )
    sites: Mapping[str, Any] = setting(
        "object",
        "sites",
        "What is known of a site, by its name: timezone, elevation_m, latitude, longitude, wind_scale, "
        "interval_s, qc_profile, qc.",
        "an object of objects",
        "the job's run configuration",
        default={},
    )
    profiles: Sequence[Any] = setting(
        "array",
        "profiles",
        "Device profiles beside the built-in ones.",
        "an array of profile objects",
        "the job's run configuration",
        default=[],
        items="object",
    )
    quality_limits: Mapping[str, Any] = setting(
        "object",
        "qualityLimits",
        "Shares at which the quality verdict is warn or fail where they differ from the job's own: "
        "quarantined_share, unreadable_share, clock_replaced_share, failed_values_share, "
        "contradicted_values_share, minimum_count.",
        "an object of {warn, fail}, each 0 to 1, and minimum_count",
        "the job's run configuration",
        default={},
    )
    qc_rules: Mapping[str, Any] = setting(
        "object",
        "qcRules",
        "Quality control rules that differ from the job's own: {variable: {rule: parameters}}.",
        "an object of objects",
        "the job's run configuration",
        default={},
    )
    outputs: Mapping[str, Any] = setting(
        "object",
        "outputs",
        "Beside plain CSV: parquet, gzip, report (booleans; a page beside each run), presets (names).",
        "an object with some of these keys",
        "the job's run configuration",
        default={},
    )
    ledgers: str = setting(
        "string",
        "ledgers",
        "Folder of the station ledgers, one <site>.csv each (docs/etl.md), which the job applies.",
        "empty, or a folder of the project",
        "the job's run configuration",
        default="",
    )

    def ledger_files(self) -> dict[str, bytes]:
        """Return the contents of the ledgers by the names of their files."""
        files = sorted((PROJECT / self.ledgers).glob("*.csv")) if self.ledgers else []
        return {file.name: file.read_bytes() for file in files}

    def run_configuration(self) -> dict[str, Any]:
        """Return the document the job reads by ``--config``: what is set, and nothing that is not."""
        parts: dict[str, Any] = {
            "sites": self.sites,
            "profiles": self.profiles,
            "qc": self.qc_rules,
            "quality": self.quality_limits,
            "outputs": self.outputs,
        }
        return {name: value for name, value in parts.items() if value}

    def conflicts(self) -> list[Problem]:
        """Return what the job would refuse of its configuration, in the job's own words."""
        keys = {"qc": "qcRules", "quality": "qualityLimits"}
        found: list[Problem] = []
        for problem in configuration_problems(self.run_configuration()):
            part = re.split(r"[.\[]", problem.where, maxsplit=1)[0]
            where = f"{keys.get(part, part)}{problem.where.removeprefix(part)}"
            found.append(replace(problem, where=where))
        return [*found, *self._ledger_problems()]

    def _ledger_problems(self) -> list[Problem]:
        if self.ledgers and not (PROJECT / self.ledgers).is_dir():
            return [Problem("ledgers", f"{self.ledgers!r} is not a folder of the project")]
        return [
            problem
            for name, data in self.ledger_files().items()
            for problem in read_ledger(data, f"{self.ledgers}/{name}")[1]
        ]
