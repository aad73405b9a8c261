"""The command in a real terminal: a pseudo-terminal of 60, 80 and 120 columns, and away from one."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from weather_cli import cli

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (60, 80, 120)


def start(words, columns, cwd=ROOT, **environment):
    """Start the command in a terminal so many columns wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "weather_cli.cli", *words],
        cwd=cwd,
        env=known | {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return process, ours


def rest(ours):
    """Read what a terminal shows until the command has ended."""
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return shown.decode()


def in_terminal(words, columns, **environment):
    process, ours = start(words, columns, **environment)
    shown = rest(ours)
    return process.wait(60), shown


def plain(shown):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")


@pytest.fixture(scope="module")
def parser():
    return cli.build_parser([], whole=True)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", ["", *cli.COMMANDS])
def test_help_never_breaks_a_word(parser, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = (parser.commands[name] if name else parser).format_help()
    monkeypatch.setenv("COLUMNS", "10000")
    words = set((parser.commands[name] if name else parser).format_help().split())
    assert not [word for word in shown.split() if word not in words]
    examples = shown.partition("\nexamples:")[2].partition("\nexit status:")[0]
    for line in shown.replace(examples, "").splitlines():
        assert len(line) <= columns or len(line.split()) == 1, line


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", cli.COMMANDS)
def test_examples_stand_in_one_piece(parser, monkeypatch, name, columns):
    epilog = [line.partition("\t")[0] for line in parser.commands[name].epilog.splitlines() if "\t" in line]
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = parser.commands[name].format_help()
    assert epilog
    assert all(line in shown for line in epilog)


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_run_in_a_terminal(tmp_path, columns):
    lake = tmp_path / "lake/garden"
    lake.mkdir(parents=True)
    for step in range(6):
        at = 1_794_000_000 + 600 * step
        (lake / f"{at * 1000}.json").write_text(json.dumps({"temperature": 12.5 + step, "time": at}))
    words = ["transform", "--source", str(lake.parent), "--target", str(tmp_path / "out")]
    status, shown = in_terminal(words, columns)
    assert status == 0, shown
    lines = plain(shown).splitlines()
    assert any("1, with 1 station: garden" in line for line in lines)
    assert "\x1b[" in shown
    broken = [
        line for line in lines if len(line) > columns and " " in line.strip().partition("  ")[2].strip()
    ]
    assert not broken


@pytest.mark.parametrize("columns", WIDTHS)
def test_lines_to_copy_are_in_one_piece(columns):
    words = ["profiles", "new", str(ROOT / "tests/fixtures/payloads/weewx.json")]
    status, shown = in_terminal(words, columns)
    assert status == 0, shown
    assert f"weather profiles check {words[-1]} --profiles FILE" in plain(shown).splitlines()


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_list_in_a_narrow_terminal_cuts_no_name(columns):
    status, shown = in_terminal(["profiles"], columns)
    assert status == 0
    assert "…" not in shown
    assert all(name in shown for name in ("davis_weatherlink_v2", "wunderground_upload"))


def test_no_color_and_a_pipe_have_no_colours():
    status, shown = in_terminal(["profiles"], 80, NO_COLOR="1")
    assert status == 0
    assert not re.search(r"\x1b\[[0-9;]*3\dm", shown)
    piped = subprocess.run(
        [sys.executable, "-m", "weather_cli.cli", "profiles"], cwd=ROOT, capture_output=True, text=True
    )
    assert "\x1b" not in piped.stdout
    assert len({line.count("\t") for line in piped.stdout.splitlines()}) == 1


def test_quiet_leaves_answers_warnings_and_errors(tmp_path):
    lake = tmp_path / "lake/garden"
    lake.mkdir(parents=True)
    (lake / "1794000000000.json").write_text(json.dumps({"temperature": 12.5, "time": 1_794_000_000}))
    words = ["transform", "--source", str(lake.parent), "--target", str(tmp_path / "out"), "--quiet"]
    run = {"cwd": ROOT, "capture_output": True, "text": True}
    command = [sys.executable, "-m", "weather_cli.cli"]
    first = subprocess.run([*command, *words], **run)
    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    second = subprocess.run([*command, *words], **run)
    assert (second.returncode, second.stdout) == (0, "")
    assert second.stderr.startswith("warning: nothing new was found")
    query = ["--quiet", "query", str(tmp_path / "out"), "SELECT 1 AS one"]
    assert subprocess.run([*command, *query], **run).stdout == "one\n1\n"


def test_ctrl_c_says_what_is_safe_and_leaves_no_traceback(tmp_path):
    lake = tmp_path / "lake"
    message = json.dumps({"temperature": 12.5, "humidity": 50})
    for site in range(4):
        (lake / f"s{site}").mkdir(parents=True)
        for number in range(3000):
            (lake / f"s{site}/{1_794_000_000_000 + number * 1000}.json").write_text(message)
    words = ["transform", "--source", str(lake), "--target", str(tmp_path / "out")]
    process, ours = start(words, 100)
    shown = ""
    while "objects read" not in shown and "sites listed" not in shown and process.poll() is None:
        shown += os.read(ours, 65536).decode()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to every process
    time.sleep(0.1)
    shown = plain(shown + rest(ours))
    assert process.wait(60) == 130, shown
    assert "weather transform: interrupted" in shown
    assert "next: what was published is whole; run the same command again" in shown
    assert "Traceback" not in shown
    again = subprocess.run(
        [sys.executable, "-m", "weather_cli.cli", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_knows_every_command(shell):
    made = subprocess.run(
        [sys.executable, "-m", "weather_cli.cli", "--completion", shell],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    assert all(name in made.stdout for name in cli.COMMANDS)
    assert "--timezone" in made.stdout or "timezone" in made.stdout


def test_bash_completes_commands_options_and_choices(tmp_path):
    made = subprocess.run(
        [sys.executable, "-m", "weather_cli.cli", "--completion", "bash"], cwd=ROOT, capture_output=True
    )
    (tmp_path / "completion").write_bytes(made.stdout)
    asked = """\
source completion
ask() {
    COMP_WORDS=(weather "$@"); COMP_CWORD=$#; COMP_LINE="weather $*"; COMP_POINT=${#COMP_LINE}
    COMPREPLY=(); _shtab_weather; echo "${COMPREPLY[*]}"
}
ask tr; ask transform --timez; ask demo --fail ""
"""
    shown = subprocess.run(["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True)
    assert shown.stdout.splitlines() == ["transform", "--timezone", "crawler job"]
