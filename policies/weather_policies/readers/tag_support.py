"""Which AWS resource types take a map of tags, read from the installed SDK's own constructors.

`tag_support.json` is the answer for one version of pulumi-aws, so that the pack itself needs no provider
SDK. `documents.files()` writes it anew after an upgrade; a test compares the two.
"""

import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_name("tag_support.json")
_TOKEN = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
_CONSTRUCTOR = re.compile(r"def _internal_init\((.*?)__props__=None", re.DOTALL)
_TAGS = re.compile(r"^\s+tags: pulumi\.Input\[Optional\[Mapping", re.MULTILINE)


def read() -> tuple[frozenset[str], frozenset[str]]:
    """The types that take a map of tags, and those that do not."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return frozenset(stored["taggable"]), frozenset(stored["untaggable"])


def derive() -> dict[str, object]:
    """What `tag_support.json` should hold for the installed SDK.

    The source is read as text: importing 1,700 classes takes a minute, reading them half a second.

    Raises:
        ModuleNotFoundError: pulumi-aws is not installed.
    """
    support = dict(_scan(_sdk_folder()))
    return {
        "sdk": importlib.metadata.version("pulumi-aws"),
        "taggable": sorted(token for token, taggable in support.items() if taggable),
        "untaggable": sorted(token for token, taggable in support.items() if not taggable),
    }


def _scan(folder: Path) -> Iterator[tuple[str, bool]]:
    for path in sorted(folder.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        token, constructor = _TOKEN.search(source), _CONSTRUCTOR.search(source)
        if token and constructor:
            yield token.group(1), bool(_TAGS.search(constructor.group(1)))


def _sdk_folder() -> Path:
    found = importlib.util.find_spec("pulumi_aws")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pulumi-aws is not installed: tag support is derived from it")
    return Path(found.origin).parent


def text() -> str:
    """The content of `tag_support.json` for the installed SDK."""
    return json.dumps(derive(), indent=1) + "\n"
