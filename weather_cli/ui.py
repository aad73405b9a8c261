"""What the commands print: rich for a person at a terminal, plain lines for a pipe or a file.

Away from a terminal every line is either `# heading`, `name: value` or a tab-separated table with a header,
without colours or drawing, so that `cut`, `grep` and `awk` can read it.  `NO_COLOR` and `TERM=dumb` are
respected by rich itself.
"""

import re
import sys
import textwrap
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, TextIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Cell = str | int | float | None
_WIDEST = 10_000
_LONGEST_WORD, _LONGEST_NAME = 12, 30
"""Letters of a word that a narrow terminal shows in one piece; the first column holds names."""


class Step:
    """A piece of work that is under way; what it calls `result` is shown when it is done."""

    def __init__(self) -> None:
        self.result = ""

    def done(self, result: str) -> None:
        """Set what is shown behind the step's title."""
        self.result = result


class Ui:
    """Prints to one stream, as rich text if that is a terminal.

    Args:
        stream: where to print; standard output by default.
        answer: whether what is printed is what the person asked for.  A report on what a command did is not,
            and is left out with `--quiet`.

    Attributes:
        quiet: whether `--quiet` was given, for the whole process: neither progress, remarks nor reports.
        fancy: whether the stream is a terminal.
    """

    quiet: ClassVar[bool] = False

    def __init__(self, stream: TextIO | None = None, *, answer: bool = True) -> None:
        self._stream = stream or sys.stdout
        self._silent = self.quiet and not answer
        self.console = Console(file=self._stream, highlight=False, quiet=self._silent)
        self.fancy = self.console.is_terminal and not self.console.is_dumb_terminal
        unicode = (getattr(self._stream, "encoding", None) or "").lower().startswith("utf")
        self._tick, self._cross, self._box = ("✓", "✗", box.SIMPLE_HEAD) if unicode else ("+", "x", box.ASCII)

    def heading(self, text: str) -> None:
        """Print a heading, set off by an empty line."""
        if self.fancy:
            self.console.print(f"\n[bold cyan]{escape(text)}[/]")
        else:
            self._plain(f"# {text}")

    def line(self, text: str = "", *, style: str = "", wrap: bool = True) -> None:
        """Print a line of text.

        Args:
            text: the text.
            style: a rich style, for terminals.
            wrap: whether a terminal shows a long line broken at words; not what is to be copied, such as a
                command or an address.
        """
        if not self.fancy:
            self._plain(text)
            return
        for line in _wrapped(text, self.console.width) if wrap else [text]:
            self.console.print(escape(line), style=style or None, soft_wrap=True)

    def remark(self, text: str) -> None:
        """Print a remark beside the data; away from a terminal it begins with `#`, so it is not a row."""
        if self.quiet:
            return
        for line in text.splitlines():
            self.line(line if self.fancy else f"# {line}", style="dim")

    def warning(self, text: str) -> None:
        """Print what the person has to know or to do, also with `--quiet`."""
        self.line(f"warning: {text}", style="yellow")

    def facts(self, facts: Mapping[str, Cell]) -> None:
        """Print `name: value` lines; a terminal has them aligned, with long values broken at words."""
        if not self.fancy:
            for name, value in facts.items():
                self._plain(f"{name}: {_text(value)}")
            return
        left = max((len(name) for name in facts), default=0) + 2
        for name, value in facts.items():
            first, *rest = _wrapped(_text(value), self.console.width - left)
            self.console.print(f"[dim]{escape(f'{name:<{left}}')}[/]{escape(first)}", soft_wrap=True)
            for line in rest:
                self.console.print(" " * left + escape(line), soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, total: Sequence[Cell] | None = None
    ) -> None:
        """Print a table; columns that hold nothing but numbers are aligned to the right."""
        if not self.fancy:
            for row in [columns, *rows, *([total] if total else [])]:
                self._plain("\t".join(_text(cell) for cell in row))
            return
        table = Table(
            box=self._box,
            header_style="bold",
            pad_edge=False,
            show_edge=False,
            padding=(0, 0 if len(columns) > 8 else 1),
            show_footer=total is not None,
        )
        for index, column in enumerate(columns):
            numeric = all(_is_number(row[index]) for row in rows)
            footer = _text(total[index]) if total else ""
            side = "right" if numeric else "left"
            # A narrow terminal breaks headings and texts at spaces; numbers and short words stay whole.
            words = [word for text in [column, *(_text(row[index]) for row in rows)] for word in text.split()]
            longest = _LONGEST_NAME if index == 0 else _LONGEST_WORD
            width = max((len(word) for word in words if len(word) <= longest), default=1)
            heading = escape(column)
            table.add_column(heading, justify=side, footer=escape(footer), min_width=width, overflow="fold")
        for row in rows:
            table.add_row(*(escape(_text(cell)) for cell in row))
        least = self.console.measure(table, options=self.console.options.update(width=_WIDEST)).minimum
        if least > self.console.width:  # rich would leave out the last columns, which hold the prices
            table.width = least
        self.console.print(table, crop=False)

    @contextmanager
    def step(self, title: str) -> Generator[Step]:
        """Show a piece of work while it runs, and its duration and result when it is done or has failed."""
        step, started = Step(), time.monotonic()
        try:
            if self.fancy and not self.quiet:
                with self.console.status(escape(title)):
                    yield step
            else:
                yield step
        except BaseException as error:
            what = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            self._ended(title, what, time.monotonic() - started, ok=False)
            raise
        self._ended(title, step.result, time.monotonic() - started, ok=True)

    @contextmanager
    def live(self, title: str) -> Generator[Callable[[str], None]]:
        """Show what is going on right now in a line that changes; yields the function that changes it."""
        if self.quiet or not self.fancy:
            if not self.quiet:
                self._plain(title)
            yield lambda _text: None
            return
        with self.console.status(escape(title)) as status:
            yield lambda text: status.update(escape(text))

    @contextmanager
    def progress(self, title: str, stages: Mapping[str, str]) -> Generator[Callable[[str, int, int], None]]:
        """Show how far a long piece of work is: counts, rate, and how long it will take.

        Away from a terminal a line is printed every ten seconds.

        Args:
            title: what is shown until the first count.
            stages: name of a stage -> what is counted, such as `objects read`.

        Yields:
            A function that is called with (stage, done, total), as often as one likes.
        """
        counter = _Counter(stages)
        if self.quiet:
            yield lambda _stage, _done, _total: None
        elif self.fancy:
            with self.console.status(escape(title)) as status:
                yield lambda stage, done, total: status.update(escape(counter.text(stage, done, total)))
        else:
            yield lambda stage, done, total: self._now_and_then(counter, stage, done, total)

    def _now_and_then(self, counter: "_Counter", stage: str, done: int, total: int) -> None:
        text = counter.text(stage, done, total)
        if counter.due():
            self._plain(text)

    def visit(self, state: str, seconds: float, *, failed: bool) -> None:
        """Print that an execution has left a state after so many seconds."""
        if self.quiet:
            return
        if self.fancy:
            mark = f"[red]{self._cross}[/]" if failed else f"[green]{self._tick}[/]"
            self.console.print(f"  {mark} {escape(state):<24} [dim]{seconds:6.1f} s[/]")
        else:
            self._plain(f"state {state}: {'failed' if failed else 'left'} ({seconds:.1f} s)")

    def _ended(self, title: str, result: str, seconds: float, *, ok: bool) -> None:
        if self.quiet and ok:
            return
        if self.fancy:
            mark = f"[green]{self._tick}[/]" if ok else f"[red]{self._cross}[/]"
            told = f": {result}" if result else ""
            self.console.print(f"{mark} {escape(title)}{escape(told)} [dim]{seconds:.1f} s[/]")
        else:
            self._plain(f"{title}: {result or 'done'} ({seconds:.1f} s)")

    def _plain(self, text: str) -> None:
        if not self._silent:
            print(text, file=self._stream, flush=True)


class _Counter:
    """Puts counts of stages into words, with the rate since the stage began."""

    def __init__(self, stages: Mapping[str, str]) -> None:
        self._stages = stages
        self._stage = ""
        self._began = self._told = time.monotonic()

    def text(self, stage: str, done: int, total: int) -> str:
        """Return `1,200 of 5,000 objects read, 410 a second, 9 s left`."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began = stage, now
        whole = f"{done:,} of {total:,}" if total else f"{done:,}"
        text = f"{whole} {self._stages.get(stage, stage)}"
        seconds = now - self._began
        if seconds < 1 or not done:
            return text
        rate = done / seconds
        left = f", {(total - done) / rate:,.0f} s left" if total > done else ""
        return f"{text}, {rate:,.0f} a second{left}"

    def due(self) -> bool:
        """Return whether ten seconds have gone since this last said so."""
        if (now := time.monotonic()) - self._told < 10:
            return False
        self._told = now
        return True


def _wrapped(text: str, width: int) -> list[str]:
    """Return a text broken at words; a word that is longer than the line stays whole."""
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False) or [""]


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return re.fullmatch(r"-?[\d,]*\.?\d+", cell) is not None
    return True


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:g}"
    return str(cell)
