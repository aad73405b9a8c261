"""The job under measurement: the script that Glue starts, as a process of its own."""

import json
import sys
from datetime import datetime
from pathlib import Path

from benchmarks.measure import ROOT, Measured, run

SCRIPT = ROOT / "etl" / "weather-transform.py"


def transform(
    source: Path | str,
    target: Path | str,
    until: datetime,
    *,
    engine: str = "embedded",
    run_id: str = "bench",
    environment: dict[str, str] | None = None,
    shared_once: bool = False,
) -> tuple[Measured, dict]:
    """Run the job and return its measures (see `run` for `shared_once`) and its summary.

    Raises:
        RuntimeError: it failed, or its verdict did.
    """
    arguments = {
        "source": source,
        "target": target,
        "until": until.isoformat(),
        "engine": engine,
        "run_id": run_id,
    }
    command = [
        sys.executable,
        SCRIPT,
        *(part for name, value in arguments.items() for part in (f"--{name}", value)),
    ]
    measured = run(command, environment, shared_once=shared_once)
    if str(target).startswith("s3://"):
        return measured, measured.told
    summary = json.loads((Path(target) / "_runs" / run_id / "summary.json").read_text(encoding="utf-8"))
    if summary["status"] != "SUCCEEDED":
        raise RuntimeError(f"the run was not published: {summary['verdict']}")
    return measured, summary


def hourly_means(target: Path) -> dict[str, tuple[int, float]]:
    """Return (messages, mean temperature) by site and hour in UTC from the hourly dataset.

    Hours with too few messages have no mean and are left out.
    """
    import duckdb

    rows = duckdb.sql(
        f"""
        select site, window_start_utc[:13] as hour, n_obs, air_temperature_mean
        from read_csv('{target}/hourly/*/*/hourly.csv', hive_partitioning = true, all_varchar = true)
        where air_temperature_mean is not null
        """
    ).fetchall()
    return {f"{site} {hour}": (int(n), float(mean)) for site, hour, n, mean in rows}


def assert_same_means(ours: dict[str, tuple[int, float]], theirs: dict[str, list]) -> None:
    """Hold the job's hourly means against a peer's, hour by hour; half of the last of its four decimals is allowed.

    Hours of the last, still open day may be missing from ours.
    """
    assert ours, "the job published no hour"
    assert ours.keys() <= theirs.keys(), sorted(ours.keys() - theirs.keys())[:3]
    for hour, (count, mean) in ours.items():
        assert count == theirs[hour][0], (hour, count, theirs[hour])
        assert abs(mean - theirs[hour][1]) < 5.1e-5, (hour, mean, theirs[hour])
