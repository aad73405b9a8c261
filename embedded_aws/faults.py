"""What can be made to go wrong.  Faults are consumed in the order they were injected and can be cleared."""

import threading
from dataclasses import dataclass, field


@dataclass
class ApiFault:
    """Answer an API call with an error instead of carrying it out.

    Attributes:
        service: IAM prefix, such as `glue`.
        operation: operation name, such as `StartCrawler`.
        code: error code, such as `ThrottlingException`.
        message: error message.
        status: HTTP status.
        times: how many calls still fail; None for all.
        resource: only calls whose resource ARN contains this text.
    """

    service: str
    operation: str
    code: str
    message: str
    status: int = 400
    times: int | None = None
    resource: str = ""


@dataclass
class CrawlFault:
    """How the next crawl goes.

    Attributes:
        error: the crawl fails with this message.
        seconds: it takes that long before it ends; infinite when it hangs until it is stopped.
        stale: that many GetCrawler calls after its start still show the crawler READY with the old crawl.
    """

    error: str | None = None
    seconds: float = 0.0
    stale: int = 0


@dataclass
class JobFault:
    """How the next job run goes.

    Attributes:
        script: text of the script that runs in place of the deployed one.
        minutes: timeout in place of the job's.
    """

    script: str | None = None
    minutes: float | None = None


@dataclass
class Faults:
    """Faults to come; thread-safe."""

    _api: list[ApiFault] = field(default_factory=list[ApiFault])
    _crawls: list[CrawlFault] = field(default_factory=list[CrawlFault])
    _jobs: list[JobFault] = field(default_factory=list[JobFault])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def clear(self) -> None:
        """Forget every fault that has not happened yet."""
        with self._lock:
            self._api.clear()
            self._crawls.clear()
            self._jobs.clear()

    # --- API ---

    def fail_call(self, fault: ApiFault) -> None:
        """Let calls fail as `fault` says."""
        with self._lock:
            self._api.append(fault)

    def throttle(self, service: str, operation: str, times: int, code: str = "ThrottlingException") -> None:
        """Let the next `times` calls of an operation be throttled; later ones succeed."""
        self.fail_call(ApiFault(service, operation, code, "Rate exceeded", 400, times))

    def deny_put(self, prefix: str) -> None:
        """Deny every PutObject below `bucket/prefix`."""
        self.fail_call(
            ApiFault("s3", "PutObject", "AccessDenied", "Access Denied", 403, None, f":::{prefix}")
        )

    def deny_publish(self) -> None:
        """Deny every publication to a topic."""
        message = "not authorized to perform: SNS:Publish"
        self.fail_call(ApiFault("sns", "Publish", "AuthorizationError", message, 403))

    def take_api(self, service: str, operation: str, resource: str) -> ApiFault | None:
        """Return the fault of this call, if there is one, and count it down."""
        with self._lock:
            for fault in self._api:
                if (fault.service, fault.operation) == (service, operation) and fault.resource in resource:
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._api.remove(fault)
                    return fault
        return None

    # --- crawls ---

    def crawl_fails(self, message: str = "Internal Service Exception") -> None:
        """Let the next crawl end as FAILED."""
        self._crawl(CrawlFault(error=message))

    def crawl_hangs(self) -> None:
        """Let the next crawl run until it is stopped."""
        self._crawl(CrawlFault(seconds=float("inf")))

    def crawl_takes(self, seconds: float) -> None:
        """Let the next crawl take at least that long."""
        self._crawl(CrawlFault(seconds=seconds))

    def crawler_looks_idle(self, reads: int) -> None:
        """Let that many GetCrawler calls after the next start show READY and the crawl before, a week old."""
        self._crawl(CrawlFault(stale=reads))

    def _crawl(self, fault: CrawlFault) -> None:
        with self._lock:
            self._crawls.append(fault)

    def take_crawl(self) -> CrawlFault:
        """Return how the crawl that starts now goes."""
        with self._lock:
            return self._crawls.pop(0) if self._crawls else CrawlFault()

    # --- jobs ---

    def job_script(self, text: str, times: int = 1) -> None:
        """Let the next `times` runs execute this script in place of the deployed one."""
        for _ in range(times):
            self._job(JobFault(script=text))

    def job_fails(self, message: str = "the job was made to fail", times: int = 1) -> None:
        """Let the next `times` runs execute a script that really raises."""
        self.job_script(f"raise RuntimeError({message!r})\n", times)

    def job_hangs(self, minutes: float | None = None) -> None:
        """Let the next run sleep until it is stopped or times out (after `minutes`, if given)."""
        self._job(JobFault(script="import time\ntime.sleep(86400)\n", minutes=minutes))

    def _job(self, fault: JobFault) -> None:
        with self._lock:
            self._jobs.append(fault)

    def take_job(self) -> JobFault:
        """Return how the run that starts now goes."""
        with self._lock:
            return self._jobs.pop(0) if self._jobs else JobFault()
