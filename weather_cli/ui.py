"""What the commands print: rich for a person at a terminal, plain lines for a pipe or a file.

Away from a terminal every line is either `# heading`, `name: value` or a tab-separated table with a header,
without colours or drawing, so that `cut`, `grep` and `awk` can read it.  `NO_COLOR` and `TERM=dumb` are
respected by rich itself.
"""

import re
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Cell = str | int | float | None
_WIDEST = 10_000


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
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.console = Console(file=self._stream, highlight=False)
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
            wrap: whether a long line is broken at words; a terminal alone keeps addresses copyable.
        """
        if self.fancy:
            self.console.print(escape(text), style=style or None, soft_wrap=not wrap)
        else:
            self._plain(text)

    def remark(self, text: str) -> None:
        """Print a remark beside the data; away from a terminal it begins with `#`, so it is not a row."""
        for line in text.splitlines():
            self.line(line if self.fancy else f"# {line}", style="dim")

    def facts(self, facts: Mapping[str, Cell]) -> None:
        """Print `name: value` lines, aligned for a person."""
        if not self.fancy:
            for name, value in facts.items():
                self._plain(f"{name}: {_text(value)}")
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim")
        grid.add_column(overflow="fold")
        for name, value in facts.items():
            grid.add_row(escape(name), escape(_text(value)))
        self.console.print(grid)

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
            width = max((len(word) for word in words if len(word) <= 12), default=1)
            table.add_column(escape(column), justify=side, footer=escape(footer), min_width=width)
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
            if self.fancy:
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
        if not self.fancy:
            self._plain(title)
            yield lambda _text: None
            return
        with self.console.status(escape(title)) as status:
            yield lambda text: status.update(escape(text))

    def visit(self, state: str, seconds: float, *, failed: bool) -> None:
        """Print that an execution has left a state after so many seconds."""
        if self.fancy:
            mark = f"[red]{self._cross}[/]" if failed else f"[green]{self._tick}[/]"
            self.console.print(f"  {mark} {escape(state):<24} [dim]{seconds:6.1f} s[/]")
        else:
            self._plain(f"state {state}: {'failed' if failed else 'left'} ({seconds:.1f} s)")

    def _ended(self, title: str, result: str, seconds: float, *, ok: bool) -> None:
        if self.fancy:
            mark = f"[green]{self._tick}[/]" if ok else f"[red]{self._cross}[/]"
            told = f": {result}" if result else ""
            self.console.print(f"{mark} {escape(title)}{escape(told)} [dim]{seconds:.1f} s[/]")
        else:
            self._plain(f"{title}: {result or 'done'} ({seconds:.1f} s)")

    def _plain(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


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
