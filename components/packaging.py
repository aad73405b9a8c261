"""The job's code as it is uploaded: the same bytes for the same files, under a key that holds their hash.

Nothing is compressed: two builds of zlib give two results for the same input, and a laptop and CI would
replace each other's package in turn.
"""

import hashlib
import io
import os
import re
import tempfile
import zipfile
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold

_PIN = re.compile(r"(?P<pin>[A-Za-z0-9._-]+==[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]*?))?\s*\\?")
_MARKER = re.compile(r"python_(?:full_)?version\s*(<|>=)\s*'(\d+)\.(\d+)'")


def short_hash(content: bytes) -> str:
    """Return the first twelve hex digits of a content's SHA-256."""
    return hashlib.sha256(content).hexdigest()[:12]


def package_zip(*packages: Path) -> bytes:
    """Return Python packages as one zip for ``--extra-py-files``: sorted, without times.

    Args:
        packages: the packages' folders; each becomes a top folder of the zip.

    Raises:
        FileNotFoundError: a folder holds no Python package.
    """
    files: list[tuple[str, Path]] = []
    for package in packages:
        if not (package / "__init__.py").is_file():
            raise FileNotFoundError(f"{package} is not a Python package")
        files += [
            (path.relative_to(package.parent).as_posix(), path)
            for path in package.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def keep(content: bytes, folder: Path, name: str) -> Path:
    """Write a content once into a build folder, for an asset that needs a file, and return its path.

    Two programs may do so at once: the file appears complete or not at all.
    """
    path = folder / short_hash(content) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    return path


def pinned_modules(requirements: str, python: tuple[int, int]) -> list[str]:
    """Return the pins of a requirements file that hold for a Python version, as ``name==version``.

    Args:
        requirements: text as ``uv export`` writes it; hashes are left out, Glue's installer cannot take them.
        python: major and minor version of the Python the job runs on.

    Raises:
        ValueError: a marker is of a form this function does not know.
    """
    pins: list[str] = []
    for line in requirements.splitlines():
        match = _PIN.fullmatch(line.strip())
        if match and (not match["marker"] or _holds(match["marker"], python)):
            pins.append(match["pin"])
    return pins


def _holds(marker: str, python: tuple[int, int]) -> bool:
    match = _MARKER.fullmatch(marker.strip())
    if match is None:
        raise ValueError(f"unknown environment marker {marker!r}")
    limit = (int(match[2]), int(match[3]))
    return python < limit if match[1] == "<" else python >= limit
