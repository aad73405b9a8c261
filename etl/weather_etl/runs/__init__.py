"""A run: planned, executed, judged, published, documented, remembered.

`run` does it all and returns the summary.  An operator's decisions about rejected runs are made with
`accept_run` and `exclude_keys`.
"""

from weather_etl.runs.decisions import accept_run, exclude_keys
from weather_etl.runs.execution import run
from weather_etl.runs.progress import Progress, no_progress
from weather_etl.runs.state import BusyError, Decisions, StateError, read_decisions, write_decisions

__all__ = [
    "BusyError",
    "Decisions",
    "Progress",
    "StateError",
    "accept_run",
    "exclude_keys",
    "no_progress",
    "read_decisions",
    "run",
    "write_decisions",
]
