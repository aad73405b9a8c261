"""Completion of the command line in a shell, as a script that shtab makes from the parsers."""

import argparse
from typing import Any, Final

import shtab

SHELLS: Final = ("bash", "zsh", "fish")
_FOLDERS: Final = {"DIR"}
_FILES: Final = {"FILE", "PATH", "TARGET"}
_ADDRESSES: Final = {"source", "target", "config"}
"""Options whose value may be an address in S3, and is completed as a file."""


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the completion script of a shell.

    Args:
        parser: of the whole command line, with every command.
        shell: one of `SHELLS`.
    """
    _complete_files(parser)
    return shtab.complete(parser, shell)


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """Say which values are files and folders, by what help calls them."""
    # argparse has no other way to look at what was added.
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if action.nargs == argparse.PARSER:
            commands: Any = action.choices
            for command in commands.values():
                _complete_files(command)
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
        elif action.metavar in _FILES or action.dest in _ADDRESSES or action.dest == "words":
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
