"""`weather why`: every number can be made again from the messages that it names, and a wrong one cannot."""

import json
import random
import shutil
from collections import Counter
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from weather_etl.datasets import tables
from weather_etl.lake import LocalStorage
from weather_report import Target

from tests.etl.lakes_and_runs import airport_lake, flat, transform, write_lake
from tests.etl.statistics.test_every_column import ELEVATION, ZONE, messages
from weather_cli.cli import main
from weather_cli.passport.collect import passports
from weather_cli.passport.question import Question, rows_of

SEED = 19
CELLS = 1000


def target_of(folder: Path) -> Target:
    return Target(LocalStorage(str(folder)))


def published(folder: Path):
    """Yield (dataset, site, row) of every row of a target, texts as they stand in the files."""
    for name in tables():
        for path in sorted((folder / name).rglob(f"{name}.csv*")):
            site = next((part[5:] for part in path.parts if part.startswith("site=")), None)
            for row in rows_of(path.read_bytes()):
                yield name, site or row["site"], row


def some_cells(folder: Path, count: int) -> list[Question]:
    """Return random cells, each column of each dataset among them as often as any other."""
    chance = random.Random(SEED)
    rows: dict[str, list[tuple[str, dict[str, str]]]] = {name: [] for name in tables()}
    for name, site, row in published(folder):
        rows[name].append((site, row))
    columns = [(name, column) for name in tables() if rows[name] for column in tables()[name].schema.names]
    chance.shuffle(columns)
    chosen: list[Question] = []
    for number in range(count):
        name, column = columns[number % len(columns)]
        site, row = chance.choice(rows[name])
        time = row.get("obs_time_utc") or row["window_start_utc"]
        chosen.append(Question(name, f"{site}/{row['station_id']}", time, column, row.get("sensor")))
    return chosen


@pytest.fixture(scope="module")
def awkward(tmp_path_factory) -> Path:
    """A target with every column, two stations at a site, odd names, a ledger, late messages, gzip."""
    folder = tmp_path_factory.mktemp("awkward")
    objects = {
        f"s/{int(ingest.timestamp() * 1000)}.json": json.dumps(
            {"station_id": "a", "time": moment.astimezone(UTC).isoformat(), **values}
        ).encode()
        for moment, ingest, values in messages()
    }
    for moment, ingest, values in messages()[::3]:  # another one, that tells every half hour, a day late
        late = ingest + timedelta(days=1, seconds=1)
        body = {"station_id": 'b, "c"', "time": moment.astimezone(UTC).isoformat(), **values}
        objects[f"s/{int(late.timestamp() * 1000)}.json"] = json.dumps(body).encode()
        objects[f"Grünes Haus/{int(ingest.timestamp() * 1000)}.json"] = json.dumps(
            {"time": moment.isoformat(), "air_temperature": values["air_temperature"]}
        ).encode()  # no field names the station: the site does
    write_lake(folder / "lake", objects)
    (folder / "ledger").mkdir()
    (folder / "ledger/s.csv").write_text(
        "from,to,station,variable,action,value,comment,link\n"
        "2025-05-05T00:00:00Z,2025-05-06T00:00:00Z,a,air_pressure,add,1.5,moved,\n"
    )
    config = {
        "sites": {
            "s": {"timezone": ZONE.key, "elevation_m": ELEVATION},
            "Grünes Haus": {"timezone": "Europe/Berlin"},
        },
        "outputs": {"gzip": True},
    }
    for until in ("2025-05-07T09:10:00+07:00", "2025-05-13T12:00:00+07:00"):
        transform(folder / "lake", folder / "out", until, config, run_id=until[:10])
    return folder


def test_a_thousand_cells_of_all_columns_are_made_again_to_the_byte(datasets, awkward):
    """This takes some seconds: it is the promise of every number."""
    seen: Counter[tuple[str, str]] = Counter()
    values = 0
    for folder in (datasets, awkward / "out"):
        asked = some_cells(folder, CELLS // 2)
        found = passports(target_of(folder), asked)
        assert [(one.cell, one.recomputed) for one in found if not one.equal] == []
        assert [one.cell["column"] for one in found] == [one.column for one in asked]
        assert all(
            one.messages["of_its_window"] or not one.value for one in found if one.cell["dataset"] != "hourly"
        )
        seen.update((one.dataset, one.column) for one in asked)
        values += sum(bool(one.value) for one in found)
    assert set(seen) == {(name, column) for name in tables() for column in tables()[name].schema.names}
    assert values > CELLS / 2  # and not most of them empty


def why(capsys, *words) -> dict:
    assert main(["why", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_failed_value_names_its_rule_source_message_field_and_profile(capsys, datasets, lake):
    """The gust of 1,048 mph that was published for Newark."""
    words = ["observations", "EWR", "2013-02-12T03:00", "wind_speed"]
    told = why(capsys, datasets, *words)
    (row,) = told["observations"]
    assert (told["value"], row["flags"], row["rules"]) == (
        "468.6591",
        {"wind_speed": 4},
        {"wind_speed": "range"},
    )
    (message,) = row["messages"]
    body = json.loads((lake / message["key"]).read_bytes())
    (field,) = told["fields"]
    assert str(field["raw"]) in json.dumps(body)
    assert field["read"].startswith("wind_speed = 468.659 m/s, read as ")
    failed = [rule for rule in told["rules"] if rule["failed"]]
    assert [(rule["rule"], rule["failed"]) for rule in failed] == [("range", 1)]
    assert failed[0]["source"]
    (profile,) = told["profiles"]
    assert profile["name"] == message["profile"]
    assert len(profile["sha256"]) == 64
    assert told["run"]["id"] == "first"


def test_a_day_names_its_hours_and_only_its_own_messages(capsys, datasets, lake):
    told = why(capsys, datasets, "daily", "JFK", "2013-02-14", "air_temperature_mean")
    hours = [float(row["air_temperature_mean"]) for row in told["parts"]]
    assert len(hours) == 24
    assert float(told["value"]) == pytest.approx(sum(hours) / 24, abs=1e-4)
    keys = told["messages"]["of_its_window"]
    assert keys == [row["messages"][0]["key"] for row in told["observations"]]
    assert all((lake / key).is_file() for key in keys + told["messages"]["of_the_days_around"])


def test_the_page_for_people_says_it_in_order(capsys, datasets):
    assert main(["why", str(datasets), "daily", "JFK", "2013-02-14", "air_temperature_mean"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("# ") and "days around" not in line] == [
        "# air_temperature_mean of JFK",
        "# Rows of hourly that it sums up",
        "# 24 observations",
        "# Rules that judge it",
        "# Messages",
        "# Profiles, run and versions",
        "# Computed again",
    ]
    assert lines[-1] == "equal: yes, to the byte"


def test_the_current_folder_is_the_target_if_none_is_named(capsys, datasets, monkeypatch):
    monkeypatch.chdir(datasets)
    assert why(capsys, "weekly", "JFK", "2013-02-14", "n_obs")["value"] == "168"


def test_a_bucket_tells_the_same(capsys, bucket, datasets):
    words = ["daily", "LGA/raspi-2-weather-edge", "2013-02-14", "wind_gust_max"]
    there = next(
        row for name, _, row in published(datasets) if name == "daily" and row["local_date"] == "2013-02-14"
    )
    words[1] = next(
        f"{site}/{row['station_id']}"
        for name, site, row in published(datasets)
        if name == "daily" and site == "LGA"
    )
    local, remote = (
        why(capsys, datasets, *words),
        why(capsys, bucket, *words, "--source", "s3://datasets/lake"),
    )
    assert there
    assert remote["run"].pop("source") == "s3://datasets/lake"
    del local["run"]["source"]
    assert remote == local


def test_a_changed_message_is_found_out(tmp_path, capsys, datasets, lake):
    """One degree in one message: the number can no longer be made, and the exit status says so."""
    shutil.copytree(lake, tmp_path / "lake")
    told = why(capsys, datasets, "daily", "JFK", "2013-02-14", "air_temperature_max")
    warmest = max(told["observations"], key=lambda row: row["values"]["air_temperature"])
    path = tmp_path / "lake" / warmest["messages"][0]["key"]
    body = json.loads(path.read_bytes())
    path.write_text(json.dumps(body).replace(told["value"], str(float(told["value"]) + 1)))
    words = ["why", str(datasets), "daily", "JFK", "2013-02-14", "air_temperature_max"]
    if json.loads(path.read_bytes()) == body:  # it was sent in another unit
        path.write_text(path.read_text().replace('"temperature": ', '"temperature": 1'))
    assert main([*words, "--source", str(tmp_path / "lake")]) == 1
    assert "published is '" in capsys.readouterr().err


def test_messages_that_are_gone_are_counted(tmp_path, capsys, datasets, lake):
    shutil.copytree(lake, tmp_path / "lake")
    told = why(capsys, datasets, "daily", "JFK", "2013-02-14", "n_obs")
    for key in told["messages"]["of_its_window"][:5]:
        (tmp_path / "lake" / key).unlink()
    words = ["why", str(datasets), "daily", "JFK", "2013-02-14", "n_obs", "--source", str(tmp_path / "lake")]
    assert main(words) == 1
    assert "gives '19': 5 messages are no longer in the lake" in capsys.readouterr().err.replace(
        "give ", "gives "
    )


def test_a_lake_that_is_gone_says_how_to_name_another(capsys, datasets):
    assert main(["why", str(datasets), "daily", "JFK", "2013-02-14", "qc", "--source", "/nowhere"]) == 1
    assert capsys.readouterr().err == (
        "weather why: the messages are out of reach: /nowhere is not a folder\n"
        "next: say with --source where they are now\n"
    )


def test_rows_of_an_older_configuration_are_made_again_by_that_one(tmp_path, capsys):
    """The second run scales wind by two, and writes the month's file that holds the first run's hours too."""
    airport_lake(tmp_path / "lake", ["JFK"], "2013-02-10", "2013-02-20")
    for scale, until in ((1.0, "2013-02-14T05:00:00Z"), (2.0, "2013-02-20T00:00:00Z")):
        config = {"sites": {"JFK": {"timezone": "America/New_York", "wind_scale": scale}}}
        transform(tmp_path / "lake", tmp_path / "out", until, config, run_id=f"scale-{scale:g}")
    for day, run in (("2013-02-11", "scale-1"), ("2013-02-17", "scale-2")):
        told = why(capsys, tmp_path / "out", "hourly", "JFK", f"{day}T12:00", "wind_speed_mean")
        assert (told["run"]["id"], told["equal"]) == (run, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dayly", "JFK", "2013-02-14", "qc"], "dayly is no dataset; did you mean daily?"),
        (
            ["daily", "JFK", "2013-02-14", "air_temperature_meen"],
            "air_temperature_meen is no column of daily; did you mean air_temperature_mean?",
        ),
        (["daily", "JFK", "2013-02-14", "slot_seconds"], "slot_seconds is a column of hourly"),
        (["daily", "JKF", "2013-02-14", "qc"], "no station is called JKF; did you mean JFK?"),
        (
            ["daily", "JFK", "2014-02-14", "qc"],
            "no row of daily is near 2014-02-14; its files are of 2013 to 2013",
        ),
        (["daily", "JFK", "2013-03-14", "qc"], "JFK has no row of daily at 2013-03-14; the nearest are at "),
        (
            ["daily", "JFK", "last week", "qc"],
            "'last week' is not a time; write 2025-09-14 for a day or a week",
        ),
        (["hourly", "JFK", "2013-02-14", "qc"], "give a time of day too, such as 2013-02-14T12:00"),
        (["observations", "JFK", "2013-02-14T12:51", "qc"], "the nearest are at "),
        (["sensor_weeks", "JFK", "2013-02-14", "score"], "choose one with --sensor: air_temperature,"),
        (
            ["daily", "JFK", "2013-02-14"],
            "say which number: weather why [TARGET] DATASET STATION TIME COLUMN",
        ),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(capsys, datasets, words, said):
    given = words if len(words) == 3 else [str(datasets), *words]
    assert main(["why", *given]) == 2
    assert said in capsys.readouterr().err


def test_an_hour_that_comes_twice_is_asked_for_by_its_offset(tmp_path, capsys):
    lake = {
        f"s/{key}": body
        for hour in range(48)
        for key, body in [
            flat("a", f"2025-11-{1 + hour // 24:02d}T{hour % 24:02d}:30:00Z", air_temperature=9.0 + hour)
        ]
    }
    write_lake(tmp_path / "lake", lake)
    config = {"sites": {"s": {"timezone": "America/New_York"}}}
    transform(tmp_path / "lake", tmp_path / "out", "2025-11-05T00:00:00Z", config)
    words = ["why", str(tmp_path / "out"), "hourly", "a", "2025-11-02T01:30", "air_temperature_mean"]
    assert main(words) == 2
    assert "2025-11-02T01:00:00-04:00, 2025-11-02T01:00:00-05:00" in capsys.readouterr().err
    words[4] += "-05:00"
    assert why(capsys, *words[1:])["value"] == f"{9.0 + 30}"


def test_two_stations_of_a_site_are_told_apart(awkward, capsys):
    words = [str(awkward / "out"), "hourly", "s", "2025-05-05T12:00", "n_obs"]
    assert main(["why", *words]) == 2
    assert "s is 2 stations; say which: " in capsys.readouterr().err
    assert why(capsys, words[0], "hourly", "s/a", *words[3:])["value"] == "6"
    assert why(capsys, words[0], "hourly", 'b, "c"', *words[3:])["value"] == "2"
