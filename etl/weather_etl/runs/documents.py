"""The documents of a run: quarantine, manifest and summary."""

import csv
import io
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from weather_etl.core import decode_json, iso_utc
from weather_etl.datasets import safe_cell
from weather_etl.lake import Storage
from weather_etl.profiles import ProfileSet
from weather_etl.runs import catalog, checkpoints, summary
from weather_etl.runs.config_file import GivenConfig
from weather_etl.runs.cost import run_cost
from weather_etl.runs.drift import drift_document
from weather_etl.runs.state import Watermark
from weather_etl.runs.totals import RunTotals
from weather_etl.settings import Arguments, RunConfig
from weather_etl.site import SiteResult, merged_counts

CONFIGURATION: Final = "configuration.json"
"""Beside the manifest of a run: the document that it was given, so that its numbers can be computed again."""

MAX_REJECTS: Final = 100_000
"""Quarantined records that are written out; all are counted."""


def committed_summary(target: Storage, arguments: Arguments, watermark: Watermark) -> dict[str, Any] | None:
    """Return the summary of this very run if it has ended before, so that its documents stay as they are.

    Step Functions starts a job again that failed after it had committed.  A replay has ended when its summary
    is there, any other run when the watermark names it.
    """
    if not arguments.replay and (arguments.run_id, arguments.until_us) not in watermark.committed:
        return None
    found = target.get(f"_runs/{arguments.run_id}/summary.json")
    if found is None:
        return None
    try:
        written = decode_json(found.data)
        same = written["window"]["until"] == iso_utc(arguments.until_us) and written["status"] == "SUCCEEDED"
    except (ValueError, KeyError, TypeError):  # damaged: it is written anew
        return None
    if arguments.since_us is not None:
        same = same and written["window"]["since"] == iso_utc(arguments.since_us)
    return written if same and written["replay"] == arguments.replay else None


class RunDocuments:
    """Writes what a run leaves behind besides datasets.

    Args:
        arguments: of the run.
        config: of the run.
        given: the configuration as it was given, which is kept with the documents.
        profiles: of the run.
        source: the lake, for its address and requests.
        target: where they are written.
        started: `time.perf_counter()` at the start of the run.
    """

    def __init__(
        self, arguments: Arguments, config: RunConfig, given: GivenConfig, profiles: ProfileSet,
        source: Storage, target: Storage, *, started: float,
    ) -> None:  # fmt: skip
        self._arguments = arguments
        self._config = config
        self._given: GivenConfig | None = given
        self._profiles = profiles
        self._source = source
        self._target = target
        self._started = started

    def _key(self, name: str) -> str:
        return f"_runs/{self._arguments.run_id}/{name}"

    def write_all(self, totals: RunTotals) -> dict[str, Any]:
        """Write quarantine, manifest and summary; return the summary."""
        checkpoints.reached("manifest")
        self._write_quarantine(totals)
        self.write_manifest(totals)
        checkpoints.reached("summary")
        written = self._summary(totals)
        self._target.put(self._key("summary.json"), summary.encode_summary(written))
        return written

    def _write_quarantine(self, totals: RunTotals) -> None:
        if not totals.rejects:
            return
        rows = pa.concat_tables(totals.rejects).slice(0, MAX_REJECTS).to_pylist()
        sink = io.StringIO(newline="")
        writer = csv.writer(sink, lineterminator="\n")
        names = totals.rejects[0].schema.names
        writer.writerow(names)
        writer.writerows([_cell(row[name]) for name in names] for row in rows)
        key = f"quarantine/run={self._arguments.run_id}/rejects.csv"
        self._target.put(key, sink.getvalue().encode("utf-8", "surrogatepass"))

    def write_manifest(self, totals: RunTotals) -> None:
        """Write the manifest of what was published so far, and once the configuration beside it."""
        arguments = self._arguments
        if self._given is not None:
            self._target.put(self._key(CONFIGURATION), self._given.archived())
            self._given = None
        manifest = {
            "schema": 1,
            "run_id": arguments.run_id,
            "source": self._source.url,
            "target": self._target.url,
            "window": self._window(totals),
            "replay": arguments.replay,
            "timezone": arguments.timezone,
            "week_start": arguments.week_start,
            "config": arguments.config,
            "config_sha256": self._config.digest(),
            "verdict": {"level": totals.verdict.level, "reasons": list(totals.verdict.reasons)},
            "versions": summary.versions(),
            "counts": merged_counts(totals.results),
            "inputs": [_input_record(result) for result in totals.results],
            "outputs": [summary.output_record(one) for one in totals.published],
        }
        self._target.put(self._key("manifest.json"), summary.encode_manifest(manifest))

    def _window(self, totals: RunTotals) -> dict[str, str | None]:
        since = totals.since_us
        return {
            "since": None if since is None else iso_utc(since),
            "until": iso_utc(self._arguments.until_us),
        }

    def _summary(self, totals: RunTotals) -> dict[str, Any]:
        arguments = self._arguments
        counts = dict(merged_counts(totals.results))
        values = {
            name: counts.pop(name)
            for name in (
                *("values", "values_suspect", "values_failed", "values_contradicted", "clocks_replaced"),
            )
        }
        counters = {
            name: sum((getattr(result, name) for result in totals.results), Counter[str]())
            for name in (
                "quarantined_by_reason",
                "ignored_by_kind",
                "families",
                "unknown_fields",
                "assumed_units",
            )
        }
        total = time.perf_counter() - self._started
        reads = counts["objects_read"] + self._target.requests
        writes = self._source.requests + len(totals.published) + 5
        sites = summary.site_summary(totals.results)
        rejected = totals.verdict.level == "fail"
        accepted = totals.decisions.accepted_until_us
        return {
            "schema": 1,
            "run_id": arguments.run_id,
            "status": "REJECTED" if rejected else "SUCCEEDED",
            "verdict": {
                "level": totals.verdict.level,
                "reasons": [reason[:500] for reason in totals.verdict.reasons[: summary.MAX_REASONS]],
            },
            "decisions": {
                "accepted_until": None if accepted is None else iso_utc(accepted),
                "excluded": len(totals.decisions.excluded),
            },
            "omitted": {
                "reasons": max(0, len(totals.verdict.reasons) - summary.MAX_REASONS),
                "rejects": max(0, sum(part.num_rows for part in totals.rejects) - MAX_REJECTS),
            },
            "empty": counts["objects_listed"] == 0,
            "window": self._window(totals),
            "replay": arguments.replay,
            "engine": {
                "name": totals.engine.name if totals.engine else "embedded",
                "reason": totals.engine.reason if totals.engine else "nothing to do",
            },
            **counts,
            "quarantined_by_reason": dict(sorted(counters["quarantined_by_reason"].items())),
            "ignored_by_kind": summary.top(counters["ignored_by_kind"], summary.MAX_FIELDS),
            "letters_skipped": sum(result.letters_skipped for result in totals.results),
            "families": summary.top(counters["families"], summary.MAX_FIELDS),
            "datasets": summary.dataset_rows(totals.published),
            "partitions_written": sum(1 for one in totals.published if one.path is not None),
            "sites": sites,
            "sites_omitted": len({result.site for result in totals.results}) - len(sites),
            "drift": self._drift(counters["unknown_fields"]),
            "guesses": {
                "assumed_units": summary.top(counters["assumed_units"], summary.MAX_FIELDS),
                "station_from_site": sum(result.station_from_site for result in totals.results),
                "time_from_arrival": sum(result.time_from_arrival for result in totals.results),
                "rain_restarts": summary.rain_restarts(totals.results),
            },
            "qc": values,
            "sensors": summary.sensor_summary(totals.sensors),
            "seconds": {"total": round(total, 3)}
            | {name: round(value, 3) for name, value in totals.seconds.items()},
            "cost": run_cost(arguments, total, reads, writes),
            "manifest": self._key("manifest.json"),
            "watermark_moved": totals.moved and not rejected,
        }

    def _drift(self, unknown: Mapping[str, int]) -> dict[str, Any]:
        database, table = self._arguments.database, self._arguments.raw_table
        columns, problem = None, None
        if database and table:
            try:
                columns = catalog.table_columns(catalog.glue_client(self._arguments.region), database, table)
            except Exception as error:  # drift is a remark; a catalogue out of reach is not a failure
                problem = f"table {database}.{table} could not be read: {error}"[:500]
        document = drift_document(unknown, self._profiles, columns)
        return document | ({"problem": problem} if problem else {})


def _input_record(result: SiteResult) -> dict[str, Any]:
    return {
        "site": result.site,
        "until": iso_utc(result.until_us),
        "objects_listed": result.objects_listed,
        "objects_read": result.objects_read,
        "bytes": result.bytes_read,
        "messages": result.messages,
        "unreadable": dict(list(result.unreadable.items())[:100]),
    }


def _cell(value: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula."""
    return safe_cell(value) if isinstance(value, str) else value
