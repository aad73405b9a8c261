"""Which AWS resource types take a map of tags, read from the installed SDK's own constructors.

`tag_support.json` is the answer for one version of pulumi-aws. `documents.files()` writes it anew after an
upgrade; a test compares the two.
"""

import json
import re
from pathlib import Path

from weather_policies.readers import sdk

FILE = Path(__file__).with_name("tag_support.json")
_TAGS = re.compile(r"^\s+tags: pulumi\.Input\[Optional\[Mapping", re.MULTILINE)


def read() -> tuple[frozenset[str], frozenset[str]]:
    """The types that take a map of tags, and those that do not."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return frozenset(stored["taggable"]), frozenset(stored["untaggable"])


def derive() -> dict[str, object]:
    """What `tag_support.json` should hold for the installed SDK.

    Raises:
        ModuleNotFoundError: pulumi-aws is not installed.
    """
    support = {token: bool(_TAGS.search(constructor)) for token, constructor in sdk.constructors()}
    return {
        "sdk": sdk.version(),
        "taggable": sorted(token for token, taggable in support.items() if taggable),
        "untaggable": sorted(token for token, taggable in support.items() if not taggable),
    }


def text() -> str:
    """The content of `tag_support.json` for the installed SDK."""
    return json.dumps(derive(), indent=1) + "\n"
