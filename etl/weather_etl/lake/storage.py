"""Where objects live: a local folder or an S3 bucket, behind one small interface.

Writes may carry an expectation, so that two runs cannot overwrite each other's work unseen: on S3 it is
If-None-Match / If-Match, in a local folder the run's lock stands for it.  Keys are relative to the storage's
root and use `/`.
"""

import os
import secrets
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, cast
from urllib.parse import urlsplit

_IN_FLIGHT: Final = 128
"""Requests at a time of one process.

The four of a Glue worker have 512 in flight, 5,120 a second at the 100 ms that S3 names for small objects; it
serves 5,500 a second and prefix before it scales out (S3 performance guidelines)."""
_KEYS_A_TASK: Final = 8
"""Objects that a thread fetches at a stretch, at most: each hand-over costs as much CPU as a fetch."""
_TASKS_AHEAD: Final = 2 * _IN_FLIGHT
"""Stretches begun before the oldest is awaited: bounds the memory while one object is slow."""
_READ_AT_ONCE: Final = 1 << 16
ANY: Final = "*"
"""Expectation: whatever is there now may be replaced."""


class ConflictError(Exception):
    """Another run wrote the object since it was read."""


class SourceMissingError(Exception):
    """The address is wrong: no such folder, or none that this program understands."""


class UnreachableError(Exception):
    """A bucket does not answer, does not exist or may not be listed."""


class Entry(NamedTuple):
    """One listed object: its key below the root, size in bytes and LastModified in microseconds UTC."""

    key: str
    size: int
    modified_us: int


@dataclass(frozen=True, slots=True)
class Found:
    """The content of an object and the tag of this version (`ANY` where versions have no names)."""

    data: bytes
    tag: str | None


class Storage(Protocol):
    """What the run needs of a place that holds objects."""

    url: str
    requests: int

    def get(self, key: str) -> Found | None:
        """Return an object, or None if there is none."""
        ...

    def put(self, key: str, data: bytes, expect: str | None = ANY) -> str | None:
        """Write an object whole or not at all and return its tag.

        Args:
            key: where.
            data: content.
            expect: `ANY`, None (there must be none yet) or the tag of the version to replace.

        Raises:
            ConflictError: the expectation does not hold.
            UnreachableError: there is no such bucket.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that does not exist is fine."""
        ...

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly below a prefix ("" or ending in a slash), sorted."""
        ...

    def objects(self, prefix: str, after: str | None, recursive: bool) -> Iterator[Entry]:
        """Yield the objects below a prefix ("" or ending in a slash).

        Args:
            prefix: where to look.
            after: only keys that sort behind this one; a hint that saves listing, the caller still checks.
            recursive: also those in folders below.
        """
        ...

    def fetch(self, keys: Sequence[str]) -> Iterator[bytes | Exception]:
        """Yield the contents of many objects in the order of their keys; an object that fails yields why."""
        ...


def open_storage(url: str, must_exist: bool = False) -> Storage:
    """Open `s3://bucket[/prefix]` or a local folder.

    Raises:
        SourceMissingError: it is not an address, or `must_exist` and the folder is not there.
        UnreachableError: `must_exist`, and the bucket cannot be listed.
    """
    if url.startswith("s3://"):
        store = S3Storage(url)
    elif "://" in url and not url.startswith("file://"):
        raise SourceMissingError(f"{url} is neither a local folder nor s3://bucket/prefix")
    else:
        store = LocalStorage(url.removeprefix("file://"))
    if must_exist:
        store.check()
    return store


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

    def folders(self, prefix: str) -> list[str]:
        """See `Storage.folders`."""
        try:
            with os.scandir(self.path(prefix)) as entries:
                return sorted(entry.name for entry in entries if _is_folder(entry))
        except FileNotFoundError:
            return []

    def objects(self, prefix: str, after: str | None, recursive: bool) -> Iterator[Entry]:
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
                yield from self.objects(inner, after, recursive=True)

    def modified_us(self, key: str) -> int:
        """Return when a file, or a link that leads nowhere, was last modified, microseconds UTC."""
        path = self.path(key)
        try:
            return path.stat().st_mtime_ns // 1000
        except OSError:
            return path.lstat().st_mtime_ns // 1000

    def fetch(self, keys: Sequence[str]) -> Iterator[bytes | Exception]:
        """See `Storage.fetch`: plain reads, which the page cache serves faster than any pool of threads."""
        root = str(self.root)
        for key in keys:
            try:
                yield _read_file(f"{root}/{key}")
            except OSError as error:
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
        parts = [data]
        while data := os.read(descriptor, _READ_AT_ONCE):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(descriptor)


class S3Storage:
    """A bucket, or a prefix in one, through obstore: many requests in flight at little CPU each.

    Credentials come from the ordinary AWS chain (boto3, if it is there, which knows profiles, roles and Glue;
    else the environment).  AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL redirects to another server.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.bucket = parts.netloc
        self.prefix = parts.path.strip("/")
        self.url = f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        self.requests = 0
        if not self.bucket:
            raise SourceMissingError(f"{url} names no bucket")

    @property
    def _store(self) -> Any:  # noqa: ANN401 - obstore comes with the first use
        """The bucket in obstore, opened at first use."""
        return _open_s3(self.bucket, _endpoint(), os.environ.get("AWS_ACCESS_KEY_ID"))

    def _path(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _relative(self, path: str) -> str:
        return path[len(self.prefix) + 1 :] if self.prefix else path

    def check(self) -> None:
        """Raise `UnreachableError` if the bucket cannot be listed."""
        self.requests += 1
        try:
            next(iter(_obstore().list(self._store, self.prefix or None, chunk_size=1)), None)
        except Exception as error:
            raise UnreachableError(f"{self.url} cannot be listed: {_first_line(error)}") from error

    def get(self, key: str) -> Found | None:
        """See `Storage.get`."""
        self.requests += 1
        try:
            result = _obstore().get(self._store, self._path(key))
        except FileNotFoundError:
            return None
        return Found(bytes(result.bytes()), result.meta["e_tag"])

    def put(self, key: str, data: bytes, expect: str | None = ANY) -> str | None:
        """See `Storage.put`, by If-None-Match and If-Match."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        self.requests += 1
        mode: Any = "create" if expect is None else "overwrite" if expect == ANY else {"e_tag": expect}
        try:
            result = _obstore().put(self._store, self._path(key), data, mode=mode, use_multipart=False)
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            if isinstance(error, FileNotFoundError) and expect in (None, ANY):  # no object was asked for
                raise UnreachableError(f"{self.url} cannot be written: {_first_line(error)}") from error
            raise ConflictError(f"{self.url}/{key} was changed by another run") from error
        return result["e_tag"]

    def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        self.requests += 1
        with suppress(FileNotFoundError):
            _obstore().delete(self._store, self._path(key))

    def folders(self, prefix: str) -> list[str]:
        """See `Storage.folders`."""
        self.requests += 1
        listed = _obstore().list_with_delimiter(self._store, self._path(prefix).rstrip("/") or None)
        return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in listed["common_prefixes"])

    def objects(self, prefix: str, after: str | None, recursive: bool) -> Iterator[Entry]:
        """See `Storage.objects`, by ListObjectsV2 with StartAfter."""
        path = self._path(prefix).rstrip("/")
        if not recursive:
            self.requests += 1
            yield from map(self._entry, _obstore().list_with_delimiter(self._store, path or None)["objects"])
            return
        offset = self._path(after) if after is not None else None
        for page in _obstore().list(self._store, path or None, offset=offset, chunk_size=1000):
            self.requests += 1
            yield from map(self._entry, page)

    def _entry(self, meta: Any) -> Entry:  # noqa: ANN401 - a dictionary of obstore's
        modified = int(meta["last_modified"].timestamp() * 1000) * 1000
        return Entry(self._relative(meta["path"]), meta["size"], modified)

    def fetch(self, keys: Sequence[str]) -> Iterator[bytes | Exception]:
        """See `Storage.fetch`, by threads that wait in obstore (ADR 0012)."""
        store = self._store  # opened here, once, and not by many threads at the same time
        size = max(1, min(_KEYS_A_TASK, len(keys) // _IN_FLIGHT))
        pool = ThreadPoolExecutor(_IN_FLIGHT)
        begun: deque[Future[list[bytes | Exception]]] = deque()
        try:
            for start in range(0, len(keys), size):
                some = keys[start : start + size]
                self.requests += len(some)
                begun.append(pool.submit(self._fetch_some, store, some))
                if len(begun) > _TASKS_AHEAD:
                    yield from begun.popleft().result()
            while begun:
                yield from begun.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _fetch_some(self, store: Any, keys: Sequence[str]) -> list[bytes | Exception]:  # noqa: ANN401
        get = _obstore().get
        found: list[bytes | Exception] = []
        for key in keys:
            try:
                found.append(bytes(get(store, self._path(key)).bytes()))
            except Exception as error:  # any failure makes this one object unreadable
                found.append(error)
        return found


def _obstore() -> Any:  # noqa: ANN401 - its overloads are partly unknown to type checkers
    """Import obstore at first use: runs on folders do without it."""
    import obstore

    return obstore


def _endpoint() -> str | None:
    """Return the address of a server that stands for S3, if the environment names one."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")


@lru_cache(maxsize=16)
def _open_s3(bucket: str, endpoint: str | None, access_key: str | None) -> Any:  # noqa: ANN401 - see above
    """Open a bucket once, so that the sites of a run share its connections."""
    from obstore.store import S3Store

    options: dict[str, Any] = {
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        "retry_config": {"max_retries": 10},  # exponential backoff with jitter on throttling and 5xx
    }
    if endpoint:
        options["endpoint"] = endpoint
        options["client_options"] = {"allow_http": endpoint.startswith("http://")}
    if not access_key:
        with suppress(ImportError):
            from obstore.auth.boto3 import Boto3CredentialProvider

            options["credential_provider"] = Boto3CredentialProvider()
    return cast("Any", S3Store)(bucket, **options)


os.register_at_fork(after_in_child=_open_s3.cache_clear)  # a store's threads do not live on in a child


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
