"""Every reader that guesses types reads what was written: with its defaults, over many files.

The lake is the one that misled DuckDB: a station that sends whole numbers, whose files come first, and one
that sends tenths.
"""

import json
import math
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pytest
from weather_etl.datasets import tables
from weather_etl.datasets.partitions import read_csv, write_csv
from weather_etl.runs import run
from weather_etl.settings.arguments import parse_arguments

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 14


def _message(site, at, step):
    """Whole numbers in the attic, tenths and more in the garden; every core variable at both."""
    whole = site == "attic"
    temperature = 12 + step % 7 if whole else 11.8 + (step * 7 % 113) / 10
    return {
        "station_id": f"{site}-1",
        "time": at.isoformat(),
        "air_temperature": temperature,
        "relative_humidity": 50 + step % 9 if whole else 48.3 + (step % 17) / 8,
        "air_pressure": 1010 + step % 5 if whole else 1009.7 + (step % 23) / 16,
        "wind_speed": 3 + step % 4 if whole else 2.6 + (step % 11) / 7,
        "wind_from_direction": 90 + step % 3 if whole else 91.5 + (step % 13) / 3,
    }


@pytest.fixture(scope="module")
def target(tmp_path_factory) -> Path:
    lake, out = tmp_path_factory.mktemp("lake"), tmp_path_factory.mktemp("out") / "target"
    for site in ("attic", "garden"):
        (lake / site).mkdir()
        for day in range(DAYS):
            times = [BEGIN + timedelta(days=day, minutes=20 * step) for step in range(72)]
            lines = [json.dumps(_message(site, at, day * 72 + step)) for step, at in enumerate(times)]
            (lake / site / f"{int(times[-1].timestamp() * 1000) + 5000}.json").write_text("\n".join(lines))
    arguments = ["--source", str(lake), "--target", str(out), "--timezone", "UTC"]
    run(parse_arguments([*arguments, "--until", "2026-11-16T00:00:00Z"]))
    return out


def _truth(target, name):
    """The rows of all files by the contract's types, sorted."""
    paths = sorted((target / name).rglob("*.csv"))
    assert len(paths) > (10 if name == "observations" else 1)
    return pa.concat_tables([read_csv(path.read_bytes(), tables()[name]) for path in paths])


def _doubles(name, truth):
    """The columns of doubles that hold numbers: what a reader could misread."""
    schema = tables()[name].schema
    return [
        column
        for column in schema.names
        if schema.field(column).type == pa.float64() and truth.column(column).null_count < truth.num_rows
    ]


def _duckdb(target, name, columns):
    sql = f"SELECT {', '.join(columns)} FROM read_csv('{target}/{name}/*/*/*.csv', hive_partitioning = true)"
    return duckdb.sql(sql).to_arrow_table()


def _polars(target, name, columns):
    return pl.scan_csv(f"{target}/{name}/*/*/*.csv").select(columns).collect().to_arrow()


def _pandas(target, name, columns):
    parts = [pd.read_csv(path) for path in sorted((target / name).rglob("*.csv"))]
    return pa.Table.from_pandas(pd.concat(parts)[columns], preserve_index=False)


def _arrow_files(target, name, columns):
    parts = [pyarrow.csv.read_csv(path).select(columns) for path in sorted((target / name).rglob("*.csv"))]
    return pa.concat_tables(parts, promote_options="permissive")


def _arrow_dataset(target, name, columns):
    return pyarrow.dataset.dataset(target / name, format="csv", partitioning="hive").to_table(columns=columns)


READERS = {
    "duckdb": _duckdb,
    "polars": _polars,
    "pandas": _pandas,
    "pyarrow files": _arrow_files,
    "pyarrow dataset": _arrow_dataset,
}


@pytest.mark.parametrize("name", ["observations", "hourly", "daily", "weekly"])
@pytest.mark.parametrize("reader", list(READERS))
def test_a_reader_with_its_defaults_reads_the_typed_truth(target, reader, name):
    truth = _truth(target, name)
    columns = _doubles(name, truth)
    assert "air_temperature" in " ".join(columns)
    found = READERS[reader](target, name, columns)
    assert found.num_rows == truth.num_rows
    for column in columns:
        assert str(found.schema.field(column).type) == "double", column
        assert _numbers(found, column) == _numbers(truth, column), column


def _numbers(table, column):
    """The numbers of a column, sorted; pandas has NaN where there is none."""
    values = table.column(column).to_pylist()
    return sorted(value for value in values if value is not None and not math.isnan(value))


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R here: readr is not asked")
def test_readr_reads_the_typed_truth(target):
    script = (
        "suppressPackageStartupMessages(library(readr)); "
        "files <- list.files(commandArgs(TRUE)[1], '[.]csv$', recursive = TRUE, full.names = TRUE); "
        "rows <- read_csv(files, show_col_types = FALSE); "
        "cat(format(sum(rows$air_temperature), digits = 15))"
    )
    done = subprocess.run(
        ["Rscript", "-e", script, str(target / "observations")], capture_output=True, text=True, check=False
    )
    if "there is no package" in done.stderr:
        pytest.skip("R is here and readr is not")
    truth = sum(_truth(target, "observations").column("air_temperature").to_pylist())
    assert float(done.stdout) == pytest.approx(truth, rel=1e-12)


def test_doubles_bear_a_point_or_an_exponent_and_nothing_else_changes():
    values = [12.0, -3.0, 0.0, 0.5, 1e-6, -1e-6, 1e15, 1e16, 1.5e22, 123456.789, None]
    table = pa.table(
        {
            "station_id": pa.array(["a"] * len(values)),
            "air_temperature": pa.array(values, pa.float64()),
            "n_fields": pa.array([7] * len(values), pa.int32()),
        }
    )
    lines = write_csv(table, "station_id,air_temperature,n_fields").decode().splitlines()[1:]
    cells = [line.split(",") for line in lines]
    assert {cell[0] for cell in cells} == {"a"}
    assert {cell[2] for cell in cells} == {"7"}
    assert [cell[1] for cell in cells][:4] == ["12.0", "-3.0", "0.0", "0.5"]
    for cell, value in zip(cells, values, strict=True):
        assert (float(cell[1]) if cell[1] else None) == value
        assert not cell[1] or "." in cell[1] or "e" in cell[1]
