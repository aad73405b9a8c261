"""`weather profiles new`: what it guesses of devices that no profile was made for, and that it says so."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from weather_cli import cli

PAYLOADS = Path(__file__).resolve().parents[2] / "fixtures" / "payloads"
ARRIVAL = "2026-11-27T00:00:00Z"


def run(capsys, *arguments):
    status = cli.main(["profiles", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def begun(capsys, tmp_path):
    """A profile begun from a message: its document, and what it reads once all guesses are confirmed."""

    def begin(message):
        sample = tmp_path / "garden/sample.json"
        sample.parent.mkdir(exist_ok=True)
        sample.write_text(json.dumps(message))
        profile = tmp_path / "mine/profile.json"
        profile.unlink(missing_ok=True)
        assert run(capsys, "new", sample, "--output", profile, "--ingest", ARRIVAL)[0] == 0
        document = json.loads(profile.read_text())
        confirmed = {name: value for name, value in document.items() if name != "_guesses"}
        profile.write_text(json.dumps(confirmed))
        words = ("check", sample, "--profiles", profile.parent, "--ingest", ARRIVAL, "--json")
        status, out, err = run(capsys, *words)
        assert (status, err) == (0, "")
        checked = json.loads(out)
        assert {one["profile"] for one in checked["messages"]} == {document["name"]}
        return document, checked["observations"]

    return begin


def test_pairs_tenths_and_a_compact_local_time(begun):
    pairs = [
        {"n": "temp", "v": 215, "u": "0.1C"},
        {"n": "hum", "v": 48, "u": "%"},
        {"n": "wind", "v": 36, "u": "km/h"},
        {"n": "rain_tips", "v": 12},
    ]
    document, [row] = begun({"dev": "AS-7/0042", "ts": "20261126T170000", "obs": pairs})
    assert row["air_temperature"] == pytest.approx(21.5)
    assert row["relative_humidity"] == 48
    assert row["wind_speed"] == pytest.approx(10)
    assert row["station_id"] == "AS-7/0042"
    assert row["obs_time_utc"] == "2026-11-26T10:00:00+00:00"  # 17:00 in the default zone
    guesses = document["_guesses"]
    assert "1/10 degC" in guesses["air_temperature"]
    assert "zone of the site" in guesses["timezone"]
    assert "mm of one tip" in guesses["rain_tips"]
    assert "before any built-in profile" in guesses["match"]


def test_units_are_guessed_from_values_and_marked(begun):
    message = {
        "device": {"id": "balcony"},
        "data": {"temperature": 71.2, "humidity": 0.48, "press": 29.92, "wind": {"speed": 12}, "rain": 0.2},
        "time": 1795737600123,
    }
    document, [row] = begun(message)
    assert row["air_temperature"] == pytest.approx(21.7778, abs=1e-3)
    assert row["relative_humidity"] == pytest.approx(48)
    assert row["air_pressure"] == pytest.approx(1013.21, abs=0.1)
    assert row["station_id"] == "balcony"
    guesses = document["_guesses"]
    assert "71.2 fits degF alone" in guesses["air_temperature"]
    assert "km/h" in guesses["wind_speed"]
    assert "unknown kind" in guesses["data.rain"]
    assert "data.rain" not in document["known"]


def test_names_and_dates_of_another_language(begun):
    message = {
        "Station": "Garten",
        "Zeit": "26.11.2026 17:00:00",
        "Temperatur": "8,4",
        "Luftfeuchte": 88,
        "Luftdruck": 1013.2,
        "Windrichtung": "SSW",
        "kaputt": -9999,
    }
    document, [row] = begun(message)
    assert (row["air_temperature"], row["relative_humidity"], row["air_pressure"]) == (8.4, 88, 1013.2)
    assert row["wind_from_direction"] == 202.5
    assert document["time"] == [{"path": "Zeit", "formats": ["%d.%m.%Y %H:%M:%S"]}]
    assert -9999 in document["missing"]
    assert document["known"] == ["kaputt"]


def test_a_list_of_readings(begun):
    readings = [
        {"sensor": name, "at": "2026-11-26T17:00:00Z", "air_temp_f": 50, "batt_mv": 3100} for name in "ab"
    ]
    _, rows = begun({"gateway": "g1", "readings": readings})
    assert [row["station_id"] for row in rows] == ["a", "b"]
    assert [row["air_temperature"] for row in rows] == [10, 10]
    assert [row["battery_voltage"] for row in rows] == [3.1, 3.1]


@pytest.mark.parametrize("payload", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_a_starter_reads_its_sample_or_says_that_there_is_none(capsys, tmp_path, payload):
    status, out, err = run(capsys, "new", payload, "--output", tmp_path / "mine.json", "--ingest", ARRIVAL)
    if status:
        assert "is about the weather by its name" in err or "holds no JSON object" in err
        assert not list(tmp_path.iterdir())
        return
    assert re.search(r"^[1-9]\d* of \d+ records are read with it", out, re.MULTILINE)


def test_guesses_that_nobody_confirmed_are_told_until_they_are_deleted(capsys, tmp_path):
    (tmp_path / "sample.json").write_text('{"temperature": 12, "humidity": 80, "time": 1795737600}')
    profile = tmp_path / "mine/p.json"
    run(capsys, "new", tmp_path / "sample.json", "--output", profile)
    assert "guesses that nobody has confirmed" in run(capsys, "--profiles", profile)[1]
    document = json.loads(profile.read_text())
    schema = profile.parent / document["$schema"]
    assert json.loads(schema.read_text())["title"] == "Profile of a device family"
    assert run(capsys, "schema")[1] == schema.read_text()
    del document["_guesses"]
    profile.write_text(json.dumps(document))
    assert "nobody has confirmed" not in run(capsys, "--profiles", profile)[1]
    status, _, err = run(capsys, "new", tmp_path / "sample.json", "--output", profile)
    assert (status, "is there already" in err) == (2, True)


CSV = "time;temp;hum\n2026-11-26T17:00:00Z;12,1;80\n2026-11-26T18:00:00Z;12,2;81\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (CSV.encode(), "CSV"),
        (CSV.replace(";", "\t").encode(), "CSV"),
        (b"PK\x03\x04xx", "zip"),
        (b"PAR1xx", "Parquet"),
        (b"(\xb5/\xfdxx", "Zstandard"),
        (b"<?xml version='1.0'?><a/>", "XML"),
    ],
)
@pytest.mark.parametrize("action", ["check", "new"])
def test_a_file_without_messages_is_called_what_it_is(capsys, tmp_path, action, body, kind):
    (tmp_path / "file").write_bytes(body)
    status, _, err = run(capsys, action, tmp_path / "file")
    assert status == 2
    assert kind in err.splitlines()[0]
    assert "not messages" in err


def test_the_advice_on_csv_makes_messages_of_it(capsys, tmp_path):
    """What the one line of Python that is printed does, with the same calls."""
    file = tmp_path / "a.csv"
    file.write_text(CSV)
    _, _, err = run(capsys, "check", file)
    delimiter = re.search(r'delimiter="(.)"', err)
    rows = csv.DictReader(io.StringIO(CSV), delimiter=delimiter[1])
    (tmp_path / "a.ndjson").write_text("\n".join(json.dumps(row) for row in rows))
    status, out, _ = run(capsys, "check", tmp_path / "a.ndjson", "--json")
    assert status == 0
    assert [row["air_temperature"] for row in json.loads(out)["observations"]] == [12.1, 12.2]


def test_a_folder_is_summed_up(capsys, tmp_path):
    for number in range(3):
        (tmp_path / f"{1795737600000 + number}.json").write_text('{"temperature": 295.1, "dt": 1795737600}')
    (tmp_path / "odd.json").write_text('{"colour": "red"}')
    (tmp_path / ".DS_Store").write_bytes(b"\x00")
    status, out, err = run(capsys, "check", tmp_path)
    assert status == 1
    assert "1 of 4 records would be quarantined" in err
    assert "3\tgeneric" in out
    assert "unrecognised" in out
    assert "295.1 degC is outside of -80 to 60 degC" in out
    assert "if the device says K, the profile has to" in out


def test_messages_come_from_a_pipe(capsys, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"temperature": 12, "humidity": 80}\n' * 2))
    )
    status, out, _ = run(capsys, "check", "-")
    assert status == 0
    assert out.rstrip().endswith("# 2 records: 2 observations, 0 ignored, 0 quarantined")
    assert "2 observations name no time: arrival stands for it" in out
