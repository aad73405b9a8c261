"""(f) The engines against each other over size, and the threshold of `auto` that follows."""

import statistics
from pathlib import Path

from weather_etl.engines import OBJECT_CORE_S, SPARK_START_S, spark_threshold

from benchmarks.job import transform
from benchmarks.messages import Lake
from benchmarks.report import Section


def measure(folder: Path, *, quick: bool) -> Section:
    sizes = (600, 6_000) if quick else (600, 6_000, 60_000, 240_000)
    section = Section(
        "(f) Engines over size",
        "6 sites in local folders; both engines have the same two cores, so on one machine Spark can only cost more. "
        "What it costs is its start and what it adds to an object; on a cluster it has more cores instead.",
        ["messages", "embedded: wall s", "Spark: wall s", "difference s", "same bytes"],
    )
    for size in sizes:
        lake = Lake(6, size // 6)
        source = folder / str(size)
        lake.write(source)
        walls: dict[str, float] = {}
        for engine in ("embedded", "spark"):
            runs = []
            for repeat in range(1 if quick or size > 100_000 else 3):
                target = folder / f"{engine}{size}-{repeat}"
                runs.append(transform(source, target, lake.until, engine=engine)[0].wall_s)
            walls[engine] = statistics.median(runs)
        same = _files(folder / f"embedded{size}-0") == _files(folder / f"spark{size}-0")
        assert same, "the engines disagree"
        section.rows.append(
            [size, walls["embedded"], walls["spark"], walls["spark"] - walls["embedded"], "yes"]
        )
    start = section.rows[0][3]
    thresholds = ", ".join(f"{n} executors {spark_threshold(n, 4):,}" for n in (2, 3, 9))
    section.goals = [
        f"Spark's start costs {start:.1f} s here; the engine reckons with {SPARK_START_S:g} s on a cluster",
        f"threshold of `auto` = start x cores / (core seconds an object x (1 - 1/executors)), with "
        f"{OBJECT_CORE_S * 1e6:g} us an object (b) and 4 cores a worker: {thresholds} objects; with one executor never",
    ]
    return section


def _files(target: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*.csv")}
    assert found
    return found
