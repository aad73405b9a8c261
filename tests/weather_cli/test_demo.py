"""The demo as a person runs it: a process of its own, judged by its exit status and its JSON document."""

import csv
import functools
import gzip
import html
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from weather_cli.cli import main
from weather_cli.errors import CommandError
from weather_cli.output import MARKER

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    *("status", "objects_read", "messages", "accepted", "duplicates", "merged", "ignored", "quarantined"),
    *("datasets", "states", "notification", "error_record"),
}


def start(folder, *arguments, **options):
    command = [sys.executable, "-m", "weather_cli.cli", "demo", "--output", str(folder), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DEMO_OF_TEST": str(folder)}
    return subprocess.Popen(
        command,
        cwd=folder.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """The three ways a demo goes, side by side: process and output folder by the failure asked for."""
    folders = {failure: tmp_path_factory.mktemp("demo") / "out" for failure in (None, "crawler", "job")}
    processes = {
        failure: start(folder, "--json", *(["--fail", failure] if failure else []))
        for failure, folder in folders.items()
    }
    yield {failure: (processes[failure], folders[failure]) for failure in folders}
    for process in processes.values():
        process.kill()
        process.wait()


@functools.cache
def ended(process):
    """Exit status, JSON document and progress of a demo, once it has ended."""
    out, err = process.communicate(timeout=180)
    return process.returncode, json.loads(out), err


@pytest.fixture
def success(demos):
    process, folder = demos[None]
    return *ended(process), folder


def test_the_demo_succeeds_and_says_so_in_one_document(success):
    status, document, err, _ = success
    assert status == 0, err
    assert document.keys() >= KEYS
    assert document["status"] == "SUCCEEDED"
    assert document["problems"] == []
    assert document["error_record"] is None


def test_every_message_is_counted_as_it_was_published(success):
    _, document, _, _ = success
    # 333 + 335 + 334 rows of three airports; 5 of them sent twice, 1 cut; 1 status message beside.
    counts = ("objects_read", "messages", "accepted", "duplicates", "merged", "ignored", "quarantined")
    assert [document[name] for name in counts] == [1008, 1008, 1001, 5, 0, 1, 1]
    assert {name: document[name] for name in counts} == document["published"]


def test_both_equations_hold(success):
    _, document, _, _ = success
    assert document["objects_listed"] == document["objects_read"] + document["objects_unreadable"]
    fates = ("accepted", "duplicates", "merged", "ignored", "quarantined")
    assert document["messages"] == sum(document[fate] for fate in fates)


def test_the_datasets_are_what_two_weeks_of_three_stations_make(success):
    _, document, _, folder = success
    assert document["datasets"]["observations"] == document["accepted"]
    # Three stations, 14 local days of 24 hours; two weeks that have closed.
    assert document["datasets"]["daily"] == 3 * 14
    assert document["datasets"]["weekly"] == 3 * 2
    assert 0 < document["datasets"]["hourly"] <= 3 * 14 * 24
    for name, rows in document["datasets"].items():
        found = 0
        for path in (folder / name).rglob("*.csv"):
            with path.open(newline="") as lines:
                found += len(list(csv.DictReader(lines)))
        assert found == rows, name
    assert list((folder / "_runs").glob("*/manifest.json"))


def test_a_report_lies_beside_the_datasets(success):
    _, document, _, folder = success
    assert document["report"] == str(folder.resolve() / "report.html")
    page = (folder / "report.html").read_text()
    assert "America/New_York (UTC−05:00)" in page  # the deployed job's configuration
    assert "could not be read" not in page


def test_its_numbers_can_be_made_again_from_the_messages_beside_them(success, capsys):
    """Although the lake is gone with the embedded AWS, and the run's configuration with it."""
    _, _, _, folder = success
    words = ["daily", "JFK", "2013-02-14", "air_temperature_mean", "--source", str(folder / "messages")]
    assert main(["why", str(folder), *words]) == 0
    assert capsys.readouterr().out.endswith("equal: yes, to the byte\n")


def test_the_real_outlier_is_kept_and_flagged_and_not_averaged(success):
    _, _, _, folder = success
    [path] = (folder / "observations" / "site=EWR" / "date=2013-02-12").glob("*.csv")
    with path.open(newline="") as lines:
        rows = {row["obs_time_utc"][:13]: row for row in csv.DictReader(lines)}
    outlier = rows["2013-02-12T08"]
    assert float(outlier["wind_speed"]) == pytest.approx(468.6591)
    assert outlier["wind_speed_qc"] == "4"
    with (folder / "daily" / "site=EWR" / "year=2013" / "daily.csv").open(newline="") as lines:
        days = {row["local_date"]: row for row in csv.DictReader(lines)}
    assert float(days["2013-02-12"]["wind_speed_max"]) < 20


def test_a_day_is_the_mean_of_the_source(success):
    """Against the published file itself and in its units, past everything written for the pipeline."""
    _, _, _, folder = success
    with gzip.open(ROOT / "weather_cli" / "demo" / "data" / "nycflights13_weather.csv.gz", "rt") as lines:
        day = [
            row
            for row in csv.DictReader(lines)
            if (row["origin"], row["month"], row["day"]) == ("JFK", "2", "13")
        ]
    with (folder / "daily" / "site=JFK" / "year=2013" / "daily.csv").open(newline="") as lines:
        [published] = [row for row in csv.DictReader(lines) if row["local_date"] == "2013-02-13"]
    celsius = [(float(row["temp"]) - 32) / 1.8 for row in day]
    assert len(day) == int(published["n_hours"]) == 24
    assert float(published["air_temperature_mean"]) == pytest.approx(sum(celsius) / 24, abs=0.001)
    assert float(published["air_temperature_max"]) == pytest.approx(max(celsius), abs=0.001)
    humid = [float(row["humid"]) for row in day]
    assert float(published["relative_humidity_mean"]) == pytest.approx(sum(humid) / 24, abs=0.01)


def test_the_states_are_those_of_the_workflow(success):
    _, document, _, _ = success
    names = [state["name"] for state in document["states"]]
    wanted = ["StartCrawler", "WaitForCrawler", "CheckCrawlerStatus", "IsCrawlerComplete", "StartGlueJob"]
    # A slow crawl is looked at more than once.
    assert [name for name in dict.fromkeys(names) if name in wanted] == wanted
    assert all(state["seconds"] >= 0 for state in document["states"])
    assert next(s["seconds"] for s in document["states"] if s["name"] == "WaitForCrawler") >= 1


def test_the_notification_tells_the_counts(success):
    _, document, _, _ = success
    assert "1001" in document["notification"]["message"].replace(",", "")


def test_progress_goes_to_stderr_under_json(success):
    _, _, err, _ = success
    assert "StartGlueJob" in err
    assert "Deploy" in err


@pytest.mark.parametrize(
    ("failure", "state", "said"),
    [("crawler", "StartCrawler", "NoSuchBucket"), ("job", "StartGlueJob", "config")],
)
def test_a_failure_that_was_asked_for_is_a_success_of_the_demo(demos, failure, state, said):
    process, folder = demos[failure]
    status, document, err = ended(process)
    assert status == 0, err
    assert document.keys() >= KEYS
    assert document["status"] == "FAILED"
    assert document["error"]
    assert said in document["cause"]
    assert state in [visit["name"] for visit in document["states"]]
    record = document["error_record"]
    assert (folder / record["key"]).is_file()
    assert record["error"] == document["error"]
    assert said in json.dumps(record["cause"])
    assert html.escape(document["error"]) in (folder / "report.html").read_text()
    assert "FAIL" in (document["notification"]["subject"] + document["notification"]["message"]).upper()


@pytest.mark.parametrize("after", ["Start the embedded AWS", "state IsCrawlerComplete"])
def test_interrupting_the_demo_leaves_no_process_behind(tmp_path, after):
    """While resources are being created, and while the job runs in a process of its own."""
    if not Path("/proc").is_dir():
        pytest.skip("which processes are left is read from /proc, which only Linux has")
    mark = f"{tmp_path}/out"
    process = start(tmp_path / "out")
    next(text for text in process.stdout if after in text)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    what, next_step = err.splitlines()
    assert what == "weather demo: interrupted"
    assert "nothing outlives the demo" in next_step
    assert not processes_with(mark)


def processes_with(mark):
    """Processes whose environment or arguments hold a text: the demo's and what it started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            told = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
        except OSError:  # ended meanwhile, or another user's
            continue
        if mark.encode() in told:
            found.append(path.name)
    return found


def test_the_demo_refuses_a_folder_that_is_not_its_own(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    process = start(folder)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err.startswith("weather demo: ")
    assert err.count("\n") == 2
    assert (folder / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        ([], "demo-output"),
        (["--fail", "job"], "demo-output-failed"),
        (["--fail", "job", "--output", "x"], "x"),
    ],
)
def test_a_failure_keeps_the_datasets_of_the_good_demo(tmp_path, monkeypatch, words, folder):
    (tmp_path / "demo-output").mkdir()
    (tmp_path / "demo-output" / MARKER).write_text('{"files": ["daily.csv"]}')
    (tmp_path / "demo-output/daily.csv").write_text("rows of the good demo")
    asked = []

    def run_demo(_stack, _ui, where, failure, _project):
        asked.append((where, failure))
        raise CommandError("it broke before there was anything to copy")

    monkeypatch.setattr("weather_cli.demo.run.run_demo", run_demo)
    monkeypatch.chdir(tmp_path)
    assert main(["demo", *words, "--project", str(ROOT)]) == 1
    assert asked == [(Path(folder), "job" if "job" in words else None)]
    assert (tmp_path / "demo-output/daily.csv").read_text() == "rows of the good demo"
