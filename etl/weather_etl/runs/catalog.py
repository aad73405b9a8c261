"""The catalogue: partitions of the datasets registered by the run, columns of the crawler's table compared.

The stack owns the tables, a run owns partitions.  A catalogue that cannot be reached never undoes a published
run: the problem is reported as a warning in the summary.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, cast
from urllib.parse import quote

from weather_etl.datasets.tables import tables
from weather_etl.site import Staged

_PER_REQUEST: Final = 100  # limit of BatchCreatePartition


Client: TypeAlias = Any
"""A boto3 Glue client; the job does without boto3's stubs."""


def glue_client(region: str = "") -> Client:
    """Return a Glue client of the ordinary chain (AWS_ENDPOINT_URL is honoured)."""
    import boto3

    return cast("Any", boto3).client("glue", region_name=region or None)


def register_partitions(
    client: Client, database: str, target_url: str, staged: Iterable[Staged]
) -> list[str]:
    """Register the partitions of published files; one that exists already is fine.

    Args:
        client: Glue client.
        database: catalogue database.
        target_url: `s3://bucket[/prefix]` of the datasets.
        staged: what was published.

    Returns:
        Problems in words; empty when all went well.
    """
    problems: list[str] = []
    by_table: dict[str, set[tuple[str, ...]]] = {}
    for one in staged:
        if one.table in tables() and one.path is not None:
            by_table.setdefault(one.table, set()).add(one.partition)
    for name, values in sorted(by_table.items()):
        try:
            descriptor = client.get_table(DatabaseName=database, Name=name)["Table"]["StorageDescriptor"]
            problems += _register(client, database, name, descriptor, target_url, sorted(values))
        except Exception as error:  # published data must not be lost to a catalogue
            problems.append(f"partitions of {database}.{name} were not registered: {error}"[:500])
    return problems


def _register(
    client: Client, database: str, name: str, descriptor: Mapping[str, Any], target_url: str,
    values: list[tuple[str, ...]],
) -> list[str]:  # fmt: skip
    table = tables()[name]
    inputs = [
        {
            "Values": list(partition),
            "StorageDescriptor": {
                **descriptor,
                "Location": f"{target_url}/{table.key(*partition).rsplit('/', 1)[0]}/",
            },
        }
        for partition in values
    ]
    problems: list[str] = []
    for start in range(0, len(inputs), _PER_REQUEST):
        answer = client.batch_create_partition(
            DatabaseName=database, TableName=name, PartitionInputList=inputs[start : start + _PER_REQUEST]
        )
        for failed in answer.get("Errors", []):
            detail = failed.get("ErrorDetail", {})
            if detail.get("ErrorCode") != "AlreadyExistsException":
                where = "/".join(map(quote, failed.get("PartitionValues", [])))
                problems.append(
                    f"partition {where} of {database}.{name}: {detail.get('ErrorMessage', detail)}"[:500]
                )
    return problems


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
