"""How help is laid out: texts filled to the terminal, commands to copy in one piece, no word broken.

A text is paragraphs, and lists of `left<TAB>right`: an example and what it does, a status and its meaning.
"""

import argparse
import shutil
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

WIDEST: Final = 100
_GAP: Final = 2
_INDENT: Final = 2
_LEFT: Final = 44
"""Most letters of what stands on the left with its explanation beside it rather than below it."""


class HelpFormatter(argparse.HelpFormatter):
    """Fills texts to the width of the terminal, and never breaks a word."""

    def __init__(self, prog: str) -> None:
        width = min(shutil.get_terminal_size().columns, WIDEST)
        super().__init__(prog, max_help_position=28 if width > 70 else 22, width=width)

    def add_argument(self, action: argparse.Action) -> None:
        """Leave room for the commands, which are indented twice: argparse counts one indentation."""
        super().add_argument(action)
        if action.nargs == argparse.PARSER:
            longest = max((len(str(name)) for name in action.choices or ()), default=0)
            self._action_max_length = max(self._action_max_length, longest + 2 * self._indent_increment + 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(f"{indent}{line}".rstrip() for line in filled(text, width - len(indent)))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(" ".join(text.split()), width)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """Name an option once: `--run_id` is `--run-id` as Glue spells it."""
        spelled = list(action.option_strings)
        twins = {option.replace("_", "-") for option in spelled if "_" in option}
        if not twins & set(spelled):
            return super()._format_action_invocation(action)
        action.option_strings = [option for option in spelled if "_" not in option]
        try:
            return super()._format_action_invocation(action)
        finally:
            action.option_strings = spelled


def listed(rows: Iterable[tuple[object, str]]) -> str:
    """Return a list for `filled`."""
    return "\n".join(f"{left}\t{right}" for left, right in rows)


def filled(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text at a width."""
    for paragraph in text.split("\n\n"):
        for is_list, lines in groupby(paragraph.splitlines(), lambda line: "\t" in line):
            if is_list:
                yield from _columns(
                    [(left, right) for left, _, right in (one.partition("\t") for one in lines)], width
                )
            else:
                yield from _wrapped(" ".join(line.strip() for line in lines), width)
        yield ""


def _columns(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield a list; where an explanation has no room beside its command, it stands below."""
    longest = max(len(left) for left, _ in rows)
    room = width - _INDENT - longest - _GAP
    beside = longest <= _LEFT and room >= width // 3
    for left, right in rows:
        if beside:
            first, *rest = _wrapped(right, room) or [""]
            yield f"{'':{_INDENT}}{left:<{longest}}{'':{_GAP}}{first}"
            yield from (f"{'':{_INDENT + longest + _GAP}}{line}" for line in rest)
        else:
            yield f"{'':{_INDENT}}{left}"
            yield from (f"{'':{_INDENT + 4}}{line}" for line in _wrapped(right, width - _INDENT - 4))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)
