"""The embedded AWS: moto's backends and server in this process, with the moving parts really moving."""

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from embedded_aws import alarms, clients
from embedded_aws.delivery import Delivery
from embedded_aws.faults import ApiFault, Faults
from embedded_aws.glue.crawler import CrawlRunner
from embedded_aws.glue.jobs import JobRunner
from embedded_aws.patches import PatchContext, backends, install
from embedded_aws.provider.deploy import DeployError, configuration, deploy, project_name
from embedded_aws.records import (
    ApiCall,
    Deployed,
    Execution,
    JobRun,
    Notification,
    Pace,
    StateVisit,
)
from embedded_aws.schedule import is_due, scheduled_event
from embedded_aws.server import permissions
from embedded_aws.server.proxy import Application, Proxy
from embedded_aws.stepfunctions import history

REGION: Final = "us-east-1"
ACCOUNT: Final = "123456789012"
_DEPLOYER = "deployer"
_LOOK = 0.1  # seconds between two looks at a running execution
_CREDENTIALS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")

_TALKATIVE = ("werkzeug", "moto")  # a line per request, and every failure of an execution in full

_open = threading.Lock()


class EmbeddedAws:
    """An AWS in this process; use it as a context manager, one at a time.

    While it is open, `AWS_ENDPOINT_URL`, dummy credentials and the region are in `os.environ`, so that any
    AWS client of this process and its children talks to it.  On leaving, `os.environ`, moto and the process
    are as they were: no thread, no child, no patch stays.

    Attributes:
        endpoint: URL of the server, on a free port of the loopback interface.
        region: region everything is in.
        account: account id of everything.
        faults: what shall go wrong.
        resources: what the last `deploy` created.
    """

    def __init__(
        self,
        root: Path,
        *,
        stack: str = "local",
        pace: Pace | None = None,
        skip: Iterable[str] = (),
    ) -> None:
        """Describe the embedded AWS; nothing starts before `with`.

        Args:
            root: folder of the Pulumi program.
            stack: stack whose file says which region and account this is (`REGION` and `ACCOUNT` where it
                says nothing, or does not exist).
            pace: how fast job timeouts and retries run.
            skip: names of patches of moto to leave out (for the tests that show they are needed).
        """
        config = configuration(root, stack) if (root / f"Pulumi.{stack}.yaml").exists() else {}
        region, account = _place(config, project_name(root))
        self.region, self.account = region or REGION, account or ACCOUNT
        self.endpoint = ""
        self.faults = Faults()
        self.resources: list[Deployed] = []
        self._root = root
        self._pace = pace or Pace()
        self._skip = tuple(skip)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    # --- life -----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Start the server.

        Raises:
            RuntimeError: another one is open in this process.
        """
        if not _open.acquire(blocking=False):
            raise RuntimeError("an embedded AWS is open already in this process")
        try:
            self._start()
        except BaseException:
            _open.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop executions, crawls, jobs and the server; restore moto and the environment."""
        try:
            backends.stop_executions(self.account, self.region, datetime.now(UTC))
            self._jobs.close()
            self._crawls.close()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            backends.reset()
        finally:
            self._patches.restore()
            for name, level in self._log_levels.items():
                logging.getLogger(name).setLevel(level)
            os.environ.clear()
            os.environ.update(self._environment)
            _open.release()

    def _start(self) -> None:
        self._environment = dict(os.environ)
        self._log_levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        backends.reset()
        application = cast("Application", DomainDispatcherApplication(create_backend_app))
        self._proxy = Proxy(application, self.faults, self.account, self.region)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, cast("Any", self._proxy), threaded=True, request_handler=MotoRequestHandler
        )
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        for name in _CREDENTIALS:
            os.environ.pop(name, None)
        os.environ.update(
            {
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_ACCESS_KEY_ID": self._proxy.key_of(_DEPLOYER),
                "AWS_SECRET_ACCESS_KEY": "embedded",
                "AWS_REGION": self.region,
                "AWS_DEFAULT_REGION": self.region,
                "AWS_ALLOW_HTTP": "true",
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        )
        self._jobs = JobRunner(
            self.endpoint,
            self._pace,
            self.faults,
            client=self._client_of,
            key_of=self._proxy.key_of,
            now=_now,
        )
        self._crawls = CrawlRunner(self._client_of, self.faults, _now)
        self._delivery = Delivery(self._client_of)
        self._proxy.answers["glue", "BatchStopJobRun"] = self._stop_job_runs
        self._proxy.answers["glue", "UpdateJob"] = self._update_job
        self._proxy.answers["glue", "UpdateCrawler"] = self._update_crawler
        self._proxy.refuse = self._refusal
        self._proxy.hides = lambda call: permissions.hides_missing(
            call, backends.role_policies(self.account, call.principal)
        )
        self._patches = install(
            PatchContext(
                endpoint=self.endpoint,
                account=self.account,
                region=self.region,
                pace=self._pace,
                key_of=self._proxy.key_of,
                jobs=self._jobs,
                crawls=self._crawls,
                delivery=self._delivery,
                now=_now,
                client=self._client_of,
            ),
            self._skip,
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="embedded-aws",
            daemon=True,
        )
        self._thread.start()

    # --- clients and deployment -----------------------------------------------------------------------------

    def client(self, service: str) -> Any:
        """Return a client as boto3 makes it (but for file transfer), for the person who deploys."""
        return self._client_of(service, _DEPLOYER)

    def _client_of(self, service: str, principal: str) -> Any:
        with self._lock:  # creating clients is not thread-safe; using them is
            key = (service, principal)
            if key not in self._clients:
                access_key = self._proxy.key_of(principal)
                self._clients[key] = clients.make(service, self.endpoint, self.region, access_key)
            return self._clients[key]

    def deploy(self, stack: str = "local", overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run the Pulumi program as it is and create what it registers; return its exports.

        Args:
            stack: stack whose Pulumi.<stack>.yaml is merged over the defaults of Pulumi.yaml.
            overrides: settings in place of the stack file's, each of the type it has there.

        Raises:
            DeployError: what could not be created, each with type, name and reason; or a stack for another
                account or region than this one (override `account` and `region`).
        """
        config = configuration(self._root, stack, overrides)
        here = (self.region, self.account)
        wanted = tuple(
            said or at for said, at in zip(_place(config, project_name(self._root)), here, strict=True)
        )
        if wanted != here:
            raise DeployError(f"the stack '{stack}' is for {wanted}, this is {here}")
        exports, self.resources = deploy(self, self._root, stack, config)
        return exports

    def put_objects(self, bucket: str, objects: Iterable[tuple[str, bytes, datetime]]) -> int:
        """Put (key, body, LastModified) straight into S3's store, without HTTP; return how many."""
        return backends.seed_objects(self.account, bucket, objects)

    # --- running --------------------------------------------------------------------------------------------

    def tick(self, at: datetime, rules: Iterable[str] | None = None) -> list[str]:
        """Fire scheduled rules as EventBridge would at an instant.

        Args:
            at: aware instant; it becomes the event's `time`.
            rules: names of rules to fire whether due or not; by default every one that is due.

        Returns:
            ARNs of the executions that were started.

        Raises:
            ValueError: `at` is naive, or `rules` names no enabled scheduled rule.
        """
        if at.tzinfo is None:
            raise ValueError("tick needs an instant with a time zone")
        enabled = {
            rule.name: rule
            for rule in backends.rules(self.account, self.region)
            if rule.scheduled_expression and rule.state == "ENABLED"
        }
        if rules is None:
            names = [name for name, rule in enabled.items() if is_due(rule.scheduled_expression, at)]
        else:
            names = list(rules)
            if unknown := set(names) - set(enabled):
                raise ValueError(f"no enabled scheduled rule {', '.join(sorted(unknown))}")
        started: list[str] = []
        for name in names:
            rule = enabled[name]
            for target in list(rule.targets):
                event = scheduled_event(rule.arn, at, str(uuid.uuid4()))
                arn = self._delivery.deliver(rule.arn, target, event)
                if arn:
                    started.append(arn)
        return started

    def follow(self, execution_arn: str, timeout: float = 600.0) -> Iterator[StateVisit]:
        """Yield the visits of an execution to its states as they end, until the execution does.

        Raises:
            TimeoutError: the execution still runs after `timeout` seconds.
        """
        end = time.monotonic() + timeout
        yielded = 0
        while True:
            execution = self.execution(execution_arn)
            seen = list(history.visits(execution.history))
            yield from seen[yielded:]
            yielded = len(seen)
            if execution.status != "RUNNING":
                return
            if time.monotonic() > end:
                raise TimeoutError(
                    f"{execution_arn} still runs after {timeout:g} s, in {execution.states[-1:]}"
                )
            time.sleep(_LOOK)

    def wait(self, execution_arn: str, timeout: float = 600.0) -> Execution:
        """Wait until an execution has ended, its status event has been delivered, and return it.

        Raises:
            TimeoutError: it still runs after `timeout` seconds.
        """
        states = self.client("stepfunctions")
        end = time.monotonic() + timeout
        while states.describe_execution(executionArn=execution_arn)["status"] == "RUNNING":
            if time.monotonic() > end:
                raise TimeoutError(f"{execution_arn} still runs after {timeout:g} s")
            time.sleep(_LOOK)
        backends.wait_announced(self.account, self.region, execution_arn)
        return self.execution(execution_arn)

    def execution(self, execution_arn: str) -> Execution:
        """Return an execution with its history."""
        states = self.client("stepfunctions")
        description = states.describe_execution(executionArn=execution_arn)
        events: list[Mapping[str, Any]] = []
        for page in states.get_paginator("get_execution_history").paginate(executionArn=execution_arn):
            events += page["events"]
        output = description.get("output")
        return Execution(
            arn=execution_arn,
            name=description["name"],
            status=description["status"],
            error=description.get("error"),
            cause=description.get("cause"),
            input=json.loads(description.get("input") or "{}"),
            output=json.loads(output) if output else None,
            history=tuple(events),
            states=history.entered(events),
            started=description["startDate"].astimezone(UTC),
            stopped=description["stopDate"].astimezone(UTC) if description.get("stopDate") else None,
        )

    # --- what happened --------------------------------------------------------------------------------------

    def notifications(self) -> list[Notification]:
        """Return everything that was published to topics."""
        return [
            Notification(topic, subject, message)
            for topic, subject, message in backends.published(self.account, self.region)
        ]

    def job_runs(self, job_name: str) -> list[JobRun]:
        """Return the runs of a Glue job, oldest first."""
        return self._jobs.runs(job_name)

    def key_of(self, principal: str) -> str:
        """Return the access key id by which a process calls as a principal, such as a role's ARN."""
        return self._proxy.key_of(principal)

    def calls(self) -> list[ApiCall]:
        """Return every API call the server has seen, oldest first."""
        return list(self._proxy.calls)

    def evaluate_alarms(self) -> dict[str, str]:
        """Evaluate every alarm now, carry out the actions of those that changed; return states by name."""
        return alarms.evaluate(self._client_of)

    def _stop_job_runs(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """BatchStopJobRun, which moto lacks."""
        name, ids = str(body["JobName"]), cast("list[str]", body["JobRunIds"])
        stopped = [{"JobName": name, "JobRunId": run} for run in ids if self._jobs.stop(run)]
        known = {item["JobRunId"] for item in stopped}
        errors = [
            {
                "JobName": name,
                "JobRunId": run,
                "ErrorDetail": {"ErrorCode": "InvalidInputException", "ErrorMessage": "not running"},
            }
            for run in ids
            if run not in known
        ]
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    def _refusal(self, call: ApiCall) -> ApiFault | None:
        """What is refused though moto would do it: a key that a service may not use, a crawler's bucket."""
        if call.service in ("sns", "sqs"):
            policy = backends.key_policy(self.account, self.region, call.service, call.resource)
            reason = permissions.refuses_key(call, policy, self.account)
            code = "KMSAccessDenied" if call.service == "sns" else "KMS.AccessDeniedException"
            return ApiFault(call.service, call.operation, code, reason, 400) if reason else None
        return None

    def _update_job(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """UpdateJob, which moto lacks: the new definition replaces all of the old one."""
        name = str(body["JobName"])

        def create() -> None:
            self.client("glue").create_job(Name=name, **body["JobUpdate"])

        backends.redefine(self.account, self.region, "jobs", name, create)
        return {"JobName": name}

    def _update_crawler(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """UpdateCrawler, which moto lacks: what is not given stays as it is."""
        name = str(body["Name"])
        known = self.client("glue").get_crawler(Name=name)["Crawler"]
        kept = {key: known[key] for key in _CRAWLER_INPUTS if known.get(key)}

        def create() -> None:
            self.client("glue").create_crawler(**kept, **body)

        kept = {key: value for key, value in kept.items() if key not in body}
        backends.redefine(self.account, self.region, "crawlers", name, create)
        return {}


_CRAWLER_INPUTS = (
    "Role",
    "DatabaseName",
    "Description",
    "Targets",
    "TablePrefix",
    "SchemaChangePolicy",
    "RecrawlPolicy",
    "Configuration",
    "CrawlerSecurityConfiguration",
)


def _now() -> datetime:
    """Clock of what moto stores: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _place(config: Mapping[str, str], project: str) -> tuple[str | None, str | None]:
    """Region and account that a configuration is for; None where it does not say."""
    return config.get(f"{project}:region", config.get("aws:region")), config.get(f"{project}:account")
