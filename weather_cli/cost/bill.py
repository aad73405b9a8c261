"""What the pipeline costs on AWS: functions from prices, settings and amounts to lines of a bill.

Prices are those of `aws_prices`.  Free allowances are not subtracted, since they belong to the account and
may be used up by others: a bill may be lower than what is said here.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_prices import GlueUse, Prices, crawl_usd, glue_use, requests_usd

Measured = Mapping[str, float]

RUNS_A_MONTH: Final = 365.25 / 12 / 7
RUN_DOCUMENTS: Final = 4
"""Objects a run writes beside datasets: manifest, summary, quarantine, watermark."""

VCPUS_OF: Final[Mapping[str, int]] = {"G.1X": 4, "G.2X": 8, "G.4X": 16, "G.8X": 32}
WEEK_SECONDS: Final = 7 * 86_400
VARIANTS: Final = (("5.1", "STANDARD"), ("5.1", "FLEX"), ("6.0", "STANDARD"), ("6.0", "FLEX"))
"""Glue version and execution class of the jobs that are compared."""

LIST_PAGE: Final = 1_000
"""Keys that one S3 listing returns."""


@dataclass(frozen=True)
class Line:
    """One line of a bill.

    Attributes:
        item: what is paid.
        amount: how much of it.
        unit: of `amount`.
        usd: what it costs.
        note: how the amount came about.
    """

    item: str
    amount: float
    unit: str
    usd: float
    note: str = ""


@dataclass(frozen=True)
class JobShape:
    """What AWS is asked to run the job on.

    Attributes:
        glue_version: such as "5.1".
        execution_class: "STANDARD" or "FLEX".
        worker_type: such as "G.1X".
        workers: number of workers, the driver included.
    """

    glue_version: str
    execution_class: str
    worker_type: str
    workers: int

    @property
    def executor_cores(self) -> int:
        """VCPUs that work on sites; the driver's are not among them unless it is alone."""
        return max(1, self.workers - 1) * VCPUS_OF[self.worker_type]


@dataclass(frozen=True)
class RunAmounts:
    """What one run used.

    Attributes:
        job_seconds: running time of the Glue job.
        crawl_seconds: running time of the crawl.
        transitions: state transitions of the execution, retries included.
        objects_read: raw objects that the job fetched.
        objects_in_lake: raw objects under the prefix, which the crawler lists.
        puts: objects that the run wrote.
        notifications: messages published to the topic.
    """

    job_seconds: float
    crawl_seconds: float
    transitions: int
    objects_read: int
    objects_in_lake: int
    puts: int
    notifications: int = 1


def load_measured() -> Measured:
    """Return the values of weather_cli/cost/measured.json, by name."""
    document = json.loads((Path(__file__).parent / "measured.json").read_text(encoding="utf-8"))
    return {name: entry["value"] for name, entry in document["amounts"].items()}


def total(lines: Iterable[Line]) -> float:
    """Return the sum of a bill in USD."""
    return sum(line.usd for line in lines)


def job_usd(prices: Prices, shape: JobShape, seconds: float) -> float:
    """Return what a job run of this many seconds costs.

    Raises:
        NoPriceError: the price list lacks the Glue version, execution class or worker type.
    """
    return _job_use(prices, shape, seconds).usd


def _job_use(prices: Prices, shape: JobShape, seconds: float) -> GlueUse:
    return glue_use(
        prices,
        version=shape.glue_version,
        execution_class=shape.execution_class,
        worker_type=shape.worker_type,
        workers=shape.workers,
        seconds=seconds,
    )


def run_bill(prices: Prices, shape: JobShape, used: RunAmounts) -> list[Line]:
    """Return the bill of one run, the crawler's part apart."""
    glue, crawler = prices["glue"], prices["crawler"]
    job = _job_use(prices, shape, used.job_seconds)
    job_pages = _pages(used.objects_read)
    crawl_pages = _pages(used.objects_in_lake)
    requests = requests_usd(prices, gets=used.objects_read, puts_and_lists=used.puts + job_pages)
    return [
        Line(
            "Glue job",
            job.dpu_seconds,
            "DPU seconds",
            job.usd,
            f"{shape.workers} x {shape.worker_type}, {shape.execution_class}, Glue {shape.glue_version}, "
            f"{used.job_seconds:.0f} s (at least {glue['minimum_seconds']})",
        ),
        Line(
            "Glue crawler",
            max(used.crawl_seconds, crawler["minimum_seconds"]) * crawler["dpus"],
            "DPU seconds",
            crawl_usd(prices, used.crawl_seconds),
            f"{crawler['dpus']} DPUs, {used.crawl_seconds:.0f} s (at least {crawler['minimum_seconds']})",
        ),
        Line(
            "Step Functions",
            used.transitions,
            "transitions",
            used.transitions * prices["stepfunctions"]["per_1000_transitions"] / 1000,
        ),
        Line(
            "S3 requests of the job",
            used.puts + job_pages + used.objects_read,
            "requests",
            requests,
            f"{used.objects_read} GET, {job_pages} LIST, {used.puts} PUT",
        ),
        Line(
            "S3 listing by the crawler",
            crawl_pages,
            "requests",
            requests_usd(prices, gets=0, puts_and_lists=crawl_pages),
            f"it lists all {used.objects_in_lake} objects, old ones too",
        ),
        Line("SNS", used.notifications, "messages", used.notifications * prices["sns"]["per_million"] / 1e6),
    ]


@dataclass(frozen=True)
class Load:
    """What arrives.

    Attributes:
        stations: number of stations, each a site of its own.
        interval_seconds: time between two messages of a station.
        weeks_of_history: weeks of messages that lie in the lake when a run starts.
    """

    stations: int
    interval_seconds: float
    weeks_of_history: int = 52

    @property
    def messages_a_week(self) -> int:
        """Messages of all stations in a week."""
        return round(self.stations * WEEK_SECONDS / self.interval_seconds)


def weekly_amounts(measured: Measured, shape: JobShape, load: Load, poll_seconds: int = 120) -> RunAmounts:
    """Return what a weekly run uses under a load.

    A site is the unit of work, so no more cores than stations are busy.

    Args:
        measured: values of weather_cli/cost/measured.json.
        shape: what the job runs on.
        load: what arrives.
        poll_seconds: wait between two looks at the crawler.
    """
    objects = load.messages_a_week
    in_lake = objects * load.weeks_of_history
    object_seconds = max(
        measured["object_core_seconds"] / shape.executor_cores, 1 / measured["objects_a_second"]
    )
    crawl_seconds = _pages(in_lake) * measured["crawl_page_seconds"]
    polls = max(1, math.ceil(crawl_seconds / poll_seconds))
    return RunAmounts(
        job_seconds=measured["job_fixed_seconds"] + objects * object_seconds,
        crawl_seconds=crawl_seconds,
        transitions=round(measured["transitions_beside_polls"] + polls * measured["transitions_a_poll"]),
        objects_read=objects,
        objects_in_lake=in_lake,
        puts=round(load.stations * measured["puts_per_site"]) + RUN_DOCUMENTS,
    )


@dataclass(frozen=True)
class Week:
    """What a weekly run uses under a load, and its bill for each Glue version and execution class.

    Attributes:
        load: what arrives.
        used: what the run uses.
        bills: a bill for each of VARIANTS.
    """

    load: Load
    used: RunAmounts
    bills: list[tuple[JobShape, list[Line]]]


def week(prices: Prices, measured: Measured, load: Load, workers: int) -> Week:
    """Return a weekly run on so many G.1X workers."""
    shapes = [JobShape(version, execution_class, "G.1X", workers) for version, execution_class in VARIANTS]
    used = weekly_amounts(measured, shapes[0], load)
    return Week(load, used, [(shape, run_bill(prices, shape, used)) for shape in shapes])


def _pages(objects: int) -> int:
    return math.ceil(objects / LIST_PAGE)
