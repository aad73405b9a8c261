"""One foreign name does not end the run of everybody: it is counted, named, and can be excluded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from weather_etl.lake import open_storage
from weather_etl.runs.state import Decisions, read_watermark, write_decisions

from benchmarks.soak.places import Server, serve
from tests.etl.lakes_and_runs import datasets, flat, transform, write_lake

NAME, _ = flat("x", "2025-03-02T09:00:00Z")
FOREIGN = {
    "an empty segment": f"site//{NAME}",
    "an empty site": f"/{NAME}",
    "two dots": f"site/../{NAME}",
    "a dot": f"site/./{NAME}",
    "a site of two dots": f"../{NAME}",
    "a tab": f"a\tb/{NAME}",
    "a deletion": f"a\x7fb/{NAME}",
    "what XML cannot hold": f"a\x01/{NAME}",
    "a carriage return": f"site/{NAME}\r",
    "a site longer than a folder's name": f"{'x' * 300}/{NAME}",
    "a segment that sorts before everything": f"!//{NAME}",
}
UNTIL, LATER = "2025-03-03T00:00:00Z", "2025-03-04T00:00:00Z"
LENIENT = {"quality": {"unreadable_share": {"warn": 0, "fail": 1}}}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as started, pytest.MonkeyPatch.context() as patch:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        yield started


@pytest.fixture
def good(server: Server) -> dict[str, bytes]:
    """A bucket with a site's messages; they are returned by key."""
    server.reset()
    server.client("s3").create_bucket(Bucket="lake")
    messages = [flat("s", f"2025-03-02T{hour:02d}:00:00Z", air_temperature=9.0) for hour in range(12)]
    found = {f"site/{name}": body for name, body in messages}
    _put(server, found)
    return found


def _put(server: Server, objects: dict[str, bytes]) -> None:
    for key, body in objects.items():
        server.client("s3").put_object(Bucket="lake", Key=f"raw/{key}", Body=body)


def _unreadable(target: Path, run_id: str) -> dict[str, str]:
    manifest: dict[str, Any] = json.loads((target / f"_runs/{run_id}/manifest.json").read_text())
    return {key: why for one in manifest["inputs"] for key, why in one["unreadable"].items()}


@pytest.mark.parametrize("key", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_key_is_counted_and_named_and_the_rest_is_read(
    key: str, server: Server, good: dict[str, bytes], tmp_path: Path
) -> None:
    write_lake(tmp_path / "lake", good)
    transform(tmp_path / "lake", tmp_path / "good", UNTIL)
    _put(server, {key: b"{}"})
    summary = transform("s3://lake/raw", tmp_path / "out", UNTIL, run_id="r")

    assert (summary["objects_listed"], summary["objects_read"], summary["objects_unreadable"]) == (13, 12, 1)
    assert summary["verdict"]["level"] == "warn"
    ((named, why),) = _unreadable(tmp_path / "out", "r").items()
    assert named == key
    assert "its key has" in why or "the name of the site is longer" in why
    assert datasets(tmp_path / "out") == datasets(tmp_path / "good")


def test_foreign_keys_are_tried_again_until_they_are_excluded(
    server: Server, good: dict[str, bytes], tmp_path: Path
) -> None:
    foreign = {key for key in FOREIGN.values() if "\x01" not in key}  # moto cannot list behind it
    _put(server, dict.fromkeys(foreign, b"{}"))
    first = transform("s3://lake/raw", tmp_path / "out", UNTIL, LENIENT)
    target = open_storage(str(tmp_path / "out"))
    again = transform("s3://lake/raw", tmp_path / "out", LATER, LENIENT)
    remembered = {key for state in read_watermark(target).sites.values() for key in state.retry}
    write_decisions(target, Decisions(excluded=frozenset(foreign)))
    last = transform("s3://lake/raw", tmp_path / "out", "2025-03-05T00:00:00Z", LENIENT)

    assert first["objects_read"] == len(good)
    assert first["objects_unreadable"] == again["objects_unreadable"] == len(foreign)
    assert remembered == foreign
    assert (last["objects_listed"], last["verdict"]["level"]) == (0, "pass")
    assert last["decisions"]["excluded"] == len(foreign)


def test_a_file_whose_name_is_not_text_is_counted(tmp_path: Path) -> None:
    write_lake(tmp_path / "lake", {f"site/{NAME}": b"[]"})
    stray = bytes(tmp_path / "lake/site") + b"/1740906000000-\xff.json"
    with open(stray, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(b"{}")
    summary = transform(tmp_path / "lake", tmp_path / "out", UNTIL, run_id="r")

    assert (summary["objects_read"], summary["objects_unreadable"]) == (1, 1)
