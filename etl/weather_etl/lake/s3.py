"""Objects in an S3 bucket."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import urlsplit

from weather_etl.lake.storage import ANY, ConflictError, Entry, Found, SourceMissingError, UnreachableError

_IN_FLIGHT: Final = 128
"""Requests at a time of one process.

The four of a Glue worker have 512 in flight, 5,120 a second at the 100 ms that S3 names for small objects; it
serves 5,500 a second and prefix before it scales out (S3 performance guidelines)."""
_KEYS_A_TASK: Final = 8
"""Objects that a thread fetches at a stretch, at most: each hand-over costs as much CPU as a fetch."""
_CREDENTIALS_FOR: Final = timedelta(minutes=5)
"""How long credentials are used before boto3 is asked again: it renews them at the latest ten minutes before
their end, and S3 answers old ones with an error that is not tried again."""
_TASKS_AHEAD: Final = 2 * _IN_FLIGHT
"""Stretches begun before the oldest is awaited: bounds the memory while one object is slow."""


class S3Storage:
    """A bucket, or a prefix in one, through obstore: many requests in flight at little CPU each.

    Credentials come from the ordinary AWS chain (boto3, if it is there, which knows profiles, roles and Glue;
    else the environment).  AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL redirects to another server.
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

    def objects(self, prefix: str, *, after: str | None = None, recursive: bool = True) -> Iterator[Entry]:
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


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
