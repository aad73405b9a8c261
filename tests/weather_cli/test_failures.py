"""Whatever goes wrong, in whichever command: what is wrong, what to do next, a status of the table."""

import errno
import json
import shlex
import socket

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound
from weather_etl.lake import UnreachableError

from weather_cli import cli
from weather_cli.errors import EXIT_STATUS, CommandError
from weather_cli.failures import failure_of

KINDS = {
    "an unknown option": "COMMAND --loud",
    "an unknown stack": "STACKED --stack dve",
    "no credentials": "STACKED --stack dev",
    "half of the credentials": "STACKED --stack dev",
    "a profile that is not there": "STACKED --stack dev",
    "an address where nothing answers": "STACKED --stack dev",
    "an address that is none": "STACKED --stack dev",
    "a folder that is not there": "TARGETED nowhere",
    "a slip in the address": "TARGETED s3:/bucket",
    "a bucket without an address of AWS": "TARGETED s3://bucket",
}
"""Kind of error -> the commands that can meet it, with what meets it."""

STACKED = {
    "run": "",
    "replay": "--since 2026-01-01 --until 2026-01-02",
    "status": "",
    "live-check": "--run",
    "report": "",
    "query": "",
    "why": "daily JFK 2013-02-14 qc",
}
"""Commands that talk to a stack, with what else they need."""

TARGETED = {
    "accept": "--show --target {}",
    "ledger": "--target {}",
    "query": "{}",
    "repair": "--target {}",
    "report": "{}",
    "transform": "--target out --source {}",
    "why": "{} daily JFK 2013-02-14 qc",
}
"""Commands on a place, and how it is named."""

ENVIRONMENT = {
    "half of the credentials": {"AWS_ACCESS_KEY_ID": "x"},
    "a profile that is not there": {"AWS_PROFILE": "nobody"},
    "an address that is none": {
        "AWS_ENDPOINT_URL": "localhost:1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    },
    "a bucket without an address of AWS": {"AWS_ENDPOINT_URL": ""},
}


def cases():
    for kind, line in KINDS.items():
        commands, *words = line.split()
        known = {"COMMAND": dict.fromkeys(cli.COMMANDS, ""), "STACKED": STACKED, "TARGETED": TARGETED}[
            commands
        ]
        for command, rest in known.items():
            if kind == "an address where nothing answers" and command in ("report", "query", "why"):
                continue  # obstore asks for half a minute; what it says then is read below
            said = rest.format(*words) if "{}" in rest else " ".join([rest, *words])
            yield pytest.param(kind, command, shlex.split(said), id=f"{command}: {kind}")


@pytest.fixture(autouse=True)
def _signed_out(monkeypatch, tmp_path):
    """No credentials, no profile, no instance to ask, and a folder of its own."""
    for name in ("PROFILE", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "DEFAULT_REGION", "ENDPOINT_URL"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.delenv("WEATHER_DEBUG", raising=False)
    monkeypatch.setattr("weather_etl.lake.transport.FIRST_PAUSE_S", 0.0)
    monkeypatch.chdir(tmp_path)


def run(capsys, command, words):
    try:
        status = cli.main([command, *words])
    except SystemExit as end:
        status = end.code
    return status, capsys.readouterr().err


def assert_told(command, status, err):
    first, *between, last = err.splitlines()
    assert status in EXIT_STATUS
    assert status != 0
    assert first.startswith(f"weather {command}: ")
    assert all(line.startswith("  - ") for line in between), err
    assert last.startswith("next: ")
    assert len(last) > len("next: ") + 5
    assert "Traceback" not in err


@pytest.mark.parametrize(("kind", "command", "words"), list(cases()))
def test_each_error_of_each_command_is_told_in_one_frame(capsys, monkeypatch, kind, command, words):
    environment = dict(ENVIRONMENT.get(kind, {}))
    if kind == "an address where nothing answers":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
        environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if command in ("demo", "bundle", "local", "doctor", "profiles", "cost"):
        assert "--loud" in words  # the others would do their work
    status, err = run(capsys, command, words)
    assert_told(command, status, err)


OBSTORE = (
    "Generic S3 error: Error performing list request: Error performing GET "
    "http://127.0.0.1:9/nope?list-type=2&prefix=x%2F in 2.64s, after 10 retries, max_retries: 10, "
    "retry_timeout: 180s - HTTP error: error sending request"
)


@pytest.mark.parametrize(
    ("error", "what", "next_step"),
    [
        (
            UnreachableError(f"s3://nope cannot be listed: {OBSTORE}"),
            "nothing answers at http://127.0.0.1:9",
            "network",
        ),
        (
            UnreachableError("s3://nope cannot be listed: Received None from session.get_credentials"),
            "s3://nope cannot be listed: no AWS credentials were found",
            "aws sso login",
        ),
        (
            UnreachableError("s3://b cannot be listed: <Code>AccessDenied</Code>"),
            "access is denied",
            "permissions.md",
        ),
        (UnreachableError("s3://b cannot be read: strange"), "s3://b cannot be read: strange", "signed in"),
        (NoCredentialsError(), "Unable to locate credentials", "AWS_PROFILE"),
        (ProfileNotFound(profile="x"), "profile (x) could not be found", "list-profiles"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:9/"),
            "nothing answers at http://127.0.0.1:9",
            "network",
        ),
        (ClientError({"Error": {"Code": "ExpiredToken"}}, "GetObject"), "ExpiredToken", "aws sso login"),
        (
            ClientError({"Error": {"Code": "StateMachineDoesNotExist"}}, "X"),
            "StateMachine",
            "deploy the stack first",
        ),
        (ClientError({"Error": {"Code": "Odd"}}, "X"), "Odd", "weather doctor"),
        (
            PermissionError(errno.EACCES, "Permission denied", "a/b"),
            "a/b: Permission denied",
            "may read and write",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "a"),
            "a: No space left on device",
            "free some space",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "a"),
            "a: No such file",
            "check the path",
        ),
        (ModuleNotFoundError("No module named 'x'"), "No module named 'x'", "make setup"),
        (ValueError("x is not y"), "x is not y", "weather demo --help"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero", "--debug"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_is_known_of_an_error_is_said(error, what, next_step):
    failure = failure_of(error, "demo")
    assert what in failure.what
    assert next_step in failure.next_step
    assert failure.status in EXIT_STATUS
    assert "\n" not in failure.what


def test_an_endpoint_of_ones_own_is_named(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4567")
    failure = failure_of(EndpointConnectionError(endpoint_url="http://127.0.0.1:4567/"))
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:4567" in failure.next_step


def test_a_command_keeps_the_next_step_of_what_it_put_into_words():
    error = CommandError("the report cannot be written")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert "free some space" in failure_of(error, "report").next_step


def test_a_target_that_cannot_be_written_is_called_the_target(capsys, tmp_path):
    (tmp_path / "lake/garden").mkdir(parents=True)
    (tmp_path / "lake/garden/1794000000000.json").write_text(
        json.dumps({"temperature": 1, "time": 1794000000})
    )
    (tmp_path / "file").write_text("")
    status, err = run(capsys, "transform", ["--source", "lake", "--target", "file/out"])
    assert_told("transform", status, err)
    assert "the target file/out cannot be written" in err
    assert "--target" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("zone", "meant"),
    [("europe/berlin", "Europe/Berlin"), ("GMT+7", "+07:00"), ("Berlin", "Europe/Berlin"), ("PST", "")],
)
def test_a_misspelt_zone_is_told_with_what_was_meant(capsys, zone, meant):
    status, err = run(capsys, "transform", ["--source", "lake", "--target", "out", "--timezone", zone])
    assert_told("transform", status, err)
    assert f"'{zone}' is not a known time zone" in err
    assert (f"did you mean {meant}?" in err) if meant else ("did you mean" not in err)


def test_every_status_of_a_commands_help_is_of_the_table():
    parser = cli.build_parser(["--help"])
    assert all(str(status) in (parser.epilog or "") for status in EXIT_STATUS)
