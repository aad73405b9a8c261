"""The `weather` command: finds the commands, runs one, and turns every failure into words and a status.

Only the module of the command that was typed is imported: help waits for nothing that was not asked for.
"""

import difflib
import importlib
import logging
import os
import signal
import sys
import traceback
from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final, cast

from weather_cli.arguments import NOTHING_CHANGED, Parser, Subparsers
from weather_cli.errors import EXIT_STATUS, INTERRUPTED, READER_GONE, TERMINATED
from weather_cli.failures import failure_of
from weather_cli.help_text import listed

COMMANDS: Final = {
    "accept": "Resolve a failed quality verdict: accept it, or exclude objects",
    "bundle": "Build the zip of wheels with which the job runs on Glue without a package index",
    "cost": "Estimate what the pipeline costs on AWS before it is deployed",
    "demo": "Run the whole weekly pipeline here, on two weeks of real weather",
    "doctor": "Look at whether this machine, the account and a stack are ready",
    "ledger": "Show the ledger entries that runs propose, accept them, or check the ledgers",
    "live-check": "Answer what only a live account can prove, line by line",
    "local": "Keep an embedded AWS running, and deploy into it with the Pulumi CLI",
    "profiles": "List the device profiles, or show what they make of a payload",
    "query": "Ask the datasets of a target a question in SQL, in a folder or a bucket",
    "repair": "Complete the files and catalogue entries of a target",
    "replay": "Run a deployed stack again over a window of ingest times",
    "report": "Write a report of a target: one HTML file to look at, which needs no network",
    "run": "Run a deployed stack now, outside of its schedule",
    "status": "Show a deployed stack's last runs: status, verdict, counts, cost",
    "transform": "Run the ETL alone, on folders or buckets, without any orchestration",
    "why": "Tell where a number comes from, and compute it again from its messages",
}
"""The commands with their line in `weather --help`; each is a module of `weather_cli.commands`."""

DESCRIPTION = """\
The weekly weather pipeline on this machine: raw station messages in, quality-controlled CSV datasets
out, with or without the AWS resources around it.

Begin with 'weather demo': it deploys the whole stack into an embedded AWS, publishes two weeks of real
weather as device messages, and runs the pipeline once. It needs no account and no credentials."""

ENVIRONMENT: Final = {
    "WEATHER_DEBUG=1": "show the traceback of a failure (as --debug does)",
    "NO_COLOR=1": "no colours",
    "AWS_PROFILE, AWS_REGION": "who is signed in, and where, for buckets and stacks",
    "AWS_ENDPOINT_URL": "another endpoint than AWS itself, for buckets and stacks",
}

EPILOG = f"""\
'weather COMMAND --help' teaches each command: what it does, examples, exit statuses.

environment:
{listed(ENVIRONMENT.items())}

exit status:
{listed(EXIT_STATUS.items())}"""


EVERYWHERE: Final = {
    "--debug": "show the traceback of a failure",
    "--quiet": "print answers, warnings and errors alone: no progress, no reports of what was done",
}
"""Options that stand before or behind the command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status of the process.

    Args:
        argv: arguments after the program's name; those of the process by default.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = bool(os.environ.get("WEATHER_DEBUG")) or "--debug" in arguments
    termination = _Termination()
    signal.signal(signal.SIGTERM, termination)
    parsed = Namespace(command="", interrupted=NOTHING_CHANGED)
    try:
        build_parser(arguments).parse_args(arguments, parsed)
        status = _run(parsed)
        print(end="", flush=True)  # unlike sys.stdout.flush(), it bears a standard output that was closed
    except BrokenPipeError:
        # The reader has gone (`weather ... | head`); keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except KeyboardInterrupt as interrupt:
        if termination.asked:
            return TERMINATED
        # What was cut off in the middle (an event loop, a request) would report that; the reader knows.
        logging.disable()
        _tell(parsed.command, "interrupted", str(interrupt) or parsed.interrupted)
        return INTERRUPTED
    except Exception as error:  # the one place where a failure becomes words for the reader
        if termination.asked:  # libraries turn the end of the process into failures of their own
            return TERMINATED
        if debug:
            traceback.print_exc()
        failure = failure_of(error, parsed.command)
        _tell(parsed.command, failure.what, failure.next_step)
        return failure.status
    return status


def _run(parsed: Namespace) -> int:
    from weather_cli.ui import Ui

    Ui.quiet = parsed.quiet
    handler = cast("Callable[[Namespace], int]", parsed.handler)
    return handler(parsed)


def _tell(command: str, what: str, next_step: str) -> None:
    """Say on stderr why a command ended, and what to do next."""
    print(f"weather {command}".rstrip() + f": {what}\nnext: {next_step}", file=sys.stderr)


def build_parser(arguments: Sequence[str], *, whole: bool = False) -> Parser:
    """Return the parser for these arguments: complete for the command typed, a line each for the others.

    Args:
        arguments: what was typed.
        whole: whether it shall be complete for every command.
    """
    parser = Parser(prog="weather", description=DESCRIPTION, epilog=EPILOG, usage="weather COMMAND ...")
    for option, text in EVERYWHERE.items():
        parser.add_argument(option, action="store_true", help=text)
    parser.add_argument("--version", nargs=0, action=_Version, help="show the version and exit")
    parser.add_argument(
        "--completion",
        metavar="SHELL",
        action=_Completion,
        help="print what makes a shell complete (bash, zsh, fish), and exit",
    )
    subparsers = parser.add_subparsers(prog="weather", title="commands", metavar="COMMAND ...", required=True)
    words: Sequence[str] = () if "--completion" in arguments else arguments
    typed = next((word for word in words if not word.startswith("-")), None)
    if typed is not None and typed not in COMMANDS:
        parser.error(_unknown(typed, list(COMMANDS)))
    for name, summary in COMMANDS.items():
        if whole or name == typed:
            _register(name, subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    parser.commands = subparsers.choices
    return parser


def _register(name: str, subparsers: Subparsers) -> None:
    module = importlib.import_module(f"weather_cli.commands.{name.replace('-', '_')}")
    module.register(subparsers)
    parser = subparsers.choices[name]
    parser.set_defaults(command=name)
    for option in EVERYWHERE:
        parser.add_argument(option, action="store_true", default=SUPPRESS, help=SUPPRESS)


class _Version(Action):
    """Print the version of the package; read only when it is asked for."""

    def __call__(self, parser: ArgumentParser, *_arguments: object) -> None:
        """Print and end."""
        from importlib.metadata import version

        print(f"weather {version('weather-pipeline')}")
        parser.exit()


class _Completion(Action):
    """Print the completion script of a shell; every command is imported for it."""

    def __call__(
        self, parser: ArgumentParser, _namespace: object, value: object, _option: str | None = None
    ) -> None:
        """Print and end."""
        from weather_cli.completion import SHELLS, script

        if value not in SHELLS:
            parser.error(f"no completion for {value!r}; known: {', '.join(SHELLS)}")
        print(script(build_parser([], whole=True), str(value)))
        parser.exit()


def _unknown(typed: str, known: list[str]) -> str:
    close = difflib.get_close_matches(typed, known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
    return f"no command '{typed}'; {hint}"


class _Termination:
    """Handler of SIGTERM: ends as if interrupted, so that everything started is stopped.

    Attributes:
        asked: whether the process was asked to end.
    """

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Say so and unwind; print may not be entered again from a signal."""
        self.asked = True
        os.write(2, b"weather: terminated\n")
        raise SystemExit(TERMINATED)


if __name__ == "__main__":
    sys.exit(main())
