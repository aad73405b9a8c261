"""Glue jobs: what a run may cost, where its log goes, and what its arguments hold."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    resource_rule,
    stack_resource_rule,
    strings,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers import asl_loops
from weather_policies.readers.calls import STARTED, overridden
from weather_policies.readers.machines import starts, tasks_of
from weather_policies.readers.types import (
    DEV_ENDPOINT,
    JOB,
    MACHINE,
    ML_TRANSFORM,
)

SPARK_MINIMUM = 2
"""Workers of the smallest Spark job: a driver and an executor."""

RAY_WORKER = "Z.2X"

FLEX_WORKERS = ("G.1X", "G.2X")
"""Worker types that FLEX takes (Glue developer guide, "Flexible execution")."""


_JOB_URL = "https://docs.aws.amazon.com/glue/latest/dg/add-job.html"


def _kind(job: Resource) -> str:
    """The command of a job; one that is not known before the update counts as Spark's."""
    command = job.props.child("command")
    return (command.text("name") if command is not None and command.known("name") else None) or "glueetl"


def _is_spark(job: Resource) -> bool:
    return job.type == JOB and _kind(job) not in {"pythonshell", "glueray"}


def _above(label: str, name: str, value: object, most: float) -> Iterator[str]:
    """What is wrong with a number that a start gives a job."""
    number = asl_loops.number_of(value)
    if number is None:
        yield f"{label} starts a job with {name} computed at run time: write the number, at most {most:g}"
    elif number > most:
        yield f"{label} starts a job with {name} {number:g}, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-timeout",
        description="A Glue job has a timeout within bounds.",
        why="A hung run is billed until its timeout, by default 8 hours, 48 before Glue 5.0.",
        steps="Set timeout, in minutes, to a few times the longest run seen.",
        url=_JOB_URL,
        tags=("cost", "reliability"),
        severity=HIGH,
        config={"maxMinutes": integer(120, "Longest timeout of a job, in minutes.", minimum=1)},
    ),
    *STARTED,
)
def job_timeout(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the job's own limit, and those that starts put in its place; a streaming job runs on."""
    most = config.number("maxMinutes")
    for label, value in overridden(job, "timeout"):
        yield from _above(label, "Timeout", value, most)
    if job.type != JOB or _kind(job) == "gluestreaming":
        return
    minutes = job.props.number("timeout")
    if not minutes or minutes < 0:
        yield f"timeout is not set: a hung run is billed for hours; set at most {most:g} minutes"
    elif minutes > most:
        yield f"timeout is {minutes:g} minutes, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-workers",
        description="A Glue job has a number of workers within bounds.",
        why="Workers multiply every minute of every run; a week of stations does not fill two.",
        steps="Set numberOfWorkers to at least 2 (Spark's minimum) and at most the class's limit.",
        url=_JOB_URL,
        tags=("cost",),
        severity=HIGH,
        config={"maxWorkers": integer(10, "Most workers of one job.", minimum=2)},
    ),
    *STARTED,
    DEV_ENDPOINT,
    ML_TRANSFORM,
)
def job_workers(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge workers of jobs, endpoints and transforms, and those that starts put in their place."""
    most = config.number("maxWorkers")
    for label, value in overridden(job, "numberOfWorkers"):
        yield from _above(label, "NumberOfWorkers", value, most)
    if job.type in {DEV_ENDPOINT, ML_TRANSFORM}:
        for key in ("numberOfWorkers", "numberOfNodes", "maxCapacity"):
            count = job.props.number(key)
            if count is not None and count > most:
                yield f"{key} is {count:g}, at most {most:g} are allowed"
        return
    if job.type != JOB or _kind(job) == "pythonshell":
        return
    workers = job.props.number("numberOfWorkers")
    if workers is None:
        yield f"numberOfWorkers is not set: AWS chooses 10; set 2 to {most:g}"
    elif workers < SPARK_MINIMUM and _is_spark(job):
        yield f"numberOfWorkers is {workers:g}, a Spark job needs at least {SPARK_MINIMUM}"
    elif workers > most:
        yield f"numberOfWorkers is {workers:g}, at most {most:g} are allowed"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-worker-type",
        description="A Glue job uses a worker type of the list.",
        why="Each step in size doubles the price of a worker.",
        steps="Use one of the listed worker types, or widen the list in the class's configuration.",
        url=_JOB_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={"allowed": strings(("G.1X", "G.2X"), "Worker types a job may use.")},
    ),
    *STARTED,
)
def job_worker_type(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the worker type of Spark and Ray jobs, and those that starts put in its place."""
    allowed = config.texts("allowed")
    for label, value in overridden(job, "workerType"):
        if value not in allowed:
            yield f"{label} starts a job with a WorkerType that is not one of {', '.join(allowed)}"
    if job.type == JOB and _kind(job) == "glueray":
        if (job.props.text("workerType") or RAY_WORKER) != RAY_WORKER:
            yield f"workerType is not {RAY_WORKER}, the only one that Ray has"
    elif _is_spark(job) and job.props.text("workerType") not in allowed:
        yield f"workerType is not one of {', '.join(allowed)}"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-capacity",
        description="A Spark job is sized by workers, never by MaxCapacity.",
        why="MaxCapacity beside workers is refused by AWS, alone it hides what a run costs.",
        steps="Remove maxCapacity; set workerType and numberOfWorkers.",
        url=_JOB_URL,
        tags=("cost", "reliability"),
        severity=MEDIUM,
    ),
    *STARTED,
)
def job_capacity(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Refuse MaxCapacity, known or not, on a Spark job or in a start."""
    del config
    for label, _ in overridden(job, "maxCapacity"):
        yield f"{label} starts a job with MaxCapacity: size it by WorkerType and NumberOfWorkers"
    if _is_spark(job) and job.props.has("maxCapacity"):
        yield "maxCapacity is set: size a Spark job by workerType and numberOfWorkers"
    elif job.type == JOB and _kind(job) == "pythonshell" and (job.props.number("maxCapacity") or 0) > 1:
        yield "maxCapacity is above 1: a Python shell has 0.0625 or 1 DPU"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-execution-class",
        description="A Glue job uses an execution class of its environment: FLEX outside production.",
        why="FLEX costs a third less; outside production nobody waits for the run.",
        steps="Set executionClass to an allowed one; FLEX takes workers G.1X and G.2X only.",
        url="https://docs.aws.amazon.com/glue/latest/dg/add-job.html#flexible-execution",
        tags=("cost",),
        severity=MEDIUM,
        config={"allowed": strings(("FLEX",), "Execution classes a job may use.")},
    ),
    *STARTED,
)
def job_execution_class(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the class (STANDARD if unset), and whether FLEX can run what is asked; a stream has no class."""
    allowed = config.texts("allowed")
    for label, value in overridden(job, "executionClass"):
        if value not in allowed:
            yield f"{label} starts a job with an ExecutionClass that is not one of {', '.join(allowed)}"
    if not _is_spark(job) or _kind(job) == "gluestreaming":
        return
    wanted = job.props.text("executionClass") or "STANDARD"
    if wanted not in allowed:
        yield f"executionClass is not one of {', '.join(allowed)} (STANDARD if unset)"
    if wanted == "FLEX" and job.props.text("workerType") not in FLEX_WORKERS:
        yield f"executionClass FLEX runs on {' and '.join(FLEX_WORKERS)} only: AWS refuses this job"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-version",
        description="A Glue job pins a supported Glue version.",
        why="Unset, the version is AWS's choice of the day; an old one has no support and higher prices.",
        steps="Set glueVersion to one of the list.",
        url="https://docs.aws.amazon.com/glue/latest/dg/release-notes.html",
        tags=("cost", "reliability", "security"),
        severity=HIGH,
        config={
            "supported": strings(("5.0", "5.1", "6.0"), "Glue versions a Spark job may use."),
            "supportedPythonShell": strings(("3.0", "5.0", "5.1"), "Glue versions a Python shell may use."),
            "supportedRay": strings(("4.0",), "Glue versions a Ray job may use."),
        },
    ),
    JOB,
)
def job_version(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the pinned version: Python shell and Ray have versions of their own."""
    key = {"pythonshell": "supportedPythonShell", "glueray": "supportedRay"}.get(_kind(job), "supported")
    if job.props.text("glueVersion") not in config.texts(key):
        yield f"glueVersion is not one of {', '.join(config.texts(key))}"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-concurrency",
        description="A Glue job bounds its concurrent runs, and queues none where AWS refuses it.",
        why="A loop of starts pays for each of them at the same time.",
        steps="Set executionProperty.maxConcurrentRuns; no jobRunQueuingEnabled with FLEX.",
        url=_JOB_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={"maxRuns": integer(3, "Most concurrent runs of one job.", minimum=1)},
    ),
    JOB,
)
def job_concurrency(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge concurrency (1 if unset) and queuing."""
    execution, most = job.props.child("executionProperty"), config.number("maxRuns")
    runs = execution.number("maxConcurrentRuns") if execution else None
    if runs is not None and runs > most:
        yield f"maxConcurrentRuns is {runs:g}, at most {most:g} are allowed"
    if job.props.flag("jobRunQueuingEnabled") and job.props.text("executionClass") == "FLEX":
        yield "jobRunQueuingEnabled does not go with executionClass FLEX: AWS refuses this job"


@stack_resource_rule(
    RuleMetadata(
        name="weather-glue-job-retries",
        description="A job that a state machine starts and retries has MaxRetries 0.",
        why="Glue's retry is a second run that the state machine does not watch: it runs, and costs, twice.",
        steps="Set maxRetries to 0 (or leave it out); retry in the state machine.",
        url="https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html",
        tags=("cost", "reliability"),
        severity=HIGH,
    ),
    JOB,
)
def job_retries(job: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for a Task with Retry that starts this job, or one whose name is computed."""
    del config
    retries = job.props.number("maxRetries")
    if not retries:
        return
    for machine in stack.of(MACHINE):
        for task in tasks_of(machine):
            if starts(task, "startJobRun", "JobName", job) and task.blocks("Retry"):
                yield f"maxRetries is {retries:g} and task {task.label} of {machine.name} retries too"
