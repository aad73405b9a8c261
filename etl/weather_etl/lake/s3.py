"""Objects in an S3 bucket."""

import os
import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import urlsplit

from weather_etl.lake.foreign_keys import ForeignKeyError, entry_of, list_pages, problem_of
from weather_etl.lake.storage import (
    ANY,
    LARGEST,
    ConflictError,
    Entry,
    Found,
    SourceMissingError,
    TooLargeError,
    UnreachableError,
)
from weather_etl.lake.transport import ATTEMPTS, FIRST_PAUSE_S, first_line, pauses, repeatable, repeated

_IN_FLIGHT: Final = 128
"""Requests at a time of one process.

The four of a Glue worker have 512 in flight, 5,120 a second at the 100 ms that S3 names for small objects; it
serves 5,500 a second and prefix before it scales out (S3 performance guidelines)."""
_KEYS_A_TASK: Final = 8
"""Objects that a thread fetches at a stretch, at most: each hand-over costs as much CPU as a fetch."""
_CREDENTIALS_FOR: Final = timedelta(minutes=5)
"""How long credentials are used before boto3 is asked again: it renews them at the latest ten minutes before
their end, and S3 answers old ones with an error that is not tried again."""
BYTES_IN_FLIGHT: Final = 48 * 1024 * 1024
"""Bytes of objects that have been asked for and not yet been decoded; a single object may exceed it."""
_BYTES_A_TASK: Final = 1024 * 1024
_TASKS_AHEAD: Final = 2 * _IN_FLIGHT
"""Stretches begun before the oldest is awaited: bounds the memory while one object is slow."""

_ADDRESS: Final = re.compile(r"https?://[^/\s:]+(:\d{1,5})?(/|$)")


class S3Storage:
    """A bucket, or a prefix in one, through obstore: many requests in flight at little CPU each.

    Credentials come from the ordinary AWS chain (boto3, if it is there, which knows profiles, roles and Glue;
    else the environment).  AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL redirects to another server.

    Longer than 200 lines: it is one `Storage`, and each operation stands whole, lost answers included.
    """

    def __init__(self, url: str, region: str = "") -> None:
        parts = urlsplit(url)
        self.bucket = parts.netloc
        self.prefix = parts.path.strip("/")
        self.url = f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        self.region = region
        self.requests = 0
        if not self.bucket:
            raise SourceMissingError(f"{url} names no bucket")

    @property
    def _store(self) -> Any:  # noqa: ANN401 - obstore comes with the first use
        """The bucket in obstore, opened at first use."""
        return _open_s3(self.bucket, self.region, _endpoint(), os.environ.get("AWS_ACCESS_KEY_ID"))

    def _path(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _relative(self, path: str) -> str:
        return path[len(self.prefix) + 1 :] if self.prefix else path

    def check(self) -> None:
        """Raise `UnreachableError` if the bucket cannot be listed."""
        self.requests += 1
        try:
            repeated(
                lambda: next(iter(_obstore().list(self._store, self.prefix or None, chunk_size=1)), None)
            )
        except Exception as error:
            if _is_foreign(error):
                return  # it was listed, which is what is asked here
            raise UnreachableError(f"{self.url} cannot be listed: {first_line(error)}") from error

    def get(self, key: str) -> Found | None:
        """See `Storage.get`."""
        self.requests += 1
        try:
            result = repeated(lambda: _obstore().get(self._store, self._path(key)))
            return Found(bytes(result.bytes()), result.meta["e_tag"])
        except FileNotFoundError:
            return None
        except Exception as error:
            raise UnreachableError(f"{self.url}/{key} cannot be read: {first_line(error)}") from error

    def put(self, key: str, data: bytes, expect: str | None = ANY) -> str | None:
        """See `Storage.put`, by If-None-Match and If-Match; a lost answer is resolved by looking."""
        mode: Any = "create" if expect is None else "overwrite" if expect == ANY else {"e_tag": expect}
        failure: Exception | None = None
        for _ in pauses():
            self.requests += 1
            try:
                return self._put_once(key, data, mode)
            except Exception as error:
                failure = error
            if type(failure).__name__ in ("AlreadyExistsError", "PreconditionError", "FileNotFoundError"):
                if isinstance(failure, FileNotFoundError) and expect in (None, ANY):  # none was asked for
                    raise UnreachableError(
                        f"{self.url} cannot be written: {first_line(failure)}"
                    ) from failure
                found = self.get(key)
                if found and found.data == data:
                    return found.tag  # written by an attempt whose answer was lost
                if (found.tag if found else None) != expect:
                    raise ConflictError(f"{self.url}/{key} was changed by another run") from failure
            elif not repeatable(failure):
                break
        raise UnreachableError(
            f"{self.url}/{key} cannot be written: {first_line(failure or RuntimeError())}"
        ) from failure

    def _put_once(self, key: str, data: bytes, mode: Any) -> str | None:  # noqa: ANN401 - obstore's
        return _obstore().put(self._store, self._path(key), data, mode=mode, use_multipart=False)["e_tag"]

    def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        self.requests += 1
        try:
            repeated(lambda: _obstore().delete(self._store, self._path(key)))
        except FileNotFoundError:
            return
        except Exception as error:
            raise UnreachableError(f"{self.url}/{key} cannot be removed: {first_line(error)}") from error

    def folders(self, prefix: str) -> list[str]:
        """See `Storage.folders`."""
        self.requests += 1
        path = self._path(prefix)
        if problem_of(path.removesuffix("/")) is None or path == "":
            try:
                listed = repeated(
                    lambda: _obstore().list_with_delimiter(self._store, path.rstrip("/") or None)
                )
                return sorted(name.rstrip("/").rsplit("/", 1)[-1] for name in listed["common_prefixes"])
            except Exception as error:
                if not _is_foreign(error):
                    raise UnreachableError(f"{self.url} cannot be listed: {first_line(error)}") from error
        pages = list_pages(self.bucket, self.region, path, None, "/")
        found = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
        return sorted(name[len(path) : -1] for name in found)

    def objects(self, prefix: str, *, after: str | None = None, recursive: bool = True) -> Iterator[Entry]:
        """See `Storage.objects`, by ListObjectsV2 with StartAfter; a page that fails is asked for again."""
        last = self._path(after) if after is not None else None
        path = self._path(prefix)
        failures = 0
        while path == "" or problem_of(path.removesuffix("/")) is None:
            try:
                for page in self._pages(path.rstrip("/"), last, recursive=recursive):
                    self.requests += 1
                    for meta in page:
                        last = meta["path"]
                        yield self._entry(meta)
                    failures = 0
            except Exception as error:
                failures += 1
                if _is_foreign(error):
                    break
                if failures == ATTEMPTS or not repeatable(error):
                    raise UnreachableError(f"{self.url} cannot be listed: {first_line(error)}") from error
                time.sleep(FIRST_PAUSE_S * 2**failures)
            else:
                return
        base = f"{self.prefix}/" if self.prefix else ""
        for page in list_pages(self.bucket, self.region, path, last, "" if recursive else "/"):
            self.requests += 1
            for item in page.get("Contents", []):
                yield entry_of(item, base)

    def _pages(self, path: str, after: str | None, *, recursive: bool) -> Iterator[Any]:
        if recursive:
            return iter(_obstore().list(self._store, path or None, offset=after, chunk_size=1000))
        return iter([_obstore().list_with_delimiter(self._store, path or None)["objects"]])

    def _entry(self, meta: Any) -> Entry:  # noqa: ANN401 - a dictionary of obstore's
        modified = int(meta["last_modified"].timestamp() * 1000) * 1000
        return Entry(self._relative(meta["path"]), meta["size"], modified)

    def fetch(self, keys: Sequence[str], sizes: Sequence[int] = ()) -> Iterator[bytes | Exception]:
        """See `Storage.fetch`, by threads that wait in obstore (ADR 0012)."""
        store = self._store  # opened here, once, and not by many threads at the same time
        pool = ThreadPoolExecutor(_IN_FLIGHT)
        begun: deque[tuple[int, Future[list[bytes | Exception]]]] = deque()
        in_flight = 0
        try:
            for start, end in _stretches(len(keys), sizes):
                known = sizes[start:end]
                size = sum(min(one, LARGEST) for one in known)
                while begun and (len(begun) > _TASKS_AHEAD or in_flight + size > BYTES_IN_FLIGHT):
                    done, oldest = begun.popleft()
                    yield from oldest.result()
                    del oldest
                    in_flight -= done
                self.requests += end - start
                begun.append((size, pool.submit(self._fetch_some, store, keys[start:end], known)))
                in_flight += size
            while begun:
                yield from begun.popleft()[1].result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _fetch_some(
        self,
        store: Any,  # noqa: ANN401 - a store of obstore's
        keys: Sequence[str],
        sizes: Sequence[int],
    ) -> list[bytes | Exception]:
        found: list[bytes | Exception] = []
        for number, key in enumerate(keys):
            if sizes and sizes[number] > LARGEST:
                found.append(TooLargeError(sizes[number]))
                continue
            try:
                found.append(self._fetch_one(store, key))
            except Exception as error:  # any failure makes this one object unreadable
                found.append(error)
        return found

    def _fetch_one(self, store: Any, key: str) -> bytes:  # noqa: ANN401
        path = self._path(key)
        if problem := problem_of(path):
            raise ForeignKeyError(problem)
        try:
            return bytes(_obstore().get(store, path).bytes())
        except Exception as error:
            # S3 answers 403 for an object that is missing to whoever may not list the whole bucket.
            if type(error).__name__ == "PermissionDeniedError" and not self._is_listed(path):
                raise FileNotFoundError(f"{key} is gone: it is refused and no longer listed") from None
            if not repeatable(error):
                raise
        return bytes(repeated(lambda: _obstore().get(store, path)).bytes())

    def _is_listed(self, path: str) -> bool:
        """Return whether a listing still names an object; if it cannot be listed, yes."""
        folder = path.rpartition("/")[0]
        try:
            pages = _obstore().list(self._store, folder or None, offset=path[:-1], chunk_size=50)
            found = (meta["path"] for page in pages for meta in page)
            return next((name for name in found if name >= path), None) == path
        except Exception:  # a look that fails proves nothing
            return True


def _stretches(count: int, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of what one thread fetches at a time: some small objects, or a large one."""
    most = max(1, min(_KEYS_A_TASK, count // _IN_FLIGHT))
    start = 0
    while start < count:
        end, total = start + 1, sizes[start] if sizes else 0
        while end < count and end - start < most and total <= _BYTES_A_TASK:
            total += sizes[end] if sizes else 0
            end += 1
        yield start, end
        start = end


def _is_foreign(error: Exception) -> bool:
    """Return whether a listing was answered, with a key that obstore cannot express or parse."""
    text = str(error)[:300]
    return (
        type(error).__name__ == "InvalidPathError"
        or "invalid path" in text
        or "invalid list response" in text
    )


def _obstore() -> Any:  # noqa: ANN401 - its overloads are partly unknown to type checkers
    """Import obstore at first use: runs on folders do without it."""
    import obstore

    return obstore


def _endpoint() -> str | None:
    """Return the address of a server that stands for S3, if the environment names one.

    Raises:
        UnreachableError: it is no address; obstore, which reads the environment too, would end the process.
    """
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        address = os.environ.get(name)
        if address is not None and not _ADDRESS.match(address):
            raise UnreachableError(
                f"{name}={address} is no address such as http://127.0.0.1:4566; unset it, or mend it"
            )
        if address:
            return address
    return None


def _region_here(endpoint: str | None) -> str:
    """Return the region of the environment or of the AWS configuration.

    Raises:
        UnreachableError: there is none.  A guess would be answered by a redirect that says nothing.
    """
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        with suppress(ImportError):
            import boto3

            region = cast("Any", boto3).Session().region_name
    if not region and not endpoint:
        raise UnreachableError("no AWS region is known: set AWS_REGION, or give --region")
    return region or "us-east-1"  # a server that stands for S3 asks for any


@lru_cache(maxsize=16)
def _open_s3(bucket: str, region: str, endpoint: str | None, access_key: str | None) -> Any:  # noqa: ANN401 - see above
    """Open a bucket once, so that the sites of a run share its connections."""
    from obstore.store import S3Store

    options: dict[str, Any] = {
        "region": region or _region_here(endpoint),
        "retry_config": {"max_retries": 10},  # exponential backoff with jitter on throttling and 5xx
    }
    if endpoint:
        options["endpoint"] = endpoint
        options["client_options"] = {"allow_http": endpoint.startswith("http://")}
    if not access_key:
        with suppress(ImportError):
            from obstore.auth.boto3 import Boto3CredentialProvider

            options["credential_provider"] = Boto3CredentialProvider(ttl=_CREDENTIALS_FOR)
    return cast("Any", S3Store)(bucket, **options)


os.register_at_fork(after_in_child=_open_s3.cache_clear)  # a store's threads do not live on in a child
