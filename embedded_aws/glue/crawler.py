"""Glue crawls: each in a thread, reading objects and writing the catalogue through the API, as its role."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from embedded_aws.faults import Faults
from embedded_aws.glue.inference import Table, infer

_JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_BATCH = 100  # partitions per BatchCreatePartition
_POLL = 0.02  # seconds


@dataclass
class Crawl:
    """One crawl.

    Attributes:
        crawler: the crawler's name.
        role: role ARN the crawl acts as.
        started: start, UTC.
        status: `RUNNING`, `STOPPING`, `SUCCEEDED`, `FAILED` or `CANCELLED`.
        error: message of a failed crawl.
        stale: GetCrawler calls that still show the crawler idle, with the crawl before this one.
        tables: what was inferred.
    """

    crawler: str
    role: str
    started: datetime
    status: str = "RUNNING"
    error: str | None = None
    ended: datetime | None = None
    stale: int = 0
    tables: list[Table] = field(default_factory=list[Table])
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class CrawlRunner:
    """Runs crawls; no thread of it is alive when `close` returns.

    Args:
        client: (service, principal) -> boto3 client.
        faults: how crawls go.
        now: clock, UTC.
    """

    def __init__(
        self, client: Callable[[str, str], Any], faults: Faults, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._faults = faults
        self._now = now
        self._crawls: list[Crawl] = []

    def start(self, crawl: Crawl, description: Mapping[str, Any]) -> None:
        """Start a crawl of a crawler described as GetCrawler does."""
        fault = self._faults.take_crawl()
        crawl.stale = fault.stale
        crawl.thread = threading.Thread(
            target=self._work,
            args=(crawl, description, fault.seconds, fault.error),
            name=f"crawl-{crawl.crawler}",
            daemon=True,
        )
        self._crawls.append(crawl)
        crawl.thread.start()

    def close(self) -> None:
        """Stop everything and wait for it."""
        for crawl in self._crawls:
            crawl.stop.set()
        for crawl in self._crawls:
            if crawl.thread is not None:
                crawl.thread.join(timeout=10)
        self._crawls.clear()

    def _work(
        self, crawl: Crawl, description: Mapping[str, Any], seconds: float, failure: str | None
    ) -> None:
        end, error = "SUCCEEDED", None
        try:
            crawl.stop.wait(None if seconds == float("inf") else seconds)
            if failure is not None and not crawl.stop.is_set():
                end, error = "FAILED", failure
            elif not crawl.stop.is_set():
                self._crawl(crawl, description)
        except Exception as problem:  # the crawl's own outcome, shown by GetCrawler
            end, error = "FAILED", f"{type(problem).__name__}: {problem}"
        crawl.error = error
        crawl.ended = self._now()
        crawl.status = "CANCELLED" if crawl.stop.is_set() else end

    def _crawl(self, crawl: Crawl, description: Mapping[str, Any]) -> None:
        configuration = json.loads(description.get("Configuration") or "{}")
        level = configuration.get("Grouping", {}).get("TableLevelConfiguration")
        for target in description["Targets"].get("S3Targets", []):
            bucket, _, prefix = target["Path"].removeprefix("s3://").partition("/")
            table = infer(
                bucket,
                prefix,
                self._keys(crawl, bucket, prefix),
                lambda key, bucket=bucket: self._read(crawl, bucket, key),
                sample=target.get("SampleSize"),
                exclusions=target.get("Exclusions") or (),
                table_level=int(level) if level else None,
            )
            crawl.tables.append(table)
            if table.columns and not crawl.stop.is_set():
                self._write(crawl, description, table)

    def _keys(self, crawl: Crawl, bucket: str, prefix: str) -> Iterator[str]:
        below = prefix.strip("/") + "/" if prefix.strip("/") else ""
        pages = self._client("s3", crawl.role).get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=below):
            for item in page.get("Contents", []):
                if crawl.stop.is_set():
                    return
                yield item["Key"]

    def _read(self, crawl: Crawl, bucket: str, key: str) -> bytes:
        return bytes(self._client("s3", crawl.role).get_object(Bucket=bucket, Key=key)["Body"].read())

    def _write(self, crawl: Crawl, description: Mapping[str, Any], table: Table) -> None:
        glue = self._client("glue", crawl.role)
        database = description["DatabaseName"]
        name = (description.get("TablePrefix") or "") + table.name
        table_input: dict[str, Any] = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                "classification": "json",
                "compressionType": "none",
                "typeOfData": "file",
                "objectCount": str(table.objects),
                "UPDATED_BY_CRAWLER": crawl.crawler,
                "CrawlerSchemaDeserializerVersion": "1.0",
                "CrawlerSchemaSerializerVersion": "1.0",
            },
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partition_keys],
            "StorageDescriptor": _storage(table, table.location),
        }
        try:
            existing = glue.get_table(DatabaseName=database, Name=name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            glue.create_table(DatabaseName=database, TableInput=table_input)
        else:
            policy: Mapping[str, str] = description.get("SchemaChangePolicy") or {}
            if policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE":
                _keep_columns(table_input, existing)
                glue.update_table(DatabaseName=database, TableInput=table_input)
        self._partitions(glue, database, name, table)

    def _partitions(self, glue: Any, database: str, name: str, table: Table) -> None:
        known: set[tuple[str, ...]] = set()
        with contextlib.suppress(glue.exceptions.EntityNotFoundException):
            for page in glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=name):
                known |= {tuple(item["Values"]) for item in page["Partitions"]}
        new = [
            {"Values": list(values), "StorageDescriptor": _storage(table, location)}
            for values, location in table.partitions.items()
            if values not in known
        ]
        for start in range(0, len(new), _BATCH):
            glue.batch_create_partition(
                DatabaseName=database, TableName=name, PartitionInputList=new[start : start + _BATCH]
            )


def _storage(table: Table, location: str) -> dict[str, Any]:
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in table.columns.items()],
        "Location": location,
        "InputFormat": _INPUT,
        "OutputFormat": _OUTPUT,
        "Compressed": False,
        "SerdeInfo": {
            "SerializationLibrary": _JSON_SERDE,
            "Parameters": {"paths": ",".join(sorted(table.columns))},
        },
    }


def _keep_columns(table_input: dict[str, Any], existing: Mapping[str, Any]) -> None:
    """A crawl adds columns and widens types; a column that this crawl did not see stays."""
    columns = table_input["StorageDescriptor"]["Columns"]
    seen = {column["Name"] for column in columns}
    for column in existing["StorageDescriptor"].get("Columns", []):
        if column["Name"] not in seen:
            columns.append({"Name": column["Name"], "Type": column["Type"]})
