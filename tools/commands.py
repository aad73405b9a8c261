"""The page of the command line: statuses, environment, and what each command's help says."""

import argparse
from collections.abc import Iterable, Iterator

from weather_cli.arguments import Parser
from weather_cli.cli import COMMANDS, ENVIRONMENT, EVERYWHERE, build_parser
from weather_cli.completion import SHELLS
from weather_cli.errors import EXIT_STATUS

_HEAD = """\
# The command line

`weather COMMAND --help` says the same in a terminal, laid out for its width from 60 columns on. This page
is made from the code by `make docs`.

A command that fails says on stderr what is wrong, and on a line that begins with `next:` what to do. Answers
are on stdout: at a terminal in colours and tables, into a pipe or a file as `name: value` lines and
tab-separated tables.
"""
_COMPLETION = {
    "bash": "weather --completion bash > ~/.local/share/bash-completion/completions/weather",
    "zsh": 'weather --completion zsh > "${fpath[1]}/_weather"',
    "fish": "weather --completion fish > ~/.config/fish/completions/weather.fish",
}


def files() -> dict[str, str]:
    """Return the text of the page by its path below the project's root."""
    return {"docs/commands.md": "\n".join(_page()) + "\n"}


def _page() -> Iterator[str]:
    yield _HEAD
    yield "## Exit statuses\n"
    yield from _table(("status", "meaning"), EXIT_STATUS.items())
    yield "\n## Everywhere\n"
    known = {f"`{option}`": text for option, text in EVERYWHERE.items()}
    known |= {"`--version`": "show the version and exit"}
    yield from _table(("option, before or behind the command", "what it does"), known.items())
    yield ""
    environment = {f"`{name}`": text for name, text in ENVIRONMENT.items()}
    yield from _table(("environment", "what it does"), environment.items())
    yield "\nCompletion:\n\n```sh"
    yield from (_COMPLETION[shell] for shell in SHELLS)
    yield "```"
    parser = build_parser([], whole=True)
    for name in COMMANDS:
        yield from _command(name, parser.commands[name])


def _command(name: str, parser: Parser) -> Iterator[str]:
    yield f"\n## weather {name}\n"
    for paragraph in (parser.description or "").split("\n\n"):
        yield " ".join(paragraph.split()) + "\n"
    examples, _, statuses = (parser.epilog or "").partition("\n\nexit status:\n")
    yield "```sh"
    for line in examples.splitlines()[1:]:
        command, _, what = line.partition("\t")
        yield f"{command}  # {what}"
    yield "```\n"
    yield from _table(("option", "what it does"), _options(parser))
    yield ""
    usual = {f"{status}\t{meaning}" for status, meaning in EXIT_STATUS.items()}
    rare = [line.split("\t", 1) for line in statuses.splitlines() if line not in usual]
    if rare:
        yield "Exit status: " + "; ".join(f"{status} {meaning}" for status, meaning in rare) + "."


def _options(parser: Parser) -> Iterator[tuple[str, str]]:
    # argparse has no other way to look at what was added.
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if action.help is argparse.SUPPRESS or action.dest == "help":
            continue
        names = [one for one in action.option_strings if "_" not in one]
        value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
        if not names:
            value = str(action.metavar or action.dest)
        if action.choices and not action.metavar:
            value = " " + "|".join(map(str, action.choices)) if names else "|".join(map(str, action.choices))
        text = (action.help or "") % {"default": action.default}
        yield f"`{', '.join(names)}{value}`", text + (" (required)" if names and action.required else "")


def _table(head: tuple[str, str], rows: Iterable[tuple[object, str]]) -> Iterator[str]:
    yield f"| {head[0]} | {head[1]} |"
    yield "|---|---|"
    for left, right in rows:
        yield f"| {_cell(left)} | {_cell(right)} |"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")
