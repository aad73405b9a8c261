"""What follows from findings: advice on stderr, and the exit status."""

import sys
from collections.abc import Iterable

from weather_cli.stack.findings import Finding


def advise(findings: Iterable[Finding], command: str) -> int:
    """Print what to do about what is wrong, and return the exit status of the command."""
    wrong = [finding for finding in findings if finding.status == "wrong"]
    for finding in wrong:
        advice = f": {finding.advice}" if finding.advice else ""
        print(f"weather {command}: {finding.what} is {finding.seen}{advice}", file=sys.stderr)
    return 1 if wrong else 0
