"""How findings are told: a table or JSON, and what to do about what is wrong."""

import dataclasses
import json
from collections.abc import Iterable

from weather_cli.errors import CommandError
from weather_cli.stack.findings import Finding, rows
from weather_cli.ui import Ui


def tell(findings: Iterable[Finding], what: str, *, as_json: bool) -> int:
    """Print findings and return the exit status of a command that found nothing wrong.

    Args:
        findings: in the order in which they are told.
        what: heading of what was looked at.
        as_json: whether they are printed as one JSON document instead of a table.

    Raises:
        CommandError: something is wrong.
    """
    found = list(findings)
    if as_json:
        print(json.dumps([dataclasses.asdict(finding) for finding in found], indent=2))
    else:
        Ui().table(["", what, "expected", "seen"], list(rows(found)))
    wrong = [finding for finding in found if finding.status == "wrong"]
    if not wrong:
        return 0
    lines = [f"  - {one.what} is {one.seen}" + (f": {one.advice}" if one.advice else "") for one in wrong]
    raise CommandError(
        "\n".join(("not as it should be:", *lines)), "mend each, then run the same command again"
    )
