"""(c) One new week after 1, 10 and 50 weeks of history: time and requests."""

import statistics
from datetime import timedelta
from pathlib import Path

from benchmarks.job import transform
from benchmarks.messages import START, Lake
from benchmarks.report import Section, goal
from benchmarks.s3_server import serve

SITES, INTERVAL_S = 3, 300
MESSAGES = 604_800 // INTERVAL_S
WEEK = timedelta(days=7)
REQUESTS = ("requests_get", "requests_put_list")


def measure(folder: Path, *, quick: bool) -> Section:
    section = Section(
        "(c) Growth: one new week after weeks of history",
        f"{SITES} sites, a message every {INTERVAL_S // 60} minutes ({SITES * 604_800 // INTERVAL_S:,} a week). After "
        "the history, three weekly runs, each with one new week; medians of the three. Requests are the job's own, "
        "counted at its storage: listing, reading and writing. A folder has to be listed whole (a file system knows "
        "no StartAfter); S3 lists from the watermark, but rclone's server reads the whole folder for it, so its "
        "wall time is not the client's doing and the client's CPU stands beside it.",
        [
            "weeks of history",
            "folder: wall s",
            "folder: CPU s",
            "S3: wall s",
            "S3: CPU s",
            "S3: GET",
            "S3: PUT, LIST",
        ],
    )
    for weeks in (1, 2) if quick else (1, 10, 50):
        local = _new_weeks(folder / f"local{weeks}", weeks, through_s3=False)
        remote = _new_weeks(folder / f"remote{weeks}", weeks, through_s3=True)
        section.rows.append(
            [
                weeks,
                *(statistics.median(getattr(one, name) for one, _ in local) for name in ("wall_s", "cpu_s")),
                *(statistics.median(getattr(one, name) for one, _ in remote) for name in ("wall_s", "cpu_s")),
                *(statistics.median(told["cost"][name] for _, told in remote) for name in REQUESTS),
            ]
        )
    first, last = section.rows[0], section.rows[-1]
    section.goals = [
        goal("times week 2's CPU in a folder, week 51", last[2] / first[2], 1.1, at_least=False),
        goal("times week 2's CPU through S3, week 51", last[4] / first[4], 1.1, at_least=False),
        goal("times week 2's requests, week 51", sum(last[5:]) / sum(first[5:]), 1.1, at_least=False),
    ]
    return section


def _new_weeks(folder: Path, weeks: int, *, through_s3: bool) -> list:
    """Take a history in one run, then three new weeks in a run each, which are returned."""
    lake, out = folder / "lake", folder / "out"
    out.mkdir(parents=True)
    Lake(SITES, weeks * MESSAGES, INTERVAL_S).write(lake)
    transform(lake, out, START + weeks * WEEK, run_id="history")
    runs = []
    for week in range(weeks, weeks + 3):
        Lake(SITES, MESSAGES, INTERVAL_S, START + week * WEEK).write(lake)
        until, run_id = START + (week + 1) * WEEK, f"week{week}"
        if not through_s3:
            runs.append(transform(lake, out, until, run_id=run_id))
        else:
            # A server a week: rclone remembers listings and would not see files written behind its back.
            with serve(folder) as environment:
                runs.append(transform("s3://lake", "s3://out", until, run_id=run_id, environment=environment))
        assert runs[-1][1]["accepted"] == SITES * MESSAGES, runs[-1][1]
    return runs
