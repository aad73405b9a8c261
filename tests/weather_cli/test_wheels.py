import hashlib
import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from components.packaging import package_zip
from weather_cli import wheels as bundle
from weather_cli.demo.messages import FIRST_DAY, device_messages, read_observations
from weather_cli.errors import CommandError
from weather_cli.wheels import REQUIREMENTS, Pin, build, read_pins, write_zip

ROOT = Path(__file__).resolve().parents[2]
GLUE_OF_PYTHON = {python: glue for glue, python in bundle.PYTHON_OF_GLUE.items()}
A, B, C = ("a" * 64, "b" * 64, "c" * 64)

LOCKED = f"""\
# a comment
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{C}
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{C}
duckdb==2.0.0 \\
    --hash=sha256:{C}
"""


@pytest.mark.parametrize(("python", "numpy"), [("3.11", ("2.4.6", {A, B})), ("3.13", ("2.5.5", {C}))])
def test_markers_are_decided_for_the_worker_and_not_for_this_machine(python, numpy):
    duckdb_pin, numpy_pin = read_pins(LOCKED, python)
    assert (duckdb_pin.line, numpy_pin.name) == ("duckdb==2.0.0", "numpy")
    assert (numpy_pin.version, numpy_pin.hashes) == numpy


@pytest.mark.parametrize(
    "line", ["numpy>=2 --hash=sha256:" + A, "numpy==2.4.6", "numpy==2,==3 --hash=sha256:" + A]
)
def test_what_is_not_pinned_with_a_hash_is_refused(line):
    with pytest.raises(ValueError, match="not pinned to one version with hashes"):
        read_pins(line, "3.11")


def test_the_locked_requirements_hold_on_every_glue_version():
    for python in bundle.PYTHON_OF_GLUE.values():
        names = [pin.name for pin in read_pins(bundle.REQUIREMENTS.read_text(), python)]
        assert len(names) == len(set(names)), "two versions of one package for one Python"
        assert {"duckdb", "numpy", "obstore", "orjson", "pyarrow", "tzdata"} <= set(names)


def test_the_layout_is_the_documented_one_and_the_bytes_depend_on_the_content_alone(tmp_path):
    wheels = [tmp_path / name for name in ["b-1-py3-none-any.whl", "a-1-py3-none-any.whl"]]
    for wheel in wheels:
        wheel.write_bytes(wheel.name.encode())
    pins = [Pin("a", "1", frozenset({A})), Pin("b", "1", frozenset({B}))]
    write_zip(tmp_path / "one.zip", pins, wheels)
    os.utime(wheels[0], (0, 0))
    write_zip(tmp_path / "two.zip", pins, reversed(wheels))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as made:
        assert made.namelist() == [
            "wheels/a-1-py3-none-any.whl",
            "wheels/b-1-py3-none-any.whl",
            "wheels/requirements.txt",
        ]
        assert made.read("wheels/requirements.txt") == b"a==1\nb==1\n"
        assert made.testzip() is None


def test_a_wheel_with_another_hash_is_refused(tmp_path, monkeypatch):
    (tmp_path / "wheels-3.11").mkdir()
    (tmp_path / "wheels-3.11" / "a-1-py3-none-any.whl").write_bytes(b"not what was locked")
    (tmp_path / "locked.txt").write_text(f"a==1 --hash=sha256:{A}\n")
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, "", "")
    )
    with pytest.raises(CommandError, match="no wheel of a==1"):
        build("5.1", tmp_path, tmp_path / "locked.txt")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The bundle for this Python's Glue version, from the package index or the wheels kept in dist/."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python not in GLUE_OF_PYTHON:
        pytest.skip(f"no Glue version runs Python {python}, so the bundle cannot be installed into it")
    try:
        return build(GLUE_OF_PYTHON[python], ROOT / "dist", ROOT / REQUIREMENTS)
    except CommandError as error:
        if "No matching distribution" in str(error) or "Could not find a version" in str(error):
            pytest.skip(f"the wheels are not in dist/ and no package index answers: {error}")
        raise


def test_the_name_holds_the_hash_of_the_bytes(built):
    assert built.name == f"weather-{hashlib.sha256(built.read_bytes()).hexdigest()[:12]}.gluewheels.zip"


@pytest.fixture(scope="module")
def worker(built, tmp_path_factory):
    """An empty Python into which only the bundle was installed, as Glue does it, without an index."""
    folder = tmp_path_factory.mktemp("worker")
    with zipfile.ZipFile(built) as packed:
        packed.extractall(folder)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    wheels = folder / "wheels"
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-compile",
        "--find-links",
        wheels,
    ]
    subprocess.run([*install, "-r", wheels / "requirements.txt"], check=True, timeout=120)
    return python


def test_the_transform_runs_from_the_bundle_alone(worker, tmp_path):
    """Script and package as they are uploaded, in the empty Python; -I keeps this one's packages out."""
    package = tmp_path / "weather_etl.zip"
    package.write_bytes(
        package_zip(
            ROOT / "etl" / "weather_etl", ROOT / "etl" / "weather_report", ROOT / "policies" / "aws_prices"
        )
    )
    lake, target = tmp_path / "lake", tmp_path / "out"
    for message in device_messages(read_observations(FIRST_DAY, FIRST_DAY), "lake"):
        path = tmp_path / message.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(message.body)
    script = (
        f"import runpy, sys; sys.path.insert(0, {str(package)!r})\n"
        f"sys.argv = ['weather-transform.py', '--source', {str(lake)!r}, '--target', {str(target)!r},\n"
        "            '--until', '2013-02-17T05:00:00Z', '--timezone', '-05:00', '--engine', 'auto']\n"
        f"runpy.run_path({str(ROOT / 'etl' / 'weather-transform.py')!r}, run_name='__main__')\n"
    )
    ran = subprocess.run([worker, "-I", "-c", script], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary["status"] == "SUCCEEDED"
    assert summary["accepted"] == summary["objects_read"] > 60
    assert (target / "daily" / "site=EWR" / "year=2013" / "daily.csv").exists()


def test_the_documented_comparison_with_glue_names_the_locked_versions():
    pins = {pin.name: pin.version for pin in read_pins(bundle.REQUIREMENTS.read_text(), "3.11")}
    rows = re.findall(
        r"^\| ([\w-]+) \| [\d.-]+ \| ([\d.]+) \|", (ROOT / "docs" / "glue.md").read_text(), re.M
    )
    documented = {name.replace("_", "-"): version for name, version in rows}
    assert documented == pins
