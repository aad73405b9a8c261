"""What the batches of a run add up to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from weather_etl.engines import Engine
from weather_etl.runs.state import Decisions
from weather_etl.runs.verdict import Verdict, worse
from weather_etl.site import SiteResult, Staged


@dataclass
class RunTotals:
    """What the batches of a run add up to."""

    results: list[SiteResult] = field(default_factory=list[SiteResult])
    published: list[Staged] = field(default_factory=list[Staged])
    rejects: list[pa.Table] = field(default_factory=list[pa.Table])
    verdict: Verdict = field(default_factory=lambda: Verdict("pass"))
    decisions: Decisions = field(default_factory=Decisions)
    since_us: int | None = None
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    engine: Engine | None = None
    moved: bool = False
    sensors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Rows of `sensor_weeks` of the latest week that was assessed."""

    def add(self, results: Sequence[SiteResult], verdict: Verdict) -> None:
        """Add what a batch read and the verdict on it."""
        self.results += results
        self.rejects += [result.rejects for result in results if result.rejects and result.rejects.num_rows]
        self.verdict = worse(self.verdict, verdict)
