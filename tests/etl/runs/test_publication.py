"""Publication is a desired state: whatever happens on the way, the next run completes it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from weather_etl.lake import LocalStorage, open_storage
from weather_etl.runs import repair_target
from weather_etl.runs.publication import PUBLICATION, read_publication

from tests.etl.lakes_and_runs import airport_lake, datasets, rows_of, transform

ONE, TWO = "2013-03-03T05:00:00Z", "2013-03-05T05:00:00Z"
EVERYTHING = {"outputs": {"gzip": True, "parquet": True, "presets": ["weather-platform"]}}
PLAIN: dict[str, Any] = {}


class Killed(BaseException):
    """Stands for the end of the process: nothing that runs catches it but `finally`."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    airport_lake(folder, ["EWR"], "2013-03-01", "2013-03-05T04")
    return folder


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Arm: the process ends before the n-th change of a file of a dataset."""
    left = [0]

    def armed(function: Callable[..., Any]) -> Callable[..., Any]:
        def change(self: LocalStorage, key: str, *rest: Any) -> Any:
            if not key.startswith("_") and "/weather-stage-" not in str(self.root):
                left[0] -= 1
                if left[0] == 0:
                    raise Killed
            return function(self, key, *rest)

        return change

    monkeypatch.setattr(LocalStorage, "put", armed(LocalStorage.put))
    monkeypatch.setattr(LocalStorage, "delete", armed(LocalStorage.delete))

    def arm(count: int) -> None:
        left[0] = count

    return arm


def changes(before: Mapping[str, Any], after: Mapping[str, Any], lake: Path, folder: Path) -> int:
    """Count the changes of files that a second run with other settings makes."""
    transform(lake, folder, ONE, before)
    first = datasets(folder)
    transform(lake, folder, TWO, after)
    second = datasets(folder)
    return sum(first.get(key) != second.get(key) for key in first.keys() | second.keys())


@pytest.mark.parametrize(
    ("before", "after"),
    [(PLAIN, EVERYTHING), (EVERYTHING, PLAIN), (EVERYTHING, EVERYTHING)],
    ids=["switched on", "switched off", "as before"],
)
def test_a_run_that_dies_before_any_change_is_completed_by_the_next(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    lake: Path,
    tmp_path: Path,
    kill_at: Callable[[int], None],
) -> None:
    transform(lake, tmp_path / "fresh", TWO, after)
    expected = datasets(tmp_path / "fresh")
    total = changes(before, after, lake, tmp_path / "undisturbed")
    assert datasets(tmp_path / "undisturbed") == expected
    assert total > 5
    for count in range(1, total + 1, total // 5):
        target = tmp_path / f"killed{count}"
        transform(lake, target, ONE, before)
        kill_at(count)
        with pytest.raises(Killed):
            transform(lake, target, TWO, after)
        kill_at(0)
        for file in target.rglob("observations.csv*"):  # at no moment is a partition without its rows
            assert file.stat().st_size > 0
        assert len({row["obs_time_utc"] for row in rows_of(target, "observations", "EWR")}) >= 46
        transform(lake, target, TWO, after)

        assert datasets(target) == expected, count
        assert not read_publication(open_storage(str(target))).unfinished


def test_a_setting_that_is_switched_reaches_the_past_even_without_messages(
    lake: Path, tmp_path: Path
) -> None:
    transform(lake, tmp_path / "fresh", TWO, EVERYTHING)
    transform(lake, tmp_path / "out", TWO, PLAIN)
    transform(lake, tmp_path / "out", TWO, EVERYTHING)

    assert datasets(tmp_path / "out") == datasets(tmp_path / "fresh")


@pytest.mark.parametrize("harm", ["parquet", "presets", "both csv", "stale parquet"])
def test_repair_finds_and_mends_what_a_stranger_did(harm: str, lake: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    transform(lake, target, TWO, EVERYTHING)
    expected = datasets(target)
    victims = {
        "parquet": sorted(target.rglob("*.parquet"))[:3],
        "presets": sorted((target / "presets").rglob("*.csv"))[:2],
    }
    for victim in victims.get(harm, []):
        victim.unlink()
    if harm == "both csv":
        (victim := sorted(target.rglob("daily.csv.gz"))[0]).with_suffix("").write_bytes(victim.read_bytes())
    if harm == "stale parquet":
        sorted(target.rglob("*.parquet"))[0].write_bytes(b"PAR1")
    storage = open_storage(str(target))

    seen = repair_target(storage, change=False)
    assert datasets(target) != expected
    assert sum(seen.written.values()) + sum(seen.removed.values()) == max(len(victims.get(harm, [])), 1)
    assert not repair_target(storage).clean
    assert datasets(target) == expected
    assert repair_target(storage).clean


def test_a_replay_of_everything_restores_everything(lake: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    transform(lake, target, TWO, EVERYTHING)
    expected = datasets(target)
    for victim in [
        *target.rglob("*.parquet"),
        *target.rglob("daily.csv.gz"),
        *target.rglob("sensor_weeks.csv.gz"),
        *target.rglob("observations.csv"),
    ]:
        victim.unlink()
    (target / PUBLICATION).unlink()
    transform(lake, target, TWO, EVERYTHING, since="2013-01-01")

    assert datasets(target) == expected


def test_a_run_that_dies_counts_its_messages_as_new_when_it_is_repeated(
    lake: Path, tmp_path: Path, kill_at: Callable[[int], None]
) -> None:
    undisturbed = transform(lake, tmp_path / "undisturbed", TWO)
    kill_at(5)
    with pytest.raises(Killed):
        transform(lake, tmp_path / "out", TWO)
    kill_at(0)
    repeated = transform(lake, tmp_path / "out", TWO)

    for name in ("messages", "accepted", "duplicates", "merged"):
        assert repeated[name] == undisturbed[name], name


def test_files_of_a_version_with_other_columns_are_brought_up_to_date_by_the_next_run(
    lake: Path, tmp_path: Path
) -> None:
    """Athena takes columns by their place, so the files of a dataset must all have the same."""
    transform(lake, tmp_path, ONE)
    before = datasets(tmp_path)
    (key,) = [key for key in before if key.startswith("daily/")]
    head, *lines = before[key].decode().splitlines()
    assert head.split(",")[6] == "n_obs"
    (tmp_path / key).write_text(
        "\n".join(",".join(cells[:6] + cells[7:]) for cells in (line.split(",") for line in [head, *lines]))
        + "\n"
    )
    state = tmp_path / PUBLICATION
    state.write_text(state.read_text().replace('"columns": "', '"columns": "of an older version '))
    transform(lake, tmp_path, ONE)
    after = datasets(tmp_path)[key].decode().splitlines()
    assert after[0] == head
    for was, now in zip(lines, after[1:], strict=True):
        assert now.split(",") == [*was.split(",")[:6], "", *was.split(",")[7:]]


def test_the_views_lie_beside_the_datasets_and_come_back(lake: Path, tmp_path: Path) -> None:
    transform(lake, tmp_path, ONE)
    there = (tmp_path / "views.sql").read_text()
    assert all(f"VIEW {name} " in there for name in ("observations", "hourly", "daily"))
    (tmp_path / "views.sql").unlink()
    transform(lake, tmp_path, ONE, run_id="again")
    assert (tmp_path / "views.sql").read_text() == there
