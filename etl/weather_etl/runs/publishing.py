"""Staged files put in their places in the target."""

import shutil
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Final

from weather_etl.lake import LocalStorage, Storage, open_storage
from weather_etl.runs import checkpoints
from weather_etl.runs.progress import Progress
from weather_etl.runs.state import Lease
from weather_etl.site import Staged

_IN_FLIGHT: Final = 16
STAGE: Final = "_stage/"
"""Where files lie until they are published; the stack lets what is left there expire."""
_ORDER: Final = {"observations": 0, "hourly": 1, "daily": 2, "weekly": 3, "sensor_weeks": 4}


def in_order(staged: Sequence[Staged]) -> list[Staged]:
    """Return changes in the order of publication.

    What others are derived from comes first, and nothing is removed before what replaces it is there.
    """
    return sorted(staged, key=_rank)


def _rank(one: Staged) -> tuple[int, bool, str]:
    return _ORDER.get(one.table, 9), one.path is None, one.key


class Publisher:
    """Puts staged files in their places.

    Args:
        target: where they belong.
        stage: where they lie.
        run_id: names the stage beside the target.
        lease: renewed while the work goes on.
        progress: told of each stretch that was written.
        seconds: the time spent is added to `publish`.
    """

    def __init__(
        self, target: Storage, stage: Storage, run_id: str, *,
        lease: Lease, progress: Progress, seconds: defaultdict[str, float],
    ) -> None:  # fmt: skip
        self._target = target
        self._stage = stage
        self._run_id = run_id
        self._lease = lease
        self._progress = progress
        self._seconds = seconds

    def stage_beside_target(self, region: str) -> str:
        """Stage below the target from now on; return where."""
        url = f"{self._target.url}/{STAGE}{self._run_id}"
        self._stage = open_storage(url, region=region)
        return url

    def clear_remains(self) -> None:
        """Remove what a run that died left: staged files, and documents of a folder that it half wrote."""
        self.clear_stage()
        if isinstance(self._target, LocalStorage):
            for place in ("", "_state/", f"_runs/{self._run_id}/", f"quarantine/run={self._run_id}/"):
                for key in self._target.leftovers(place):
                    self._target.delete(key)

    def clear_stage(self) -> None:
        """Remove everything that was staged beside the target."""
        if isinstance(self._target, LocalStorage):
            shutil.rmtree(self._target.path(STAGE), ignore_errors=True)  # folders without files as well
            return
        for entry in list(self._target.objects(STAGE)):
            self._target.delete(entry.key)

    @property
    def stage(self) -> Storage:
        """Where staged files lie."""
        return self._stage

    def publish(self, staged: Sequence[Staged]) -> None:
        """Put the staged files in their places, a dataset after another, several of them at a time."""
        begun = time.perf_counter()
        done = 0
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            for together in self._together(staged):
                checkpoints.reached(f"publish {together[0].table}")
                self._lease.renew()
                for _ in pool.map(self._put, together):
                    done += 1  # an exception comes out here
                self._progress("written", done, len(staged))
        self._seconds["publish"] += time.perf_counter() - begun
        checkpoints.reached("published")

    def _together(self, staged: Sequence[Staged]) -> Iterator[list[Staged]]:
        """Yield stretches of one dataset that are put at the same time: a single one in a local folder."""
        size = 1 if isinstance(self._target, LocalStorage) else _IN_FLIGHT
        for _, group in groupby(staged, key=lambda one: (one.table, one.path is None)):
            of_table = list(group)
            yield from (of_table[start : start + size] for start in range(0, len(of_table), size))

    def _put(self, one: Staged) -> None:
        """Put one staged file in its place, unless somebody else has changed what it replaces."""
        if one.path is None:
            self._target.delete(one.key)
            return
        content = self._stage.get(one.path)
        if content is None:
            raise FileNotFoundError(f"the staged file {one.path} has vanished from {self._stage.url}")
        self._target.put(one.key, content.data, one.expect)
        if not isinstance(self._stage, LocalStorage):
            self._stage.delete(one.path)  # a local stage goes as a whole
