"""A run is itself only once, and what could not be read is remembered or holds its site back."""

import json
from pathlib import Path
from typing import Any

import pytest
from weather_etl.lake import open_storage
from weather_etl.runs import execution, planning
from weather_etl.runs.state import read_watermark

from tests.etl.lakes_and_runs import datasets, flat, transform, write_lake
from tests.etl.runs.test_unreadable import broken, hours

__all__ = ["broken"]
FIRST, SECOND = "2025-03-03T00:00:00Z", "2025-03-04T00:00:00Z"
LENIENT = {"quality": {"unreadable_share": {"warn": 0, "fail": 1}}}


def everything(target: Path) -> dict[str, bytes]:
    """Return every file of a target by key, documents of runs and state too."""
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


@pytest.mark.parametrize("config", [{}, {"batch_objects": 5}], ids=["one batch", "many batches"])
@pytest.mark.parametrize("moment", ["after the watermark", "before the watermark"])
def test_a_run_that_is_repeated_after_it_died_gives_what_it_would_have_given(
    config: dict[str, Any], moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lake(tmp_path / "lake", hours("2025-03-02") | {"d6/1740900000000.json": b"{"})
    undisturbed = transform(tmp_path / "lake", tmp_path / "good", FIRST, config, run_id="week")
    committed: list[str] = []
    commit = execution.commit_watermark

    def dying(*arguments: Any) -> Any:
        if moment == "before the watermark":
            raise KeyboardInterrupt
        found = commit(*arguments)
        committed.extend(run_id for run_id, _ in found.committed)
        if committed:
            raise KeyboardInterrupt
        return found

    with monkeypatch.context() as patch:
        patch.setattr(execution, "commit_watermark", dying)
        with pytest.raises(KeyboardInterrupt):
            transform(tmp_path / "lake", tmp_path / "out", FIRST, config, run_id="week")
    before = everything(tmp_path / "out")
    again = transform(tmp_path / "lake", tmp_path / "out", FIRST, config, run_id="week")

    counts = ("messages", "accepted", "duplicates", "merged", "ignored", "quarantined", "empty")
    assert {name: again[name] for name in counts} == {name: undisturbed[name] for name in counts}
    assert datasets(tmp_path / "out") == datasets(tmp_path / "good")
    if committed:
        assert everything(tmp_path / "out") == before, "what had been committed is left as it was"
        assert json.loads(before["_runs/week/summary.json"]) == again
        assert again["datasets"] == undisturbed["datasets"]


def test_more_unreadable_objects_than_can_be_remembered_hold_the_site_back(
    tmp_path: Path, broken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "RETRY_LIMIT", 5)
    monkeypatch.setattr(execution, "RETRY_LIMIT", 5)
    lake = hours("2025-03-02")
    write_lake(
        tmp_path / "lake",
        lake | {"d6/1740900000000.json": flat("x", "2025-03-02T07:20:00Z", air_temperature=1.0)[1]},
    )
    broken.update(sorted(lake)[3:20])
    first = transform(tmp_path / "lake", tmp_path / "out", FIRST, LENIENT)
    states = read_watermark(open_storage(str(tmp_path / "out"))).sites

    assert first["objects_unreadable"] == 17
    held = [reason for reason in first["verdict"]["reasons"] if "is held back" in reason]
    assert len(held) == 1
    assert held[0].startswith("site d5 is held back at 2025-03-02T08:00:00Z")
    assert list(states["d5"].retry) == sorted(lake)[3:8]
    assert states["d6"].until_us > states["d5"].until_us

    broken.clear()
    second = transform(tmp_path / "lake", tmp_path / "out", SECOND, LENIENT)
    transform(tmp_path / "lake", tmp_path / "fresh", SECOND, LENIENT)
    assert second["verdict"]["level"] == "pass"
    assert datasets(tmp_path / "out") == datasets(tmp_path / "fresh")


def test_the_summary_says_what_was_accepted_and_what_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from weather_etl.runs import documents, summary
    from weather_etl.runs.state import Decisions, write_decisions

    monkeypatch.setattr(documents, "MAX_REJECTS", 7)
    monkeypatch.setattr(summary, "MAX_REASONS", 1)
    lake = hours("2025-03-02")
    bad = {f"d5/{1740960000000 - n}.json": b"{" for n in range(1, 11)}
    write_lake(tmp_path / "lake", lake | bad)
    left_out = sorted(lake)[:3]
    write_decisions(
        open_storage(str(tmp_path / "out")), Decisions(1_900_000_000_000_000, frozenset(left_out))
    )
    found = transform(tmp_path / "lake", tmp_path / "out", FIRST, run_id="r")

    assert (found["quarantined"], found["accepted"]) == (10, 21)
    assert found["decisions"] == {"accepted_until": "2030-03-17T17:46:40Z", "excluded": 3}
    assert found["omitted"] == {"reasons": 1, "rejects": 3}
    rejects = (tmp_path / "out/quarantine/run=r/rejects.csv").read_text().splitlines()
    assert len(rejects) == 1 + 7
