"""Layout and readers: partitions that prune, types as declared, renderings by setting, names made safe."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weather_etl.core.key_escape import escape_name
from weather_etl.core.variables import UNIT_OF, VARIABLE_NAMES
from weather_etl.datasets.presets import PLATFORM_HEADER
from weather_etl.datasets.tables import HIVE_TYPES, tables

from tests.etl.lakes_and_runs import NEW_YORK, airport_lake, datasets, flat, rows_of, transform, write_lake

DECLARED: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "etl/weather_etl/datasets/tables.json").read_text()
)
DOCS = Path(__file__).parents[3] / "docs/datasets"
DUCK = {"string": "VARCHAR", "double": "DOUBLE", "bigint": "BIGINT", "int": "INTEGER", "boolean": "BOOLEAN"}
UNTIL = "2013-07-21T04:00:00Z"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake") / "lake"
    airport_lake(folder, ["EWR", "LGA"], "2013-06-25T04", "2013-07-21T04")
    return folder


@pytest.fixture(scope="module")
def target(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("target") / "out"
    outputs = {"parquet": True, "presets": ["weather-platform"]}
    transform(lake, out, UNTIL, {"sites": NEW_YORK, "outputs": outputs})
    return out


# ---- the contract of the tables


def test_tables_are_declared_soundly() -> None:
    assert list(DECLARED) == ["observations", "hourly", "daily", "weekly", "sensor_weeks"]
    for table in DECLARED.values():
        names = [column["name"] for column in table["columns"]]
        keys = [key["name"] for key in table["partitions"]]
        assert len(set(names + keys)) == len(names + keys), "a partition key may not be a column"
        assert all(name == name.lower() and name.isidentifier() for name in names + keys)
        assert all(column["type"] in HIVE_TYPES for column in table["columns"])
        assert all(column["comment"] for column in table["columns"])
        assert all(column["unit"] for column in table["columns"] if column["type"] != "string"), (
            "a number has a unit"
        )


def test_observations_hold_every_variable_in_its_unit_with_its_flag() -> None:
    columns = {column["name"]: column for column in DECLARED["observations"]["columns"]}
    for name in VARIABLE_NAMES:
        assert columns[name]["unit"] == UNIT_OF[name]
        assert columns[f"{name}_qc"]["type"] == "int"


@pytest.mark.parametrize("name", list(DECLARED))
def test_the_documentation_has_every_column_with_type_and_unit(name: str) -> None:
    page = (DOCS / f"{name}.md").read_text()
    for column in DECLARED[name]["columns"]:
        unit = column["unit"] or ""
        assert f"| `{column['name']}` | {column['type']} | {unit} | {column['comment']} |" in page
    for key in DECLARED[name]["partitions"]:
        assert f"`{key['name']}`" in page


# ---- files


@pytest.mark.parametrize("name", list(DECLARED))
def test_files_keep_header_order_and_types_for_an_independent_reader(target: Path, name: str) -> None:
    """DuckDB reads each file with the declared types and no guessing."""
    declared = DECLARED[name]
    types = {column["name"]: DUCK[column["type"]] for column in declared["columns"]}
    files = sorted((target / name).rglob("*.csv"))
    assert files
    total = 0
    for path in files:
        assert path.read_bytes().split(b"\n", 1)[0].decode() == ",".join(types)
        assert b'"' not in path.read_bytes()
        relation = duckdb.read_csv(
            str(path),
            columns=types,
            header=True,
            auto_detect=False,
            quotechar="",
            escapechar="",
            delimiter=",",
        )  # type: ignore[arg-type]
        rows = relation.fetchall()
        assert len(rows) == path.read_bytes().count(b"\n") - 1
        total += len(rows)
    assert total == len(rows_of(target, name, "EWR")) + len(rows_of(target, name, "LGA"))


def test_times_are_iso_8601_with_offset(target: Path) -> None:
    row = rows_of(target, "hourly", "EWR")[0]

    assert (row["window_start"][-6:], row["window_start_utc"][-1]) == ("-04:00", "Z")
    local, utc = row["window_start"], row["window_start_utc"]
    assert duckdb.sql(f"SELECT timestamptz '{local}' = timestamptz '{utc}'").fetchall() == [(True,)]


def test_pandas_reads_what_duckdb_reads(target: Path) -> None:
    import pandas as pd

    frame = pd.read_csv(target / "daily/site=EWR/year=2013/daily.csv")
    rows = rows_of(target, "daily", "EWR")

    assert list(frame.columns) == tables()["daily"].schema.names
    assert frame["air_temperature_mean"].tolist() == [row["air_temperature_mean"] for row in rows]


def test_rows_are_sorted_and_unique(target: Path) -> None:
    for name in DECLARED:
        time = "obs_time_utc" if name == "observations" else "window_start_utc"
        for path in (target / name).rglob("*.csv"):
            with path.open(newline="") as file:
                order = [(row["station_id"], row[time], row.get("sensor")) for row in csv.DictReader(file)]
            if name == "sensor_weeks":  # sensors in the order of their kind
                assert len(set(order)) == len(order)
                order = list(dict.fromkeys((station, when) for station, when, _ in order))
            assert order == sorted(set(order))


def test_a_query_for_a_station_and_a_month_touches_that_stations_file_alone(target: Path) -> None:
    """DuckDB's own explanation of a query over the whole dataset names the number of files it scans."""
    files = f"read_csv('{target}/hourly/*/*/*.csv', hive_partitioning = true)"
    wanted = "site = 'EWR' AND month = '2013-07'"
    query = f"EXPLAIN ANALYZE SELECT avg(air_temperature_mean) FROM {files} WHERE {wanted}"
    plan = duckdb.sql(query).fetchall()[0][1]

    assert len(list(target.glob("hourly/*/*/*.csv"))) == 4
    assert "Total Files Read: 1" in plan


def test_year_of_a_window_is_that_of_its_start(tmp_path: Path) -> None:
    """The week from 29 December belongs to the old year, its days to two."""
    lake = tmp_path / "lake"
    airport_lake(lake, ["EWR"], "2013-12-20T05", "2014-01-05T05")
    messages = [flat("EWR", f"2014-01-0{day}T12:00:00-05:00", air_temperature=1.0) for day in range(1, 5)]
    write_lake(lake, {f"EWR/{key}": body for key, body in messages})
    transform(lake, tmp_path / "out", "2014-01-06T05:00:00Z", {"sites": NEW_YORK})

    assert [row["local_date"] for row in rows_of(tmp_path / "out", "weekly", "EWR")][-1] == "2013-12-29"
    assert not (tmp_path / "out/weekly/site=EWR/year=2014").exists()
    assert (tmp_path / "out/daily/site=EWR/year=2014/daily.csv").exists()


# ---- renderings by setting


def test_parquet_holds_the_rows_of_the_csv(target: Path) -> None:
    for name in DECLARED:
        for path in (target / name).rglob("*.csv"):
            other = target / "parquet" / path.relative_to(target).with_suffix(".parquet")
            table = pa_parquet.read_table(other, partitioning=None)
            assert table.schema.names == tables()[name].schema.names
            assert table.num_rows == path.read_bytes().count(b"\n") - 1


def test_the_platforms_header_is_a_preset(target: Path) -> None:
    path = target / "presets/weather-platform/site=EWR/date=2013-07-01/observations.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert (
        path.read_text().splitlines()[0] == "timestamp,location,temperature,humidity,pressure,"
        "wind_direction,avg_wind_speed,max_wind_speed,rainfall_1hr,rainfall_24hr"
    )
    assert tuple(rows[0]) == PLATFORM_HEADER
    assert (len(rows), rows[0]["location"]) == (24, "EWR")


def test_gzip_is_the_same_content_and_repeats_to_the_byte(lake: Path, target: Path, tmp_path: Path) -> None:
    config = {"sites": NEW_YORK, "outputs": {"gzip": True}}
    transform(lake, tmp_path / "a", "2013-07-08T04:00:00Z", config)
    transform(lake, tmp_path / "a", UNTIL, config)
    transform(lake, tmp_path / "b", UNTIL, config)
    plain = {
        key: data for key, data in datasets(target).items() if not key.startswith(("parquet/", "presets/"))
    }

    assert datasets(tmp_path / "a") == datasets(tmp_path / "b")
    unzipped = {
        key.removesuffix(".gz"): gzip.decompress(data) for key, data in datasets(tmp_path / "a").items()
    }
    assert unzipped == plain


def test_switching_gzip_on_leaves_no_partition_twice(lake: Path, tmp_path: Path) -> None:
    transform(lake, tmp_path / "out", "2013-07-08T04:00:00Z", {"sites": NEW_YORK})
    transform(lake, tmp_path / "out", UNTIL, {"sites": NEW_YORK, "outputs": {"gzip": True}})
    names = [key.removesuffix(".gz") for key in datasets(tmp_path / "out")]

    assert len(names) == len(set(names))
    assert len(rows_of(tmp_path / "out", "daily", "EWR")) == 26


# ---- names from outside

NASTY = ["..", ".hidden", "a/b", "a=b", "quận 5", "=cmd()", "-x", "_x", "a,b", 'a"b', "%41", "a b", "#", "?"]


@pytest.mark.parametrize("name", NASTY)
def test_names_are_escaped_and_come_back(name: str) -> None:
    text = escape_name(name)

    assert ("" if text == "%" else unquote(text, errors="surrogatepass")) == name
    assert text[0] not in "._-+=@#?"
    assert not set(text) & set('/=,"\n\\ ')


@given(
    st.text(min_size=0, max_size=30).filter(
        lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text)
    )
)
def test_escaping_is_reversible_and_safe(name: str) -> None:
    text = escape_name(name)

    assert ("" if text == "%" else unquote(text, errors="surrogatepass")) == name
    assert text.isascii()
    assert text not in ("", ".", "..")
    assert not set(text) & set('/=,"\n\r\\ |;')


def test_nasty_sites_and_stations_stay_inside_the_target(tmp_path: Path) -> None:
    lake: dict[str, bytes] = {}
    for index, site in enumerate(["a=b", "quận 5", "x,y", "-dash", "%2e%2e"]):
        key, body = flat('=HYPERLINK(1),"x"\n', f"2025-03-02T0{index}:00:00+00:00", air_temperature=20.0)
        lake[f"{site}/{key}"] = body
    write_lake(tmp_path / "lake", lake)
    summary = transform(tmp_path / "lake", tmp_path / "out", "2025-03-09T17:00:00Z")

    assert summary["accepted"] == 5
    folders = {path.name for path in (tmp_path / "out/observations").iterdir()}
    assert folders == {"site=a%3Db", "site=qu%E1%BA%ADn%205", "site=x%2Cy", "site=%2Ddash", "site=%252e%252e"}
    for path in (tmp_path / "out/observations").rglob("*.csv"):
        (row,) = list(csv.DictReader(io.StringIO(path.read_text())))
        assert row["station_id"].startswith("%3DHYPERLINK")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake", "out"]
