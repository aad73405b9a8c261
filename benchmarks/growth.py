"""(c) One new week after 1, 10 and 50 weeks of history: time and requests."""

import statistics
from datetime import timedelta
from pathlib import Path

from benchmarks.job import transform
from benchmarks.measure import Measured
from benchmarks.messages import START, Lake
from benchmarks.report import Section, goal
from benchmarks.s3_server import serve

SITES, INTERVAL_S = 3, 300
NEW_WEEKS = 5
MESSAGES = 604_800 // INTERVAL_S
WEEK = timedelta(days=7)
REQUESTS = ("requests_get", "requests_put_list")


def measure(folder: Path, *, quick: bool) -> Section:
    section = Section(
        "(c) Growth: one new week after weeks of history",
        f"{SITES} sites, a message every {INTERVAL_S // 60} minutes ({SITES * 604_800 // INTERVAL_S:,} a week). After "
        f"the history, {NEW_WEEKS} weekly runs, each with one new week, the histories in turn; medians. Requests are "
        "the job's own, counted at its storage: listing, reading and writing. A folder has to be listed whole (a file "
        "system knows no StartAfter); S3 lists from the watermark, but rclone's server reads the whole folder "
        "for it, so its wall time is not the client's doing and the client's CPU stands beside it.",
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
    histories = (1, 2) if quick else (1, 10, 50)
    lakes = [
        (_Lake(folder / f"local{weeks}", weeks), _Lake(folder / f"remote{weeks}", weeks, through_s3=True))
        for weeks in histories
    ]
    for _ in range(1 if quick else NEW_WEEKS):  # in turn, so that what else the machine does meets all alike
        for local, remote in lakes:
            local.take_a_week()
            remote.take_a_week()
    for weeks, (local, remote) in zip(histories, lakes, strict=True):
        section.rows.append([weeks, *local.medians(), *remote.medians(), *remote.requests()])
    first, last = section.rows[0], section.rows[-1]
    section.goals = [
        goal("times week 2's CPU in a folder, week 51", last[2] / first[2], 1.1, at_least=False),
        goal("times week 2's CPU through S3, week 51", last[4] / first[4], 1.1, at_least=False),
        goal("times week 2's requests, week 51", sum(last[5:]) / sum(first[5:]), 1.1, at_least=False),
    ]
    return section


class _Lake:
    """A lake with a history that one run has taken, and the runs that take a new week each."""

    def __init__(self, folder: Path, weeks: int, *, through_s3: bool = False) -> None:
        self._folder, self._weeks, self._through_s3 = folder, weeks, through_s3
        self._lake, self._out = folder / "lake", folder / "out"
        self._runs: list[tuple[Measured, dict]] = []
        self._out.mkdir(parents=True)
        Lake(SITES, weeks * MESSAGES, INTERVAL_S).write(self._lake)
        transform(self._lake, self._out, START + weeks * WEEK, run_id="history")

    def take_a_week(self) -> None:
        week = self._weeks + len(self._runs)
        Lake(SITES, MESSAGES, INTERVAL_S, START + week * WEEK).write(self._lake)
        until, run_id = START + (week + 1) * WEEK, f"week{week}"
        if not self._through_s3:
            run = transform(self._lake, self._out, until, run_id=run_id)
        else:
            # A server a week: rclone remembers listings and would not see files written behind its back.
            with serve(self._folder) as environment:
                run = transform("s3://lake", "s3://out", until, run_id=run_id, environment=environment)
        assert run[1]["accepted"] == SITES * MESSAGES, run[1]
        self._runs.append(run)

    def medians(self) -> list[float]:
        """Return seconds of wall time and of CPU."""
        return [
            statistics.median(getattr(one, name) for one, _ in self._runs) for name in ("wall_s", "cpu_s")
        ]

    def requests(self) -> list[float]:
        return [statistics.median(told["cost"][name] for _, told in self._runs) for name in REQUESTS]
