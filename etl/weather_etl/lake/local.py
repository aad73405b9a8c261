"""Objects in a local folder."""

import errno
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from weather_etl.lake.foreign_keys import ForeignKeyError
from weather_etl.lake.storage import (
    ANY,
    LARGEST,
    ConflictError,
    Entry,
    Found,
    SourceMissingError,
    TooLargeError,
)

_READ_AT_ONCE: Final = 1 << 16
_TEMPORARY: Final = re.compile(r"\..+\.[0-9a-f]{12}")


class LocalStorage:
    """A folder.  Writes go to a temporary file beside the target and are renamed over it."""

    def __init__(self, root: str) -> None:
        self.root = Path(root).expanduser().absolute()
        self.url = str(self.root)
        self.requests = 0

    def check(self) -> None:
        """Raise `SourceMissingError` if the folder is not there."""
        if not self.root.is_dir():
            raise SourceMissingError(f"{self.root} is not a folder")

    def path(self, key: str) -> Path:
        """Return the path of a key."""
        return self.root / key

    def get(self, key: str) -> Found | None:
        """See `Storage.get`."""
        try:
            return Found(self.path(key).read_bytes(), ANY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:  # so it cannot be there
                return None
            raise

    def put(self, key: str, data: bytes, expect: str | None = ANY) -> str | None:
        """See `Storage.put`; the expectation is the caller's lock."""
        path = self.path(key)
        if expect is None and path.exists():
            raise ConflictError(f"{path} exists already")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError as error:  # of a full disk the system does not say which
            raise OSError(error.errno, error.strerror, str(path)) from error
        finally:
            temporary.unlink(missing_ok=True)
        return ANY

    def delete(self, key: str) -> None:
        """See `Storage.delete`; folders that become empty go too, as they would on S3."""
        path = self.path(key)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            for parent in path.parents:
                if parent == self.root:
                    break
                parent.rmdir()

    def leftovers(self, prefix: str) -> list[str]:
        """Return the keys of the temporary files in a folder: of writes that go on, or were cut short."""
        try:
            with os.scandir(self.path(prefix)) as entries:
                return sorted(prefix + entry.name for entry in entries if _TEMPORARY.fullmatch(entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def folders(self, prefix: str) -> list[str]:
        """See `Storage.folders`."""
        try:
            with os.scandir(self.path(prefix)) as entries:
                return sorted(entry.name for entry in entries if _is_folder(entry))
        except FileNotFoundError:
            return []
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return []
            raise

    def objects(self, prefix: str, *, after: str | None = None, recursive: bool = True) -> Iterator[Entry]:
        """See `Storage.objects`; size and time, -1 here, are looked up only where they matter."""
        folder = self.root / prefix
        try:
            entries = os.scandir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return
        below: list[str] = []
        with entries:
            for entry in entries:
                key = prefix + entry.name
                if _is_folder(entry):
                    below.append(key + "/")
                elif (after is None or key > after) and _may_be_read(entry):
                    yield Entry(key, -1, -1)
        if recursive:
            for inner in sorted(below):
                yield from self.objects(inner, after=after)

    def modified_us(self, key: str) -> int:
        """Return when a file, or a link that leads nowhere, was last modified, microseconds UTC."""
        path = self.path(key)
        try:
            return path.stat().st_mtime_ns // 1000
        except OSError:
            return path.lstat().st_mtime_ns // 1000

    def fetch(self, keys: Sequence[str], sizes: Sequence[int] = ()) -> Iterator[bytes | Exception]:
        """See `Storage.fetch`: plain reads, which the page cache serves faster than any pool of threads."""
        del sizes  # a file says its size when it is opened
        root = str(self.root)
        for key in keys:
            try:
                key.encode()
                yield _read_file(f"{root}/{key}")
            except UnicodeEncodeError:
                yield ForeignKeyError("its name is not text in UTF-8; rename it, or exclude it")
            except (OSError, TooLargeError) as error:
                yield error


def _may_be_read(entry: os.DirEntry[str]) -> bool:
    """Tell files from pipes and devices, which may never end; a link that leads nowhere fails when read."""
    try:
        return entry.is_file() or not Path(entry.path).exists()
    except OSError:  # a link to itself
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell folders; a link to one above it is none, since all there is would be found again and again."""
    try:
        if not entry.is_dir():
            return False
    except OSError:  # a link to itself
        return False
    return not (
        entry.is_symlink() and Path(entry.path).parent.resolve().is_relative_to(os.path.realpath(entry.path))
    )


def _read_file(path: str) -> bytes:
    """Read a file by system calls: 3.6 us for a small one, where `open` needs 6 and `Path.open` 20."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        data = os.read(descriptor, _READ_AT_ONCE)
        if len(data) < _READ_AT_ONCE:
            return data
        if (size := os.fstat(descriptor).st_size) > LARGEST:
            raise TooLargeError(size)
        parts = [data]
        while data := os.read(descriptor, _READ_AT_ONCE):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(descriptor)
