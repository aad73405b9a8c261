"""What a run costs on AWS, by the price list of `aws_prices`."""

from typing import Any

from aws_prices import glue_use, prices, requests_usd
from weather_etl.settings import Arguments


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
    use = glue_use(
        prices(),
        version=version,
        execution_class=execution_class,
        worker_type=worker,
        workers=workers,
        seconds=seconds,
    )
    requests = requests_usd(prices(), gets=reads, puts_and_lists=writes_and_lists)
    return {
        "glue_version": version,
        "worker_type": worker,
        "workers": workers,
        "execution_class": execution_class,
        "assumed": not arguments.worker_type,
        "dpus": use.dpus,
        "billed_seconds": round(use.billed_seconds, 1),
        "dpu_seconds": round(use.dpu_seconds, 1),
        "requests_get": reads,
        "requests_put_list": writes_and_lists,
        "usd_glue": round(use.usd, 6),
        "usd_requests": round(requests, 6),
        "usd": round(use.usd + requests, 6),
        "prices_as_of": prices()["as_of"],
    }
