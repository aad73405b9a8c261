"""How long logs, records and replaced data are kept."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components.settings.checks import between, one_of
from components.settings.key import setting

LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""What CloudWatch Logs accepts (API reference, PutRetentionPolicy)."""


@dataclass(frozen=True)
class RetentionSettings:
    """How long logs, records and replaced data are kept."""

    log_retention_days: int = setting(
        "integer",
        "logRetentionDays",
        "Days the stack's log groups keep their events.",
        "one of " + ", ".join(map(str, LOG_RETENTION_DAYS)),
        "CloudWatch Logs API, PutRetentionPolicy",
        one_of(*LOG_RETENTION_DAYS),
        default=30,
    )
    quarantine_days: int = setting(
        "integer",
        "quarantineDays",
        "Days quarantined messages and error records are kept.",
        "1 to 3650",
        "this project",
        between(1, 3650),
        default=90,
    )
    run_record_days: int = setting(
        "integer",
        "runRecordDays",
        "Days manifests and summaries of runs are kept.",
        "30 to 3650",
        "the watchdog and the cost report read the last weeks",
        between(30, 3650),
        default=400,
    )
    noncurrent_days: int = setting(
        "integer",
        "noncurrentDays",
        "Days a replaced version of a dataset file is kept.",
        "1 to 365",
        "this project",
        between(1, 365),
        default=30,
    )

    def conflicts(self) -> list[Problem]:
        """Return nothing: each of these settings stands alone."""
        return []
