"""How the state machine polls and retries, and what its log holds."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components.settings.checks import between, one_of
from components.settings.key import setting


@dataclass(frozen=True)
class WorkflowSettings:
    """How the state machine polls and retries, and what its log holds."""

    poll_seconds: int = setting(
        "integer",
        "pollSeconds",
        "Wait between two looks at the crawler.",
        "1 to 600",
        "120 by the specification; shorter only where nothing is billed per transition",
        between(1, 600),
        default=120,
    )
    poll_limit: int = setting(
        "integer",
        "pollLimit",
        "Looks at the crawler before it is stopped and the run fails.",
        "1 to 200",
        "an execution's history ends at 25,000 events (Step Functions quotas)",
        between(1, 200),
        default=30,
    )
    retry_pace: str = setting(
        "string",
        "retryPace",
        "Intervals between retries: real, or fast (one second) for tests.",
        "real or fast; fast only where environment is local",
        "this project",
        one_of("real", "fast"),
        default="real",
    )
    execution_data_in_logs: bool = setting(
        "boolean",
        "executionDataInLogs",
        "Whether the state machine's log holds the data of each state beside its name.",
        "true or false",
        "this project; messages of devices may be personal",
        default=False,
    )

    def conflicts(self) -> list[Problem]:
        """Return nothing: each of these settings stands alone."""
        return []
