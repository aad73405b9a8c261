"""What becomes of one object, field by field: the words behind `weather profiles check`.

The observations come from `SiteDecoder`, as in a run.  This module only tells where each value came from and
why the other fields left no trace, by asking the same plans.
"""

import math
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import orjson

from weather_etl.core import UNIT_OF
from weather_etl.decode.clock import read_times
from weather_etl.decode.columns import STATED, ColumnReading, read_column, unit_read
from weather_etl.decode.context import SiteContext
from weather_etl.decode.decoder import ARRAY, Decoded, SiteDecoder
from weather_etl.decode.documents import Fault, decode
from weather_etl.decode.drift import unknown_places
from weather_etl.decode.masking import MASK, excerpt, is_secret
from weather_etl.decode.records import RecordExtractor
from weather_etl.decode.routing import Route, Router, is_true, with_element
from weather_etl.decode.shape_plan import BoundCandidate, ShapePlan, bind, make_plan
from weather_etl.decode.shape_reader import DIRECTIONS
from weather_etl.decode.station import read_stations
from weather_etl.profiles.catalogue import ProfileSet
from weather_etl.profiles.fields import Place, Record, as_list, as_record, dig, format_place, leaves, shape_of
from weather_etl.profiles.model import Block


class Role(StrEnum):
    """What a field of a record is to its profile."""

    VALUE = "value"
    TIME = "time"
    STATION = "station"
    UNIT = "unit"
    SECRET = "secret"  # noqa: S105 - the name of a role
    SPARE = "not needed"
    ABSENT = "no value"
    UNREADABLE = "unreadable"
    KNOWN = "known, not mapped"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class FieldReport:
    """One field of a record.

    Attributes:
        path: as a profile would name it.
        raw: what stands there, masked if it is a secret.
        role: what the profile makes of it.
        why: the variable and unit, or the reason why it leaves no trace.
    """

    path: str
    raw: str
    role: Role
    why: str


@dataclass(frozen=True)
class RecordReport:
    """One record of a message.

    Attributes:
        block: of the profile.
        station: its name, and the fields that it is from; or that it is the site for want of one.
        fields: in the record's own order.
    """

    block: str
    station: str
    fields: tuple[FieldReport, ...]


@dataclass(frozen=True)
class MessageReport:
    """One message of the object.

    Attributes:
        profile: the profile that takes it, or None.
        envelope: where in the message the family's own message lies, as a path.
        ignored: kinds under which the message or records of it are ignored.
        records: those that yield values.
    """

    profile: str | None
    envelope: str
    ignored: tuple[str, ...]
    records: tuple[RecordReport, ...]


@dataclass(frozen=True)
class Explanation:
    """What becomes of one object: its messages field by field, and what a run would decode from it."""

    messages: tuple[MessageReport, ...]
    decoded: Decoded


def explain(profiles: ProfileSet, site: SiteContext, key: str, ingest_us: int, body: bytes) -> Explanation:
    """Explain one object.

    Args:
        profiles: of the run.
        site: whose object it is.
        key: its key below the source.
        ingest_us: when it arrived, microseconds since 1970 UTC.
        body: its bytes.

    Raises:
        ProfileError: the site names a profile that does not exist.
    """
    decoder = SiteDecoder(profiles, site)
    decoder.add(key, ingest_us, body)
    router = Router(profiles.for_site(site.profiles))
    reporter = _Reporter(profiles.secrets(), site, ingest_us)
    messages = tuple(
        reporter.message(message, router.route(message, shape_of(message)))
        for value in decode(body)
        for message in _messages(value, router)
    )
    return Explanation(messages, decoder.finish())


def _messages(value: object, router: Router) -> Iterator[Record]:
    """Yield the messages of one JSON value; what is none appears among the rejects of the decoder."""
    record, items = as_record(value), as_list(value)
    if record is not None and not isinstance(value, Fault):
        route = router.route(record, shape_of(record))
        if route is not None and route.spread:
            for element in dig(record, route.place):
                yield from _messages(with_element(record, route.place, element), router)
        else:
            yield record
    elif items is not None:
        whole: Record = {ARRAY: items}
        if router.route(whole, shape_of(whole)) is not None:
            yield whole
        else:
            yield from (inner for item in items if (inner := as_record(item)) is not None)


@dataclass(frozen=True)
class _Reporter:
    """Reports messages of one object."""

    secrets: tuple[str, ...]
    site: SiteContext
    ingest_us: int

    def message(self, message: Record, route: Route | None) -> MessageReport:
        if route is None:
            return MessageReport(None, "", (), ())
        kind = route.ignored_as(message)
        if kind is not None:
            return MessageReport(route.profile.name, format_place(route.place), (kind,), ())
        ignored: list[str] = []
        records: list[RecordReport] = []
        for block, record, envelope in _records(route, message):
            if block.ignore is not None:
                ignored.append(block.ignore)
            else:
                plan = make_plan(route.profile, block, record, envelope)
                fields = self._fields(plan, record)
                records.append(RecordReport(block.name, self._station(plan, record), tuple(fields)))
        return MessageReport(route.profile.name, format_place(route.place), tuple(ignored), tuple(records))

    def _fields(self, plan: ShapePlan, record: Record) -> Iterator[FieldReport]:
        """Report every field, in the record's own order; those inside of lists follow their list."""
        told = self._sources(plan, record) | self._times(plan, record)
        for station in plan.stations:
            for place in station.places:
                if place is not None:
                    told.setdefault(place, (Role.STATION, ""))
        places = leaves(record)
        unknown = set(unknown_places(plan, record))
        inside = [place for place in told if place not in places]
        for place in [*places, *inside]:
            if any(other[: len(place)] == place for other in inside) and place not in inside:
                continue
            role, why = told.get(place) or _unused(place, unknown)
            if is_secret(str(place[-1]), self.secrets):
                yield FieldReport(format_place(place), MASK, Role.SECRET, "masked everywhere")
            else:
                yield FieldReport(format_place(place), self._raw(dig(record, place)), role, why)

    def _station(self, plan: ShapePlan, record: Record) -> str:
        """Name the station of a record and say where the name comes from."""
        for station in plan.stations:
            name = read_stations(replace(plan, stations=(station,)), [record], self.site.site)[0]
            fields = [format_place(place) for place in station.places if place is not None]
            if name is not None:
                source = ", ".join(fields) if fields else "the site, as the profile says"
                return f"{name} (from {source})"
        return f"{self.site.site} (no field names a station: the site)"

    def _sources(self, plan: ShapePlan, record: Record) -> dict[Place, tuple[Role, str]]:
        """Say of each mapped field which variable it gave, or why it gave none."""
        told: dict[Place, tuple[Role, str]] = {}
        idle: dict[Place, tuple[Role, str]] = {}
        winners: dict[str, str] = {}
        for variable, candidates in plan.candidates.items():
            for source in candidates:
                if not is_true(source.condition, record):
                    idle.setdefault(source.place, (Role.SPARE, "no `when` of it holds here"))
                    continue
                reading = read_column(source, [record])
                value = float(reading.values[0])
                if 0 in reading.problems:
                    told.setdefault(source.place, (Role.UNREADABLE, f"{variable}: {reading.problems[0]}"))
                elif math.isnan(value):
                    told.setdefault(source.place, (Role.ABSENT, f"{variable}: missing, or a sentinel"))
                elif variable in winners:
                    told.setdefault(source.place, (Role.SPARE, f"{variable} is from {winners[variable]}"))
                else:
                    winners[variable] = format_place(source.place)
                    told[source.place] = (Role.VALUE, _stored(source, record, reading, value))
                for unit in source.unit_places:
                    told.setdefault(unit.place, (Role.UNIT, f"of {variable}"))
        return idle | told | _calm(plan, record)

    def _times(self, plan: ShapePlan, record: Record) -> dict[Place, tuple[Role, str]]:
        ingest = np.array([self.ingest_us], dtype=np.int64)
        problems = read_times(plan, [record], ingest, self.site.timezone).problems
        told: dict[Place, tuple[Role, str]] = {}
        for time in plan.times:
            for place in (*time.places, *filter(None, [time.zone_place, time.since_place])):
                why = problems.get(0, "")
                told.setdefault(place, (Role.UNREADABLE if why else Role.TIME, why))
        return told

    def _raw(self, value: Any) -> str:  # noqa: ANN401 - JSON
        try:
            text = orjson.dumps(value).decode("utf-8")
        except (TypeError, ValueError):
            text = repr(value)
        return excerpt(text, self.secrets, 60)


def _records(route: Route, message: Record) -> Iterator[tuple[Block, Record, Place]]:
    for block, records in RecordExtractor(route.profile).records(message, route.place):
        envelope = () if block.steps else route.place
        for record, _ in records:
            if is_true(bind(block.when, route.profile, record, envelope), record):
                yield block, record, envelope


def _calm(plan: ShapePlan, record: Record) -> dict[Place, tuple[Role, str]]:
    """Say of the directions of a calm why they are dropped."""
    told: dict[Place, tuple[Role, str]] = {}
    for name, speed in DIRECTIONS.items():
        speeds = [float(read_column(source, [record]).values[0]) for source in plan.candidates.get(speed, ())]
        known = [value for value in speeds if not math.isnan(value)]
        if known and known[0] == 0.0:
            for source in plan.candidates.get(name, ()):
                told[source.place] = (Role.ABSENT, f"{name}: calm, which has no direction")
    return told


def _stored(source: BoundCandidate, record: Record, reading: ColumnReading, value: float) -> str:
    """Say what a field gave, in which unit it was read, and who says so."""
    unit, said = unit_read(source, record)
    marked = ", adjusted" if reading.adjusted is not None else ""
    known = "" if said == STATED else f" ({said})"
    return f"{source.variable} = {value:g} {UNIT_OF[source.variable]}, read as {unit}{known}{marked}"


def _unused(place: Place, unknown: Set[Place]) -> tuple[Role, str]:
    """Say of a field that nothing reads whether the profile knows it."""
    if place in unknown:
        return Role.UNKNOWN, "counted as schema drift"
    return Role.KNOWN, ""
