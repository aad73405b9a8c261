"""The report that a run leaves beside its other documents, if its configuration asks for one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from weather_etl.core import decode_json, encode_json
from weather_etl.lake import Storage, open_storage
from weather_etl.settings import Arguments

from weather_report.configuration import configuration_of
from weather_report.target import Target

REPORT: Final = "report.html"

Log = Callable[[str], None]
"""Told why there is no report."""


def report_beside(arguments: Arguments, summary: dict[str, Any], log: Log) -> dict[str, Any]:
    """Write the report of a run that has ended, if its configuration asks for one; name it in the summary.

    A report that cannot be made is no failure of the run: its numbers are published.

    Args:
        arguments: of the run.
        summary: that it wrote.
        log: told why there is no report although one was asked for.

    Returns:
        The summary, with the key of the report where there is one.
    """
    storage = open_storage(arguments.target, region=arguments.region)
    target = Target(storage)
    try:
        manifest = target.manifest(arguments.run_id)
        config = None if manifest is None else configuration_of(target, manifest)
        if config is None or not config.outputs.report or "report" in summary:
            return summary
        return _written(target, storage, arguments.run_id, summary)
    except Exception as error:  # whatever it is, the datasets are there
        log(f"{type(error).__name__}: {error}"[:500])
        return summary


def _written(target: Target, storage: Storage, run_id: str, summary: dict[str, Any]) -> dict[str, Any]:
    from weather_report.collect import collect  # here: few runs make one, and every start would load it
    from weather_report.page import render

    key = f"_runs/{run_id}/{REPORT}"
    storage.put(key, render(collect(target, datetime.now(UTC))))
    name = f"_runs/{run_id}/summary.json"
    found = storage.get(name)
    named = {**(summary if found is None else decode_json(found.data)), "report": key}
    storage.put(name, encode_json(named))
    return named
