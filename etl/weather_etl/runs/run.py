"""A run: from arguments to published datasets, in batches.

    lease -> watermark -> list -> for each batch: kernels -> verdict -> publish -> manifest -> commit

A batch that died anywhere is repeated by the next run and gives the same bytes, since datasets are a function
of the messages alone.  A batch whose verdict is fail publishes nothing, leaves the watermark and ends the
run.
"""

import csv
import io
import shutil
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count, groupby, islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from weather_etl.core import iso_utc
from weather_etl.datasets.presets import safe_cell
from weather_etl.engines.choice import Engine, Machines, choose_engine, start_early, useful_cores
from weather_etl.engines.worker import Pool
from weather_etl.lake import (
    OVERLAP_US,
    ConflictError,
    LakeSource,
    LocalStorage,
    RawObjects,
    SourceMissingError,
    Storage,
    Window,
    open_storage,
)
from weather_etl.profiles import load_profiles
from weather_etl.runs import catalog, summary
from weather_etl.runs.cost import run_cost
from weather_etl.runs.drift import drift_document
from weather_etl.runs.state import (
    Decisions,
    Lease,
    SiteState,
    Watermark,
    commit_watermark,
    hold_lease,
    read_decisions,
    read_watermark,
)
from weather_etl.runs.verdict import Verdict, judge, worse
from weather_etl.settings.arguments import Arguments
from weather_etl.settings.config import RunConfig, parse_config
from weather_etl.site.kernel import KernelSettings, SiteResult, SiteTask, Staged, merged_counts

MAX_REJECTS: Final = 100_000
"""Quarantined records that are written out; all are counted."""

_ATTEMPTS: Final = 3
_IN_FLIGHT: Final = 16
_GONE: Final = "FileNotFoundError"  # an object that was deleted after it was listed is not asked for again
_STAGE: Final = "_stage/"
_PUBLISH_ORDER: Final = {"observations": 0, "hourly": 1, "daily": 2, "weekly": 3}

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total); total 0 if it is not known."""


def checkpoint(name: str) -> None:
    """Mark a stage of a run; tests replace this function to stop runs there."""
    del name


def no_progress(stage: str, done: int, total: int) -> None:
    """Report nothing."""
    del stage, done, total


@dataclass
class _Totals:
    """What the batches of a run add up to."""

    results: list[SiteResult] = field(default_factory=list[SiteResult])
    published: list[Staged] = field(default_factory=list[Staged])
    rejects: list[pa.Table] = field(default_factory=list[pa.Table])
    verdict: Verdict = field(default_factory=lambda: Verdict("pass"))
    problems: list[str] = field(default_factory=list[str])
    since_us: int | None = None
    sites: int = 0
    moved: bool = False

    def add(self, results: Sequence[SiteResult], verdict: Verdict) -> None:
        """Add what a batch read and the verdict on it."""
        self.results += results
        self.rejects += [result.rejects for result in results if result.rejects and result.rejects.num_rows]
        self.verdict = worse(self.verdict, verdict)


def run(arguments: Arguments, progress: Progress = no_progress) -> dict[str, Any]:
    """Run the job and return its summary, which it has also written.

    Raises:
        SourceMissingError: the lake is not there.
        ConfigError, ProfileError, StateError: a document is wrong.
        BusyError: another run works on the target.
        ConflictError: another run changed the target again and again.
    """
    started = time.perf_counter()
    config = load_config(arguments)
    load_profiles(config.profiles)  # every problem of a configured profile, before anything is read
    source = open_storage(arguments.source, must_exist=True)
    target = open_storage(arguments.target)
    _refuse_target(source, target)
    with (
        hold_lease(target, arguments.run_id, config.lease_wait_s) as lease,
        tempfile.TemporaryDirectory(prefix="weather-stage-") as stage,
    ):
        settings = KernelSettings(
            source.url, target.url, stage, config, arguments.timezone, arguments.week_start
        )
        return _Run(arguments, config, settings, source, target, lease, progress, started).run()


def load_config(arguments: Arguments) -> RunConfig:
    """Return the run configuration that the arguments name; the default one if they name none.

    Raises:
        SourceMissingError: it is not there.
        ConfigError: it is wrong.
    """
    if arguments.config is None:
        return RunConfig()
    url = arguments.config
    if url.startswith("s3://"):
        parts = urlsplit(url)
        found = open_storage(f"s3://{parts.netloc}").get(parts.path.strip("/"))
    else:
        path = Path(url)
        try:
            found = LocalStorage(str(path.parent)).get(path.name)
        except OSError as error:  # a folder, say
            raise SourceMissingError(
                f"the run configuration {url} cannot be read: {error.strerror}"
            ) from error
    if found is None:
        raise SourceMissingError(f"the run configuration {url} does not exist")
    return parse_config(found.data)


def _refuse_target(source: Storage, target: Storage) -> None:
    """Refuse a target that is a file, or inside the lake: the next run would read what this one wrote."""
    if isinstance(target, LocalStorage) and target.root.is_file():
        raise SourceMissingError(f"the target {target.url} is a file; choose a folder")
    lake, out = source.url.rstrip("/") + "/", target.url.rstrip("/") + "/"
    if out.startswith(lake):
        raise SourceMissingError(
            f"the target {target.url} lies inside the source {source.url}; choose another target"
        )


class _Run:
    def __init__(
        self, arguments: Arguments, config: RunConfig, settings: KernelSettings,
        source: Storage, target: Storage, lease: Lease, progress: Progress, started: float,
    ) -> None:  # fmt: skip
        self.arguments = arguments
        self.config = config
        self.settings = settings
        self.source = LakeSource(source)
        self.target = target
        self.stage = open_storage(settings.stage)
        self.lease = lease
        self.progress = progress
        self.started = started
        self.totals = _Totals()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.machines = Machines.here(arguments.number_of_workers)
        self.pool = Pool()
        self.engine: Engine | None = None
        self.written: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        watermark = read_watermark(self.target)
        decisions = read_decisions(self.target)
        self.totals.since_us = self._since(watermark)
        checkpoint("start")
        with self.pool:
            for tasks, last in self._batches(watermark, decisions):
                accepted, watermark = self._batch(tasks, watermark, decisions, last)
                if not accepted:
                    break
        if self.engine and self.engine.shares_stage:
            self._clear_stage()  # what was staged for a verdict that failed, or by a task that ran twice
        return self.written

    def _since(self, watermark: Watermark) -> int | None:
        """Return where the run's window begins: at the site that was read least far."""
        if self.arguments.replay:
            return self.arguments.since_us
        read = [state.until_us for state in watermark.sites.values()]
        return min(read) if read else self.arguments.start_from_us

    # ---- planning

    def _batches(self, watermark: Watermark, decisions: Decisions) -> Iterator[tuple[list[SiteTask], bool]]:
        """Yield batches of tasks, each with whether it is the last.

        A site with more objects than a batch may hold is split by ingest time.
        """
        begun = time.perf_counter()
        sites = self.source.sites()
        self.totals.sites = len(sites)
        cores = useful_cores(self.machines.cores, self.source.storage.url, len(sites))
        batch: list[SiteTask] = []
        size = 0
        for site, objects in self._listed(sites, watermark, decisions):
            self.seconds["list"] += time.perf_counter() - begun
            for task in self._tasks(site, objects, watermark):
                if batch and size + len(task.objects) > self.config.batch_objects:
                    yield batch, False
                    batch, size = [], 0
                batch.append(task)
                size += len(task.objects)
            start_early(self.pool, self.arguments.engine, size, cores, self.machines)
            begun = time.perf_counter()
        yield batch, True

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
            state = None if self.arguments.replay else watermark.sites.get(site)
            found = self.source.new_objects(prefix, self._window(state), decisions.excluded)
            checkpoint("list")
            if state and state.retry:
                left_out = decisions.excluded.union(found.keys)
                again = [key for key in state.retry if key not in left_out]
                ingests = [*(state.retry[key] for key in again), *found.ingest_us.tolist()]
                found = RawObjects([*again, *found.keys], ingests).sorted()
            return found

        names = [*sites, *known]
        if isinstance(self.source.storage, LocalStorage):
            for done, site in enumerate(names, 1):
                yield site, listed(site)
                self.progress("listed", done, len(names))
            return
        waiting = iter(names)
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            ahead = deque((name, pool.submit(listed, name)) for name in islice(waiting, _IN_FLIGHT))
            for done in range(1, len(names) + 1):
                site, objects = ahead.popleft()
                yield site, objects.result()
                self.progress("listed", done, len(names))
                # One at a time: the keys of all sites together need not fit into memory.
                ahead.extend((name, pool.submit(listed, name)) for name in islice(waiting, 1))

    def _window(self, state: SiteState | None) -> Window:
        """Return what is to be read of a site."""
        arguments = self.arguments
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
        arguments, limit = self.arguments, self.config.batch_objects
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

    # ---- one batch

    def _batch(
        self, tasks: list[SiteTask], watermark: Watermark, decisions: Decisions, last: bool
    ) -> tuple[bool, Watermark]:
        """Run, judge, publish and commit a batch; return whether it was published, and the watermark."""
        for attempt in count(1):
            tasks = [_continued(task, watermark) for task in tasks]
            results = self._kernels(tasks, last)
            verdict = self._verdict(results, watermark, decisions)
            staged = [one for result in results for one in result.staged]
            staged.sort(key=lambda one: (_PUBLISH_ORDER.get(one.table, 9), one.key))
            try:
                if verdict.level != "fail":
                    self._publish(staged)
            except ConflictError:
                if attempt == _ATTEMPTS:
                    raise
                watermark = read_watermark(self.target)
                continue
            self.totals.add(results, verdict)
            if verdict.level == "fail":
                self._write_documents()
                return False, watermark
            return True, self._committed(tasks, results, staged, watermark, last)
        raise AssertionError("unreachable: the loop has no end")

    def _verdict(self, results: Sequence[SiteResult], watermark: Watermark, decisions: Decisions) -> Verdict:
        """Check the count equations and judge what was read."""
        counts = merged_counts(results)
        summary.check_equations(counts)
        return judge(counts, self.config, decisions, self._since(watermark))

    def _committed(
        self, tasks: Sequence[SiteTask], results: Sequence[SiteResult], staged: Sequence[Staged],
        watermark: Watermark, last: bool,
    ) -> Watermark:  # fmt: skip
        """Register and document what was published, and move the watermark past it."""
        self.totals.published += staged
        self.totals.moved = not self.arguments.replay
        self._register(staged)
        if last:
            self._write_documents()
        else:
            self._write_manifest()
        if self.arguments.replay:
            return watermark
        checkpoint("commit")
        for result in results:
            watermark = watermark.with_site(result.site, _site_state(result, tasks, watermark))
        return commit_watermark(self.target, watermark)

    def _kernels(self, tasks: Sequence[SiteTask], last: bool) -> list[SiteResult]:
        objects = sum(len(task.objects) for task in tasks)
        if self.engine is None:
            self.engine = choose_engine(self.arguments.engine, objects, not last, self.machines, self.pool)
            if self.engine.shares_stage:
                self._stage_beside_target()
        results: list[SiteResult] = []
        done = 0
        for result in self.engine.run(tasks, self.settings):
            results.append(result)
            done += result.objects_listed
            for stage, seconds in result.seconds.items():
                self.seconds[stage] += seconds
            self.progress("read", done, objects)
            self.lease.renew()
            checkpoint("kernel")
        return sorted(results, key=lambda result: result.site)

    def _stage_beside_target(self) -> None:
        """Stage below the target, and remove what runs that died have left there (the lease is ours)."""
        self._clear_stage()
        self.settings = replace(self.settings, stage=f"{self.target.url}/{_STAGE}{self.arguments.run_id}")
        self.stage = open_storage(self.settings.stage)

    def _clear_stage(self) -> None:
        if isinstance(self.target, LocalStorage):
            shutil.rmtree(self.target.path(_STAGE), ignore_errors=True)  # folders without files as well
            return
        for entry in list(self.target.objects(_STAGE)):
            self.target.delete(entry.key)

    def _publish(self, staged: Sequence[Staged]) -> None:
        """Put the staged files in their places, a dataset after another, several of them at a time."""
        begun = time.perf_counter()
        done = 0
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            for together in self._together(staged):
                checkpoint(f"publish {together[0].table}")
                self.lease.renew()
                for _ in pool.map(self._put, together):
                    done += 1  # an exception comes out here
                self.progress("written", done, len(staged))
        self.seconds["publish"] += time.perf_counter() - begun
        checkpoint("published")

    def _together(self, staged: Sequence[Staged]) -> Iterator[list[Staged]]:
        """Yield stretches of one dataset that are put at the same time: a single one in a local folder."""
        size = 1 if isinstance(self.target, LocalStorage) else _IN_FLIGHT
        for _, group in groupby(staged, key=lambda one: one.table):
            of_table = list(group)
            yield from (of_table[start : start + size] for start in range(0, len(of_table), size))

    def _put(self, one: Staged) -> None:
        """Put one staged file in its place, unless somebody else has changed what it replaces."""
        if one.path is None:
            self.target.delete(one.key)
            return
        content = self.stage.get(one.path)
        if content is None:
            raise FileNotFoundError(f"the staged file {one.path} has vanished from {self.stage.url}")
        self.target.put(one.key, content.data, one.expect)
        if not isinstance(self.stage, LocalStorage):
            self.stage.delete(one.path)  # a local stage goes as a whole

    def _register(self, published: Sequence[Staged]) -> None:
        database = self.arguments.database
        if database is None or not self.target.url.startswith("s3://"):
            return
        begun = time.perf_counter()
        problems = catalog.register_partitions(catalog.glue_client(), database, self.target.url, published)
        if problems:
            self.totals.verdict = worse(self.totals.verdict, Verdict("warn", tuple(problems)))
        self.seconds["register"] += time.perf_counter() - begun

    # ---- documents

    def _key(self, name: str) -> str:
        return f"_runs/{self.arguments.run_id}/{name}"

    def _write_documents(self) -> None:
        checkpoint("manifest")
        self._write_quarantine()
        self._write_manifest()
        checkpoint("summary")
        self.written = self._summary()
        self.target.put(self._key("summary.json"), summary.encode_summary(self.written))

    def _write_quarantine(self) -> None:
        if not self.totals.rejects:
            return
        rows = pa.concat_tables(self.totals.rejects).slice(0, MAX_REJECTS).to_pylist()
        sink = io.StringIO(newline="")
        writer = csv.writer(sink, lineterminator="\n")
        names = self.totals.rejects[0].schema.names
        writer.writerow(names)
        writer.writerows([_cell(row[name]) for name in names] for row in rows)
        key = f"quarantine/run={self.arguments.run_id}/rejects.csv"
        self.target.put(key, sink.getvalue().encode("utf-8", "surrogatepass"))

    def _write_manifest(self) -> None:
        arguments, totals = self.arguments, self.totals
        manifest = {
            "schema": 1,
            "run_id": arguments.run_id,
            "source": self.source.storage.url,
            "target": self.target.url,
            "window": self._window_document(),
            "replay": arguments.replay,
            "timezone": arguments.timezone,
            "week_start": arguments.week_start,
            "config": arguments.config,
            "verdict": {"level": totals.verdict.level, "reasons": list(totals.verdict.reasons)},
            "versions": summary.versions(),
            "counts": merged_counts(totals.results),
            "inputs": [_input_record(result) for result in totals.results],
            "outputs": [summary.output_record(one) for one in totals.published],
        }
        self.target.put(self._key("manifest.json"), summary.encode_manifest(manifest))

    def _window_document(self) -> dict[str, str | None]:
        since = self.totals.since_us
        return {
            "since": None if since is None else iso_utc(since),
            "until": iso_utc(self.arguments.until_us),
        }

    def _summary(self) -> dict[str, Any]:
        totals, arguments = self.totals, self.arguments
        counts = dict(merged_counts(totals.results))
        values = {
            name: counts.pop(name)
            for name in ("values", "values_suspect", "values_failed", "clocks_replaced")
        }
        counters = {
            name: sum((getattr(result, name) for result in totals.results), Counter[str]())
            for name in ("quarantined_by_reason", "ignored_by_kind", "families", "unknown_fields")
        }
        total = time.perf_counter() - self.started
        reads = counts["objects_read"] + self.target.requests
        writes = self.source.storage.requests + len(totals.published) + 4
        sites = summary.site_summary(totals.results)
        rejected = totals.verdict.level == "fail"
        return {
            "schema": 1,
            "run_id": arguments.run_id,
            "status": "REJECTED" if rejected else "SUCCEEDED",
            "verdict": {
                "level": totals.verdict.level,
                "reasons": [reason[:500] for reason in totals.verdict.reasons[: summary.MAX_REASONS]],
            },
            "empty": counts["objects_listed"] == 0,
            "window": self._window_document(),
            "replay": arguments.replay,
            "engine": {
                "name": self.engine.name if self.engine else "embedded",
                "reason": self.engine.reason if self.engine else "nothing to do",
            },
            **counts,
            "quarantined_by_reason": dict(sorted(counters["quarantined_by_reason"].items())),
            "ignored_by_kind": summary.top(counters["ignored_by_kind"], summary.MAX_FIELDS),
            "families": summary.top(counters["families"], summary.MAX_FIELDS),
            "datasets": summary.dataset_rows(totals.published),
            "partitions_written": sum(1 for one in totals.published if one.path is not None),
            "sites": sites,
            "sites_omitted": len({result.site for result in totals.results}) - len(sites),
            "drift": self._drift(counters["unknown_fields"]),
            "qc": values,
            "seconds": {"total": round(total, 3)}
            | {name: round(value, 3) for name, value in self.seconds.items()},
            "cost": run_cost(arguments, total, reads, writes),
            "manifest": self._key("manifest.json"),
            "watermark_moved": totals.moved and not rejected,
        }

    def _drift(self, unknown: Mapping[str, int]) -> dict[str, Any]:
        database, table = self.arguments.database, self.arguments.raw_table
        columns, problem = None, None
        if database and table:
            try:
                columns = catalog.table_columns(catalog.glue_client(), database, table)
            except Exception as error:  # drift is a remark; a catalogue out of reach is no failure
                problem = f"table {database}.{table} could not be read: {error}"[:500]
        document = drift_document(unknown, self.settings.profiles, columns)
        return document | ({"problem": problem} if problem else {})


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


def _site_state(result: SiteResult, tasks: Sequence[SiteTask], watermark: Watermark) -> SiteState:
    """Return what is to be remembered of a site after a batch."""
    overlap = result.until_us - OVERLAP_US
    before = watermark.sites.get(result.site)
    read = [raw for task in tasks if task.site == result.site for raw in task.objects]
    seen = {raw.key for raw in read if raw.ingest_us >= overlap and raw.key not in result.unreadable}
    if before and before.until_us > overlap:
        seen.update(before.seen)
    retry = dict(before.retry) if before else {}
    if retry or result.unreadable:
        for raw in read:
            retry.pop(raw.key, None)
            reason = result.unreadable.get(raw.key, _GONE)
            if not reason.startswith(_GONE):
                retry[raw.key] = raw.ingest_us
    return SiteState(result.until_us, tuple(sorted(seen)), retry, result.last_day)


def _input_record(result: SiteResult) -> dict[str, Any]:
    return {
        "site": result.site,
        "until": iso_utc(result.until_us),
        "objects_listed": result.objects_listed,
        "objects_read": result.objects_read,
        "bytes": result.bytes_read,
        "messages": result.messages,
        "unreadable": dict(list(result.unreadable.items())[:100]),
    }


def _cell(value: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula."""
    return safe_cell(value) if isinstance(value, str) else value
