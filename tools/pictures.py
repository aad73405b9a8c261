"""The pictures of the README, made from a demo: `make pictures`.

`docs/images/session.svg` is a recorded terminal session: the commands really run in a pseudo-terminal, and
what they print is drawn.  `docs/images/report.png` is the upper part of the demo's report; it needs Chromium
or Chrome, on PATH or named by CHROMIUM.
"""

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parents[1]
IMAGES: Final = ROOT / "docs/images"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
COLUMNS: Final = 108
SESSION: Final = (
    "weather query demo-output 'SELECT site, max(air_temperature_max) AS high, "
    "round(sum(rainfall_total), 1) AS rain FROM daily GROUP BY site ORDER BY site'",
    "weather why demo-output observations EWR 2013-02-12T03:00 wind_speed --source demo-output/messages",
)
"""Commands that the session shows, after a demo."""


def main() -> int:
    """Make both pictures; say what could not be made."""
    with tempfile.TemporaryDirectory(prefix="weather-pictures-") as folder:
        subprocess.run(
            ["weather", "demo", "--project", str(ROOT)], cwd=folder, env=_environment(), check=True
        )
        (IMAGES / "session.svg").write_text(session(Path(folder)), encoding="utf-8")
        browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
        if browser is None:
            print("no Chromium or Chrome here: report.png stays as it is", file=sys.stderr)
            return 1
        _photograph(browser, Path(folder) / "demo-output/report.html", IMAGES / "report.png")
    return 0


def session(folder: Path) -> str:
    """Return the recorded session as SVG that asks nothing of a network."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    for command in SESSION:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(Text.from_ansi(_printed(command, folder).replace(f"{folder}/", "")))
        console.print()
    drawn = console.export_svg(title="weather", unique_id="weather")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # fonts from a network, by default


def _environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": "60"}


def _printed(command: str, folder: Path) -> str:
    """Run a command in a pseudo-terminal and return what it prints, colours included."""
    near, far = pty.openpty()
    process = subprocess.Popen(
        shlex.split(command), cwd=folder, env=_environment(), stdout=far, stderr=far, stdin=subprocess.DEVNULL
    )
    os.close(far)
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(near, 65_536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not part:
            break
        parts.append(part)
    os.close(near)
    if process.wait() != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return b"".join(parts).decode().replace("\r\n", "\n").rstrip()


def _photograph(browser_path: str, report: Path, picture: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 1560})
        page.goto(report.resolve().as_uri())
        page.wait_for_selector("html[data-ready]")
        page.wait_for_timeout(300)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
