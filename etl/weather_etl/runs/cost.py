"""What a run costs on AWS, by `prices.json`."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

from weather_etl.settings.arguments import Arguments


@cache
def prices() -> Mapping[str, Any]:
    """Return the price list that ships with the package."""
    return cast(
        "Mapping[str, Any]", json.loads(files("weather_etl").joinpath("prices.json").read_text("utf-8"))
    )


def run_cost(arguments: Arguments, seconds: float, reads: int, writes_and_lists: int) -> dict[str, Any]:
    """Return DPU-seconds, requests and dollars of a run.

    Glue bills a Spark job by the second with a minimum, for all its workers.  A run outside Glue is priced as
    if it had taken the same time on two G.1X workers of Glue 5.1, and says so by `assumed`.

    Args:
        arguments: for version, worker type, number and class.
        seconds: wall-clock time of the job.
        reads: GET requests.
        writes_and_lists: PUT, LIST and DELETE requests (DELETE is free and counted as if it were not).
    """
    table = prices()["glue"]
    version = arguments.glue_version if arguments.glue_version in table["dpu_hour"] else "5.1"
    worker = arguments.worker_type if arguments.worker_type in table["dpu_per_worker"] else "G.1X"
    workers = arguments.number_of_workers or 2
    execution_class = (
        arguments.execution_class if arguments.execution_class in ("STANDARD", "FLEX") else "STANDARD"
    )
    dpus = table["dpu_per_worker"][worker] * workers
    billed = max(seconds, float(table["minimum_seconds"]))
    glue = billed * dpus / 3600 * table["dpu_hour"][version][execution_class]
    s3 = prices()["s3"]
    requests = reads / 1000 * s3["get_per_1000"] + writes_and_lists / 1000 * s3["put_list_per_1000"]
    return {
        "glue_version": version,
        "worker_type": worker,
        "workers": workers,
        "execution_class": execution_class,
        "assumed": not arguments.worker_type,
        "dpus": dpus,
        "billed_seconds": round(billed, 1),
        "dpu_seconds": round(billed * dpus, 1),
        "requests_get": reads,
        "requests_put_list": writes_and_lists,
        "usd_glue": round(glue, 6),
        "usd_requests": round(requests, 6),
        "usd": round(glue + requests, 6),
        "prices_as_of": prices()["as_of"],
    }
