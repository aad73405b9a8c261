"""Where a run is killed: what is put into the child, so that it ends there without another instruction."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from weather_etl.engines import process_pool
from weather_etl.engines import selection as engines
from weather_etl.lake.local import LocalStorage
from weather_etl.lake.s3 import S3Storage
from weather_etl.runs import checkpoints
from weather_etl.runs.catalog import Catalog

from benchmarks.soak.disk import Shared


def die() -> NoReturn:
    """End this process as SIGKILL does."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class Moment:
    """A kind of moment at which a run is killed.

    Attributes:
        words: for the report.
        places: names of the targets that know it.
        arm: puts the end into the child, at the n-th such moment.
    """

    words: str
    places: tuple[str, ...]
    arm: Callable[[int], None]


REACHED: Final = Shared()
"""How many moments of its kind the last run had."""


def _at(count: int) -> Callable[[], bool]:
    """Return a function that is true at its n-th call."""
    REACHED.count = 0

    def reached() -> bool:
        REACHED.count += 1
        return REACHED.count == count

    return reached


def _around(owners: tuple[type, ...], name: str, *, before: bool) -> Callable[[int], None]:
    def arm(count: int) -> None:
        reached = _at(count)
        for owner in owners:
            setattr(owner, name, _dying(getattr(owner, name), reached, before=before))

    return arm


def _dying(function: Callable[..., Any], reached: Callable[[], bool], *, before: bool) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        now = reached()
        if now and before:
            die()
        answer = function(*arguments, **named)
        if now:
            die()
        return answer

    return call


def _half_written(count: int) -> None:
    reached, write = _at(count), Path.write_bytes

    def write_half(self: Path, data: bytes) -> int:
        if reached():
            write(self, data[: len(data) // 2])
            die()
        return write(self, data)

    Path.write_bytes = write_half  # type: ignore[method-assign]


def _while_reading(count: int) -> None:
    reached = _at(count)
    for owner in (LocalStorage, S3Storage):
        fetch = owner.fetch

        def dying(self: Any, keys: Any, sizes: Any = (), fetch: Any = fetch) -> Any:
            for content in fetch(self, keys, sizes):
                if reached():
                    die()
                yield content

        owner.fetch = dying


def _named_moment(count: int) -> None:
    reached = _at(count)

    def dying(_name: str) -> None:
        if reached():
            die()

    checkpoints.reached = dying


def with_workers() -> None:
    """Have the run use further processes, however small it is."""
    engines.PARALLEL_FROM = 1
    engines.useful_cores = lambda *_: 2
    os.cpu_count = lambda: 2


def _a_worker(count: int) -> None:
    with_workers()
    reached, run = _at(count), process_pool.Worker.run

    def call(self: process_pool.Worker, *arguments: Any) -> Any:
        if reached():
            self.kill()
        return run(self, *arguments)

    process_pool.Worker.run = call


_BOTH: Final = ("folder", "S3")
_STORES: Final = (LocalStorage, S3Storage)

MOMENTS: Final = (
    Moment("before a file is written", _BOTH, _around(_STORES, "put", before=True)),
    Moment("after a file was written", _BOTH, _around(_STORES, "put", before=False)),
    Moment("half way through writing a file", ("folder",), _half_written),
    Moment("between writing a file and renaming it", ("folder",), _around((Path,), "replace", before=True)),
    Moment("before a file is removed", _BOTH, _around(_STORES, "delete", before=True)),
    Moment("after a file was removed", _BOTH, _around(_STORES, "delete", before=False)),
    Moment("while messages are read", _BOTH, _while_reading),
    Moment("at a named moment of the run", _BOTH, _named_moment),
    Moment("before the catalogue is changed", ("S3",), _around((Catalog,), "_send", before=True)),
    Moment("after the catalogue was changed", ("S3",), _around((Catalog,), "_send", before=False)),
    Moment("a worker process, the run going on", _BOTH, _a_worker),
)
