"""Check configurations of the pack without the CLI: `python -m weather_policies.check config.prod.json`.

The CLI hands a configuration to the pack, which names every problem, but for one kind: properties of a rule
that does not exist end in the CLI's own "invalid enforcement level", without the name. Exit status: 0 if
all is well, 1 if something is wrong, 2 if a file cannot be read.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from weather_policies import pack
from weather_policies.kit import configuration
from weather_policies.kit.rule import PREFIX, Rule

LEVELS = ("advisory", "mandatory", "remediate", "disabled")


def problems(given: Mapping[str, Any], prefix: str = PREFIX) -> list[str]:
    """What is wrong with the content of a configuration file.

    Args:
        given: the file's content.
        prefix: what the names of the pack's rules begin with.
    """
    rules = cast("list[Rule]", pack.POLICIES if prefix == PREFIX else pack.policies(prefix))
    sent = {name: _properties(entry) for name, entry in given.items()}
    wrong = [f"{name}: {said}" for name, entry in given.items() for said in _level_fault(entry)]
    return [*wrong, *configuration.problems(rules, sent)]


def _properties(entry: object) -> dict[str, Any]:
    """A rule's properties beside its level."""
    given = cast("Mapping[str, Any]", entry) if isinstance(entry, Mapping) else dict[str, Any]()
    return {key: value for key, value in given.items() if key != "enforcementLevel"}


def _level_fault(entry: object) -> list[str]:
    given = cast("Mapping[str, Any]", entry) if isinstance(entry, Mapping) else {"enforcementLevel": entry}
    level = given.get("enforcementLevel", LEVELS[0])
    return [] if level in LEVELS else [f"its level is none of {', '.join(LEVELS)}"]


def main(arguments: Sequence[str]) -> int:
    """Check each file; say what is wrong on stderr."""
    status = 0
    for name in arguments:
        try:
            given: object = json.loads(Path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            print(f"{name}: cannot be read as JSON: {error}", file=sys.stderr)
            return 2
        right = isinstance(given, dict)
        for said in problems(cast("dict[str, Any]", given)) if right else ["is not a JSON object"]:
            print(f"{name}: {said}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
