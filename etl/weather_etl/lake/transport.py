"""Requests to S3 repeated for as long as that is right.

obstore repeats what fails with 5xx, 429 or 408, and GET after a broken connection.  What it does not repeat
is repeated here: conditional PUT, DELETE and LIST after a broken connection, and 400 RequestTimeout.
"""

import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

Result = TypeVar("Result")

ATTEMPTS: Final = 6
FIRST_PAUSE_S: Final = 0.2
LONGEST_S: Final = 60.0
"""After this time a request is not begun again: obstore has then repeated it for minutes itself."""

_REFUSED: Final = frozenset(
    {"FileNotFoundError", "AlreadyExistsError", "PreconditionError", "PermissionDeniedError",
     "UnauthenticatedError", "InvalidPathError", "NotSupportedError", "NotImplementedError",
     "UnknownConfigurationKeyError", "UnreachableError"}
)  # fmt: skip
_CLIENT_ERROR: Final = re.compile(r"\bstatus(?: code)?:? 4(?!00|08|09|29)\d\d|InvalidAccessKey|invalid path")


def repeatable(error: Exception) -> bool:
    """Return whether the same request may succeed a moment later."""
    return type(error).__name__ not in _REFUSED and not _CLIENT_ERROR.search(str(error)[:2000])


def pauses() -> Iterator[None]:
    """Yield before each attempt: at once, then after pauses that double, with jitter, for a bounded time."""
    begun = time.monotonic()
    yield
    for attempt in range(ATTEMPTS - 1):
        if time.monotonic() - begun > LONGEST_S:
            return
        time.sleep(FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - not for secrecy
        yield


def repeated(request: Callable[[], Result]) -> Result:
    """Send a request that may be repeated without harm until it is answered.

    Raises:
        Exception: the last error, if it was not answered.
    """
    failure: Exception | None = None
    for _ in pauses():
        try:
            return request()
        except Exception as error:
            if not repeatable(error):
                raise
            failure = error
    raise failure or AssertionError("unreachable: there is at least one attempt")


def first_line(error: BaseException) -> str:
    """Return what an error says in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
