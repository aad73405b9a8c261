"""What an operator can decide about a run whose quality verdict failed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import orjson

from weather_etl.core import parse_instant
from weather_etl.lake import Storage
from weather_etl.runs.state import Decisions, StateError


def accept_run(target: Storage, decisions: Decisions, run_id: str) -> Decisions:
    """Return decisions by which the window of a rejected run is published by the next run that reads it.

    The acceptance holds for the run that reads the rejected messages again, wherever it ends; once the
    watermark has passed the end of the rejected window, runs are judged as before.

    Raises:
        LookupError: there is no summary of such a run, or its verdict did not fail.
        StateError: the summary is damaged.
    """
    until = _rejected(target, run_id)
    return replace(decisions, accepted_until_us=max(until, decisions.accepted_until_us or until))


def exclude_keys(target: Storage, decisions: Decisions, run_id: str, keys: Sequence[str]) -> Decisions:
    """Return decisions by which some objects are never read.

    Raises:
        LookupError: there is no summary of such a run, or its verdict did not fail.
        StateError: the summary is damaged.
    """
    _rejected(target, run_id)
    return replace(decisions, excluded=decisions.excluded | set(keys))


def _rejected(target: Storage, run_id: str) -> int:
    """Return the instant up to which a rejected run read."""
    key = f"_runs/{run_id}/summary.json"
    found = target.get(key)
    if found is None:
        raise LookupError(f"{target.url}/{key} does not exist; the runs are the folders below _runs/")
    try:
        summary = cast("dict[str, Any]", orjson.loads(found.data))
        level, until = summary["verdict"]["level"], parse_instant(summary["window"]["until"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(f"{target.url}/{key} is damaged ({error})") from error
    if level != "fail":
        raise LookupError(f"the verdict of run {run_id} is {level}: there is nothing to accept")
    return until
