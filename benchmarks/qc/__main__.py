"""`python -m benchmarks.qc`: write docs/qc-score.md; `--tune`: choose the thresholds anew first."""

import argparse
import sys
from pathlib import Path

from weather_etl.network.limits import limits

from benchmarks.qc import tune
from benchmarks.qc.data import flanders, new_york, thinned
from benchmarks.qc.evidence import Case, cases_of
from benchmarks.qc.ours import Judge, published
from benchmarks.qc.peers import PEERS
from benchmarks.qc.report import Beginning, document, hour_of
from benchmarks.qc.scenarios import beginning, faulty

REPORT = Path(__file__).parents[2] / "docs/qc-score.md"
OF_EACH = {"New York": 24, "Flanders": 12}
BEGINNINGS = 6


def networks() -> list[Judge]:
    """Return the networks, each with the job's hours of its clean values."""
    return [Judge(one) for one in (new_york(), thinned(flanders(), 3600), thinned(flanders(), 600))]


def cases(judges: list[Judge], part: str) -> list[Case]:
    """Return every case of a part."""
    found: list[Case] = []
    for judge in judges:
        scenarios = faulty(judge.network, part, OF_EACH[judge.network.name])
        found += cases_of(judge, scenarios, part, PEERS)
    return found


def begun(judge: Judge) -> list[Beginning]:
    """Return what is said at both week ends of faults that began in between."""
    network = judge.network
    scenarios = beginning(network, "score", BEGINNINGS)
    found: list[Beginning] = []
    for one, made in zip(scenarios, published(network, scenarios), strict=True):
        ends = (one.end - network.per_week, one.end)
        states = [
            next(
                state
                for state in judge.verdicts(judge.hours(end, [one.sensor], [(one.station, one.sensor, made)]))
                if state.station == one.station
            )
            for end in ends
        ]
        first, last = (int(hour_of(network, end)) for end in ends)
        began = hour_of(network, one.began or 0)
        found.append(Beginning(one.sensor, one.fault, began, (first, last), (states[0], states[1])))
    return found


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(prog="benchmarks.qc", description=__doc__)
    parser.add_argument("--tune", action="store_true", help="choose the thresholds anew")
    options = parser.parse_args()
    judges = networks()
    tuning = cases(judges, "tune")
    if options.tune:
        tune.write(tuning)
        limits.cache_clear()
        tuning = cases(judges, "tune")  # the weeks are judged anew
    scored = cases(judges, "score")
    text = document([judge.network for judge in judges], tuning, scored, begun(judges[0]))
    REPORT.write_text(text, encoding="utf-8")
    print(f"{REPORT}: {len(scored)} sensor-weeks scored")
    return 0


if __name__ == "__main__":
    sys.exit(main())
