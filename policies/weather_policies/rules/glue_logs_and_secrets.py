"""Glue jobs: where their logs go, under which key, and what their arguments hold."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    CRITICAL,
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
from weather_policies.readers.types import (
    CATALOG_ENCRYPTION,
    CONNECTION,
    CRAWLER,
    JOB,
    KEY,
    LOG_GROUP,
    SECURITY_CONFIGURATION,
)

SPARK_MINIMUM = 2
"""Workers of the smallest Spark job: a driver and an executor."""

SECRET_WORDS = (
    *("password", "passwd", "pwd", "pass", "passphrase", "secret", "secrets", "secret_key", "secretkey"),
    *("api_key", "apikey", "access_key", "private_key", "privatekey", "token", "credential", "credentials"),
    *("auth", "authorization", "bearer", "conn_str", "connection_string", "connstr", "webhook", "dsn"),
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
    """Judge the names of the arguments, of the job's own and of a start's; the values are not looked at."""
    words = config.texts("words")
    if job.type == CONNECTION:
        given = job.props.child("connectionProperties")
        yield from (
            f"connectionProperties has {name}: use SECRET_ID"
            for name in sorted(given or [])
            if name in PLAIN_SECRETS
        )
        return
    for block in ("defaultArguments", "nonOverridableArguments"):
        arguments = job.props.child(block) if job.type == JOB else None
        for name in sorted(arguments or []):
            if speaks_of_secret(name, words):
                yield f"{block} has an argument whose name speaks of a secret ({name})"
    for label, value in overridden(job, "defaultArguments"):
        for name in sorted(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else ():
            if speaks_of_secret(name, words):
                yield f"{label} passes an argument whose name speaks of a secret"


PLAIN_SECRETS = frozenset(
    {"PASSWORD", "ENCRYPTED_PASSWORD", "KAFKA_SASL_SCRAM_PASSWORD", "KAFKA_CLIENT_KEY_PASSWORD"}
)
"""Connection properties that hold a secret where SECRET_ID could name one."""

_NAMES_IT = re.compile(
    r"(?:arn|name|id|ids|path|ref|parameter|secret_?arn|secret_?name|file|location|count|size|limit|max)"
)


def speaks_of_secret(name: str, words: list[str]) -> bool:
    """Whether an argument's name says that its value is a secret, and not where one is kept.

    Names are compared word by word: `--tokenizer` and `--max_tokens` are no tokens, `--password_secret_arn`
    names a secret's ARN.

    >>> [speaks_of_secret(n, ["token", "password"]) for n in ("--api_token", "--tokenizer", "--password_arn")]
    [True, False, False]
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    parts = [part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part]
    if not parts or _NAMES_IT.fullmatch(parts[-1]) or parts[0] in {"max", "min"}:
        return False
    joined = "_".join(parts)
    return any(re.search(rf"(?:^|_){re.escape(word)}(?:$|_)", joined) for word in words)


@resource_rule(
    RuleMetadata(
        name="weather-glue-catalog-encryption",
        description="Settings of the catalogue's encryption encrypt its metadata and connection passwords.",
        why="A connection's password is part of the catalogue, and readable with it.",
        steps="Set encryptionAtRest to SSE-KMS and returnConnectionPasswordEncrypted to true.",
        url="https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    CATALOG_ENCRYPTION,
)
def catalog_encryption(settings: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge both parts of the settings."""
    del config
    block = settings.props.child("dataCatalogEncryptionSettings")
    rest = block.child("encryptionAtRest") if block else None
    passwords = block.child("connectionPasswordEncryption") if block else None
    if rest is None or (rest.text("catalogEncryptionMode") or "DISABLED") == "DISABLED":
        yield "encryptionAtRest.catalogEncryptionMode is not set or DISABLED"
    if passwords is None or not passwords.flag("returnConnectionPasswordEncrypted"):
        yield "connectionPasswordEncryption.returnConnectionPasswordEncrypted is not true"
