"""The tutorial is true: every command runs in an empty folder and prints what the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/tutorial.md"


def steps() -> list[tuple[str, list[str]]]:
    """Return each block of commands, with the lines that the page shows of what it prints."""
    blocks = re.findall(r"```(sh|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    found: list[tuple[str, list[str]]] = []
    for kind, text in blocks:
        if kind == "sh":
            found.append((text, []))
        else:
            found[-1][1].extend(text.splitlines())
    return found


def test_every_command_prints_what_the_page_says(tmp_path):
    """It takes as long as its commands start up: it is a newcomer's first quarter of an hour."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "NO_COLOR": "1",
    }
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    for commands, shown in steps():
        done = subprocess.run(
            ["bash", "-euc", commands],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stderr}"
        lines = iter(done.stdout.splitlines())
        for line in shown:
            assert any(one.startswith(line) for one in lines), (
                f"{commands}\nprints no\n{line}\nbut\n{done.stdout}"
            )
    assert b"<html" in (tmp_path / "out/report.html").read_bytes()[:200]


def test_the_tutorial_has_its_parts():
    assert len(steps()) >= 7
    assert sum(len(shown) for _, shown in steps()) >= 12
