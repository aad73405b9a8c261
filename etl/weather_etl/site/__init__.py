"""One site (or a group of them): from new objects to staged partition files.

`run_sites` is the kernel that engines schedule; `read_objects` is the half of it that can be cut into
stretches.  `SiteTask` goes in, `SiteResult` with its `Staged` files comes out.
"""

from weather_etl.site.kernel import run_sites
from weather_etl.site.read import read_objects
from weather_etl.site.task import KernelSettings, SiteReading, SiteResult, SiteTask, Staged, merged_counts

__all__ = [
    "KernelSettings",
    "SiteReading",
    "SiteResult",
    "SiteTask",
    "Staged",
    "merged_counts",
    "read_objects",
    "run_sites",
]
