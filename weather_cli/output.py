"""The folder a demo copies its datasets to.

Every demo fills it anew, and never at the cost of files that no demo wrote.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weather_cli.errors import UsageError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MARKER: Final = ".weather-demo.json"
"""File that says which files of a folder a demo wrote."""


def claim(folder: Path) -> None:
    """Make a folder that a demo may write into, and remove from it what an older demo wrote.

    Raises:
        UsageError: see `written`.
    """
    old = written(folder)
    for path in old:
        path.unlink(missing_ok=True)
    if old:
        (folder / MARKER).unlink()
        _remove_empty_folders(folder)


def written(folder: Path) -> list[Path]:
    """Make a folder if it is not there, and return what an older demo wrote into it.

    Raises:
        UsageError: the folder holds files and no demo wrote them, is not a folder or cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"{folder} is not a folder; name another with --output") from None
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}; name another with --output") from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{folder} cannot be written to; name another with --output")
    marker = folder / MARKER
    if not marker.is_file():
        if any(folder.iterdir()):
            raise UsageError(f"{folder} holds files that no demo wrote; name another folder with --output")
        return []
    try:
        files = [folder / name for name in json.loads(marker.read_text(encoding="utf-8"))["files"]]
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{marker} is damaged; remove {folder}, or name another with --output") from None
    if any(folder.resolve() not in path.resolve().parents for path in files):
        raise UsageError(
            f"{marker} names files outside of its folder; remove it, or name another with --output"
        )
    return files


def download(s3: "S3Client", bucket: str, folder: Path, besides: Sequence[str] = ()) -> list[str]:
    """Copy every object of a bucket into a folder that was claimed, and return the keys.

    Args:
        s3: boto3 client of S3.
        bucket: name of the bucket.
        folder: where to; created if it is missing.
        besides: files that the caller will add, which the next demo clears too.
    """
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [item["Key"] for page in pages for item in page.get("Contents", []) if "Key" in item]
    folder.mkdir(parents=True, exist_ok=True)
    # The marker comes first: an interrupted copy can be cleared by the next demo too.
    (folder / MARKER).write_text(json.dumps({"files": [*keys, *besides]}, indent=1), encoding="utf-8")
    for key in keys:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return keys


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files that `download` was told of."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _remove_empty_folders(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
