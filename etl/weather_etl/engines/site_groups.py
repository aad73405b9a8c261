"""How the sites of a batch are shared out: small ones in groups, large ones read in stretches.

A group of sites is aggregated together, so that they share the planning of the statements.  A site in S3 so
large that cores would wait for it is read in stretches of ingest time, each wherever there is a core, and
only merged and aggregated in one place.
"""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from weather_etl.site import SiteReading, SiteTask

GROUP_OBJECTS: Final = 30_000
"""Objects that one group of sites may hold: bounds the memory of a kernel."""

GROUP_SITES: Final = 50

UNEVEN: Final = 1.2
"""How much longer than an even share the longest core may work before large sites are cut."""

STRETCH_OBJECTS: Final = 2_000
"""Objects that are worth a stretch of their own: a second and a half at 100 ms and 128 in flight."""


def grouped(tasks: Sequence[SiteTask], objects: int = GROUP_OBJECTS) -> list[list[SiteTask]]:
    """Return tasks in groups of about so many objects (at most `GROUP_OBJECTS`), the largest groups first."""
    limit = min(objects, GROUP_OBJECTS)
    groups: list[list[SiteTask]] = []
    size = 0
    for task in sorted(tasks, key=lambda task: (-len(task.objects), task.site)):
        if not groups or size + len(task.objects) > limit or len(groups[-1]) >= GROUP_SITES:
            groups.append([])
            size = 0
        groups[-1].append(task)
        size += len(task.objects)
    return groups


def shares_of(tasks: Sequence[SiteTask], cores: int) -> list[list[SiteTask]]:
    """Return groups for so many cores, no more than needed: planning one costs as much as 5,000 objects."""
    return grouped(tasks, _objects(tasks) // cores + 1)


def cuts(source: str) -> bool:
    """Return whether sites of a source may be cut: a folder's files are read faster than handed over."""
    return source.startswith("s3://")


def stretches_of(tasks: Sequence[SiteTask], source: str, cores: int) -> list[SiteTask]:
    """Return what is to be read before the kernels run: stretches of the sites that would keep cores waiting.

    Args:
        tasks: of a batch.
        source: where the objects lie.
        cores: that work on it.

    Returns:
        Tasks with a part of their site's objects each, in order; none where whole sites spread well enough.
    """
    share = _objects(tasks) / cores
    if not cuts(source) or _longest(shares_of(tasks, cores), cores) <= UNEVEN * share:
        return []
    size = max(STRETCH_OBJECTS, int(share / 4))
    return [
        replace(task, objects=task.objects[start : start + size])
        for task in tasks
        if len(task.objects) > max(STRETCH_OBJECTS, share / 2)
        for start in range(0, len(task.objects), size)
    ]


def joined_readings(stretches: Sequence[SiteTask], parts: Sequence[SiteReading]) -> dict[str, SiteReading]:
    """Return by site what its stretches, read apart, hold together."""
    by_site: defaultdict[str, list[SiteReading]] = defaultdict(list)
    for stretch, part in zip(stretches, parts, strict=True):
        by_site[stretch.site].append(part)
    return {site: SiteReading.joined(read) for site, read in by_site.items()}


def readings_of(group: Sequence[SiteTask], readings: Mapping[str, SiteReading]) -> dict[str, SiteReading]:
    """Return those readings that a group of sites needs."""
    return {task.site: readings[task.site] for task in group if task.site in readings}


def _objects(tasks: Sequence[SiteTask]) -> int:
    return sum(len(task.objects) for task in tasks)


def _longest(groups: Sequence[Sequence[SiteTask]], cores: int) -> int:
    """Return the objects of the busiest core when each takes the next group as it becomes free."""
    busy = [0] * cores
    for group in groups:
        heapq.heapreplace(busy, busy[0] + _objects(group))
    return max(busy)
