"""(c) One new week after 1, 10 and 50 weeks of history: time and requests."""

import statistics
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

from benchmarks.job import transform
from benchmarks.messages import START, Lake
from benchmarks.report import Section, goal
from benchmarks.s3_server import serve

SITES, INTERVAL_S = 3, 300
WEEK = timedelta(days=7)


def measure(folder: Path, *, quick: bool) -> Section:
    history = (1, 2, 3) if quick else (1, 10, 50)
    local = _weeks(folder / "local" / "lake", str(folder / "local" / "out"), max(history) + 2)
    buckets = folder / "buckets"
    for name in ("lake", "out"):
        (buckets / name).mkdir(parents=True)
    remote = _weeks(buckets / "lake", "s3://out", max(history) + 2, buckets)
    section = Section(
        "(c) Growth: one new week after weeks of history",
        f"{SITES} sites, a message every {INTERVAL_S // 60} minutes "
        f"({SITES * 604_800 // INTERVAL_S:,} a week), one run a week; time is the median of the week after so much "
        "history and its two neighbours. Requests are the job's own, counted at its storage: listing, reading and "
        "writing. The folder has to be listed whole (a file system knows no StartAfter); S3 lists from the watermark.",
        ["weeks of history", "folder: wall s", "S3: wall s", "S3: CPU s", "S3: GET", "S3: PUT, LIST"],
    )
    for weeks in history:
        near = [index for index in (weeks - 1, weeks, weeks + 1) if 0 < index < len(local)]
        section.rows.append(
            [
                weeks,
                statistics.median(local[index][0].wall_s for index in near),
                statistics.median(remote[index][0].wall_s for index in near),
                statistics.median(remote[index][0].cpu_s for index in near),
                remote[weeks][1]["cost"]["requests_get"],
                remote[weeks][1]["cost"]["requests_put_list"],
            ]
        )
    first, last = section.rows[0], section.rows[-1]
    section.goals = [
        goal("times week 2's time in a folder, week 51", last[1] / first[1], 1.1, at_least=False),
        goal("times week 2's CPU through S3, week 51", last[3] / first[3], 1.1, at_least=False),
        goal(
            "times week 2's requests, week 51",
            (last[4] + last[5]) / (first[4] + first[5]),
            1.1,
            at_least=False,
        ),
    ]
    return section


def _weeks(lake: Path, target: str, weeks: int, buckets: Path | None = None) -> list:
    """Write a week and run the job, again and again; through a server if there are buckets."""
    source = "s3://lake" if buckets else lake
    runs = []
    for week in range(weeks):
        part = Lake(SITES, 604_800 // INTERVAL_S, INTERVAL_S, START + week * WEEK)
        part.write(lake)
        # A server a week: rclone remembers listings and would not see files that were written behind its back.
        with serve(buckets) if buckets else nullcontext({}) as environment:
            run_id, until = f"week{week}", START + (week + 1) * WEEK
            runs.append(transform(source, target, until, run_id=run_id, environment=environment))
        assert runs[-1][1]["accepted"] == part.objects, runs[-1][1]
    return runs
