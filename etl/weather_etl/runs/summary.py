"""Manifest and summary of a run: what went in, what came out, and the few numbers that a workflow reads.

The manifest is complete, the summary bounded (below 64 KB whatever happens: a state's payload is limited).
Both have a JSON schema in `schemas/`.  A run that breaks one of the two count equations is a bug and fails.
"""

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

import weather_etl
from weather_etl.core import encode_json
from weather_etl.datasets import tables
from weather_etl.runs.verdict import sensor_reasons
from weather_etl.site import SiteResult, Staged

MAX_SITES: Final = 100
MAX_FIELDS: Final = 50
MAX_REASONS: Final = 20
MAX_BYTES: Final = 64 * 1024


class CountError(AssertionError):
    """A count equation does not hold: a message was lost or counted twice. This is a bug of the pipeline."""


def check_equations(counts: Mapping[str, int]) -> None:
    """Check that every object and every message is accounted for.

    Raises:
        CountError: one is not.
    """
    if counts["objects_listed"] != counts["objects_read"] + counts["objects_unreadable"]:
        raise CountError(f"objects listed = read + unreadable does not hold: {dict(counts)}")
    parts = ("accepted", "duplicates", "merged", "ignored", "quarantined")
    if counts["messages"] != sum(counts[part] for part in parts):
        raise CountError(f"messages = {' + '.join(parts)} does not hold: {dict(counts)}")


def versions() -> dict[str, str]:
    """Return the versions that the bytes of a run may depend on."""
    return {
        "weather_etl": weather_etl.__version__,
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
    }


def dataset_rows(staged: Iterable[Staged]) -> dict[str, int]:
    """Return {dataset: rows in the partition files written}."""
    rows = dict.fromkeys(tables(), 0)
    for one in staged:
        if one.table in rows:
            rows[one.table] += one.rows
    return rows


def site_summary(results: Iterable[SiteResult]) -> dict[str, dict[str, Any]]:
    """Return counts by site for the summary; at most `MAX_SITES`, those with most objects first."""
    names = (
        "objects_listed",
        "objects_read",
        "messages",
        "accepted",
        "duplicates",
        "merged",
        "ignored",
        "quarantined",
    )
    totals: dict[str, Counter[str]] = {}
    for result in results:
        total = totals.setdefault(result.site, Counter())
        total.update({name: getattr(result, name) for name in names})
        total["partitions_written"] += len(result.staged)
    largest = sorted(totals, key=lambda site: (-totals[site]["objects_listed"], site))[:MAX_SITES]
    return {
        site[:100]: {name: totals[site][name] for name in (*names, "partitions_written")}
        for site in sorted(largest)
    }


def rain_restarts(results: Iterable[SiteResult]) -> dict[str, list[int]]:
    """Return {site/station: local hours} in which rain since midnight restarts; at most `MAX_FIELDS`."""
    hours: dict[str, set[int]] = {}
    for result in results:
        for station, found in result.rain_restarts.items():
            hours.setdefault(f"{result.site}/{station}"[:200], set()).update(found)
    return {station: sorted(hours[station]) for station in sorted(hours)[:MAX_FIELDS]}


def sensor_summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how many sensors are in each state, and what is said of those in doubt.

    Args:
        rows: of `sensor_weeks`, of the latest week that the run assessed.
    """
    return {
        "week": rows[0]["week"] if rows else None,
        "states": dict(sorted(Counter(row["state"] for row in rows).items())),
        "doubtful": [reason[:500] for reason in sensor_reasons(rows)[:MAX_REASONS]],
        "open": sum(1 for row in rows if row["open_since_utc"]),
    }


def top(counter: Mapping[str, int], limit: int) -> dict[str, int]:
    """Return the largest entries of a counter, names cut to a sane length."""
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return {name[:200]: count for name, count in ordered[:limit]}


def encode_summary(summary: Mapping[str, Any]) -> bytes:
    """Return the summary as JSON, with the sites' detail dropped if it would be too large."""
    data = encode_json(summary)
    if len(data) <= MAX_BYTES:
        return data
    smaller: dict[str, Any] = {
        **summary,
        "sites": {},
        "sites_omitted": len(summary["sites"]) + summary["sites_omitted"],
    }
    return encode_json(smaller)


def encode_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Return the manifest as JSON."""
    return encode_json(manifest)


def output_record(staged: Staged) -> dict[str, Any]:
    """Return the manifest's record of one published file."""
    return {
        "key": staged.key,
        "table": staged.table,
        "action": "removed" if staged.path is None else "replaced" if staged.expect else "created",
        "bytes": staged.size,
        "rows": staged.rows,
        "sha256": staged.sha256 or None,
    }
