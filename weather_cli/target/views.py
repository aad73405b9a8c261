"""A target opened in DuckDB: a view per dataset, typed, whether it lies in a folder or in a bucket."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, cast

import duckdb
from weather_etl.datasets import views
from weather_etl.datasets.tables import Table, tables
from weather_etl.lake import LocalStorage, Storage

from weather_cli.target.place import Target

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    AbstractFileSystem = object  # fsspec ships no types
else:
    from fsspec import AbstractFileSystem

_PROTOCOL: Final = "weather"


def connect(target: Target) -> "DuckDBPyConnection":
    """Return a connection with the views `observations`, `hourly`, `daily` and `weekly`, times in UTC."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    local = isinstance(target.storage, LocalStorage)
    if not local:
        connection.register_filesystem(cast("Any", _Files(target.storage)))
    for name, table in tables().items():
        if not target.storage.folders(f"{name}/"):
            connection.execute(views.empty_view(table))
        elif local:
            pattern = f"{target.url}/{name}{'/*' * len(table.partitions)}/{name}.csv*"
            connection.execute(views.view(table, _text(pattern)))
        else:
            connection.execute(_listed(table, (file.key for file in target.files(name))))
    return connection


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
    found = storage.get(key)
    if found is None:
        raise FileNotFoundError(key)
    return found.data
