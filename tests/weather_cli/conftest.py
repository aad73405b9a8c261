"""A target that a run on the demo's two weeks of real weather has written, once for all tests here."""

import json
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from weather_etl.runs.execution import run
from weather_etl.settings.arguments import parse_arguments

from weather_cli.demo.run import messages

SITES = {name: {"timezone": "America/New_York", "elevation_m": 4} for name in ("EWR", "JFK", "LGA")}


@pytest.fixture(scope="session")
def lake(tmp_path_factory) -> Path:
    """The demo's messages as a folder, a broken one among them."""
    folder = tmp_path_factory.mktemp("lake")
    for message in messages(""):
        path = folder / message.key.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(message.body)
    return folder


@pytest.fixture(scope="session")
def datasets(lake, tmp_path_factory) -> Path:
    """What a run makes of it."""
    folder = tmp_path_factory.mktemp("datasets") / "out"
    config = tmp_path_factory.mktemp("config") / "run.json"
    config.write_text(json.dumps({"sites": SITES}))
    arguments = ["--source", str(lake), "--target", str(folder), "--config", str(config)]
    run(parse_arguments([*arguments, "--until", "2013-03-02T17:00:00Z", "--run-id", "first"]))
    return folder


@pytest.fixture(scope="module")
def server(datasets, lake):
    """The same datasets, and the messages of LGA beside them, in a server that speaks S3: its address.

    One for each module: an embedded AWS of another module would empty it, since both are moto in one process.
    """
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    s3 = boto3.client(
        "s3", "us-east-1", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x"
    )
    s3.create_bucket(Bucket="datasets")
    files = [(path, f"below/{path.relative_to(datasets)}") for path in datasets.rglob("*") if path.is_file()]
    files += [(path, f"lake/LGA/{path.name}") for path in (lake / "LGA").iterdir()]
    for path, key in files:
        s3.put_object(Bucket="datasets", Key=key, Body=path.read_bytes())
    yield endpoint
    server.stop()


@pytest.fixture
def bucket(server, monkeypatch) -> str:
    """Address of the datasets in the bucket, for clients that are configured by the environment."""
    for name, value in (
        ("AWS_ENDPOINT_URL", server),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    return "s3://datasets/below"
