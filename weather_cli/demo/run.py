"""The demo's work: one weekly run of the whole pipeline on real weather, in an embedded AWS, and its checks.

What should come out is known from what was published, independently of the pipeline, and compared with what
the run says and with the files it wrote.
"""

import csv
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from weather_etl.lake import LocalStorage
from weather_report import Target

from aws_prices import prices
from weather_cli import output
from weather_cli.cost.bill import Line, RunAmounts, run_bill
from weather_cli.demo.messages import (
    FIRST_DAY,
    LAST_DAY,
    Counts,
    Message,
    device_messages,
    expected_counts,
    read_observations,
    with_incidents,
)
from weather_cli.errors import CommandError
from weather_cli.report import write_report
from weather_cli.stack.pipeline import Pipeline, Run, Visit, readable_cause, stack_settings
from weather_cli.ui import Ui

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

Failure = Literal["crawler", "job"]

STACK: Final = "local"
TICK: Final = datetime(2013, 3, 2, 17, 0, tzinfo=UTC)
"""Sunday 2013-03-03 00:00 at UTC+7: the first scheduled instant after both weeks ended in New York."""

REPORT: Final = "report.html"

MESSAGES: Final = "messages"
"""Folder beside the datasets with the messages that they were made of, which `weather why` reads."""

DATASETS: Final[tuple[str, ...]] = ("observations", "hourly", "daily", "weekly", "sensor_weeks")


@dataclass
class DemoRun:
    """What happened in one demo.

    Attributes:
        failure: the failure that was asked for, if any.
        endpoint: address of the embedded AWS.
        region: its region.
        resources: number of resources deployed.
        expected: what a right pipeline counts.
        run: the execution, ended.
        visits: states in the order in which they were left.
        summary: the run's summary, or None if it wrote none.
        error_record: the error record with its key, or None.
        notifications: what was sent to the topic, in order: {subject, message}.
        crawled_columns: columns of the table that the crawler inferred.
        rows: rows per dataset, counted in the files.
        files: files per dataset.
        folder: where the datasets were copied to.
        report: the page that shows them.
        bill: what the same run would cost on AWS; empty if a failure was asked for.
        seconds: duration of the demo.
        problems: why the demo is not a success; empty if it is.
    """

    failure: Failure | None
    endpoint: str
    region: str
    resources: int
    expected: Counts
    run: Run
    visits: list[Visit]
    summary: dict[str, Any] | None
    error_record: dict[str, Any] | None
    notifications: list[dict[str, str]]
    crawled_columns: list[str]
    rows: dict[str, int]
    files: dict[str, int]
    folder: Path
    report: Path
    bill: list[Line]
    seconds: float
    problems: list[str] = field(default_factory=list[str])


def run_demo(stack: ExitStack, ui: Ui, folder: Path, failure: Failure | None, project: Path) -> DemoRun:
    """Deploy, publish, tick, follow and collect, with progress.

    Args:
        stack: what keeps the embedded AWS running; the caller closes it.
        ui: where progress is shown.
        folder: where the datasets are copied to, in place of what an older demo wrote there.
        failure: what shall go wrong, if anything.
        project: checkout of the project.
    """
    began = time.monotonic()
    with ui.step("Start the embedded AWS") as step:
        from embedded_aws import EmbeddedAws  # moto takes a second to import: part of this step

        aws = stack.enter_context(EmbeddedAws(project))
        step.done(aws.endpoint)
    with ui.step(f"Deploy __main__.py, stack {STACK}") as step:
        exports = aws.deploy(STACK)
        step.done(f"{len(aws.resources)} resources")
    with ui.step("Publish two weeks of real weather of EWR, JFK and LGA") as step:
        sent = messages(exports["raw_prefix"])
        aws.put_objects(exports["data_lake_bucket"], ((m.key, m.body, m.ingested) for m in sent))
        expected = expected_counts(sent)
        step.done(f"{expected.messages} messages")
    if failure:
        ui.line(_BREAK[failure](aws.client, exports), style="yellow")

    pipeline = Pipeline(stack_settings(STACK, project), aws.client)
    ui.line(f"Tick the schedule at {TICK:%Y-%m-%d %H:%M} UTC, {exports['schedule_expression']}")
    arns = aws.tick(TICK)
    if len(arns) != 1:
        raise CommandError(f"the tick should have started one execution and started {len(arns)}")
    visits = list(_followed(ui, pipeline, arns[0]))
    run = pipeline.run(arns[0])

    aws.wait(arns[0])  # the rule on ended executions notifies after the execution has ended

    output.claim(folder)  # as late as that: a demo that is interrupted leaves what the one before wrote
    with ui.step(f"Copy datasets and manifest to {folder}") as step:
        prefix = exports["raw_prefix"].rstrip("/")
        kept = {f"{MESSAGES}{message.key.removeprefix(prefix)}": message.body for message in sent}
        keys = output.download(aws.client("s3"), exports["processed_bucket"], folder, [REPORT, *kept])
        output.write(folder, kept)
        step.done(f"{len(keys)} files")
    report = (folder / REPORT).resolve()
    with ui.step("Write the report") as step:
        write_report(Target(LocalStorage(str(folder))), report)
        step.done(str(report))
    rows, files = _rows_of(folder)
    result = DemoRun(
        failure=failure,
        endpoint=aws.endpoint,
        region=aws.region,
        resources=len(aws.resources),
        expected=expected,
        run=run,
        visits=visits,
        summary=pipeline.summary(run.run_id),
        error_record=pipeline.error_record(run),
        notifications=[{"subject": n.subject or "", "message": n.message} for n in aws.notifications()],
        crawled_columns=_columns(aws.client("glue"), exports["database_name"], exports["raw_table"]),
        rows=rows,
        files=files,
        folder=folder,
        report=report,
        bill=[] if failure else _bill(pipeline, visits, expected, len(keys)),
        seconds=time.monotonic() - began,
    )
    result.problems = list(_problems(result))
    return result


def messages(raw_prefix: str) -> list[Message]:
    """Return what the demo publishes: two weeks of real weather, with the platform's incidents."""
    prefix = raw_prefix.rstrip("/")
    observations = read_observations(FIRST_DAY, LAST_DAY)
    return with_incidents(device_messages(observations, prefix), prefix)


def _break_crawler(client: Callable[[str], Any], exports: Mapping[str, Any]) -> str:
    """Delete the data lake, so that the crawl fails as it would on AWS."""
    s3, bucket = client("s3"), exports["data_lake_bucket"]
    while found := s3.list_object_versions(Bucket=bucket).get("Versions"):
        versions = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
    s3.delete_bucket(Bucket=bucket)
    return f"--fail crawler: somebody deletes the data lake bucket {bucket}"


def _break_job(client: Callable[[str], Any], exports: Mapping[str, Any]) -> str:
    """Delete the run configuration that the job reads, so that the deployed script itself fails."""
    job = client("glue").get_job(JobName=exports["job_name"])["Job"]
    bucket, _, key = job["DefaultArguments"]["--config"].removeprefix("s3://").partition("/")
    client("s3").delete_object(Bucket=bucket, Key=key)
    return f"--fail job: somebody deletes the job's run configuration s3://{bucket}/{key}"


_BREAK: Final = {"crawler": _break_crawler, "job": _break_job}


def _followed(ui: Ui, pipeline: Pipeline, arn: str) -> Iterator[Visit]:
    """Show the execution state by state, and yield each stay once it has ended."""
    with ui.live("Execution started") as status:
        for visit in pipeline.follow(arn):
            if visit.exited is None:
                status(f"{visit.name} ...")
                continue
            ui.visit(visit.name, visit.seconds, failed=visit.failed)
            yield visit


def _rows_of(folder: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return rows and files per dataset, counted in the files themselves."""
    rows: dict[str, int] = dict.fromkeys(DATASETS, 0)
    files: dict[str, int] = dict.fromkeys(DATASETS, 0)
    for name in DATASETS:
        for path in (folder / name).rglob("*.csv"):
            with path.open(encoding="utf-8", newline="") as lines:
                rows[name] += sum(1 for _ in csv.reader(lines)) - 1
            files[name] += 1
    return rows, files


def _columns(glue: "GlueClient", database: str, table: str) -> list[str]:
    tables = glue.get_tables(DatabaseName=database)["TableList"]
    found = next((item for item in tables if item["Name"] == table), None)
    columns = found.get("StorageDescriptor", {}).get("Columns", []) if found else []
    return [column["Name"] for column in columns]


def _bill(pipeline: Pipeline, visits: list[Visit], published: Counts, puts: int) -> list[Line]:
    from weather_cli.cost.stack import job_shape  # it needs the checkout

    used = RunAmounts(
        job_seconds=sum(visit.seconds for visit in visits if visit.name == "StartGlueJob"),
        crawl_seconds=sum(visit.seconds for visit in visits if "Crawler" in visit.name),
        transitions=len(visits),
        objects_read=published.objects_read,
        objects_in_lake=published.objects_read,
        puts=puts,
    )
    return run_bill(prices(), job_shape(pipeline.settings), used)


def _problems(result: DemoRun) -> Iterator[str]:
    """Yield every reason why the demo is not what was asked for."""
    if result.failure:
        yield from _missing_in_failure(result)
    elif result.run.status != "SUCCEEDED":
        cause = readable_cause(result.run.cause)
        yield f"the execution ended {result.run.status}: {result.run.error}: {cause}"
    elif result.summary is None:
        yield "the run left no summary"
    else:
        yield from _wrong_in_success(result, result.summary)
    if not result.notifications:
        yield "no notification was sent"


def _missing_in_failure(result: DemoRun) -> Iterator[str]:
    if result.run.status != "FAILED":
        yield f"the execution should have failed and ended {result.run.status}"
    if not (result.run.error and result.run.cause):
        yield "the execution does not tell error and cause"
    if result.error_record is None:
        yield "there is no error record"
    elif result.error_record["error"] != result.run.error:
        yield f"the error record tells {result.error_record['error']}, the execution {result.run.error}"
    if not any(result.run.error in notice["message"] for notice in result.notifications):
        yield "no notification tells the error"


def _wrong_in_success(result: DemoRun, summary: Mapping[str, Any]) -> Iterator[str]:
    for name, expected in dataclasses.asdict(result.expected).items():
        if summary[name] != expected:
            yield f"{name}: published were {expected}, the run counted {summary[name]}"
    listed = summary["objects_read"] + summary["objects_unreadable"]
    if summary["objects_listed"] != listed:
        yield f"objects: listed were {summary['objects_listed']}, read or unreadable {listed}"
    fates = ("accepted", "duplicates", "merged", "ignored", "quarantined")
    if summary["messages"] != sum(summary[fate] for fate in fates):
        yield "messages: their fates do not add up"
    for name, rows in result.rows.items():
        if rows == 0 or rows != summary["datasets"][name]:
            yield f"{name}: the summary tells {summary['datasets'][name]} rows, the files hold {rows}"
    if not result.crawled_columns:
        yield "the crawler inferred no table"
