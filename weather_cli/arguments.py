"""Pieces of command-line parsers that several commands share."""

import argparse
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from weather_cli.project import add_project

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction["Parser"]  # pyright: ignore[reportPrivateUsage]  argparse names no public type
else:
    Subparsers = Any

EXIT_STATUS = {
    0: "done",
    1: "it failed; one line on stderr says why",
    2: "wrong usage",
    130: "interrupted",
}


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of texts, and each command or option with its help on one line where it fits."""

    def __init__(self, prog: str) -> None:
        width = min(shutil.get_terminal_size().columns, 100)
        super().__init__(prog, max_help_position=28, width=width)

    def add_argument(self, action: argparse.Action) -> None:
        """Leave room for the commands, which are indented twice: argparse counts one indentation."""
        super().add_argument(action)
        if action.nargs == argparse.PARSER:
            longest = max((len(str(name)) for name in action.choices or ()), default=0)
            self._action_max_length = max(self._action_max_length, longest + 2 * self._indent_increment + 2)


class Parser(argparse.ArgumentParser):
    """A parser that keeps the line breaks of its texts and reports wrong usage in one line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  argparse's own signature
        kwargs.setdefault("formatter_class", _Formatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)
        # An offset such as -05:00 is a value, as a number below zero is one to argparse.
        self._negative_number_matcher = re.compile(r"-\d")

    def error(self, message: str) -> NoReturn:
        """Print one line on stderr and exit with status 2."""
        print(f"{self.prog}: {message} (see '{self.prog} --help')", file=sys.stderr)
        raise SystemExit(2)


def add_command(
    subparsers: Subparsers,
    name: str,
    *,
    summary: str,
    description: str,
    examples: Sequence[tuple[str, str]],
    statuses: Mapping[int, str] | None = None,
) -> "Parser":
    """Add a command whose help teaches: what it does, examples to copy, exit statuses.

    Args:
        subparsers: what `register` was given.
        name: name of the command.
        summary: its line in `weather --help`.
        description: some sentences on what it does, with line breaks as they shall appear.
        examples: (command line, what it does), in the order of learning.
        statuses: exit statuses that differ from or add to the usual ones.
    """
    width = max(len(line) for line, _ in examples)
    shown = "\n".join(f"  {line:<{width}}  {what}" for line, what in examples)
    meanings = dict(sorted((EXIT_STATUS | dict(statuses or {})).items()))
    codes = "\n".join(f"  {code:<4} {meaning}" for code, meaning in meanings.items())
    epilog = f"examples:\n{shown}\n\nexit status:\n{codes}"
    return subparsers.add_parser(name, help=summary, description=description, epilog=epilog)


def add_stack(parser: argparse.ArgumentParser) -> None:
    """Add `--stack`, whose file gives names, account and region, and `--project`, where the file is."""
    parser.add_argument(
        "--stack", required=True, metavar="NAME", help="stack whose Pulumi.NAME.yaml names the resources"
    )
    add_project(parser)


def options_first(parser: Parser) -> None:
    """Let a command's options stand between its words, which argparse refuses where words are optional."""
    parse = parser.parse_known_args

    def parse_known_args(args: Sequence[str], namespace: argparse.Namespace | None = None) -> Any:  # noqa: ANN401
        options: list[str] = []
        words: list[str] = []
        waiting = list(args)
        while waiting:
            word = waiting.pop(0)
            if word == "--":
                words += waiting
                break
            if not word.startswith("-") or word == "-":
                words.append(word)
                continue
            options.append(word)
            action = parser._option_string_actions.get(word)  # pyright: ignore[reportPrivateUsage]
            if action is not None and action.nargs is None and waiting:
                options.append(waiting.pop(0))
        return parse([*options, *(["--", *words] if words else [])], namespace)

    parser.parse_known_args = parse_known_args  # pyright: ignore[reportAttributeAccessIssue]


def count(text: str) -> int:
    """Parse a whole number from 1 to a billion.

    Raises:
        argparse.ArgumentTypeError: if the text is not such a number.
    """
    if re.fullmatch(r"[0-9]{1,10}", text) and 1 <= int(text) <= 1_000_000_000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1,000,000,000")


def instant(text: str) -> datetime:
    """Parse an ISO 8601 date or date-time into an aware UTC time; without an offset it is taken as UTC.

    Raises:
        argparse.ArgumentTypeError: if the text is not such a time.
    """
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an ISO 8601 time such as 2026-03-01 or 2026-03-01T00:00:00+07:00"
        ) from None


def duration(text: str) -> timedelta:
    """Parse `10`, `10s`, `5m`, `1h` or `1d` into a positive duration.

    Raises:
        argparse.ArgumentTypeError: if the text is not such a duration.
    """
    seconds_of = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = (text[:-1], text[-1]) if text[-1:] in seconds_of else (text, "s")
    try:
        parsed = timedelta(seconds=float(number) * seconds_of[unit])
    except (ValueError, OverflowError):
        parsed = timedelta(0)
    if parsed <= timedelta(0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive duration such as 10s, 5m or 1h")
    return parsed
