"""The soak in small: a few kills and faults over both targets, and that it would notice a loss."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.soak import kinds
from benchmarks.soak.hostile import Cost
from benchmarks.soak.places import Evidence, Folder
from benchmarks.soak.report import Ledger, page
from benchmarks.soak.trials import Outcome

ROOT = Path(__file__).parents[2]


def test_runs_that_are_killed_and_disturbed_end_as_undisturbed_ones() -> None:
    # A fault of the catalogue on S3 and kills in a folder: nine runs of the job, most of the time its start.
    command = [sys.executable, "-m", "benchmarks.soak", "--trials", "2", "--seed", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 trials with a loss or a difference" in done.stdout
    assert "2 trials" in done.stdout


def test_there_are_kinds_enough_and_none_twice() -> None:
    names = [kind.name for kind in kinds.every_kind()]

    assert len(names) == len(set(names)) >= 60
    assert {kind.place for kind in kinds.every_kind()} == {"folder", "S3"}


def test_a_loss_would_be_noticed(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    root = Path(place.fresh())
    key = "observations/site=a/date=2025-01-05/observations.csv"
    for name, text in {key: "rows", "quarantine/run=r/rejects.csv": "one\ntwo\n"}.items():
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text)
    good = place.evidence()
    assert not place.evidence().differences(good, counts=True)

    (root / key).write_text("row")
    (root / key).with_name(".observations.csv.0123456789ab").write_text("ro")
    (root / "quarantine/run=r/rejects.csv").write_text("one\n")
    assert place.evidence().differences(good, counts=True) == [
        f"{key} is different",
        "observations/site=a/date=2025-01-05/.observations.csv.0123456789ab was left",
        "the quarantine is different",
    ]


def test_a_catalogue_that_differs_from_the_files_would_be_noticed() -> None:
    good = Evidence({"daily/site=a/year=2025/daily.csv": "1"}, registered={"daily/site=a/year=2025"})
    missing = replace(good, registered=set())
    orphan = replace(good, registered={"daily/site=a/year=2025", "daily/site=a/year=2024"})

    assert not good.differences(good, counts=True)
    assert missing.differences(good, counts=True) == ["daily/site=a/year=2025 is not in the catalogue"]
    assert orphan.differences(good, counts=True) == [
        "daily/site=a/year=2024 is in the catalogue without files"
    ]


def test_a_soak_in_portions_counts_as_one(tmp_path: Path) -> None:
    first = Ledger(7)
    first.note("kill", "S3: at any time", Outcome(["killed", "killed"], 2))
    first.note("fault", "S3: list: reset", Outcome(["went on"], 1, ["a file is missing"], "why"))
    first.costs.append(Cost("one", 1.0, 2.0, "3 accepted"))
    first.save(tmp_path / "kept/soak.json")
    second = Ledger.load(tmp_path / "kept/soak.json", 7)
    second.note("kill", "S3: at any time", Outcome(["killed"], 1))

    assert (second.trials, second.kills, second.kinds, second.different) == (3, 3, {"S3: list: reset"}, 1)
    assert second.rows["kill", "S3: at any time"].words == {"killed": 3}
    assert "3 kills and 1 kinds of storage fault: 1 trials with a loss" in page(second)
    assert Ledger.load(tmp_path / "absent.json", 8).trials == 0
