"""(g) Importing the whole program, and the demo."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, median, run
from benchmarks.report import Section

PROGRAMS = {
    "python -c pass": ["-c", "pass"],
    "the job's imports": ["-c", "import weather_etl.main"],
    "the Pulumi program's imports": [
        "-c",
        "import components.settings, components.data_lake, components.catalog, components.crawler, "
        "components.transform_job, components.orchestration, components.monitoring",
    ],
    "weather --help": ["-m", "weather_cli.cli", "--help"],
}


def measure(folder: Path, *, quick: bool) -> Section:
    section = Section(
        "(g) Start-up and the demo",
        "Whole processes, files in the page cache. The demo deploys the stack into the embedded AWS, publishes two "
        "weeks of weather and runs the pipeline once.",
        ["program", "wall s", "CPU s", "peak MB"],
    )
    for title, arguments in PROGRAMS.items():
        one = median([run([sys.executable, *arguments]) for _ in range(1 if quick else 5)])
        section.rows.append([title, one.wall_s, one.cpu_s, one.peak_mb])
    demo = [ROOT / ".venv" / "bin" / "weather", "demo"]
    with tempfile.TemporaryDirectory(dir=folder) as out:
        runs = [run([*demo, "--output", Path(out) / str(n)]) for n in range(1 if quick else 3)]
    one = median(runs)
    section.rows.append(["make demo (after make setup)", one.wall_s, one.cpu_s, one.peak_mb])
    return section
