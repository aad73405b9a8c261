"""The wheel: what it holds, and that the command it installs works where there is no checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
MESSAGE = '{"deviceId": "d1", "timestamp": "2026-03-01T00:00:00Z", "data": {"temperature": 21.5}}'


def run(*command, cwd=None, **environment):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    built = run(UV, "build", "--wheel", "--quiet", "--out-dir", folder, ROOT)
    if built.returncode:
        pytest.skip(f"the wheel cannot be built without a package index: {built.stderr.strip()[-300:]}")
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """`weather` in an environment of its own, and an empty folder."""
    folder = tmp_path_factory.mktemp("installed")
    made = run(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    assert made.returncode == 0, made.stderr
    python = folder / "venv" / "bin" / "python"
    done = run(UV, "pip", "install", "--quiet", "--link-mode", "hardlink", "--python", python, wheel)
    if done.returncode:
        pytest.skip(f"the wheel's dependencies cannot be had: {done.stderr.strip()[-300:]}")
    empty = folder / "empty"
    empty.mkdir()

    def weather(*arguments):
        return run(
            python.with_name("weather"), *arguments, cwd=empty, PYTHONPATH="", PULUMI_ERROR_OUTPUT_STRING=""
        )

    return weather, empty


def test_nothing_in_the_wheel_has_a_name_that_others_use(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist() if ".dist-info" not in name}
    assert tops == {
        "aws_prices",
        "embedded_aws",
        "stack_files",
        "weather_cli",
        "weather_etl",
        "weather_report",
    }


def test_what_needs_no_checkout_works_in_an_empty_folder(installed):
    weather, folder = installed
    raw = folder / "raw" / "SGN"
    raw.mkdir(parents=True)
    (raw / "1772323200000.json").write_text(MESSAGE)
    for arguments, said in (
        (["--help"], "commands:"),
        (["profiles"], "generic"),
        (["profiles", "check", str(raw / "1772323200000.json")], "air_temperature"),
        (["cost"], "5.1 std"),
        (["transform", "--source", "raw", "--target", "out"], "accepted"),
    ):
        shown = weather(*arguments)
        assert shown.returncode == 0, (arguments, shown.stderr)
        assert said in shown.stdout, arguments
    assert list((folder / "out" / "observations").rglob("*.csv"))


@pytest.mark.parametrize(
    "arguments", [["demo"], ["bundle"], ["cost", "--stack", "dev"], ["status", "--stack", "dev"]]
)
def test_what_needs_a_checkout_says_so_in_one_line(installed, arguments):
    weather, _ = installed
    refused = weather(*arguments)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"weather {arguments[0]}: this needs a checkout of the project (Pulumi.yaml, components/, etl/)\n"
        "next: run it in one, or name its folder with --project DIR\n"
    )


def test_a_checkout_can_be_named(installed, tmp_path):
    weather, _ = installed
    shown = weather("cost", "--stack", "dev", "--project", ROOT)
    assert shown.returncode == 0, shown.stderr
    assert "A month of stack dev" in shown.stdout
    wrong = weather("cost", "--stack", "dev", "--project", tmp_path)
    assert wrong.returncode == 2
    assert "is not a checkout of the project: it has no Pulumi.yaml" in wrong.stderr
