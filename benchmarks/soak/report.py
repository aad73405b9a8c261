"""What the soak found: counts while it goes on, a page when it is over."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from benchmarks.soak.hostile import Cost
from benchmarks.soak.trials import Outcome


@dataclass
class Row:
    """What became of the trials of one name.

    Attributes:
        tried: trials.
        given: faults or kills in them.
        words: what happened to the disturbed runs.
        different: trials that ended with a loss or a difference.
        said: last line of a run that ended with an error.
    """

    tried: int = 0
    given: int = 0
    words: Counter[str] = field(default_factory=Counter)
    different: int = 0
    said: str = ""


@dataclass
class Ledger:
    """Counts of all trials of a seed, in however many portions they were made.

    Attributes:
        seed: of the soak.
        trials: that were made.
        minutes: they took.
        rows: by group and name.
        costs: of hostile objects; empty until they have been measured.
    """

    seed: int
    trials: int = 0
    minutes: float = 0.0
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    costs: list[Cost] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path, seed: int) -> "Ledger":
        """Read what earlier portions came to; nothing if there were none."""
        if not path.exists():
            return cls(seed)
        kept = json.loads(path.read_text())
        rows = {
            (group, name): Row(**body | {"words": Counter(body["words"])})
            for group, name, body in kept["rows"]
        }
        costs = [Cost(**body) for body in kept["costs"]]
        return cls(seed, kept["trials"], kept["minutes"], rows, costs)

    def save(self, path: Path) -> None:
        """Write it for the next portion."""
        rows = [(group, name, vars(row)) for (group, name), row in self.rows.items()]
        kept = {
            "trials": self.trials,
            "minutes": self.minutes,
            "rows": rows,
            "costs": [vars(one) for one in self.costs],
        }
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(kept))

    def note(self, group: str, name: str, outcome: Outcome) -> None:
        """Count a trial."""
        self.trials += 1
        row = self.rows.setdefault((group, name), Row())
        row.tried += 1
        row.given += outcome.given
        row.words.update(outcome.words)
        row.different += bool(outcome.differences)
        row.said = outcome.said or row.said

    def of(self, group: str) -> dict[str, Row]:
        """Return the rows of a group by name."""
        return {name: row for (one, name), row in sorted(self.rows.items()) if one == group}

    @property
    def kills(self) -> int:
        """Runs that were killed, or that lost a worker process."""
        return sum(row.given for row in self.of("kill").values())

    @property
    def kinds(self) -> set[str]:
        """Names of the kinds of faults that came at least once."""
        return {name for name, row in self.of("fault").items() if row.given}

    @property
    def different(self) -> int:
        """Trials that ended with a loss or a difference."""
        return sum(row.different for row in self.rows.values())

    def figures(self) -> str:
        """Return the totals in a line for each."""
        faults = self.of("fault").values()
        never = sorted(name for name, row in self.of("fault").items() if not row.given)
        lines = [
            f"seed {self.seed}, {self.minutes:.0f} minutes, {self.trials} trials",
            f"{self.kills} kills, {sum(row.given for row in faults)} faults of {len(self.kinds)} kinds",
            f"{sum(row.tried for row in self.of('at once').values())} times three runs at once",
            f"{sum(row.tried for row in self.of('repeated').values())} repeated runs",
            f"{self.different} trials with a loss or a difference",
            *(f"did not come: {name}" for name in never),
        ]
        return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _words(row: Row) -> str:
    return ", ".join(f"{count} {words}" for words, count in row.words.most_common())


def page(ledger: Ledger) -> str:
    """Return docs/reliability.md."""
    faults = ledger.of("fault")
    together = {f"{name}: three runs at once": row for name, row in ledger.of("at once").items()} | {
        f"{name}: a run that has ended, again": row for name, row in ledger.of("repeated").items()
    }
    return f"""# Reliability

`make soak MINUTES={ledger.minutes:.0f} SEED={
        ledger.seed
    }` wrote this page: it runs the job over a small lake in two
runs, kills or disturbs them, repeats each until it ends, and compares what is there with what two undisturbed
runs leave behind: every file of every dataset byte for byte, the quarantine, the counts of each run, the
watermark, that nothing is left over, and on S3 that the catalogue has an entry for each partition with files
and for no other. Half of the trials switch gzip, Parquet and a preset on or off between the two runs.

**{ledger.kills} kills and {len(ledger.kinds)} kinds of storage fault: {
        ledger.different
    } trials with a loss or a
difference**, in {ledger.trials} trials, with weather_etl on obstore {version("obstore")} and
DuckDB {version("duckdb")}. S3 and Glue are moto {
        version("moto")
    } behind a server that fails on demand; no S3 of AWS has been
disturbed. A trial's choices follow from the seed; the instant of a kill "at any time" does not.

*Went on*: the run did its work in spite of the fault. *Went on and warned*: so did it, and its summary names
what it could not do or read; the next run has caught up. *Ended with an error*: the job failed with a reason,
and was repeated, as Step Functions does. *Refused to publish*: the verdict was fail, nothing was changed, and
the next run read everything again.

## Kills

A run is ended by SIGKILL, with all that it started. A lease of a dead run is removed, or waited for.

{
        _table(
            ["target", "where", "trials", "kills", "lost or different"],
            (
                (*name.split(": ", 1), str(row.tried), str(row.given), str(row.different))
                for name, row in ledger.of("kill").items()
            ),
        )
    }
## At once, and again

{
        _table(
            ["target", "what", "trials", "what happened", "lost or different"],
            (
                (*name.split(": ", 1), str(row.tried), _words(row), str(row.different))
                for name, row in together.items()
            ),
        )
    }
## Storage faults

A fault comes once to three times in a row, unless it says otherwise.

{
        _table(
            [
                "target",
                "operation",
                "fault",
                "trials",
                "faults",
                "what happened to the run",
                "lost or different",
            ],
            (
                (*name.split(": ", 2), str(row.tried), str(row.given), _words(row), str(row.different))
                for name, row in faults.items()
            ),
        )
    }
## Hostile objects

The whole job over twenty good messages and the object; of the memory and time, the first row is what a run
takes anyway. An object above 64 MB is refused by the size that the listing gives: it is never asked for.

{
        _table(
            ["objects", "peak memory, MB", "CPU s", "what became of them"],
            ((cost.words, f"{cost.peak_mb:.0f}", f"{cost.cpu_s:.1f}", cost.became) for cost in ledger.costs),
        )
    }
## What this does not show

- A power cut. Files are renamed into place and not flushed one by one; messages stay in the lake, so a replay of
  the days in question writes them again.
- An answer of S3 that is damaged and says that it is whole: no client sees that without a checksum. What cannot be
  parsed is quarantined and counted, and a replay reads it again.
- S3, Glue and IAM themselves; see [live-check.md](live-check.md).
"""
