"""Folders as lakes: what lies in them that is no message, and what a reader may do in the middle."""

import errno
import json
import os
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from weather_etl.datasets.partitions import BrokenPartitionError
from weather_etl.lake.local import LocalStorage
from weather_etl.lake.storage import SourceMissingError
from weather_etl.statistics.aggregate import Aggregator

from tests.etl.lakes_and_runs import flat, just_now, rows_of, transform, write_lake

UNTIL = "2025-03-04T00:00:00Z"


def write_hours(lake: Path, hours: range, **values: object) -> None:
    messages = [
        flat("s1", f"2025-03-02T{hour:02d}:00:00+00:00", **({"air_temperature": 20.0 + hour} | values))
        for hour in hours
    ]
    write_lake(lake, {f"d5/{key}": body for key, body in messages})


def test_pipes_are_no_messages_and_broken_links_are_unreadable(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_hours(lake, range(20))
    os.mkfifo(lake / "d5" / "1740873600009.json")
    (lake / "d5" / "1740873600010.json").symlink_to("/nowhere")
    (lake / "d5" / "latest.json").symlink_to("/nowhere")
    summary = transform(lake, tmp_path / "out", just_now(), {"quality": {"unreadable_share": {"fail": 1}}})

    assert (summary["objects_listed"], summary["objects_read"], summary["objects_unreadable"]) == (22, 20, 2)


def test_a_target_that_is_a_file_is_refused(tmp_path: Path) -> None:
    write_hours(tmp_path / "lake", range(2))
    (tmp_path / "out").write_text("")

    with pytest.raises(SourceMissingError, match="is a file; choose a folder"):
        transform(tmp_path / "lake", tmp_path / "out", UNTIL)


def test_links_to_themselves_are_unreadable_and_links_upwards_lead_nowhere(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_hours(lake, range(20))
    (lake / "d5" / "again").symlink_to(".")
    (lake / "d5" / "up").symlink_to(lake)
    (lake / "d5" / "1740873600011.json").symlink_to("1740873600011.json")
    (lake / "itself").symlink_to("itself")
    summary = transform(lake, tmp_path / "out", just_now(), {"quality": {"unreadable_share": {"fail": 1}}})

    assert (summary["objects_read"], summary["objects_unreadable"]) == (20, 2)


def test_a_file_that_goes_while_the_lake_is_listed_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_hours(tmp_path / "lake", range(20))
    (tmp_path / "lake" / "d5" / "half-written.tmp").write_text("{")
    modified_us = LocalStorage.modified_us

    def gone(self: LocalStorage, key: str) -> int:
        self.path(key).unlink()
        return modified_us(self, key)

    monkeypatch.setattr(LocalStorage, "modified_us", gone)
    summary = transform(tmp_path / "lake", tmp_path / "out", UNTIL)

    assert (summary["objects_listed"], summary["objects_unreadable"]) == (20, 0)


@pytest.mark.parametrize(
    "name", [b"caf\xe9", ("\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 45).encode()], ids=["no text", "long"]
)
def test_a_folder_that_cannot_name_a_site_ends_nobody_elses_run(tmp_path: Path, name: bytes) -> None:
    """Its objects are counted as unreadable with the reason, and asked for again; the others are read."""
    write_hours(tmp_path / "lake", range(2))
    site = tmp_path / "lake" / os.fsdecode(name)
    site.mkdir()
    (site / "1757955600000.json").write_bytes(b"{}")
    (tmp_path / "lake" / "d5" / os.fsdecode(b"caf\xe9.json")).write_bytes(b"{}")
    limits = {"quality": {"unreadable_share": {"fail": 1}, "quarantined_share": {"fail": 1}}}

    for moment in (just_now(), just_now()):
        summary = transform(tmp_path / "lake", tmp_path / "out", moment, limits)
        assert summary["objects_unreadable"] == 2
        manifest = json.loads((tmp_path / "out" / summary["manifest"]).read_bytes())
        reasons = [reason for one in manifest["inputs"] for reason in one["unreadable"].values()]
        assert len(reasons) == 2
        assert any("the name of the site" in reason for reason in reasons)
        assert any("not text in UTF-8" in reason for reason in reasons)
    assert len(rows_of(tmp_path / "out", "observations", "d5")) == 2


def test_a_full_disk_is_said_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"No space left on device: .*/a/b\.csv") as caught:
        LocalStorage(str(tmp_path)).put("a/b.csv", b"1")
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Query interrupted"),
        RuntimeError("INTERRUPT Error: Interrupted!"),
        duckdb.InvalidInputException("counting the rows of the object 'days' failed: KeyboardInterrupt:"),
    ],
)
def test_an_interrupt_inside_of_a_query_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """DuckDB answers Ctrl-C with an error of its own."""

    class Interrupted:
        def register(self, name: str, relation: pa.Table) -> None: ...
        def unregister(self, name: str) -> None: ...
        def execute(self, text: str) -> None:
            raise error

    aggregator = Aggregator()
    monkeypatch.setattr(aggregator, "_connection", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        aggregator.weekly(pa.table({}), pa.table({}))


def test_rain_since_midnight_is_observed_up_to_the_last_reading(tmp_path: Path) -> None:
    """A station that woke up at 20:00 UTC knows what fell since midnight, not what fell after 23:00."""
    write_hours(tmp_path / "lake", range(20, 24), rainfall_since_midnight=7.5)
    transform(tmp_path / "lake", tmp_path / "out", UNTIL, timezone="+00:00")
    (day,) = rows_of(tmp_path / "out", "daily", "d5")
    assert (day["rainfall_total"], day["rainfall_observed"], day["rainfall_qc"]) == (None, 7.5, 9)

    shutil.rmtree(tmp_path / "lake")
    write_hours(tmp_path / "lake", range(16, 20), rainfall_since_midnight=7.5)
    transform(tmp_path / "lake", tmp_path / "out2", UNTIL, timezone="+00:00")
    (day,) = rows_of(tmp_path / "out2", "daily", "d5")
    assert (day["rainfall_total"], day["rainfall_observed"]) == (None, 7.5)


def test_weeks_of_another_weekday_do_not_overlap_those_of_a_new_one(tmp_path: Path) -> None:
    messages = [flat("s1", f"2025-03-{day:02d}T12:00:00+00:00", air_temperature=20.0) for day in range(2, 30)]
    write_lake(tmp_path / "lake", {f"d5/{key}": body for key, body in messages})
    options = {"timezone": "+00:00"}
    transform(tmp_path / "lake", tmp_path / "out", "2025-03-31T00:00:00Z", week_start="sunday", **options)
    key, late = flat(
        "s1", "2025-03-12T12:30:00+00:00", ingest="2025-03-31T01:00:00+00:00", air_temperature=21.0
    )
    write_lake(tmp_path / "lake", {f"d5/{key}": late})
    transform(tmp_path / "lake", tmp_path / "out", "2025-04-01T00:00:00Z", week_start="monday", **options)

    starts = [row["local_date"] for row in rows_of(tmp_path / "out", "weekly", "d5")]
    assert starts == ["2025-03-02", "2025-03-10", "2025-03-24"]


@pytest.mark.parametrize("damage", [b"\nx,y\n", b"\x1f\x8bnonsense"])
def test_a_damaged_partition_is_named(tmp_path: Path, damage: bytes) -> None:
    write_hours(tmp_path / "lake", range(2))
    transform(tmp_path / "lake", tmp_path / "out", "2025-03-02T12:00:00Z")
    (path,) = (tmp_path / "out" / "observations").rglob("*.csv")
    path.write_bytes(damage if damage[:1] == b"\x1f" else path.read_bytes() + damage)
    key, late = flat(
        "s1", "2025-03-02T01:30:00+00:00", ingest="2025-03-02T13:00:00+00:00", air_temperature=1.0
    )
    write_lake(tmp_path / "lake", {f"d5/{key}": late})

    with pytest.raises(BrokenPartitionError, match=r"observations/site=d5/.*csv in the target is damaged"):
        transform(tmp_path / "lake", tmp_path / "out", UNTIL)
