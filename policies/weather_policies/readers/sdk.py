"""The installed pulumi-aws, read as text: importing 1,700 classes takes a minute, reading them half a second.

The pack itself needs no provider SDK: what it knows of one is committed as data, which a test compares.
"""

import importlib.metadata
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

_TOKEN = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
_CONSTRUCTOR = re.compile(r"def _internal_init\((.*?)__props__=None", re.DOTALL)


def version() -> str:
    """The version of pulumi-aws that is installed."""
    return importlib.metadata.version("pulumi-aws")


def constructors() -> Iterator[tuple[str, str]]:
    """Type token and the text of the arguments of each resource's constructor.

    Raises:
        ModuleNotFoundError: pulumi-aws is not installed.
    """
    for path in sorted(_folder().rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        token, constructor = _TOKEN.search(source), _CONSTRUCTOR.search(source)
        if token and constructor:
            yield token.group(1), constructor.group(1)


def camel(name: str) -> str:
    """A Python argument's name as the engine spells it."""
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)


def _folder() -> Path:
    found = importlib.util.find_spec("pulumi_aws")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pulumi-aws is not installed: what the pack knows of it is derived from it")
    return Path(found.origin).parent
