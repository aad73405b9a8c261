"""What a month of a stack costs: pure arithmetic from what it declares, stated assumptions and a price list.

Nothing here knows Pulumi. Free allowances are not subtracted: they belong to the account, and others may
have used them up. What the stack does not declare (the devices' uploads, the platform behind them) is not
counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from aws_prices.billing import NoPriceError, Prices, crawl_usd, glue_use, requests_usd

DAYS_PER_MONTH = 365.25 / 12
HOURS_PER_MONTH = DAYS_PER_MONTH * 24
LIST_PAGE = 1_000
"""Keys that one S3 listing returns (API reference, ListObjectsV2)."""


@dataclass(frozen=True)
class Line:
    """One line of the estimate: `amount` of `unit` costs `usd` a month."""

    item: str
    amount: float
    unit: str
    usd: float


@dataclass(frozen=True)
class Job:
    """A Glue job and how often it runs in a month; a streaming job runs all the time (`continuous`)."""

    name: str
    runs: float
    workers: float
    worker_type: str
    version: str
    execution_class: str
    continuous: bool = False


@dataclass(frozen=True)
class Standing:
    """What is paid by the hour or month for being there: `count` of the price list's `item`."""

    item: str
    count: float


@dataclass(frozen=True)
class Function:
    """A Lambda function, its calls in a month and its memory."""

    name: str
    runs: float
    gigabytes: float


@dataclass(frozen=True)
class Machine:
    """A state machine, its executions in a month, its states, and the loop it polls in."""

    name: str
    runs: float
    states: float
    loop_states: int
    poll_seconds: float


@dataclass(frozen=True)
class Declared:
    """What a stack declares that is billed.

    Attributes:
        jobs: Glue jobs.
        crawls: Crawls in a month.
        machines: State machines.
        retention_days: Longest retention of the log groups; None where a group keeps its events for ever.
        alarms: Alarms.
        metrics: Custom metrics that are published.
        metric_runs: Executions in a month that publish them.
        dashboards: Dashboards.
        keys: Customer-managed KMS keys.
        fast_alarms: Alarms of high resolution.
        composite_alarms: Composite alarms.
        standing: What else is paid for being there.
        functions: Lambda functions of which it is known how often they run.
        queries: Athena queries in a month.
        streams: Firehose streams, each of which takes every message.
    """

    jobs: tuple[Job, ...] = ()
    crawls: float = 0
    machines: tuple[Machine, ...] = ()
    retention_days: float | None = 0
    alarms: int = 0
    metrics: int = 0
    metric_runs: float = 0
    dashboards: int = 0
    keys: int = 0
    fast_alarms: int = 0
    composite_alarms: int = 0
    standing: tuple[Standing, ...] = ()
    functions: tuple[Function, ...] = ()
    queries: float = 0
    streams: int = 0


@dataclass(frozen=True)
class Assumptions:
    """What no declaration tells.

    Attributes:
        job_minutes: Length of a job run.
        crawl_minutes: Length of a crawl; AWS bills ten at least.
        messages_per_month: Raw objects that arrive, one message each.
        months_kept: Months of raw and processed data in the buckets.
        message_bytes: Stored bytes of one message, raw and processed together.
        log_bytes_per_run: Log events of one run of everything.
        puts_per_run: Objects that a run writes.
        call_seconds: Length of a function's call.
        query_gigabytes: What a query scans.
    """

    job_minutes: float = 10
    crawl_minutes: float = 10
    messages_per_month: float = 800_000
    months_kept: float = 12
    message_bytes: float = 700
    log_bytes_per_run: float = 400_000
    puts_per_run: float = 100
    call_seconds: float = 10
    query_gigabytes: float = 1


def bill(declared: Declared, assumed: Assumptions, price: Prices) -> list[Line]:
    """The lines of a month's estimate, none of them rounded.

    Raises:
        NoPriceError: The list lacks a Glue version, an execution class or a worker type that a job
        declares.
    """
    return [
        *(_job(job, assumed, price) for job in declared.jobs),
        _crawls(declared, assumed, price),
        _transitions(declared, assumed, price),
        *_objects(declared, assumed, price),
        _logs(declared, assumed, price),
        *_by_use(declared, assumed, price),
        *_standing(declared, price),
        *(_for_being_there(thing, price) for thing in declared.standing),
    ]


def total(lines: Iterable[Line]) -> float:
    """The sum in USD."""
    return sum(line.usd for line in lines)


def _job(job: Job, assumed: Assumptions, price: Prices) -> Line:
    try:
        use = glue_use(
            price,
            version=job.version,
            execution_class=job.execution_class,
            worker_type=job.worker_type,
            workers=job.workers,
            seconds=HOURS_PER_MONTH * 3600 if job.continuous else assumed.job_minutes * 60,
        )
    except NoPriceError as missing:
        raise NoPriceError(job.name) from missing
    runs = 1.0 if job.continuous else job.runs
    return Line(f"Glue job {job.name}", use.dpu_seconds / 3600 * runs, "DPU hours", use.usd * runs)


def _crawls(declared: Declared, assumed: Assumptions, price: Prices) -> Line:
    crawler = price["crawler"]
    seconds = max(assumed.crawl_minutes * 60, crawler["minimum_seconds"]) * declared.crawls
    usd = crawl_usd(price, assumed.crawl_minutes * 60) * declared.crawls
    return Line("Glue crawlers", seconds / 3600 * crawler["dpus"], "DPU hours", usd)


def _transitions(declared: Declared, assumed: Assumptions, price: Prices) -> Line:
    """Each state once, and the states of the polling loop once more for each look at the crawler."""
    count = sum(
        m.runs * (m.states + m.loop_states * assumed.crawl_minutes * 60 / m.poll_seconds)
        for m in declared.machines
    )
    return Line(
        "Step Functions", count, "transitions", count / 1000 * price["stepfunctions"]["per_1000_transitions"]
    )


def _objects(declared: Declared, assumed: Assumptions, price: Prices) -> list[Line]:
    """S3 requests of jobs and crawlers, and what lies in the buckets."""
    s3 = price["s3"]
    runs = sum(job.runs for job in declared.jobs)
    reads = assumed.messages_per_month if runs else 0
    kept = assumed.messages_per_month * assumed.months_kept if runs else 0
    lists = kept / LIST_PAGE * declared.crawls + reads / LIST_PAGE
    puts = assumed.puts_per_run * runs
    requests = requests_usd(price, gets=reads, puts_and_lists=lists + puts)
    stored = kept * assumed.message_bytes / 1e9
    return [
        Line("S3 requests", reads + lists + puts, "requests", requests),
        Line("S3 storage", stored, "GB", stored * s3["gb_month"]),
    ]


def _logs(declared: Declared, assumed: Assumptions, price: Prices) -> Line:
    """Ingestion, and storage for the retention (ten years where there is none)."""
    cloudwatch = price["cloudwatch"]
    ingested = assumed.log_bytes_per_run * sum(machine.runs for machine in declared.machines) / 1e9
    days = 3650 if declared.retention_days is None else declared.retention_days
    stored = ingested * days / DAYS_PER_MONTH
    usd = ingested * cloudwatch["log_gb_ingested"] + stored * cloudwatch["log_gb_month"]
    return Line("CloudWatch logs", ingested, "GB", usd)


def _by_use(declared: Declared, assumed: Assumptions, price: Prices) -> list[Line]:
    """Calls of functions, queries and streams, where there are any."""
    function, found = price["lambda"], list[Line]()
    for f in declared.functions:
        seconds = f.runs * assumed.call_seconds * f.gigabytes
        usd = seconds * function["gb_second"] + f.runs / 1e6 * function["per_million"]
        found.append(Line(f"function {f.name}", seconds, "GB seconds", usd))
    if declared.queries:
        scanned = declared.queries * assumed.query_gigabytes
        found.append(Line("Athena queries", scanned, "GB", scanned / 1000 * price["athena"]["tb_scanned"]))
    if declared.streams:
        stream = price["firehose"]
        taken = declared.streams * assumed.messages_per_month * stream["record_bytes"] / 1e9
        found.append(Line("Firehose", taken, "GB", taken * stream["gb"]))
    return found


def _standing(declared: Declared, price: Prices) -> list[Line]:
    """What is paid for being there; a custom metric is billed for the hours in which it is sent."""
    cloudwatch = price["cloudwatch"]
    months = declared.metrics * min(declared.metric_runs, HOURS_PER_MONTH) / HOURS_PER_MONTH
    return [
        Line("custom metrics", months, "metric months", months * cloudwatch["custom_metric_month"]),
        Line("alarms", declared.alarms, "alarms", declared.alarms * cloudwatch["alarm_month"]),
        Line(
            "dashboards",
            declared.dashboards,
            "dashboards",
            declared.dashboards * cloudwatch["dashboard_month"],
        ),
        *_dear_alarms(declared, cloudwatch),
        Line("KMS keys", declared.keys, "keys", declared.keys * price["kms"]["key_month"]),
    ]


def _dear_alarms(declared: Declared, cloudwatch: Prices) -> list[Line]:
    """Alarms that cost more than others, where there are any."""
    found = {
        "high-resolution alarms": (declared.fast_alarms, cloudwatch["alarm_high_resolution_month"]),
        "composite alarms": (declared.composite_alarms, cloudwatch["composite_alarm_month"]),
    }
    return [Line(item, count, "alarms", count * usd) for item, (count, usd) in found.items() if count]


def _for_being_there(thing: Standing, price: Prices) -> Line:
    month = price["standing_month"].get(thing.item)
    if month is None:
        month = price["standing_hour"].get(thing.item, 0.0) * HOURS_PER_MONTH
        if not month:
            raise NoPriceError(thing.item)
    return Line(thing.item, thing.count, "of them", thing.count * month)
