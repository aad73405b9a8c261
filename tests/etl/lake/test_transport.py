"""Requests to S3 that fail: each is repeated if it may be, a lost answer is resolved by looking."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from weather_etl.lake import ConflictError, UnreachableError, transport
from weather_etl.lake.s3 import S3Storage
from weather_etl.runs.state import SiteState, Watermark, commit_watermark, read_watermark

from benchmarks.soak.places import Server, serve
from benchmarks.soak.server import Rule

KEY = "data/1.json"
RESET, LOST, CUT = {"action": "reset"}, {"action": "lost"}, {"action": "cut"}
THROTTLED = {"action": "status", "status": 503, "code": "SlowDown"}
TIMED_OUT = {"action": "status", "status": 400, "code": "RequestTimeout"}
RACED = {"action": "status", "status": 409, "code": "ConditionalRequestConflict"}
DENIED = {"action": "status", "status": 403, "code": "AccessDenied"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as started, pytest.MonkeyPatch.context() as patch:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        yield started


@pytest.fixture
def storage(server: Server, monkeypatch: pytest.MonkeyPatch) -> S3Storage:
    monkeypatch.setattr(transport, "FIRST_PAUSE_S", 0.001)
    server.reset()
    server.client("s3").create_bucket(Bucket="lake")
    found = S3Storage("s3://lake/root")
    found.put(KEY, b"before")
    for number in range(12):
        found.put(f"many/{number:02d}", b"x")
    return found


def put_if_matched(storage: S3Storage) -> object:
    found = storage.get(KEY)
    assert found is not None
    storage.put(KEY, b"after", found.tag)
    return _content(storage, KEY)


def put_if_absent(storage: S3Storage) -> object:
    storage.put("new", b"after", None)
    return _content(storage, "new")


def put_any(storage: S3Storage) -> object:
    storage.put(KEY, b"after")
    return _content(storage, KEY)


def removed(storage: S3Storage) -> object:
    storage.delete(KEY)
    return storage.get(KEY)


def _content(storage: S3Storage, key: str) -> bytes | None:
    found = storage.get(key)
    return found.data if found else None


OPERATIONS: dict[str, tuple[Rule, Callable[[S3Storage], object], object]] = {
    "put": (Rule("PUT"), put_any, b"after"),
    "put if absent": (Rule("PUT", header="If-None-Match"), put_if_absent, b"after"),
    "put if matched": (Rule("PUT", header="If-Match"), put_if_matched, b"after"),
    "delete": (Rule("DELETE|POST"), removed, None),
    "get": (Rule("GET", "/root/data"), lambda storage: _content(storage, KEY), b"before"),
    "fetch": (Rule("GET", "/root/data"), lambda storage: list(storage.fetch([KEY])), [b"before"]),
    "list": (
        Rule("GET", query="list-type"),
        lambda storage: sum(1 for _ in storage.objects("many/")),
        12,
    ),
    "list the next page": (
        Rule("GET", query="continuation-token"),
        lambda storage: sum(1 for _ in storage.objects("many/")),
        12,
    ),
    "folders": (Rule("GET", query="delimiter"), lambda storage: storage.folders(""), ["data", "many"]),
    "check": (Rule("GET", query="list-type"), lambda storage: storage.check(), None),
}
READS = ("get", "fetch", "list", "list the next page", "folders", "check")
CASES = [
    (name, fault)
    for name in OPERATIONS
    for fault in (RESET, THROTTLED, TIMED_OUT, CUT if name in READS else LOST)
] + [(name, RACED) for name in ("put if absent", "put if matched")]


@pytest.mark.parametrize(
    ("name", "fault"), CASES, ids=[f"{name}, {fault.get('code', fault['action'])}" for name, fault in CASES]
)
def test_a_request_that_may_be_repeated_is_repeated(
    name: str, fault: dict[str, Any], storage: S3Storage, server: Server
) -> None:
    rule, operation, expected = OPERATIONS[name]
    server.rule(Rule(**vars(rule) | fault | {"hits": 2}))

    assert operation(storage) == expected
    assert server.told()["given"] >= 1


def test_half_a_page_that_says_it_is_whole_loses_no_object(storage: S3Storage, server: Server) -> None:
    server.rule(Rule("GET", query="continuation-token", action="xml"))

    assert [entry.key for entry in storage.objects("many/")] == [f"many/{n:02d}" for n in range(12)]
    assert server.told()["given"] == 1


@pytest.mark.parametrize("name", ["put", "put if absent", "put if matched", "delete", "get", "list"])
def test_what_is_refused_is_said_at_once(name: str, storage: S3Storage, server: Server) -> None:
    rule, operation, _ = OPERATIONS[name]
    server.rule(Rule(**vars(rule) | DENIED | {"hits": 100}))
    with pytest.raises(UnreachableError) as raised:
        operation(storage)

    assert "AccessDenied" in str(raised.value) or "403" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert server.told()["given"] == 1


def test_a_conditional_put_that_another_one_overtook_is_a_conflict(
    storage: S3Storage, server: Server
) -> None:
    found = storage.get(KEY)
    assert found is not None
    storage.put(KEY, b"another's", found.tag)
    server.rule(Rule("PUT", action="lost", hits=1))
    with pytest.raises(ConflictError):
        storage.put(KEY, b"mine", found.tag)
    server.rule(None)
    assert _content(storage, KEY) == b"another's"


def test_an_object_that_is_gone_and_refused_is_gone(storage: S3Storage, server: Server) -> None:
    server.rule(Rule("GET", "/root/data", action="vanish"))
    (found,) = storage.fetch([KEY])

    assert isinstance(found, FileNotFoundError)


def test_an_object_that_is_there_and_refused_is_not_gone(storage: S3Storage, server: Server) -> None:
    server.rule(Rule(**vars(Rule("GET", "/root/data")) | DENIED))
    (found,) = storage.fetch([KEY])

    assert isinstance(found, Exception)
    assert not isinstance(found, FileNotFoundError)


@pytest.mark.parametrize("status", [409, 412])
def test_a_watermark_that_is_refused_without_a_change_is_written(
    status: int, storage: S3Storage, server: Server
) -> None:
    before = commit_watermark(storage, Watermark({"one": SiteState(1_000_000)}))
    server.rule(Rule("PUT", "watermark", action="status", status=status, code="Conflict"))
    commit_watermark(storage, before.with_site("two", SiteState(2_000_000)))

    assert server.told()["given"] == 1
    assert set(read_watermark(storage).sites) == {"one", "two"}


def test_a_watermark_that_another_run_moved_is_a_conflict(storage: S3Storage) -> None:
    before = commit_watermark(storage, Watermark({"one": SiteState(1_000_000)}))
    commit_watermark(storage, before.with_site("two", SiteState(2_000_000)))
    with pytest.raises(ConflictError):
        commit_watermark(storage, before.with_site("three", SiteState(3_000_000)))


def test_an_object_over_the_limit_is_not_asked_for(storage: S3Storage, server: Server) -> None:
    storage.put("sizes/huge.json", b"{}")  # to which the server's listings give a gigabyte
    entries = list(storage.objects("sizes/"))
    (found,) = storage.fetch([one.key for one in entries], [one.size for one in entries])

    assert found.args == (1 << 30,)
    assert server.told()["asked"] == []
    assert orjson.loads(_content(storage, "sizes/huge.json") or b"") == {}
