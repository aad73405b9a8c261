"""Actions of AWS's services: which services there are, and which actions know no resource."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("resourceless.json")

RESOURCELESS: Mapping[str, frozenset[str]] = {
    service: frozenset(f"{service}:{name}".lower() for name in names.split())
    for service, names in json.loads(FILE.read_text(encoding="utf-8"))["actions"].items()
}
"""Actions that AWS defines without resources, by service, in lower case; every service is a key."""

_NAME = re.compile(r"[A-Za-z*?]{1,80}")


def shown(action: str) -> str:
    """An action as a message may hold it: text of another form might be a secret."""
    service, _, name = action.partition(":")
    known = service.lower() in RESOURCELESS and _NAME.fullmatch(name)
    return action if known or action == "*" else "an action"


def is_resourceless(action: str) -> bool:
    """Whether AWS defines an action, written without wildcards, without a resource."""
    return action.lower() in RESOURCELESS.get(action.lower().partition(":")[0], ())
