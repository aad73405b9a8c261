"""Objects that cannot be read: counted, tried again by the next run, forgotten when they are gone."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from weather_etl.lake.local import LocalStorage
from weather_etl.lake.opening import open_storage
from weather_etl.runs.state import read_watermark

from tests.etl.lakes_and_runs import datasets, flat, rows_of, transform, write_lake

FIRST, SECOND, THIRD = "2025-03-03T00:00:00Z", "2025-03-04T00:00:00Z", "2025-03-05T00:00:00Z"


def hours(date: str) -> dict[str, bytes]:
    messages = [
        flat("s1", f"{date}T{hour:02d}:00:00+00:00", air_temperature=20.0 + hour) for hour in range(24)
    ]
    return {f"d5/{key}": body for key, body in messages}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Keys that fail with an input/output error as long as they are in this set."""
    keys: set[str] = set()
    fetch = LocalStorage.fetch

    def failing(
        self: LocalStorage, wanted: Sequence[str], sizes: Sequence[int] = ()
    ) -> Iterator[bytes | Exception]:
        for key, content in zip(wanted, fetch(self, wanted, sizes), strict=True):
            yield OSError(5, "Input/output error") if key in keys else content

    monkeypatch.setattr(LocalStorage, "fetch", failing)
    return keys


@pytest.mark.parametrize("position", [3, 23], ids=["before the overlap", "inside the overlap"])
def test_what_could_not_be_read_is_tried_again_and_nothing_is_lost(
    tmp_path: Path, broken: set[str], position: int
) -> None:
    write_lake(tmp_path / "lake", hours("2025-03-02") | hours("2025-03-03"))
    quality = {"quality": {"unreadable_share": {"warn": 0, "fail": 0.5}}}
    late = (
        f"d5/{1740960000000 - (24 - position) * 3_600_000}.json" if position == 3 else "d5/1740956400000.json"
    )
    assert (tmp_path / "lake" / late).exists()
    broken.add(late)
    until = FIRST if position == 3 else "2025-03-02T23:05:00Z"
    first = transform(tmp_path / "lake", tmp_path / "out", until, quality)
    broken.clear()
    second = transform(tmp_path / "lake", tmp_path / "out", SECOND, quality)
    transform(tmp_path / "lake", tmp_path / "fresh", SECOND)

    assert (first["objects_unreadable"], first["verdict"]["level"]) == (1, "warn")
    assert first["objects_listed"] == first["objects_read"] + 1
    assert second["objects_read"] == 49 - first["objects_listed"]
    assert datasets(tmp_path / "out") == datasets(tmp_path / "fresh")
    assert not read_watermark(open_storage(str(tmp_path / "out"))).sites["d5"].retry


def test_small_batches_keep_what_is_to_be_tried_again(tmp_path: Path, broken: set[str]) -> None:
    lake = hours("2025-03-02")
    write_lake(tmp_path / "lake", lake)
    broken.update(sorted(lake)[2:4])
    small = {"batch_objects": 6, "quality": {"unreadable_share": {"warn": 0, "fail": 1}}}
    transform(tmp_path / "lake", tmp_path / "out", FIRST, small)
    state = read_watermark(open_storage(str(tmp_path / "out"))).sites["d5"]
    assert sorted(state.retry) == sorted(broken)
    broken.clear()
    assert transform(tmp_path / "lake", tmp_path / "out", FIRST, small)["accepted"] == 2
    assert len(rows_of(tmp_path / "out", "observations", "d5")) == 24


def test_an_object_that_is_gone_is_not_asked_for_for_ever(tmp_path: Path) -> None:
    lake = hours("2025-03-02")
    write_lake(tmp_path / "lake", lake)
    (tmp_path / "lake/d5/1740920400001.json").symlink_to(tmp_path / "nowhere")
    quality = {"quality": {"unreadable_share": {"warn": 0, "fail": 0.5}}}
    first = transform(tmp_path / "lake", tmp_path / "out", FIRST, quality)
    second = transform(tmp_path / "lake", tmp_path / "out", THIRD, quality)

    assert first["objects_unreadable"] == 1
    assert second["objects_listed"] == 0
    assert second["verdict"]["level"] == "pass"


def test_many_unreadable_objects_fail_the_run(tmp_path: Path, broken: set[str]) -> None:
    lake = hours("2025-03-02")
    write_lake(tmp_path / "lake", lake)
    broken.update(sorted(lake)[:10])
    summary = transform(tmp_path / "lake", tmp_path / "out", FIRST)

    assert summary["verdict"]["level"] == "fail"
    assert "10 of 24 objects could not be read" in summary["verdict"]["reasons"][0]
    assert datasets(tmp_path / "out") == {}
