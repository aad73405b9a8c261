"""What a look at a machine, an account or a stack found: one line each, and whether it is as it should be."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

Status = Literal["ok", "wrong", "open"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: what it is about.
        status: `ok`, `wrong`, or `open` where it cannot be seen from here.
        expected: what should be.
        seen: what is.
        advice: what to do about it; empty where nothing is to be done.
    """

    what: str
    status: Status
    expected: str
    seen: str
    advice: str = ""


Look = Callable[[], Finding]


def look(what: str, expected: str, looks: Look, advice: str = "") -> Finding:
    """Look; what the API refuses to show stays open, with the API's own words."""
    try:
        return looks()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "an error"))
        return Finding(what, "open", expected, f"cannot be seen: {code}", advice)
    except BotoCoreError as error:
        return Finding(what, "open", expected, f"cannot be seen: {error}", advice)


def judged(what: str, expected: str, seen: str, *, good: bool, advice: str = "") -> Finding:
    """Return what was seen, as right or wrong; advice is for what is wrong."""
    return Finding(what, "ok" if good else "wrong", expected, seen, "" if good else advice)


def rows(findings: Iterable[Finding]) -> Iterator[list[str]]:
    """Return findings as rows of a table."""
    for finding in findings:
        yield [finding.status, finding.what, finding.expected, finding.seen]
