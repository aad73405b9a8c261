"""Summary and manifest keep their schemas, the equations hold, the verdict does what it says."""

import csv
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from weather_etl.runs import summary as summaries
from weather_etl.runs.cost import run_cost
from weather_etl.runs.state import Decisions
from weather_etl.runs.summary import CountError, check_equations
from weather_etl.runs.verdict import judge
from weather_etl.settings.arguments import parse_arguments
from weather_etl.settings.config import RunConfig

from tests.etl.lakes_and_runs import datasets, flat, transform, write_lake
from weather_cli.cli import main

SCHEMAS = Path(summaries.__file__).parents[1] / "schemas"
PAYLOADS = Path(__file__).parents[2] / "fixtures" / "payloads"
UNTIL = "2025-03-09T00:00:00+07:00"


def schema(name: str) -> dict[str, Any]:
    document = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return document


def good_lake(hours: int = 48) -> dict[str, bytes]:
    messages = [
        flat(
            "s1",
            f"2025-03-0{2 + hour // 24}T{hour % 24:02d}:00:00+07:00",
            air_temperature=25.0 + hour % 24 / 10,
        )
        for hour in range(hours)
    ]
    return {f"district5/{key}": body for key, body in messages}


def documents(target: Path, run_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    folder = target / "_runs" / run_id
    return json.loads((folder / "summary.json").read_text()), json.loads(
        (folder / "manifest.json").read_text()
    )


def test_documents_of_a_run_keep_their_schemas(tmp_path: Path) -> None:
    lake = good_lake()
    lake["district5/1740900000001.json"] = b'{"truncated": '
    status = PAYLOADS / "platform_f_device_status_not_an_observation.json"
    lake["district5/1740900000002.json"] = status.read_bytes()
    write_lake(tmp_path / "lake", lake)
    returned = transform(tmp_path / "lake", tmp_path / "out", UNTIL, run_id="r1")
    written, manifest = documents(tmp_path / "out", "r1")

    jsonschema.validate(written, schema("summary"))
    jsonschema.validate(manifest, schema("manifest"))
    assert written == json.loads(json.dumps(returned))
    assert written["quarantined"] == sum(written["quarantined_by_reason"].values()) == 1
    assert written["ignored"] == 1
    assert written["letters_skipped"] == len('{"truncated": ')
    for output in manifest["outputs"]:
        data = (tmp_path / "out" / output["key"]).read_bytes()
        assert (output["bytes"], output["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert output["rows"] == data.count(b"\n") - 1
    assert {one["key"] for one in manifest["outputs"]} == set(datasets(tmp_path / "out"))


@pytest.mark.parametrize("until", ["2025-03-03T00:00:00+07:00", UNTIL])
def test_documents_of_empty_and_rejected_runs_keep_their_schemas(tmp_path: Path, until: str) -> None:
    (tmp_path / "empty").mkdir()
    transform(tmp_path / "empty", tmp_path / "out1", until, run_id="r1")
    write_lake(tmp_path / "lake", {f"d/{1740800000000 + n}.json": b"not json" for n in range(10)})
    rejected = transform(tmp_path / "lake", tmp_path / "out2", until, run_id="r1")

    for target in ("out1", "out2"):
        written, manifest = documents(tmp_path / target, "r1")
        jsonschema.validate(written, schema("summary"))
        jsonschema.validate(manifest, schema("manifest"))
    assert (rejected["status"], rejected["verdict"]["level"]) == ("REJECTED", "fail")


def test_the_summary_stays_small_with_many_sites(tmp_path: Path) -> None:
    sites = {f"site-{'x' * 80}-{index:04d}": {} for index in range(400)}
    document = {
        "sites": {name: {"objects_listed": 10**9} for name in list(sites)},
        "sites_omitted": 0,
        "x": "y" * 100,
    }
    document["sites"] |= {f"{name}b": {f"count-{n}": 10**9 for n in range(9)} for name in list(sites)}

    assert len(summaries.encode_summary(document)) < 64 * 1024


@pytest.mark.parametrize(
    "wrong", [{"objects_listed": 4}, {"messages": 11}, {"duplicates": 1}, {"objects_unreadable": 1}]
)
def test_a_broken_equation_is_an_error(wrong: Mapping[str, int]) -> None:
    counts = {
        "objects_listed": 5, "objects_read": 5, "objects_unreadable": 0,
        "messages": 10, "accepted": 6, "duplicates": 0, "merged": 1, "ignored": 1, "quarantined": 2,
    }  # fmt: skip
    check_equations(counts)
    with pytest.raises(CountError):
        check_equations({**counts, **wrong})


def test_cost_of_a_run_by_hand() -> None:
    """Two G.1X workers for 300 s at $0.44 a DPU-hour, 60,000 GETs and 40 PUTs; FLEX on 6.0 for 10 s."""
    glue = ["--glue_version", "5.1", "--worker_type", "G.1X", "--number_of_workers", "2"]
    base = ["--source", "lake", "--target", "out"]
    cost = run_cost(parse_arguments([*base, *glue]), 300.0, 60_000, 40)
    assert cost["dpu_seconds"] == 600.0
    assert cost["usd"] == pytest.approx(600 / 3600 * 0.44 + 60 * 0.0004 + 0.04 * 0.005, abs=1e-6)
    assert not cost["assumed"]

    flex = [
        "--glue_version",
        "6.0",
        "--worker_type",
        "G.2X",
        "--number_of_workers",
        "3",
        "--execution_class",
        "FLEX",
    ]
    cost = run_cost(parse_arguments([*base, *flex]), 10.0, 0, 0)
    assert (cost["billed_seconds"], cost["dpus"]) == (60.0, 6), "a minute is the least that Glue bills"
    assert cost["usd"] == pytest.approx(60 * 6 / 3600 * 0.203, abs=1e-6)
    assert run_cost(parse_arguments(base), 10.0, 0, 0)["assumed"]


# ---- verdict


def counts(**values: int) -> dict[str, int]:
    names = (
        "objects_listed", "objects_unreadable", "messages", "accepted", "duplicates", "merged", "ignored",
        "quarantined", "values", "values_failed", "values_contradicted", "clocks_replaced",
    )  # fmt: skip
    return dict.fromkeys(names, 0) | values


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({}, "pass"),
        ({"messages": 1000, "accepted": 1000}, "pass"),
        ({"messages": 1000, "accepted": 995, "quarantined": 5}, "pass"),
        ({"messages": 1000, "accepted": 980, "quarantined": 20}, "warn"),
        ({"messages": 1000, "accepted": 700, "quarantined": 300}, "fail"),
        ({"messages": 4, "accepted": 1, "quarantined": 3}, "warn"),  # too few to condemn a run
        ({"messages": 3, "quarantined": 3}, "fail"),  # nothing could be used
        ({"objects_listed": 1000, "objects_unreadable": 1, "messages": 999, "accepted": 999}, "warn"),
        ({"objects_listed": 100, "objects_unreadable": 5, "messages": 95, "accepted": 95}, "fail"),
        ({"messages": 100, "accepted": 100, "values": 1000, "values_failed": 60}, "warn"),
        ({"messages": 100, "accepted": 100, "values": 1000, "values_failed": 501}, "fail"),
        ({"messages": 100, "accepted": 100, "values": 1000, "values_contradicted": 11}, "warn"),
        ({"messages": 100, "accepted": 100, "values": 1000, "values_contradicted": 201}, "fail"),
        ({"objects_listed": 2, "objects_unreadable": 2}, "fail"),
        ({"messages": 100, "accepted": 100, "clocks_replaced": 100}, "warn"),
    ],
)
def test_limits_of_the_verdict(given: dict[str, int], level: str) -> None:
    verdict = judge(counts(**given), RunConfig(), Decisions(), None)

    assert verdict.level == level
    assert bool(verdict.reasons) == (level != "pass")


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """A lake of which a third cannot be read."""
    bad = {f"district5/{1740850000000 + n}.json": b'{"temperature": ' for n in range(24)}
    write_lake(tmp_path / "lake", good_lake() | bad)
    return tmp_path


def command(folder: Path, *words: str) -> int:
    return main([words[0], *words[1:], "--target", str(folder / "out")])


def transform_command(folder: Path, *words: str) -> int:
    return command(folder, "transform", "--source", str(folder / "lake"), "--until", UNTIL, *words)


def test_a_failing_verdict_publishes_nothing_and_says_why(
    spoiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = transform_command(spoiled, "--run_id", "r1")
    said = capsys.readouterr()

    assert status == 3
    assert "24 of 72 messages were quarantined" in said.err
    _, following = said.err.splitlines()  # the reason, and what to do next
    assert following.startswith("next: ")
    assert datasets(spoiled / "out") == {}
    assert not (spoiled / "out/_state/watermark.json").exists()
    with (spoiled / "out/quarantine/run=r1/rejects.csv").open(newline="") as file:
        rejects = list(csv.DictReader(file))
    assert len(rejects) == 24
    assert {row["source_key"].split("/")[0] for row in rejects} == {"district5"}


def test_an_accepted_verdict_publishes_with_a_warning_and_only_once(
    spoiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert transform_command(spoiled, "--run_id", "r1") == 3
    assert command(spoiled, "accept", "--run", "r1") == 0
    assert transform_command(spoiled, "--run_id", "r2", "--json") == 0
    summary, _ = documents(spoiled / "out", "r2")
    assert summary["verdict"]["level"] == "warn"
    assert any("accepted by the operator" in reason for reason in summary["verdict"]["reasons"])
    assert datasets(spoiled / "out")

    more = {f"district5/{1741500000000 + n}.json": b"{" for n in range(30)}
    write_lake(spoiled / "lake", more)
    assert command(spoiled, "transform", "--source", str(spoiled / "lake"), "--until", "2025-03-16") == 3
    capsys.readouterr()


def test_excluded_objects_are_not_read(spoiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert transform_command(spoiled, "--run_id", "r1") == 3
    with (spoiled / "out/quarantine/run=r1/rejects.csv").open(newline="") as file:
        keys = [row["source_key"] for row in csv.DictReader(file)]
    (spoiled / "keys.txt").write_text("\n".join(keys))
    assert command(spoiled, "accept", "--run", "r1", "--exclude-list", str(spoiled / "keys.txt")) == 0
    assert transform_command(spoiled, "--run_id", "r2") == 0
    summary, _ = documents(spoiled / "out", "r2")

    assert summary["verdict"]["level"] == "pass"
    assert (summary["objects_listed"], summary["quarantined"]) == (48, 0)
    assert "objects excluded: 24" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["--exclude", ""], 2, "'' is not a key below the source"),
        (["--exclude", "s3://lake/raw/d5/1740850000000.json"], 2, "is not a key below the source"),
        (["--exclude", "/lake/d5/1740850000000.json"], 2, "is not a key below the source"),
        (["--exclude-list", "latin.txt"], 2, "--exclude-list latin.txt: 'utf-8' codec"),
        (["--run", "broken"], 1, "_runs/broken/summary.json is damaged"),
        (["--run", "list"], 1, "_runs/list/summary.json is damaged"),
        (["--run", "without"], 1, "_runs/without/summary.json is damaged"),
    ],
)
def test_a_decision_that_could_not_take_effect_is_refused(
    words: list[str], status: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    failed = b'{"verdict": {"level": "fail"}, "window": {"until": "2025-03-03T00:00:00Z"}}'
    write_lake(
        tmp_path,
        {
            "latin.txt": b"\xe9\n",
            "out/_runs/r1/summary.json": failed,
            "out/_runs/broken/summary.json": b'{"verdict":',
            "out/_runs/list/summary.json": b"[]",
            "out/_runs/without/summary.json": b'{"verdict": {"level": "fail"}}',
        },
    )

    assert command(tmp_path, "accept", "--run", "r1", *words) == status
    said = capsys.readouterr().err
    assert reason in said
    _, following = said.splitlines()
    assert following.startswith("next: ")
    assert not (tmp_path / "out" / "_state").exists()


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["transform", "--source", "nowhere", "--target", "out"], 2, "is not a folder"),
        (["transform", "--source", "lake"], 2, "--target"),
        (["transform", "--source", "lake", "--target", "lake/out"], 2, "inside the source"),
        (["transform", "--source", "lake", "--target", "out", "--until", "sunday"], 2, "ISO 8601"),
        (["transform", "--source", "lake", "--target", "out", "--timezone", "Mars/X"], 2, "time zone"),
        (
            ["transform", "--source", "lake", "--target", "out", "--config", "absent.json"],
            2,
            "does not exist",
        ),
        (["transform", "--source", "lake", "--target", "out", "--config", "lake"], 2, "lake cannot be read"),
        (["transform", "--source", "lake", "--target", "out", "--until", "2999-01-01"], 2, "in the future"),
        (["transform", "--source", "lake", "--target", "out", "--number-of-workers", "²"], 2, "whole number"),
        (["transform", "--source", "ftp://lake", "--target", "out"], 2, "neither a local folder nor s3://"),
        (["accept", "--target", "out", "--run", "absent"], 2, "is not a folder"),
        (["accept", "--target", "lake", "--run", "absent"], 1, "does not exist"),
        (["accept", "--target", "out"], 2, "--run"),
    ],
)
def test_every_failure_is_one_clear_line_and_what_to_do_next(
    words: list[str], status: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write_lake(tmp_path / "lake", good_lake(2))
    try:
        found = main(words)
    except SystemExit as error:
        found = error.code
    said = capsys.readouterr().err

    assert found == status
    assert reason in said
    _, following = said.splitlines()
    assert following.startswith("next: ")
    assert not (tmp_path / "lake/out").exists()


def test_an_offset_west_of_greenwich_is_a_value(tmp_path: Path) -> None:
    write_lake(tmp_path / "lake", good_lake(2))

    assert transform_command(tmp_path, "--timezone", "-05:00") == 0


def test_a_damaged_watermark_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lake(tmp_path / "lake", good_lake(2))
    write_lake(tmp_path / "out", {"_state/watermark.json": b"{}"})

    assert transform_command(tmp_path) == 1
    assert "is not a watermark" in capsys.readouterr().err


def test_unknown_fields_are_reported_as_drift(tmp_path: Path) -> None:
    key, body = flat("s1", "2025-03-02T00:00:00+07:00", air_temperature=25.0, moon_phase="full")
    write_lake(tmp_path / "lake", {f"d/{key}": body})
    summary = transform(tmp_path / "lake", tmp_path / "out", UNTIL)

    assert any("moon_phase" in name for name in summary["drift"]["unknown_fields"])


def test_the_run_says_at_which_hour_rain_since_midnight_restarts(tmp_path: Path) -> None:
    lake: dict[str, bytes] = {}
    for site, station, restart in (("district5", "nine", 9), ("district6", "midnight", 0)):
        for hour in range(48):
            rain = 0.2 * ((hour - restart) % 24)
            moment = f"2025-03-0{2 + hour // 24}T{hour % 24:02d}:00:00+07:00"
            key, body = flat(station, moment, air_temperature=25.0 + hour % 5, rainfall_since_midnight=rain)
            lake[f"{site}/{key}"] = body
    write_lake(tmp_path / "lake", lake)
    transform(tmp_path / "lake", tmp_path / "out", UNTIL, run_id="r1")
    summary, _ = documents(tmp_path / "out", "r1")
    jsonschema.validate(summary, schema("summary"))
    assert summary["guesses"]["rain_restarts"] == {"district5/nine": [9]}
