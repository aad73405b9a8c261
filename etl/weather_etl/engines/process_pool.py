"""Further processes of this machine that share the work.

A worker is a plain Python process that is spoken to through its pipes.  Unlike `multiprocessing` it neither
imports the main program again (which may be a notebook, a test or Glue's own driver) nor inherits threads and
locks by a fork.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Any, Final, TypeVar, cast

Result = TypeVar("Result")

_START: Final = (
    "import sys; sys.path[:] = {path!r}; from weather_etl.engines import process_pool; process_pool.serve()"
)
_LENGTH: Final = 8


class WorkerError(Exception):
    """A worker process ended before it answered."""


class Worker:
    """One process; it ends when its pipe is closed, whatever happens to this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and our own text)
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"OPENBLAS_NUM_THREADS": "1", **os.environ},  # see weather-transform.py
            process_group=0,  # Ctrl-C is for the program that was started, which ends this process quietly
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.kill()
        self._process.communicate()

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()

    def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a function of a module there.

        Raises:
            WorkerError: the process died.
            Exception: whatever the function raised.
        """
        try:
            _send(cast("IO[bytes]", self._process.stdin), (function, arguments))
            answer = _receive(cast("IO[bytes]", self._process.stdout))
        except (BrokenPipeError, EOFError):
            raise WorkerError(f"a worker process ended with status {self._process.wait()}") from None
        if isinstance(answer, BaseException):
            raise answer
        return cast("Result", answer)


class ProcessPool:
    """Worker processes of a run: started early, kept from batch to batch, ended with it."""

    def __init__(self) -> None:
        self.workers: list[Worker] = []
        self._open = ExitStack()

    def __enter__(self) -> "ProcessPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def kill(self) -> None:
        """End the processes, whatever they are doing."""
        for worker in self.workers:
            worker.kill()

    def start(self, count: int) -> None:
        """Have at least so many processes; the new ones load their modules while the caller goes on."""
        while len(self.workers) < count:
            self.workers.append(self._open.enter_context(Worker()))


def serve() -> None:
    """Answer calls from standard input until it is closed; what they print goes to standard error."""
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            function, arguments = _receive(source)
        except EOFError:
            return
        try:
            answer: Any = function(*arguments)
        except Exception as error:  # it is raised again where the call came from
            answer = error
        _send(sink, answer)


def _send(stream: IO[bytes], message: object) -> None:
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(_LENGTH, "big") + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:  # noqa: ANN401 (a pickle of our own)
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        raise EOFError
    return pickle.loads(stream.read(int.from_bytes(head, "big")))  # noqa: S301 (from our own process)
