"""Mutated real payloads: nothing raises, nothing hangs, nothing gets lost.

`WEATHER_FUZZ=200000 pytest tests/etl/decode/test_decode_fuzz.py` runs as many mutants as you like,
`WEATHER_FUZZ_SEED` starts from another seed; a failure names the seed and the mutants.
"""

import gzip
import json
import os
import random
import time

import pyarrow.compute as pc
from weather_etl.core.variables import DECODED_SCHEMA, VARIABLE_NAMES
from weather_etl.decode import SiteContext, SiteDecoder
from weather_etl.decode.reasons import REASONS
from weather_etl.profiles import load_profiles

from tests.etl.payload_decoding import FIXTURES, INGEST_US, PAYLOADS

MUTANTS = int(os.environ.get("WEATHER_FUZZ", "20000"))
SEED = int(os.environ.get("WEATHER_FUZZ_SEED", "20130212"))
PER_DECODER = 2000

TOKENS = [
    b"nan",
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"null",
    b"true",
    b'""',
    b'"--"',
    b"[]",
    b"{}",
    b"-9999",
    b"9" * 400,
    b'"\\ud800"',
    b"\\u0000",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"[" * 1200,
    b'{"a":' * 600,
    b",",
    b"}",
    b"]",
    b'"',
    b"\n{",
    b"0",
    b"-0.0",
    b"1970-01-01T00:00:00Z",
    b"253402300800000",
    b'"now"',
    b"1_0",
    b"\xd9\xa3",
]
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1e308,
    -1e308,
    10**17,
    10**25,
    "",
    "nan",
    "--",
    "12,5",
    "1.234,5",
    "now",
    [],
    {},
    [[]],
    [None],
    {"value": 1},
    [{"index": 0, "value": 21.5}],
    "2013-11-03 01:30:00",
    "2025-09-16T10:30:00.123456789Z",
    1e12,
    1.7e18,
    "\x00",
    "a" * 3000,
    "é\u200b",
    -222,
    -141.11,
]


def mutate(body, rng):
    """Damage bytes, replace tokens, or change the JSON's structure; sometimes several times over."""
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        body = rng.choice(MUTATIONS)(body, rng)
    return body


def flip(body, rng):
    damaged = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        if damaged:
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged)


def cut(body, rng):
    return body[: rng.randrange(len(body) + 1)]


def remove(body, rng):
    start = rng.randrange(len(body) + 1)
    return body[:start] + body[start + rng.randint(1, 20) :]


def insert(body, rng):
    at = rng.randrange(len(body) + 1)
    return body[:at] + rng.choice(TOKENS) + body[at:]


def repeat(body, rng):
    start = rng.randrange(len(body) + 1)
    part = body[start : start + rng.randint(1, 60)]
    return body[:start] + part * rng.randint(2, 4) + body[start:]


def join(body, rng):
    return body + rng.choice([b"", b"\n", b",", b"\x1e"]) + body


def pack(body, rng):
    packed = gzip.compress(body, 1, mtime=0)  # no time of day: a seed must give the same mutants again
    return packed if rng.random() < 0.7 else packed[: rng.randint(1, 40)]


def restructure(body, rng):
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    holder = [document]
    node, key = holder, 0
    while isinstance(node[key], dict | list) and node[key] and rng.random() < 0.85:
        node = node[key]
        key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
    action = rng.randrange(4)
    if action == 0:
        node[key] = rng.choice(VALUES)
    elif action == 1 and isinstance(node, dict):
        node[rng.choice(["type", "data", "value", "obs", "timestamp", "x", "a.b", "*", "@key", ""])] = (
            node.pop(key)
        )
    elif action == 2:
        node[key] = [node[key], rng.choice(VALUES)]
    else:
        node[key] = {"value": node[key]}
    try:
        return json.dumps(holder[0], indent=rng.choice([None, 2])).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return body


MUTATIONS = [
    flip,
    cut,
    remove,
    insert,
    repeat,
    join,
    pack,
    restructure,
    restructure,
    restructure,
    restructure,
]


def samples():
    return [path.read_bytes() for path in sorted(PAYLOADS.iterdir()) if path.suffix in {".json", ".txt"}]


def test_mutants_raise_nothing_and_all_are_accounted_for():
    profiles = load_profiles(files=sorted((FIXTURES / "profiles").glob("*.json")))
    bodies = samples()
    rng = random.Random(SEED)
    seen = {"observations": 0, "ignored": 0, "rejects": 0}
    slowest = 0.0
    for first in range(0, MUTANTS, PER_DECODER):
        decoder = SiteDecoder(
            profiles, SiteContext("hue", timezone=rng.choice(["Asia/Ho_Chi_Minh", "America/New_York"]))
        )
        count = min(PER_DECODER, MUTANTS - first)
        for number in range(first, first + count):
            mutant = mutate(rng.choice(bodies), rng)
            started = time.thread_time()
            decoder.add(f"hue/{number}.json", INGEST_US + number, mutant)
            slowest = max(slowest, time.thread_time() - started)
        decoded = decoder.finish()
        rows, rejects = decoded.observations, decoded.rejects
        where = f"seed {SEED}, mutants {first} to {first + count - 1}"
        assert decoded.messages == rows.num_rows + decoded.ignored + rejects.num_rows, where
        assert decoded.messages >= count, where
        reasons = set(rejects.column("reason").to_pylist())
        assert reasons <= set(REASONS), where
        assert "internal" not in reasons, [
            where,
            *(row for row in rejects.to_pylist() if row["reason"] == "internal"),
        ][:3]
        assert rows.schema == DECODED_SCHEMA, where
        rows.validate(full=True)
        rejects.validate(full=True)
        assert set(rows.column("time_qc").to_pylist()) <= {1, 3, 4}, where
        for name in ("wind_from_direction", "wind_gust_from_direction"):
            turns = pc.min_max(rows.column(name)).as_py()
            assert turns["min"] is None or (turns["min"] >= 0.0 and turns["max"] < 360.0), where
        for name in VARIABLE_NAMES:
            assert pc.all(pc.is_finite(pc.fill_null(rows.column(name), 0.0))).as_py() is not False, where
        keys = [*rows.column("source_key").to_pylist(), *rejects.column("source_key").to_pylist()]
        assert len(set(keys)) <= count
        seen["observations"] += rows.num_rows
        seen["ignored"] += decoded.ignored
        seen["rejects"] += rejects.num_rows
    assert min(seen.values()) > MUTANTS / 100, seen  # the mutants reach every outcome, not only rejection
    assert slowest < 5.0, f"one object took {slowest:.1f} s of processor time"
    print(f"{MUTANTS} mutants: {seen}, slowest object {slowest * 1000:.0f} ms")
