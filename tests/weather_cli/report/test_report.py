"""The report without a browser: what is read, what is written, and how large it may become."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest
from weather_etl.lake import LocalStorage
from weather_report import Target
from weather_report import collect as collecting
from weather_report.collect import collect
from weather_report.page import render

from weather_cli.cli import main

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def report_of(folder, **given):
    return collect(Target(LocalStorage(str(folder))), NOW, **given)


def rows_of(folder, name):
    for path in sorted((folder / name).rglob("*.csv")):
        with path.open(newline="") as lines:
            yield from csv.DictReader(lines)


@pytest.fixture(scope="module")
def report(datasets):
    return report_of(datasets)


def test_each_flagged_value_of_the_files_is_there_with_a_rule(report, datasets):
    truth = Counter()
    for row in rows_of(datasets, "observations"):
        for column, flag in row.items():
            if column.endswith("_qc") and column != "time_qc" and flag in ("3", "4"):
                truth[row["station_id"], row["obs_time_utc"], column.removesuffix("_qc"), int(flag)] += 1
    found = Counter(
        (
            station.station,
            f"{datetime.fromtimestamp(one.time, UTC):%Y-%m-%dT%H:%M:%SZ}",
            one.variable,
            one.flag,
        )
        for station in report.stations
        for one in station.flagged
    )
    assert found == truth
    rules = {one.variable: one.rule for station in report.stations for one in station.flagged}
    assert rules["wind_speed"] == "range"  # the 1,048 mph of EWR
    assert not any("today" in rule for rule in rules.values())


def test_runs_and_quarantine_are_what_the_run_wrote(report, datasets):
    summary = json.loads((datasets / "_runs/first/summary.json").read_bytes())
    (run,) = report.runs
    assert (run.messages, run.accepted, run.quarantined) == (
        summary["messages"],
        summary["accepted"],
        summary["quarantined"],
    )
    assert run.seconds == summary["seconds"]["total"]
    assert run.usd == summary["cost"]["usd"]
    assert report.quarantine == summary["quarantined_by_reason"]
    assert [reject["reason"] for reject in report.rejects] == list(summary["quarantined_by_reason"])


def test_the_zone_is_the_sites_own_and_said(report):
    assert {station.zone for station in report.stations} == {"America/New_York (UTC−05:00)"}


@pytest.mark.parametrize("days", [1, 5, 366])
def test_it_looks_back_as_many_days_as_asked(datasets, days):
    report = report_of(datasets, max_days=days)
    assert len(report.days) == min(days, 14)
    assert report.days[-1] == "2013-02-23"
    for station in report.stations:
        assert len(station.days.times) == len(report.days)


def test_a_page_stays_small_however_many_stations_there_are(datasets, tmp_path):
    for name in ("daily", "hourly"):
        for number in range(200):
            place = tmp_path / name / f"site=copy{number:03}"
            place.parent.mkdir(exist_ok=True)
            place.symlink_to(datasets / name / "site=JFK")
    report = report_of(tmp_path)
    assert len(report.stations) == 200
    assert 2 <= report.hour_days < 14
    numbers = sum(values.size for one in report.stations for values in one.hours.columns.values())
    assert numbers <= collecting.HOUR_NUMBERS
    assert len(render(report)) < 3_000_000


def test_a_day_without_a_row_is_missing_and_one_before_the_first_is_not(datasets, tmp_path):
    """The middle days of a station are taken out: they are due, its neighbours' early days are not."""
    for site, kept in {
        "EWR": None,
        "JFK": lambda day: day not in ("2013-02-15", "2013-02-16"),
        "LGA": lambda day: day > "2013-02-18",
    }.items():
        source = datasets / f"daily/site={site}/year=2013/daily.csv"
        header, *lines = source.read_text().splitlines(keepends=True)
        chosen = [line for line in lines if kept is None or kept(line.split(",")[5])]
        path = tmp_path / f"daily/site={site}/year=2013/daily.csv"
        path.parent.mkdir(parents=True)
        path.write_text("".join([header, *chosen]))
    stations = {station.label: station for station in report_of(tmp_path).stations}
    assert np.flatnonzero(np.isnan(stations["JFK"].coverage)).tolist() == [5, 6]
    assert stations["LGA"].first_day == 9
    page = render(report_of(tmp_path)).decode()
    assert "35 of 37" not in page  # 14 + 12 of 14 + 5 of 5
    assert "31 of 33" in page


def test_names_from_outside_cannot_become_markup(tmp_path, datasets):
    name = "%3Cscript%3Ealert%281%29%3C%2Fscript%3E"
    (tmp_path / "daily").mkdir()
    (tmp_path / f"daily/site={name}").symlink_to(datasets / "daily/site=JFK")
    page = render(report_of(tmp_path)).decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.fixture
def failed(tmp_path):
    """A target that holds nothing but the record of an execution that failed."""
    path = tmp_path / "failed/errors/dt=2026-11-22/x.json"
    path.parent.mkdir(parents=True)
    record = {
        "runId": "run-7",
        "state": "StartGlueJob",
        "error": "States.TaskFailed",
        "cause": {"ErrorMessage": "the run configuration s3://x/config.json does not exist"},
        "window": {"since": None, "until": "2026-11-22T17:00:00Z"},
        "startedAt": "2026-11-22T17:00:03Z",
        "failedAt": "2026-11-22T17:01:03Z",
    }
    path.write_text(json.dumps(record))
    return tmp_path / "failed"


def test_a_failed_execution_has_its_page(failed):
    page = render(report_of(failed)).decode()
    assert 'class="banner fail"' in page
    assert "failed in StartGlueJob: States.TaskFailed: the run configuration s3://x/config.json" in page
    assert "60.0 s" in page


def test_a_verdict_that_failed_says_why_and_what_to_do(datasets, tmp_path):
    document = json.loads((datasets / "_runs/first/summary.json").read_bytes())
    document["verdict"] = {"level": "fail", "reasons": ["900 of 1008 messages were quarantined"]}
    path = tmp_path / "_runs/second/summary.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))
    page = render(report_of(tmp_path)).decode()
    assert "900 of 1008 messages were quarantined" in page
    assert "weather accept --help" in page


def test_the_command_writes_beside_the_datasets_or_where_it_is_told(capsys, datasets, tmp_path):
    (tmp_path / "daily").symlink_to(datasets / "daily")
    assert main(["report", str(tmp_path)]) == 0
    written = tmp_path / "report.html"
    assert written.read_bytes().startswith(b"<!DOCTYPE html>")
    assert written.as_uri() in capsys.readouterr().out
    assert main(["report", str(datasets), "--output", str(tmp_path / "other/week.html"), "--days", "3"]) == 0
    assert b"2013-02-21 to 2013-02-23" in (tmp_path / "other/week.html").read_bytes()
    assert main(["report", str(datasets), "--output", "/proc/none/x.html"]) == 1
    assert "--output names another" in capsys.readouterr().err
