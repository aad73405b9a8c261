"""The half of a kernel that reads: objects fetched and decoded, what they held counted."""

import gc
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import numpy as np

from weather_etl.core import FAIL, VARIABLE_NAMES
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import versions
from weather_etl.decode import SiteContext, SiteDecoder
from weather_etl.lake import TooLargeError, open_storage, refusal
from weather_etl.site import ledger
from weather_etl.site.task import KernelSettings, SiteReading, SiteResult, SiteTask

_COLLECT_EVERY: Final = 100_000
"""Containers between two looks for cycles; a chunk of parsed messages has some ten thousand, and no cycle."""


def read_objects(task: SiteTask, settings: KernelSettings) -> SiteReading:
    """Fetch and decode a site's objects and count what they held: the half of a kernel that can be cut.

    A message is decoded for itself, so stretches of a site's objects may be read apart, and joined.
    """
    begun = time.perf_counter()
    result, objects = SiteResult(task.site, task.until_us, len(task.objects)), task.objects
    if not objects:
        return SiteReading(versions.empty(), result)
    if reason := refusal(task.site):
        result.unreadable = dict.fromkeys(objects.keys, reason)
        return SiteReading(versions.empty(), result)
    site = settings.config.site(task.site)
    zone = site.timezone or settings.timezone
    source = open_storage(settings.source, region=settings.region)
    decoder = SiteDecoder(settings.profiles, SiteContext.from_config(task.site, site.decoding(), zone))
    with _few_collections():
        contents = source.fetch(objects.keys, objects.sizes.tolist())
        for raw, content in zip(objects, contents, strict=True):
            if isinstance(content, bytes):
                decoder.add(raw.key, raw.ingest_us, content)
                result.bytes_read += len(content)
            elif isinstance(content, TooLargeError):
                decoder.refuse(raw.key, raw.ingest_us, content.args[0])
            else:
                result.unreadable[raw.key] = f"{type(content).__name__}: {content}"[:300]
        decoded = decoder.finish()
    result.objects_read = len(objects) - len(result.unreadable)
    result.messages, result.ignored = decoded.messages, decoded.ignored
    result.quarantined, result.rejects = decoded.rejects.num_rows, decoded.rejects
    result.quarantined_by_reason = Counter(arrow.texts(decoded.rejects, "reason"))
    result.ignored_by_kind = Counter(decoded.ignored_by_kind)
    result.families = Counter(decoded.families)
    result.unknown_fields = Counter(decoded.unknown_fields)
    result.assumed_units = Counter(decoded.assumed_units)
    result.station_from_site = decoded.station_from_site
    result.time_from_arrival = decoded.time_from_arrival
    result.letters_skipped = decoded.letters_skipped
    result.clocks_replaced = int(np.count_nonzero(arrow.integers(decoded.observations, "time_qc") == FAIL))
    result.fields_seen = tuple(
        name
        for name in VARIABLE_NAMES
        if decoded.observations[name].null_count < decoded.observations.num_rows
    )
    observations, withheld = ledger.applied(site.ledger, decoded.observations)
    if withheld:
        result.ignored += withheld
        result.ignored_by_kind[ledger.WITHHELD] += withheld
    found = versions.from_decoded(observations)
    del decoded, observations
    arrow.give_back()
    result.requests["read"] += source.requests
    result.seconds["extract"] = time.perf_counter() - begun
    return SiteReading(found, result)


@contextmanager
def _few_collections() -> Generator[None]:
    """Have Python look for cycles rarely: by default that takes a quarter of the time of decoding."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _COLLECT_EVERY) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
