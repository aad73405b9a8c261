"""What the pack says of the project's stacks and of each planted fault.

`files()` is what findings.md beside this file should hold; `make docs` writes it, a test compares the two.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from tests.harness.program import PROJECT, record
from tests.policies import attacks_access, attacks_money
from tests.policies.attacks import ATTACKS, RIGHT
from tests.policies.corpus import ACCOUNT, FAULTS, REGION, program
from tests.policies.engine import PACK, Diagnostic, InProcess, judged
from tests.policies.right_programs import PROGRAMS
from tests.policies.whole import STACKS, as_members, class_config
from tests.policies.whole import program as real_program
from weather_policies import pack

PAGE = PACK.parent / "docs/policies.md"
FILE = Path(__file__).with_name("findings.md")
CONFIG = {f"{PROJECT}:account": ACCOUNT, f"{PROJECT}:region": REGION}
"""What the mocks make ARNs of."""

LISTED = (attacks_access, attacks_money)
"""Modules that add to the lists of programs."""

HEAD = f"""\
<!-- Written by tests/policies/findings.py: edit the rules or the faults, not this file. -->
# What the policy pack says

The {len(pack.POLICIES)} rules of [policies/](../../policies/README.md) over the project's own stacks, each
with the configuration of its class, and over another team's pipeline with faults planted in it, as a preview
shows them.

## The project's stacks

| stack | preview | update |
|---|---|---|
"""


@functools.cache
def planted(name: str | None, *, preview: bool) -> tuple[Diagnostic, ...]:
    """What the pack says, under its defaults, of the other team's program with a fault or without."""
    fault = FAULTS[name] if name else None
    recording = record(program(fault), CONFIG, "dev", preview)
    return tuple(judged(InProcess(pack.POLICIES), as_members(recording, preview)))


def text() -> str:
    """The whole page."""
    return HEAD + "\n".join([*_stacks(), "", "## Planted faults", "", *_faults(), ""])


def _stacks() -> Iterator[str]:
    for stack in STACKS:
        engine = InProcess(pack.POLICIES, class_config(stack))
        told = [len(judged(engine, real_program(stack, preview))) for preview in (True, False)]
        preview, update = (f"{count} findings" if count else "clean" for count in told)
        yield f"| {stack} | {preview} | {update} |"


def _faults() -> Iterator[str]:
    yield "| fault | rule and level | resources | message |"
    yield "|---|---|---|---|"
    for name in FAULTS:
        said: dict[tuple[str, str, str], set[str]] = {}
        for d in planted(name, preview=True):
            said.setdefault((d.policy, d.level, d.message.partition("\n")[2]), set()).add(d.resource)
        for (rule, level, message), resources in sorted(said.items()):
            yield f"| {name} | `{rule}` ({level}) | {', '.join(sorted(resources))} | {message} |"


def tried() -> str:
    """Programs by kind: those that talk around a rule, and right ones. A test holds each to its verdict."""
    kinds = sorted({each.kind for each in [*ATTACKS, *RIGHT]})
    rows = [(kind, *(sum(t.kind == kind for t in listed) for listed in (ATTACKS, RIGHT))) for kind in kinds]
    rows += [("whole programs", 0, len(PROGRAMS)), ("all", len(ATTACKS), len(RIGHT) + len(PROGRAMS))]
    head = "| kind | programs that talk around a rule | caught | right programs | refused |"
    return "\n".join(
        [
            head,
            "|---|---|---|---|---|",
            *(f"| {kind} | {wrong} | {wrong} | {right} | 0 |" for kind, wrong, right in rows),
        ]
    )


def compared() -> str:
    """docs/policies.md with its table of programs renewed; the rest is kept."""
    before, start, rest = PAGE.read_text(encoding="utf-8").partition("<!-- tried -->\n")
    _, end, after = rest.partition("<!-- /tried -->")
    return f"{before}{start}{tried()}\n{end}{after}"


def files() -> dict[str, str]:
    """The pages by their path from the project's root."""
    found = {FILE: text(), PAGE: compared()}
    return {path.relative_to(PACK.parent).as_posix(): content for path, content in found.items()}
