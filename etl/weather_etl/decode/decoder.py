"""From the stored objects of one site to canonical observations and rejected records.

`SiteDecoder.add` parses an object, finds the profile of each message by its shape and files its records;
whole columns of records are then read at once.  Shapes are few and records many, so nearly all work is per
column.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa

from weather_etl.core import arrow
from weather_etl.core.variables import TIME_SOURCES
from weather_etl.decode import reasons
from weather_etl.decode.assemble import Chunk, Reject, observation_table, reject_table, to_rows
from weather_etl.decode.documents import Fault, decode
from weather_etl.decode.masking import excerpt
from weather_etl.decode.plan import (
    Plan,
    Times,
    Values,
    bind,
    make_plan,
    read_stations,
    read_times,
    read_values,
)
from weather_etl.decode.records import Exploder, Shaped
from weather_etl.decode.routing import Router, is_true
from weather_etl.profiles.catalogue import ProfileSet
from weather_etl.profiles.conditions import Bound
from weather_etl.profiles.fields import Place, Record, Shape, as_list, as_record, dig, shape_of
from weather_etl.profiles.model import Block, Profile
from weather_etl.profiles.times import ClockLimits, Kind, check_clock, zone_named
from weather_etl.profiles.units import Conversion, Floats, direction

ARRAY: Final = "@array"
"""Under this name a profile sees a message that is an array, before its elements are taken as messages."""
_CHUNK: Final = 2048  # records that wait at most: columns long enough to be cheap, memory small
_SHAPES: Final = 2000  # shapes remembered; fuzz and drift must not fill the memory
_UNKNOWN_FIELDS: Final = 500  # different unknown fields that are counted
_INGEST: Final = TIME_SOURCES.index("ingest")
_SPEEDS: Final = ("wind_speed", "wind_speed_of_gust")
DIRECTIONS: Final = {"wind_from_direction": "wind_speed", "wind_gust_from_direction": "wind_speed_of_gust"}
"""Direction -> the speed whose zero leaves it without meaning."""


@dataclass(frozen=True)
class SiteContext:
    """What the configuration says about a site.

    Attributes:
        site: the location segment of its keys.
        timezone: of local times without a zone.
        scale: variable -> factor on its stored values, for every station of the site.
        station_scale: station -> variable -> factor, instead of the site's.
        profiles: names of profiles that are asked first, automatic or not.
        clock: when a device's clock is not believed.
    """

    site: str
    timezone: str = "Asia/Ho_Chi_Minh"
    scale: Mapping[str, float] = field(default_factory=dict[str, float])
    station_scale: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    profiles: tuple[str, ...] = ()
    clock: ClockLimits = field(default_factory=ClockLimits)

    @classmethod
    def from_config(
        cls, site: str, config: Mapping[str, Any], timezone: str, clock: ClockLimits | None = None
    ) -> "SiteContext":
        """Build the context from the site's entry in the run configuration.

        Args:
            site: the location segment.
            config: `timezone`, `wind_scale`, `scale`, `profiles`, `stations: {id: {wind_scale, scale}}`;
                other members are not for decoding.  `wind_scale` is short for a scale on both wind speeds.
            timezone: default of the run.
            clock: limits of the run.
        """
        stations: Mapping[str, Mapping[str, Any]] = config.get("stations") or {}
        return cls(
            site=site,
            timezone=config.get("timezone") or timezone,
            scale=_scale(config),
            station_scale={name: {**_scale(config), **_scale(own)} for name, own in stations.items()},
            profiles=tuple(config.get("profiles") or ()),
            clock=clock or ClockLimits(),
        )


def _scale(config: Mapping[str, Any]) -> dict[str, float]:
    """Read `wind_scale` and `scale`."""
    scale: dict[str, float] = {}
    if config.get("wind_scale") is not None:
        scale |= dict.fromkeys(_SPEEDS, float(config["wind_scale"]))
    factors: Mapping[str, float] = config.get("scale") or {}
    return scale | {name: float(factor) for name, factor in factors.items()}


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
    """

    observations: pa.Table
    rejects: pa.Table
    messages: int
    ignored: int
    ignored_by_kind: dict[str, int]
    families: dict[str, int]
    unknown_fields: dict[str, int]


@dataclass(frozen=True)
class _Origin:
    """The object that a message comes from: key, ingest time, and the order of its first record."""

    key: str
    ingest_us: int
    start: int


_Row = tuple[Record, str, int, int, int, int]
"""Record, key, ingest time, order of arrival, position in the object, order of the message it belongs to."""


@dataclass
class _Batch:
    """Records of one shape that wait to be read, if they are of the block at all."""

    plan: Plan
    when: Bound
    rows: list[_Row] = field(default_factory=list[_Row])


class SiteDecoder:
    """Decodes the objects of one site; feed it with `add`, then take everything with `finish`.

    Raises:
        ProfileError: on construction, if the site names a profile that does not exist.
        ValueError: on construction, if the site's time zone does not exist.
    """

    def __init__(self, profiles: ProfileSet, site: SiteContext) -> None:
        zone_named(site.timezone)  # now, and not as a fault of every message
        self._site = site
        self._router = Router(profiles.for_site(site.profiles))
        self._secrets = profiles.secrets()
        self._exploders: dict[str, Exploder] = {}
        self._batches: dict[tuple[Any, ...], _Batch] = {}
        self._direct: dict[tuple[Any, ...], tuple[_Batch, Place]] = {}
        self._chunks: list[Chunk] = []
        self._rejects: list[Reject] = []
        self._ignored: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._order = 0
        self._read_at = _CHUNK

    def add(self, key: str, ingest_us: int, body: bytes) -> None:
        """Take one fetched object.

        Args:
            key: the object's key below the source.
            ingest_us: when it arrived, microseconds since 1970 UTC.
            body: its bytes; bad content never raises, it becomes rejected records.
        """
        try:
            document = orjson.loads(body)
        except ValueError:
            self._add_values(key, ingest_us, decode(body))
            return
        if type(document) is dict:
            message: Record = document  # pyright: ignore[reportUnknownVariableType]
            direct = self._direct.get(shape_of(message))
            if direct is not None:
                batch, envelope = direct
                for name in envelope:
                    message = message[name]  # pyright: ignore[reportArgumentType] - no envelope lies in a list
                order = self._order
                self._order = order + 1
                batch.rows.append((message, key, ingest_us, order, 0, order))
                if order >= self._read_at:
                    self._read_all()
                return
        self._add_values(key, ingest_us, [document])

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
                self._reject(origin, value.reason, value.detail, value.text)
            elif (record := as_record(value)) is not None:
                self._take_message(record, origin)
            elif (items := as_list(value)) is not None:
                self._take_array(items, origin)
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
            self._reject(origin, reasons.UNRECOGNISED, _first_names(message), message)
            return
        inner: Record = dig(message, route.place)
        kind = route.ignored_as(inner)
        if kind is not None:
            self._ignore(route.profile, kind)
            return
        if route.whole is not None:
            batch = self._batch(route.profile, route.whole, shape_of(inner), inner)
            self._direct[shape] = batch, route.place
        for name in route.unknown:
            self._count(f"{route.profile.name}:{name}", 1)
        before = self._order
        for block, records in self._exploder(route.profile).records(inner):
            self._take_records(route.profile, block, records, origin, before)
        if self._order > before:
            return
        if route.profile.empty is not None:
            self._ignore(route.profile, route.profile.empty)
        else:
            detail = f"profile {route.profile.name} finds no record"
            self._reject(origin, reasons.NO_RECORD, detail, message)

    def _exploder(self, profile: Profile) -> Exploder:
        exploder = self._exploders.get(profile.name)
        if exploder is None:
            exploder = self._exploders[profile.name] = Exploder(profile)
        return exploder

    def _take_records(
        self, profile: Profile, block: Block, records: Sequence[Shaped], origin: _Origin, group: int
    ) -> None:
        """File the records that a block finds in a message."""
        for record, shape in records:
            batch = self._batch(profile, block, shape, record)
            if not is_true(batch.when, record):
                continue
            if block.ignore is not None:
                self._ignore(profile, block.ignore)
                continue
            order = self._order
            batch.rows.append((record, origin.key, origin.ingest_us, order, order - origin.start, group))
            self._order += 1

    def _batch(self, profile: Profile, block: Block, shape: Shape, record: Record) -> _Batch:
        key = (profile.name, id(block), shape)
        batch = self._batches.get(key)
        if batch is None:
            if len(self._batches) >= _SHAPES:
                self._read_all()
                self._batches.clear()
                self._direct.clear()  # it holds batches
            when = bind(block.when, profile, record)
            batch = self._batches[key] = _Batch(make_plan(profile, block, record), when)
        return batch

    def _ignore(self, profile: Profile, kind: str) -> None:
        self._ignored[f"{profile.name}:{kind}"] += 1
        self._order += 1

    def _reject(self, origin: _Origin, reason: str, detail: str, value: object) -> None:
        self._add_reject(self._order, origin.key, self._order - origin.start, reason, detail, value)
        self._order += 1

    def _add_reject(self, order: int, key: str, number: int, reason: str, detail: str, value: object) -> None:
        """Quarantine a record: secrets are masked in the excerpt, and in the detail, which may quote it."""
        text = value if isinstance(value, str) else _text(value)
        masked = excerpt(text, self._secrets)
        self._rejects.append(Reject(order, key, number, reason, excerpt(detail, self._secrets), masked))

    def _read_all(self) -> None:
        """Read everything that waits."""
        for batch in self._batches.values():
            self._read(batch)
        self._read_at = self._order + _CHUNK

    def _read(self, batch: _Batch) -> None:
        """Read the waiting records of a batch; if a column fails unforeseen, one by one."""
        rows, batch.rows = batch.rows, []
        if not rows:
            return
        try:
            self._read_rows(batch.plan, rows)
        except Exception as error:  # one record that we did not foresee must not stop a run
            if len(rows) == 1:
                record, key, _, order, number, _ = rows[0]
                detail = f"{type(error).__name__}: {error}"
                self._add_reject(order, key, number, reasons.INTERNAL, detail, record)
                return
            for row in rows:
                self._read(_Batch(batch.plan, batch.when, [row]))

    def _read_rows(self, plan: Plan, rows: list[_Row]) -> None:
        """Read records of one shape; nothing of the decoder changes before all of it has been read."""
        records, keys, ingests, orders, numbers, groups = zip(*rows, strict=True)
        ingest_us = np.array(ingests, dtype=np.int64)
        times = read_times(plan, records, ingest_us, self._site.timezone)
        values = read_values(plan, records)
        stations = read_stations(plan, records, self._site.site)
        columns = self._scaled(values.columns, stations)
        _settle_directions(columns)
        used_us, time_qc, from_ingest = check_clock(times.micros, times.kinds, ingest_us, self._site.clock)
        chunk = Chunk(
            order=np.array(orders, dtype=np.int64),
            group=np.array(groups, dtype=np.int64),
            join_us=-1 if plan.profile.join_us is None else plan.profile.join_us,
            rows=to_rows(
                family=plan.profile.name,
                stations=stations,
                obs_us=used_us,
                ingest_us=ingest_us,
                sources=np.where(from_ingest, _INGEST, times.sources).astype(np.int8),
                time_qc=time_qc,
                keys=keys,
                numbers=numbers,
                adjusted=values.adjusted,
                columns=columns,
            ),
        )
        usable = values.any_value & (times.kinds != Kind.UNREADABLE)
        if plan.block.time_required:
            usable &= times.kinds != Kind.INGEST
        self._chunks.append(chunk.only(usable))
        for index in map(int, np.flatnonzero(~usable)):
            reason = _reason(index, values, times)
            if reason is None:
                self._ignored[f"{plan.profile.name}:no_values"] += 1
            else:
                self._add_reject(orders[index], keys[index], numbers[index], *reason, records[index])
        for name in plan.unknown:
            self._count(f"{plan.profile.name}:{name}", len(rows))
        for name, count in values.unreadable.items():
            self._count(f"{plan.profile.name}:{name} (unreadable)", count)

    def _scaled(self, columns: Mapping[str, Floats], stations: list[str]) -> dict[str, Floats]:
        """Multiply by the factors of the configuration (a wind sensor whose digits mean tenths)."""
        scaled: dict[str, Floats] = {}
        for variable, values in columns.items():
            factor = self._site.scale.get(variable, 1.0)
            own = {
                station: scale.get(variable, factor) for station, scale in self._site.station_scale.items()
            }
            if own and set(own.values()) != {factor}:
                factors = np.array([own.get(station, factor) for station in stations])
                with np.errstate(over="ignore"):
                    product = values * factors
                scaled[variable] = np.where(np.isfinite(product), product, np.nan)
            else:
                scaled[variable] = Conversion(multiply=factor)(values)
        return scaled

    def _count(self, name: str, count: int) -> None:
        """Count a field, as long as there are not too many different ones."""
        label = name[:200].encode("utf-8", "replace").decode("utf-8")
        if label in self._unknown or len(self._unknown) < _UNKNOWN_FIELDS:
            self._unknown[label] += count

    def finish(self) -> Decoded:
        """Read what waits and return everything, in order of arrival."""
        self._read_all()
        observations, joined_away = observation_table(self._chunks)
        families = Counter(map(str, arrow.repeated_texts(observations, "family")))
        return Decoded(
            observations=observations,
            rejects=reject_table(self._rejects),
            messages=self._order - joined_away,
            ignored=self._ignored.total(),
            ignored_by_kind=dict(sorted(self._ignored.items())),
            families=dict(sorted(families.items())),
            unknown_fields=dict(sorted(self._unknown.items())),
        )


def _first_names(message: Record) -> str:
    names = ", ".join(list(message)[:12])
    return f"no profile knows a message with {names[:200]}".encode("utf-8", "replace").decode("utf-8")


def _text(value: object) -> str:
    """Write a value for an excerpt; what orjson refuses (depth, huge integers) as Python shows it."""
    try:
        return orjson.dumps(value).decode("utf-8")
    except (TypeError, ValueError, RecursionError):
        try:
            return repr(value)[:4096]
        except (RecursionError, ValueError):
            return "(cannot be shown)"


def _reason(index: int, values: Values, times: Times) -> tuple[str, str] | None:
    """Say why a record yields no observation; None if it simply holds no values."""
    if not values.any_value[index]:
        why = values.problems.get(index)
        return None if why is None else (reasons.VALUE_UNREADABLE, why)
    if times.kinds[index] == Kind.UNREADABLE:
        return reasons.TIME_UNREADABLE, times.problems[index]
    return reasons.TIME_MISSING, "the profile demands a time and there is none"


def _settle_directions(columns: dict[str, Floats]) -> None:
    """Bring directions into [0, 360) and drop those of a calm: air that does not move comes from nowhere."""
    for name, speed in DIRECTIONS.items():
        if name in columns:
            turned = direction(columns[name])
            columns[name] = np.where(columns[speed] == 0.0, np.nan, turned) if speed in columns else turned
