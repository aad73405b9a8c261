"""Files that a person names: samples of messages and profiles, one by one, by folder, or standard input."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from weather_cli.errors import UsageError

GUESSES = "_guesses"
"""Member of a profile that holds what `weather profiles new` guessed and nobody has confirmed."""


@dataclass(frozen=True)
class Sample:
    """A file with messages.

    Attributes:
        name: of the file, as a key would end with it.
        path: where it lies; None for standard input.
        body: its bytes.
    """

    name: str
    path: Path | None
    body: bytes


def samples(words: Iterable[str]) -> Iterator[Sample]:
    """Yield the files that were named: a file, each file below a folder, or `-` for standard input.

    Raises:
        UsageError: one is not there or cannot be read, or a folder holds none.
    """
    for word in words:
        if word == "-":
            yield Sample("stdin", None, sys.stdin.buffer.read())
            continue
        path = Path(word)
        paths = sorted(_below(path)) if path.is_dir() else [path]
        if not paths:
            raise UsageError(f"{path} holds no files", "name a file with a message, or - to read from a pipe")
        for file in paths:
            yield Sample(file.name, file, _read(file))


def profile_files(words: Iterable[str]) -> list[Path]:
    """Return the profile files that were named: a file, or every `*.json` of a folder.

    Raises:
        UsageError: one is not there, or a folder holds none.
    """
    files: list[Path] = []
    for path in map(Path, words):
        found = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not found:
            raise UsageError(f"--profiles {path} holds no *.json", "weather profiles new SAMPLE begins one")
        if not found[0].exists():
            raise UsageError(f"--profiles {path} cannot be read: there is no such file or folder")
        files += found
    return files


def unconfirmed(files: Iterable[Path]) -> list[str]:
    """Return a warning for each profile with guesses that nobody has confirmed."""
    warnings: list[str] = []
    for file in files:
        guesses = _guesses(file)
        if guesses:
            warnings.append(
                f"{file} holds {len(guesses)} guesses that nobody has confirmed "
                f"({', '.join(guesses)}): delete each from {GUESSES} when you have looked"
            )
    return warnings


def _guesses(file: Path) -> dict[str, Any]:
    try:
        document: Any = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}  # told where profiles are checked
    held: Any = cast("dict[str, Any]", document).get(GUESSES) if isinstance(document, dict) else None
    return cast("dict[str, Any]", held) if isinstance(held, dict) else {}


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part[0] in "._" for part in parts):
            yield path


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "check the path") from error
