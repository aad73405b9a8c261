"""Passports of cells: found, computed again, and everything that lies behind them as plain values."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import weather_etl
from weather_etl.core import iso_utc, unescape_name
from weather_etl.datasets import declared
from weather_etl.lake import SourceMissingError, UnreachableError, open_storage
from weather_etl.settings import RunConfig
from weather_report import Target

from weather_cli.errors import CommandError
from weather_cli.passport.again import Again, Recomputer, Span, span_of
from weather_cli.passport.columns import PARTS
from weather_cli.passport.evidence import Evidence, Item
from weather_cli.passport.origin import Origin, Origins
from weather_cli.passport.question import Cell, Finder, Question

Step = Callable[[str], None]
"""Told what is being done, for a person who waits."""


@dataclass(frozen=True)
class Passport:
    """What is known of a number.

    Attributes:
        cell: dataset, site, station, column, window, file; unit and meaning of the column.
        value: as it is published; empty where it is missing.
        recomputed: from the messages alone; None where no such row came out.
        equal: whether both are the same text.
        parts: rows of the dataset below, of a day or a week.
        observations: of its window, with flags, rules and messages.
        rules: that judge its variables, with their sources.
        fields: of messages, that an observation's value was read from.
        messages: how many were read, and their keys: of the window and of the days around it.
        profiles: that read them.
        run: that wrote the file: id, window, lake, configuration, versions, then and now.
        remarks: what is not as it was.
    """

    cell: Item
    value: str
    recomputed: str | None
    equal: bool
    parts: list[Item]
    observations: list[Item]
    rules: list[Item]
    fields: list[Item]
    messages: Item
    profiles: list[Item]
    run: Item
    remarks: list[str]

    def document(self) -> dict[str, Any]:
        """Return it as its JSON has it."""
        return asdict(self)


def passports(
    target: Target,
    questions: Sequence[Question],
    *,
    source: str | None = None,
    config: RunConfig | None = None,
    step: Step = lambda _text: None,
) -> list[Passport]:
    """Return the passports of cells, in the order of the questions; cells of one window share the work.

    Args:
        target: where the datasets are.
        questions: which cells.
        source: address of the lake, where it is no longer what the runs say; None: as they say.
        config: instead of what the runs were given; None: that.
        step: told what is being done.

    Raises:
        UsageError: a cell does not exist.
        CommandError: the run behind a cell is not known, or its lake or configuration is out of reach.
    """
    finder, origins = Finder(target), Origins(target, source, config)
    cells = [finder.find(asked) for asked in questions]
    again = Recomputer(target, origins)
    found: dict[int, Passport] = {}
    by_run: defaultdict[str, list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        by_run[origins.of(cell.key, cell.sha256).run_id].append(index)
    try:
        for indices in by_run.values():
            first = cells[indices[0]]
            origin = origins.of(first.key, first.sha256)
            step(f"read the messages behind it from {origin.source} and compute it again")
            mine = _of_one_run([cells[index] for index in indices], origin, again)
            found |= dict(zip(indices, mine, strict=True))
            for other in origins.others(origin) if not all(one.equal for one in mine) else ():
                left = [index for index in indices if not found[index].equal]
                mine = _of_one_run([cells[index] for index in left], other, again)
                found |= {index: one for index, one in zip(left, mine, strict=True) if one.equal}
    except (SourceMissingError, UnreachableError) as error:
        raise CommandError(
            f"the messages are out of reach: {error}", "say with --source where they are now"
        ) from error
    return [found[index] for index in range(len(cells))]


def _of_one_run(cells: Sequence[Cell], origin: Origin, again: Recomputer) -> list[Passport]:
    """Return the passports of cells, computed again with what one run was given."""
    spans = dict.fromkeys(span_of(cell) for cell in cells if cell.dataset != "sensor_weeks")
    computed = again.spans(list(spans), origin)
    source = open_storage(origin.source)
    evidence = {
        span: Evidence(span, one, origin, again.profiles(origin), source) for span, one in computed.items()
    }
    weeks: dict[int, tuple[list[dict[str, str]], Mapping[Span, Again]]] = {}
    found: list[Passport] = []
    for cell in cells:
        if cell.dataset == "sensor_weeks":
            week = cell.days[0]
            if week not in weeks:
                weeks[week] = again.week(week, origin)
            found.append(_of_sensor(cell, origin, *weeks[week]))
        else:
            found.append(_of_station(cell, origin, evidence[span_of(cell)]))
    return found


def _of_station(cell: Cell, origin: Origin, evidence: Evidence) -> Passport:
    again = evidence.again
    observations = evidence.observations(cell)
    inside = dict.fromkeys(one["key"] for row in observations for one in row["messages"])
    around = [key for key in again.objects.keys if key not in inside]
    return Passport(
        **_head(cell, origin, again.rows.get(cell.dataset, ())),
        parts=evidence.parts(cell),
        observations=observations,
        rules=evidence.rules(cell, observations),
        fields=evidence.fields(cell, observations),
        messages={"of_its_window": list(inside), "of_the_days_around": around, "lost": _lost([again])},
        profiles=evidence.profile_items(observations),
        remarks=_remarks(origin, [again]),
    )


def _of_sensor(
    cell: Cell, origin: Origin, rows: Sequence[Mapping[str, str]], again: Mapping[Span, Again]
) -> Passport:
    """Return the passport of a sensor's week: it stands on the hours of all sites over six weeks."""
    everything = list(again.values())
    return Passport(
        **_head(cell, origin, rows),
        parts=[
            {
                "site": unescape_name(span.site),
                "hours": len(one.rows.get("hourly", ())),
                "objects": len(one.objects),
            }
            for span, one in again.items()
        ],
        observations=[],
        rules=[],
        fields=[],
        messages={
            "of_its_window": [key for one in everything for key in one.objects.keys],
            "of_the_days_around": [],
            "lost": _lost(everything),
        },
        profiles=[],
        remarks=_remarks(origin, everything),
    )


def _head(cell: Cell, origin: Origin, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return what every passport begins with: the cell, its value then and now, and its run."""
    column = next(one for one in declared()[cell.dataset]["columns"] if one["name"] == cell.column)
    row = next((row for row in rows if cell.same_row(row)), None)
    recomputed = None if row is None else row[cell.column]
    return {
        "cell": {
            "dataset": cell.dataset,
            "site": unescape_name(cell.site),
            "station": unescape_name(cell.station),
            **({"sensor": cell.row["sensor"]} if "sensor" in cell.row else {}),
            "column": cell.column,
            "unit": column["unit"],
            "meaning": column["comment"],
            "from": cell.starts,
            "to": cell.ends,
            "file": cell.key,
            "sums_up": PARTS.get(cell.dataset),
        },
        "value": cell.text,
        "recomputed": recomputed,
        "equal": recomputed == cell.text,
        "run": {
            "id": origin.run_id,
            "until": origin.until,
            "source": origin.source,
            "timezone": origin.zone(unescape_name(cell.site)).name,
            "config_sha256": origin.config.digest(),
            "versions": dict(origin.versions),
            "recomputed_with": weather_etl.__version__,
        },
    }


def _lost(again: Sequence[Again]) -> list[str]:
    return [iso_utc(ingest) for one in again for ingest in one.lost]


def _remarks(origin: Origin, again: Sequence[Again]) -> list[str]:
    remarks = list(origin.remarks)
    if lost := sum(len(one.lost) for one in again):
        remarks.append(f"{lost} messages are no longer in the lake, so nothing can be shown of them")
    if unreadable := sum(len(one.reading.result.unreadable) for one in again):
        remarks.append(f"{unreadable} objects could not be read")
    wrote = origin.versions.get("weather_etl")
    if wrote not in (None, weather_etl.__version__):
        remarks.append(f"version {wrote} wrote it, and {weather_etl.__version__} has computed it again")
    return remarks
