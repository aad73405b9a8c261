"""The pack checks its own configuration, as a whole and before it judges anything.

The CLI refuses a value of the wrong type. It says nothing of a rule or a key that does not exist, of a day
that the calendar lacks, or of a pattern that is no regular expression: the threshold would stay as it was,
and nobody would know.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from weather_policies.kit import exemptions
from weather_policies.kit.rule import Rule

FILE = "the file given with --policy-pack-config"
PACK_WIDE = "all"
"""The name under which the CLI's file sets the level of every rule."""


PACKS: list[frozenset[str]] = []
"""The names of all rules of each pack that was made, also where only some of them are served."""


class ConfigurationError(Exception):
    """The configuration is wrong: every problem, one a line."""

    def __init__(self, problems: Sequence[str]) -> None:
        """List the problems under a title."""
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the policy pack's configuration ({FILE}) is wrong:\n{lines}")


def problems(rules: Sequence[Rule], given: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is wrong with a configuration: rule, key or entry, and what would be right.

    Args:
        rules: the pack's rules.
        given: per rule the properties that the CLI sent, the schema's defaults among them.
    """
    known = {rule.name: rule for rule in rules}
    whole = set(known).union(*(names for names in PACKS if names >= set(known)))
    found: list[str] = []
    for name, properties in given.items():
        rule = known.get(name)
        if rule is None:
            if name not in whole | {PACK_WIDE}:
                found.append(f"{name}: there is no such rule{_meant(name, dict.fromkeys(whole))}")
            continue
        found += [f"{name}: {said}" for said in _of_rule(rule, properties)]
    return found


def _of_rule(rule: Rule, properties: Mapping[str, Any]) -> Iterator[str]:
    schema = rule.metadata.schema()
    for key, value in properties.items():
        if key not in schema:
            known = ", ".join(k for k in schema if k != exemptions.KEYS[1])
            yield f"it has no property {key}{_meant(key, schema)}; known are {known}"
        elif key in exemptions.KEYS:
            yield from _of_exemptions(key, value)
        else:
            yield from (f"{key}: {said}" for said in _of_patterns(schema[key], value))


def _of_exemptions(key: str, entries: object) -> Iterator[str]:
    listed = cast("list[Any]", entries) if isinstance(entries, Sequence) else []
    for index, entry in enumerate(listed):
        if isinstance(entry, Mapping):
            said = exemptions.problems(cast("Mapping[str, Any]", entry))
            yield from (f"{key}[{index}] {problem}" for problem in said)


def _of_patterns(schema: Mapping[str, Any], value: object) -> Iterator[str]:
    """Regular expressions, where the schema says that a text is one."""
    if schema.get("format") == "regex":
        yield from _of_pattern(value)
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping) and isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", values)
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from (f"{key}: {said}" for said in _of_patterns(inner, item))


def _of_pattern(value: object) -> Iterator[str]:
    try:
        re.compile(str(value))
    except re.error as error:
        yield f"is not a regular expression: {error.msg} at position {error.pos}"


def _meant(word: str, known: Mapping[str, object]) -> str:
    """A guess at what was meant, for a message."""
    by_end = [name for name in known if name.endswith(f"-{word}")]
    close = by_end or difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
