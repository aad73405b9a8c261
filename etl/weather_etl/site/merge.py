"""The messages of a run merged into the days that they touch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from weather_etl.core import IntArray, StationZone
from weather_etl.datasets import MergeCounts, Rows, Versions, merge
from weather_etl.site.existing import ExistingFiles
from weather_etl.site.task import SiteTask


@dataclass(frozen=True)
class Merged:
    """Observations of the days to recompute and of their neighbours.

    Attributes:
        rows: the observations.
        days: local day of each row.
        wanted: the days to recompute.
        counts: what became of the new messages.
        last_day: newest local day with an observation; None if there is none.
    """

    rows: Rows
    days: IntArray
    wanted: frozenset[int]
    counts: MergeCounts
    last_day: int | None


class Merger:
    """Finds the days that a task touches and merges its messages into them.

    Args:
        task: of the site.
        zone: time zone and week of the site.
        existing: the files that are there.
    """

    def __init__(self, task: SiteTask, zone: StationZone, existing: ExistingFiles) -> None:
        self._task = task
        self._zone = zone
        self._existing = existing

    def merged(self, new: Versions) -> Merged:
        """Merge the new versions into the days they touch."""
        touched = {int(day) for day in np.unique(self._zone.days(new.obs_us))}
        near = {day + shift for day in touched | self._replayed_days() for shift in (-1, 0, 1)}
        wanted = near | self._closing_days()
        stored = self._existing.observations(sorted({day + shift for day in wanted for shift in (-1, 0, 1)}))
        if self._task.replayed:
            stored = stored.take(~self._replaced(stored, self._task.replayed))
        rows, counts = merge(stored, new)
        if (left := self._uncommitted(stored)).any():
            # A run died, or lost a race, after it had published: its messages are new all the same.
            counts = merge(stored.take(~left), new)[1]
        days = self._zone.days(rows.version.obs_us)
        last_day = self._task.last_day
        if len(days):
            last_day = max(int(days.max()), last_day or int(days.max()))
        return Merged(rows, days, frozenset(wanted), counts, last_day)

    def _closing_days(self) -> set[int]:
        """Return days in which windows closed since the last commit, whether or not messages came."""
        previous, last = self._task.previous_until_us, self._task.last_day
        if previous is None or last is None:
            return set()
        first = self._zone.day(previous - 1)
        return set(range(first, min(self._zone.day(self._task.until_us), last) + 1))

    def _replayed_days(self) -> set[int]:
        """Return the days in which a replayed window's messages would lie if their clocks were right."""
        if not self._task.replayed or not self._task.objects:
            return set()
        since, until = self._task.objects[0].ingest_us, self._task.objects[-1].ingest_us
        return set(range(self._zone.day(since), self._zone.day(until) + 1))

    def _uncommitted(self, stored: Versions) -> npt.NDArray[np.bool_]:
        """Tell which stored versions entered the lake after everything that has been committed."""
        previous, ingests = self._task.previous_until_us, self._task.objects.ingest_us
        if previous is None:
            return np.ones(len(stored), dtype=np.bool_)
        late = ingests[ingests < previous]
        return (stored.ingest_us >= previous) | np.isin(stored.ingest_us, late)

    def _replaced(self, stored: Versions, replayed: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """Tell which stored versions came from objects that a replay has just read again."""
        since, until = replayed
        inside = (stored.ingest_us >= since) & (stored.ingest_us < until)
        return inside & np.isin(stored.ingest_us, self._task.objects.ingest_us)
