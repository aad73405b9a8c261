"""The kinds of storage faults: operations times what may go wrong with them, as data."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.soak.disk import DiskRule
from benchmarks.soak.server import Rule

FOR_EVER: Final = 10**9
DATASETS: Final = "(observations|hourly|daily|weekly|sensor_weeks|parquet|presets)"


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        place: name of the target.
        operation: what the run was doing.
        fault: what went wrong.
        rule: which requests or calls fail.
        switched: outputs are switched between the two runs, so that files are removed.
        bucket: the lake lies in S3 as well.
        second: the fault needs the second run.
    """

    place: str
    operation: str
    fault: str
    rule: Rule | DiskRule
    switched: bool = False
    bucket: bool = False
    second: bool = False

    @property
    def name(self) -> str:
        """Of the kind, in one line."""
        return f"{self.place}: {self.operation}: {self.fault}"

    @property
    def frequent(self) -> bool:
        """Whether a run does it so often that the fault may as well come at the fourth time."""
        return ("file" in self.operation or "message" in self.operation) and "gone" not in self.fault


# ---- S3 and Glue

_OPERATIONS: Final = {
    # operation: (requests, names of faults, switched, bucket, second)
    "list the sites": (Rule("GET", "^/lake", query="delimiter"), "read list", "bucket"),
    "list messages": (Rule("GET", "^/lake", query="list-type", without="delimiter"), "read list", "bucket"),
    "list messages, next page": (Rule("GET", "^/lake", query="continuation-token"), "read list", "bucket"),
    "read a message": (Rule("GET", "^/lake/raw/"), "read message", "bucket"),
    "read a published file": (Rule("GET", f"^/out/p/{DATASETS}/"), "read", "second"),
    "read the watermark": (Rule("GET", "^/out/p/_state/watermark"), "read", "second"),
    "write a new file": (Rule("PUT", f"^/out/p/{DATASETS}/", header="If-None-Match"), "write create", ""),
    "replace a file": (Rule("PUT", f"^/out/p/{DATASETS}/", header="If-Match"), "write match", "second"),
    "write summary and manifest": (Rule("PUT", "^/out/p/_runs/"), "write", ""),
    "write the quarantine": (Rule("PUT", "^/out/p/quarantine/"), "write", ""),
    "write the watermark": (Rule("PUT", "^/out/p/_state/watermark"), "write create match", ""),
    "write the publication's note": (Rule("PUT", "^/out/p/_state/publication"), "write", ""),
    "take the lease": (Rule("PUT", "^/out/p/_state/lease"), "write create", ""),
    "remove a file": (
        Rule("DELETE|POST", f"^/out/p/{DATASETS}/|^/out/?$"),
        "write remove",
        "switched second",
    ),
    "give the lease back": (Rule("DELETE|POST", "^/out/p/_state/lease|^/out/?$"), "write remove", ""),
    "register partitions": (Rule("POST", "^BatchCreatePartition$"), "glue batch", ""),
    "read a table of the catalogue": (Rule("POST", "^GetTable$"), "glue", ""),
    "read the catalogue's partitions": (Rule("POST", "^GetPartitions$"), "glue", "switched second"),
}

_FAULTS: Final = {
    # fault: (where it may happen, what the server does)
    "connection reset before the answer": ("read write glue", {"action": "reset"}),
    "answer lost after it took effect": ("write batch", {"action": "lost"}),
    "connection broken in the answer's body": ("read", {"action": "cut"}),
    "half a document, said to be whole": ("list", {"action": "xml"}),
    "no answer for 40 s": ("message list write", {"action": "stall"}),
    "500 InternalError": ("read write", {"action": "status", "status": 500}),
    "503 SlowDown": ("read write", {"action": "status", "status": 503, "code": "SlowDown"}),
    "429 TooManyRequests": ("read write", {"action": "status", "status": 429, "code": "TooManyRequests"}),
    "400 RequestTimeout": ("read write", {"action": "status", "status": 400, "code": "RequestTimeout"}),
    "400 BadDigest": ("create match", {"action": "status", "status": 400, "code": "BadDigest"}),
    "400 ExpiredToken, for the whole run": (
        "read write", {"action": "status", "status": 400, "code": "ExpiredToken", "hits": FOR_EVER}),
    "403 AccessDenied, for the whole run": (
        "read write", {"action": "status", "status": 403, "code": "AccessDenied", "hits": FOR_EVER}),
    "403 AccessDenied, once": (
        "message", {"action": "status", "status": 403, "code": "AccessDenied", "hits": 1}),
    "404 NoSuchKey, once": ("message", {"action": "status", "status": 404, "code": "NoSuchKey", "hits": 1}),
    "403 for an object that is gone": ("message", {"action": "vanish", "hits": 1}),
    "409 ConditionalRequestConflict": (
        "create match", {"action": "status", "status": 409, "code": "ConditionalRequestConflict"}),
    "412 PreconditionFailed": (
        "create match", {"action": "status", "status": 412, "code": "PreconditionFailed"}),
    "refused for some of the keys, in a 200": ("remove", {"action": "undone"}),
    "ThrottlingException": ("glue", {"action": "status", "status": 400, "code": "ThrottlingException"}),
    "InternalServiceException": (
        "glue", {"action": "status", "status": 500, "code": "InternalServiceException"}),
    "AccessDeniedException, for the whole run": (
        "glue", {"action": "status", "status": 400, "code": "AccessDeniedException", "hits": FOR_EVER}),
    "half of the batch done": ("batch", {"action": "partial"}),
}  # fmt: skip
_STALLED: Final = ("read a message", "list messages", "write a new file", "write the watermark")
"""Operations that are left without an answer: each costs half a minute."""


def s3_kinds() -> Iterator[Kind]:
    """Yield the kinds of faults of S3 and Glue."""
    for operation, (rule, groups, needs) in _OPERATIONS.items():
        for fault, (where, change) in _FAULTS.items():
            if not set(where.split()) & set(groups.split()):
                continue
            if change["action"] == "stall" and operation not in _STALLED:
                continue
            special = {"path": "ghost"} if change["action"] == "vanish" else {}
            yield Kind(
                "S3", operation, fault, replace(rule, **change, **special),
                switched="switched" in needs, bucket="bucket" in needs, second="second" in needs,
            )  # fmt: skip


# ---- folders

_TARGET: Final = "/target/"
_CALLS: Final = {
    # operation: (call, path, error numbers, what the fault needs)
    "write a staged file": ("write half", "/weather-stage-", "ENOSPC EIO", ""),
    "write a dataset file": ("write half", f"{_TARGET}{DATASETS}/", "ENOSPC EDQUOT EIO EACCES EROFS", ""),
    "write summary and manifest": ("write half", f"{_TARGET}_runs/", "ENOSPC EIO EROFS", ""),
    "write the watermark": ("write half", f"{_TARGET}_state/.watermark", "ENOSPC EIO EACCES", ""),
    "write the publication's note": ("write half", f"{_TARGET}_state/.publication", "ENOSPC EIO", ""),
    "rename a dataset file": ("rename", f"{_TARGET}{DATASETS}/", "EIO ENOSPC EACCES EROFS", ""),
    "rename the watermark": ("rename", f"{_TARGET}_state/watermark", "EIO EACCES", ""),
    "rename the summary": ("rename", f"{_TARGET}_runs/.*summary", "EIO", ""),
    "remove a file": (
        "remove",
        f"{_TARGET}{DATASETS}/[^.]*/[^.]",
        "EIO EACCES EBUSY EROFS",
        "switched second",
    ),
    "make a folder": ("mkdir", f"{_TARGET}{DATASETS}/", "ENOSPC EACCES EMLINK", ""),
    "read a published file": ("read", f"{_TARGET}{DATASETS}/", "EIO EACCES EMFILE ESTALE", "second"),
    "read the watermark": ("read", f"{_TARGET}_state/watermark", "EIO ESTALE EACCES", "second"),
    "read a staged file": ("read", "/weather-stage-", "EIO", ""),
    "read a message": ("message", "/lake/", "EIO EACCES EMFILE ESTALE", ""),
    "list a folder of the lake": ("list", "/lake/", "EIO ESTALE EMFILE", ""),
    "take the lock": ("lock", f"{_TARGET}_state/.lock", "ENOLCK EROFS", ""),
}


def folder_kinds() -> Iterator[Kind]:
    """Yield the kinds of faults of folders."""
    for operation, (calls, path, errors, needs) in _CALLS.items():
        for error in errors.split():
            for call in calls.split():
                if call == "half" and error not in ("ENOSPC", "EIO"):
                    continue
                fault = f"{error} after half of it" if call == "half" else error
                yield Kind(
                    "folder", operation, fault, DiskRule(call, path, error),
                    switched="switched" in needs, second="second" in needs,
                )  # fmt: skip


def every_kind() -> tuple[Kind, ...]:
    """Return the kinds of faults of both places."""
    return (*folder_kinds(), *s3_kinds())
