"""(b) The same objects through a local S3 server, against the usual clients that only fetch."""

import sys
from pathlib import Path

from benchmarks.job import transform
from benchmarks.measure import Measured, median, run
from benchmarks.messages import Lake
from benchmarks.report import Section, goal
from benchmarks.s3_server import serve

REPEATS = 3
CLIENTS = {
    "obstore": "obstore alone, 96 in flight",
    "ours-fetch": "**the job's listing and fetching**",
    "boto3": "boto3, 64 threads",
    "s3fs": "s3fs, 96 in flight",
}


def measure(folder: Path, *, quick: bool) -> Section:
    lake = Lake(sites=6, messages=300 if quick else 10_000)
    lake.write(folder / "buckets" / "lake")
    repeats = 1 if quick else REPEATS
    runs: dict[str, list[Measured]] = {client: [] for client in CLIENTS}
    jobs = []
    with serve(folder / "buckets") as environment:
        for repeat in range(repeats):  # in turn, so that what else the machine does meets all alike
            for client in CLIENTS:
                if client == "s3fs" and repeat:
                    continue  # minutes each, and its rank is clear
                command = [sys.executable, "-m", "benchmarks.peers", client, "lake"]
                runs[client].append(run(command, environment))
            jobs.append(transform("s3://lake", folder / f"out{repeat}", lake.until, environment=environment))
    found = {client: median(measured) for client, measured in runs.items()}
    job = median([measured for measured, _ in jobs])
    fetched = {(one.told["messages"], one.told["bytes"]) for one in found.values()}
    assert len(fetched) == 1, fetched
    assert jobs[0][1]["accepted"] == lake.objects
    assert jobs[0][1]["bytes_read"] == fetched.pop()[1]

    boto3_cpu = found["boto3"].cpu_s
    section = Section(
        "(b) The same through S3",
        f"{lake.objects:,} objects of {lake.sites} sites behind `rclone serve s3` on the loopback interface, where the "
        "server takes most of the two cores: CPU per object is the client's own (its whole process, start-up included) "
        "and is what a worker pays, wall time is mostly the server's. All clients fetched the same bytes; the job's "
        f"row is the whole job, datasets written. Medians of {repeats}, s3fs once.",
        ["client", "wall s", "CPU s", "CPU us / object", "objects / CPU s", "boto3's CPU / its CPU"],
    )
    for name, title in CLIENTS.items():
        section.rows.append(_row(title, found[name], lake.objects, boto3_cpu))
    section.rows.append(_row("**whole job**", job, lake.objects, boto3_cpu))
    ours = found["ours-fetch"]
    section.goals = [
        goal("times the objects per CPU second of boto3, fetching", boto3_cpu / ours.cpu_s, 8, at_least=True),
        goal(
            "times the CPU of obstore alone, fetching",
            ours.cpu_s / found["obstore"].cpu_s,
            1.5,
            at_least=False,
        ),
        f"times the objects per CPU second of boto3, whole job against fetching: {boto3_cpu / job.cpu_s:.2f}",
    ]
    return section


def _row(title: str, one: Measured, objects: int, boto3_cpu: float) -> list:
    return [
        title,
        one.wall_s,
        one.cpu_s,
        one.cpu_s / objects * 1e6,
        objects / one.cpu_s,
        boto3_cpu / one.cpu_s,
    ]
