"""Glue jobs: what a run may cost, where its log goes, and what its arguments hold."""

import re
from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    CRITICAL,
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
from weather_policies.kit.stack import Stack, readable
from weather_policies.readers.machines import starts, tasks_of
from weather_policies.readers.types import (
    CRAWLER,
    JOB,
    KEY,
    LOG_GROUP,
    MACHINE,
    SECURITY_CONFIGURATION,
)

SPARK_MINIMUM = 2
"""Workers of the smallest Spark job: a driver and an executor."""

FLEX_WORKERS = ("G.1X", "G.2X")
"""Worker types that FLEX takes (Glue developer guide, "Flexible execution")."""


_JOB_URL = "https://docs.aws.amazon.com/glue/latest/dg/add-job.html"


def _is_spark(job: Resource) -> bool:
    """Whether a job runs on Spark workers; a command that is not known before the update counts as one."""
    command = job.props.child("command")
    return (
        command is None or not command.known("name") or command.text("name") not in {"pythonshell", "glueray"}
    )


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
    JOB,
)
def job_timeout(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the job's own limit."""
    minutes, most = job.props.number("timeout"), config.number("maxMinutes")
    if not minutes:
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
    JOB,
)
def job_workers(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the number of workers of a Spark job."""
    if not _is_spark(job):
        return
    workers, most = job.props.number("numberOfWorkers"), config.number("maxWorkers")
    if workers is None:
        yield f"numberOfWorkers is not set: AWS chooses 10; set 2 to {most:g}"
    elif workers < SPARK_MINIMUM:
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
    JOB,
)
def job_worker_type(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the worker type of a Spark job."""
    if _is_spark(job) and job.props.text("workerType") not in config.texts("allowed"):
        yield f"workerType is not one of {', '.join(config.texts('allowed'))}"


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
    JOB,
)
def job_capacity(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Refuse MaxCapacity, known or not."""
    del config
    if _is_spark(job) and job.props.has("maxCapacity"):
        yield "maxCapacity is set: size a Spark job by workerType and numberOfWorkers"


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
    JOB,
)
def job_execution_class(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the class (STANDARD if unset), and whether FLEX can run what is asked."""
    if not _is_spark(job):
        return
    wanted = job.props.text("executionClass") or "STANDARD"
    if wanted not in config.texts("allowed"):
        yield f"executionClass is not one of {', '.join(config.texts('allowed'))} (STANDARD if unset)"
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
        config={"supported": strings(("5.0", "5.1", "6.0"), "Glue versions a job may use.")},
    ),
    JOB,
)
def job_version(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the pinned version."""
    if job.props.text("glueVersion") not in config.texts("supported"):
        yield f"glueVersion is not one of {', '.join(config.texts('supported'))}"


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
    """Look for a Task with Retry that starts this job."""
    del config
    retries = job.props.number("maxRetries")
    if not retries:
        return
    for machine in stack.of(MACHINE):
        for task in tasks_of(machine):
            if starts(task, "startJobRun", "JobName", job) and task.blocks("Retry"):
                yield f"maxRetries is {retries:g} and task {task.label} of {machine.name} retries too"


@stack_resource_rule(
    RuleMetadata(
        name="weather-glue-job-log-group",
        description="A Glue job writes to log groups of the stack's own.",
        why="The account-wide /aws-glue/jobs groups have no retention: each run's log is kept for ever.",
        steps="Pass --custom-logGroup-prefix and declare the log groups under that prefix.",
        url="https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging-enable.html",
        tags=("cost", "reliability"),
        severity=MEDIUM,
    ),
    JOB,
)
def job_log_group(job: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Follow the prefix to a declared log group."""
    del config
    arguments = job.props.child("defaultArguments")
    prefix = arguments.text("--custom-logGroup-prefix") if arguments else None
    if not prefix:
        yield "--custom-logGroup-prefix is not among defaultArguments: logs go where no retention holds"
        return
    declared = [readable(group.props, "name") or "" for group in stack.of(LOG_GROUP)]
    if not any(name.startswith(f"{prefix.rstrip('/')}/") or name == prefix for name in declared):
        yield "no log group is declared under --custom-logGroup-prefix: Glue creates one without retention"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-script-version",
        description="A job's script lies under a key that changes with its content.",
        why="With a fixed key an edited script changes no resource: no diff, no review, no way back.",
        steps="Put a content hash into the key: scripts/<sha>/job.py.",
        url="https://www.pulumi.com/docs/iac/concepts/assets-archives/",
        tags=("reliability",),
        severity=MEDIUM,
        config={
            "pattern": {
                "type": "string",
                "format": "regex",
                "description": "What the key must hold.",
                "default": "[0-9a-f]{8,64}",
            }
        },
    ),
    JOB,
)
def job_script_version(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Look for a hash in the script's key; one made of outputs is not known before the update."""
    command = job.props.child("command")
    if command is None or not command.has("scriptLocation"):
        yield "command.scriptLocation is not set"
        return
    bucket_and_key = (command.text("scriptLocation") or "").removeprefix("s3://")
    if not re.search(config.text("pattern"), bucket_and_key.partition("/")[2]):
        yield "command.scriptLocation holds no content hash: an edited script would not be a change"


@stack_resource_rule(
    RuleMetadata(
        name="weather-glue-job-security-configuration",
        description="Where the stack has a KMS key, jobs and crawlers name a security configuration.",
        why="Glue encrypts its logs, bookmarks and temporary data by the security configuration alone.",
        steps="Declare an aws.glue.SecurityConfiguration and name it on jobs and crawlers.",
        url="https://docs.aws.amazon.com/securityhub/latest/userguide/glue-controls.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    JOB,
    CRAWLER,
)
def security_configuration(
    glue: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Ask for one where there is a key."""
    del config
    if stack.of(KEY) and not glue.props.has("securityConfiguration"):
        yield "the stack has a KMS key and this resource names no securityConfiguration"


@resource_rule(
    RuleMetadata(
        name="weather-glue-securityconfiguration-modes",
        description="A security configuration encrypts logs, bookmarks and S3 data.",
        why="A mode left DISABLED is a gap that the name of the resource hides.",
        steps="Set all three encryption modes.",
        url="https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    SECURITY_CONFIGURATION,
)
def security_configuration_modes(configuration: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the three modes."""
    del config
    encryption = configuration.props.child("encryptionConfiguration")
    modes = {
        "cloudwatchEncryption": "cloudwatchEncryptionMode",
        "jobBookmarksEncryption": "jobBookmarksEncryptionMode",
        "s3Encryption": "s3EncryptionMode",
    }
    for block, mode in modes.items():
        part = encryption.child(block) if encryption else None
        if part is None or part.text(mode) in {None, "DISABLED"}:
            yield f"{block}.{mode} is not set or DISABLED"


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-argument-secrets",
        description="A job's arguments hold no secrets.",
        why="Arguments are shown in the console, in every run's record and in the log.",
        steps="Pass the name of a Secrets Manager secret, and read it in the job.",
        url="https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html",
        tags=("security",),
        severity=CRITICAL,
        config={
            "words": strings(
                ("password", "passwd", "secret_key", "secretkey", "api_key", "apikey", "token", "credential"),
                "Parts of argument names that speak of a secret.",
            )
        },
    ),
    JOB,
)
def argument_secrets(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the names of the arguments; the values are not looked at."""
    for block in ("defaultArguments", "nonOverridableArguments"):
        arguments = job.props.child(block)
        for name in sorted(arguments or []):
            plain = name.lower().replace("-", "_").strip("_")
            if any(word in plain for word in config.texts("words")):
                yield f"{block} has an argument whose name speaks of a secret ({name})"
