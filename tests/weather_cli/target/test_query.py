"""`weather query` against folders and buckets; what it answers is compared with the CSV files themselves."""

import csv
import json
from collections import defaultdict

import duckdb
import pytest
from weather_etl.datasets import views
from weather_etl.datasets.tables import tables

from weather_cli.cli import main
from weather_cli.commands.query import USEFUL


def rows_of(datasets, name):
    for path in sorted((datasets / name).rglob("*.csv")):
        with path.open(newline="") as lines:
            yield from csv.DictReader(lines)


def asked(capsys, *words):
    assert main(["query", *map(str, words)]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("place", ["datasets", "bucket"])
@pytest.mark.parametrize("name", ["observations", "hourly", "daily", "weekly"])
def test_every_cell_is_the_cell_of_the_file(request, capsys, datasets, place, name):
    """Each view, read through DuckDB, holds the same text, number or instant as the file."""
    answer = json.loads(asked(capsys, request.getfixturevalue(place), "--json", f"FROM {name} ORDER BY ALL"))
    schema = tables()[name].schema
    found: dict[tuple[str, str], dict] = {
        (row["site"], row["station_id"], row[_time(name)][:19]): row for row in answer
    }
    files = list(rows_of(datasets, name))
    assert len(files) == len(answer) == len(found)
    for path in (datasets / name).rglob("*.csv"):
        site = path.parents[1].name.removeprefix("site=")
        with path.open(newline="") as lines:
            for row in csv.DictReader(lines):
                mine = found[site, row["station_id"], row[_time(name)][:19]]
                for column, text in row.items():
                    assert mine[column] == _truth(column, text, str(schema.field(column).type)), column


@pytest.mark.parametrize("place", ["datasets", "bucket"])
def test_a_dataset_that_is_not_parted_by_site_is_read_too(request, capsys, datasets, place):
    answer = json.loads(asked(capsys, request.getfixturevalue(place), "--json", "FROM sensor_weeks"))
    truth = list(rows_of(datasets, "sensor_weeks"))
    keys = ("site", "station_id", "sensor", "state")
    assert sorted([row[key] for key in keys] for row in answer) == sorted(
        [row[key] for key in keys] for row in truth
    )


def _time(name):
    return "obs_time_utc" if name == "observations" else "window_start_utc"


def _truth(column, text, kind):
    if text == "":
        return None
    if kind == "double":
        return float(text)
    if kind.startswith("int"):
        return int(text)
    return text


def test_an_aggregate_is_the_files_own(capsys, datasets):
    truth = defaultdict(list)
    for row in rows_of(datasets, "daily"):
        if row["air_temperature_max"]:
            truth[row["station_id"]].append(float(row["air_temperature_max"]))
    sql = "SELECT station_id, max(air_temperature_max) AS high FROM daily GROUP BY ALL"
    answer = list(csv.DictReader(asked(capsys, datasets, sql, "--csv").splitlines()))
    assert {row["station_id"]: float(row["high"]) for row in answer} == {
        station: max(values) for station, values in truth.items()
    }


def test_without_a_question_it_says_what_is_there_and_its_queries_work(capsys, datasets):
    shown = asked(capsys, datasets)
    assert "observations\ta station and a time of observation\t3\t42\t2013-02-10\t2013-02-23" in shown
    assert len(USEFUL) == 5
    for title, sql in USEFUL:
        assert title in shown
        assert sql in shown
        header, *rows = asked(capsys, datasets, sql).splitlines()
        assert header
        assert rows or title == "Days that are not complete"


def test_an_empty_dataset_is_an_empty_view_with_its_types(capsys, datasets, tmp_path):
    (tmp_path / "daily").symlink_to(datasets / "daily")
    assert asked(capsys, tmp_path, "SELECT count(*) AS n, sum(air_temperature_mean) AS t FROM hourly") == (
        "n\tt\n0\t\n"
    )


def test_the_views_as_a_file_work_in_plain_duckdb(capsys, datasets, monkeypatch):
    script = asked(capsys, datasets, "--views")
    assert script == views.document(tables())
    monkeypatch.chdir(datasets)
    connection = duckdb.connect()
    connection.execute(script)
    count = len(list(rows_of(datasets, "hourly")))
    assert connection.execute("SELECT count(*) FROM hourly").fetchone() == (count,)
    monkeypatch.chdir("/")
    connection.execute(f"SET VARIABLE weather_root = '{datasets}'")
    assert connection.execute("SELECT count(air_temperature_mean) > 0 FROM hourly").fetchone() == (True,)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ([], 2, "name the target"),
        (["DATASETS", "SELEC 1"], 2, "syntax error"),
        (["DATASETS", "SELECT nothing FROM daily"], 2, "nothing"),
        (["DATASETS", "SELECT", "1"], 2, "in quotes"),
        (["/nowhere/at/all"], 2, "is not a folder"),
        (["PARENT"], 2, "did you mean"),
        (["EMPTY"], 2, "holds no datasets and no runs"),
    ],
)
def test_what_cannot_be_answered_is_said(capsys, datasets, tmp_path, words, status, told):
    (tmp_path / "empty").mkdir()
    places = {"DATASETS": datasets, "PARENT": datasets.parent, "EMPTY": tmp_path / "empty"}
    assert main(["query", *(str(places.get(word, word)) for word in words)]) == status
    error = capsys.readouterr().err
    assert told in error
    assert error.splitlines()[-1].startswith("next: ")
    assert error.count("\n") == 2
