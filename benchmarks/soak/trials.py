"""A trial: two runs over nine days, disturbed, then repeated until they end; compared with an undisturbed one."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from weather_etl.runs import state

from benchmarks.soak import disk, kills, lake
from benchmarks.soak.children import Child, Ended
from benchmarks.soak.disk import Shared
from benchmarks.soak.kinds import Kind
from benchmarks.soak.places import DATABASE, Bucket, Evidence, Folder, Place, Server
from benchmarks.soak.server import Rule

PLAIN: Final = "plain"
RICH: Final = "rich"
CONFIGS: Final[dict[str, dict[str, Any]]] = {
    PLAIN: {},
    RICH: {"outputs": {"gzip": True, "parquet": True, "presets": ["weather-platform"]}},
}
RUNS: Final = (("week-1", lake.MIDDLE), ("week-2", lake.END))
REPEATS: Final = 4
LEASE_S: Final = 2.0
"""How long a lease holds in runs that wait for a dead one; 90 s in earnest."""


@dataclass
class Outcome:
    """What became of a trial.

    Attributes:
        words: what happened to the disturbed runs, each in some words.
        given: how many faults or kills there were.
        differences: from an undisturbed run; none is right.
        said: last line of a run that failed.
    """

    words: list[str] = field(default_factory=list)
    given: int = 0
    differences: list[str] = field(default_factory=list)
    said: str = ""


@dataclass(frozen=True)
class Attempt:
    """What a run of a trial is given.

    Attributes:
        run_id: of the run.
        until: end of its window.
        config: name of its configuration.
        engine: embedded or spark.
    """

    run_id: str
    until: str
    config: str
    engine: str = "embedded"


class Workshop:
    """Where trials are made.

    Args:
        home: a folder for lakes, targets and logs.
        server: that stands for S3.
    """

    def __init__(self, home: Path, server: Server) -> None:
        self._home = home
        self._server = server
        self.places: dict[str, Place] = {"folder": Folder(home), "S3": Bucket(server)}
        self._lake = home / "lake"
        lake.write(self._lake)
        for name, config in CONFIGS.items():
            (home / f"{name}.json").write_text(json.dumps(config))
        self._source = str(self._lake)
        self._target = ""
        self.given = Shared()
        self._moments: dict[tuple[str, ...], int] = {}
        self._known: dict[str, Evidence] = {}
        self._seconds = 1.0  # that an undisturbed run took last

    def _undisturbed(self, config: str) -> Evidence:
        """Return what two undisturbed runs leave in a folder; in S3 it has to be the same."""
        if config not in self._known:
            place = self.places["folder"]
            self._begin(place)
            outcome = Outcome()
            for run_id, until in RUNS:
                self._finish(Attempt(run_id, until, config), outcome)
            assert not outcome.differences, outcome.differences
            self._known[config] = place.evidence()
        return self._known[config]

    def _begin(self, place: Place, *, bucket: bool = False) -> None:
        self._target = place.fresh()
        self._source = self._server.upload(self._lake) if bucket else str(self._lake)

    def start(self, attempt: Attempt, disturb: Callable[[], None] = lambda: None) -> Child:
        """Start a run."""
        argv = [
            "--source", self._source, "--target", self._target, "--until", attempt.until,
            "--run_id", attempt.run_id, "--timezone", lake.ZONE, "--engine", attempt.engine,
            "--config", str(self._home / f"{attempt.config}.json"),
        ]  # fmt: skip
        if self._target.startswith("s3://"):
            argv += ["--database", DATABASE]

        def prepare() -> None:
            state.LEASE_SECONDS, state.HEARTBEAT_SECONDS = LEASE_S, LEASE_S / 5
            disturb()

        return Child(argv, self._home / f"log-{attempt.run_id}", prepare)

    def run(self, attempt: Attempt, disturb: Callable[[], None] = lambda: None) -> Ended:
        """Make a run to its end."""
        return self.start(attempt, disturb).wait()

    # ---- trials

    def faulty(self, kind: Kind, chance: random.Random) -> Outcome:
        """Make a trial with a fault of the storage."""
        place = self.places[kind.place]
        self._begin(place, bucket=kind.bucket)
        configs = self._configs(chance, switched=kind.switched)
        outcome = Outcome()
        disturbed = 1 if kind.second else chance.randrange(2)
        for number, (run_id, until) in enumerate(RUNS):
            attempt = Attempt(run_id, until, configs[number])
            if number == disturbed:
                self._under_fault(kind, attempt, outcome, chance)
            self._finish(attempt, outcome)
        same_counts = "read a message" not in kind.operation and "list" not in kind.operation
        self._judge(place, configs[-1], outcome, counts=same_counts)
        return outcome

    def _under_fault(self, kind: Kind, attempt: Attempt, outcome: Outcome, chance: random.Random) -> None:
        """Make a run whose storage fails."""
        rule = kind.rule
        changed: dict[str, Any] = {"skip": chance.choice((0, 1, 3)) if kind.frequent else 0}
        if rule.hits == 1:
            changed["hits"] = chance.choice((1, 1, 2, 3))
        rule = replace(rule, **changed)
        if isinstance(rule, Rule):
            self._server.rule(rule)
            ended = self.run(attempt)
            count = self._server.told()["given"]
            self._server.rule(None)
        else:
            self.given.count = 0
            ended = self.run(attempt, lambda: disk.install(rule, self.given))
            count = self.given.count
        outcome.given += count
        outcome.words.append(in_words(ended) if count else "the fault did not come")
        if ended.status:
            outcome.said = ended.said

    def killed(self, moment: kills.Moment | None, place: Place, chance: random.Random) -> Outcome:
        """Make a trial with several kills.

        Args:
            moment: where the runs are killed; None: at any time.
            place: of the target.
            chance: decides which runs, and when.
        """
        self._begin(place, bucket=place.name == "S3" and chance.random() < 0.25)
        removes = moment is not None and "removed" in moment.words
        configs = self._configs(chance, switched=removes or chance.random() < 0.5)
        outcome = Outcome()
        killed = (1, 1, 1) if removes else chance.choice(((0, 0, 1, 1), (0, 1, 1, 1, 1), (0, 0, 0, 1, 1)))
        for number, (run_id, until) in enumerate(RUNS):
            attempt = Attempt(run_id, until, configs[number])
            for _ in range(killed.count(number)):
                if moment is None:
                    ended = self._killed_at_any_time(attempt, chance)
                else:
                    ended = self._killed_at(moment, attempt, place, chance)
                self._note_kill(ended, place, outcome, chance)
            self._finish(attempt, outcome)
        self._judge(place, configs[-1], outcome, counts=True)
        return outcome

    def _killed_at(
        self, moment: kills.Moment, attempt: Attempt, place: Place, chance: random.Random
    ) -> Ended:
        """Kill a run at one of its moments of a kind; how many it has is learnt from runs that survived."""
        known = (moment.words, place.name, attempt.run_id, attempt.config)
        count = 1 + chance.randrange(self._moments.get(known, 8))
        ended = self.run(attempt, lambda: moment.arm(count))
        if ended.status == 0:
            self._moments[known] = max(kills.REACHED.count, 1)
        elif count == self._moments.get(known, 8):
            self._moments[known] = 2 * count  # there may be more
        return ended

    def _killed_at_any_time(self, attempt: Attempt, chance: random.Random) -> Ended:
        child = self.start(attempt)
        if not child.ended_within(chance.random() * self._seconds):
            child.kill()
        return child.wait()

    def _note_kill(self, ended: Ended, place: Place, outcome: Outcome, chance: random.Random) -> None:
        if ended.status == 0:
            return  # it was over before
        outcome.given += 1
        outcome.words.append("killed" if ended.status < 0 else "ended with an error")
        if chance.random() < 0.7:
            place.end_lease()  # else the next run waits for it to expire

    def on_spark(self, place: Place, chance: random.Random) -> Outcome:
        """Make a trial whose second run is a Spark driver that is killed, with all that it started."""
        self._begin(place)
        outcome = Outcome()
        configs = self._configs(chance, switched=True)
        attempts = [Attempt(*run, configs[number]) for number, run in enumerate(RUNS)]
        self._finish(attempts[0], outcome)
        spark = Attempt(*RUNS[1], configs[1], "spark")
        child = self.start(spark)
        if not child.ended_within(chance.uniform(1, 15)):
            child.kill()
        self._note_kill(child.wait(), place, outcome, chance)
        self._finish(spark if chance.random() < 0.5 else attempts[1], outcome)
        self._judge(place, configs[-1], outcome, counts=True)
        return outcome

    def at_once(self, place: Place, chance: random.Random) -> Outcome:
        """Make a trial with three runs at once, of which one may be killed."""
        self._begin(place)
        config = chance.choice(tuple(CONFIGS))
        outcome = Outcome()
        untils = [lake.MIDDLE, chance.choice((lake.MIDDLE, lake.END)), lake.END]
        children = [
            self.start(Attempt(f"at-once-{number}", until, config)) for number, until in enumerate(untils)
        ]
        if chance.random() < 0.5:
            time.sleep(chance.random() * self._seconds * 2)
            chance.choice(children).kill()
        for child in children:
            ended = child.wait()
            outcome.words.append(in_words(ended))
            outcome.said = ended.said if ended.status > 0 else outcome.said
        outcome.given = len(children)
        self._finish(Attempt("last", lake.END, config), outcome)
        self._judge(place, config, outcome, counts=False)
        return outcome

    def repeated(self, place: Place, chance: random.Random) -> Outcome:
        """Make a trial whose second run is made again under its id when it has ended: it changes nothing."""
        self._begin(place)
        configs = self._configs(chance, switched=chance.random() < 0.5)
        outcome = Outcome()
        attempts = [Attempt(*run, configs[number]) for number, run in enumerate(RUNS)]
        for attempt in attempts:
            self._finish(attempt, outcome)
        before = place.summary(attempts[1].run_id)
        ended = self.run(attempts[1])
        outcome.given = 1
        outcome.words.append("the committed summary came back" if ended.summary else in_words(ended))
        if place.summary(attempts[1].run_id) != before or ended.summary != json.loads(before):
            outcome.differences.append("the repeated run gave another summary")
        self._judge(place, configs[-1], outcome, counts=True)
        return outcome

    # ---- parts of a trial

    def _configs(self, chance: random.Random, *, switched: bool) -> Sequence[str]:
        last = chance.choice(tuple(CONFIGS))
        other = next(name for name in CONFIGS if name != last)
        return (other, last) if switched else (last, last)

    def _finish(self, attempt: Attempt, outcome: Outcome) -> None:
        """Repeat a run, undisturbed, until it succeeds: at once, as a rule."""
        for _ in range(REPEATS):
            ended = self.run(attempt)
            if ended.status == 0 and ended.summary.get("status") == "SUCCEEDED":
                self._seconds = ended.seconds
                return
            outcome.said = ended.said or str(ended.summary.get("verdict"))
        outcome.differences.append(f"{attempt.run_id} does not end any more: {outcome.said}")

    def _judge(self, place: Place, config: str, outcome: Outcome, *, counts: bool) -> None:
        found = place.evidence()
        outcome.differences += found.differences(self._undisturbed(config), counts=counts)


def in_words(ended: Ended) -> str:
    """Return what became of a run."""
    if ended.status < 0:
        return "killed"
    if ended.status:
        return "ended with an error"
    level = ended.summary.get("verdict", {}).get("level")
    return {"pass": "went on", "warn": "went on and warned", "fail": "refused to publish"}.get(level, "?")
