"""What a user marks as secret stays a secret in the state, whatever input it reaches.

Pulumi hands a secret setting to the program as plain text; marked again is every input that holds it.  Names
and tags are no place for secrets: AWS itself shows them to whoever may list.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime import config as runtime_config
from pulumi.runtime.stack import register_stack_transformation

_SHORTEST = 8
"""Length of the shortest text of a secret document that is looked for: `email` and `https` are no secrets."""


def keep_secrets() -> "Secrets":
    """Keep the secret settings of the running program secret in every resource that is made from now on."""
    config = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    marked = [text for key, text in config.items() if runtime_config.is_config_secret(key)]
    secrets = Secrets([found for text in marked for found in _texts(text)])
    if secrets.pattern is not None:
        register_stack_transformation(secrets.hide_in)
    return secrets


class Secrets:
    """Texts that must not stand in the state in plain.

    Attributes:
        pattern: finds one of them as a word of a text; None where there are none.
    """

    pattern: re.Pattern[str] | None

    def __init__(self, texts: list[str]) -> None:
        words = "|".join(re.escape(text) for text in sorted(set(texts), key=len, reverse=True) if text)
        self.pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None

    def hide_in(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        """Return a resource with every input that holds a secret marked as one."""
        shown = cast("Mapping[str, Any]", args.props)
        props = {name: self.hidden(value) for name, value in shown.items()}
        return pulumi.ResourceTransformationResult(props=props, opts=args.opts)

    def hidden(self, value: Any) -> Any:  # noqa: ANN401 - an input of any type
        """Return a value, those of its parts that hold a secret marked as secrets."""
        if self.pattern is None:
            return value
        if isinstance(value, pulumi.Output):
            return cast("pulumi.Output[Any]", value).apply(self.hidden)
        if isinstance(value, dict):
            return {key: self.hidden(item) for key, item in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [self.hidden(item) for item in cast("list[Any]", value)]
        if isinstance(value, str | int | float) and self.pattern.search(str(value)):
            return pulumi.Output.secret(value)
        return value


def _texts(setting: str) -> Iterator[str]:
    """Yield what is secret in a setting: the text itself, or the long texts of a document."""
    try:
        document: object = json.loads(setting)
    except ValueError:
        document = None
    if isinstance(document, dict | list):
        yield from _leaves(cast("object", document))
    else:
        yield setting


def _leaves(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        for item in cast("dict[str, object]", document).values():
            yield from _leaves(item)
    elif isinstance(document, list):
        for item in cast("list[object]", document):
            yield from _leaves(item)
    elif isinstance(document, str) and len(document) >= _SHORTEST:
        yield document
