"""From an address to the storage behind it."""

import re
from typing import Final

from weather_etl.lake.local import LocalStorage
from weather_etl.lake.s3 import S3Storage
from weather_etl.lake.storage import SourceMissingError, Storage

_S3_SLIP: Final = re.compile(r"(?:s3[an]?:/*|https?://s3\.amazonaws\.com/)", re.IGNORECASE)
"""Beginnings that mean a bucket to people or to Hadoop, and nothing here."""


def open_storage(url: str, *, region: str = "", must_exist: bool = False) -> Storage:
    """Open `s3://bucket[/prefix]` or a local folder.

    Args:
        url: the address.
        region: of a bucket; empty takes that of the environment or of the AWS configuration.
        must_exist: whether to look at once if it is there.

    Raises:
        SourceMissingError: it is not an address, or `must_exist` and the folder is not there.
        UnreachableError: `must_exist`, and the bucket cannot be listed.
    """
    if url.startswith("s3://"):
        store = S3Storage(url, region)
    elif slip := _S3_SLIP.match(url):
        raise SourceMissingError(f"{url} is no address; did you mean s3://{url[slip.end() :]}?")
    elif "://" in url and not url.startswith("file://"):
        raise SourceMissingError(f"{url} is neither a local folder nor s3://bucket/prefix")
    else:
        store = LocalStorage(url.removeprefix("file://"))
    if must_exist:
        store.check()
    return store
