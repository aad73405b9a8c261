"""The form of a rule's cases: programs that are right, and wrong ones with what must be said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.policies.engine import Declared

Program = Sequence[Declared]


@dataclass(frozen=True)
class Bad:
    """A wrong program: the rule's message holds `says` and names `resource`."""

    program: Program
    says: str
    resource: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """Right programs (each without a finding and fully judged) and wrong ones."""

    good: Sequence[Program]
    bad: Sequence[Bad]
    config: Mapping[str, Any] = field(default_factory=dict)
