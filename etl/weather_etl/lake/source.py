"""The raw lake as the run sees it: sites, and the objects of a site that are new.

A site is the first folder below the source.  The moment at which an object entered the lake is in its key,
`{epoch_ms}.json` as the IoT rule writes it; keys of any other form fall back to LastModified.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, overload

import numpy as np

from weather_etl.core import IntArray, escape_name
from weather_etl.lake.local import LocalStorage
from weather_etl.lake.storage import Entry, SourceMissingError, Storage

OVERLAP_US: Final = 10 * 60 * 1_000_000
"""How far before the watermark listing begins: objects may land a little later than their key says."""

_LONGEST_NAME: Final = 255 - len("site=")
"""What file systems allow a name, less what a dataset's folder begins with."""

_EPOCH_MS: Final = re.compile(r"(\d{13})(?=\D|$)")


class RawObject(NamedTuple):
    """One object of the lake: key below the source, and ingest time in microseconds UTC."""

    key: str
    ingest_us: int


class RawObjects(Sequence[RawObject]):
    """Objects of a site, in columns: they take half the memory of as many tuples.

    Attributes:
        keys: below the source.
        ingest_us: of each, microseconds UTC.
        sizes: of each, bytes; -1: not known.
    """

    __slots__ = ("ingest_us", "keys", "sizes")

    def __init__(
        self,
        keys: Sequence[str] = (),
        ingest_us: Iterable[int] | IntArray = (),
        sizes: Iterable[int] | IntArray | None = None,
    ) -> None:
        self.keys = keys
        self.ingest_us = np.asarray(ingest_us, dtype=np.int64)
        unknown = np.full(len(keys), -1, dtype=np.int64)
        self.sizes = unknown if sizes is None else np.asarray(sizes, dtype=np.int64)

    def sorted(self) -> "RawObjects":
        """Return the same objects by ingest time and key."""
        order = np.argsort(self.ingest_us)
        if (np.diff(self.ingest_us[order]) == 0).any():
            order = np.lexsort((np.array(self.keys, dtype=object), self.ingest_us))
        rows: list[int] = order.tolist()
        return RawObjects([self.keys[row] for row in rows], self.ingest_us[order], self.sizes[order])

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> RawObject: ...
    @overload
    def __getitem__(self, index: slice) -> "RawObjects": ...
    def __getitem__(self, index: int | slice) -> "RawObject | RawObjects":
        if isinstance(index, slice):
            return RawObjects(self.keys[index], self.ingest_us[index], self.sizes[index])
        return RawObject(self.keys[index], int(self.ingest_us[index]))

    def __iter__(self) -> Iterator[RawObject]:
        return map(RawObject, self.keys, self.ingest_us.tolist())


@dataclass(frozen=True)
class Window:
    """What a run reads of a site: ingest times in [since_us, until_us), without keys that are known."""

    since_us: int | None
    until_us: int
    known: frozenset[str] = frozenset()


class LakeSource:
    """A lake of raw objects.

    Args:
        storage: where it is.  A folder that holds messages itself and no folders is one site, named after it.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        name = storage.url.rstrip("/").rsplit("/", 1)[-1]
        self._own_name = name

    def sites(self) -> dict[str, str]:
        """Return {site: prefix}, sorted by site.

        Raises:
            SourceMissingError: messages lie beside a folder that has the source's own name.
        """
        found = {name: f"{name}/" for name in self.storage.folders("") if not _hidden(name)}
        if any(not _hidden(entry.key) for entry in self.storage.objects("", recursive=False)):
            if self._own_name in found:
                raise SourceMissingError(
                    f"{self.storage.url} holds messages and a folder of its own name; "
                    "point --source at one of them"
                )
            found[self._own_name] = ""
        return dict(sorted(found.items()))

    def first_key(self, prefix: str) -> str | None:
        """Return the key of some message below a prefix, the first that is listed; None if there is none."""
        keys = (entry.key for entry in self.storage.objects(prefix))
        return next((key for key in keys if not _hidden(key[len(prefix) :])), None)

    def new_objects(self, prefix: str, window: Window, excluded: Collection[str] = ()) -> RawObjects:
        """Return the objects of a site that lie in the window, by ingest time and key.

        Args:
            prefix: of the site, from `sites`.
            window: ingest times wanted.
            excluded: keys that an operator has excluded.
        """
        after = None if window.since_us is None else f"{prefix}{window.since_us // 1000:013d}"
        since, until = (-math.inf if window.since_us is None else window.since_us), window.until_us
        left_out = window.known.union(excluded)
        keys: list[str] = []
        ingests: list[int] = []
        sizes: list[int] = []
        for entry in self.storage.objects(prefix, after=after, recursive=prefix != ""):
            key = entry.key
            ingest = ingest_of(key)
            if ingest is None:
                ingest = self._landed(entry, prefix)
            if ingest is not None and since <= ingest < until and key not in left_out:
                keys.append(key)
                ingests.append(ingest)
                sizes.append(entry.size)
        return RawObjects(keys, ingests, sizes).sorted()

    def _landed(self, entry: Entry, prefix: str) -> int | None:
        """Return when an object whose key does not say so was last modified; None if it is not a message."""
        if _hidden(entry.key[len(prefix) :]) or entry.key.endswith("/"):
            return None
        if not isinstance(self.storage, LocalStorage):
            return entry.modified_us
        try:
            return self.storage.modified_us(entry.key)
        except FileNotFoundError:  # gone since it was listed: renamed when it was whole
            return None


def ingest_of(name: str) -> int | None:
    """Return the ingest time in microseconds that a key's last segment states, or None if it states none."""
    match = _EPOCH_MS.match(name, name.rfind("/") + 1)
    return int(match[1]) * 1000 if match else None


def refusal(site: str) -> str | None:
    """Return why the objects of a site cannot be used, or None if they can."""
    try:
        site.encode()
    except UnicodeEncodeError:
        return f"the name of the site, {site!a}, is not text"
    if len(escape_name(site)) > _LONGEST_NAME:
        return (
            f"the name of the site is longer than {_LONGEST_NAME} bytes with everything but letters and "
            "digits escaped, so its datasets could have no folder"
        )
    return None


def _hidden(name: str) -> bool:
    """Tell markers and leftovers that begin with a dot or underscore; Hive and Spark ignore them too."""
    return any(segment[:1] in (".", "_") for segment in name.split("/") if segment.strip("."))
