"""What a run is to read: the lake listed from the watermark on, in batches of tasks."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np

from weather_etl.core import iso_utc
from weather_etl.engines import useful_cores
from weather_etl.lake import (
    OVERLAP_US,
    LakeSource,
    LocalStorage,
    RawObjects,
    SourceMissingError,
    Window,
    misplaced,
)
from weather_etl.runs import checkpoints
from weather_etl.runs.progress import Progress
from weather_etl.runs.state import RETRY_LIMIT, Decisions, SiteState, Watermark
from weather_etl.settings import Arguments, RunConfig
from weather_etl.site import SiteResult, SiteTask

_LISTED_AT_ONCE: Final = 16
_LOOKED_AT: Final = 16
"""Sites whose first message tells whether a new source is in its place."""
_GONE: Final = "FileNotFoundError"  # an object that was deleted after it was listed is not asked for again


@dataclass(frozen=True)
class Batch:
    """Tasks that are judged, published and committed together.

    Attributes:
        tasks: by site and ingest time.
        last: whether the run ends with it.
    """

    tasks: Sequence[SiteTask]
    last: bool = False

    def continued(self, watermark: Watermark) -> "Batch":
        """Return the batch with what the watermark now knows of its sites (it may have moved)."""
        return replace(self, tasks=[_continued(task, watermark) for task in self.tasks])


class WindowError(Exception):
    """A run may not read the window that was asked for."""


def refuse_future(until_us: int, now_us: int) -> None:
    """Refuse a window that ends in the future: what arrives after the run and before its end would be lost.

    Args:
        until_us: end of the window.
        now_us: the present; clocks may differ by as much as listings overlap.

    Raises:
        WindowError: the window ends later.
    """
    if until_us > now_us + OVERLAP_US:
        raise WindowError(
            f"the window ends at {iso_utc(until_us)}, which is in the future (it is {iso_utc(now_us)}): "
            "messages that arrive until then would never be read; give an --until that has passed"
        )


class Planner:
    """Lists the lake and cuts what is new into batches.

    Args:
        source: the lake.
        arguments: of the run.
        config: of the run.
        cores: of this machine.
        start_early: called with the objects listed so far and the cores that can work on the run's sites.
        progress: told of each site that was listed.
        seconds: the time spent on listing is added to `list`.
    """

    def __init__(
        self, source: LakeSource, arguments: Arguments, config: RunConfig, *,
        cores: int, start_early: Callable[[int, int], None], progress: Progress,
        seconds: defaultdict[str, float],
    ) -> None:  # fmt: skip
        self._source = source
        self._arguments = arguments
        self._config = config
        self._cores = cores
        self._start_early = start_early
        self._progress = progress
        self._seconds = seconds

    def since(self, watermark: Watermark) -> int | None:
        """Return where the run's window begins: at the site that was read least far."""
        if self._arguments.replay:
            return self._arguments.since_us
        read = [state.until_us for state in watermark.sites.values()]
        return min(read) if read else self._arguments.start_from_us

    def batches(self, watermark: Watermark, decisions: Decisions) -> Iterator[Batch]:
        """Yield the batches of a run.

        A site with more objects than a batch may hold is split by ingest time.
        """
        begun = time.perf_counter()
        sites = self._source.sites()
        self._refuse_misplaced(sites, watermark)
        cores = useful_cores(self._cores, self._source.storage.url, len(sites))
        batch: list[SiteTask] = []
        size = 0
        for site, objects in self._listed(sites, watermark, decisions):
            self._seconds["list"] += time.perf_counter() - begun
            for task in self._tasks(site, objects, watermark):
                if batch and size + len(task.objects) > self._config.batch_objects:
                    yield Batch(batch)
                    batch, size = [], 0
                batch.append(task)
                size += len(task.objects)
            self._start_early(size, cores)
            begun = time.perf_counter()
        yield Batch(batch, last=True)

    def _refuse_misplaced(self, sites: Mapping[str, str], watermark: Watermark) -> None:
        """Refuse a source that lies too high or too low, before its first message is read.

        Only sites that no run and no configuration knows are looked at: a site costs one listing, once.
        """
        fresh = {
            site: prefix
            for site, prefix in sites.items()
            if site not in watermark.sites and site not in self._config.sites
        }
        if len(fresh) < len(sites):
            return  # what is known is in its place, so the others are beside it
        first = {site: self._source.first_key(prefix) for site, prefix in islice(fresh.items(), _LOOKED_AT)}
        if problem := misplaced(self._source.storage.url, first):
            raise SourceMissingError(problem)

    def _listed(
        self, sites: Mapping[str, str], watermark: Watermark, decisions: Decisions
    ) -> Iterator[tuple[str, RawObjects]]:
        """Yield each site with its new objects, several sites listed at a time."""
        known = {
            name: "" for name in watermark.sites if name not in sites
        }  # windows close without messages too

        def listed(site: str) -> RawObjects:
            prefix = sites.get(site)
            if prefix is None:
                return RawObjects()
            state = None if self._arguments.replay else watermark.sites.get(site)
            found = self._source.new_objects(prefix, self._window(state), decisions.excluded)
            checkpoints.reached("list")
            if state and state.retry:
                left_out = decisions.excluded.union(found.keys)
                again = [key for key in state.retry if key not in left_out]
                ingests = [*(state.retry[key] for key in again), *found.ingest_us.tolist()]
                sizes = [*[-1] * len(again), *found.sizes.tolist()]
                found = RawObjects([*again, *found.keys], ingests, sizes).sorted()
            return found

        names = [*sites, *known]
        if isinstance(self._source.storage, LocalStorage):
            for done, site in enumerate(names, 1):
                yield site, listed(site)
                self._progress("listed", done, len(names))
            return
        waiting = iter(names)
        with ThreadPoolExecutor(_LISTED_AT_ONCE) as pool:
            ahead = deque((name, pool.submit(listed, name)) for name in islice(waiting, _LISTED_AT_ONCE))
            for done in range(1, len(names) + 1):
                site, objects = ahead.popleft()
                yield site, objects.result()
                self._progress("listed", done, len(names))
                # One at a time: the keys of all sites together need not fit into memory.
                ahead.extend((name, pool.submit(listed, name)) for name in islice(waiting, 1))

    def _window(self, state: SiteState | None) -> Window:
        """Return what is to be read of a site."""
        arguments = self._arguments
        if arguments.replay:
            return Window(arguments.since_us, arguments.until_us)
        if state is None:
            return Window(arguments.start_from_us, arguments.until_us)
        since = state.until_us - OVERLAP_US
        if arguments.start_from_us is not None:
            since = max(since, arguments.start_from_us)
        return Window(since, arguments.until_us, frozenset(state.seen))

    def _tasks(self, site: str, objects: RawObjects, watermark: Watermark) -> Iterator[SiteTask]:
        """Yield the tasks of a site, one unless it holds more objects than a batch may."""
        state = watermark.sites.get(site)
        arguments, limit = self._arguments, self._config.batch_objects
        reached = arguments.until_us if state is None else max(state.until_us, arguments.until_us)
        replayed = None
        if arguments.since_us is not None:
            replayed = (arguments.since_us, arguments.until_us)
        task = SiteTask(
            site=site,
            objects=objects,
            until_us=reached,
            previous_until_us=state.until_us if state else None,
            last_day=state.last_day if state else None,
            replayed=replayed,
        )
        start = 0
        while len(objects) - start > limit:
            end = _cut(objects, start, limit)
            if end >= len(objects):
                break
            until = objects[end].ingest_us if state is None else max(state.until_us, objects[end].ingest_us)
            yield replace(task, objects=objects[start:end], until_us=until)
            task = replace(task, previous_until_us=until, last_day=None)
            start = end
        yield replace(task, objects=objects[start:])


def _cut(objects: RawObjects, start: int, limit: int) -> int:
    """Return where a chunk ends so that objects with one ingest time stay together."""
    last = objects.ingest_us[start + limit - 1]
    return start + limit + int(np.count_nonzero(objects.ingest_us[start + limit :] == last))


def _continued(task: SiteTask, watermark: Watermark) -> SiteTask:
    """Return a task with what the watermark now knows of its site (a batch before may have changed it)."""
    state = watermark.sites.get(task.site)
    if state is None:
        return task
    return replace(task, previous_until_us=state.until_us, last_day=state.last_day)


def site_state(result: SiteResult, tasks: Sequence[SiteTask], watermark: Watermark) -> SiteState:
    """Return what is to be remembered of a site after a batch.

    Of more objects than can be remembered that could not be read, the first are kept and the site is held
    back at the next one, so that the following run lists everything from there on again.
    """
    before = watermark.sites.get(result.site)
    read = [raw for task in tasks if task.site == result.site for raw in task.objects]
    retry = dict(before.retry) if before else {}
    if retry or result.unreadable:
        for raw in read:
            retry.pop(raw.key, None)
            reason = result.unreadable.get(raw.key, _GONE)
            if not reason.startswith(_GONE):
                retry[raw.key] = raw.ingest_us
    kept, until = _remembered(retry, max(result.until_us, before.until_us if before else result.until_us))
    overlap = until - OVERLAP_US
    seen = {raw.key for raw in read if overlap <= raw.ingest_us and raw.key not in result.unreadable}
    if before and before.until_us > overlap:
        seen.update(before.seen)
    return SiteState(until, tuple(sorted(seen)), kept, result.last_day)


def _remembered(retry: Mapping[str, int], until_us: int) -> tuple[dict[str, int], int]:
    """Return the objects to ask for again, at most `RETRY_LIMIT`, and up to where a site has been read."""
    if len(retry) <= RETRY_LIMIT:
        return dict(retry), until_us
    ordered = sorted(retry.items(), key=lambda item: (item[1], item[0]))
    held = ordered[RETRY_LIMIT][1]
    return {key: ingest for key, ingest in ordered[:RETRY_LIMIT] if ingest < held}, min(until_us, held)
