"""`weather repair` says what it found and mends it; with --check it only says so."""

import re
import shutil
from pathlib import Path

import boto3
import pytest
from weather_etl.datasets.tables import tables

from weather_cli.cli import main


def repair(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, str], str]:
    """Exit status, what was found by its label, and standard error."""
    status = main(["repair", *words])
    out, err = capsys.readouterr()
    return status, dict(re.findall(r"^([a-z ]+?)\s*(?:: |  )\s*(.+)$", out, re.MULTILINE)), err


@pytest.fixture
def target(datasets: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(datasets, tmp_path / "out"))


def contents(target: Path) -> dict[str, bytes]:
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_it_mends_what_it_finds_and_says_so(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(target)
    daily = sorted((target / "daily").rglob("daily.csv"))
    daily[0].with_name("daily.csv.gz").write_bytes(b"stale")
    daily[1].with_name(".daily.csv.0123456789ab").write_bytes(b"half wri")
    harmed = contents(target)

    status, found, err = repair(capsys, "--target", str(target), "--check")
    assert status == 1
    assert found["files to be removed"] == "1 daily, 1 temporary"
    assert "--check" in err
    assert contents(target) == harmed

    status, found, err = repair(capsys, "--target", str(target))
    assert (status, err) == (0, "")
    assert found["files removed"] == "1 daily, 1 temporary"
    assert int(found["partitions checked"]) > 20
    assert {key: data for key, data in contents(target).items() if not key.startswith("_state")} == {
        key: data for key, data in before.items() if not key.startswith("_state")
    }
    assert repair(capsys, "--target", str(target), "--check")[0] == 0


def test_what_it_cannot_mend_is_named_and_left(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    victim = sorted((target / "observations").rglob("observations.csv"))[0]
    victim.write_bytes(victim.read_bytes()[:-7])
    before = victim.read_bytes()
    status, found, err = repair(capsys, "--target", str(target))

    assert status == 1
    assert found["damaged files"] == "1"
    assert f"{victim.relative_to(target)} cannot be read" in err
    assert "replay its days" in err
    assert victim.read_bytes() == before


def test_a_target_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repair", "--target", str(tmp_path / "nowhere")]) in (1, 2)
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_the_catalogue_gets_the_partitions_that_it_lacks(
    bucket: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)  # boto3 itself knows no AWS_REGION
    glue = boto3.client("glue", "us-east-1")
    glue.create_database(DatabaseInput={"Name": "repaired"})
    for name, table in tables().items():
        glue.create_table(
            DatabaseName="repaired",
            TableInput={
                "Name": name,
                "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partitions],
                "StorageDescriptor": {"Columns": [], "Location": f"{bucket}/{name}/"},
            },
        )
    glue.create_partition(
        DatabaseName="repaired",
        TableName="daily",
        PartitionInput={"Values": ["EWR", "1999"], "StorageDescriptor": {"Location": f"{bucket}/daily/x/"}},
    )
    words = ("--target", bucket, "--database", "repaired")
    _, found, _ = repair(capsys, *words, "--check")
    status, mended, _ = repair(capsys, *words)
    registered = sum(
        len(page["Partitions"])
        for name in tables()
        for page in glue.get_paginator("get_partitions").paginate(DatabaseName="repaired", TableName=name)
    )

    assert status == 0
    assert found["partitions to be registered"] == mended["partitions registered"] == str(registered)
    assert mended["partitions taken out of the catalogue"] == "1"
    assert repair(capsys, *words, "--check")[0] == 0
