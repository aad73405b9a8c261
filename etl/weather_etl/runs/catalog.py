"""The catalogue: partitions of the datasets registered by the run, columns of the crawler's table compared.

The stack owns the tables, a run owns partitions.  A catalogue that cannot be reached never undoes a published
run: the problem is reported as a warning in the summary.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast
from urllib.parse import quote

from weather_etl.datasets import tables
from weather_etl.runs.publication import Partition

_PER_CREATE: Final = 100  # limit of BatchCreatePartition
_PER_DELETE: Final = 25  # limit of BatchDeletePartition


Client: TypeAlias = Any
"""A boto3 Glue client; the job does without boto3's stubs."""


def glue_client(region: str = "") -> Client:
    """Return a Glue client of the ordinary chain (AWS_ENDPOINT_URL is honoured)."""
    import boto3
    from botocore.config import Config

    # Throttled requests are repeated; ten attempts with growing pauses last about a minute.
    retries = {"max_attempts": 10, "mode": "standard"}
    return cast("Any", boto3).client(
        "glue",
        region_name=region or os.environ.get("AWS_REGION"),
        config=cast("Any", Config)(retries=retries),
    )


class Catalog:
    """The partitions of the datasets in a catalogue database.

    Args:
        client: Glue client.
        database: name of the database.
        target_url: `s3://bucket[/prefix]` of the datasets.
    """

    def __init__(self, client: Client, database: str, target_url: str) -> None:
        self._client = client
        self._database = database
        self._target_url = target_url

    def register(self, wanted: Iterable[Partition], problems: list[str], left: set[Partition]) -> None:
        """Register partitions; one that exists already is fine.

        Args:
            wanted: partitions that have files.
            problems: what went wrong is added, in words.
            left: the partitions that could not be registered are added.
        """
        for name, partitions in _by_table(wanted):
            try:
                table = self._client.get_table(DatabaseName=self._database, Name=name)["Table"]
            except Exception as error:  # published data must not be lost to a catalogue
                problems.append(f"partitions of {self._database}.{name} were not registered: {error}"[:500])
                left.update(partitions)
                continue
            inputs = {one[1:]: self._input(one, table["StorageDescriptor"]) for one in partitions}
            for some in _chunks(sorted(inputs), _PER_CREATE):
                self._send(
                    "registered", name, some, "AlreadyExistsException", problems, left,
                    request=lambda some=some, inputs=inputs, name=name: self._client.batch_create_partition(
                        DatabaseName=self._database, TableName=name,
                        PartitionInputList=[inputs[values] for values in some],
                    ),
                )  # fmt: skip

    def drop(self, unwanted: Iterable[Partition], problems: list[str], left: set[Partition]) -> None:
        """Take partitions out; one that is not there is fine.  Arguments as of `register`."""
        for name, partitions in _by_table(unwanted):
            for some in _chunks([one[1:] for one in partitions], _PER_DELETE):
                self._send(
                    "taken out", name, some, "EntityNotFoundException", problems, left,
                    request=lambda some=some, name=name: self._client.batch_delete_partition(
                        DatabaseName=self._database, TableName=name,
                        PartitionsToDelete=[{"Values": list(values)} for values in some],
                    ),
                )  # fmt: skip

    def partitions(self, name: str) -> set[Partition]:
        """Return the partitions of a dataset that are registered."""
        pages = self._client.get_paginator("get_partitions").paginate(
            DatabaseName=self._database, TableName=name, ExcludeColumnSchema=True
        )
        return {(name, *map(str, one["Values"])) for page in pages for one in page["Partitions"]}

    def _input(self, partition: Partition, descriptor: Mapping[str, Any]) -> dict[str, Any]:
        name, *values = partition
        folder = tables()[name].key(*values).rsplit("/", 1)[0]
        location = f"{self._target_url}/{folder}/"
        return {"Values": values, "StorageDescriptor": {**descriptor, "Location": location}}

    def _send(
        self, done: str, name: str, some: Sequence[tuple[str, ...]], fine: str,
        problems: list[str], left: set[Partition], *, request: Callable[[], Any],
    ) -> None:  # fmt: skip
        """Send one request; note what it did not do."""
        try:
            errors = request().get("Errors", [])
        except Exception as error:  # as above
            problems.append(f"partitions of {self._database}.{name} were not {done}: {error}"[:500])
            left.update((name, *values) for values in some)
            return
        for failed in errors:
            detail = failed.get("ErrorDetail", {})
            if detail.get("ErrorCode") == fine:
                continue
            values = failed.get("PartitionValues", [])
            where = "/".join(map(quote, values))
            text = detail.get("ErrorMessage", detail)
            problems.append(f"partition {where} of {self._database}.{name} was not {done}: {text}"[:500])
            left.add((name, *values))


def _by_table(partitions: Iterable[Partition]) -> list[tuple[str, list[Partition]]]:
    """Return partitions by dataset; of none that the job does not know."""
    grouped: dict[str, list[Partition]] = {}
    for one in sorted(set(partitions)):
        if one[0] in tables():
            grouped.setdefault(one[0], []).append(one)
    return list(grouped.items())


def _chunks(items: Sequence[tuple[str, ...]], size: int) -> list[Sequence[tuple[str, ...]]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def table_columns(client: Client, database: str, table: str) -> list[str]:
    """Return the column names of a table, nested fields of structs as `data.temperature`."""
    columns = client.get_table(DatabaseName=database, Name=table)["Table"]["StorageDescriptor"]["Columns"]
    return [name for column in columns for name in _flat(column["Name"], column.get("Type", ""))]


def _flat(name: str, kind: str) -> list[str]:
    """Return the leaf names of a Hive type."""
    if not kind.startswith("struct<") or not kind.endswith(">"):
        return [name]
    leaves: list[str] = []
    depth, start, body = 0, 0, kind[len("struct<") : -1]
    for index, letter in enumerate(body + ","):
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            inner, _, inner_kind = body[start:index].partition(":")
            leaves += _flat(f"{name}.{inner}", inner_kind)
            start = index + 1
    return leaves
