"""The datasets and the documents of runs in one place, a folder or a bucket."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from weather_etl.datasets import Table, tables
from weather_etl.lake import Storage
from weather_etl.runs import Progress, no_progress


@dataclass(frozen=True)
class File:
    """A partition's file: its key and the values of its partition keys, in path order."""

    key: str
    values: tuple[str, ...]


class Target:
    """The datasets and the documents of runs in one place.

    Args:
        storage: of the place.

    Attributes:
        progress: told of each file that was read, as ("files", files so far, 0).
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.url = storage.url
        self.progress: Progress = no_progress
        self._files_read = 0

    def count_file(self) -> None:
        """Say that one more file has been read."""
        self._files_read += 1
        self.progress("files", self._files_read, 0)

    def sites(self) -> list[str]:
        """Return the sites that have a dataset, as they are escaped in keys."""
        found: set[str] = set()
        for name, table in tables().items():
            if table.partitions[0] != "site":
                continue
            found.update(_value(folder) for folder in self.storage.folders(f"{name}/") if "=" in folder)
        return sorted(found)

    def files(self, dataset: str, site: str | None = None, since: str = "") -> Iterator[File]:
        """Yield the files of a dataset, of one site or all, from a value of the last partition key on.

        Args:
            dataset: name of the dataset.
            site: as escaped in keys; None: every site. A dataset that is not parted by site has all in one.
            since: first value wanted, a date, month, week or year as the dataset has them; "" for all.
        """
        table = tables()[dataset]
        prefixes = [f"{dataset}/"]
        if table.partitions[0] == "site":
            sites = [site] if site is not None else [_value(f) for f in self.storage.folders(f"{dataset}/")]
            prefixes = [f"{dataset}/site={name}/" for name in sites]
        for prefix in prefixes:
            after = f"{prefix}{table.partitions[-1]}={since}" if since else None
            for entry in sorted(self.storage.objects(prefix, after=after)):
                file = _file(table, entry.key)
                if file is not None and file.values[-1] >= since:
                    yield file

    def run_ids(self) -> list[str]:
        """Return the ids of the runs that left documents."""
        return self.storage.folders("_runs/")

    @cached_property
    def summaries(self) -> list[dict[str, Any]]:
        """The summaries of all runs, the newest window last; a damaged one is left out."""
        keys = [f"_runs/{run}/summary.json" for run in self.run_ids()]
        found = [_json(data) for data in self.storage.fetch(keys) if isinstance(data, bytes)]
        return sorted((one for one in found if one), key=_order)

    @cached_property
    def errors(self) -> list[dict[str, Any]]:
        """The error records of executions that failed, the newest last."""
        keys = [entry.key for entry in self.storage.objects("errors/")]
        found = [_json(data) for data in self.storage.fetch(keys) if isinstance(data, bytes)]
        return sorted((one for one in found if one), key=lambda one: str(one.get("failedAt") or ""))

    def manifest(self, run_id: str) -> dict[str, Any] | None:
        """Return the manifest of a run, or None if it left none."""
        return self.document(f"_runs/{run_id}/manifest.json")

    def document(self, key: str) -> dict[str, Any] | None:
        """Return a JSON document, or None if there is none that can be read."""
        found = self.storage.get(key)
        return None if found is None else _json(found.data)


def _file(table: Table, key: str) -> File | None:
    """Return the partition of a key, or None where it is not a file of the dataset."""
    parts = key.removesuffix(".gz").split("/")
    if len(parts) != 2 + len(table.partitions) or parts[-1] != f"{table.name}.csv":
        return None
    return File(key, tuple(_value(part) for part in parts[1:-1]))


def _value(folder: str) -> str:
    return folder.partition("=")[2]


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(data)
    except ValueError:
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None


def _order(summary: Mapping[str, Any]) -> tuple[str, str]:
    return str(summary.get("window", {}).get("until") or ""), str(summary.get("run_id") or "")
