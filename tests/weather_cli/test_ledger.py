"""`weather ledger`: proposals shown, accepted, applied by a replay."""

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from weather_etl.datasets.partitions import write_csv
from weather_etl.datasets.tables import tables

from weather_cli.cli import main

WEEKS = ("2025-06-01", "2025-06-08", "2025-06-15", "2025-06-22")


def publish(target: Path, opened: dict[str, list[str | None]]) -> None:
    """Write weeks of sensors; `opened`: for each sensor of LGA, `open_since_utc` week by week."""
    declared = tables()["sensor_weeks"]
    for index, week in enumerate(WEEKS):
        rows: list[dict[str, Any]] = [
            {
                "site": "LGA", "station_id": "LGA", "sensor": sensor, "window_start_utc": f"{week}T00:00:00Z",
                "open_since_utc": since[index], "words": f"said in week {index}",
            }
            for sensor, since in opened.items()
        ]  # fmt: skip
        file = target / declared.key(week)
        file.parent.mkdir(parents=True)
        file.write_bytes(write_csv(pa.Table.from_pylist(rows, schema=declared.schema), declared.header()))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    since = "2025-06-03T05:00:00Z"
    publish(
        tmp_path / "out",
        {
            "air_temperature": [None, since, since, None],
            "air_pressure": [None, None, None, "2025-06-20T00:00:00Z"],
        },
    )
    (tmp_path / "run.json").write_bytes(orjson.dumps({"sites": {"LGA": {"elevation_m": 6}}}))
    return tmp_path


def test_proposals_are_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "--target", str(place / "out")]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert lines == [
        ["site", "station", "sensor", "from", "to", "words"],
        ["LGA", "LGA", "air_pressure", "2025-06-20T00:00:00Z", "", "said in week 3"],
        ["LGA", "LGA", "air_temperature", "2025-06-03T05:00:00Z", "2025-06-22T00:00:00Z", "said in week 2"],
    ]


def test_an_accepted_proposal_is_a_line_that_is_renewed_not_doubled(place: Path) -> None:
    call = ["ledger", "--target", str(place / "out"), "--config", str(place / "run.json"), "--accept", "LGA"]
    assert main([*call, "air_pressure", "--comment", "moved, they say"]) == 0
    assert main([*call, "air_temperature"]) == 0
    assert main([*call, "air_pressure", "--comment", "moved, they say"]) == 0
    assert (place / "ledger/LGA.csv").read_text(encoding="utf-8").splitlines() == [
        "from,to,station,variable,action,value,comment,link",
        "2025-06-03T05:00:00Z,2025-06-22T00:00:00Z,LGA,air_temperature,withhold,,said in week 2,",
        '2025-06-20T00:00:00Z,,LGA,air_pressure air_pressure_at_mean_sea_level,withhold,,"moved, they say",',
    ]


def test_ledgers_are_checked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "ledger").mkdir()
    file = place / "ledger/LGA.csv"
    file.write_text("from,to,variable,action\n,,air_temperature,withhold\n", encoding="utf-8")
    assert main(["ledger", "--config", str(place / "run.json")]) == 0
    assert "ledger of LGA: 1" in capsys.readouterr().out
    file.write_text("from,to,variable,action\n,,temperatur,withold\n", encoding="utf-8")
    assert main(["ledger", "--config", str(place / "run.json")]) == 2
    said = capsys.readouterr().err
    assert "ledger/LGA.csv entry 1: action: 'withold' is not known" in said
    assert "did you mean withhold?" in said
    assert "'temperatur' is not a variable" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name --target"),
        (["--accept", "LGA", "rainfall"], "--accept needs --target"),
        (["--target", "nowhere"], "nowhere"),
        (["--config", "nowhere.json"], "does not exist"),
    ],
)
def test_wrong_usage(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", *options]) == 2
    assert said in capsys.readouterr().err


def test_nothing_is_proposed_on_another_sensor(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["ledger", "--target", str(place / "out"), "--config", str(place / "run.json")]
    assert main([*call, "--accept", "LGA", "rainfall"]) == 2
    assert "proposed: LGA air_pressure, LGA air_temperature" in capsys.readouterr().err


def test_the_ledgers_of_a_stack_lie_in_a_folder_of_their_own(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place / "ledgers/prod"
    call = ["ledger", "--target", str(place / "out"), "--ledgers", str(folder), "--accept", "LGA"]
    assert main([*call, "air_temperature"]) == 0
    assert len((folder / "LGA.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert main(["ledger", "--ledgers", str(folder)]) == 0
    assert "ledger of LGA: 1" in capsys.readouterr().out
    (folder / "LGA.csv").write_text("from,to\n", encoding="utf-8")
    assert main(["ledger", "--ledgers", str(folder)]) == 2
    assert "has no column variable" in capsys.readouterr().err
