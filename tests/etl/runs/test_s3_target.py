"""Runs on S3, against moto's server: bytes as on folders, fences and leases, registered partitions."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import obstore
import orjson
import pytest
from moto.server import ThreadedMotoServer
from weather_etl.datasets.tables import tables
from weather_etl.lake.opening import open_storage
from weather_etl.lake.s3 import S3Storage
from weather_etl.lake.storage import ConflictError, UnreachableError
from weather_etl.runs import catalog, checkpoints, run, state
from weather_etl.runs.state import LEASE, BusyError, Lease

from tests.etl.lakes_and_runs import NEW_YORK, airport_lake, datasets, flat, transform, write_lake

CONFIG = {"sites": NEW_YORK}
TWO, THREE = "2013-06-19T04:00:00Z", "2013-06-23T04:00:00Z"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A moto server on a free port, and the environment that leads clients to it."""
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        patch.setenv("AWS_REGION", "eu-west-1")
        yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture(scope="module")
def lake(server: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A week of two stations, on S3 and in a folder."""
    folder = tmp_path_factory.mktemp("lake") / "lake"
    objects = airport_lake(folder, ["EWR", "JFK"], "2013-06-16T04", "2013-06-23T04")
    boto3.client("s3").create_bucket(
        Bucket="lake-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    store = open_storage("s3://lake-bucket/raw/telemetry")
    for key, body in objects.items():
        store.put(key, body)
    return "s3://lake-bucket/raw/telemetry/", folder


@pytest.fixture(scope="module")
def undisturbed(lake: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run on folders writes."""
    target = tmp_path_factory.mktemp("folder") / "out"
    transform(lake[1], target, THREE, CONFIG)
    return datasets(target)


@pytest.fixture
def bucket(server: str, request: pytest.FixtureRequest) -> str:
    """An empty target with a prefix, in a bucket of its own."""
    name = f"t{abs(hash(request.node.name)) % 10**10}-{time.monotonic_ns()}"
    boto3.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return f"s3://{name}/processed"


def run_with(
    lake: tuple[str, Path], bucket: str, until: str, tmp_path: Path, **options: str
) -> dict[str, Any]:
    from weather_etl.settings.arguments import parse_arguments

    path = tmp_path / "config.json"
    path.write_bytes(orjson.dumps({**CONFIG, "lease_wait_s": 30}))
    argv = ["--source", lake[0], "--target", bucket, "--until", until, "--config", str(path)]
    for name, value in options.items():
        argv += [f"--{name}", value]
    return run(parse_arguments(argv))


def test_runs_on_s3_write_the_bytes_of_runs_on_folders(
    lake: tuple[str, Path], bucket: str, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    first = run_with(lake, bucket, TWO, tmp_path)
    second = run_with(lake, bucket, THREE, tmp_path)

    assert first["objects_read"] + second["objects_read"] == 336
    assert datasets(bucket) == undisturbed


def test_sites_are_listed_only_a_little_ahead(
    server: str, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys of all sites of a lake with a long history would not fit into memory."""
    objects: dict[str, bytes] = {}
    for number in range(60):
        name, body = flat("st", "2013-06-16T12:00:00Z", air_temperature=20.0)
        objects[f"site{number:02d}/{name}"] = body
    source = open_storage(f"{bucket}/many")
    for key, body in objects.items():
        source.put(key, body)
    listed, ahead = 0, []

    def checkpoint(name: str) -> None:
        nonlocal listed
        listed += name == "list"
        if name == "commit":
            ahead.append(listed)

    monkeypatch.setattr(checkpoints, "reached", checkpoint)
    summary = transform(source.url, tmp_path / "out", THREE, {"batch_objects": 20})

    assert summary["accepted"] == 60
    assert ahead[0] <= 20 + 1 + 16
    assert ahead[-1] == 60


@pytest.mark.parametrize("count", [0, 1, 7, 97, 800, 5000])
def test_contents_come_in_the_order_of_their_keys(
    server: str, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """However many there are, and in whatever order the requests end."""

    def fetch_some(
        _self: S3Storage, _store: object, keys: Sequence[str], _sizes: Sequence[int]
    ) -> list[bytes]:
        time.sleep(int(keys[0]) * 7919 % 13 / 10_000)
        return [key.encode() for key in keys]

    monkeypatch.setattr(S3Storage, "_fetch_some", fetch_some)
    storage = S3Storage("s3://lake-bucket")
    keys = [str(number) for number in range(count)]
    assert list(storage.fetch(keys)) == [key.encode() for key in keys]
    assert storage.requests == count


def test_a_second_week_lists_only_what_is_new(
    lake: tuple[str, Path], bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """StartAfter is the watermark less the overlap: what lies before is not even listed."""
    run_with(lake, bucket, TWO, tmp_path)
    offsets: list[str | None] = []
    listed = obstore.list

    def spy(*args: Any, **kwargs: Any) -> Any:
        offsets.append(kwargs.get("offset"))
        return listed(*args, **kwargs)

    monkeypatch.setattr(obstore, "list", spy)
    run_with(lake, bucket, THREE, tmp_path)

    wanted = 1371614400000 - 600_000  # 2013-06-19T04:00Z less ten minutes
    assert f"raw/telemetry/EWR/{wanted}" in offsets


def test_two_runs_at_once_lose_nothing(
    lake: tuple[str, Path], bucket: str, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            (tmp_path / name).mkdir()
            run_with(lake, bucket, THREE, tmp_path / name, run_id=name)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    assert datasets(bucket) == undisturbed
    assert open_storage(bucket).get(LEASE) is None, "the lease is given back"


def test_a_run_that_lost_its_lease_merges_again_and_overwrites_nothing(
    lake: tuple[str, Path],
    bucket: str,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another run publishes between this run's read and its write: this one must read and merge again."""
    run_with(lake, bucket, TWO, tmp_path)
    intruded = False

    def intrude(name: str) -> None:
        nonlocal intruded
        if name == "publish hourly" and not intruded:
            intruded = True
            open_storage(bucket).delete(LEASE)  # as if it had expired
            (tmp_path / "other").mkdir()
            run_with(lake, bucket, "2013-06-21T04:00:00Z", tmp_path / "other", run_id="other")

    monkeypatch.setattr(checkpoints, "reached", intrude)
    summary = run_with(lake, bucket, THREE, tmp_path)

    assert intruded
    assert summary["watermark_moved"]
    assert datasets(bucket) == undisturbed


def test_a_lease_is_exclusive_and_expires(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = open_storage(bucket)
    monkeypatch.setattr(state, "HEARTBEAT_SECONDS", 0.5)
    first, second = Lease(target, "first"), Lease(target, "second")

    assert first.acquire()
    assert not second.acquire()
    target.put(LEASE, orjson.dumps({"owner": "first", "expires": time.time() - 1}))
    assert second.acquire(), "an expired lease is taken over"
    for _ in range(200):
        time.sleep(0.05)  # until the first owner's next heartbeat
        with suppress(BusyError):
            first.renew()
            continue
        break
    with pytest.raises(BusyError):
        first.renew()
    first.release()
    assert target.get(LEASE) is not None, "who lost the lease does not give back another's"


def test_conditional_writes(bucket: str) -> None:
    target = open_storage(bucket)
    tag = target.put("a/b.csv", b"one", None)
    with pytest.raises(ConflictError):
        target.put("a/b.csv", b"two", None)
    newer = target.put("a/b.csv", b"two", tag)
    with pytest.raises(ConflictError):
        target.put("a/b.csv", b"three", tag)

    found = target.get("a/b.csv")
    assert found is not None
    assert (found.data, found.tag) == (b"two", newer)


def test_a_bucket_that_does_not_exist_is_said(server: str, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="cannot be listed"):
        transform("s3://no-such-bucket-here/raw", tmp_path / "out", THREE)


def test_a_target_bucket_that_does_not_exist_is_said_at_once(server: str, tmp_path: Path) -> None:
    """And not that another run works on it, after two minutes."""
    (tmp_path / "lake").mkdir()
    with pytest.raises(UnreachableError, match="s3://no-such-bucket-here cannot be written"):
        transform(tmp_path / "lake", "s3://no-such-bucket-here", THREE, {"lease_wait_s": 3})


def test_an_empty_lake_is_a_success_with_a_notice(bucket: str, tmp_path: Path) -> None:
    summary = transform(bucket, tmp_path / "out", THREE)

    assert summary["empty"]
    assert summary["status"] == "SUCCEEDED"


def test_partitions_are_registered_once(lake: tuple[str, Path], bucket: str, tmp_path: Path) -> None:
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": "weather"})
    for name, table in tables().items():
        columns = [{"Name": column, "Type": "string"} for column in table.schema.names]
        glue.create_table(
            DatabaseName="weather",
            TableInput={
                "Name": name,
                "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partitions],
                "StorageDescriptor": {"Columns": columns, "Location": f"{bucket}/{name}/"},
            },
        )
    run_with(lake, bucket, TWO, tmp_path, database="weather")
    summary = run_with(lake, bucket, THREE, tmp_path, database="weather")

    assert summary["verdict"]["level"] == "pass", summary["verdict"]
    for name, table in tables().items():
        found = glue.get_partitions(DatabaseName="weather", TableName=name)["Partitions"]
        places = {one["StorageDescriptor"]["Location"].removeprefix(f"{bucket}/") for one in found}
        assert places == {
            key.rsplit("/", 1)[0] + "/" for key in datasets(bucket) if key.startswith(f"{name}/")
        }
        assert all(len(one["Values"]) == len(table.partitions) for one in found)


def test_a_catalogue_that_fails_is_a_warning_not_a_loss(
    lake: tuple[str, Path], bucket: str, tmp_path: Path
) -> None:
    summary = run_with(lake, bucket, TWO, tmp_path, database="no_such_database")

    assert summary["verdict"]["level"] == "warn"
    assert "were not registered" in " ".join(summary["verdict"]["reasons"])
    assert summary["watermark_moved"]


def test_the_crawlers_table_is_compared_with_the_messages(bucket: str, tmp_path: Path) -> None:
    """`moon` is in the messages and the table, `sun` in the messages alone, `stars` in the table alone."""
    message = {
        "station_id": "s",
        "time": "2025-03-02T00:00:00Z",
        "air_temperature": 20.0,
        "moon": 1,
        "sun": 2,
    }
    write_lake(tmp_path / "lake", {"d5/1740873600000.json": json.dumps(message).encode()})
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": "drift"})
    columns = [{"Name": name, "Type": "double"} for name in ("air_temperature", "moon", "stars")]
    glue.create_table(
        DatabaseName="drift", TableInput={"Name": "telemetry", "StorageDescriptor": {"Columns": columns}}
    )
    found = transform(
        tmp_path / "lake", tmp_path / "out", "2025-03-09", database="drift", raw_table="telemetry"
    )
    absent = transform(
        tmp_path / "lake", tmp_path / "out2", "2025-03-09", database="drift", raw_table="nothing"
    )

    assert found["drift"]["table_columns_unknown"] == ["moon", "stars"]
    assert found["drift"]["fields_not_in_table"] == ["sun"]
    assert found["drift"]["unknown_fields_total"] == 2
    assert "could not be read" in absent["drift"]["problem"]


def test_nested_columns_of_the_crawlers_table_are_flattened() -> None:
    class Glue:
        def get_table(self, **_: str) -> dict[str, Any]:
            kind = "struct<temperature:double,extra:struct<a:int,b:array<string>>,x:map<string,int>>"
            columns = [{"Name": "deviceid", "Type": "string"}, {"Name": "data", "Type": kind}]
            return {"Table": {"StorageDescriptor": {"Columns": columns}}}

    found = catalog.table_columns(Glue(), "d", "t")
    assert found == ["deviceid", "data.temperature", "data.extra.a", "data.extra.b", "data.x"]


def test_the_entry_point_runs_on_s3_from_a_zip_of_the_package(
    lake: tuple[str, Path], bucket: str, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    """As on Glue: the script alone, the package as a zip on the path."""
    import os
    import subprocess
    import sys
    import zipfile

    root = Path(__file__).parents[3] / "etl"
    archive = tmp_path / "weather_etl.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for package in (root / "weather_etl", root.parent / "policies" / "aws_prices"):
            for path in sorted(package.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    file.write(path, path.relative_to(package.parent))
    script = tmp_path / "weather-transform.py"
    script.write_bytes((root / "weather-transform.py").read_bytes())
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG))
    arguments = {
        "source": lake[0], "target": bucket, "until": THREE, "config": str(config), "run_id": "r1",
        "database": "", "raw_table": "telemetry", "timezone": "Asia/Ho_Chi_Minh", "week_start": "sunday",
        "engine": "auto", "since": "", "start_from": "", "glue_version": "5.1", "worker_type": "G.1X",
        "number_of_workers": "2", "execution_class": "FLEX", "JOB_NAME": "x", "enable-metrics": "true",
    }  # fmt: skip
    argv = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    done = subprocess.run(
        [sys.executable, "-P", str(script), *argv],
        env={**os.environ, "PYTHONPATH": str(archive)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["cost"]["execution_class"] == "FLEX"
    assert datasets(bucket) == undisturbed
