"""What the Glue job runs on."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components.settings.checks import between, matching, one_of
from components.settings.key import keys_of, setting

FLEX_WORKERS = ("G.1X", "G.2X")
"""Worker types FLEX runs on (Glue guide, flexible execution)."""


@dataclass(frozen=True)
class JobSettings:
    """What the Glue job runs on."""

    glue_version: str = setting(
        "string",
        "glueVersion",
        "Glue version of the job.",
        "5.1 (Spark 3.5, Python 3.11) or 6.0 (Spark 4.1, Python 3.13)",
        "the versions the job is tested with",
        one_of("5.1", "6.0", reasons={"auto": "auto would upgrade the job without a test"}),
        default="5.1",
    )
    worker_type: str = setting(
        "string",
        "workerType",
        "Worker type of the job.",
        "G.1X, G.2X, G.4X or G.8X",
        "Glue worker types for Spark jobs",
        one_of(
            *("G.1X", "G.2X", "G.4X", "G.8X"),
            reasons={"G.025X": "G.025X is for streaming jobs only", "Standard": "Standard is of Glue 2.0"},
        ),
        default="G.1X",
    )
    number_of_workers: int = setting(
        "integer",
        "numberOfWorkers",
        "Workers of the job, the driver among them.",
        "2 to 50",
        "2 is Glue's minimum for Spark; 50 keeps a mistake below the price of a day's work",
        between(2, 50),
        default=2,
    )
    execution_class: str = setting(
        "string",
        "executionClass",
        "STANDARD starts at once; FLEX is a third cheaper, starts when there is room and may lose workers.",
        "STANDARD or FLEX",
        "Glue API, ExecutionClass",
        one_of("STANDARD", "FLEX"),
        default="STANDARD",
    )
    timeout_minutes: int = setting(
        "integer",
        "jobTimeoutMinutes",
        "Time after which Glue stops a run of the job.",
        "1 to 480",
        "480 is Glue's default since 5.0",
        between(1, 480),
        default=60,
    )
    max_concurrent_runs: int = setting(
        "integer",
        "jobMaxConcurrentRuns",
        "Runs of the job that may go at once; overlapping runs lose nothing.",
        "1 to 10",
        "a replay beside the weekly run needs 2",
        between(1, 10),
        default=2,
    )
    queuing: bool = setting(
        "boolean",
        "jobQueuing",
        "Whether Glue queues a run that lacks capacity instead of failing it.",
        "true or false; not with FLEX",
        "Glue guide, job run queuing",
        default=False,
    )
    engine: str = setting(
        "string",
        "engine",
        "What schedules the sites of a run: threads of the driver, Spark tasks, or whichever fits the work.",
        "auto, embedded or spark",
        "the job's argument --engine",
        one_of("auto", "embedded", "spark"),
        default="auto",
    )
    wheel_bundle: str = setting(
        "string",
        "wheelBundle",
        "Path of a *.gluewheels.zip with the job's dependencies; empty lets Glue install them from PyPI.",
        "empty, or a path that ends in .gluewheels.zip",
        "Glue guide, --additional-python-modules (Glue 5.0 and later)",
        matching(r"|.+\.gluewheels\.zip"),
        default="",
    )

    def conflicts(self) -> list[Problem]:
        """Return the combinations of these settings that Glue refuses (guide, flexible execution)."""
        found: list[Problem] = []
        keys = keys_of(type(self))
        if self.execution_class == "FLEX" and self.worker_type not in FLEX_WORKERS:
            found.append(
                keys["worker_type"].problem(
                    f"{self.worker_type}, and FLEX runs on {' and '.join(FLEX_WORKERS)} only"
                )
            )
        if self.execution_class == "FLEX" and self.queuing:
            found.append(keys["queuing"].problem("true, and a FLEX job cannot be queued"))
        return found
