"""What a run says: lines of JSON that CloudWatch Logs Insights takes apart by itself, the summary last."""

import json
import runpy
import sys
from pathlib import Path
from unittest import mock

import pytest
import weather_etl.main
from weather_etl.main import LOG_EVERY_S, JobError, StageLog, main

from tests.etl.lakes_and_runs import flat, write_lake


def test_a_run_says_what_it_does_in_lines_of_json(tmp_path, capsys):
    name, body = flat("S1", "2025-01-05T00:00:00Z", air_temperature=20.0)
    write_lake(tmp_path / "lake", {f"a/{name}": body})
    arguments = {"source": tmp_path / "lake", "target": tmp_path / "out", "until": "2025-01-12T00:00:00Z"}
    line = [str(part) for name, value in arguments.items() for part in (f"--{name}", value)]
    assert main([*line, "--run_id", "r1"]) == 0
    *events, summary = map(json.loads, capsys.readouterr().out.splitlines())
    told = dict.fromkeys(event["event"] for event in events)
    assert list(told) == ["started", "listed", "read", "written"]  # the last for each part of the publication
    assert {event["run_id"] for event in [*events, summary]} == {"r1"}
    assert summary["status"] == "SUCCEEDED"
    assert summary["engine"]["reason"].startswith("auto: ")


def test_a_stage_that_lasts_is_told_now_and_then(capsys):
    now = [0.0]
    log = StageLog("r1", clock=lambda: now[0])
    for done in range(1, 101):
        now[0] += LOG_EVERY_S / 10
        log("read", done, 100)
    told = [json.loads(line)["done"] for line in capsys.readouterr().out.splitlines()]
    assert told == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]


def test_the_script_returns_when_all_is_well_and_raises_the_reason_when_not(tmp_path):
    """On Glue the text of the exception is the run's ErrorMessage; an exit status would say nothing."""
    script = str(Path(weather_etl.main.__file__).parents[1] / "weather-transform.py")
    (tmp_path / "lake").mkdir()
    for source, reason in (("lake", ""), ("nowhere", "SourceMissingError"), ("", "--source is empty")):
        argv = [
            script,
            "--source",
            str(tmp_path / source) if source else "",
            "--target",
            str(tmp_path / "out"),
        ]
        with mock.patch.object(sys, "argv", argv):
            if reason:
                with pytest.raises(JobError, match=reason):
                    runpy.run_path(script, run_name="__main__")
            else:
                runpy.run_path(script, run_name="__main__")
