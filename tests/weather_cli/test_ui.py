import io

import pytest

from weather_cli.ui import Ui


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def show(stream):
    ui = Ui(stream)
    ui.heading("Counts")
    ui.facts({"objects read": 12, "wind [m/s]": 3.25, "none": None})
    ui.table(["site", "rows"], [["EWR", 24], ["JFK", 7]], total=["all", 31])
    with ui.step("Deploying") as step:
        step.done("62 resources")
    ui.visit("StartCrawler", 0.25, failed=False)
    return stream.getvalue()


def test_away_from_a_terminal_the_output_is_plain_and_parseable():
    shown = show(io.StringIO())
    assert shown.splitlines()[:7] == [
        "# Counts",
        "objects read: 12",
        "wind [m/s]: 3.25",
        "none: ",
        "site\trows",
        "EWR\t24",
        "JFK\t7",
    ]
    assert "all\t31\n" in shown
    assert "Deploying: 62 resources (" in shown
    assert "\x1b" not in shown
    assert shown.isascii()


def test_at_a_terminal_it_is_coloured_and_keeps_what_looks_like_markup(terminal):
    shown = show(terminal)
    assert "\x1b[" in shown
    assert "wind [m/s]" in shown
    assert "✓" in shown


def test_no_color_takes_the_colours_away(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in show(terminal)


def test_a_terminal_too_narrow_for_a_table_still_shows_every_cell(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    columns = [f"price {number}" for number in range(12)]
    Ui(terminal).table(
        columns, [[f"{number}.25" for number in range(12)]], total=[100 + n for n in range(12)]
    )
    shown = terminal.getvalue()
    assert all(f"{number}.25" in shown and str(100 + number) in shown for number in range(12))


def test_a_step_that_raises_is_told_as_failed():
    stream = io.StringIO()
    with pytest.raises(OSError), Ui(stream).step("Deploying"):
        raise OSError("no")
    assert stream.getvalue().startswith("Deploying: failed (")
