"""Where objects lie: one interface over a local folder and an S3 bucket, and the raw lake of messages on it.

Sources and targets are both opened with `open_storage`; `LakeSource` lists what is new in a source.
"""

from weather_etl.lake.layout import misplaced
from weather_etl.lake.local import LocalStorage
from weather_etl.lake.opening import open_storage
from weather_etl.lake.source import OVERLAP_US, LakeSource, RawObject, RawObjects, Window, refusal
from weather_etl.lake.storage import (
    ANY,
    LARGEST,
    ConflictError,
    Entry,
    Found,
    SourceMissingError,
    Storage,
    TooLargeError,
    UnreachableError,
)

__all__ = [
    "ANY",
    "LARGEST",
    "OVERLAP_US",
    "ConflictError",
    "Entry",
    "Found",
    "LakeSource",
    "LocalStorage",
    "RawObject",
    "RawObjects",
    "SourceMissingError",
    "Storage",
    "TooLargeError",
    "UnreachableError",
    "Window",
    "misplaced",
    "open_storage",
    "refusal",
]
