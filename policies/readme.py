"""Writes README.md: how to use the pack, and the table of all its rules, from the rules themselves.

Run `python policies/readme.py` after a rule or a class's configuration has changed; a test compares the two.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any, cast

from pulumi_policy import EnforcementLevel

import pack
import tag_support
from rule import About, ResourceRule, StackRule

HERE = Path(__file__).parent
FILE = HERE / "README.md"
CLASSES = ("dev", "staging", "prod", "local")

HEAD = HERE / "readme.head.md"


def text() -> str:
    """The whole of README.md."""
    support = json.loads(tag_support.FILE.read_text(encoding="utf-8"))
    introduction = Template(HEAD.read_text(encoding="utf-8")).substitute(
        count=len(pack.POLICIES),
        sdk=support["sdk"],
        taggable=len(support["taggable"]),
        untaggable=len(support["untaggable"]),
    )
    parts = [introduction, "## Environment classes\n", *_classes(), *_exceptions(), "## Rules\n"]
    for room in pack.ROOMS:
        title = (room.__doc__ or "").strip().splitlines()[0].rstrip(".")
        parts += [f"### {title}\n", *_table(list(room.RULES)), ""]
    return "\n".join(parts)


def configuration(name: str) -> dict[str, Any]:
    """A class's configuration file."""
    return json.loads((HERE / f"config.{name}.json").read_text(encoding="utf-8"))


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
    told += [f"{k} {_value(v)}" for k, v in settings.items() if k not in {"enforcementLevel", "exceptions"}]
    told += ["an exception"] if "exceptions" in settings else []
    return ", ".join(told)


def _exceptions() -> Iterator[str]:
    """The accepted findings of all classes."""
    yield "Accepted findings:\n"
    yield "| class | rule | resource | until | reason |"
    yield "|---|---|---|---|---|"
    for name in CLASSES:
        for rule, given in configuration(name).items():
            settings = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
            for entry in settings.get("exceptions", []):
                yield f"| {name} | `{rule}` | `{entry['resource']}` | {entry['until']} | {entry['reason']} |"
    yield ""


def _table(rules: list[ResourceRule | StackRule]) -> Iterator[str]:
    yield "| rule | what must hold, and why | severity | level | thresholds | remedy |"
    yield "|---|---|---|---|---|---|"
    for rule in rules:
        about = rule.about
        kind = "" if isinstance(rule, ResourceRule) else " (stack)"
        cells = [
            f"[`{about.name}`]({about.url}){kind}",
            f"{about.description} {about.why}",
            about.severity.value,
            "advisory" if about.level == EnforcementLevel.ADVISORY else "mandatory",
            _thresholds(about),
            about.steps,
        ]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _thresholds(about: About) -> str:
    told = [f"`{key}` = {_value(schema['default'])}" for key, schema in (about.config or {}).items()]
    return "<br>".join(told) or "-"


def _value(value: object) -> str:
    """A default as a person reads it; long lists and tables by their length."""
    shown = json.dumps(value)
    return f"`{shown}`" if len(shown) <= 60 else f"{len(cast('list[Any]', value))} entries"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
