"""The `weather` command: finds the commands, runs one, and turns every failure into one line and a status.

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

from weather_cli.arguments import EXIT_STATUS, Parser, Subparsers
from weather_cli.errors import CommandError

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

TERMINATED = 128 + signal.SIGTERM
"""Exit status of a command that was told to end by SIGTERM."""

DESCRIPTION = """\
The weekly weather pipeline on this machine: raw station messages in, quality-controlled CSV datasets out,
with or without the AWS resources around it.

Begin with 'weather demo': it deploys the whole stack into an embedded AWS, publishes two weeks of real
weather as device messages, and runs the pipeline once. It needs no account and no credentials."""

EPILOG = """\
'weather COMMAND --help' teaches each command: what it does, examples, exit statuses.

environment:
  WEATHER_DEBUG=1     show the traceback of a failure (as --debug does)
  NO_COLOR=1          no colours
  AWS_ENDPOINT_URL    endpoint for run, replay and status, when it is not AWS itself

exit status:
{statuses}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status of the process.

    Args:
        argv: arguments after the program's name; those of the process by default.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = bool(os.environ.get("WEATHER_DEBUG")) or "--debug" in arguments
    termination = _Termination()
    signal.signal(signal.SIGTERM, termination)
    try:
        parsed = build_parser(arguments).parse_args(arguments)
        handler = cast("Callable[[Namespace], int]", parsed.handler)
        status = handler(parsed)
        print(end="", flush=True)  # unlike sys.stdout.flush(), it bears a standard output that was closed
    except BrokenPipeError:
        # The reader has gone (`weather ... | head`); keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        if termination.asked:
            return TERMINATED
        # What was cut off in the middle (an event loop, a request) would report that; the reader knows.
        logging.disable()
        print("weather: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # the one place where a failure becomes a line for the reader
        if termination.asked:  # libraries turn the end of the process into failures of their own
            return TERMINATED
        if debug:
            traceback.print_exc()
        print(f"weather: {_message(error)}", file=sys.stderr)
        return error.status if isinstance(error, CommandError) else 1
    return status


def build_parser(arguments: Sequence[str]) -> Parser:
    """Return the parser for these arguments: complete for the command typed, a line each for the others."""
    statuses = "\n".join(f"  {code:<4} {meaning}" for code, meaning in EXIT_STATUS.items())
    parser = Parser(
        prog="weather",
        description=DESCRIPTION,
        epilog=EPILOG.format(statuses=statuses),
        usage="weather COMMAND ...",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    parser.add_argument("--version", nargs=0, action=_Version, help="show the version and exit")
    subparsers = parser.add_subparsers(prog="weather", title="commands", metavar="COMMAND ...", required=True)
    typed = next((word for word in arguments if not word.startswith("-")), None)
    if typed is not None and typed not in COMMANDS:
        parser.error(_unknown(typed, list(COMMANDS)))
    for name, summary in COMMANDS.items():
        if name == typed:
            _register(name, subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    return parser


def _register(name: str, subparsers: Subparsers) -> None:
    module = importlib.import_module(f"weather_cli.commands.{name.replace('-', '_')}")
    module.register(subparsers)
    subparsers.choices[name].add_argument("--debug", action="store_true", default=SUPPRESS, help=SUPPRESS)


class _Version(Action):
    """Print the version of the package; read only when it is asked for."""

    def __call__(self, parser: ArgumentParser, *_arguments: object) -> None:
        """Print and end."""
        from importlib.metadata import version

        print(f"weather {version('weather-pipeline')}")
        parser.exit()


def _unknown(typed: str, known: list[str]) -> str:
    close = difflib.get_close_matches(typed, known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
    return f"no command '{typed}'; {hint}"


def _message(error: Exception) -> str:
    """Return what a failure says: a list of problems as it is, one a line; anything else in one line."""
    text = str(error)
    if "\n  - " in text:
        return text
    text = " ".join(text.split())
    if not text:
        return type(error).__name__
    # A bare KeyError or the like says too little without its type; our own errors are whole sentences.
    named = isinstance(error, CommandError | OSError | ValueError)
    return text if named else f"{type(error).__name__}: {text}"


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
