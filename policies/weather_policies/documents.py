"""The pack's generated documents: README.md from the rules themselves, and what the SDK says of tags.

`files()` is what should be written where; `python -m weather_policies.documents` writes it, and a test
compares the two.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any, cast

from pulumi_policy import EnforcementLevel

from weather_policies import pack
from weather_policies.kit.rule import ResourceRule, RuleMetadata, StackRule
from weather_policies.readers import policy_documents, tag_support

FOLDER = Path(__file__).parents[1]
README = FOLDER / "README.md"
LONGEST_CELL = 60
"""Characters of a default that a table cell shows in full."""

CLASSES = ("dev", "staging", "prod", "local")

HEAD = Path(__file__).with_name("readme.head.md")


def readme() -> str:
    """The whole of README.md."""
    support = json.loads(tag_support.FILE.read_text(encoding="utf-8"))
    introduction = Template(HEAD.read_text(encoding="utf-8")).substitute(
        count=len(pack.POLICIES),
        sdk=support["sdk"],
        taggable=len(support["taggable"]),
        untaggable=len(support["untaggable"]),
    )
    parts = [introduction, "## Environment classes\n", *_classes(), *_exceptions(), "## Rules\n"]
    for module in pack.RULE_MODULES:
        title = (module.__doc__ or "").strip().splitlines()[0].rstrip(".")
        parts += [f"### {title}\n", *_table(pack.rules_of(module)), ""]
    return "\n".join(parts)


def configuration(name: str) -> dict[str, Any]:
    """A class's configuration file."""
    return json.loads((FOLDER / f"config.{name}.json").read_text(encoding="utf-8"))


def _classes() -> Iterator[str]:
    """What each class changes, rule by rule."""
    found = {name: configuration(name) for name in CLASSES}
    yield "Where a class differs from the defaults (`config.<class>.json`):\n"
    yield f"| rule | {' | '.join(CLASSES)} |"
    yield f"|---|{'---|' * len(CLASSES)}"
    for rule in sorted({rule for given in found.values() for rule in given}):
        yield f"| `{rule}` | {' | '.join(_change(found[name].get(rule)) for name in CLASSES)} |"
    yield ""


def _change(given: object) -> str:
    """One cell: a level, thresholds, or a dash where the default holds."""
    if given is None:
        return "-"
    if isinstance(given, str):
        return given
    settings = cast("dict[str, Any]", given)
    told = [str(settings["enforcementLevel"])] if "enforcementLevel" in settings else []
    told += [f"{k} {_value(v)}" for k, v in settings.items() if k not in {"enforcementLevel", "exemptions"}]
    told += ["an exception"] if "exemptions" in settings else []
    return ", ".join(told)


def _exceptions() -> Iterator[str]:
    """The accepted findings of all classes."""
    yield "Accepted findings:\n"
    yield "| class | rule | resource | until | reason |"
    yield "|---|---|---|---|---|"
    for name in CLASSES:
        for rule, given in configuration(name).items():
            settings = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
            for entry in settings.get("exemptions", []):
                yield f"| {name} | `{rule}` | `{entry['resource']}` | {entry['until']} | {entry['reason']} |"
    yield ""


def _table(rules: list[ResourceRule | StackRule]) -> Iterator[str]:
    yield "| rule | what must hold, and why | severity | level | thresholds | remedy |"
    yield "|---|---|---|---|---|---|"
    for rule in rules:
        metadata = rule.metadata
        kind = "" if isinstance(rule, ResourceRule) else " (stack)"
        cells = [
            f"[`{metadata.name}`]({metadata.url}){kind}",
            f"{metadata.description} {metadata.why}",
            metadata.severity.value,
            "advisory" if metadata.level == EnforcementLevel.ADVISORY else "mandatory",
            _thresholds(metadata),
            metadata.steps,
        ]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _thresholds(metadata: RuleMetadata) -> str:
    told = [f"`{key}` = {_value(schema['default'])}" for key, schema in (metadata.config or {}).items()]
    return "<br>".join(told) or "-"


def _value(value: object) -> str:
    """A default as a person reads it; long lists and tables by their length."""
    shown = json.dumps(value)
    return f"`{shown}`" if len(shown) <= LONGEST_CELL else f"{len(cast('list[Any]', value))} entries"


def files() -> dict[str, str]:
    """The content of each generated file, by its path from the folder that holds the pack's.

    Raises:
        ModuleNotFoundError: pulumi-aws is not installed, which the tag support is read from.
    """
    found = {
        tag_support.FILE: tag_support.text(),
        policy_documents.FILE: policy_documents.text(),
        README: readme(),
    }
    return {path.relative_to(FOLDER.parent).as_posix(): text for path, text in found.items()}


if __name__ == "__main__":
    for path, content in files().items():
        (FOLDER.parent / path).write_text(content, encoding="utf-8")
