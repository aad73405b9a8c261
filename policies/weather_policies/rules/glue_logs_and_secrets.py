"""Glue jobs: where their logs go, under which key, and what their arguments hold."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    ADVISORY,
    CRITICAL,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    resource_rule,
    stack_resource_rule,
    strings,
)
from weather_policies.kit.stack import Stack, readable
from weather_policies.readers.calls import STARTED, overridden
from weather_policies.readers.secrets import SECRET_WORDS, holds_secret, speaks_of_secret
from weather_policies.readers.types import (
    CONNECTION,
    CRAWLER,
    JOB,
    KEY,
    LOG_GROUP,
    SECURITY_CONFIGURATION,
)

_JOB_URL = "https://docs.aws.amazon.com/glue/latest/dg/add-job.html"


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
    """Follow the prefix to the declared log groups, that of the errors among them."""
    del config
    blocks = [job.props.child(b) for b in ("nonOverridableArguments", "defaultArguments")]
    named = [block.text(_PREFIX) for block in blocks if block is not None and block.has(_PREFIX)]
    prefix = named[0] if named else None
    if not prefix:
        yield "--custom-logGroup-prefix is not among defaultArguments: logs go where no retention holds"
        return
    declared = [readable(group.props, "name") or "" for group in stack.of(LOG_GROUP)]
    under = [name for name in declared if name.startswith(f"{prefix.rstrip('/')}/") or name == prefix]
    if not under:
        yield "no log group is declared under --custom-logGroup-prefix: Glue creates one without retention"
    elif under == [f"{prefix.rstrip('/')}/output"]:
        yield "only output is declared under --custom-logGroup-prefix: Glue creates error without retention"


_PREFIX = "--custom-logGroup-prefix"


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
        description="A security configuration encrypts bookmarks and S3 data.",
        why="A mode left DISABLED is a gap that the name of the resource hides.",
        steps="Set both encryption modes.",
        url="https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    SECURITY_CONFIGURATION,
)
def security_configuration_modes(configuration: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the modes of bookmarks and S3.

    Not that of CloudWatch: with it Glue writes to log groups of its own making, without retention; the key of
    the declared groups is `weather-logs-group-encryption`'s to judge.
    """
    del config
    encryption = configuration.props.child("encryptionConfiguration")
    modes = {
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
        config={"words": strings(SECRET_WORDS, "Words of argument names that speak of a secret.")},
    ),
    *STARTED,
    CONNECTION,
)
def argument_secrets(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the arguments' names, of the job's own and of a start's, and values in the form of a login."""
    words = config.texts("words")
    if job.type == CONNECTION:
        given = job.props.child("connectionProperties")
        yield from (
            f"connectionProperties has {name}: use SECRET_ID"
            for name in sorted(given or [])
            if name in PLAIN_SECRETS
        )
        if given is not None and given.known(_URL) and holds_secret(given.text(_URL)):
            yield f"{_URL} holds a login: use SECRET_ID"
        return
    for block in ("defaultArguments", "nonOverridableArguments"):
        arguments = job.props.child(block) if job.type == JOB else None
        for name in sorted(arguments or []):
            if speaks_of_secret(name, words):
                yield f"{block} has an argument whose name speaks of a secret ({name})"
            elif arguments is not None and arguments.known(name) and holds_secret(arguments.text(name)):
                yield f"{block} has an argument whose value holds a login ({name})"
    for label, value in overridden(job, "defaultArguments"):
        for name in sorted(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else ():
            if speaks_of_secret(name, words):
                yield f"{label} passes an argument whose name speaks of a secret"


_URL = "JDBC_CONNECTION_URL"

PLAIN_SECRETS = frozenset(
    {"PASSWORD", "ENCRYPTED_PASSWORD", "KAFKA_SASL_SCRAM_PASSWORD", "KAFKA_CLIENT_KEY_PASSWORD"}
)
"""Connection properties that hold a secret where SECRET_ID could name one."""


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-bookmark",
        description="A Spark job states what it does with bookmarks.",
        why="With a bookmark left on by habit a replay reads nothing; without one it reads all: say which.",
        steps="Pass --job-bookmark-option, enable, disable or pause.",
        url="https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html",
        tags=("reliability", "cost"),
        severity=LOW,
        level=ADVISORY,
    ),
    JOB,
)
def job_bookmark(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Look for the argument; a Python shell and Ray have no bookmarks."""
    del config
    command = job.props.child("command")
    kind = command.text("name") if command is not None and command.known("name") else None
    if kind in {"pythonshell", "glueray"}:
        return
    if _argument(job, "--job-bookmark-option") not in BOOKMARKS:
        yield "--job-bookmark-option is not among defaultArguments: say what a second run reads"


BOOKMARKS = frozenset({"job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause"})


def _argument(job: Resource, name: str) -> str | None:
    """An argument's default; one that cannot be overridden comes first."""
    for key in ("nonOverridableArguments", "defaultArguments"):
        block = job.props.child(key)
        if block is not None and block.has(name):
            return block.text(name)
    return None


@resource_rule(
    RuleMetadata(
        name="weather-glue-job-monitoring",
        description="What a job writes about itself is bounded: no log per task, no metrics per executor.",
        why="Spark's own log and observability metrics can cost more than the run they are about.",
        steps="Take the argument out, filter the log, or name a path for events that expires.",
        url="https://docs.aws.amazon.com/glue/latest/dg/monitor-observability.html",
        tags=("cost",),
        severity=LOW,
        level=ADVISORY,
        config={"accepted": strings((), "Arguments that are accepted all the same.")},
    ),
    JOB,
)
def job_monitoring(job: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the arguments that write by the task, the executor and the second."""
    accepted = config.texts("accepted")
    for name, (wrong, said) in DEAR.items():
        if name not in accepted and _argument(job, name) == wrong:
            yield f"{name} is {wrong}: {said}"
    if _argument(job, "--enable-spark-ui") == "true" and not _argument(job, "--spark-event-logs-path"):
        yield "--enable-spark-ui is true without --spark-event-logs-path: nothing expires its events"


DEAR = {
    "--enable-observability-metrics": ("true", "metrics by executor and source are billed as custom ones"),
    "--enable-continuous-log-filter": ("false", "every heartbeat of Spark is written, and billed, as a log"),
}
"""Arguments of a job that cost by use, the value that does, and why."""
