"""Cases of known answers: what a lake of a few messages must become in the datasets.

A case is a JSON file in this folder.

    case, kind, source, note    words: its name, the kind of fault, the rule that says what is right, and what
                                was decided where that is a matter of definition
    site, timezone, until       the site's name (default `s`), its zone, the end of the run
    config                      run configuration document, or null
    messages                    [[instant of arrival, body], ...]; a body is any JSON, or {"raw_base64": text}
                                for bytes that are none
    checks                      list of checks, all of which must hold

A check looks at the CSV rows of one `dataset` whose columns equal those of `where` (keys of the path, such as
`site` and `year`, count as columns; no `where`: all rows).  It says one of

    {"rows": 12}                            there are so many rows
    {"column": c, "right": 5.0, "within": 0.1}
                                            each row has this number (default: within 1e-6), this text, or
                                            with null an empty cell
    {"column": c, "at_least": 1, "at_most": 3}
                                            each row has a number in these bounds; one of them may be left out
    {"column": c, "not": "1"}               no row has this text
    {"column": c, "sum": 5.0, "within": 0.1}
                                            the rows' numbers add up to this; an empty cell adds nothing
    {"same_bytes_after": [instants]}        transformed in several runs, which end at these instants and at
                                            `until`, the lake gives the same files, byte for byte

and, but for `rows`, needs at least one row.  `right`, `at_least` and `at_most` may be softened, where more
than one answer is sound:

    "or_empty": true                        an empty cell is as good
    "or_flag": {"column": q, "not": "1"}    so is a row whose flag in q is there and is not this text; with a
                                            list one of several is enough, and one without such a column
                                            counts for nothing
"""

import base64
import csv
import datetime as dt
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from weather_etl.runs import run
from weather_etl.settings.arguments import parse_arguments

SHOWN: Final = 6
"""Values of a failing check that are shown."""

_CASE: Final = {
    "case", "kind", "source", "note", "site", "timezone", "until", "config",
    "messages", "checks",
}  # fmt: skip
_QUESTIONS: Final = ("rows", "right", "at_least", "at_most", "not", "sum", "same_bytes_after")
_CHECK: Final = {*_QUESTIONS, "dataset", "where", "column", "within", "or_empty", "or_flag"}


Row = Mapping[str, str]


class CaseError(ValueError):
    """A case file is not what a case is."""


@dataclass(frozen=True)
class Flag:
    """A column and a text: a row is flagged if the column is there, not empty and not this text."""

    column: str
    good: str

    def raised(self, row: Row) -> bool:
        """Return whether a row is flagged."""
        return row.get(self.column, "") not in ("", self.good)


@dataclass(frozen=True)
class Check:
    """One question about the datasets of a run; `question` and its words are those of the case file."""

    question: str
    words: Mapping[str, Any]
    dataset: str
    where: Mapping[str, str]
    column: str
    within: float
    or_empty: bool
    flags: tuple[Flag, ...]

    def failure(self, rows: Sequence[Row]) -> str | None:
        """Return how the rows of the dataset fail, or None."""
        chosen = [row for row in rows if all(row.get(name) == text for name, text in self.where.items())]
        if self.question == "rows":
            right = self.words["rows"]
            return None if len(chosen) == right else self._text(f"{len(chosen)} rows")
        if not chosen:
            return self._text("no such row")
        if any(self.column not in row for row in chosen):
            return self._text("no such column")
        cells = [row[self.column] for row in chosen]
        if self.question == "sum":
            total = sum(float(cell) for cell in cells if cell)
            good = abs(total - self.words["sum"]) <= self.within
            return None if good else self._text(f"{total:.6g}")
        wrong = [self._shown(row) for row in chosen if not self._holds(row)]
        more = [f"and {len(wrong) - SHOWN} more rows"] * (len(wrong) > SHOWN)
        return self._text(", ".join(wrong[:SHOWN] + more)) if wrong else None

    def _holds(self, row: Row) -> bool:
        cell = row[self.column]
        if self.question == "not":
            return cell != self.words["not"]
        if (self.or_empty and not cell) or any(flag.raised(row) for flag in self.flags):
            return True
        if self.question == "right":
            return self._is_right(cell)
        low, high = self.words.get("at_least", float("-inf")), self.words.get("at_most", float("inf"))
        return _is_number(cell) and low - self.within <= float(cell) <= high + self.within

    def _is_right(self, cell: str) -> bool:
        right = self.words["right"]
        if right is None:
            return not cell
        if isinstance(right, str):
            return cell == right
        return _is_number(cell) and abs(float(cell) - right) <= self.within

    def _shown(self, row: Row) -> str:
        flags = [f"{flag.column}={row.get(flag.column, 'no such column')}" for flag in self.flags]
        return " ".join([row[self.column] or "(empty)", *flags])

    def _text(self, got: str) -> str:
        words = [f"{name} {self.words[name]!r}" for name in _QUESTIONS if name in self.words]
        softened = ["or empty"] * self.or_empty + [
            f"or {flag.column} not {flag.good!r}" for flag in self.flags
        ]
        where = " ".join(f"{name}={text}" for name, text in self.where.items())
        return f"{self.dataset} [{where}] {self.column}: {', '.join(words + softened)}; got {got}"


@dataclass(frozen=True)
class Case:
    """A case file that has been read."""

    path: Path
    site: str
    timezone: str
    until: str
    config: Mapping[str, Any] | None
    messages: Sequence[tuple[str, Any]]
    checks: tuple[Check, ...]


class RunError(RuntimeError):
    """The transformation did not end well."""


def read_case(path: Path) -> Case:
    """Read a case file.

    Raises:
        CaseError: it it is not a case; the text says what is wrong.
    """
    try:
        body = json.loads(path.read_bytes())
        if unknown := set(body) - _CASE:
            raise CaseError(f"unknown members {sorted(unknown)}")
        return Case(
            path=path,
            site=body.get("site", "s"),
            timezone=body["timezone"],
            until=body["until"],
            config=body.get("config"),
            messages=[(str(arrival), message) for arrival, message in body["messages"]],
            checks=tuple(_check(one) for one in body["checks"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        missing = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise CaseError(f"{path}: {missing}") from None


def _check(body: Mapping[str, Any]) -> Check:
    if unknown := set(body) - _CHECK:
        raise CaseError(f"unknown members {sorted(unknown)} of a check")
    asked = [name for name in _QUESTIONS if name in body]
    if len(asked) != 1 and asked != ["at_least", "at_most"]:
        raise CaseError(f"a check must ask one thing, not {asked}")
    needed = {"rows": {"dataset"}, "same_bytes_after": set[str]()}.get(asked[0], {"dataset", "column"})
    if missing := needed - set(body):
        raise CaseError(f"a check of {asked[0]} needs {sorted(missing)}")
    softened = "or_empty" in body or "or_flag" in body
    if softened and asked[0] not in ("right", "at_least", "at_most"):
        raise CaseError(f"a check of {asked[0]} cannot be softened")
    flags = body.get("or_flag", [])
    several = cast("list[Mapping[str, str]]", flags if isinstance(flags, list) else [flags])
    return Check(
        question=asked[0],
        words=body,
        dataset=body.get("dataset", "all datasets"),
        where=body.get("where", {}),
        column=body.get("column", "rows"),
        within=body.get("within", 1e-6),
        or_empty=body.get("or_empty", False),
        flags=tuple(Flag(one["column"], one["not"]) for one in several),
    )


def failures(case: Case, root: Path) -> list[str]:
    """Run a case in an empty folder and return how the datasets fail it; empty if they are right."""
    _fill_lake(case, root / "lake" / case.site)
    if case.config is not None:
        (root / "config.json").write_text(json.dumps(case.config))
    try:
        _transform(case, root, "out", case.until)
        found = [_failure(check, case, root) for check in case.checks]
    except RunError as error:
        return [str(error)]
    return [text for text in found if text is not None]


def _fill_lake(case: Case, folder: Path) -> None:
    """Write each message as an object that is named by when it arrived, a millisecond later if need be."""
    folder.mkdir(parents=True)
    taken: set[int] = set()
    for arrival, message in case.messages:
        name = round(dt.datetime.fromisoformat(arrival).timestamp() * 1000)
        while name in taken:
            name += 1
        taken.add(name)
        (folder / f"{name}.json").write_bytes(_bytes(message))


def _bytes(message: object) -> bytes:
    if isinstance(message, dict) and "raw_base64" in message:
        return base64.b64decode(cast("dict[str, str]", message)["raw_base64"])
    return json.dumps(message, ensure_ascii=False).encode()


def _transform(case: Case, root: Path, target: str, until: str) -> None:
    words = [
        *("--source", str(root / "lake"), "--target", str(root / target)),
        *("--until", until, "--timezone", case.timezone),
    ]
    if case.config is not None:
        words += ["--config", str(root / "config.json")]
    summary = run(parse_arguments(words))
    if summary["verdict"]["level"] == "fail":
        raise RunError(f"nothing was published: {summary['verdict']}")


def _failure(check: Check, case: Case, root: Path) -> str | None:
    if check.question != "same_bytes_after":
        return check.failure(list(_rows(root / "out" / check.dataset)))
    instants: list[str] = [*check.words["same_bytes_after"], case.until]
    for until in instants:
        _transform(case, root, "again", until)
    whole, parts = _files(root / "out"), _files(root / "again")
    shutil.rmtree(root / "again")
    different = sorted(name for name in whole.keys() | parts.keys() if whole.get(name) != parts.get(name))
    if whole and not different:
        return None
    named = ", ".join(different[:SHOWN]) or "no file at all"
    return f"in {len(instants)} runs instead of one: {len(different)} files differ: {named}"


def _rows(folder: Path) -> Iterator[Row]:
    """Yield the rows of a dataset, with the keys of their path where no column has that name."""
    for path in sorted(folder.rglob("*.csv")):
        keys = dict(part.split("=", 1) for part in path.parent.relative_to(folder).parts if "=" in part)
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                yield keys | row


def _files(root: Path) -> dict[str, bytes]:
    """Return what the datasets of a target consist of; records of the runs are left out."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*.csv"))
        if not path.relative_to(root).parts[0].startswith(("_", "quarantine"))
    }


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
