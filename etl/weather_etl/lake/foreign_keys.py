"""Keys that S3 allows and obstore cannot express: listed with boto3, and never asked for.

Clients normalise paths, so `a//b` or `a/./b` would fetch another object than the one that was listed.
"""

import os
import re
from collections.abc import Iterator
from typing import Any, Final, cast

from weather_etl.lake.storage import Entry, UnreachableError

_FOREIGN: Final = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\x00-\x1f\x7f]")


class ForeignKeyError(Exception):
    """An object has a key that no request of this program can name."""


def problem_of(path: str) -> str | None:
    """Return why a path cannot be expressed, or None if it can."""
    found = _FOREIGN.search(path)
    if found is None:
        return None
    what = "a control character" if found[0].strip("/.") else "an empty, '.' or '..' segment"
    return f"its key has {what}; store it under another key, or exclude it (weather accept --exclude)"


def list_pages(
    bucket: str, region: str, prefix: str, after: str | None, delimiter: str = ""
) -> Iterator[dict[str, Any]]:
    """Yield the pages of ListObjectsV2.

    Raises:
        UnreachableError: boto3 is not there, or the bucket cannot be listed.
    """
    try:
        import boto3
    except ImportError:
        raise UnreachableError(
            f"s3://{bucket}/{prefix} holds keys that only boto3 can list, and it is not installed"
        ) from None
    client = cast("Any", boto3).client("s3", region_name=region or os.environ.get("AWS_REGION"))
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, StartAfter=after or "", Delimiter=delimiter
    )
    try:
        yield from pages
    except Exception as error:
        raise UnreachableError(f"s3://{bucket}/{prefix} cannot be listed: {error}") from error


def entry_of(item: dict[str, Any], prefix: str) -> Entry:
    """Return an object of a page as an entry, its key below a prefix."""
    modified = int(item["LastModified"].timestamp() * 1000) * 1000
    return Entry(item["Key"].removeprefix(prefix), item["Size"], modified)
