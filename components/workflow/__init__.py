"""The two state machines as pure functions: the weekly run, and the watchdog for the week without one.

Both are Amazon States Language with JSONata.  All ARNs and names are plain strings, so that a preview shows
the whole definition and tests can execute it.  One module for each phase of a run (window, crawl, job,
summary, failure); `parts` is what their states are made of.
"""

from components.workflow.duration import longest_seconds
from components.workflow.parts import INTEGRATIONS, Targets, Timing
from components.workflow.pipeline import execution_limit_seconds, pipeline
from components.workflow.summary import METRICS
from components.workflow.watchdog import watchdog

__all__ = [
    "INTEGRATIONS",
    "METRICS",
    "Targets",
    "Timing",
    "execution_limit_seconds",
    "longest_seconds",
    "pipeline",
    "watchdog",
]
