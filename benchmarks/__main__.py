"""`make bench`: runs the benchmarks and writes results.md; `make bench ONLY="whole_job over_s3"` runs some."""

import argparse
import importlib
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import machine

HERE = Path(__file__).parent
CASES = ("whole_job", "over_s3", "growth", "memory", "normalise", "engines", "startup", "policies", "pages")


def main() -> None:
    """Run the chosen benchmarks one after another, each in a folder of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="small sizes, one run each, nothing written")
    parser.add_argument(
        "--scratch", type=Path, help="where lakes are built (default: the system's temporary folder)"
    )
    chosen = parser.parse_args()
    parts = {case: HERE / "parts" / f"{case}.md" for case in CASES}
    for case in chosen.cases or CASES:
        began = time.monotonic()
        where = machine()
        with tempfile.TemporaryDirectory(prefix=f"weather-bench-{case}-", dir=chosen.scratch) as folder:
            section = importlib.import_module(f"benchmarks.{case}").measure(Path(folder), quick=chosen.quick)
        when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        text = f"{section.markdown()}\n<sub>{when}, {time.monotonic() - began:.0f} s. {where}</sub>\n"
        print(text, flush=True)
        if not chosen.quick:
            parts[case].parent.mkdir(exist_ok=True)
            parts[case].write_text(text, encoding="utf-8")
    if not chosen.quick:
        _write_results([path.read_text(encoding="utf-8") for path in parts.values() if path.exists()])


def _write_results(sections: list[str]) -> None:
    head = (HERE / "head.md").read_text(encoding="utf-8")
    # The parts are kept, so that measuring one again leaves the others in the report.
    (HERE / "results.md").write_text("\n".join([head, *sections]), encoding="utf-8")


if __name__ == "__main__":
    main()
