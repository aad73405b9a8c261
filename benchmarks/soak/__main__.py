"""`python -m benchmarks.soak`: kill and disturb runs for a given time, and say what happened."""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Final

from weather_etl.engines.spark_session import missing_for_spark

from benchmarks.soak import children, hostile, kills, kinds
from benchmarks.soak.places import serve
from benchmarks.soak.report import Ledger, page
from benchmarks.soak.trials import Outcome, Workshop

PAGE: Final = Path(__file__).parents[2] / "docs/reliability.md"
KEPT: Final = Path(__file__).parents[2] / "dist"
"""Where the counts of a seed are kept, so that a soak may be made in portions."""
KILLS, KINDS = 300, 60
"""Kills and kinds of faults that the page asks for, at least."""
Trial = tuple[str, str, Callable[[random.Random], Outcome]]
"""Group and name of a trial for the report, and the trial."""


def deck(workshop: Workshop, seed: int) -> Iterator[Trial]:
    """Yield trials without end: faults and kills by turns, each kind of fault once before any comes again."""
    order = random.Random(seed)
    places = tuple(workshop.places.values())
    every = list(kinds.every_kind())
    moments = [(None, place) for place in places] + [
        (moment, place) for moment in kills.MOMENTS for place in places if place.name in moment.places
    ]
    number, turns = 0, count()
    while True:
        order.shuffle(every)
        for kind in every:
            yield "fault", kind.name, lambda chance, kind=kind: workshop.faulty(kind, chance)
            number += 1
            if number % 3:
                moment, place = moments[next(turns) % len(moments)]
                words = f"{place.name}: {moment.words if moment else 'at any time'}"
                yield (
                    "kill", words,
                    lambda chance, moment=moment, place=place: workshop.killed(moment, place, chance),
                )  # fmt: skip
            place = places[number // 12 % len(places)]
            if number % 12 == 0:
                yield "at once", place.name, lambda chance, place=place: workshop.at_once(place, chance)
            if number % 12 == 6:
                yield "repeated", place.name, lambda chance, place=place: workshop.repeated(place, chance)
            if number % 36 == 3 and missing_for_spark() is None:
                words = f"{place.name}: a Spark driver, at any time"
                yield "kill", words, lambda chance, place=place: workshop.on_spark(place, chance)


def soak(workshop: Workshop, ledger: Ledger, minutes: float, trials: int) -> None:
    """Make the next trials until the time is over, or so many."""
    begun, before, first = time.monotonic(), ledger.minutes, ledger.trials
    for number, (group, name, trial) in islice(enumerate(deck(workshop, ledger.seed)), first, None):
        if ledger.minutes - before > minutes or number == first + trials:
            return
        try:
            outcome = trial(random.Random(f"{ledger.seed}:{number}"))
        except Exception as error:  # a run that hangs, or left what cannot be read: the others go on
            outcome = Outcome(["hung or broke"], 1, [f"{type(error).__name__}: {error}"])
        ledger.note(group, name, outcome)
        ledger.minutes = before + (time.monotonic() - begun) / 60
        if trials < 0:
            ledger.save(_kept(ledger.seed))
        if number % 50 == 49:
            print(ledger.figures().replace("\n", "; "), flush=True)
        if outcome.differences:
            told = "; ".join(outcome.differences)[:1000]
            print(f"trial {number} {name}: {outcome.words}: {told}", flush=True)


def _kept(seed: int) -> Path:
    return KEPT / f"soak-{seed}.json"


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for how long")
    parser.add_argument("--seed", type=int, default=1, help="of every choice that is made")
    parser.add_argument(
        "--trials", type=int, default=-1, help="make the first so many trials and keep nothing"
    )
    options = parser.parse_args()
    children.warm()
    ledger = Ledger(options.seed)
    if options.trials < 0:
        ledger = Ledger.load(_kept(options.seed), options.seed)
    with tempfile.TemporaryDirectory(prefix="weather-soak-") as folder, serve() as server:
        os.environ.update(server.environment | {"TMPDIR": folder})  # what killed runs stage goes with it
        workshop = Workshop(Path(folder), server)
        soak(workshop, ledger, options.minutes, options.trials)
        whole = ledger.kills >= KILLS and len(ledger.kinds) >= KINDS
        if whole and not ledger.costs:
            ledger.costs = hostile.measure(Path(folder), server)
            ledger.save(_kept(options.seed))
    print(ledger.figures())
    if whole:
        PAGE.write_text(page(ledger), encoding="utf-8")
        print(f"{PAGE} is written")
    return 1 if ledger.different else 0


if __name__ == "__main__":
    sys.exit(main())
