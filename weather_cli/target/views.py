"""A target opened in DuckDB: a view per dataset, typed, whether it lies in a folder or in a bucket."""

import gzip
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, cast

import duckdb
from weather_etl.datasets import Table, partitions, tables, views
from weather_etl.lake import LocalStorage, Storage
from weather_report import Target

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    AbstractFileSystem = object  # fsspec ships no types
else:
    from fsspec import AbstractFileSystem

_PROTOCOL: Final = "weather"


def connect(target: Target, query: str) -> "DuckDBPyConnection":
    """Return a connection with a view of each dataset, times in UTC.

    Args:
        target: where the datasets are.
        query: that will be asked; whether files have the columns of today is looked at where it names them.
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    local = isinstance(target.storage, LocalStorage)
    if not local:
        connection.register_filesystem(cast("Any", _Files(target.storage)))
    for name, table in tables().items():
        if not target.storage.folders(f"{name}/"):
            connection.execute(views.empty_view(table))
        elif local:
            pattern = _text(f"{target.url}/{name}{'/*' * len(table.partitions)}/{name}.csv*")
            same = name not in query or _as_today(target, table)
            connection.execute((views.view if same else views.view_by_name)(table, pattern))
        else:
            connection.execute(_listed(table, (file.key for file in target.files(name))))
    return connection


def _as_today(target: Target, table: Table) -> bool:
    """Return whether every file of a dataset in a folder has the columns of today, in their order."""
    header = table.header().encode() + b"\n"
    for file in target.files(table.name):
        with open(f"{target.url}/{file.key}", "rb") as lines:  # noqa: PTH123  a third of the time for thousands
            plain = gzip.GzipFile(fileobj=lines) if file.key.endswith(".gz") else lines
            if plain.read(len(header)) != header:
                return False
    return True


def _listed(table: Table, keys: Iterable[str]) -> str:
    """Return the view of files by name: a query still reads only the partitions that it asks for."""
    files = [_text(f"{_PROTOCOL}://{key}") for key in keys]
    return views.view(table, f"[{', '.join(files)}]") if files else views.empty_view(table)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class _Files(AbstractFileSystem):
    """The objects of a bucket as files for DuckDB, through the storage that runs use too.

    DuckDB's own way to S3 is an extension that it downloads at run time, and knows other credentials.
    """

    protocol = _PROTOCOL
    cachable = False

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        # Size and content are asked for one after the other, by as many threads as DuckDB has.
        self._data = lru_cache(maxsize=256)(partial(_content, storage))

    def open(self, path: str, mode: str = "rb", **_options: Any) -> io.BytesIO:  # noqa: ANN401
        """Open an object; partitions are small, so it is read whole."""
        del mode
        return io.BytesIO(self._data(_key(path)))

    def info(self, path: str, **_options: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return name, size and kind of an object."""
        return {"name": path, "size": len(self._data(_key(path))), "type": "file"}

    def modified(self, path: str) -> datetime:
        """Return one time for all: an object is read once."""
        del path
        return datetime.fromtimestamp(0, UTC)

    def exists(self, path: str, **_options: Any) -> bool:  # noqa: ANN401
        """Return True: only keys that were listed are asked for."""
        del path
        return True

    def glob(self, path: str, **_options: Any) -> list[str]:  # noqa: ANN401
        """Return the name itself: the views name files, not patterns."""
        return [path]


def _key(path: str) -> str:
    return path.removeprefix(f"{_PROTOCOL}://").lstrip("/")


def _content(storage: Storage, key: str) -> bytes:
    """Return a file of a dataset with the columns of today, of whatever version it is."""
    found = storage.get(key)
    if found is None:
        raise FileNotFoundError(key)
    table = tables()[key.split("/", 1)[0]]
    plain = partitions.plain(found.data)
    if plain.startswith(table.header().encode() + b"\n"):
        return found.data
    again = partitions.write_csv(partitions.read_csv(plain, table), table.header())
    return partitions.compressed(again) if key.endswith(".gz") else again
