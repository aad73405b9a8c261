"""Pieces of command-line parsers that several commands share."""

import argparse
import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn

from weather_cli.errors import EXIT_STATUS, FAILED, INTERRUPTED, WRONG_USAGE
from weather_cli.help_text import HelpFormatter, listed
from weather_cli.project import add_project

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction["Parser"]  # pyright: ignore[reportPrivateUsage]  argparse names no public type
else:
    Subparsers = Any

_USUAL: Final = (0, FAILED, WRONG_USAGE, INTERRUPTED)

NOTHING_CHANGED: Final = "nothing was changed; run the same command again"


class Parser(argparse.ArgumentParser):
    """A parser whose help fits the terminal, and whose errors are those of every command.

    Attributes:
        commands: parsers of the commands, for errors that argparse finds after they have ended.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  argparse's own signature
        kwargs.setdefault("formatter_class", HelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)
        # An offset such as -05:00 is a value, as a number below zero is one to argparse.
        self._negative_number_matcher = re.compile(r"-\d")
        self.commands: Mapping[str, Parser] = {}

    # One signature stands for the three of argparse.
    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401  # pyright: ignore
        """Parse; what a command does not know is that command's error, with the option that was meant."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            at_fault = self.commands.get(getattr(parsed, "command", ""), self)
            known = [option for option in at_fault._option_string_actions if "_" not in option]
            close = difflib.get_close_matches(unknown[0].partition("=")[0], known, n=1, cutoff=0.7)
            hint = f"; did you mean {close[0]}?" if close else ""
            at_fault.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        return parsed

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, and exit with the status of wrong usage."""
        print(f"{self.prog}: {message}\nnext: {self.prog} --help", file=sys.stderr)
        raise SystemExit(WRONG_USAGE)


def add_command(
    subparsers: Subparsers,
    name: str,
    *,
    summary: str,
    description: str,
    examples: Sequence[tuple[str, str]],
    statuses: Mapping[int, str] | None = None,
    interrupted: str = NOTHING_CHANGED,
) -> "Parser":
    """Add a command whose help teaches: what it does, examples to copy, exit statuses.

    Args:
        subparsers: what `register` was given.
        name: name of the command.
        summary: its line in `weather --help`.
        description: some sentences on what it does; an empty line parts paragraphs.
        examples: (command line, what it does), in the order of learning.
        statuses: what exit statuses mean here, where that is not the usual or the status is a rare one.
        interrupted: what is safe, or to be done, after Ctrl-C.

    Raises:
        KeyError: a status is none of `EXIT_STATUS`.
    """
    own = dict(statuses or {})
    meanings = sorted((status, own.get(status, EXIT_STATUS[status])) for status in {*_USUAL, *own})
    epilog = f"examples:\n{listed(examples)}\n\nexit status:\n{listed(meanings)}"
    parser: Parser = subparsers.add_parser(name, help=summary, description=description, epilog=epilog)
    parser.set_defaults(interrupted=interrupted)
    return parser


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
