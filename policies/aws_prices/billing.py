"""What amounts cost: a Glue job run, a crawl, S3 requests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

Prices = Mapping[str, Any]
"""The content of prices.json."""


class NoPriceError(KeyError):
    """The price list has no price for a Glue version, execution class or worker type."""

    def __str__(self) -> str:
        """Return the message as it was given, without the quotes of a KeyError."""
        return str(self.args[0])


@dataclass(frozen=True)
class GlueUse:
    """What a run of a Glue job is billed.

    Attributes:
        dpus: data processing units of all workers together.
        billed_seconds: running time, at least AWS's minimum.
        usd: dollars.
    """

    dpus: float
    billed_seconds: float
    usd: float

    @property
    def dpu_seconds(self) -> float:
        """What is billed, in DPU-seconds."""
        return self.dpus * self.billed_seconds


@cache
def prices() -> Prices:
    """Return the price list: USD, with the region and month it holds for."""
    text = files("aws_prices").joinpath("prices.json").read_text("utf-8")
    return cast("Prices", json.loads(text))


def glue_use(
    price: Prices, *, version: str, execution_class: str, worker_type: str, workers: float, seconds: float
) -> GlueUse:
    """Return what one run of a Spark job is billed: per second, with the minimum, times its DPUs.

    Args:
        price: the price list.
        version: Glue version such as "5.1".
        execution_class: "STANDARD" or "FLEX".
        worker_type: such as "G.1X".
        workers: number of workers, the driver included.
        seconds: running time.

    Raises:
        NoPriceError: the list lacks the version, the class or the worker type.
    """
    glue = price["glue"]
    try:
        rate = glue["dpu_hour"][version][execution_class]
        rate = glue["dpu_hour_of_worker"].get(worker_type, rate)
        dpus = glue["dpu_per_worker"][worker_type] * workers
    except KeyError as missing:
        said = f"no price for Glue {version}, {execution_class}, worker type {worker_type}"
        raise NoPriceError(said) from missing
    billed = max(seconds, float(glue["minimum_seconds"]))
    return GlueUse(dpus, billed, billed * dpus / 3600 * rate)


def crawl_usd(price: Prices, seconds: float) -> float:
    """Return what a crawl of this many seconds costs; AWS bills ten minutes at least."""
    crawler = price["crawler"]
    return max(seconds, crawler["minimum_seconds"]) / 3600 * crawler["dpus"] * crawler["dpu_hour"]


def requests_usd(price: Prices, *, gets: float, puts_and_lists: float) -> float:
    """Return what S3 requests cost."""
    s3 = price["s3"]
    return gets / 1000 * s3["get_per_1000"] + puts_and_lists / 1000 * s3["put_list_per_1000"]
