"""The ledger in runs: a replay makes the past as if withheld values had never come."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from weather_etl.runs import run
from weather_etl.settings.arguments import parse_arguments

from tests.etl.lakes_and_runs import NEW_YORK, airport_message, airport_rows, datasets, rows_of, write_lake

FIRST, BEHIND, UNTIL = "2013-07-07T04", "2013-07-14T04", "2013-07-14T04:00:00Z"
FROM, TO = "2013-07-09T12:00:00Z", "2013-07-11T06:00:00Z"
HEADER = "from,to,station,variable,action,value,comment,link\n"


def lake(folder: Path, *, without: bool) -> None:
    """Write a week of EWR, a message an object; `without`: the temperatures of the interval are left out."""
    objects: dict[str, bytes] = {}
    for row in airport_rows(["EWR"], FIRST, BEHIND):
        key, message = airport_message(row)
        if without and FROM <= row["time_hour"] < TO:
            message.pop("air_temperature", None)
        objects[key] = json.dumps(message).encode()
    write_lake(folder, objects)


def transform(folder: Path, ledger: str | None, **options: str) -> dict[str, Any]:
    (folder / "run.json").write_bytes(orjson.dumps({"sites": {"EWR": NEW_YORK["EWR"]}}))
    (folder / "ledger").mkdir(exist_ok=True)
    file = folder / "ledger/EWR.csv"
    file.unlink(missing_ok=True)
    if ledger is not None:
        file.write_text(HEADER + ledger, encoding="utf-8")
    argv = ["--source", str(folder / "lake"), "--target", str(folder / "out"), "--until", UNTIL]
    argv += ["--config", str(folder / "run.json")]
    for name, value in options.items():
        argv += [f"--{name}", value]
    from datetime import UTC, datetime

    return run(parse_arguments(argv, now=datetime.now(UTC)))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name, without in (("with", False), ("without", True)):
        (tmp_path / name).mkdir()
        lake(tmp_path / name / "lake", without=without)
    return tmp_path / "with", tmp_path / "without"


def test_ledger_and_replay_give_the_bytes_of_values_that_never_came(folders: tuple[Path, Path]) -> None:
    ours, reference = folders
    transform(reference, None)
    transform(ours, None)
    assert datasets(ours / "out") != datasets(reference / "out")
    transform(
        ours, f"{FROM},{TO},,air_temperature,withhold,,fan stood still,\n", since="2013-07-01T00:00:00Z"
    )
    assert datasets(ours / "out") == datasets(reference / "out")


def test_taking_the_entry_back_brings_the_values_back(folders: tuple[Path, Path]) -> None:
    ours, _ = folders
    transform(ours, None)
    before = datasets(ours / "out")
    entry = f"{FROM},{TO},EWR,*,withhold,,,\n"
    summary = transform(ours, entry, since="2013-07-01T00:00:00Z")
    assert summary["ignored_by_kind"] == {"withheld by the ledger": 42}
    assert (
        len(rows_of(ours / "out", "observations", "EWR"))
        == len(list(airport_rows(["EWR"], FIRST, BEHIND))) - 42
    )
    transform(ours, None, since="2013-07-01T00:00:00Z")
    assert datasets(ours / "out") == before


def test_another_station_is_left_alone(folders: tuple[Path, Path]) -> None:
    ours, _ = folders
    transform(ours, None)
    before = datasets(ours / "out")
    transform(ours, ",,LGA,*,withhold,,,\n", since="2013-07-01T00:00:00Z")
    assert datasets(ours / "out") == before


def test_a_correction_is_named_in_adjusted(folders: tuple[Path, Path]) -> None:
    ours, _ = folders
    transform(ours, None)
    before = {row["obs_time_utc"]: row for row in rows_of(ours / "out", "observations", "EWR")}
    transform(ours, f"{FROM},{TO},,air_temperature,add,-1.5,,\n,,,relative_humidity,withhold_above,90,,\n",
              since="2013-07-01T00:00:00Z")  # fmt: skip
    rows = rows_of(ours / "out", "observations", "EWR")
    for row in rows:
        inside = FROM <= row["obs_time_utc"] < TO
        old = before[row["obs_time_utc"]]
        assert row["adjusted"] == ("air_temperature" if inside else None)
        assert row["air_temperature"] == pytest.approx(old["air_temperature"] - 1.5 * inside)
        humid = old["relative_humidity"]
        assert row["relative_humidity"] == (None if humid > 90 else humid)
