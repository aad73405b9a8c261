"""What becomes of messages, for a person or as JSON."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from weather_etl.core import UNIT_OF
from weather_etl.decode import Explanation, MessageReport
from weather_etl.profiles import ProfileSet

from weather_cli.payload.doubts import doubts
from weather_cli.ui import Ui


def document(explanation: Explanation) -> dict[str, Any]:
    """Return everything as JSON values; observations hold only what is there."""
    decoded = explanation.decoded
    rows: list[dict[str, Any]] = decoded.observations.to_pylist()
    return {
        "messages": [dataclasses.asdict(message) for message in explanation.messages],
        "observations": [
            {name: _json_value(value) for name, value in row.items() if value is not None} for row in rows
        ],
        "quarantined": decoded.rejects.to_pylist(),
        "ignored": decoded.ignored_by_kind,
        "unknown_fields": decoded.unknown_fields,
        "warnings": doubts(explanation),
        "counts": {
            "messages": decoded.messages,
            "observations": decoded.observations.num_rows,
            "ignored": decoded.ignored,
            "quarantined": decoded.rejects.num_rows,
        },
    }


def _json_value(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def show(ui: Ui, explanation: Explanation, profiles: ProfileSet) -> None:
    """Show what becomes of the messages of one file, field by field."""
    titles = {profile.name: profile.title for profile in profiles.profiles}
    for number, message in enumerate(explanation.messages):
        _show_message(ui, number, message, titles)
    decoded = explanation.decoded
    rows: list[dict[str, Any]] = decoded.observations.to_pylist()
    for row in rows:
        ui.heading(f"observation from record {row['record']}")
        ui.facts(
            {
                "station": row["station_id"],
                "family": row["family"],
                "time": str(_json_value(row["obs_time_utc"])),
                "time from": row["time_source"],
                "time_qc": row["time_qc"],
                "adjusted": row["adjusted"],
            }
        )
        ui.table(
            ["variable", "value", "unit"],
            [[name, f"{row[name]:.6g}", unit] for name, unit in UNIT_OF.items() if row[name] is not None],
        )
    for warning in doubts(explanation):
        ui.warning(warning)
    rejects: list[dict[str, Any]] = decoded.rejects.to_pylist()
    for reject in rejects:
        ui.heading(f"record {reject['record']} would be quarantined")
        ui.facts({name: reject[name] for name in ("reason", "detail", "excerpt")})
    _total(ui, decoded.messages, len(rows), decoded.ignored, len(rejects))


def show_many(ui: Ui, explained: Sequence[tuple[str, Explanation]], profiles: ProfileSet) -> None:
    """Show what becomes of the messages of several files: counts, and an example of what was not read."""
    titles = {profile.name: profile.title for profile in profiles.profiles}
    taken = Counter(message.profile or "" for _, one in explained for message in one.messages)
    ui.heading(f"{len(explained)} files")
    ui.table(
        ["messages", "profile", "what"],
        [[count, name or "none", titles.get(name, "")] for name, count in taken.most_common()],
    )
    values: Counter[str] = Counter()
    for _, one in explained:
        rows = one.decoded.observations
        values.update({name: rows.num_rows - rows[name].null_count for name in UNIT_OF})
    ui.table(["values", "variable", "unit"], [[n, name, UNIT_OF[name]] for name, n in values.items() if n])
    stations = {row for _, one in explained for row in one.decoded.observations["station_id"].to_pylist()}
    ui.line(f"stations: {', '.join(sorted(map(str, stations))) or 'none'}")
    examples: dict[str, tuple[str, str]] = {}
    reasons: Counter[str] = Counter()
    for name, one in explained:
        for reject in one.decoded.rejects.to_pylist():
            reasons[reject["reason"]] += 1
            examples.setdefault(reject["reason"], (name, str(reject["detail"])))
    if reasons:
        ui.heading("Records that would be quarantined")
        ui.table(
            ["records", "reason", "such as", "in"],
            [[count, name, examples[name][1], examples[name][0]] for name, count in reasons.most_common()],
        )
    unknown: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for _, one in explained:
        unknown.update(one.decoded.unknown_fields)
        told.update(doubts(one))
    if unknown:
        ui.heading("Fields that no profile maps")
        ui.table(["records", "field"], [[count, name] for name, count in unknown.most_common()])
    for warning, count in told.most_common(20):
        ui.warning(f"{warning} ({count} files)")
    decoded = [one.decoded for _, one in explained]
    rows = sum(one.observations.num_rows for one in decoded)
    _total(
        ui, sum(one.messages for one in decoded), rows, sum(one.ignored for one in decoded), reasons.total()
    )


def _total(ui: Ui, records: int, observations: int, ignored: int, quarantined: int) -> None:
    ui.remark(f"{records} records: {observations} observations, {ignored} ignored, {quarantined} quarantined")


def _show_message(ui: Ui, number: int, message: MessageReport, titles: dict[str, str]) -> None:
    """Show which profile takes a message, and what it makes of each field."""
    if message.profile is None:
        ui.heading(f"message {number}: no profile recognises it")
        return
    below = f", below {message.envelope}" if message.envelope else ""
    ui.heading(f"message {number}: {message.profile} ({titles[message.profile]}){below}")
    for kind in message.ignored:
        ui.line(f"ignored: {kind}")
    for record in message.records:
        if len(message.records) > 1:
            ui.line(f"record of block {record.block!r}")
        ui.line(f"station: {record.station}")
        ui.table(
            ["field", "raw", "is", "why"],
            [[field.path, field.raw, str(field.role), field.why] for field in record.fields],
        )
