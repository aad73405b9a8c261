"""A checkout without symbolic links: a zip download, or a clone where git makes none (Windows' default).

What git tracks is written out as a zip tool writes it, file by file, and used from there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tracked() -> list[tuple[str, str]]:
    """Mode and path of each file that git tracks; the files of the folder where it is not a clone."""
    if not (ROOT / ".git").exists():  # a zip download: nothing in it can be a link
        folders = ("aws_prices", "components", "etl", "policies", "tests", "weather_cli", "embedded_aws")
        found = [p for f in folders for p in (ROOT / f).rglob("*") if "__pycache__" not in p.parts]
        return [
            ("120000" if p.is_symlink() else "100644", str(p.relative_to(ROOT))) for p in found if p.is_file()
        ]
    listed = subprocess.run(
        ["git", "ls-files", "-s", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    entries = [entry.split("\t", 1) for entry in listed.split("\0") if entry]
    return [(entry[0].split()[0], entry[1]) for entry in entries]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git tracks, its links as small files that hold where they lead: as a zip tool leaves them."""
    folder = tmp_path_factory.mktemp("checkout")
    for mode, path in tracked():
        source, copy = ROOT / path, folder / path
        if mode == "160000" or not (source.exists() or source.is_symlink()):
            continue  # deleted in the working tree and not yet committed
        copy.parent.mkdir(parents=True, exist_ok=True)
        if mode == "120000":
            copy.write_text(str(source.readlink()))
        else:
            copy.write_bytes(source.read_bytes())
    return folder


def run(checkout: Path, *command: str, paths: tuple[str, ...] = (".", "etl", "policies")) -> str:
    """What a command prints, its imports taken from the checkout and nowhere else of the project."""
    path = os.pathsep.join(str(checkout / p) for p in paths)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_tracked_is_a_symbolic_link() -> None:
    assert [path for mode, path in tracked() if mode == "120000"] == []


def test_the_command_runs_there(checkout: Path) -> None:
    code = "import weather_cli.cli as c, aws_prices; print(aws_prices.__file__, c.__file__)"
    assert run(checkout, "-c", code).count(str(checkout)) == 2
    main = "import sys; from weather_cli.cli import main; sys.exit(main())"
    assert "budget" in run(checkout, "-c", main, "cost", "--stack", "dev")
    assert "Glue" in run(checkout, "-c", main, "cost", "--json", "--stack", "dev")


def test_the_tests_run_there(checkout: Path) -> None:
    chosen = "tests/components/test_packaging.py"
    assert "passed" in run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", chosen)


def test_the_policy_pack_starts_there(checkout: Path) -> None:
    """Its folder alone on the path, as the Pulumi CLI starts it."""
    code = (
        "import runpy, pulumi_policy as sdk; sdk.PolicyPack = lambda **given: print(len(given['policies'])); "
        "runpy.run_path('policies', run_name='__main__')"
    )
    assert int(run(checkout, "-c", code, paths=("policies",))) > 80
