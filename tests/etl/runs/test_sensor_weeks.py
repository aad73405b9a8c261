"""The dataset of the sensors: from runs over real airports with faults put in."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from weather_etl.datasets.partitions import read_csv
from weather_etl.datasets.tables import tables
from weather_etl.lake import open_storage
from weather_etl.runs import checkpoints, repair_target

from tests.etl.lakes_and_runs import NEW_YORK, airport_message, airport_rows, transform, write_lake

PLACES = {"EWR": (40.6925, -74.1687, 5), "JFK": (40.6398, -73.7787, 4), "LGA": (40.7772, -73.8726, 6)}
SITES = {
    name: {**NEW_YORK[name], "latitude": place[0], "longitude": place[1], "elevation_m": place[2]}
    for name, place in PLACES.items()
}
ZONE = {"timezone": "America/New_York"}
FIRST, END = "2013-06-30T04", "2013-08-11T04"  # six weeks from Sunday to Saturday
FAULTY_FROM = "2013-07-29T12"
UNTIL = [f"2013-{day}T04:00:00Z" for day in ("07-14", "07-28", "08-04", "08-11")]


def lake(folder: Path, fault: Callable[[dict[str, Any]], None] | None = None, late: str = "") -> Path:
    """Write six weeks; `fault` changes messages of LGA from FAULTY_FROM on; `late`: that day comes last."""
    days: dict[str, list[dict[str, Any]]] = {}
    for row in airport_rows(PLACES, FIRST, END):
        message = airport_message(row)[1]
        if fault and row["origin"] == "LGA" and row["time_hour"] >= FAULTY_FROM:
            fault(message)
        days.setdefault(f"{row['origin']}/{row['time_hour'][:10]}", []).append(message)
    objects = {}
    for key, messages in days.items():
        site, day = key.split("/")
        hour = "2013-08-10T23:00:00" if day == late else f"{day}T23:59:00"
        objects[f"{site}/{_milliseconds(hour)}{'1' if day == late else ''}.json"] = json.dumps(
            messages
        ).encode()
    write_lake(folder, objects)
    return folder


def _milliseconds(text: str) -> int:
    from datetime import UTC, datetime

    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def warm(message: dict[str, Any]) -> None:
    """A thermometer that reads 6 degC too high."""
    if "air_temperature" in message:
        message["air_temperature"] += 6
    message.pop("relative_humidity", None)  # of which nothing is asked here


def run(folder: Path, target: Path, until: str, **options: str) -> dict[str, Any]:
    return transform(folder, target, until, {"sites": SITES} | _config, **ZONE, **options)


_config: dict[str, Any] = {}


def files(target: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in sorted((target / "sensor_weeks").rglob("*.csv"))}


def rows(target: Path) -> list[dict[str, Any]]:
    declared = tables()["sensor_weeks"]
    return [
        {"week": week.removeprefix("week="), **row}
        for week, data in files(target).items()
        for row in read_csv(data, declared).to_pylist()
    ]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake(tmp_path_factory.mktemp("faulty") / "lake", warm)


@pytest.fixture(scope="module")
def whole(faulty: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    target = tmp_path_factory.mktemp("whole") / "out"
    return target, run(faulty, target, UNTIL[-1])


def test_a_biased_thermometer_is_suspect_and_dated(whole: tuple[Path, dict[str, Any]]) -> None:
    mine = [row for row in rows(whole[0]) if row["site"] == "LGA"]
    thermometers = [row for row in mine if row["sensor"] == "air_temperature"]
    found = [row for row in thermometers if row["state"] == "suspect"]
    assert [(row["site"], row["week"]) for row in found] == [("LGA", "2013-07-28"), ("LGA", "2013-08-04")]
    first, second = found
    assert first["kind"] == "bias"
    assert first["size"] == pytest.approx(6, abs=1)
    assert "2013-07-28T12" <= first["since_utc"] <= "2013-07-30T12"
    assert second["since_utc"] == first["since_utc"], "a fault that goes on keeps its date"
    assert second["open_since_utc"] == first["since_utc"], "all seven days are suspect: an entry is proposed"
    assert second["words"].startswith("thermometer reads +")
    assert second["neighbours"].split() in (["EWR", "JFK"], ["JFK", "EWR"])


def test_the_summary_says_it_in_words_and_warns(whole: tuple[Path, dict[str, Any]]) -> None:
    summary = whole[1]
    assert summary["sensors"]["week"] == "2013-08-04"
    assert summary["sensors"]["open"] == 1
    latest = [row for row in rows(whole[0]) if row["week"] == "2013-08-04"]
    assert sum(summary["sensors"]["states"].values()) == len(latest)
    sentence = next(text for text in summary["sensors"]["doubtful"] if "thermometer" in text)
    assert sentence.startswith("LGA: thermometer reads +")
    assert summary["verdict"]["level"] == "warn"
    assert sentence in summary["verdict"]["reasons"]


def test_no_value_is_altered(faulty: Path, whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    transform(faulty, tmp_path / "out", UNTIL[-1], {"sites": NEW_YORK}, **ZONE)
    for dataset in ("observations", "weekly"):
        there = {str(path.relative_to(whole[0])): path for path in (whole[0] / dataset).rglob("*.csv")}
        assert there
        assert all((tmp_path / "out" / key).exists() for key in there)
    assert {row["state"] for row in rows(tmp_path / "out")} <= {"isolated", "silent", "suspect"}
    assert {row["kind"] for row in rows(tmp_path / "out")} <= {None, "rejected"}


def test_the_same_bytes_in_any_order_of_runs(
    faulty: Path, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    for until in UNTIL:
        run(faulty, tmp_path / "out", until)
    assert files(tmp_path / "out") == files(whole[0])
    run(faulty, tmp_path / "out", UNTIL[-1], since="2013-07-10T00:00:00Z")  # a replay
    assert files(tmp_path / "out") == files(whole[0])


def test_a_late_day_changes_the_weeks_that_it_matters_to(tmp_path: Path) -> None:
    folder = lake(tmp_path / "late", warm, late="2013-07-16")
    for until in UNTIL:
        run(folder, tmp_path / "steps", until)
    run(folder, tmp_path / "once", UNTIL[-1])
    assert files(tmp_path / "steps") == files(tmp_path / "once")


@pytest.mark.parametrize("stage", ["publish hourly", "published", "manifest", "commit"])
def test_a_run_that_dies_is_made_good_by_the_next(
    faulty: Path,
    whole: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    stage: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "out"
    run(faulty, target, UNTIL[1])
    monkeypatch.setitem(_config, "batch_objects", 20)  # several batches

    def die(name: str) -> None:
        if name == stage and next(turns) == (1 if stage == "manifest" else 2):
            raise KeyboardInterrupt

    for _ in range(2):
        turns = iter(range(1, 100))
        with monkeypatch.context() as patch:
            patch.setattr(checkpoints, "reached", die)
            with pytest.raises(KeyboardInterrupt):
                run(faulty, target, UNTIL[-1])
        shutil.rmtree(target / "_stage", ignore_errors=True)
    run(faulty, target, UNTIL[-1])
    assert files(target) == files(whole[0])
    assert not (target / "_state/sensors.json").exists()


@pytest.mark.parametrize("harm", ["one week", "every week and its entry", "spoiled"])
def test_a_replay_restores_the_weeks_and_nothing_else_changes(
    harm: str, faulty: Path, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    target = tmp_path / "out"
    shutil.copytree(whole[0], target)
    weeks = sorted((target / "sensor_weeks").rglob("*.csv"))
    for week in weeks[2:3] if harm == "one week" else weeks:
        week.write_bytes(b"spoiled") if harm == "spoiled" else week.unlink()
    if harm == "every week and its entry":
        (target / "_state/publication.json").unlink()
    run(faulty, target, UNTIL[-1], since="2013-06-30T04:00:00Z")

    assert files(target) == files(whole[0])


def test_repair_derives_what_is_made_from_a_week_and_never_removes_the_last_copy(
    faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    monkeypatch.setitem(_config, "outputs", {"parquet": True})
    run(faulty, target, UNTIL[1])
    before = {
        path: path.read_bytes()
        for path in target.rglob("*")
        if "sensor_weeks" in str(path) and path.is_file()
    }
    tables_of = sorted(target.rglob("parquet/sensor_weeks/**/*.parquet"))
    csv = sorted((target / "sensor_weeks").rglob("*.csv"))
    tables_of[0].unlink()
    csv[1].unlink()
    found = repair_target(open_storage(str(target)))

    assert found.written == {"sensor_weeks.parquet": 1}
    assert found.damaged == {str(csv[1].relative_to(target)): "is missing, and files made from it are there"}
    assert {path: path.read_bytes() for path in before if path.exists()} == {
        path: data for path, data in before.items() if path != csv[1]
    }
    run(faulty, target, UNTIL[1], since="2013-06-30T04:00:00Z")
    assert {path: path.read_bytes() for path in before} == before


def test_a_station_that_falls_silent_says_so(tmp_path: Path) -> None:
    folder = lake(tmp_path / "lake")
    for path in sorted((folder / "EWR").iterdir()):
        if int(path.stem[:13]) > _milliseconds("2013-08-04T05:00:00"):
            path.unlink()
    run(folder, tmp_path / "out", UNTIL[-1])
    found = {
        row["sensor"]: row
        for row in rows(tmp_path / "out")
        if (row["site"], row["week"]) == ("EWR", "2013-08-04")
    }
    assert {row["state"] for row in found.values()} == {"silent"}
    assert (
        found["air_temperature"]["words"]
        == "thermometer gave hardly any hour this week; look at power and connection"
    )


def test_an_empty_week_still_closes(tmp_path: Path) -> None:
    folder = lake(tmp_path / "lake")
    run(folder, tmp_path / "out", UNTIL[-1])
    summary = run(folder, tmp_path / "out", "2013-08-18T04:00:00Z")
    assert summary["sensors"]["week"] == "2013-08-11"
    assert set(summary["sensors"]["states"]) == {"silent"}
