"""Glue job runs: the deployed script in a process of its own, with the arguments and modules of Glue."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from embedded_aws.faults import Faults
from embedded_aws.records import JobRun, Pace

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "JAVA_HOME")
_DEFAULT_MINUTES = 480  # Glue 5.0 and later
_GRACE = 3.0  # seconds between SIGTERM and SIGKILL


@dataclass
class Run:
    """A job run as the runner keeps it; the patches copy its state into moto's model."""

    id: str
    job: str
    role: str
    script: str
    arguments: Mapping[str, str]
    minutes: float | None
    started: datetime
    state: str = "RUNNING"
    error: str | None = None
    ended: datetime | None = None
    seconds: float = 0.0
    argv: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict[str, str])
    stdout: str = ""
    stderr: str = ""
    process: "subprocess.Popen[str] | None" = None
    thread: threading.Thread | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    log_group: str = "/aws-glue/jobs"

    def record(self) -> JobRun:
        """Return what `EmbeddedAws.job_runs` shows."""
        return JobRun(
            self.id,
            self.job,
            self.state,
            dict(self.arguments),
            self.error,
            self.seconds,
            self.argv,
            dict(self.env),
            self.stdout,
            self.stderr,
        )


class JobRunner:
    """Runs jobs; every process it starts is gone when `close` returns."""

    def __init__(
        self,
        endpoint: str,
        pace: Pace,
        faults: Faults,
        *,
        client: Callable[[str, str], Any],
        key_of: Callable[[str], str],
        now: Callable[[], datetime],
    ) -> None:
        self._endpoint = endpoint
        self._pace = pace
        self._faults = faults
        self._client = client
        self._key_of = key_of
        self._now = now
        self._runs: list[Run] = []
        self._closed = False

    def start(self, run: Run) -> None:
        """Start a run in the background.

        Raises:
            RuntimeError: the runner is closed.
        """
        if self._closed:
            raise RuntimeError("the embedded AWS is closed")
        fault = self._faults.take_job()
        minutes = fault.minutes or run.minutes or _DEFAULT_MINUTES
        run.thread = threading.Thread(
            target=self._work, args=(run, fault.script, minutes), name=f"glue-{run.id[:12]}", daemon=True
        )
        self._runs.append(run)
        run.thread.start()

    def stop(self, run_id: str) -> bool:
        """Stop a run, as BatchStopJobRun does; return whether it was running."""
        for run in self._runs:
            if run.id == run_id and run.state == "RUNNING":
                run.state = "STOPPING"
                run.stopped.set()
                _kill(run.process)
                return True
        return False

    def runs(self, job: str) -> list[JobRun]:
        """Return the runs of a job, oldest first."""
        return [run.record() for run in self._runs if run.job == job]

    def close(self) -> None:
        """Stop everything and wait for it."""
        self._closed = True
        for run in self._runs:
            self.stop(run.id)
        for run in self._runs:
            if run.thread is not None:
                run.thread.join(timeout=_GRACE + 10)
        self._runs.clear()

    def _work(self, run: Run, script: str | None, minutes: float) -> None:
        started = time.monotonic()
        state, error = "FAILED", None
        try:
            with tempfile.TemporaryDirectory(prefix="glue-", ignore_cleanup_errors=True) as folder:
                command = self._prepare(run, Path(folder), script)
                state, error = self._execute(run, command, Path(folder), minutes * self._pace.glue_minute)
        except Exception as problem:  # whatever keeps a script from starting is the run's error
            state, error = "FAILED", f"{type(problem).__name__}: {problem}"
        run.seconds = time.monotonic() - started
        run.ended = self._now()
        run.error = error
        with contextlib.suppress(Exception):  # the server may be closing
            self._log(run)
        run.state = "STOPPED" if run.stopped.is_set() else state

    def _prepare(self, run: Run, folder: Path, script: str | None) -> list[str]:
        """Download script and packages; return the command line."""
        path = folder / Path(run.script).name
        if script is None:
            path.write_bytes(self._download(run, run.script))
        else:
            path.write_text(script, encoding="utf-8")
        packages: list[str] = []
        for index, location in enumerate(filter(None, run.arguments.get("--extra-py-files", "").split(","))):
            package = folder / f"package{index}" / Path(location).name
            package.parent.mkdir()
            package.write_bytes(self._download(run, location.strip()))
            packages.append(str(package))
        work = folder / "work"
        work.mkdir()
        key = self._key_of(run.role)
        run.env = {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "HOME": str(work),
            "TMPDIR": str(work),
            "PYTHONPATH": os.pathsep.join(packages),
            "PYTHONUNBUFFERED": "1",
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [sys.executable, str(path), "--JOB_NAME", run.job, "--JOB_RUN_ID", run.id]
        for name, value in run.arguments.items():
            command += [name, str(value)]
        run.argv = tuple(command)
        return command

    def _execute(self, run: Run, command: list[str], folder: Path, seconds: float) -> tuple[str, str | None]:
        """Run the script; return the state of the run and its error message."""
        if run.stopped.is_set():
            return "STOPPED", None
        out, err = folder / "stdout", folder / "stderr"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            run.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=run.env,
                cwd=folder / "work",
                start_new_session=True,
                text=True,
            )
            if run.stopped.is_set():
                _kill(run.process)
            timed_out = False
            try:
                run.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                timed_out = True
            finally:
                _kill(run.process)
        run.stdout = out.read_text(encoding="utf-8", errors="replace")
        run.stderr = err.read_text(encoding="utf-8", errors="replace")
        if timed_out:
            return "TIMEOUT", "Job run timed out"
        status = run.process.returncode
        if status:
            return "FAILED", _error(run.stderr, status)
        return "SUCCEEDED", None

    def _download(self, run: Run, location: str) -> bytes:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        return bytes(self._client("s3", run.role).get_object(Bucket=bucket, Key=key)["Body"].read())

    def _log(self, run: Run) -> None:
        """Put what the script wrote where Glue 5 does: all of it in <prefix>/output, stream = run id."""
        logs = self._client("logs", run.role)
        lines = [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]
        if not lines:
            return
        group = f"{run.log_group}/output"
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=run.id)
        except logs.exceptions.ResourceNotFoundException:  # Glue makes its own group then
            logs.create_log_group(logGroupName=group)
            logs.create_log_stream(logGroupName=group, logStreamName=run.id)
        at = int(time.time() * 1000)
        for start in range(0, len(lines), 500):
            batch = [{"timestamp": at, "message": line[:8000]} for line in lines[start : start + 500]]
            logs.put_log_events(logGroupName=group, logStreamName=run.id, logEvents=batch)


def _error(stderr: str, status: int) -> str:
    """Glue's message: the exception that ended the script; of an exit status, no more than that."""
    lines = stderr.strip().splitlines()
    raised = any(line.startswith("Traceback (most recent call last)") for line in lines)
    return lines[-1] if raised else f"SystemExit: {status}"


def _kill(process: "subprocess.Popen[str] | None") -> None:
    """End a process and everything it started; its session is its own, so the group is exactly that."""
    if process is None:
        return
    for number, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        if process.poll() is not None and not _group_alive(process.pid):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)


def _group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
