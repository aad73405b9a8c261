import logging
import os
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from weather_cli import cli
from weather_cli.arguments import NOTHING_CHANGED
from weather_cli.errors import CommandError, UsageError

FAULT = "this is a fault of weather itself: report it with what --debug shows"
ROOT = Path(__file__).resolve().parents[2]


def weather(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "weather_cli.cli", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def commands(monkeypatch):
    """Command modules of the test's own in place of the real ones."""
    known = {}
    monkeypatch.setattr(cli, "COMMANDS", known)

    def add(name, handler):
        known[name] = f"Do {name}"

        def register(subparsers):
            parser = subparsers.add_parser(name)
            parser.add_argument("--number", type=int)
            parser.set_defaults(handler=handler)

        module = type(sys)(f"weather_cli.commands.{name}")
        module.register = register
        monkeypatch.setitem(sys.modules, f"weather_cli.commands.{name}", module)

    return add


@pytest.fixture(autouse=True)
def _logging_stays_on():
    yield
    logging.disable(logging.NOTSET)  # an interrupted command ends the process, and its logging before


def raising(error):
    def handler(_arguments):
        raise error

    return handler


def test_help_lists_every_command_with_its_first_line_and_imports_none():
    code = (
        "import sys; from weather_cli import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'boto3', 'moto', 'pulumi', 'pyarrow', 'rich', 'duckdb'} & set(sys.modules)\n"
        "commands = [m for m in sys.modules if m.startswith('weather_cli.commands.')]\n"
        "assert not heavy and not commands, (heavy, commands)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert shown.returncode == 0, shown.stderr
    for name, summary in cli.COMMANDS.items():
        assert f"{name} " in shown.stdout
        assert summary.split()[0] in shown.stdout
    assert "exit status:" in shown.stdout


def test_the_version_is_the_packages():
    shown = weather("--version")
    assert (shown.returncode, shown.stdout) == (0, f"weather {metadata.version('weather-pipeline')}\n")


def test_every_command_is_listed_once():
    modules = {path.stem for path in Path(cli.__file__).with_name("commands").glob("[!_]*.py")}
    assert {name.replace("-", "_") for name in cli.COMMANDS} == modules


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_teaches_itself(name):
    shown = weather(name, "--help")
    assert shown.returncode == 0, shown.stderr
    assert cli.COMMANDS[name]
    for part in ["examples:", "exit status:", f"weather {name}"]:
        assert part in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["dmeo"], "no command 'dmeo'; did you mean 'demo'?"),
        (["--loud"], "required: COMMAND"),
        (["demo", "--loud"], "unrecognized arguments: --loud"),
        (["demo", "--fail", "everything"], "invalid choice: 'everything'"),
        (["cost", "--workers", "²"], "'²' is not a whole number from 1 to 1,000,000,000"),
        (["cost", "--stations", "9" * 400], "is not a whole number from 1 to 1,000,000,000"),
        (["status", "--stack", "local", "--limit", "²"], "'²' is not a number from 1 to 1000"),
        (
            ["replay", "--stack", "local", "--since", "2026-01-01", "--until", "9999-12-31T23:59:59-12:00"],
            "is not an ISO 8601 time",
        ),
    ],
)
def test_wrong_usage_is_told_with_where_help_is_and_status_2(arguments, said):
    ended = weather(*arguments)
    assert ended.returncode == 2
    what, next_step = ended.stderr.splitlines()
    assert said in what
    assert next_step in ("next: weather --help", f"next: weather {arguments[:1] and arguments[0]} --help")
    assert ended.stdout == ""


def test_the_handlers_status_is_the_commands(commands):
    commands("fine", lambda arguments: 40 + arguments.number)
    assert cli.main(["fine", "--number", "2"]) == 42


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (CommandError("the lake is\n  dry", "dig"), 1, "weather broken: the lake is dry\nnext: dig\n"),
        (
            UsageError("the settings are wrong:\n  - kms: is not set\n  - owner: is not set"),
            2,
            "weather broken: the settings are wrong:\n  - kms: is not set\n  - owner: is not set\n"
            "next: weather broken --help\n",
        ),
        (
            UsageError("since lies after until"),
            2,
            "weather broken: since lies after until\nnext: weather broken --help\n",
        ),
        (KeyError("bucket"), 1, f"weather broken: KeyError: 'bucket'\nnext: {FAULT}\n"),
        (RuntimeError(), 1, f"weather broken: RuntimeError\nnext: {FAULT}\n"),
        (KeyboardInterrupt(), 130, f"weather broken: interrupted\nnext: {NOTHING_CHANGED}\n"),
        (KeyboardInterrupt("wait"), 130, "weather broken: interrupted\nnext: wait\n"),
    ],
)
def test_a_failure_is_its_problems_a_next_step_and_a_status(
    commands, capsys, monkeypatch, error, status, line
):
    monkeypatch.delenv("WEATHER_DEBUG", raising=False)
    commands("broken", raising(error))
    assert cli.main(["broken"]) == status
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("way", ["--debug before", "--debug after", "environment"])
def test_debugging_shows_the_traceback(commands, capsys, monkeypatch, way):
    commands("broken", raising(CommandError("dry")))
    arguments = {"--debug before": ["--debug", "broken"], "--debug after": ["broken", "--debug"]}
    monkeypatch.setenv("WEATHER_DEBUG", "1" if way == "environment" else "")
    assert cli.main(arguments.get(way, ["broken"])) == 1
    assert "Traceback" in capsys.readouterr().err


def test_sigterm_ends_with_one_line_and_143(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    before = signal.getsignal(signal.SIGTERM)

    def terminated(_arguments: list[str]) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(cli, "build_parser", terminated)
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main([])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 143
    assert capfd.readouterr().err == "weather: terminated\n"


@pytest.mark.parametrize(
    "turned_into", [RuntimeError("a query failed: SystemExit: 143"), KeyboardInterrupt()]
)
def test_a_termination_that_a_library_turned_into_a_failure_is_a_termination(commands, capfd, turned_into):
    before = signal.getsignal(signal.SIGTERM)

    def terminated(_arguments):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except SystemExit as end:
            raise turned_into from end

    commands("busy", terminated)
    try:
        assert cli.main(["busy"]) == 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capfd.readouterr().err == "weather: terminated\n"


def test_a_closed_standard_output_is_no_failure():
    closed = f"exec 1>&-; exec {sys.executable} -m weather_cli.cli cost --stations 3"
    ended = subprocess.run(["sh", "-c", closed], cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
