"""The catalogue: the database and the tables of the datasets.

Pulumi owns the tables; a run of the job owns their partitions.  The crawler owns the raw table.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from components.naming import Names

TABLES_FILE = Path(__file__).parent.parent / "etl" / "weather_etl" / "datasets" / "tables.json"
"""The contract of the datasets, shared with the job as data."""


@dataclass(frozen=True)
class CatalogArgs:
    """What the catalogue needs to know.

    Attributes:
        names: names of the stack.
        processed_bucket: bucket of the datasets.
        tables: parsed ``tables.json``.
    """

    names: Names
    processed_bucket: str
    tables: Mapping[str, Any]


class Catalog(pulumi.ComponentResource):
    """The catalogue database and one table per dataset."""

    database: aws.glue.CatalogDatabase
    tables: dict[str, aws.glue.CatalogTable]
    database_name: pulumi.Output[str]

    def __init__(self, name: str, args: CatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weather:index:Catalog", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.database = aws.glue.CatalogDatabase(
            f"{name}-database",
            name=args.names.database,
            description="Raw telemetry of weather stations and the datasets made from it",
            opts=child,
        )
        self.tables = {
            table: aws.glue.CatalogTable(
                f"{name}-{table}",
                name=table,
                database_name=self.database.name,
                description=spec["description"],
                table_type="EXTERNAL_TABLE",
                parameters={
                    "classification": "csv",
                    "skip.header.line.count": "1",
                    "typeOfData": "file",
                },
                partition_keys=[
                    aws.glue.CatalogTablePartitionKeyArgs(
                        name=column["name"], type=column["type"], comment=comment(column)
                    )
                    for column in spec["partitions"]
                ],
                storage_descriptor=storage(args.processed_bucket, table, spec),
                opts=child,
            )
            for table, spec in args.tables.items()
        }
        self.database_name = self.database.name
        self.register_outputs({"databaseName": self.database_name})


def load_tables() -> dict[str, Any]:
    """Return the contract of the dataset tables."""
    return json.loads(TABLES_FILE.read_text(encoding="utf-8"))


def storage(bucket: str, table: str, spec: Mapping[str, Any]) -> aws.glue.CatalogTableStorageDescriptorArgs:
    """Return where and how a dataset is stored.

    LazySimpleSerDe reads plain CSV with types; OpenCSVSerDe would take an empty number for an error.

    Args:
        bucket: bucket of the datasets.
        table: name of the table, which is also its top folder.
        spec: the table's entry of ``tables.json``.
    """
    return aws.glue.CatalogTableStorageDescriptorArgs(
        location=f"s3://{bucket}/{table}/",
        input_format="org.apache.hadoop.mapred.TextInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        columns=[
            aws.glue.CatalogTableStorageDescriptorColumnArgs(
                name=column["name"], type=column["type"], comment=comment(column)
            )
            for column in spec["columns"]
        ],
        ser_de_info=aws.glue.CatalogTableStorageDescriptorSerDeInfoArgs(
            serialization_library="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            parameters={"field.delim": ",", "serialization.null.format": ""},
        ),
    )


def comment(column: Mapping[str, Any]) -> str:
    """Return a column's comment with its unit, cut at Glue's limit of 255 characters."""
    unit = column.get("unit")
    return (f"{column['comment']} [{unit}]" if unit else str(column["comment"]))[:255]
