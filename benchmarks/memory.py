"""(d) Peak memory over the number of messages."""

from pathlib import Path

from benchmarks.job import transform
from benchmarks.messages import Lake
from benchmarks.report import Section, goal


def measure(folder: Path, *, quick: bool) -> Section:
    sizes = (1_000, 10_000) if quick else (10_000, 100_000, 1_000_000)
    section = Section(
        "(d) Peak memory",
        "Local folders, 10 sites, a message every 30 s. Memory is the highest sum of resident memory of the job's two "
        "processes, seen every 50 ms, with pages that both share (the libraries') counted once: proportional set size.",
        ["messages", "processes' peak MB", "wall s", "messages / s"],
    )
    for size in sizes:
        lake = Lake(10, size // 10, 30)
        lake.write(folder / str(size))
        measured, summary = transform(folder / str(size), folder / f"out{size}", lake.until, shared_once=True)
        assert summary["accepted"] == size
        section.rows.append([size, measured.peak_mb, measured.wall_s, size / measured.wall_s])
    section.goals = [goal(f"MB at {sizes[-1]:,} messages", section.rows[-1][1], 500, at_least=False)]
    return section
