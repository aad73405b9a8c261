"""The report that a run leaves beside its documents, where its configuration asks for one."""

import json
import runpy
import sys
import zipfile
from pathlib import Path
from unittest import mock

import jsonschema
import pytest
import weather_etl.main

from components.packaging import package_zip
from tests.etl.lakes_and_runs import datasets, flat, write_lake

ETL = Path(weather_etl.main.__file__).parents[1]
SCHEMA = json.loads((ETL / "weather_etl/schemas/summary.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def line(tmp_path: Path) -> list[str]:
    """The script's arguments for a lake of two days."""
    messages = [
        flat("S1", f"2025-03-0{2 + hour // 24}T{hour % 24:02d}:00:00Z", air_temperature=25.0 + hour % 24 / 10)
        for hour in range(48)
    ]
    write_lake(tmp_path / "lake", {f"a/{key}": body for key, body in messages})
    arguments = {"source": tmp_path / "lake", "target": tmp_path / "out", "until": "2025-03-09T00:00:00Z"}
    return [
        *(str(part) for name, value in arguments.items() for part in (f"--{name}", value)),
        "--run_id",
        "r1",
    ]


def run_script(line: list[str], outputs: dict[str, bool] | None, folder: Path) -> dict:
    """Run the script as Glue does; return the summary as it lies in the target."""
    if outputs is not None:
        (folder / "run.json").write_text(json.dumps({"outputs": outputs}))
        line = [*line, "--config", str(folder / "run.json")]
    script = str(ETL / "weather-transform.py")
    with mock.patch.object(sys, "argv", [script, *line]):
        runpy.run_path(script, run_name="__main__")
    summary = json.loads((folder / "out/_runs/r1/summary.json").read_bytes())
    jsonschema.validate(summary, SCHEMA)
    return summary


def test_by_setting_a_report_lies_beside_the_run_and_the_summary_names_it(line, tmp_path, capsys):
    summary = run_script(line, {"report": True}, tmp_path)
    assert summary["report"] == "_runs/r1/report.html"
    page = (tmp_path / "out/_runs/r1/report.html").read_text(encoding="utf-8")
    assert "S1" in page
    assert ">r1<" in page  # its own run is among those that it shows
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["report"] == summary["report"]
    first = (tmp_path / "out/_runs/r1/report.html").stat().st_mtime_ns
    run_script(line, {"report": True}, tmp_path)  # Step Functions may start the job again
    assert (tmp_path / "out/_runs/r1/report.html").stat().st_mtime_ns == first


@pytest.mark.parametrize("outputs", [None, {}, {"report": False}])
def test_without_the_setting_there_is_none(line, tmp_path, outputs):
    assert "report" not in run_script(line, outputs, tmp_path)
    assert not list((tmp_path / "out/_runs").rglob("*.html"))


def test_a_report_that_cannot_be_made_is_no_failure_of_the_run(line, tmp_path, capsys):
    with mock.patch("weather_report.page.render", side_effect=MemoryError("no room")):
        summary = run_script(line, {"report": True}, tmp_path)
    assert summary["status"] == "SUCCEEDED"
    assert "report" not in summary
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["why"] for one in told if one.get("event") == "no report"] == ["MemoryError: no room"]
    assert datasets(tmp_path / "out")


def test_it_ships_with_the_job_without_weight(line, tmp_path):
    """From a zip on the path, as Glue has it: the page finds its style and script there."""
    content = package_zip(ETL / "weather_report")
    assert len(content) < 250_000
    package = tmp_path / "code.zip"
    package.write_bytes(content)
    names = zipfile.ZipFile(package).namelist()
    assert "weather_report/assets/report.js" in names
    assert "weather_report/assets/uPlot-LICENSE.txt" in names
