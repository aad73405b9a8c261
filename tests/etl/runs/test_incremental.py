"""Incremental, idempotent, replayable: the datasets are a function of the messages and of nothing else."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from weather_etl.core import iso_utc, parse_instant
from weather_etl.lake.opening import open_storage
from weather_etl.runs import checkpoints
from weather_etl.runs.state import BusyError, read_watermark

from tests.etl.lakes_and_runs import NEW_YORK, airport_lake, datasets, flat, rows_of, transform, write_lake

CONFIG = {"sites": NEW_YORK}
ONE, TWO, THREE = "2013-06-16T04:00:00Z", "2013-06-23T04:00:00Z", "2013-06-30T04:00:00Z"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of two stations."""
    folder = tmp_path_factory.mktemp("lake") / "lake"
    airport_lake(folder, ["EWR", "JFK"], "2013-06-16T04", "2013-06-30T04")
    return folder


@pytest.fixture(scope="module")
def undisturbed(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one run over both weeks writes."""
    target = tmp_path_factory.mktemp("undisturbed") / "out"
    transform(lake, target, THREE, CONFIG)
    found = datasets(target)
    assert {key.split("/")[0] for key in found} == {
        "observations",
        "hourly",
        "daily",
        "weekly",
        "sensor_weeks",
    }
    return found


def test_two_weeks_in_one_run_equal_one_and_one(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path
) -> None:
    first = transform(lake, tmp_path / "out", TWO, CONFIG)
    second = transform(lake, tmp_path / "out", THREE, CONFIG)

    assert first["accepted"] + second["accepted"] == first["messages"] + second["messages"]
    assert second["window"] == {"since": TWO, "until": THREE}
    assert datasets(tmp_path / "out") == undisturbed


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 14 * 24 - 1), min_size=1, max_size=4, unique=True).map(sorted))
def test_any_split_into_runs_gives_the_same_bytes(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    target = tmp_path_factory.mktemp("split") / "out"
    for hours in cuts:
        moment = parse_instant(ONE) + hours * 3_600_000_000
        transform(lake, target, iso_utc(moment), CONFIG)
    transform(lake, target, THREE, CONFIG)

    assert datasets(target) == undisturbed


def test_small_batches_give_the_same_bytes(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path
) -> None:
    """One batch holds 100 objects, so that sites are split by ingest time."""
    summary = transform(lake, tmp_path / "out", THREE, {**CONFIG, "batch_objects": 100})

    assert summary["objects_read"] > 600
    assert datasets(tmp_path / "out") == undisturbed


def test_order_and_duplicates_do_not_matter(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path
) -> None:
    """Every tenth message comes again minutes later; the folder is written in another order."""
    objects = {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*.json")}
    again: dict[str, bytes] = {}
    for key, body in list(objects.items())[::10]:
        site, name = key.split("/")
        again[f"{site}/{int(name[:13]) + 60_000 * 7}.json"] = body
    shuffled = list((objects | again).items())
    random.Random(7).shuffle(shuffled)
    write_lake(tmp_path / "lake", dict(shuffled))
    middle = transform(tmp_path / "lake", tmp_path / "out", TWO, CONFIG)
    summary = transform(tmp_path / "lake", tmp_path / "out", THREE, CONFIG)

    assert middle["duplicates"] + summary["duplicates"] == len(again)
    assert datasets(tmp_path / "out") == undisturbed


def test_a_second_run_finds_nothing_and_changes_nothing(lake: Path, tmp_path: Path) -> None:
    transform(lake, tmp_path / "out", THREE, CONFIG)
    before = datasets(tmp_path / "out")
    summary = transform(lake, tmp_path / "out", THREE, CONFIG)

    assert summary["empty"]
    assert summary["partitions_written"] == 0
    assert datasets(tmp_path / "out") == before


def test_a_replay_changes_nothing_and_leaves_the_watermark(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path
) -> None:
    transform(lake, tmp_path / "out", THREE, CONFIG)
    state = (tmp_path / "out/_state/watermark.json").read_bytes()
    summary = transform(lake, tmp_path / "out", TWO, CONFIG, since="2013-06-18T00:00:00Z")

    assert summary["replay"]
    assert summary["messages"] > 200
    assert not summary["watermark_moved"]
    assert (tmp_path / "out/_state/watermark.json").read_bytes() == state
    assert datasets(tmp_path / "out") == undisturbed


def test_a_replay_replaces_what_the_same_objects_gave_before(tmp_path: Path) -> None:
    """A wrong wind scale is corrected by replaying the window: no conflict with the old values remains."""
    site: dict[str, Any] = {"timezone": "UTC", "interval_s": 3600}
    objects = [flat("S", f"2025-03-02T{hour:02d}:00:00+00:00", wind_speed=20.0 + hour) for hour in range(24)]
    write_lake(tmp_path / "lake", {f"d5/{key}": body for key, body in objects})
    until = "2025-03-03T00:00:00Z"
    transform(tmp_path / "lake", tmp_path / "out", until, {"sites": {"d5": {**site, "wind_scale": 1.0}}})
    right = {"sites": {"d5": {**site, "wind_scale": 0.1}}}
    transform(tmp_path / "lake", tmp_path / "out", until, right, since="2025-03-02T00:00:00Z")
    transform(tmp_path / "lake", tmp_path / "fresh", until, right)

    assert rows_of(tmp_path / "out", "observations", "d5")[0]["wind_speed"] == pytest.approx(2.0)
    assert datasets(tmp_path / "out") == datasets(tmp_path / "fresh")


# ---- runs that die


STAGES = (
    "start", "list", "kernel", "publish observations", "publish hourly", "publish daily", "publish weekly",
    "published", "manifest", "summary", "commit",
)  # fmt: skip


class Died(BaseException):
    """The run was stopped."""


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_that_dies_anywhere_can_be_repeated(
    stage: str, lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run dies at the second time it reaches the stage, if it reaches it twice, else at the first."""
    target = tmp_path / "out"
    transform(lake, target, TWO, CONFIG)
    reached = 0

    def die(name: str) -> None:
        nonlocal reached
        reached += name == stage
        if name == stage and (
            reached == 2 or stage not in ("list", "kernel", "publish observations", "publish hourly")
        ):
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "reached", die)
        with pytest.raises(Died):
            transform(lake, target, THREE, CONFIG)
    assert read_watermark(open_storage(str(target))).sites["EWR"].until_us == parse_instant(TWO)
    transform(lake, target, THREE, CONFIG)

    assert datasets(target) == undisturbed


KILLED = """
import os, signal, sys
from weather_etl.runs import checkpoints
from weather_etl.main import main

def die(name):
    if name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

checkpoints.reached = die
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("stage", ["kernel", "publish daily", "commit"])
def test_a_run_that_is_killed_can_be_repeated(
    stage: str, lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG))
    target = tmp_path / "out"
    command = ["--source", str(lake), "--target", str(target), "--until", THREE, "--config", str(config)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, stage, *command], env=environment, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    transform(lake, target, THREE, CONFIG)

    assert datasets(target) == undisturbed


def test_a_run_that_times_out_half_way_keeps_what_it_finished(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {**CONFIG, "batch_objects": 100}
    commits = 0

    def die(name: str) -> None:
        nonlocal commits
        commits += name == "commit"
        if commits == 3:
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "reached", die)
        with pytest.raises(Died):
            transform(lake, tmp_path / "out", THREE, small)
    summary = transform(lake, tmp_path / "out", THREE, small)

    assert 0 < summary["objects_read"] <= len(list(lake.rglob("*.json"))) - 200, (
        "two batches are not read again"
    )
    assert datasets(tmp_path / "out") == undisturbed


# ---- late messages, first runs, silence


def test_a_late_message_rewrites_exactly_what_it_changes(lake: Path, tmp_path: Path) -> None:
    """A message of 18 June that arrives on the 30th touches its day, month, year and week alone."""
    objects = {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*.json")}
    late = next(key for key in sorted(objects) if key.startswith("EWR/13715"))
    body = objects.pop(late)
    write_lake(tmp_path / "lake", objects)
    transform(tmp_path / "lake", tmp_path / "out", THREE, CONFIG)
    before = datasets(tmp_path / "out")
    write_lake(tmp_path / "lake", {f"EWR/{parse_instant(THREE) // 1000 + 5000}.json": body})
    summary = transform(tmp_path / "lake", tmp_path / "out", "2013-06-30T05:00:00Z", CONFIG)
    after = datasets(tmp_path / "out")
    changed = sorted(key for key in after if after[key] != before.get(key))

    day = json.loads(body)["time"][:10]
    assert summary["accepted"] == 1
    assert changed == sorted(
        [
            "daily/site=EWR/year=2013/daily.csv",
            "hourly/site=EWR/month=2013-06/hourly.csv",
            f"observations/site=EWR/date={day}/observations.csv",
            "sensor_weeks/week=2013-06-16/sensor_weeks.csv",
            "weekly/site=EWR/year=2013/weekly.csv",
        ]
    )
    assert sorted(before) == sorted(after)


def test_an_object_that_lands_behind_the_watermark_within_the_overlap_is_read_once(tmp_path: Path) -> None:
    """Objects land some time after their key's instant; none is lost and none is read twice."""
    base = "2025-03-02T00:"
    keys = [flat("S", f"{base}{minute:02d}:00+00:00", air_temperature=20.0 + minute) for minute in range(30)]
    late = keys.pop(25)
    write_lake(tmp_path / "lake", {f"d5/{key}": body for key, body in keys})
    first = transform(tmp_path / "lake", tmp_path / "out", "2025-03-02T00:30:00Z")
    write_lake(tmp_path / "lake", {f"d5/{late[0]}": late[1]})
    second = transform(tmp_path / "lake", tmp_path / "out", "2025-03-02T00:31:00Z")

    assert (first["objects_read"], second["objects_read"]) == (29, 1)
    assert len(rows_of(tmp_path / "out", "observations", "d5")) == 30


def test_a_first_run_on_an_old_lake_begins_at_start_from(lake: Path, tmp_path: Path) -> None:
    summary = transform(lake, tmp_path / "out", THREE, CONFIG, start_from=TWO)
    whole = len(list(lake.rglob("*.json")))

    assert 0 < summary["objects_read"] < whole * 0.55
    assert all("date=2013-06-1" not in key for key in datasets(tmp_path / "out"))


def test_windows_close_without_new_messages(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path
) -> None:
    """A run that ends in the middle of the last day, and one after it that finds nothing new to read."""
    shutil_lake = {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*.json")}
    cut = parse_instant("2013-06-29T16:00:00Z") // 1000
    early = {key: body for key, body in shutil_lake.items() if int(key[4:17]) < cut}
    write_lake(tmp_path / "lake", early)
    transform(tmp_path / "lake", tmp_path / "out", "2013-06-29T16:00:00Z", CONFIG)
    silent = transform(tmp_path / "lake", tmp_path / "out", THREE, CONFIG)
    transform(tmp_path / "lake", tmp_path / "fresh", THREE, CONFIG)

    assert silent["empty"]
    assert silent["datasets"]["daily"] > 0
    assert datasets(tmp_path / "out") == datasets(tmp_path / "fresh")


# ---- two runs at once


def test_two_runs_at_once_on_a_folder_lose_nothing(
    lake: Path, undisturbed: Mapping[str, bytes], tmp_path: Path
) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            transform(lake, tmp_path / "out", THREE, CONFIG, run_id=name)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    summaries = [
        json.loads((tmp_path / f"out/_runs/{name}/summary.json").read_text()) for name in ("one", "two")
    ]
    assert sorted(one["empty"] for one in summaries) == [False, True], (
        "the second run waits and finds nothing to do"
    )
    assert datasets(tmp_path / "out") == undisturbed


def test_a_second_run_gives_up_with_a_reason_when_the_first_does_not_end(lake: Path, tmp_path: Path) -> None:
    from weather_etl.runs.state import hold_lease

    with (
        hold_lease(open_storage(str(tmp_path / "out")), "first", 0),
        pytest.raises(BusyError, match="another run is working on"),
    ):
        transform(lake, tmp_path / "out", THREE, {**CONFIG, "lease_wait_s": 0.3})


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    """No test may leave the checkpoint patched."""
    yield
    assert checkpoints.reached.__module__ == "weather_etl.runs.checkpoints"
