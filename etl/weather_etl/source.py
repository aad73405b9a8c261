"""The raw lake as the run sees it: sites, and the objects of a site that are new.

A site is the first folder below the source.  The moment at which an object entered the lake is in its key,
`{epoch_ms}.json` as the IoT rule writes it; keys of any other form fall back to LastModified.
"""

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple

from weather_etl.escape import escape
from weather_etl.storage import LocalStorage, SourceMissingError, Storage

OVERLAP_US: Final = 10 * 60 * 1_000_000
"""How far before the watermark listing begins: objects may land a little later than their key says."""

_LONGEST_NAME: Final = 255 - len("site=")
"""What file systems allow a name, less what a dataset's folder begins with."""

_EPOCH_MS: Final = re.compile(r"(\d{13})(?=\D|$)")


class RawObject(NamedTuple):
    """One object of the lake: key below the source, and ingest time in microseconds UTC."""

    key: str
    ingest_us: int


@dataclass(frozen=True)
class Window:
    """What a run reads of a site: ingest times in [since_us, until_us), without keys that are known."""

    since_us: int | None
    until_us: int
    known: frozenset[str] = frozenset()


class Source:
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
            SourceMissingError: the source cannot be listed, or a site's datasets could have no folder.
        """
        names = [name for name in self.storage.folders("") if not _hidden(name)]
        found = {name: f"{name}/" for name in names}
        if any(not _hidden(entry.key) for entry in self.storage.objects("", None, recursive=False)):
            if self._own_name in found:
                raise SourceMissingError(
                    f"{self.storage.url} holds messages and a folder of its own name; "
                    "point --source at one of them"
                )
            found[self._own_name] = ""
        if wrong := [name for name in found if not _names_a_folder(name)]:
            raise SourceMissingError(
                f"{self.storage.url} holds folders that cannot name a site, being no text or longer than "
                f"{_LONGEST_NAME} bytes with everything but letters and digits escaped: "
                f"{', '.join(map(ascii, wrong))}"
            )
        return dict(sorted(found.items()))

    def new_objects(self, prefix: str, window: Window, excluded: Collection[str] = ()) -> list[RawObject]:
        """Return the objects of a site that lie in the window, by ingest time and key.

        Args:
            prefix: of the site, from `sites`.
            window: ingest times wanted.
            excluded: keys that an operator has excluded.
        """
        after = None if window.since_us is None else f"{prefix}{window.since_us // 1000:013d}"
        since = -math.inf if window.since_us is None else window.since_us
        found = [raw for raw in self._listed(prefix, after) if since <= raw.ingest_us < window.until_us]
        for left_out in (window.known, excluded):
            if left_out:
                found = [raw for raw in found if raw.key not in left_out]
        found.sort(key=itemgetter(1, 0))
        return found

    def _listed(self, prefix: str, after: str | None) -> Iterator[RawObject]:
        storage = self.storage
        for entry in storage.objects(prefix, after, recursive=prefix != ""):
            name = entry.key[len(prefix) :]
            ingest = ingest_of(name)
            if ingest is None:
                if _hidden(name) or entry.key.endswith("/"):
                    continue
                local = isinstance(storage, LocalStorage)
                try:
                    ingest = storage.modified_us(entry.key) if local else entry.modified_us
                except FileNotFoundError:  # gone since it was listed: renamed when it was whole
                    continue
            yield RawObject(entry.key, ingest)


def ingest_of(name: str) -> int | None:
    """Return the ingest time in microseconds that a key's last segment states, or None if it states none."""
    match = _EPOCH_MS.match(name, name.rfind("/") + 1)
    return int(match[1]) * 1000 if match else None


def _names_a_folder(site: str) -> bool:
    try:
        site.encode()
    except UnicodeEncodeError:
        return False
    return len(escape(site)) <= _LONGEST_NAME


def _hidden(name: str) -> bool:
    """Tell markers and leftovers that begin with a dot or underscore; Hive and Spark ignore them too."""
    return any(segment[:1] in (".", "_") for segment in name.split("/") if segment)
