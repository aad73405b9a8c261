"""Glue: job runs and crawls that really work."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false

import threading
from datetime import timedelta
from typing import Any

import moto.glue.models as glue
from moto.glue.exceptions import CrawlerNotRunningException, CrawlerRunningException, InvalidInputException

from embedded_aws.glue.crawler import Crawl
from embedded_aws.glue.jobs import Run
from embedded_aws.patches.backends import missing_bucket
from embedded_aws.patches.base import PatchContext, Patches, patch


@patch
def glue_jobs(patches: Patches, context: PatchContext) -> None:
    """A job run of moto is a record that succeeds by being looked at."""
    start: Any = glue.FakeJob.start_job_run
    describe: Any = glue.FakeJobRun.as_dict
    lock = threading.Lock()

    def start_job_run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with lock:  # the limit of concurrent runs is checked and taken in one step
            run_id = start(self, *args, **kwargs)
            record = self.job_runs[-1]
            record.embedded_version = self.glue_version
            record.embedded = Run(
                id=run_id,
                job=self.name,
                role=self.role,
                script=self.command["ScriptLocation"],
                arguments=record.arguments or {},
                minutes=record.timeout,
                started=context.now(),
                log_group=_log_group(context, self, record.arguments or {}),
            )
            context.jobs.start(record.embedded)
        return run_id

    def as_dict(self: Any) -> dict[str, Any]:
        run: Run = self.embedded
        data = describe(self) | {
            "StartedOn": run.started,
            "LastModifiedOn": run.ended or context.now(),
            "ExecutionTime": round(run.seconds),
            "LogGroupName": run.log_group,
            "GlueVersion": self.embedded_version,
        }
        data.pop("CompletedOn")
        if run.ended is not None:
            data["CompletedOn"] = run.ended
            data["DPUSeconds"] = round(run.seconds * (self.number_of_workers or 0), 1)
        if run.error:
            data["ErrorMessage"] = run.error
        return data

    patches.set(glue.FakeJob, "start_job_run", start_job_run)
    patches.set(glue.FakeJobRun, "as_dict", as_dict)
    patches.set(glue.FakeJobRun, "status", property(_run_status, _ignore_status))


def _log_group(context: PatchContext, job: Any, arguments: Any) -> str:
    """Where a run logs: a security configuration that encrypts logs appends its name and the role's."""
    prefix = str(arguments.get("--custom-logGroup-prefix", "/aws-glue/jobs"))
    known = glue.glue_backends[context.account][context.region].security_configurations
    security = known.get(job.security_configuration) if job.security_configuration else None
    logs = (security.configuration if security else {}).get("CloudWatchEncryption") or {}
    if logs.get("CloudWatchEncryptionMode", "DISABLED") == "DISABLED":
        return prefix
    return f"{prefix}/{job.security_configuration}-role/{job.role.rsplit('/', 1)[-1]}"


def _run_status(record: Any) -> str:
    run: Run | None = getattr(record, "embedded", None)
    return "STARTING" if run is None else run.state


def _ignore_status(record: Any, value: Any) -> None:
    """The runner alone knows the state of a run."""


@patch
def glue_crawls(patches: Patches, context: PatchContext) -> None:
    """A crawl of moto is a record that reads nothing and writes no table."""
    describe: Any = glue.FakeCrawler.as_dict
    lock = threading.Lock()

    def start_crawler(self: Any) -> None:
        with lock:
            if self.crawls and self.crawls[-1].status in ("RUNNING", "STOPPING"):
                raise CrawlerRunningException(f"Crawler with name {self.name} has already started")
            record = glue.FakeCrawl(self.name)
            role = self.role if self.role.startswith("arn:") else _role_arn(context, self.role)
            record.embedded = Crawl(self.name, role, context.now())  # type: ignore[attr-defined]
            self.crawls.append(record)
            context.crawls.start(record.embedded, describe(self))  # type: ignore[attr-defined]

    def stop_crawler(self: Any) -> None:
        if not self.crawls or self.crawls[-1].status != "RUNNING":
            raise CrawlerNotRunningException(f"Crawler with name {self.name} isn't running")
        crawl: Crawl = self.crawls[-1].embedded
        crawl.status = "STOPPING"
        crawl.stop.set()

    def as_dict(self: Any) -> dict[str, Any]:
        data = describe(self)
        data.pop("LastCrawl", None)
        crawls: list[Crawl] = [record.embedded for record in self.crawls]
        age = timedelta(0)
        if crawls and crawls[-1].stale > 0:
            crawls[-1].stale -= 1
            data["State"] = "READY"
            crawls, age = crawls[:-1], _STALE_AGE
        last = next((crawl for crawl in reversed(crawls) if crawl.ended is not None), None)
        if last is not None:
            data["LastCrawl"] = _last_crawl(last, age)
        return data

    patches.set(glue.FakeCrawler, "start_crawler", start_crawler)
    patches.set(glue.FakeCrawler, "stop_crawler", stop_crawler)
    patches.set(glue.FakeCrawler, "as_dict", as_dict)
    patches.set(glue.FakeCrawl, "status", property(_crawl_status, _ignore_status))


@patch
def crawler_bucket(patches: Patches, context: PatchContext) -> None:
    """Moto makes a crawler of a bucket that is not there; Glue refuses it, so that order matters."""
    create: Any = glue.GlueBackend.create_crawler

    def create_crawler(self: Any, *args: Any, **kwargs: Any) -> None:
        missing = missing_bucket(context.account, kwargs.get("targets") or (args[4] if len(args) > 4 else {}))
        if missing is not None:
            raise InvalidInputException("CreateCrawler", f"S3 bucket {missing} does not exist.")
        create(self, *args, **kwargs)

    patches.set(glue.GlueBackend, "create_crawler", create_crawler)


_STALE_AGE = timedelta(
    days=7
)  # in tests crawls follow one another within seconds; a stale one is last week's


def _crawl_status(record: Any) -> str:
    """State of a crawl in moto's words."""
    crawl: Crawl | None = getattr(record, "embedded", None)
    words = {"SUCCEEDED": "COMPLETED", "CANCELLED": "STOPPED"}
    return "RUNNING" if crawl is None else words.get(crawl.status, crawl.status)


def _last_crawl(crawl: Crawl, age: timedelta) -> dict[str, Any]:
    """LastCrawl as the Glue API gives it."""
    data: dict[str, Any] = {
        "Status": crawl.status,
        "LogGroup": "/aws-glue/crawlers",
        "LogStream": crawl.crawler,
        "MessagePrefix": crawl.crawler,
        "StartTime": crawl.started - age,
    }
    if crawl.error:
        data["ErrorMessage"] = crawl.error
    return data


def _role_arn(context: PatchContext, role: str) -> str:
    return f"arn:aws:iam::{context.account}:role/{role}"
