"""A run: from arguments to published datasets, in batches.

    lease -> watermark -> list -> for each batch: kernels -> verdict -> publish -> manifest -> commit

A batch that died anywhere is repeated by the next run and gives the same bytes, since datasets are a function
of the messages alone.  A batch whose verdict is fail publishes nothing, leaves the watermark and ends the
run.
"""

import tempfile
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from itertools import count
from typing import Any, Final

from weather_etl.core import StationZone, iso_utc
from weather_etl.datasets import tables
from weather_etl.engines import Engine, Machines, ProcessPool, choose_engine, start_early
from weather_etl.lake import (
    OVERLAP_US,
    ConflictError,
    LakeSource,
    LocalStorage,
    SourceMissingError,
    Storage,
    open_storage,
)
from weather_etl.profiles import load_profiles
from weather_etl.runs import catalog, checkpoints, summary
from weather_etl.runs.config_file import GivenConfig, given_config
from weather_etl.runs.documents import RunDocuments, committed_summary
from weather_etl.runs.planning import Batch, Planner, refuse_future, site_state
from weather_etl.runs.progress import Progress, no_progress
from weather_etl.runs.publication import (
    Partition,
    Publication,
    read_publication,
    settings_of,
    write_publication,
    write_views,
)
from weather_etl.runs.publishing import Publisher, in_order
from weather_etl.runs.repair import Repair
from weather_etl.runs.sensor_weeks import SensorWeeks
from weather_etl.runs.state import (
    RETRY_LIMIT,
    Decisions,
    Lease,
    Watermark,
    commit_watermark,
    hold_lease,
    read_decisions,
    read_watermark,
)
from weather_etl.runs.totals import RunTotals
from weather_etl.runs.verdict import Verdict, judge, judge_sensors, worse
from weather_etl.settings import Arguments
from weather_etl.site import KernelSettings, SiteResult, Staged, merged_counts

_ATTEMPTS: Final = 3


def run(arguments: Arguments, progress: Progress = no_progress) -> dict[str, Any]:
    """Run the job and return its summary, which it has also written.

    Raises:
        SourceMissingError: the lake is not there.
        WindowError: the window ends in the future.
        ConfigError, ProfileError, StateError: a document is wrong.
        BusyError: another run works on the target.
        ConflictError: another run changed the target again and again.
    """
    started = time.perf_counter()
    refuse_future(arguments.until_us, time.time_ns() // 1000)
    given = given_config(arguments)
    config = given.checked()
    load_profiles(config.profiles)  # every problem of a configured profile, before anything is read
    source = open_storage(arguments.source, region=arguments.region, must_exist=True)
    target = open_storage(arguments.target, region=arguments.region)
    _refuse_target(source, target)
    with (
        hold_lease(target, arguments.run_id, config.lease_wait_s) as lease,
        tempfile.TemporaryDirectory(prefix="weather-stage-") as stage,
    ):
        settings = KernelSettings(
            source.url,
            target.url,
            stage,
            config,
            arguments.timezone,
            arguments.week_start,
            arguments.region,
        )
        return _Run(arguments, given, settings, source, target, lease, progress, started).run()


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
    """One run that holds the lease: it drives planner, engine, publisher and documents.

    Longer than 200 lines: the order of a run's steps is what keeps it whole, and it is read in one place.
    """

    def __init__(
        self, arguments: Arguments, given: GivenConfig, settings: KernelSettings,
        source: Storage, target: Storage, lease: Lease, progress: Progress, started: float,
    ) -> None:  # fmt: skip
        self.arguments = arguments
        self.config = config = settings.config
        self.settings = settings
        self.target = target
        self.lease = lease
        self.progress = progress
        self.totals = RunTotals()
        self.machines = Machines.here(arguments.number_of_workers)
        self.pool = ProcessPool()
        seconds = self.totals.seconds
        self.planner = Planner(
            LakeSource(source), arguments, config,
            cores=self.machines.cores, start_early=self._start_early, progress=progress, seconds=seconds,
        )  # fmt: skip
        self.publisher = Publisher(
            target, open_storage(settings.stage), arguments.run_id,
            lease=lease, progress=progress, seconds=seconds,
        )  # fmt: skip
        zone = StationZone(arguments.timezone, arguments.week_start)
        self.sensor_weeks = SensorWeeks(target, config, zone)
        self.documents = RunDocuments(
            arguments, config, given, settings.profiles, source, target, started=started
        )
        self.publication = read_publication(target)
        self.wanted = settings_of(config.outputs, arguments.database)
        self.written: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """Run batch after batch until one is rejected; return the summary."""
        watermark = read_watermark(self.target)
        if (before := committed_summary(self.target, self.arguments, watermark)) is not None:
            return before
        decisions = self.totals.decisions = read_decisions(self.target)
        self.totals.since_us = self.planner.since(watermark)
        self.sensor_weeks.begin(watermark)
        checkpoints.reached("start")
        self.publisher.clear_remains()
        self._complete()
        with self.pool:
            for batch in self.planner.batches(watermark, decisions):
                accepted, watermark = self._batch(batch, watermark, decisions)
                if not accepted:
                    break
        if self.totals.engine and self.totals.engine.shares_stage:
            self.publisher.clear_stage()  # what was staged for a failed verdict, or by a task that ran twice
        return self.written

    def _start_early(self, objects: int, cores: int) -> None:
        start_early(self.pool, self.arguments.engine, objects, cores, self.machines)

    def _batch(self, batch: Batch, watermark: Watermark, decisions: Decisions) -> tuple[bool, Watermark]:
        """Run, judge, publish and commit a batch; return whether it was published, and the watermark."""
        for attempt in count(1):
            batch = batch.continued(watermark)
            results = self._kernels(batch)
            verdict = self._verdict(results, watermark, decisions)
            staged = in_order([one for result in results for one in result.staged])
            try:
                if verdict.level != "fail":
                    self.sensor_weeks.note(results, more=not batch.last, replay=self.arguments.replay)
                    self._announce(staged)
                    self.publisher.publish(staged)
                    if batch.last:
                        staged += self._sensors(results, watermark)
            except ConflictError:
                if attempt == _ATTEMPTS:
                    raise
                watermark = read_watermark(self.target)
                continue
            self.totals.add(results, verdict)
            if verdict.level == "fail":
                self.written = self.documents.write_all(self.totals)
                return False, watermark
            return True, self._committed(batch, results, staged, watermark)
        raise AssertionError("unreachable: the loop has no end")

    def _verdict(self, results: Sequence[SiteResult], watermark: Watermark, decisions: Decisions) -> Verdict:
        """Check the count equations and judge what was read."""
        counts = merged_counts(results)
        summary.check_equations(counts)
        return judge(counts, self.config, decisions, self.planner.since(watermark))

    def _committed(
        self, batch: Batch, results: Sequence[SiteResult], staged: Sequence[Staged], watermark: Watermark
    ) -> Watermark:
        """Register and document what was published, and move the watermark past it."""
        self.totals.published += staged
        if not self.arguments.replay:
            self._noted(self._held_back(batch, results, watermark))
        self.totals.moved = not self.arguments.replay
        touched = {one: there for result in results for one, there in result.touched.items()}
        files: dict[Partition, bool] = {}
        for one in staged:
            partition = (one.table, *one.partition)
            files[partition] = files.get(partition, False) or one.path is not None
        self._register(files | touched | self.sensor_weeks.touched)
        if batch.last:
            self.totals.verdict = worse(self.totals.verdict, judge_sensors(self.totals.sensors))
            write_views(self.target)
            self.written = self.documents.write_all(self.totals)
        else:
            self.documents.write_manifest(self.totals)
        if not self.arguments.replay:
            checkpoints.reached("commit")
            watermark = self._commit(batch, results, watermark)
        if batch.last:
            self.sensor_weeks.forget()
        return watermark

    def _commit(self, batch: Batch, results: Sequence[SiteResult], watermark: Watermark) -> Watermark:
        """Move the watermark past what a batch has read."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return commit_watermark(self.target, self._moved(batch, results, watermark))
            except ConflictError:  # another run moved it; what both have read has been read
                watermark = read_watermark(self.target)
        return commit_watermark(self.target, self._moved(batch, results, watermark))

    def _moved(self, batch: Batch, results: Sequence[SiteResult], watermark: Watermark) -> Watermark:
        """Return the watermark past what a batch has read."""
        for result in results:
            watermark = watermark.with_site(result.site, site_state(result, batch.tasks, watermark))
        return watermark.with_run(self.arguments.run_id, self.arguments.until_us) if batch.last else watermark

    def _held_back(self, batch: Batch, results: Sequence[SiteResult], watermark: Watermark) -> list[str]:
        """Return which sites will be read again, in words."""
        states = {result.site: site_state(result, batch.tasks, watermark) for result in results}
        return [
            f"site {site[:100]} is held back at {iso_utc(state.until_us)}: more than {RETRY_LIMIT} of its "
            "objects could not be read, and the next run reads again from there"
            for site, state in states.items()
            if len(state.retry) <= RETRY_LIMIT and state.until_us < self.arguments.until_us - OVERLAP_US
        ]

    def _sensors(self, results: Sequence[SiteResult], watermark: Watermark) -> list[Staged]:
        """Compare the sensors of all sites over the weeks that changed; publish and return the files."""
        begun = time.perf_counter()
        until = {site: state.until_us for site, state in watermark.sites.items()}
        until |= {result.site: result.until_us for result in results}
        staged = self.sensor_weeks.staged(until, self.publisher.stage)
        self.totals.seconds["sensors"] += time.perf_counter() - begun
        self._announce(staged)
        self.publisher.publish(in_order(staged))
        self.totals.sensors = self.sensor_weeks.latest
        return staged

    def _kernels(self, batch: Batch) -> list[SiteResult]:
        """Run the kernels of a batch; return their results by site."""
        objects = sum(len(task.objects) for task in batch.tasks)
        engine = self.totals.engine or self._chosen(batch, objects)
        results: list[SiteResult] = []
        done = 0
        for result in engine.run(batch.tasks, self.settings):
            results.append(result)
            done += result.objects_listed
            for stage, seconds in result.seconds.items():
                self.totals.seconds[stage] += seconds
            self.progress("read", done, objects)
            self.lease.renew()
            checkpoints.reached("kernel")
        return sorted(results, key=lambda result: result.site)

    def _chosen(self, batch: Batch, objects: int) -> Engine:
        """Return the engine of the run, which its first batch decides."""
        engine = choose_engine(
            self.arguments.engine, objects, more=not batch.last, machines=self.machines, pool=self.pool
        )
        if engine.shares_stage:
            self.settings = replace(
                self.settings, stage=self.publisher.stage_beside_target(self.settings.region)
            )
        self.totals.engine = engine
        return engine

    # ---- publication as a desired state

    def _catalog(self) -> catalog.Catalog | None:
        database = self.arguments.database
        if database is None or not self.target.url.startswith("s3://"):
            return None
        return catalog.Catalog(catalog.glue_client(self.arguments.region), database, self.target.url)

    def _complete(self) -> None:
        """Complete what an earlier run left undone, and what other settings ask for."""
        known = self.publication
        if known.settings in (None, self.wanted) and not known.unfinished:
            return
        begun = time.perf_counter()
        repair = Repair(
            self.target, self.config.outputs, self._catalog(),
            unfinished=known.unfinished, alive=self.lease.renew,
        )  # fmt: skip
        whole = known.settings not in (None, self.wanted)
        found = repair.everything() if whole else repair.unfinished()
        self._noted([*found.problems, *(f"{key} {reason}" for key, reason in found.damaged.items())])
        self._note(found.unfinished)
        self.totals.seconds["complete"] += time.perf_counter() - begun

    def _announce(self, staged: Sequence[Staged]) -> None:
        """Note what is going to be changed, so that it is completed whatever happens to this run."""
        changed = {
            (one.table.removesuffix(".parquet"), *one.partition)
            if one.table.removesuffix(".parquet") in tables()
            else ("observations", *one.partition)
            for one in staged
        }
        if changed:
            self._note(self.publication.unfinished | changed)

    def _register(self, touched: Mapping[Partition, bool]) -> None:
        """Register what has files, take out what has none, and note what is left to do."""
        begun = time.perf_counter()
        problems: list[str] = []
        left: set[Partition] = set()
        database = self._catalog()
        if database is not None:
            database.register([one for one, there in touched.items() if there], problems, left)
            gone = [one for one, there in touched.items() if not there and one in self.publication.unfinished]
            database.drop(gone, problems, left)
        self._noted(problems)
        self._note((self.publication.unfinished - touched.keys()) | left)
        self.totals.seconds["register"] += time.perf_counter() - begun

    def _noted(self, problems: Sequence[str]) -> None:
        if problems:
            self.totals.verdict = worse(self.totals.verdict, Verdict("warn", tuple(problems)))

    def _note(self, unfinished: Set[Partition]) -> None:
        """Remember what is left to do, unless that is known."""
        now = Publication(self.wanted, frozenset(unfinished))
        if now != self.publication:
            write_publication(self.target, self.wanted, unfinished)
            self.publication = now
