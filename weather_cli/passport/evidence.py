"""What lies behind a number: rows with flags, rules with their sources, messages with keys and profiles."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import orjson
import pyarrow as pa
from weather_etl.checking import built_in_profiles
from weather_etl.core import FAIL, SUSPECT, escape_name, iso_utc, to_us, unescape_name
from weather_etl.core import arrow_tables as arrow
from weather_etl.datasets import partitions, tables
from weather_etl.decode import SiteContext, SiteDecoder, explain
from weather_etl.lake import Storage
from weather_etl.profiles import ProfileSet
from weather_etl.quality import rules_for
from weather_etl.settings import rule_document
from weather_report.rules import Flagged, flagged

from weather_cli.passport.again import Again, Span
from weather_cli.passport.columns import PARTS, shown_of_parts, variables_of
from weather_cli.passport.origin import Origin
from weather_cli.passport.question import Cell

Item: TypeAlias = dict[str, Any]
"""A line of a passport: plain values by name, as its JSON has them."""


class _Message(NamedTuple):
    """Where an observation was read: object, record in it, ingest time and profile."""

    key: str
    record: int
    ingest_us: int
    family: str


@dataclass
class Evidence:
    """What a span that was computed again says of its cells.

    Args:
        span: the days.
        again: what came of their messages.
        origin: of the file.
        profiles: of the run.
        source: the lake.
    """

    span: Span
    again: Again
    origin: Origin
    profiles: ProfileSet
    source: Storage

    @property
    def _site(self) -> str:
        return unescape_name(self.span.site)

    @cached_property
    def _context(self) -> SiteContext:
        site = self.origin.config.site(self._site)
        return SiteContext.from_config(self._site, site.decoding(), site.timezone or self.origin.timezone)

    @cached_property
    def _messages(self) -> Mapping[tuple[str, int], Sequence[_Message]]:
        """Where the observations of each station and instant were read."""
        decoder = SiteDecoder(self.profiles, self._context)
        for key, ingest_us, body in self._contents():
            decoder.add(key, ingest_us, body)
        rows = decoder.finish().observations
        found: defaultdict[tuple[str, int], list[_Message]] = defaultdict(list)
        times, ingests = arrow.integers(rows, "obs_time_utc"), arrow.integers(rows, "ingest_time_utc")
        texts = [arrow.texts(rows, name) for name in ("station_id", "source_key", "family")]
        records = arrow.integers(rows, "record").tolist()
        for station, key, family, record, time, ingest in zip(
            *texts, records, times.tolist(), ingests.tolist(), strict=True
        ):
            found[escape_name(station), time].append(_Message(key, record, ingest, family))
        return found

    def _contents(self) -> Sequence[tuple[str, int, bytes]]:
        objects = self.again.objects
        contents = self.source.fetch(objects.keys, objects.sizes.tolist())
        return [
            (raw.key, raw.ingest_us, content)
            for raw, content in zip(objects, contents, strict=True)
            if isinstance(content, bytes)
        ]

    @cached_property
    def _flagged(self) -> Mapping[tuple[str, int, str], Flagged]:
        """The values that rules flagged, by station, second and variable."""
        table = tables()["observations"]
        parts = [
            partitions.read_csv(data, table)
            for key, data in sorted(self.again.files.items())
            if key.startswith("observations/")
        ]
        if not parts:
            return {}
        found = flagged(pa.concat_tables(parts), self.origin.config, self._site)
        return {(one.station, one.time, one.variable): one for one in found}

    def observations(self, cell: Cell) -> list[Item]:
        """Return the observations of a cell's window: values and flags of its variables, rules, messages."""
        variables = variables_of(cell.dataset, cell.column)
        start, end = cell.bounds
        found: list[Item] = []
        for row in self.again.rows.get("observations", ()):
            time = to_us(datetime.fromisoformat(row["obs_time_utc"]))
            if row["station_id"] != cell.station or not (time == start == end or start <= time < end):
                continue
            values = {name: float(row[name]) for name in variables if row[name]}
            flags = {name: int(row[f"{name}_qc"]) for name in values}
            rules = {
                name: one.rule
                for name in values
                if (one := self._flagged.get((cell.station, time // 1_000_000, name))) is not None
            }
            found.append(
                {
                    "time": row["obs_time_local"],
                    "values": values,
                    "flags": flags or {"qc": int(row["qc"])},
                    "rules": rules,
                    "adjusted": row["adjusted"].split(),
                    "conflicts": row["conflicts"].split(),
                    "messages": [
                        {
                            "key": one.key,
                            "record": one.record,
                            "entered": iso_utc(one.ingest_us),
                            "profile": one.family,
                        }
                        for one in self._messages.get((cell.station, time), ())
                    ],
                }
            )
        return found

    def parts(self, cell: Cell) -> list[Item]:
        """Return the rows of the dataset below that the cell's row sums up: a day's hours, a week's days."""
        below = PARTS.get(cell.dataset)
        if below in (None, "observations"):
            return []
        columns = shown_of_parts(cell.dataset, cell.column)
        start, end = cell.bounds
        return [
            {"window_start": row["window_start"]} | {name: row[name] for name in columns}
            for row in self.again.rows.get(below, ())
            if row["station_id"] == cell.station
            and start <= to_us(datetime.fromisoformat(row["window_start"])) < end
        ]

    def rules(self, cell: Cell, observations: Sequence[Item]) -> list[Item]:
        """Return the rules that judge a cell's variables, and how many of its values each has flagged."""
        of_site = rules_for(self.origin.config.qc, self.origin.config.site(self._site))
        found: list[Item] = []
        for variable in variables_of(cell.dataset, cell.column):
            if not any(variable in row["values"] for row in observations):
                continue
            kinds: dict[str, Mapping[str, Any]] = dict(of_site.get(variable, {}))
            for name, rule in rule_document()["consistency"].items():
                if variable in rule["flags"]:
                    kinds[f"consistency: {name}"] = {"tolerance": rule["tolerance"], "source": rule["source"]}
            for kind, rule in kinds.items():
                broken = [
                    row["flags"][variable]
                    for row in observations
                    if row["rules"].get(variable) == kind.partition(":")[0]
                ]
                found.append(
                    {
                        "variable": variable,
                        "rule": kind,
                        "limits": {name: value for name, value in rule.items() if name != "source"},
                        "source": rule.get("source", ""),
                        "suspect": broken.count(SUSPECT),
                        "failed": broken.count(FAIL),
                    }
                )
        return found

    def fields(self, cell: Cell, observations: Sequence[Item]) -> list[Item]:
        """Return the fields of messages that an observation's value was read from, as their profile says."""
        variables = variables_of(cell.dataset, cell.column)
        if cell.dataset != "observations" or not variables:
            return []
        keys = {one["key"] for row in observations for one in row["messages"]}
        found: list[Item] = []
        for key, ingest_us, body in self._contents():
            if key not in keys:
                continue
            told = explain(self.profiles, self._context, key, ingest_us, body)
            found += [
                {"key": key, "profile": message.profile, "field": one.path, "raw": one.raw, "read": one.why}
                for message in told.messages
                for record in message.records
                for one in record.fields
                if one.why.startswith(f"{variables[0]} ") or one.why.startswith(f"{variables[0]}:")
            ]
        return found

    def profile_items(self, observations: Sequence[Item]) -> list[Item]:
        """Return the profiles that read the messages of observations."""
        names = {one["profile"] for row in observations for one in row["messages"]}
        return [
            {
                "name": one.name,
                "title": one.title,
                "source": one.source,
                "origin": one.origin,
                "sha256": self._digest(one.name),
            }
            for one in self.profiles.profiles
            if one.name in names
        ]

    def _digest(self, name: str) -> str:
        """Return SHA-256 of a profile's document, which tells one version of it from another."""
        documents = dict(built_in_profiles()) | {str(one["name"]): one for one in self.origin.config.profiles}
        return hashlib.sha256(orjson.dumps(documents[name], option=orjson.OPT_SORT_KEYS)).hexdigest()
