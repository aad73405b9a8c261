"""Cost: what a Glue pipeline is billed for, bounded before anything is deployed.

Thresholds that differ between environments are configuration (`config.<class>.json`), never a question of
the stack's name. The sum of it all is judged by the rule on the estimate, `weather-stack-cost-estimate`.
"""

from collections.abc import Iterator

import orchestration
import workflow
from reading import Props, Resource, UnreadableError
from rule import (
    ADVISORY,
    HIGH,
    LOW,
    MEDIUM,
    About,
    Config,
    Finding,
    Unjudged,
    boolean,
    integer,
    mapping,
    resource_rule,
    stack_rule,
    strings,
    subject_rule,
)
from stack import Stack, identities, names, readable

JOB = "aws:glue/job:Job"
CRAWLER = "aws:glue/crawler:Crawler"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
KEY = "aws:kms/key:Key"
BUDGET = "aws:budgets/budget:Budget"

RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
"""The retentions CloudWatch Logs accepts, up to two years (API reference, PutRetentionPolicy)."""

FLEX_WORKERS = ("G.1X", "G.2X")
"""Worker types that FLEX takes (Glue developer guide, "Flexible execution")."""

_JOB_URL = "https://docs.aws.amazon.com/glue/latest/dg/add-job.html"
_GLUE_PRICES = "https://aws.amazon.com/glue/pricing/"
_CRAWLER_URL = "https://docs.aws.amazon.com/glue/latest/dg/define-crawler.html"
_LOGS_URL = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
)
_METRICS_URL = "https://aws.amazon.com/cloudwatch/pricing/"
_LIFECYCLE_URL = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"
_BUDGETS_URL = "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html"


def _is_spark(job: Resource) -> bool:
    """Whether a job runs on Spark workers; a command that is not known before the update counts as one."""
    command = job.props.child("command")
    return (
        command is None or not command.known("name") or command.text("name") not in {"pythonshell", "glueray"}
    )


@resource_rule(
    About(
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
def job_timeout(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the job's own limit."""
    minutes, most = job.props.number("timeout"), config.number("maxMinutes")
    if not minutes:
        yield f"timeout is not set: a hung run is billed for hours; set at most {most:g} minutes"
    elif minutes > most:
        yield f"timeout is {minutes:g} minutes, at most {most:g} are allowed"


@resource_rule(
    About(
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
def job_workers(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the number of workers of a Spark job."""
    if not _is_spark(job):
        return
    workers, most = job.props.number("numberOfWorkers"), config.number("maxWorkers")
    if workers is None:
        yield f"numberOfWorkers is not set: AWS chooses 10; set 2 to {most:g}"
    elif workers < 2:
        yield f"numberOfWorkers is {workers:g}, a Spark job needs at least 2"
    elif workers > most:
        yield f"numberOfWorkers is {workers:g}, at most {most:g} are allowed"


@resource_rule(
    About(
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
def job_worker_type(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the worker type of a Spark job."""
    if _is_spark(job) and job.props.text("workerType") not in config.texts("allowed"):
        yield f"workerType is not one of {', '.join(config.texts('allowed'))}"


@resource_rule(
    About(
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
def job_capacity(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Refuse MaxCapacity, known or not."""
    del config
    if _is_spark(job) and job.props.has("maxCapacity"):
        yield "maxCapacity is set: size a Spark job by workerType and numberOfWorkers"


@resource_rule(
    About(
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
def job_execution_class(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the class (STANDARD if unset), and whether FLEX can run what is asked."""
    if not _is_spark(job):
        return
    wanted = job.props.text("executionClass") or "STANDARD"
    if wanted not in config.texts("allowed"):
        yield f"executionClass is not one of {', '.join(config.texts('allowed'))} (STANDARD if unset)"
    if wanted == "FLEX" and job.props.text("workerType") not in FLEX_WORKERS:
        yield f"executionClass FLEX runs on {' and '.join(FLEX_WORKERS)} only: AWS refuses this job"


@resource_rule(
    About(
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
def job_version(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the pinned version."""
    if job.props.text("glueVersion") not in config.texts("supported"):
        yield f"glueVersion is not one of {', '.join(config.texts('supported'))}"


@resource_rule(
    About(
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
def job_concurrency(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge concurrency (1 if unset) and queuing."""
    execution, most = job.props.child("executionProperty"), config.number("maxRuns")
    runs = execution.number("maxConcurrentRuns") if execution else None
    if runs is not None and runs > most:
        yield f"maxConcurrentRuns is {runs:g}, at most {most:g} are allowed"
    if job.props.flag("jobRunQueuingEnabled") and job.props.text("executionClass") == "FLEX":
        yield "jobRunQueuingEnabled does not go with executionClass FLEX: AWS refuses this job"


@subject_rule(
    About(
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
def job_retries(job: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Look for a Task with Retry that starts this job."""
    del config
    retries = job.props.number("maxRetries")
    if not retries:
        return
    for machine in stack.of(orchestration.MACHINE):
        for task in tasks_of(machine):
            if starts(task, "startJobRun", "JobName", job) and task.blocks("Retry"):
                yield f"maxRetries is {retries:g} and task {task.label} of {machine.name} retries too"


@subject_rule(
    About(
        name="weather-glue-crawler-schedule",
        description="A crawler that a state machine starts has no schedule of its own.",
        why="Each crawl is billed for at least ten minutes, and a second one collides with the workflow's.",
        steps="Remove the crawler's schedule; the state machine starts it.",
        url=_CRAWLER_URL,
        tags=("cost", "reliability"),
        severity=HIGH,
    ),
    CRAWLER,
)
def crawler_schedule(crawler: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Look for a state machine that starts this crawler."""
    del config
    if not crawler.props.has("schedule"):
        return
    starters = [m for m in stack.of(orchestration.MACHINE) if any(_crawls(t, crawler) for t in tasks_of(m))]
    if starters:
        yield f"it has a schedule and {names(starters)} starts it too: each crawl is billed for ten minutes"


def tasks_of(machine: Resource) -> list[workflow.State]:
    """The tasks of a machine; a definition that is no JSON has none, which its own rule reports."""
    try:
        return workflow.tasks(orchestration.definition(machine))
    except UnreadableError:
        return []


def _crawls(task: workflow.State, crawler: Resource) -> bool:
    return starts(task, "startCrawler", "Name", crawler)


def starts(task: workflow.State, action: str, argument: str, resource: Resource) -> bool:
    """Whether a task calls a Glue action on this resource."""
    call = workflow.integration(task).removesuffix(".sync")
    named = workflow.arguments(task).get(argument)
    return call in {f"glue:{action}", f"aws-sdk:glue:{action}"} and named in identities(resource)


@resource_rule(
    About(
        name="weather-glue-crawler-sample-size",
        description="A crawler opens a bounded number of files per folder.",
        why="Without a sample size a crawl opens every file there is: its price grows with the history.",
        steps="Set sampleSize (1 to 249) on each S3 target.",
        url=_CRAWLER_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={"maxFiles": integer(100, "Most files to open per leaf folder.", minimum=1, maximum=249)},
    ),
    CRAWLER,
)
def crawler_sample_size(crawler: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge each S3 target."""
    most = config.number("maxFiles")
    for number, target in enumerate(crawler.props.children("s3Targets"), start=1):
        files = target.number("sampleSize")
        if not files:
            yield f"S3 target {number} has no sampleSize: set 1 to {most:g}"
        elif files > most:
            yield f"S3 target {number} has sampleSize {files:g}, at most {most:g} are allowed"


@resource_rule(
    About(
        name="weather-logs-group-retention",
        description="A log group keeps its events for a bounded time, a value that CloudWatch knows.",
        why="Logs without retention are kept, and billed, for ever.",
        steps="Set retentionInDays to a listed value within the class's limit.",
        url=_LOGS_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={
            "maxDays": integer(90, "Longest retention of a log group, in days.", minimum=1),
            "minDays": integer(7, "Shortest retention: a week's run must be there a week later.", minimum=1),
        },
    ),
    LOG_GROUP,
)
def log_retention(group: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the retention in days; 0 is for ever."""
    days, least, most = (
        group.props.number("retentionInDays"),
        config.number("minDays"),
        config.number("maxDays"),
    )
    if not days:
        yield f"retentionInDays is not set: events are kept for ever; set {least:g} to {most:g}"
    elif not least <= days <= most:
        yield f"retentionInDays is {days:g}, allowed are {least:g} to {most:g}"
    elif days not in RETENTION_DAYS:
        yield f"retentionInDays {days:g} is not a value that CloudWatch Logs accepts"


@subject_rule(
    About(
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
def job_log_group(job: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
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


def _lifecycle_rules(bucket: Resource, stack: Stack) -> list[Props]:
    """The enabled lifecycle rules of a bucket."""
    configurations = stack.pointing_at(bucket, "bucket", LIFECYCLE)
    rules = [rule for c in configurations for rule in c.props.children("rules")]
    return [rule for rule in rules if rule.text("status") == "Enabled"]


def _prefix(rule: Props) -> str:
    """The prefix a lifecycle rule is limited to; empty for the whole bucket."""
    block = rule.child("filter")
    inner = block.child("and") if block else None
    found = [part.text("prefix") for part in (inner, block, rule) if part is not None]
    return next((text for text in found if text), "")


@subject_rule(
    About(
        name="weather-s3-bucket-abandoned-uploads",
        description="A bucket drops uploads that were never completed.",
        why="The parts of an abandoned upload are billed and no listing shows them.",
        steps="Add a lifecycle rule with abortIncompleteMultipartUpload over the whole bucket.",
        url=_LIFECYCLE_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxDays": integer(7, "Longest time an upload may stay incomplete, in days.", minimum=1)},
    ),
    BUCKET,
)
def abandoned_uploads(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Look for a rule over the whole bucket."""
    most = config.number("maxDays")
    blocks = [
        r.child("abortIncompleteMultipartUpload") for r in _lifecycle_rules(bucket, stack) if not _prefix(r)
    ]
    days = [block.number("daysAfterInitiation") for block in blocks if block is not None]
    if not any(d is not None and d <= most for d in days):
        yield f"no lifecycle rule aborts incomplete uploads within {most:g} days"


@subject_rule(
    About(
        name="weather-s3-bucket-noncurrent-versions",
        description="A versioned bucket expires noncurrent versions.",
        why="A weekly rewrite of partitions under versioning keeps every old week, billed in full.",
        steps="Add a lifecycle rule with noncurrentVersionExpiration over the whole bucket.",
        url=_LIFECYCLE_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={"maxDays": integer(90, "Longest life of a noncurrent version, in days.", minimum=1)},
    ),
    BUCKET,
)
def noncurrent_versions(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge versioned buckets only."""
    if not is_versioned(bucket, stack):
        return
    most = config.number("maxDays")
    blocks = [
        r.child("noncurrentVersionExpiration") for r in _lifecycle_rules(bucket, stack) if not _prefix(r)
    ]
    days = [block.number("noncurrentDays") for block in blocks if block is not None]
    if not any(d is not None and d <= most for d in days):
        yield f"it is versioned and no lifecycle rule expires noncurrent versions within {most:g} days"


def is_versioned(bucket: Resource, stack: Stack) -> bool:
    """Whether a versioning resource of the bucket says Enabled."""
    blocks = [
        v.props.child("versioningConfiguration") for v in stack.pointing_at(bucket, "bucket", VERSIONING)
    ]
    return any(block is not None and block.text("status") == "Enabled" for block in blocks)


@subject_rule(
    About(
        name="weather-s3-bucket-temporary-files",
        description="Prefixes of temporary files expire.",
        why="What a job leaves behind is billed every month and read by nobody.",
        steps="Add a lifecycle rule with expiration for the prefix.",
        url=_LIFECYCLE_URL,
        tags=("cost",),
        severity=LOW,
        config={
            "maxDays": integer(30, "Longest life of a temporary file, in days.", minimum=1),
            "prefixes": mapping(
                {},
                "Temporary prefixes, by a part of the bucket's logical name, beside Glue's --TempDir.",
                {"type": "array", "items": {"type": "string", "minLength": 1}},
            ),
        },
    ),
    BUCKET,
)
def temporary_files(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Collect the temporary prefixes of this bucket and look for a rule that expires each."""
    most = config.number("maxDays")
    listed = [p for part, ps in config.table("prefixes").items() if part in bucket.name for p in ps]
    rules = _lifecycle_rules(bucket, stack)
    for prefix in listed:
        if not any(_expires(rule, prefix, most) for rule in rules):
            yield f"no lifecycle rule expires {prefix} within {most:g} days"
    for job in stack.of(JOB):
        folder = _temporary_folder(job, bucket)
        if folder is not None and not any(_expires(rule, folder, most) for rule in rules):
            yield f"--TempDir of {job.name} lies here and no lifecycle rule expires it within {most:g} days"


def _expires(rule: Props, prefix: str, most: float) -> bool:
    expiration = rule.child("expiration")
    days = expiration.number("days") if expiration else None
    return days is not None and days <= most and prefix.startswith(_prefix(rule))


def _temporary_folder(job: Resource, bucket: Resource) -> str | None:
    """The key prefix of the job's --TempDir if that lies in this bucket."""
    arguments = job.props.child("defaultArguments")
    folder = readable(arguments, "--TempDir") if arguments else None
    host, _, prefix = (folder or "").removeprefix("s3://").partition("/")
    return prefix if host and host in identities(bucket) else None


@subject_rule(
    About(
        name="weather-s3-bucket-bucket-key",
        description="A bucket encrypted with KMS uses a bucket key.",
        why="Without it each object read or written is a KMS request of its own.",
        steps="Set bucketKeyEnabled to true on the encryption rule.",
        url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
        tags=("cost",),
        severity=MEDIUM,
    ),
    BUCKET,
)
def bucket_key(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge each encryption rule that names KMS."""
    del config
    for encryption in stack.pointing_at(bucket, "bucket", ENCRYPTION):
        for rule in encryption.props.children("rules"):
            default = rule.child("applyServerSideEncryptionByDefault")
            algorithm = default.text("sseAlgorithm") if default else None
            if algorithm in {"aws:kms", "aws:kms:dsse"} and not rule.flag("bucketKeyEnabled"):
                yield "it is encrypted with KMS without a bucket key: each object costs a KMS request"


@stack_rule(
    About(
        name="weather-cloudwatch-alarm-count",
        description="The stack has a bounded number of alarms, none of high resolution.",
        why="Alarms are billed by the month, high-resolution ones three times as much.",
        steps="Merge alarms into a composite one; use periods of 60 seconds or more.",
        url=_METRICS_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxAlarms": integer(10, "Most alarms of a stack (ten are free in an account).")},
    )
)
def alarm_count(stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Count the alarms and look at their periods."""
    alarms, most = stack.of(ALARM), config.number("maxAlarms")
    if len(alarms) > most:
        yield f"{len(alarms)} alarms, at most {most:g} are allowed"
    for alarm in alarms:
        if not alarm.props.known("period"):
            yield Unjudged(f"{alarm.name}.period")
            continue
        period = alarm.props.number("period")
        if period is not None and period < 60:
            yield Finding(f"period {period:g} s makes it a high-resolution alarm; use at least 60 s", alarm)


@stack_rule(
    About(
        name="weather-cloudwatch-metric-count",
        description="The stack's alarms watch a bounded number of custom metrics.",
        why="Each custom metric, each combination of dimensions, is billed by the month.",
        steps="Watch fewer metrics; details per station belong into the datasets.",
        url=_METRICS_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxMetrics": integer(10, "Most custom metrics (ten are free in an account).")},
    )
)
def metric_count(stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Count the distinct custom metrics that alarms watch or state machines publish."""
    found = custom_metrics(stack)
    most = config.number("maxMetrics")
    if len(found) > most:
        yield f"{len(found)} custom metrics, at most {most:g} are allowed"


def custom_metrics(stack: Stack) -> set[tuple[str, str]]:
    """Namespace and name of each metric outside AWS's own namespaces that the stack watches or publishes."""
    watched = {
        (alarm.props.text("namespace") or "", alarm.props.text("metricName") or "")
        for alarm in stack.of(ALARM)
        if alarm.props.has("metricName")
    }
    published = {
        (str(call.get("Namespace")), str(datum.get("MetricName")))
        for machine in stack.of(orchestration.MACHINE)
        for task in tasks_of(machine)
        if workflow.integration(task) == "aws-sdk:cloudwatch:putMetricData"
        for call in [workflow.arguments(task)]
        for datum in workflow.objects(call.get("MetricData"))
    }
    own = {(space, metric) for space, metric in watched | published if not space.startswith("AWS/")}
    return {(space, metric) for space, metric in own if space != "Glue"}


@stack_rule(
    About(
        name="weather-cloudwatch-dashboard-count",
        description="The stack has no more dashboards than its class may have.",
        why="A dashboard costs more by the month than the weekly pipeline.",
        steps="Leave the dashboard out, or allow it in the class's configuration.",
        url=_METRICS_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxDashboards": integer(0, "Most dashboards of a stack.")},
    )
)
def dashboard_count(stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Count the dashboards."""
    found, most = stack.of(DASHBOARD), config.number("maxDashboards")
    if len(found) > most:
        yield f"{len(found)} dashboards ({names(found)}), at most {most:g} are allowed"


@stack_rule(
    About(
        name="weather-kms-key-count",
        description="The stack has no more KMS keys than its class may have.",
        why="A key costs a dollar a month, several times a week's run; encryption by SSE-S3 costs nothing.",
        steps="Leave the stack's KMS setting off, or allow the key in the class's configuration.",
        url="https://aws.amazon.com/kms/pricing/",
        tags=("cost",),
        severity=LOW,
        config={"maxKeys": integer(0, "Most customer-managed keys of a stack.")},
    )
)
def key_count(stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Count the keys."""
    found, most = stack.of(KEY), config.number("maxKeys")
    if len(found) > most:
        yield f"{len(found)} KMS keys ({names(found)}), at most {most:g} are allowed"


@stack_rule(
    About(
        name="weather-budgets-budget-present",
        description="The stack has a monthly cost budget in USD.",
        why="Without a budget the first to see a runaway cost is the payer, at the end of the month.",
        steps="Declare an aws.budgets.Budget: budgetType COST, timeUnit MONTHLY, a limit in USD.",
        url=_BUDGETS_URL,
        tags=("cost",),
        severity=HIGH,
        config={"required": boolean(default=True, description="Whether this class must have a budget.")},
    )
)
def budget_present(stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Look for one budget that counts."""
    budgets = stack.of(BUDGET)
    if not budgets and config.flag("required"):
        yield "there is no aws:budgets/budget:Budget"
    for budget in budgets:
        limit = budget.props.number("limitAmount")
        monthly = budget.props.text("timeUnit") == "MONTHLY" and budget.props.text("budgetType") == "COST"
        if not monthly or budget.props.text("limitUnit") != "USD" or not limit:
            yield Finding("it is not a monthly COST budget with a limit above 0 USD", budget)


@resource_rule(
    About(
        name="weather-budgets-budget-notification",
        description="A budget notifies somebody before the money is spent.",
        why="A budget without a subscriber is a number nobody sees.",
        steps="Add a notification with a threshold of at most 100 percent and a subscriber.",
        url="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
        tags=("cost",),
        severity=MEDIUM,
        config={"maxThreshold": integer(100, "Highest threshold of the first notification, in percent.")},
    ),
    BUDGET,
)
def budget_notification(budget: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Look for one notification in time that somebody receives."""
    most = config.number("maxThreshold")
    for notification in budget.props.children("notifications"):
        threshold = notification.number("threshold")
        heard = any(notification.has(key) for key in ("subscriberEmailAddresses", "subscriberSnsTopicArns"))
        percent = notification.text("thresholdType") == "PERCENTAGE"
        if heard and percent and threshold is not None and threshold <= most:
            return
    yield f"no notification with a subscriber at {most:g} percent or less"


@resource_rule(
    About(
        name="weather-athena-workgroup-scan-limit",
        description="An Athena workgroup bounds the bytes a query may scan.",
        why="One query without a partition filter reads the whole history.",
        steps="Set configuration.bytesScannedCutoffPerQuery and enforceWorkgroupConfiguration.",
        url="https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html",
        tags=("cost",),
        severity=LOW,
        level=ADVISORY,
    ),
    "aws:athena/workgroup:Workgroup",
)
def workgroup_scan_limit(workgroup: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the cutoff and whether clients can escape it."""
    del config
    block = workgroup.props.child("configuration")
    if block is None or not block.number("bytesScannedCutoffPerQuery"):
        yield "bytesScannedCutoffPerQuery is not set"
    if block is not None and block.flag("enforceWorkgroupConfiguration") is False:
        yield "enforceWorkgroupConfiguration is false: a client can escape the limit"


RULES = [
    job_timeout,
    job_workers,
    job_worker_type,
    job_capacity,
    job_execution_class,
    job_version,
    job_concurrency,
    job_retries,
    job_log_group,
    crawler_schedule,
    crawler_sample_size,
    log_retention,
    abandoned_uploads,
    noncurrent_versions,
    temporary_files,
    bucket_key,
    alarm_count,
    metric_count,
    dashboard_count,
    key_count,
    budget_present,
    budget_notification,
    workgroup_scan_limit,
]
