"""A target that a run on the demo's two weeks of real weather has written, once for all tests here."""

import json
from pathlib import Path

import pytest
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
