"""Hostile objects: what they cost, measured on the whole job."""

import gzip
import json
import random
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.soak import lake
from benchmarks.soak.children import Child, Ended
from benchmarks.soak.places import Server
from benchmarks.soak.server import HUGE

MB: Final = 1 << 20
_START_MS: Final = int(lake.START.timestamp() * 1000)


@dataclass(frozen=True)
class Hostile:
    """A kind of hostile object.

    Attributes:
        words: for the report.
        objects: yields the contents, or functions that write a file.
        bucket: the lake lies in S3.
        huge: the listing gives it the size of `HUGE`.
    """

    words: str
    objects: Callable[[], Iterator[bytes | Callable[[Path], None]]]
    bucket: bool = False
    huge: bool = False


@dataclass(frozen=True)
class Cost:
    """What a hostile object cost.

    Attributes:
        words: of the kind.
        peak_mb: of resident memory.
        cpu_s: user and system time.
        became: what became of it, in words.
    """

    words: str
    peak_mb: float
    cpu_s: float
    became: str


def message(**more: object) -> bytes:
    """Return a good message, with more in it."""
    body = {"timestamp": "2025-01-05T05:30:00Z", "location": "s", "data": {"temperature": 20, "humidity": 50}}
    return json.dumps(body | more).encode()


def _many(count: int, size: int) -> Iterator[bytes]:
    noise = random.Random(0).randbytes(size // 2).hex()
    for number in range(count):
        yield message(deviceId=f"d{number}", log=noise)


def _sparse(size: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return write


def _bomb(size: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        with path.open("wb") as file:
            for _ in range(size // MB):
                file.write(packer.compress(b"\0" * MB))
            file.write(packer.flush())

    return write


def _keys(count: int) -> bytes:
    return json.dumps({f"k{number}": number for number in range(count)}).encode()


def _one(content: bytes | Callable[[Path], None]) -> Callable[[], Iterator[bytes | Callable[[Path], None]]]:
    return lambda: iter([content])


KINDS: Final = (
    Hostile("nothing hostile", lambda: iter([message()])),
    Hostile("200 objects of 8 MB", lambda: _many(200, 8 * MB), bucket=True),
    Hostile("200 objects of 8 MB", lambda: _many(200, 8 * MB)),
    Hostile("an object of 1 GB", _one(message()), bucket=True, huge=True),
    Hostile("an object of 1 GB", _one(_sparse(HUGE))),
    Hostile("an object of 63 MB", _one(message(log="x" * (63 * MB)))),
    Hostile("500,000 keys in one object", lambda: iter([_keys(500_000)])),
    Hostile("1,000,000 keys in one object", lambda: iter([_keys(1_000_000)])),
    Hostile("1,000,000 keys beside a value", lambda: iter(
        [message(data={f"k{number}": number for number in range(1_000_000)} | {"temperature": 3})])),
    Hostile("brackets 1,000,000 deep", _one(b"[" * 1_000_000 + b"]" * 1_000_000)),
    Hostile("objects 1,000,000 deep", _one(b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000)),
    Hostile("a string of 10 MB as station", lambda: iter([message(deviceId="x" * 10_000_000)])),
    Hostile("a number of 1,000,000 digits", _one(message(n=0).replace(b"0}", b"1" + b"0" * 1_000_000 + b"}"))),
    Hostile("gzip that unpacks to 10 GB", _one(_bomb(10 << 30))),
    Hostile("gzip cut off", _one(gzip.compress(message() * 100)[:-20])),
    Hostile("200,000 messages in one object", lambda: iter([b"[" + b",".join([message()] * 200_000) + b"]"])),
)  # fmt: skip


def measure(home: Path, server: Server, kinds: tuple[Hostile, ...] = KINDS) -> list[Cost]:
    """Run the job over a lake with each kind of hostile object beside good ones.

    Raises:
        AssertionError: a run fails, loses a good message, or asks for an object that it should not.
    """
    found: list[Cost] = []
    for kind in kinds:
        shutil.rmtree(home / "hostile", ignore_errors=True)
        source = home / "hostile/lake"
        _write(kind, source)
        address = str(source)
        if kind.bucket:
            server.reset()
            address = server.upload(source)
        argv = [
            "--source", address, "--target", str(home / "hostile/out"), "--until", lake.END, "--run_id", "h",
        ]  # fmt: skip
        ended = Child(argv, home / "hostile/log").wait(900)
        assert ended.status == 0, f"{kind.words}: {ended.said}"
        asked = server.told()["asked"] if kind.bucket else []
        assert not asked, f"{asked} was asked for"
        where = "S3" if kind.bucket else "a folder"
        print(f"{kind.words}, in {where}: {ended.peak_mb:.0f} MB, {ended.cpu_s:.1f} CPU s", flush=True)
        found.append(Cost(f"{kind.words}, in {where}", ended.peak_mb, ended.cpu_s, _became(ended)))
    shutil.rmtree(home / "hostile", ignore_errors=True)
    return found


def _write(kind: Hostile, source: Path) -> None:
    (source / "s").mkdir(parents=True)
    for hour in range(20):
        moment = f"2025-01-06T{hour:02d}:00:00Z"
        good = message(timestamp=moment, deviceId="good")
        (source / f"s/{_START_MS + hour * 3_600_000}.json").write_bytes(good)
    for number, content in enumerate(kind.objects()):
        path = source / f"s/{_START_MS + 1 + number * 1000}{'-huge' if kind.huge else ''}.json"
        if callable(content):
            content(path)
        else:
            path.write_bytes(content)


def _became(ended: Ended) -> str:
    summary = ended.summary
    assert summary["accepted"] >= 20, "a good message was lost"
    parts = {
        "accepted": summary["accepted"] - 20,
        "duplicates": summary["duplicates"],
        "quarantined": summary["quarantined"],
        "unreadable": summary["objects_unreadable"],
    }
    return ", ".join(f"{count:,} {name}" for name, count in parts.items() if count) or "nothing of it is used"
