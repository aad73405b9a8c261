"""Groups of sites that one kernel takes together, so that they share the planning of the aggregates."""

from collections.abc import Sequence
from typing import Final

from weather_etl.kernel import SiteTask

GROUP_OBJECTS: Final = 30_000
"""Objects that one group of sites may hold: bounds the memory of a kernel."""

GROUP_SITES: Final = 50


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
