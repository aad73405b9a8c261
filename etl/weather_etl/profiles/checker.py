"""Checked access to a parsed JSON document: typed members, and every problem noted with its place.

A `Node` is one object of the document.  Whoever reads it takes its members by name and type; what is of
another type, missing or unknown is added to the list of problems, so that a document is right after one round
of corrections.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

from weather_etl.checking import Problem, ProblemsError
from weather_etl.profiles.fields import Path, parse_path


class ProfileError(ProblemsError):
    """One or more profiles are wrong; each problem says in which file or document."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("profiles are not valid", problems)


def below(where: str, key: str) -> str:
    """Return the place of a member of the object at a place."""
    return f"{where}.{key}" if where else key


class Node:
    """One object of a document being read.

    Attributes:
        where: its place in the document, as a dotted path; "" for the document itself.
        problems: what was found wrong so far, shared by all nodes of a document.
        members: of the object; empty if it is something else, which is a problem.
    """

    def __init__(self, value: object, where: str, problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self.members: dict[str, Any] = {}
        self.seen: set[str] = set()
        if isinstance(value, dict):
            self.members = cast("dict[str, Any]", value)
        else:
            self.wrong("", f"must be an object, not {_kind(value)}")

    def wrong(self, key: str, what: str) -> None:
        """Note a problem with a member; the key "" is the object itself."""
        place = below(self.where, key) if key else self.where
        self.problems.append(f"{place}: {what}" if place else what)

    def take(self, key: str, *types: type, default: Any = None, required: bool = False) -> Any:  # noqa: ANN401
        """Take a member of one of the types (a bool is not a number)."""
        self.seen.add(key)
        if key not in self.members:
            if required:
                self.wrong(key, "is missing")
            return default
        value = self.members[key]
        if int in types and float not in types and isinstance(value, float) and value.is_integer():
            return int(value)  # 1.0 is a whole number in JSON
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            self.wrong(key, f"must be {' or '.join(_TYPE_NAMES[kind] for kind in types)}, not {_kind(value)}")
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts; one text alone is a list of one."""
        value: Any = self.take(key, list, str, default=[])
        items: list[Any] = [value] if isinstance(value, str) else value
        for index, item in enumerate(items):
            if not isinstance(item, str):
                self.wrong(f"{key}[{index}]", f"must be text, not {_kind(item)}")
        return tuple(item for item in items if isinstance(item, str))

    def paths(self, key: str) -> tuple[Path, ...]:
        """Take a list of paths; one path alone is a list of one."""
        return tuple(parse_path(text) for text in self.texts(key))

    def path(self, key: str) -> Path | None:
        """Take a path."""
        text = self.take(key, str)
        return None if text is None else parse_path(text)

    def nodes(self, key: str) -> list["Node"]:
        """Take a list of objects."""
        items: list[Any] = self.take(key, list, default=[])
        return [
            Node(item, below(self.where, f"{key}[{index}]"), self.problems)
            for index, item in enumerate(items)
        ]

    def node(self, key: str) -> "Node | None":
        """Take an object."""
        value = self.take(key, dict)
        return None if value is None else Node(value, below(self.where, key), self.problems)

    def done(self) -> None:
        """Report the members that nothing asked for."""
        for key in self.members:
            if key not in self.seen and not key.startswith("_"):
                self.wrong(key, f"is unknown (known here: {', '.join(sorted(self.seen))})")


_TYPE_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _kind(value: object) -> str:
    return "null" if value is None else _TYPE_NAMES.get(type(value), type(value).__name__)
