"""The settings of a stack: read once, checked together, refused with every problem named at once.

``Settings`` is the one place that knows a setting's key, type, default, limit and the source of that limit.
The ``config`` block of ``Pulumi.yaml`` and ``docs/settings.md`` are generated from it.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from pulumi.runtime import config as runtime_config

from components import schedule, workflow
from components.naming import PROJECT, Names, table_of_prefix

LOG_RETENTION_DAYS = (
    *(
        1,
        3,
        5,
        7,
        14,
        30,
        60,
        90,
        120,
        150,
        180,
        365,
        400,
        545,
        731,
        1096,
        1827,
        2192,
        2557,
        2922,
        3288,
        3653,
    ),
)
"""What CloudWatch Logs accepts (API reference, PutRetentionPolicy)."""

DATASET_TABLES = ("observations", "hourly", "daily", "weekly")

REFUSED_KEYS = {
    "maxCapacity": "Glue refuses MaxCapacity beside a worker type; the job is sized by workerType and "
    "numberOfWorkers",
    "maxRetries": "Glue's own retry starts a run the workflow does not watch; the workflow retries",
    "jobBookmarks": "a run's window is explicit; bookmarks would hide messages from a replay",
}
"""Settings people look for that this stack does not have, and why."""

Value = Any
"""The value of a setting: text, number, truth, list or dictionary, as its key's type says."""

Check = Callable[[Value], str | None]
"""Returns what is wrong with a value of the right type, or None."""


@dataclass(frozen=True)
class Key:
    """What is known about one setting.

    Attributes:
        name: key in the stack file, without the project's namespace.
        type: Pulumi's name of the type: string, integer, boolean, array or object.
        description: what the setting does.
        limit: what values are accepted, in words.
        source: where the limit comes from.
        default: value when the stack file does not give one; None where it must.
        items: type of an array's items.
        check: finds what is wrong with a value of the right type.
    """

    name: str
    type: str
    description: str
    limit: str
    source: str
    default: Value
    items: str | None
    check: Check


@dataclass(frozen=True)
class Problem:
    """One reason why the settings are refused."""

    key: str
    value: str
    limit: str
    source: str

    def __str__(self) -> str:
        """Return the problem in one line."""
        return f"{PROJECT}:{self.key} = {self.value}: {self.limit} ({self.source})"


class SettingsError(ValueError):
    """The settings of a stack were refused; ``problems`` lists every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"{len(problems)} problem(s) in the stack's settings:\n{lines}")


def _anything(_value: Value) -> str | None:
    return None


def _matching(pattern: str) -> Check:
    def check(value: Value) -> str | None:
        return None if re.fullmatch(pattern, value) else f"does not match {pattern}"

    return check


def _between(low: int, high: int) -> Check:
    def check(value: Value) -> str | None:
        return None if low <= value <= high else f"is not from {low} to {high}"

    return check


def _one_of(*allowed: Value, hints: Mapping[str, str] | None = None) -> Check:
    def check(value: Value) -> str | None:
        if value in allowed:
            return None
        hint = (hints or {}).get(value)
        return f"is not one of {', '.join(map(str, allowed))}" + (f"; {hint}" if hint else "")

    return check


def _valid(parse: Callable[[str], object]) -> Check:
    def check(value: Value) -> str | None:
        try:
            parse(value)
        except ValueError as error:
            return str(error)
        return None

    return check


def _instant(text: str) -> None:
    if text and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("has no UTC offset")


def _zone(text: str) -> None:
    if re.match(r"[+-]", text):
        schedule.parse_offset(text)
        return
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:  # unknown, malformed or a folder of the database
        raise ValueError(f"{text!r} is no time zone") from error


def _prefix(value: str) -> str | None:
    if not re.fullmatch(r"([A-Za-z0-9!_.*'()-]+/)+", value):
        return "is not one or more segments of safe characters, each followed by /"
    if table_of_prefix(value) in DATASET_TABLES:
        return f"would name the raw table {table_of_prefix(value)}, which is the name of a dataset"
    return None


def _objects_by_name(value: dict[str, Any]) -> str | None:
    wrong = [name for name, item in value.items() if not isinstance(item, dict)]
    return f"has something other than an object under {', '.join(wrong)}" if wrong else None


def _limits(value: dict[str, Any]) -> str | None:
    def right(name: str, item: Value) -> bool:
        if name == "minimum_count":
            return isinstance(item, int) and not isinstance(item, bool)
        shares = cast("dict[str, Value]", item) if isinstance(item, dict) else {"": None}
        return set(shares) <= {"warn", "fail"} and all(map(_is_share, shares.values()))

    wrong = [name for name, item in value.items() if not right(name, item)]
    return (
        f"has neither {{warn, fail}} with shares nor minimum_count under {', '.join(wrong)}"
        if wrong
        else None
    )


def _is_share(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def _outputs(value: dict[str, Any]) -> str | None:
    kinds: dict[str, type] = {"parquet": bool, "gzip": bool, "presets": list}
    wrong = [name for name, item in value.items() if name not in kinds or not isinstance(item, kinds[name])]
    return f"has an unknown key or a wrong type under {', '.join(wrong)}" if wrong else None


def _objects(value: list[Any]) -> str | None:
    return None if all(isinstance(item, dict) for item in value) else "has an item that is not an object"


def _subscribers(value: list[Any]) -> str | None:
    patterns = {
        "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
        "email-json": r"[^@\s]+@[^@\s]+\.[^@\s]+",
        "https": r"https://\S+",
        "sqs": r"arn:[\w-]+:sqs:\S+",
    }
    for item in value:
        entry = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        pattern = patterns.get(str(entry.get("protocol")))
        if set(entry) != {"protocol", "endpoint"} or pattern is None:
            return f"{item} is not {{protocol: {' | '.join(patterns)}, endpoint: ...}}"
        if not re.fullmatch(pattern, str(entry["endpoint"])):
            return f"{entry['endpoint']} is no endpoint of protocol {entry['protocol']}"
    return None


def _key(
    type_: str,
    name: str,
    description: str,
    limit: str,
    source: str,
    check: Check = _anything,
    *,
    default: Value = None,
    items: str | None = None,
) -> Value:
    """Declare a field of ``Settings``; of any type, as ``dataclasses.field`` is."""
    return field(metadata={"key": Key(name, type_, description, limit, source, default, items, check)})


@dataclass(frozen=True)
class Settings:
    """Every setting of a stack, checked.

    Times of day and weekdays are local to ``schedule_utc_offset``; durations say their unit in the name.
    """

    unique_suffix: str = _key(
        "string",
        "uniqueSuffix",
        "Ends every name of the stack, so that stacks can share an account.",
        "3 to 16 lower-case letters and digits",
        "the names it enters: S3 allows no capitals, Glue databases no dashes",
        _matching("[a-z0-9]{3,16}"),
    )
    environment: str = _key(
        "string",
        "environment",
        "Environment class of the stack; a tag, and what policies scale their limits by.",
        "dev, staging, prod or local",
        "this project",
        _one_of("dev", "staging", "prod", "local"),
    )
    account: str = _key(
        "string",
        "account",
        "AWS account the stack may be deployed to; the provider refuses any other.",
        "twelve digits",
        "AWS account ids",
        _matching(r"\d{12}"),
    )
    region: str = _key(
        "string",
        "region",
        "AWS region of every resource.",
        "a region code: area, direction and number",
        "AWS region codes",
        _matching(r"[a-z]{2}(-[a-z]+)+-\d"),
    )
    owner: str = _key(
        "string",
        "owner",
        "Who answers for the stack; a tag.",
        "1 to 64 letters, digits and @ . _ -",
        "AWS tag values, kept to what every service accepts",
        _matching(r"[A-Za-z0-9@._-]{1,64}"),
    )
    cost_centre: str = _key(
        "string",
        "costCentre",
        "Whom the stack's cost is charged to; a tag.",
        "1 to 64 letters, digits and @ . _ -",
        "AWS tag values, kept to what every service accepts",
        _matching(r"[A-Za-z0-9@._-]{1,64}"),
    )
    raw_bucket: str = _key(
        "string",
        "rawBucket",
        "Existing bucket of raw messages to read; empty creates one. An adopted bucket is never changed.",
        "empty, or a bucket name of 3 to 63 characters",
        "S3 bucket naming rules",
        _matching(r"|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        default="",
    )
    raw_bucket_kms_key_arn: str = _key(
        "string",
        "rawBucketKmsKeyArn",
        "KMS key the adopted bucket is encrypted with; empty where it has none.",
        "empty, or the ARN of a KMS key; only with rawBucket",
        "KMS key ARNs",
        _matching(r"|arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+"),
        default="",
    )
    raw_prefix: str = _key(
        "string",
        "rawPrefix",
        "Key prefix above the site folders; its last segment names the crawled table.",
        "one or more segments of safe characters, each followed by /",
        "S3 object key guidelines; table naming of Glue crawlers",
        _prefix,
        default="raw-data/weatherPlatform/telemetry/",
    )
    start_from: str = _key(
        "string",
        "startFrom",
        "Earliest ingest time the first run reads; an adopted lake may hold years. Empty reads everything.",
        "empty, or an ISO 8601 date-time with UTC offset",
        "ISO 8601",
        _valid(_instant),
        default="",
    )
    timezone: str = _key(
        "string",
        "timezone",
        "Time zone of the aggregation windows, unless a site sets its own.",
        "an IANA zone or +HH:MM",
        "IANA time zone database",
        _valid(_zone),
        default="Asia/Ho_Chi_Minh",
    )
    week_start: str = _key(
        "string",
        "weekStart",
        "First day of a week of the weekly dataset; iso is Monday with ISO week numbers.",
        "a weekday in lower case, or iso",
        "the job's argument --week_start",
        _one_of(*schedule.WEEKDAYS, "iso"),
        default="sunday",
    )
    schedule_weekday: str = _key(
        "string",
        "scheduleWeekday",
        "Local weekday of the weekly run.",
        "a weekday in lower case",
        "this project",
        _one_of(*schedule.WEEKDAYS),
        default="sunday",
    )
    schedule_time: str = _key(
        "string",
        "scheduleTime",
        "Local time of the weekly run.",
        "00:00 to 23:59",
        "24-hour clock",
        _valid(schedule.parse_time),
        default="00:00",
    )
    schedule_utc_offset: str = _key(
        "string",
        "scheduleUtcOffset",
        "Offset of the schedule's local time from UTC; fixed, since rules know no daylight saving time.",
        "-12:00 to +14:00",
        "offsets in use, tz database",
        _valid(schedule.parse_offset),
        default="+07:00",
    )
    schedule_enabled: bool = _key(
        "boolean",
        "scheduleEnabled",
        "Whether the weekly rule and the watchdog's rule fire.",
        "true or false",
        "this project",
        default=True,
    )
    watchdog_delay_hours: int = _key(
        "integer",
        "watchdogDelayHours",
        "Hours after the weekly run at which the watchdog looks for its summary.",
        "1 to 72, and later than the workflow's own time limit",
        "a run that may still be going is not missing",
        _between(1, 72),
        default=12,
    )
    poll_seconds: int = _key(
        "integer",
        "pollSeconds",
        "Wait between two looks at the crawler.",
        "1 to 600",
        "120 by the specification; shorter only where nothing is billed per transition",
        _between(1, 600),
        default=120,
    )
    poll_limit: int = _key(
        "integer",
        "pollLimit",
        "Looks at the crawler before it is stopped and the run fails.",
        "1 to 200",
        "an execution's history ends at 25,000 events (Step Functions quotas)",
        _between(1, 200),
        default=30,
    )
    retry_pace: str = _key(
        "string",
        "retryPace",
        "Intervals between retries: real, or fast (one second) for tests.",
        "real or fast; fast only where environment is local",
        "this project",
        _one_of("real", "fast"),
        default="real",
    )
    crawler_recrawl: str = _key(
        "string",
        "crawlerRecrawl",
        "What a crawl reads. New folders only misses new fields in the folders of known sites.",
        "CRAWL_EVERYTHING or CRAWL_NEW_FOLDERS_ONLY",
        "Glue API, RecrawlPolicy; event mode needs a queue this stack does not have",
        _one_of("CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY"),
        default="CRAWL_EVERYTHING",
    )
    crawler_update_behavior: str = _key(
        "string",
        "crawlerUpdateBehavior",
        "What a crawl does with a changed schema.",
        "UPDATE_IN_DATABASE or LOG",
        "Glue API, SchemaChangePolicy",
        _one_of("UPDATE_IN_DATABASE", "LOG"),
        default="UPDATE_IN_DATABASE",
    )
    crawler_sample_size: int = _key(
        "integer",
        "crawlerSampleSize",
        "Files a crawl opens in each site's folder; which ones Glue takes is not specified.",
        "1 to 249",
        "Glue API, S3Target.SampleSize",
        _between(1, 249),
        default=20,
    )
    glue_version: str = _key(
        "string",
        "glueVersion",
        "Glue version of the job.",
        "5.1 (Spark 3.5, Python 3.11) or 6.0 (Spark 4.1, Python 3.13)",
        "the versions the job is tested with",
        _one_of("5.1", "6.0", hints={"auto": "auto would upgrade the job without a test"}),
        default="5.1",
    )
    worker_type: str = _key(
        "string",
        "workerType",
        "Worker type of the job.",
        "G.1X, G.2X, G.4X or G.8X",
        "Glue worker types for Spark jobs",
        _one_of(
            *("G.1X", "G.2X", "G.4X", "G.8X"),
            hints={"G.025X": "G.025X is for streaming jobs only", "Standard": "Standard is of Glue 2.0"},
        ),
        default="G.1X",
    )
    number_of_workers: int = _key(
        "integer",
        "numberOfWorkers",
        "Workers of the job, the driver among them.",
        "2 to 50",
        "2 is Glue's minimum for Spark; 50 keeps a mistake below the price of a day's work",
        _between(2, 50),
        default=2,
    )
    execution_class: str = _key(
        "string",
        "executionClass",
        "STANDARD starts at once; FLEX is a third cheaper, starts when there is room and may lose workers.",
        "STANDARD or FLEX",
        "Glue API, ExecutionClass",
        _one_of("STANDARD", "FLEX"),
        default="STANDARD",
    )
    job_timeout_minutes: int = _key(
        "integer",
        "jobTimeoutMinutes",
        "Time after which Glue stops a run of the job.",
        "1 to 480",
        "480 is Glue's default since 5.0",
        _between(1, 480),
        default=60,
    )
    job_max_concurrent_runs: int = _key(
        "integer",
        "jobMaxConcurrentRuns",
        "Runs of the job that may go at once; overlapping runs lose nothing.",
        "1 to 10",
        "a replay beside the weekly run needs 2",
        _between(1, 10),
        default=2,
    )
    job_queuing: bool = _key(
        "boolean",
        "jobQueuing",
        "Whether Glue queues a run that lacks capacity instead of failing it.",
        "true or false; not with FLEX",
        "Glue guide, job run queuing",
        default=False,
    )
    engine: str = _key(
        "string",
        "engine",
        "What schedules the sites of a run: threads of the driver, Spark tasks, or whichever fits the work.",
        "auto, embedded or spark",
        "the job's argument --engine",
        _one_of("auto", "embedded", "spark"),
        default="auto",
    )
    wheel_bundle: str = _key(
        "string",
        "wheelBundle",
        "Path of a *.gluewheels.zip with the job's dependencies; empty lets Glue install them from PyPI.",
        "empty, or a path that ends in .gluewheels.zip",
        "Glue guide, --additional-python-modules (Glue 5.0 and later)",
        _matching(r"|.+\.gluewheels\.zip"),
        default="",
    )
    sites: Mapping[str, Any] = _key(
        "object",
        "sites",
        "What is known of a site, by its name: timezone, elevation_m, latitude, longitude, wind_scale, "
        "interval_s, qc_profile, qc.",
        "an object of objects",
        "the job's run configuration",
        _objects_by_name,
        default={},
    )
    profiles: Sequence[Any] = _key(
        "array",
        "profiles",
        "Device profiles beside the built-in ones.",
        "an array of profile objects",
        "the job's run configuration",
        _objects,
        default=[],
        items="object",
    )
    quality_limits: Mapping[str, Any] = _key(
        "object",
        "qualityLimits",
        "Shares at which the quality verdict is warn or fail where they differ from the job's own: "
        "quarantined_share, unreadable_share, clock_replaced_share, failed_values_share, minimum_count.",
        "an object of {warn, fail}, each 0 to 1, and minimum_count",
        "the job's run configuration",
        _limits,
        default={},
    )
    qc_rules: Mapping[str, Any] = _key(
        "object",
        "qcRules",
        "Quality control rules that differ from the job's own: {variable: {rule: parameters}}.",
        "an object of objects",
        "the job's run configuration",
        _objects_by_name,
        default={},
    )
    outputs: Mapping[str, Any] = _key(
        "object",
        "outputs",
        "Beside plain CSV: parquet (boolean), gzip (boolean), presets (array of names).",
        "an object with some of these keys",
        "the job's run configuration",
        _outputs,
        default={},
    )
    subscribers: Sequence[Any] = _key(
        "array",
        "subscribers",
        "Who is notified; an e-mail address must confirm its subscription.",
        "items {protocol: email | email-json | https | sqs, endpoint: ...}",
        "SNS API, Subscribe",
        _subscribers,
        default=[],
        items="object",
    )
    monthly_budget_usd: int = _key(
        "integer",
        "monthlyBudgetUsd",
        "Monthly cost of the stack above which the budget warns; at 80 % forecast and 100 % actual.",
        "1 to 10000 whole US dollars",
        "Pulumi settings have no fractions",
        _between(1, 10_000),
        default=10,
    )
    kms: bool = _key(
        "boolean",
        "kms",
        "Whether a key of the stack's own encrypts buckets, topic, queue and logs; it costs $1 a month.",
        "true or false",
        "this project",
        default=False,
    )
    dashboard: bool = _key(
        "boolean",
        "dashboard",
        "Whether there is a CloudWatch dashboard; beyond three in an account it costs $3 a month.",
        "true or false",
        "this project",
        default=False,
    )
    access_logs: bool = _key(
        "boolean",
        "accessLogs",
        "Whether the stack's buckets log their requests into a bucket of their own.",
        "true or false",
        "this project",
        default=False,
    )
    execution_data_in_logs: bool = _key(
        "boolean",
        "executionDataInLogs",
        "Whether the state machine's log holds the data of each state beside its name.",
        "true or false",
        "this project; messages of devices may be personal",
        default=False,
    )
    log_retention_days: int = _key(
        "integer",
        "logRetentionDays",
        "Days the stack's log groups keep their events.",
        "one of " + ", ".join(map(str, LOG_RETENTION_DAYS)),
        "CloudWatch Logs API, PutRetentionPolicy",
        _one_of(*LOG_RETENTION_DAYS),
        default=30,
    )
    quarantine_days: int = _key(
        "integer",
        "quarantineDays",
        "Days quarantined messages and error records are kept.",
        "1 to 3650",
        "this project",
        _between(1, 3650),
        default=90,
    )
    run_record_days: int = _key(
        "integer",
        "runRecordDays",
        "Days manifests and summaries of runs are kept.",
        "30 to 3650",
        "the watchdog and the cost report read the last weeks",
        _between(30, 3650),
        default=400,
    )
    noncurrent_days: int = _key(
        "integer",
        "noncurrentDays",
        "Days a replaced version of a dataset file is kept.",
        "1 to 365",
        "this project",
        _between(1, 365),
        default=30,
    )
    protection: str = _key(
        "string",
        "protection",
        "retain protects the buckets that hold data from deletion; disposable does not.",
        "retain or disposable; prod retains",
        "this project",
        _one_of("retain", "disposable"),
        default="retain",
    )
    delete_data_on_destroy: bool = _key(
        "boolean",
        "deleteDataOnDestroy",
        "Second key to deleting data: only with it may a bucket be deleted together with its objects.",
        "true or false; true only where protection is disposable",
        "this project",
        default=False,
    )

    @classmethod
    def load(cls) -> "Settings":
        """Read the settings of the running Pulumi program.

        Raises:
            SettingsError: at least one setting is missing, unknown, malformed or out of range.
        """
        return cls.from_config({**runtime_config.get_config_env(), **runtime_config.CONFIG.get()})

    @classmethod
    def from_config(cls, config: Mapping[str, str]) -> "Settings":
        """Build the settings from the flat text map Pulumi gives to a program.

        Args:
            config: ``namespace:key`` to text; arrays and objects are JSON. Other namespaces are ignored.

        Raises:
            SettingsError: at least one setting is missing, unknown, malformed or out of range.
        """
        given = {k.removeprefix(f"{PROJECT}:"): v for k, v in config.items() if k.startswith(f"{PROJECT}:")}
        problems = [_unknown(name, given[name]) for name in sorted(set(given) - KEYS.keys())]
        values: dict[str, Any] = {}
        for attribute, key in _FIELDS.items():
            value = _read(key, given.get(key.name), problems)
            values[attribute] = value
        if not problems:
            settings = cls(**values)
            problems = settings.conflicts()
            if not problems:
                return settings
        raise SettingsError(problems)

    @property
    def names(self) -> Names:
        """Names and ARNs of the stack."""
        return Names(self.unique_suffix, self.account, self.region)

    @property
    def raw_table(self) -> str:
        """Table the crawler keeps for the raw messages."""
        return table_of_prefix(self.raw_prefix)

    @property
    def lake_bucket(self) -> str:
        """Bucket of the raw messages, adopted or created."""
        return self.raw_bucket or self.names.data_lake_bucket

    @property
    def retain(self) -> bool:
        """Whether Pulumi protects the buckets that hold data."""
        return self.protection == "retain"

    @property
    def may_delete_data(self) -> bool:
        """Whether both keys to deleting data are turned."""
        return not self.retain and self.delete_data_on_destroy

    @property
    def pace(self) -> workflow.Pace:
        """How fast the workflow polls, retries and gives up."""
        return workflow.Pace(
            poll_seconds=self.poll_seconds,
            poll_limit=self.poll_limit,
            job_timeout_minutes=self.job_timeout_minutes,
            fast=self.retry_pace == "fast",
        )

    def conflicts(self) -> list[Problem]:
        """Return the combinations of settings that AWS or this project refuses."""
        found: list[Problem] = []

        def refuse(condition: bool, key: str, value: Value, limit: str, source: str) -> None:
            if condition:
                found.append(Problem(key, str(value), limit, source))

        flex = self.execution_class == "FLEX"
        refuse(
            flex and self.worker_type not in ("G.1X", "G.2X"),
            "workerType",
            self.worker_type,
            "FLEX runs on G.1X and G.2X only",
            "Glue guide, flexible execution",
        )
        refuse(
            flex and self.job_queuing,
            "jobQueuing",
            "true",
            "a FLEX job cannot be queued",
            "Glue guide, job run queuing",
        )
        refuse(
            self.crawler_recrawl == "CRAWL_NEW_FOLDERS_ONLY" and self.crawler_update_behavior != "LOG",
            "crawlerUpdateBehavior",
            self.crawler_update_behavior,
            "a crawl of new folders only must have LOG",
            "Glue guide, incremental crawls",
        )
        refuse(
            bool(self.raw_bucket_kms_key_arn) and not self.raw_bucket,
            "rawBucketKmsKeyArn",
            self.raw_bucket_kms_key_arn,
            "is for an adopted bucket, and rawBucket is empty",
            "this project",
        )
        refuse(
            self.environment == "prod" and not self.retain,
            "protection",
            self.protection,
            "prod retains its data",
            "this project",
        )
        refuse(
            self.delete_data_on_destroy and self.retain,
            "deleteDataOnDestroy",
            "true",
            "has no effect while protection is retain; deleting data takes both keys",
            "this project",
        )
        refuse(
            self.retry_pace == "fast" and self.environment != "local",
            "retryPace",
            self.retry_pace,
            "fast is for environment local",
            "AWS throttles callers that do not back off",
        )
        limit_seconds = workflow.execution_limit_seconds(self.pace)
        refuse(
            self.watchdog_delay_hours * 3600 <= limit_seconds,
            "watchdogDelayHours",
            self.watchdog_delay_hours,
            f"must be later than the workflow's time limit of {limit_seconds / 3600:.1f} hours",
            "a run that may still be going is not missing",
        )
        return found


_FIELDS: dict[str, Key] = {f.name: f.metadata["key"] for f in dataclasses.fields(Settings)}

KEYS: dict[str, Key] = {key.name: key for key in _FIELDS.values()}
"""What is known about each setting, by its key in the stack file."""


def _unknown(name: str, value: str) -> Problem:
    if name in REFUSED_KEYS:
        return Problem(name, value, f"is not offered: {REFUSED_KEYS[name]}", "this project")
    return Problem(name, value, "is no setting of this project", "docs/settings.md")


def _read(key: Key, text: str | None, problems: list[Problem]) -> Value:
    """Return a setting's value; add to ``problems`` and return None where there is no valid one."""
    if text is None:
        if key.default is None:
            problems.append(Problem(key.name, "(not set)", f"must be set: {key.limit}", key.source))
        return key.default
    value = _typed(key.type, text)
    if value is None:
        problems.append(Problem(key.name, text, f"is not of type {key.type}: {key.limit}", key.source))
        return None
    wrong = key.check(value)
    if wrong:
        problems.append(Problem(key.name, text, f"{wrong}: {key.limit}", key.source))
    return value


def _typed(kind: str, text: str) -> Value:
    """Return a text as a value of one of Pulumi's types, or None where it is not one."""
    if kind == "string":
        return text
    if kind == "integer":
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    try:
        value: Value = json.loads(text)
    except ValueError:
        return None
    right = isinstance(value, list) if kind == "array" else isinstance(value, dict)
    return value if right else None


def stack_config(project_yaml: Mapping[str, Any], stack_yaml: Mapping[str, Any]) -> dict[str, str]:
    """Return the configuration a program gets, as the Pulumi CLI merges it from its two files.

    The CLI fills the defaults of the project file, checks types and hands everything over as text. Programs
    that run without the CLI (tests, the embedded AWS) call this instead.

    Args:
        project_yaml: parsed ``Pulumi.yaml``.
        stack_yaml: parsed ``Pulumi.<stack>.yaml``.

    Returns:
        ``namespace:key`` to text; arrays and objects as JSON.

    Raises:
        ValueError: unknown keys, missing values or wrong types, all of them named.
    """
    project = str(project_yaml["name"])
    types: dict[str, Any] = project_yaml.get("config") or {}  # a file may hold the key and nothing below it
    values: dict[str, Any] = stack_yaml.get("config") or {}
    declared = {_qualified(project, name): spec for name, spec in types.items()}
    given = {_qualified(project, name): value for name, value in values.items()}
    wrong = [
        f"{name} is not declared in Pulumi.yaml"
        for name in given
        if name not in declared and not name.startswith("pulumi:")
    ]
    merged: dict[str, Any] = {name: value for name, value in given.items() if name.startswith("pulumi:")}
    for name, spec in declared.items():
        value = given.get(name, spec.get("default"))
        if value is None:
            wrong.append(f"{name} has neither a value nor a default")
        elif not _is_of_type(value, spec["type"]):
            wrong.append(f"{name} = {value!r} is not of type {spec['type']}")
        else:
            merged[name] = value
    if wrong:
        raise ValueError("stack configuration: " + "; ".join(wrong))
    return {name: _as_text(value) for name, value in merged.items()}


def _qualified(project: str, name: str) -> str:
    return name if ":" in name else f"{project}:{name}"


def _is_of_type(value: Value, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "boolean": bool, "array": list, "object": dict}[kind])


def _as_text(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)
