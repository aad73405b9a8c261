"""What a target remembers between runs: `_state/watermark.json`, `_state/decisions.json`, and the lease.

The watermark holds, per site, how far the lake has been read, which keys of the overlap were read already,
which objects could not be read and are to be tried again, and the newest day with an observation; besides,
which runs ended, so that a repeated one is known.  It is written last, by compare-and-swap.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import IO, Any, Final, cast

import orjson

from weather_etl.core import decode_json, encode_json, iso_utc, parse_instant
from weather_etl.lake import ConflictError, LocalStorage, Storage, UnreachableError

WATERMARK: Final = "_state/watermark.json"
DECISIONS: Final = "_state/decisions.json"
LEASE: Final = "_state/lease.json"
_LOCK: Final = "_state/.lock"
LEASE_SECONDS: Final = 90.0
"""How long a lease holds after it was last renewed: so long does a run that died keep others out."""
HEARTBEAT_SECONDS: Final = 20.0
"""Between two renewals: four may fail before the lease is lost."""
_RUNS_REMEMBERED: Final = 50
RETRY_LIMIT: Final = 1000
"""Unreadable objects of a site that are remembered by name; with more, the site is held back."""


class BusyError(Exception):
    """Another run works on the target and did not finish in time."""


class StateError(Exception):
    """A state file cannot be understood."""


@dataclass(frozen=True)
class SiteState:
    """What is known of one site.

    Attributes:
        until_us: objects that entered before this instant have been read.
        seen: keys of the overlap before `until_us` that have been read.
        retry: keys that were listed and could not be read, with their ingest times.
        last_day: newest local day with an observation.
    """

    until_us: int
    seen: tuple[str, ...] = ()
    retry: Mapping[str, int] = field(default_factory=dict[str, int])
    last_day: int | None = None


@dataclass(frozen=True)
class Watermark:
    """What is known of the lake.

    Attributes:
        sites: their states.
        committed: (id, end of the window) of the newest runs that ended, the newest last.
        tag: of the version that this was read from.
        exists: whether there was one.
    """

    sites: Mapping[str, SiteState] = field(default_factory=dict[str, SiteState])
    committed: tuple[tuple[str, int], ...] = ()
    tag: str | None = None
    exists: bool = False

    def with_site(self, site: str, state: SiteState) -> "Watermark":
        """Return a copy with one site's state replaced."""
        return replace(self, sites={**self.sites, site: state})

    def with_run(self, run_id: str, until_us: int) -> "Watermark":
        """Return a copy in which a run has ended."""
        others = tuple(one for one in self.committed if one != (run_id, until_us))
        return replace(self, committed=(*others, (run_id, until_us))[-_RUNS_REMEMBERED:])


def read_watermark(target: Storage) -> Watermark:
    """Read the watermark; an absent one is empty.

    Raises:
        StateError: it is not one.
    """
    found = target.get(WATERMARK)
    if found is None:
        return Watermark()
    try:
        document = decode_json(found.data)
        runs = [(run["run_id"], parse_instant(run["until"])) for run in document.get("committed", ())]
        sites = {name: _site_state(body) for name, body in document["sites"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise StateError(
            f"{target.url}/{WATERMARK} is not a watermark ({error}); restore an older version of it, "
            "or remove it to read the lake from the start"
        ) from error
    return Watermark(sites, tuple(runs), found.tag, exists=True)


def _site_state(body: dict[str, Any]) -> SiteState:
    last = body.get("last_day")
    return SiteState(
        until_us=parse_instant(body["until"]),
        seen=tuple(body.get("seen", ())),
        retry={key: parse_instant(ingest) for key, ingest in body.get("retry", {}).items()},
        last_day=None if last is None else int(last),
    )


def commit_watermark(target: Storage, watermark: Watermark) -> Watermark:
    """Write the watermark if nobody else has since it was read, and return it with its new tag.

    Raises:
        ConflictError: somebody has.
    """
    document = {
        "schema": 1,
        "committed": [{"run_id": run_id, "until": iso_utc(until)} for run_id, until in watermark.committed],
        "sites": {
            name: {
                "until": iso_utc(state.until_us),
                "last_day": state.last_day,
                "seen": list(state.seen),
                "retry": {key: iso_utc(ingest) for key, ingest in sorted(state.retry.items())},
            }
            for name, state in sorted(watermark.sites.items())
        },
    }
    data = encode_json(document)
    tag = target.put(WATERMARK, data, watermark.tag if watermark.exists else None)
    return replace(watermark, tag=tag, exists=True)


@dataclass(frozen=True)
class Decisions:
    """What an operator decided about failed verdicts.

    Attributes:
        accepted_until_us: a failing verdict of a run that reads up to this instant is a warning.
        excluded: keys that are not read.
    """

    accepted_until_us: int | None = None
    excluded: frozenset[str] = frozenset()


def read_decisions(target: Storage) -> Decisions:
    """Read the operator's decisions; none if there are none.

    Raises:
        StateError: the file is damaged.
    """
    found = target.get(DECISIONS)
    if found is None:
        return Decisions()
    try:
        document = orjson.loads(found.data)
        accepted = document.get("accepted_until")
        return Decisions(
            None if accepted is None else parse_instant(accepted), frozenset(document.get("excluded", ()))
        )
    except (orjson.JSONDecodeError, TypeError, ValueError, AttributeError) as error:
        raise StateError(f"{target.url}/{DECISIONS} is damaged ({error})") from error


def write_decisions(target: Storage, decisions: Decisions) -> None:
    """Write the operator's decisions."""
    accepted = decisions.accepted_until_us
    document = {
        "schema": 1,
        "accepted_until": None if accepted is None else iso_utc(accepted),
        "excluded": sorted(decisions.excluded),
    }
    target.put(DECISIONS, orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


class Lease:
    """The right to change a target.

    In a local folder it is a lock on a file, which the system releases when the process ends, however it
    ends.  On S3 it is an object that is created on condition, renewed by a thread while the run goes on and
    taken over once it expired; writes are fenced besides, so that an owner that lost it without noticing
    cannot overwrite anything.
    """

    def __init__(self, target: Storage, owner: str) -> None:
        self._target = target
        self._owner = f"{owner}@{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._tag: str | None = None
        self._file: IO[str] | None = None
        self._seen: tuple[str | None, float] | None = None
        self._ended = threading.Event()
        self._heart: threading.Thread | None = None
        self._failure: BusyError | None = None

    def renew(self) -> None:
        """Check that the lease is still held; a thread prolongs it.

        Raises:
            BusyError: another run has taken it over.
        """
        if self._failure is not None:
            raise self._failure

    def _beat(self) -> None:
        """Prolong the lease until it is given back, or lost."""
        while not self._ended.wait(HEARTBEAT_SECONDS):
            try:
                self._write(self._tag)
            except BusyError as error:
                self._failure = error
                return
            except Exception:  # noqa: S112 - S3 does not answer; the next beat tries again
                continue

    def _write(self, expect: str | None) -> None:
        body = {"owner": self._owner, "expires": time.time() + LEASE_SECONDS}
        try:
            self._tag = self._target.put(LEASE, orjson.dumps(body), expect)
        except ConflictError:
            raise BusyError(f"another run holds {self._target.url}/{LEASE}") from None

    def acquire(self) -> bool:
        """Try to take the lease; return whether it was free."""
        if isinstance(self._target, LocalStorage):
            return self._lock(self._target)
        found = self._target.get(LEASE)
        if found is not None and time.time() < _expiry(found.data) and not self._stands_still(found.tag):
            return False
        try:
            self._write(found.tag if found else None)
        except BusyError:
            return False
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._heart.start()
        return True

    def _stands_still(self, tag: str | None) -> bool:
        """Return whether a lease was not renewed for as long as it holds, by this machine's own clock."""
        now = time.monotonic()
        if self._seen is None or self._seen[0] != tag:
            self._seen = (tag, now)
        return now - self._seen[1] >= LEASE_SECONDS

    def _lock(self, target: LocalStorage) -> bool:
        import fcntl

        path = target.path(_LOCK)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lease back; if S3 does not answer, it expires by itself."""
        if self._file is not None:
            self._file.close()
            self._file = None
            return
        self._ended.set()
        if self._heart is not None:
            self._heart.join(LEASE_SECONDS)
        with suppress(UnreachableError):
            found = self._target.get(LEASE)
            if found and found.tag == self._tag:
                self._target.delete(LEASE)


def _expiry(data: bytes) -> float:
    try:
        return float(cast("dict[str, Any]", orjson.loads(data))["expires"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 0.0


@contextmanager
def hold_lease(target: Storage, owner: str, wait_s: float) -> Generator[Lease]:
    """Hold the lease of a target, waiting for another run for at most `wait_s` seconds.

    Raises:
        BusyError: it was not free in time.
    """
    lease = Lease(target, owner)
    deadline = time.monotonic() + wait_s
    while not lease.acquire():
        if time.monotonic() >= deadline:
            raise BusyError(
                f"another run is working on {target.url} and did not finish within {wait_s:g} s; "
                f"try again when it has (a run that died on S3 holds its lease for {LEASE_SECONDS:g} s)"
            )
        pause = 0.2 if isinstance(target, LocalStorage) else 2.0
        time.sleep(min(pause, max(deadline - time.monotonic(), 0.01)))
    try:
        yield lease
    finally:
        lease.release()
