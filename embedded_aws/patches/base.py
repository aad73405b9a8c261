"""What a patch is: a function that replaces attributes of moto's, and remembers what was there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from embedded_aws.delivery import Delivery
from embedded_aws.glue.crawler import CrawlRunner
from embedded_aws.glue.jobs import JobRunner
from embedded_aws.records import Pace

MOTO_VERSION: Final = "5.2.5"
"""Version of moto that the patches were written against."""


@dataclass(frozen=True)
class PatchContext:
    """What the patches hand work to.

    Attributes:
        endpoint: URL of the server.
        account: account id.
        region: region.
        pace: how fast things go.
        key_of: access key that stands for a principal.
        jobs: runs jobs.
        crawls: runs crawls.
        delivery: delivers events.
        now: clock, UTC.
        client: (service, principal) -> boto3 client.
    """

    endpoint: str
    account: str
    region: str
    pace: Pace
    key_of: Callable[[str], str]
    jobs: JobRunner
    crawls: CrawlRunner
    delivery: Delivery
    now: Callable[[], datetime]
    client: Callable[[str, str], Any]


class Patches:
    """Attributes that were replaced, to be put back in reverse order."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def set(self, owner: Any, name: str, value: object) -> Any:
        """Replace an attribute; return what was there (None if the owner itself had nothing)."""
        missing: Any = object()
        old: Any = cast("dict[str, Any]", vars(owner)).get(name, missing)
        if old is missing:
            self._undo.append(lambda: delattr(owner, name))
        else:
            self._undo.append(lambda: setattr(owner, name, old))
        setattr(owner, name, value)
        return None if old is missing else old

    def undo_with(self, action: Callable[[], None]) -> None:
        """Run `action` when the patches are taken back."""
        self._undo.append(action)

    def restore(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()


Patch = Callable[[Patches, PatchContext], None]
PATCHES: Final[dict[str, Patch]] = {}


def patch(function: Patch) -> Patch:
    """Register a patch under its name."""
    PATCHES[function.__name__] = function
    return function
