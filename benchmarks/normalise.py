"""(e) What normalisation costs a message, by profile."""

import statistics
import time
from contextlib import suppress
from pathlib import Path

import orjson
from weather_etl.decode import SiteContext, SiteDecoder
from weather_etl.profiles import load_profiles

from benchmarks.messages import START, documented_body, edge_body
from benchmarks.report import Section, goal

PAYLOADS = Path(__file__).parent.parent / "tests" / "fixtures" / "payloads"


def measure(folder: Path, *, quick: bool) -> Section:
    del folder
    count, repeats = (2_000, 3) if quick else (10_000, 5)
    section = Section(
        "(e) Normalisation by profile",
        f"{count:,} messages of one shape through `SiteDecoder.add` and `finish`, in memory, one process: parsing, "
        "recognising, units, times, to Arrow columns. The platform's messages differ in every value; of the other "
        "families the recorded payload is repeated (a fifth as often, three times). CPU time, median of "
        f"{repeats}. A message with several records costs more, so the cost of a record stands beside it.",
        ["messages", "profile", "us / message", "us / record", "parsing alone, us"],
    )
    start = int(START.timestamp())
    own = {"edge (indented)": edge_body, "documented": documented_body}
    for title, body in own.items():
        bodies = [body("district000", start + 60 * n, n) for n in range(count)]
        section.rows.append(_row(title, bodies, repeats))
    for path in sorted(PAYLOADS.rglob("*.json")):
        row = _row(str(path.relative_to(PAYLOADS)), [path.read_bytes()] * (count // 5), 3)
        if row[1]:
            section.rows.append(row)
    ours = max(row[2] for row in section.rows[:2])
    worst = max(row[3] for row in section.rows)
    section.goals = [
        goal("us for a message of the platform", ours, 8, at_least=False),
        goal("us for a record of the dearest family", worst, 8, at_least=False),
    ]
    return section


def _row(title: str, bodies: list[bytes], repeats: int) -> list:
    profiles = load_profiles()
    seconds, parsing = [], []
    for _ in range(repeats):
        begun = time.process_time()
        with suppress(orjson.JSONDecodeError):  # several messages in one object: not JSON as a whole
            for body in bodies:
                orjson.loads(body)
            parsing.append(time.process_time() - begun)
        begun = time.process_time()
        decoder = SiteDecoder(profiles, SiteContext("district000"))
        ingest = int(START.timestamp() * 1e6)
        for number, body in enumerate(bodies):
            decoder.add(f"district000/{number}.json", ingest + number * 60_000_000, body)
        decoded = decoder.finish()
        seconds.append(time.process_time() - begun)
    cost = statistics.median(seconds) / len(bodies) * 1e6
    records = decoded.observations.num_rows
    parsed = statistics.median(parsing) / len(bodies) * 1e6 if parsing else ""
    family = " ".join(decoded.families)
    per_record = cost * len(bodies) / records if records else cost
    return [title, family, cost, per_record, parsed]
