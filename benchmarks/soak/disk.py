"""Faults of a disk, put into a run: the system's calls answer with an error number."""

import errno
import io
import mmap
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_CALLS: Final = {
    "write": (Path, "write_bytes"),
    "half": (Path, "write_bytes"),
    "rename": (Path, "replace"),
    "remove": (Path, "unlink"),
    "mkdir": (os, "mkdir"),
    "list": (os, "scandir"),
    "read": (Path, "read_bytes"),
    "message": (os, "open"),
    "lock": (io, "open"),
}


@dataclass(frozen=True)
class DiskRule:
    """Which calls fail, and how.

    Attributes:
        operation: a name of `_CALLS`; half writes half and then fails.
        path: of the files, a regular expression.
        error: name of the error number.
        skip: how many of them are left alone first.
        hits: how many of them fail.
    """

    operation: str
    path: str
    error: str
    skip: int = 0
    hits: int = 1


class Shared:
    """A count that parent and children share."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)

    @property
    def count(self) -> int:
        """The number."""
        return struct.unpack("q", self._shared[:8])[0]

    @count.setter
    def count(self, value: int) -> None:
        self._shared[:8] = struct.pack("q", value)


def install(rule: DiskRule, given: Shared) -> None:
    """Put a fault into this process."""
    seen = [0]

    def fails(path: Any) -> bool:
        if not re.search(rule.path, os.fspath(path) if not isinstance(path, int) else ""):
            return False
        seen[0] += 1
        if seen[0] <= rule.skip or given.count >= rule.hits:
            return False
        given.count += 1
        return True

    owner, name = _CALLS[rule.operation]
    function = getattr(owner, name)

    def call(path: Any, *rest: Any, **named: Any) -> Any:
        if fails(rest[0] if rule.operation == "rename" else path):
            if rule.operation == "half":
                function(path, rest[0][: len(rest[0]) // 2])
            number = getattr(errno, rule.error)
            raise OSError(number, os.strerror(number), os.fspath(path))
        return function(path, *rest, **named)

    setattr(owner, name, call)
