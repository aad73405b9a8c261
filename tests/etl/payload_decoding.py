"""What the tests of decoding share: profiles loaded once, and one object decoded."""

import json
from functools import cache
from pathlib import Path

from weather_etl.decode import SiteContext, SiteDecoder
from weather_etl.profiles import load_profiles

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PAYLOADS = FIXTURES / "payloads"
INGEST_US = 1_758_018_600_500_000  # 2025-09-16T10:30:00.5Z


@cache
def built_in():
    return load_profiles()


def decode_bytes(body, *, ingest_us=INGEST_US, profiles=None, key="district5/1758018600500.json", **site):
    """Decode one object of a site and check that nothing got lost."""
    context = SiteContext(**({"site": "district5"} | site))
    decoder = SiteDecoder(profiles or built_in(), context)
    decoder.add(key, ingest_us, body)
    decoded = decoder.finish()
    assert decoded.messages == decoded.observations.num_rows + decoded.ignored + decoded.rejects.num_rows
    return decoded


def rows(decoded):
    """The observations, without what is missing."""
    return [{k: v for k, v in row.items() if v is not None} for row in decoded.observations.to_pylist()]


def decode(message, **options):
    """Decode one message given as Python values, return its only observation."""
    decoded = decode_bytes(json.dumps(message).encode(), **options)
    assert decoded.rejects.to_pylist() == []
    (row,) = rows(decoded)
    return row


def payload(name):
    return (PAYLOADS / name).read_bytes()


def reject(message, **options):
    """Decode bytes or Python values, return the only reject."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    decoded = decode_bytes(body, **options)
    assert decoded.observations.num_rows == 0
    (row,) = decoded.rejects.to_pylist()
    return row
