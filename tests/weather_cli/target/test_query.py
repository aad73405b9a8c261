"""`weather query` against folders and buckets; what it answers is compared with the CSV files themselves."""

import csv
import json
from collections import defaultdict

import duckdb
import fsspec
import pytest
from weather_etl.datasets import views
from weather_etl.datasets.tables import tables
from weather_etl.lake import LocalStorage, open_storage
from weather_etl.runs import repair_target
from weather_report import Target

from weather_cli.cli import main
from weather_cli.commands.query import USEFUL
from weather_cli.target.views import connect


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


def test_the_views_that_lie_beside_the_datasets_work_in_plain_duckdb(capsys, datasets, monkeypatch):
    script = (datasets / "views.sql").read_text()
    assert script == asked(capsys, datasets, "--views") == views.document(tables())
    count = len(list(rows_of(datasets, "hourly")))
    monkeypatch.chdir(datasets)
    here = duckdb.connect()
    here.execute(script)
    assert here.execute("SELECT count(*) FROM hourly").fetchone() == (count,)
    monkeypatch.chdir("/")
    elsewhere = duckdb.connect()
    elsewhere.execute(f"SET VARIABLE weather_root = '{datasets}'")
    elsewhere.execute(script)
    for name in tables():
        mine = elsewhere.execute(f"FROM {name} ORDER BY ALL").fetchall()
        assert (
            mine
            == connect(Target(LocalStorage(str(datasets))), "")
            .execute(f"FROM {name} ORDER BY ALL")
            .fetchall()
        )
    plan = elsewhere.execute(
        "EXPLAIN FROM observations WHERE site = 'EWR' AND date = '2013-02-12'"
    ).fetchall()
    assert "Scanning Files: 1/42" in str(plan)


def test_the_views_read_a_place_that_is_no_folder(datasets):
    """As a bucket through httpfs: any file system that DuckDB knows by a protocol."""
    there = fsspec.filesystem("memory")
    for path in (datasets / "daily").rglob("*.csv"):
        there.pipe(f"/datasets/below/{path.relative_to(datasets)}", path.read_bytes())
    connection = duckdb.connect()
    connection.register_filesystem(there)
    connection.execute("SET VARIABLE weather_root = 'memory://datasets/below'")
    connection.execute(views.document(["daily"]))
    count = len(list(rows_of(datasets, "daily")))
    assert connection.execute("SELECT count(air_temperature_max) FROM daily").fetchone() == (count,)


@pytest.fixture
def mixed(tmp_path, datasets):
    """Daily files of three versions: as today; without two columns; in another order, with a strange one."""
    first, second, third = sorted((datasets / "daily").rglob("*.csv"))
    for number, path in enumerate((first, second, third)):
        with path.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        names = list(rows[0])
        if number == 1:
            names = [name for name in names if name not in ("n_obs", "rainfall_total")]
        if number == 2:
            names = [*reversed(names), "of_another_version"]
        copy = tmp_path / path.relative_to(datasets)
        copy.parent.mkdir(parents=True)
        with copy.open("w", newline="") as lines:
            writer = csv.DictWriter(lines, names, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows({**row, "of_another_version": "x"} for row in rows)
    return tmp_path


@pytest.mark.parametrize("how", ["query", "bucket", "views.sql"])
def test_files_of_other_versions_are_read_by_their_columns_names(request, capsys, datasets, mixed, how):
    """Columns that a file lacks are empty, and no value stands under another's name."""
    sql = "SELECT * EXCLUDE (n_obs, rainfall_total) FROM daily ORDER BY ALL"
    truth = asked(capsys, datasets, sql, "--csv")
    gaps = "SELECT site, count(n_obs) > 0 AS there FROM daily GROUP BY ALL ORDER BY ALL"
    if how == "views.sql":
        connection = duckdb.connect()
        connection.execute(f"SET VARIABLE weather_root = '{mixed}'")
        connection.execute(views.document(["daily"]))
        rows = connection.execute(sql).fetchall()
        assert rows == connect(Target(LocalStorage(str(datasets))), sql).execute(sql).fetchall()
        there = dict(connection.execute(gaps).fetchall())
    else:
        place = mixed
        if how == "bucket":
            request.getfixturevalue("bucket")
            place = "s3://datasets/mixed"
            for path in mixed.rglob("*.csv"):
                open_storage(place).put(str(path.relative_to(mixed)), path.read_bytes())
        assert asked(capsys, place, sql, "--csv") == truth
        there = {row["site"]: row["there"] for row in json.loads(asked(capsys, place, gaps, "--json"))}
    assert there == {"EWR": True, "JFK": False, "LGA": True}


def test_a_repair_brings_files_of_other_versions_up_to_date(mixed, datasets):
    """Athena takes columns by their place: the files of a dataset must all have the same."""
    found = repair_target(LocalStorage(str(mixed)))
    assert found.written == {"daily": 2}
    headers = {path.read_text().partition("\n")[0] for path in mixed.rglob("*.csv")}
    assert headers == {tables()["daily"].header()}
    last = sorted((datasets / "daily").rglob("*.csv"))[-1]
    assert (mixed / last.relative_to(datasets)).read_bytes() == last.read_bytes()
    assert (mixed / "views.sql").read_text() == views.document(["daily"])


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
