"""The little of pyspark that the Spark engine uses, as types: pyspark is installed only where Spark is."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Rdd(Protocol[T]):
    """A `pyspark.RDD`."""

    def map(self, function: Callable[[T], U]) -> "Rdd[U]":
        """Apply a function to every element, in tasks."""
        ...

    def collect(self) -> list[T]:
        """Run the tasks and return their results in the order of the elements."""
        ...


class SparkContext(Protocol):
    """A `pyspark.SparkContext`."""

    defaultParallelism: int  # noqa: N815  Spark's name
    version: str

    def parallelize(self, items: Sequence[T], numSlices: int) -> Rdd[T]:  # noqa: N803  Spark's name
        """Distribute items over so many tasks."""
        ...

    def setJobDescription(self, value: str) -> None:  # noqa: N802  Spark's name
        """Name the jobs that follow, for Spark's logs."""
        ...


class SparkSession(Protocol):
    """A `pyspark.sql.SparkSession`, of which SQL is not used."""

    @property
    def sparkContext(self) -> SparkContext:  # noqa: N802  Spark's name
        """The context that runs tasks."""
        ...

    def stop(self) -> None:
        """End the session."""
        ...
