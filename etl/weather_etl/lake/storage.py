"""What the run needs of a place that holds objects, and the errors that such a place may raise.

Writes may carry an expectation, so that two runs cannot overwrite each other's work unseen: on S3 it is
If-None-Match / If-Match, in a local folder the run's lock stands for it.  Keys are relative to the storage's
root and use `/`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of an object that are read at most; a message has some hundred, a day's batch some million."""
ANY: Final = "*"
"""Expectation: whatever is there now may be replaced."""


class ConflictError(Exception):
    """Another run wrote the object since it was read."""


class SourceMissingError(Exception):
    """The address is wrong: no such folder, or none that this program understands."""


class TooLargeError(Exception):
    """An object is larger than `LARGEST`; the argument is its size in bytes.  Nothing of it has been read."""


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

    def objects(self, prefix: str, *, after: str | None = None, recursive: bool = True) -> Iterator[Entry]:
        """Yield the objects below a prefix ("" or ending in a slash).

        Args:
            prefix: where to look.
            after: only keys that sort behind this one; a hint that saves listing, the caller still checks.
            recursive: also those in folders below.
        """
        ...

    def fetch(self, keys: Sequence[str], sizes: Sequence[int] = ()) -> Iterator[bytes | Exception]:
        """Yield the contents of many objects in the order of their keys; an object that fails yields why.

        Args:
            keys: of the objects.
            sizes: of each as listed, in bytes, so that memory is bounded and what is too large is not read;
                -1 or left out: not known.
        """
        ...
