"""Show that two revisions of this repository publish the same bytes and register the same resources.

    python tools/compare.py REVISION [--engines embedded,spark] [--lake FOLDER ...]

A refactoring must not change what a user gets.  This checks REVISION out beside the working tree, lets
both run over one corpus (every payload of tests/fixtures as a site of its own with every fixture profile, the
demo's messages, and a year of three airports), with each engine, and lets both register every stack under
mocks.  It lists what differs: files of a target by path, resources by type and name.  Exit status 0 says that
nothing does, 1 that something does.

Left out on purpose: `_runs` and `_state` (they bear times, seconds and versions), and in registrations the
content hash in the keys of the job's package, script and configuration.
"""

import argparse
import csv
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).resolve().parents[1]
STACKS = ("dev", "staging", "prod", "local")
INGESTED_MS = 1_767_225_600_000  # 2026-01-01T00:00Z, the ingest time in the keys of the payloads
NEW_YORK = {name: {"timezone": "America/New_York", "interval_s": 3600} for name in ("EWR", "JFK", "LGA")}
HASH = re.compile(r"(?<=/)[0-9a-f]{12}(?=/|\.json)")

Tree = dict[str, str]
"""A digest, or a text, by name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Compare the working tree with a revision; see the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument(
        "revision", help="what the working tree is compared with, for instance HEAD or a hash"
    )
    parser.add_argument("--engines", default="embedded", help="comma-separated: embedded, spark")
    parser.add_argument(
        "--lake", action="append", default=[], type=Path, help="a further lake; may be repeated"
    )
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        other = work / "checkout"
        _git("worktree", "add", "--detach", "--quiet", str(other), arguments.revision)
        try:
            lakes = _corpus(work / "lakes", arguments.lake)
            same = _compare(work, other, lakes, arguments.engines.split(","))
        finally:
            _git("worktree", "remove", "--force", str(other))
    return 0 if same else 1


def _compare(work: Path, other: Path, lakes: Mapping[str, tuple[Path, Path]], engines: Sequence[str]) -> bool:
    same = True
    for engine in engines:
        for lake, (source, config) in lakes.items():
            seen = [
                _datasets(checkout, source, config, work / f"{lake}-{engine}-{number}", engine)
                for number, checkout in enumerate((other, HERE))
            ]
            same &= _report(f"{lake} by the {engine} engine", "files", *seen)
    for stack in STACKS:
        same &= _report(f"stack {stack}", "resources", _registered(other, stack), _registered(HERE, stack))
    return same


def _report(title: str, what: str, before: Tree, after: Tree) -> bool:
    differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    print(f"{title}: {len(before)} {what}, {len(differing)} differ", flush=True)
    for name in differing[:20]:
        fate = "is new" if name not in before else "is gone" if name not in after else "differs"
        print(f"  {name} {fate}")
        if fate == "differs" and before[name].startswith("{"):
            _print_differences(json.loads(before[name]), json.loads(after[name]), "    ")
    return not differing and bool(before)


def _print_differences(before: object, after: object, path: str) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        first, second = cast("dict[str, object]", before), cast("dict[str, object]", after)
        for key in sorted({*first, *second}):
            _print_differences(first.get(key), second.get(key), f"{path}.{key}")
    elif before != after:
        print(f"{path}: {json.dumps(before)[:300]} -> {json.dumps(after)[:300]}")


def _corpus(folder: Path, further: Sequence[Path]) -> dict[str, tuple[Path, Path]]:
    """Write the lakes; return source and configuration of each by name."""
    fixtures = HERE / "tests" / "fixtures"
    profiles = [
        json.loads(file.read_text("utf-8")) for file in sorted((fixtures / "profiles").glob("*.json"))
    ]
    shares = ("quarantined_share", "unreadable_share", "clock_replaced_share", "failed_values_share")
    published = {name: {"warn": 1, "fail": 1} for name in shares}
    lakes: dict[str, tuple[Callable[[], Iterator[tuple[str, bytes]]], dict[str, Any]]] = {
        "payloads": (lambda: _payloads(fixtures / "payloads"), {"profiles": profiles, "quality": published}),
        "demo": (_demo, {"sites": NEW_YORK, "outputs": {"parquet": True}}),
        "airports": (_airports, {"sites": NEW_YORK, "outputs": {"gzip": True}}),
    }
    made: dict[str, tuple[Path, Path]] = {}
    for name, (objects, config) in lakes.items():
        source = folder / name
        for key, body in objects():
            (source / key).parent.mkdir(parents=True, exist_ok=True)
            (source / key).write_bytes(body)
        made[name] = (source, _written(folder / f"{name}.json", config))
    for lake in further:
        made[lake.name] = (lake, _written(folder / f"{lake.name}.json", {}))
    return made


def _written(path: Path, config: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def _payloads(folder: Path) -> Iterator[tuple[str, bytes]]:
    for number, file in enumerate(sorted({*folder.glob("*.json"), *folder.glob("*.txt")})):
        yield f"{file.stem}/{INGESTED_MS + number}.json", file.read_bytes()


def _demo() -> Iterator[tuple[str, bytes]]:
    sys.path.insert(0, str(HERE))
    from weather_cli.demo import messages  # noqa: PLC0415 - of the checkout that this file lies in

    observations = messages.read_observations(messages.FIRST_DAY, messages.LAST_DAY)
    sent = messages.with_incidents(messages.device_messages(observations, "raw"), "raw")
    return ((message.key.removeprefix("raw/"), message.body) for message in sent)


def _airports() -> Iterator[tuple[str, bytes]]:
    """Yield the year 2013 of three airports, one array of messages for each station and UTC day."""
    data = HERE / "weather_cli" / "demo" / "data" / "nycflights13_weather.csv.gz"
    names = {
        "temp": "temperature_f",
        "humid": "humidity",
        "pressure": "baromrelhpa",
        "wind_speed": "windspeedmph",
        "wind_dir": "winddir",
        "precip": "hourlyrainin",
    }
    days: dict[str, list[dict[str, Any]]] = {}
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            midnight = datetime.fromisoformat(row["time_hour"][:10] + "T00:00:00+00:00").timestamp()
            values = {name: float(row[column]) for column, name in names.items() if row[column] != "NA"}
            message = {"station_id": row["origin"], "time": row["time_hour"], **values}
            days.setdefault(f"{row['origin']}/{int(midnight + 86_400) * 1000}.json", []).append(message)
    return ((key, json.dumps(messages).encode()) for key, messages in days.items())


def _datasets(checkout: Path, source: Path, config: Path, target: Path, engine: str) -> Tree:
    """Run a checkout's job; return the digest of every file that it published, by path."""
    command = [
        *(sys.executable, str(checkout / "etl" / "weather-transform.py"), "--source", str(source)),
        *("--target", str(target), "--config", str(config), "--engine", engine),
        *("--until", "2026-02-01T00:00:00Z", "--run_id", "compared"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(checkout / "etl")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{checkout}: {' '.join(command)}\n{done.stderr}")
    files = (path for path in target.rglob("*") if path.is_file())
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not (name := re.sub(r"run=[^/]+", "run=*", str(path.relative_to(target)))).startswith("_")
    }


def _registered(checkout: Path, stack: str) -> Tree:
    """Let a checkout's program register a stack; return type, parent and inputs of each resource as JSON."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(checkout), str(checkout / "etl")))}
    command = [sys.executable, "-c", _RECORD, stack]
    done = subprocess.run(command, env=environment, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{checkout}: stack {stack}\n{done.stderr}")
    resources: list[dict[str, Any]] = json.loads(done.stdout)
    return {
        f"{one['type']} {one['name']}": HASH.sub("*", json.dumps(one, sort_keys=True)).replace(
            str(checkout), "."
        )
        for one in resources
    }


_RECORD = """
import json, sys
from tests.harness.program import run_program

def text(value):
    return type(value).__name__

recording = run_program(sys.argv[1])
seen = [
    {"type": r.type, "name": r.name, "parent": r.parent, "inputs": r.inputs}
    for r in recording.registrations
]
print(json.dumps(seen, default=text))
"""


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=HERE, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
