"""(a) 60,000 one-message files: the whole job against readers that only read and take an hourly mean."""

import json
import sys
from pathlib import Path

from benchmarks.job import assert_same_means, hourly_means, transform
from benchmarks.measure import median, run
from benchmarks.messages import Lake
from benchmarks.report import Section, goal

TITLE = "(a) 60,000 one-message files: the whole job against readers"


def measure(folder: Path, *, quick: bool) -> Section:
    lake = Lake(sites=6, messages=500 if quick else 10_000)
    source = folder / "lake"
    lake.write(source)
    repeats = 1 if quick else 5
    ours, peers = [], {"bare": [], "duckdb": [], "spark": []}
    for repeat in range(repeats):  # in turn, so that what else the machine does meets all alike
        ours.append(transform(source, folder / f"out{repeat}", lake.until))
        peers["bare"].append(run(_peer("bare", source)))
        peers["duckdb"].append(run(_peer("duckdb", source, folder / "duckdb.json")))
        if repeat < 3:
            peers["spark"].append(run(_peer("spark", source, folder / "spark.json")))
    means = hourly_means(folder / "out0")
    for name in ("duckdb", "spark"):
        assert_same_means(means, json.loads((folder / f"{name}.json").read_text()))
    assert all(run[-1].told["messages"] == lake.objects for run in peers.values())
    assert ours[0][1]["accepted"] == lake.objects, ours[0][1]

    job = median([measured for measured, _ in ours])
    bare, duckdb, spark = (median(peers[name]) for name in ("bare", "duckdb", "spark"))
    section = Section(
        TITLE if not quick else TITLE.replace("60,000", f"{lake.objects:,}"),
        f"{lake.sites} sites, {lake.messages:,} messages each, one a minute, half of them in the edge's indented shape. "
        "The job lists, reads, normalises, checks, merges, aggregates to hours, days and weeks and writes all CSV; the "
        "peers read the same files (schema given, so that they read them once) and take the mean temperature by site "
        f"and hour. Their {len(means):,} hourly means and counts agree with the job's. Files are in the page cache. "
        "Wall time of the whole process, start-up included; `work` leaves out imports and the session's start.",
        ["program", "wall s", "CPU s", "peak MB", "work s", "wall / job's wall"],
    )
    section.rows = [
        ["**whole job**", job.wall_s, job.cpu_s, job.peak_mb, "", 1.0],
        ["bare loop: read and parse", bare.wall_s, bare.cpu_s, bare.peak_mb, bare.told["seconds"], bare.wall_s / job.wall_s],
        ["DuckDB read_json, hourly mean", duckdb.wall_s, duckdb.cpu_s, duckdb.peak_mb, duckdb.told["seconds"], duckdb.wall_s / job.wall_s],
        ["Spark read.json, hourly mean", spark.wall_s, "", spark.peak_mb, spark.told["seconds"], spark.wall_s / job.wall_s],
    ]  # fmt: skip
    section.goals = [
        f"of the CPU time of DuckDB's read_json the job takes {job.cpu_s / duckdb.cpu_s:.2f}, of the bare loop's {job.cpu_s / bare.cpu_s:.1f}",
        goal("times faster than DuckDB's read_json", duckdb.wall_s / job.wall_s, 5, at_least=True),
        goal("times faster than Spark's read.json", spark.wall_s / job.wall_s, 20, at_least=True),
        goal("times the bare loop's wall time", job.wall_s / bare.wall_s, 3, at_least=False),
        "seconds of the job's stages: "
        + ", ".join(f"{k} {v:.2f}" for k, v in ours[-1][1]["seconds"].items()),
    ]
    return section


def _peer(name: str, *arguments: object) -> list:
    return [sys.executable, "-m", "benchmarks.peers", name, *arguments]
