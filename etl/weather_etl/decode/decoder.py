"""From the stored objects of one site to canonical observations and rejected records.

`SiteDecoder.add` parses an object, finds the profile of each message by its shape and files its records;
whole columns of records are then read at once.  Shapes are few and records many, so nearly all work is per
column.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pyarrow as pa

from weather_etl.core import arrow_tables as arrow
from weather_etl.decode import reasons
from weather_etl.decode.context import SiteContext
from weather_etl.decode.documents import Fault, decode
from weather_etl.decode.drift import unknown_of_record
from weather_etl.decode.record_table import observation_table, reject_table
from weather_etl.decode.records import RecordExtractor, Shaped
from weather_etl.decode.repeated_hour import settle
from weather_etl.decode.routing import Router, is_true, with_element
from weather_etl.decode.shape_plan import bind, make_plan
from weather_etl.decode.shape_reader import ShapeReader, ShapeRecords
from weather_etl.decode.tally import Tally
from weather_etl.lake import LARGEST
from weather_etl.profiles.catalogue import ProfileSet
from weather_etl.profiles.fields import Place, Record, Shape, as_list, as_record, dig, shape_of
from weather_etl.profiles.model import Block, Profile
from weather_etl.profiles.times import zone_named

ARRAY: Final = "@array"
"""Under this name a profile sees a message that is an array, before its elements are taken as messages."""
_CHUNK: Final = 2048  # records that wait at most: columns long enough to be cheap, memory small
_BYTES: Final = 16 * 1024 * 1024
"""Bytes of objects whose records wait at most, but for a single object that is larger."""
_SHAPES: Final = 2000  # shapes remembered; fuzz and drift must not fill the memory


@dataclass(frozen=True)
class Decoded:
    """What the objects of one site hold.

    Attributes:
        observations: `model.DECODED_SCHEMA`, in order of arrival; several rows may share station and time.
        rejects: `model.REJECT_SCHEMA`, in order of arrival.
        messages: records found = observations + ignored + rejects, counted independently of the three.
        ignored: records that are no observations.
        ignored_by_kind: `<profile>:<kind>` -> count.
        families: profile -> observations.
        unknown_fields: `<profile>:<field>` -> records with a field that the profile does not know; with
            ` (unreadable)` behind it, records in which a mapped field could not be read.  Bounded.
        assumed_units: `<profile>:<variable>` -> values whose unit neither message nor profile says.
        station_from_site: observations whose message names no station that its profile knows.
        time_from_arrival: observations without a time of their own; the clock's errors are not among them.
        letters_skipped: letters passed over where messages could not be read.
    """

    observations: pa.Table
    rejects: pa.Table
    messages: int
    ignored: int
    ignored_by_kind: dict[str, int]
    families: dict[str, int]
    unknown_fields: dict[str, int]
    assumed_units: dict[str, int]
    station_from_site: int
    time_from_arrival: int
    letters_skipped: int


@dataclass(frozen=True)
class _Origin:
    """The object that a message comes from: key, ingest time, and the order of its first record."""

    key: str
    ingest_us: int
    start: int


class SiteDecoder:
    """Decodes the objects of one site; feed it with `add`, then take everything with `finish`.

    Raises:
        ProfileError: on construction, if the site names a profile that does not exist.
        ValueError: on construction, if the site's time zone does not exist.

    Longer than 200 lines: the way of a message through the parts of this package, in the order of its steps.
    """

    def __init__(self, profiles: ProfileSet, site: SiteContext) -> None:
        zone_named(site.timezone)  # now, and not as a fault of every message
        self._router = Router(profiles.for_site(site.profiles))
        self._tally = Tally(profiles.secrets())
        self._reader = ShapeReader(site, self._tally)
        self._extractors: dict[str, RecordExtractor] = {}
        self._waiting: dict[tuple[Any, ...], ShapeRecords] = {}
        self._direct: dict[tuple[Any, ...], ShapeRecords] = {}
        self._order = 0
        self._read_at = _CHUNK
        self._bytes = 0

    def add(self, key: str, ingest_us: int, body: bytes) -> None:
        """Take one fetched object.

        Args:
            key: the object's key below the source.
            ingest_us: when it arrived, microseconds since 1970 UTC.
            body: its bytes; bad content never raises, it becomes rejected records.
        """
        if len(body) > LARGEST:
            self.refuse(key, ingest_us, len(body))
            return
        self._bytes += len(body)
        if self._bytes > _BYTES:
            self._read_all()
        try:
            document = orjson.loads(body)
        except ValueError:
            self._add_values(key, ingest_us, decode(body))
            return
        if type(document) is dict:
            message: Record = document  # pyright: ignore[reportUnknownVariableType]
            direct = self._direct.get(shape_of(message))
            if direct is not None:
                order = self._order
                self._order = order + 1
                direct.rows.append((message, key, ingest_us, order, 0, order))
                if order >= self._read_at:
                    self._read_all()
                return
        self._add_values(key, ingest_us, [document])

    def refuse(self, key: str, ingest_us: int, size: int) -> None:
        """Take an object whose bytes are not read because there are more than `LARGEST` of them."""
        fault = Fault(reasons.TOO_LARGE, f"{size} bytes, which is more than {LARGEST}", "")
        self._add_values(key, ingest_us, [fault])

    def _add_values(self, key: str, ingest_us: int, values: Sequence[Any]) -> None:
        """Take the values of an object one by one, numbering its records."""
        origin = _Origin(key, ingest_us, self._order)
        for value in values:
            self._take(value, origin)
        if self._order >= self._read_at:
            self._read_all()

    def _take(self, value: Any, origin: _Origin) -> None:  # noqa: ANN401 - JSON
        try:
            if isinstance(value, Fault):
                self._tally.skipped += value.skipped
                self._reject(origin, value.reason, value.detail, value.text)
            elif (record := as_record(value)) is not None:
                self._take_message(record, origin)
            elif (items := as_list(value)) is not None:
                self._take_array(items, origin)
            elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):  # JSON written as a JSON text
                for inner in decode(value.encode("utf-8", "surrogatepass")):
                    self._take(value if isinstance(inner, str) else inner, origin)
            else:
                self._reject(origin, reasons.BARE_VALUE, f"a bare {type(value).__name__}", value)
        except Exception as error:  # one message that we did not foresee must not stop a run
            self._reject(origin, reasons.INTERNAL, f"{type(error).__name__}: {error}", value)

    def _take_array(self, values: list[Any], origin: _Origin) -> None:
        """Give an array to a profile that takes arrays, else take each element as a message."""
        whole: Record = {ARRAY: values}
        if self._router.route(whole, shape_of(whole)) is not None:
            self._take_message(whole, origin)
        elif not values:
            self._reject(origin, reasons.EMPTY_OBJECT, "an empty array", values)
        elif dict in map(type, values):
            for value in values:
                if as_list(value) is not None:
                    self._reject(origin, reasons.UNRECOGNISED, "an array among objects", value)
                else:
                    self._take(value, origin)
        else:
            self._reject(origin, reasons.UNRECOGNISED, "an array that no profile takes", values)

    def _take_message(self, message: Record, origin: _Origin) -> None:
        if not message:
            self._reject(origin, reasons.EMPTY_OBJECT, "an empty object", message)
            return
        shape = shape_of(message)
        route = self._router.route(message, shape)
        if route is None:
            opened = _with_json_read(message)
            if opened is not None:
                self._take_message(opened, origin)
                return
            self._reject(origin, reasons.UNRECOGNISED, _first_names(message), message)
            return
        if route.spread:
            for element in dig(message, route.place):
                self._take(with_element(message, route.place, element), origin)
            return
        kind = route.ignored_as(message)
        if kind is not None:
            self._ignore(route.profile, kind)
            return
        if route.whole is not None:
            self._direct[shape] = self._records_like(route.profile, route.whole, shape, message, route.place)
        for name in route.unknown:
            self._tally.count_field(route.profile.name, name, 1)
        before = self._order
        for block, records in self._extractor(route.profile).records(message, route.place):
            envelope = () if block.steps else route.place
            self._take_records(route.profile, block, records, envelope, origin, before)
        if self._order > before:
            return
        if route.profile.empty is not None:
            self._ignore(route.profile, route.profile.empty)
        else:
            detail = f"profile {route.profile.name} finds no record"
            self._reject(origin, reasons.NO_RECORD, detail, message)

    def _extractor(self, profile: Profile) -> RecordExtractor:
        extractor = self._extractors.get(profile.name)
        if extractor is None:
            extractor = self._extractors[profile.name] = RecordExtractor(profile)
        return extractor

    def _take_records(
        self,
        profile: Profile,
        block: Block,
        records: Sequence[Shaped],
        envelope: Place,
        origin: _Origin,
        group: int,
    ) -> None:
        """File the records that a block finds in a message."""
        for record, shape in records:
            waiting = self._records_like(profile, block, shape, record, envelope)
            if not is_true(waiting.when, record):
                continue
            if block.ignore is not None:
                self._ignore(profile, block.ignore)
                continue
            order = self._order
            waiting.rows.append((record, origin.key, origin.ingest_us, order, order - origin.start, group))
            self._order += 1

    def _records_like(
        self, profile: Profile, block: Block, shape: Shape, record: Record, envelope: Place
    ) -> ShapeRecords:
        """Return where the records of a shape wait."""
        key = (profile.name, id(block), shape, envelope)
        waiting = self._waiting.get(key)
        if waiting is None:
            if len(self._waiting) >= _SHAPES:
                self._read_all()
                self._waiting.clear()
                self._direct.clear()  # it holds the same
            plan = make_plan(profile, block, record, envelope)
            when = bind(block.when, profile, record, envelope)
            waiting = self._waiting[key] = ShapeRecords(plan, when, unknown_of_record(plan, record))
        return waiting

    def _ignore(self, profile: Profile, kind: str) -> None:
        self._tally.ignore(profile.name, kind)
        self._order += 1

    def _reject(self, origin: _Origin, reason: str, detail: str, value: object) -> None:
        number = self._order - origin.start
        self._tally.quarantine(self._order, origin.key, number, reason, detail, value)
        self._order += 1

    def _read_all(self) -> None:
        """Read everything that waits."""
        for waiting in self._waiting.values():
            self._reader.read(waiting)
        self._read_at = self._order + _CHUNK
        self._bytes = 0

    def finish(self) -> Decoded:
        """Read what waits and return everything, in order of arrival."""
        self._read_all()
        observations, joined_away = observation_table(settle(self._reader.chunks))
        families = Counter(map(str, arrow.repeated_texts(observations, "family")))
        return Decoded(
            observations=observations,
            rejects=reject_table(self._tally.rejects),
            messages=self._order - joined_away,
            ignored=self._tally.ignored.total(),
            ignored_by_kind=dict(sorted(self._tally.ignored.items())),
            families=dict(sorted(families.items())),
            unknown_fields=dict(sorted(self._tally.unknown.items())),
            assumed_units=dict(sorted(self._tally.assumed.items())),
            station_from_site=self._tally.unnamed,
            time_from_arrival=self._tally.undated,
            letters_skipped=self._tally.skipped,
        )


def _with_json_read(message: Record) -> Record | None:
    """Return a message with the JSON in its texts read (Particle's `data`); None if there is none."""
    read: Record = {}
    for name, value in message.items():
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                inner: Any = orjson.loads(value)
            except ValueError:
                continue
            if isinstance(inner, dict | list):
                read[name] = inner
    return {**message, **read} if read else None


def _first_names(message: Record) -> str:
    names = ", ".join(list(message)[:12])
    return f"no profile knows a message with {names[:200]}".encode("utf-8", "replace").decode("utf-8")
