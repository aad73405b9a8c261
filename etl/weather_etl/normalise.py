"""From the stored objects of one site to canonical observations and rejected records.

`SiteDecoder.add` parses an object, finds the profile of each message by its shape and files its records; whole
columns of records are then read at once.  Shapes are few and records many, so nearly all work is per column.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from weather_etl import reasons
from weather_etl.conditions import Bound
from weather_etl.decode import Fault, decode
from weather_etl.explode import explode
from weather_etl.fields import Place, Record, dig, format_place, locate, shape_of
from weather_etl.masking import excerpt
from weather_etl.model import DECODED_SCHEMA, REJECT_SCHEMA, TIME_SOURCES, VARIABLE_NAMES
from weather_etl.plan import Plan, bind, make_plan, read_source, read_stations, read_times, unknown_of_message
from weather_etl.profile import Block, Profile, ProfileSet
from weather_etl.times import ClockLimits, Kind, check_clock
from weather_etl.units import Floats, direction

ARRAY: Final = "@array"
"""Under this name a profile sees a message that is an array, before its elements are taken as messages."""
_CHUNK: Final = 4096  # records read at once: columns long enough to be cheap, records few enough to be small
_SHAPES: Final = 2000  # shapes remembered; fuzz and drift must not fill the memory
_UNKNOWN_FIELDS: Final = 500  # different unknown fields that are counted
_SPEEDS: Final = ("wind_speed", "wind_speed_of_gust")
_DIRECTIONS: Final = {"wind_from_direction": "wind_speed", "wind_gust_from_direction": "wind_speed_of_gust"}


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
            config: `timezone`, `wind_scale`, `scale`, `profiles`, `stations: {id: {wind_scale, scale}}`; other
                members are not for decoding.  `wind_scale` is short for a scale on both wind speeds.
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
    return scale | {name: float(factor) for name, factor in (config.get("scale") or {}).items()}


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
    """Where a message comes from."""

    key: str
    ingest_us: int


_Row = tuple[Record, str, int, int, int, int]
"""Record, key, ingest time, order of arrival, position in the object, message it belongs to."""


@dataclass
class _Batch:
    """Records of one shape and block that wait to be read."""

    plan: Plan
    rows: list[_Row] = field(default_factory=list[_Row])


@dataclass(frozen=True)
class _Route:
    """How messages of one shape reach their blocks.

    Attributes:
        profile: the family.
        place: the envelope.
        matches: true, or a test of the inner message.
        unknown: fields of the message that no block accounts for, where records are taken out of it.
        ignores: kind and condition.
        direct: the batch of all messages of this shape, if each is one record and nothing depends on values.
    """

    profile: Profile
    place: Place
    matches: Bound
    unknown: tuple[str, ...]
    ignores: tuple[tuple[str, Bound], ...]
    direct: _Batch | None


@dataclass(frozen=True)
class _Chunk:
    """Rows that have been read: the columns of the table but for sorting and joining."""

    order: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    join_us: int
    batch: pa.RecordBatch


@dataclass(frozen=True)
class _Reject:
    order: int
    key: str
    record: int
    reason: str
    detail: str
    text: str


class SiteDecoder:
    """Decodes the objects of one site; feed it with `add`, then take everything with `finish`."""

    def __init__(self, profiles: ProfileSet, site: SiteContext) -> None:
        self._site = site
        self._profiles = profiles.for_site(site.profiles)
        self._secrets = profiles.secrets()
        self._routes: dict[tuple[Any, ...], tuple[_Route, ...]] = {}
        self._batches: dict[tuple[Any, ...], _Batch] = {}
        self._chunks: list[_Chunk] = []
        self._rejects: list[_Reject] = []
        self._ignored: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._order = 0
        self._joined_away = 0

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
            routes = self._routes.get(shape_of(document))  # pyright: ignore[reportUnknownArgumentType]
            if routes and (batch := routes[0].direct) is not None:
                order = self._order
                self._order = order + 1
                batch.rows.append((document, key, ingest_us, order, 0, order))  # pyright: ignore[reportUnknownArgumentType]
                if len(batch.rows) >= _CHUNK:
                    self._read(batch)
                return
        self._add_values(key, ingest_us, [document])

    def _add_values(self, key: str, ingest_us: int, values: Sequence[Any]) -> None:
        """Take the values of an object one by one, numbering its records."""
        start = self._order
        origin = _Origin(key, ingest_us)
        for value in values:
            first = self._order
            try:
                self._take(value, origin, start)
            except Exception as error:  # noqa: BLE001 - one record that we did not foresee must not stop a run
                if self._order == first:
                    self._reject(origin, start, reasons.INTERNAL, f"{type(error).__name__}: {error}", value)

    def _take(self, value: Any, origin: _Origin, start: int) -> None:  # noqa: ANN401 - JSON
        if isinstance(value, Fault):
            self._reject(origin, start, value.reason, value.detail, value.text)
        elif isinstance(value, dict):
            self._take_message(value, origin, start)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, list):
            self._take_array(value, origin, start)  # pyright: ignore[reportUnknownArgumentType]
        else:
            self._reject(origin, start, reasons.BARE_VALUE, f"a bare {type(value).__name__}", value)

    def _take_array(self, values: list[Any], origin: _Origin, start: int) -> None:
        """Give an array to a profile that takes arrays, else take each element as a message."""
        whole: Record = {ARRAY: values}
        if self._match(whole) is not None:
            self._take_message(whole, origin, start)
        elif not values:
            self._reject(origin, start, reasons.EMPTY_OBJECT, "an empty array", values)
        elif any(isinstance(value, dict) for value in values):
            for value in values:
                if isinstance(value, list):
                    self._reject(origin, start, reasons.UNRECOGNISED, "an array among objects", value)
                else:
                    self._take(value, origin, start)
        else:
            self._reject(origin, start, reasons.UNRECOGNISED, "an array that no profile takes", values)

    def _take_message(self, message: Record, origin: _Origin, start: int) -> None:
        if not message:
            self._reject(origin, start, reasons.EMPTY_OBJECT, "an empty object", message)
            return
        route = self._match(message)
        if route is None:
            self._reject(origin, start, reasons.UNRECOGNISED, _first_names(message), message)
            return
        inner: Record = dig(message, route.place)
        for kind, condition in route.ignores:
            if _holds(condition, inner):
                self._ignore(route.profile, kind)
                return
        for name in route.unknown:
            self._count(f"{route.profile.name}:{name}", 1)
        before = self._order
        for block in route.profile.blocks:
            self._take_records(route.profile, block, inner, origin, start, before)
        if self._order == before:
            if route.profile.empty is not None:
                self._ignore(route.profile, route.profile.empty)
            else:
                detail = f"profile {route.profile.name} finds no record"
                self._reject(origin, start, reasons.NO_RECORD, detail, message)

    def _take_records(
        self, profile: Profile, block: Block, message: Record, origin: _Origin, start: int, group: int
    ) -> None:
        for record in explode(message, block.steps, profile.fold):
            shape = shape_of(record)
            if not _holds(bind(block.when, profile, record), record):
                continue
            if block.ignore is not None:
                self._ignore(profile, block.ignore)
                continue
            batch = self._batch(profile, block, shape, record)
            batch.rows.append((record, origin.key, origin.ingest_us, self._order, self._order - start, group))
            self._order += 1
            if len(batch.rows) >= _CHUNK:
                self._read(batch)

    def _match(self, message: Record) -> _Route | None:
        """Return the route of the first profile that recognises the message."""
        shape = shape_of(message)
        routes = self._routes.get(shape)
        if routes is None:
            if len(self._routes) >= _SHAPES:
                self._routes.clear()
            routes = self._routes[shape] = tuple(self._find_routes(message, shape))
        for route in routes:
            if _holds(route.matches, dig(message, route.place)):
                return route
        return None

    def _find_routes(self, message: Record, shape: tuple[Any, ...]) -> list[_Route]:
        """Ask every profile about a shape, up to the first that takes all messages of it."""
        routes: list[_Route] = []
        for profile in self._profiles:
            for envelope in profile.envelopes:
                for place in locate(message, envelope, profile.fold):
                    inner = dig(message, place)
                    if not isinstance(inner, dict):
                        continue
                    matches = bind(profile.match, profile, inner)  # pyright: ignore[reportUnknownArgumentType]
                    if matches is False:
                        continue
                    routes.append(self._route(profile, place, matches, inner, shape))  # pyright: ignore[reportUnknownArgumentType]
                    if matches is True:
                        return routes
        return routes

    def _route(
        self, profile: Profile, place: Place, matches: Bound, inner: Record, shape: tuple[Any, ...]
    ) -> _Route:
        bound = [(kind, bind(condition, profile, inner)) for kind, condition in profile.ignores]
        ignores = tuple((kind, condition) for kind, condition in bound if condition is not False)
        direct: _Batch | None = None
        if matches is True and not ignores and not place:
            block = _only_block(profile, inner)
            if block is not None:
                direct = self._batch(profile, block, shape, inner)
        stepped = any(block.steps for block in profile.blocks)
        unknown = unknown_of_message(profile, inner) if stepped else ()
        return _Route(profile, place, matches, unknown, ignores, direct)

    def _batch(self, profile: Profile, block: Block, shape: tuple[Any, ...], record: Record) -> _Batch:
        key = (profile.name, id(block), shape)
        batch = self._batches.get(key)
        if batch is None:
            if len(self._batches) >= _SHAPES:
                self._read_all()
                self._batches.clear()
                self._routes.clear()  # routes hold batches
            batch = self._batches[key] = _Batch(make_plan(profile, block, record))
        return batch

    def _ignore(self, profile: Profile, kind: str) -> None:
        self._ignored[f"{profile.name}:{kind}"] += 1
        self._order += 1

    def _reject(self, origin: _Origin, start: int, reason: str, detail: str, value: Any) -> None:  # noqa: ANN401
        order = self._order
        self._rejects.append(_Reject(order, origin.key, order - start, reason, detail, self._excerpt(value)))
        self._order += 1

    def _excerpt(self, value: Any) -> str:  # noqa: ANN401 - JSON
        return excerpt(value if isinstance(value, str) else _text(value), self._secrets)

    def _read_all(self) -> None:
        for batch in self._batches.values():
            self._read(batch)

    def _read(self, batch: _Batch) -> None:
        """Read the waiting records of a batch; a column that fails unforeseen is read again row by row."""
        rows, batch.rows = batch.rows, []
        if not rows:
            return
        try:
            self._read_rows(batch.plan, rows)
        except Exception as error:  # noqa: BLE001 - see above
            if len(rows) == 1:
                record, key, _, order, number, _ = rows[0]
                detail = f"{type(error).__name__}: {error}"
                self._rejects.append(
                    _Reject(order, key, number, reasons.INTERNAL, detail, self._excerpt(record))
                )
                return
            for row in rows:
                self._read(_Batch(batch.plan, [row]))

    def _read_rows(self, plan: Plan, rows: list[_Row]) -> None:
        records, keys, ingests, orders, numbers, groups = zip(*rows, strict=True)
        count = len(rows)
        ingest_us = np.array(ingests, dtype=np.int64)
        obs_us, kinds, sources, time_problems = read_times(plan, records, ingest_us, self._site.timezone)
        columns, adjusted, value_problems, unread = self._read_values(plan, records)
        has_value = np.zeros(count, dtype=np.bool_)
        for values in columns.values():
            has_value |= ~np.isnan(values)

        keep = has_value & (kinds != Kind.UNREADABLE)
        if plan.block.time_required:
            keep &= kinds != Kind.INGEST
        rejects: list[_Reject] = []
        empty = 0
        for index in np.flatnonzero(~keep):
            position = int(index)
            reason = _reason(position, has_value, kinds, time_problems, value_problems)
            if reason is None:
                empty += 1
                continue
            rejects.append(
                _Reject(
                    orders[position],
                    keys[position],
                    numbers[position],
                    *reason,
                    self._excerpt(records[position]),
                )
            )

        used_us, time_qc, from_ingest = check_clock(obs_us, kinds, ingest_us, self._site.clock)
        sources = np.where(from_ingest, 2, sources)
        stations = read_stations(plan, records, self._site.site)
        self._apply_scale(columns, stations)
        _settle_directions(columns)
        chunk = _Chunk(
            order=np.array(orders, dtype=np.int64),
            group=np.array(groups, dtype=np.int64),
            join_us=-1 if plan.profile.join_us is None else plan.profile.join_us,
            batch=_record_batch(
                plan.profile.name,
                stations,
                used_us,
                ingest_us,
                sources,
                time_qc,
                keys,
                numbers,
                adjusted,
                columns,
            ),
        )
        # Nothing above has changed the decoder's state, so a failure leaves no half of a batch behind.
        self._chunks.append(chunk if keep.all() else _filtered(chunk, keep))
        self._rejects += rejects
        if empty:
            self._ignored[f"{plan.profile.name}:no_values"] += empty
        self._count_unknown(plan, count, unread)

    def _read_values(
        self, plan: Plan, records: Sequence[Record]
    ) -> tuple[dict[str, Floats], dict[str, npt.NDArray[np.bool_]], dict[int, str], Counter[str]]:
        """Read every variable: of its sources the first that has a value counts."""
        columns: dict[str, Floats] = {}
        adjusted: dict[str, npt.NDArray[np.bool_]] = {}
        problems: dict[int, str] = {}
        unread: Counter[str] = Counter()
        for variable, sources in plan.sources.items():
            values: Floats | None = None
            changed: npt.NDArray[np.bool_] | None = None
            for source in sources:
                reading = read_source(source, records)
                fresh = reading.adjusted
                if values is None:
                    values = reading.values
                else:
                    empty = np.isnan(values)
                    values = np.where(empty, reading.values, values)
                    fresh = None if fresh is None else fresh & empty
                if fresh is not None:
                    changed = fresh if changed is None else changed | fresh
                if reading.problems:
                    name = format_place(source.place)
                    unread[name] += len(reading.problems)
                    for index, why in reading.problems.items():
                        problems.setdefault(index, f"{name}: {why}")
            if values is not None:
                columns[variable] = values
            if changed is not None:
                adjusted[variable] = changed
        return columns, adjusted, problems, unread

    def _apply_scale(self, columns: dict[str, Floats], stations: list[str]) -> None:
        """Multiply by the factors of the configuration (a wind sensor whose digits mean tenths)."""
        for variable in columns:
            site_factor = self._site.scale.get(variable, 1.0)
            if not self._site.station_scale:
                if site_factor != 1.0:
                    columns[variable] = columns[variable] * site_factor
                continue
            own = {name: scale.get(variable, site_factor) for name, scale in self._site.station_scale.items()}
            factors = np.array([own.get(station, site_factor) for station in stations])
            columns[variable] = columns[variable] * factors

    def _count_unknown(self, plan: Plan, count: int, unread: Counter[str]) -> None:
        for name in plan.unknown:
            self._count(f"{plan.profile.name}:{name}", count)
        for name, times in unread.items():
            self._count(f"{plan.profile.name}:{name} (unreadable)", times)

    def _count(self, name: str, count: int) -> None:
        name = name[:200].encode("utf-8", "replace").decode("utf-8")
        if name in self._unknown or len(self._unknown) < _UNKNOWN_FIELDS:
            self._unknown[name] += count

    def finish(self) -> Decoded:
        """Read what waits and return everything, in order of arrival."""
        self._read_all()
        observations = self._observations()
        rejects = sorted(self._rejects, key=lambda reject: reject.order)
        counted = observations.column("family").value_counts().to_pylist()
        families = {entry["values"]: entry["counts"] for entry in counted}
        return Decoded(
            observations=observations,
            rejects=_reject_table(rejects),
            messages=self._order - self._joined_away,
            ignored=self._ignored.total(),
            ignored_by_kind=dict(sorted(self._ignored.items())),
            families=dict(sorted(families.items())),
            unknown_fields=dict(sorted(self._unknown.items())),
        )

    def _observations(self) -> pa.Table:
        plain = [chunk for chunk in self._chunks if chunk.join_us < 0]
        table = pa.Table.from_batches([chunk.batch for chunk in plain], schema=DECODED_SCHEMA)
        order = _concatenated([chunk.order for chunk in plain])
        joined = [chunk for chunk in self._chunks if chunk.join_us >= 0]
        if joined:
            merged, merged_order = self._join(joined)
            table = pa.concat_tables([table, merged])
            order = np.concatenate([order, merged_order])
        if order.size and (np.diff(order) < 0).any():
            table = table.take(pa.array(np.argsort(order, kind="stable")))
        return table.combine_chunks()

    def _join(self, chunks: list[_Chunk]) -> tuple[pa.Table, npt.NDArray[np.int64]]:
        """Make one observation of the records of one message that are of one station and (nearly) one time.

        The first record of arrival gives the row its place; a later record adds the variables that are still
        missing, and the row bears the latest time.
        """
        table = pa.Table.from_batches([chunk.batch for chunk in chunks], schema=DECODED_SCHEMA)
        order = _concatenated([chunk.order for chunk in chunks])
        group = _concatenated([chunk.group for chunk in chunks])
        within = np.concatenate([np.full(len(chunk.order), chunk.join_us) for chunk in chunks])
        rows: list[dict[str, Any]] = table.to_pylist()
        times = table.column("obs_time_utc").cast(pa.int64()).to_numpy()
        ranked = sorted(
            range(len(rows)), key=lambda row: (group[row], rows[row]["station_id"], times[row], order[row])
        )
        clusters: list[list[int]] = []
        for row in ranked:
            head = clusters[-1][0] if clusters else -1
            if (
                clusters
                and group[row] == group[head]
                and rows[row]["station_id"] == rows[head]["station_id"]
                and times[row] - times[head] <= within[row]
            ):
                clusters[-1].append(row)
            else:
                clusters.append([row])
        merged: list[dict[str, Any]] = []
        places: list[int] = []
        for cluster in clusters:
            latest = rows[cluster[-1]]
            arrived = sorted(cluster, key=lambda row: order[row])
            merged.append(_merge([rows[row] for row in arrived], latest))
            places.append(int(order[arrived[0]]))
        self._joined_away += len(rows) - len(merged)
        return pa.Table.from_pylist(merged, schema=DECODED_SCHEMA), np.array(places, dtype=np.int64)


def _concatenated(arrays: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64)


def _merge(rows: list[dict[str, Any]], latest: dict[str, Any]) -> dict[str, Any]:
    merged = dict(rows[0])
    for name in ("obs_time_utc", "time_source", "time_qc"):
        merged[name] = latest[name]
    for row in rows[1:]:
        for name in VARIABLE_NAMES:
            if merged[name] is None:
                merged[name] = row[name]
    adjusted = {name for row in rows for name in (row["adjusted"] or "").split()}
    merged["adjusted"] = " ".join(name for name in VARIABLE_NAMES if name in adjusted) or None
    return merged


def _holds(bound: Bound, record: Record) -> bool:
    return bound if isinstance(bound, bool) else bound(record)


def _only_block(profile: Profile, message: Record) -> Block | None:
    """Return the block that takes every message of this shape whole, if there is exactly one and no other."""
    chosen: Block | None = None
    for block in profile.blocks:
        applies = bind(block.when, profile, message)
        if applies is False and not block.steps:
            continue
        if applies is not True or block.steps or block.ignore is not None or chosen is not None:
            return None
        chosen = block
    return chosen


def _first_names(message: Record) -> str:
    names = ", ".join(list(message)[:12])
    return f"no profile knows a message with {names[:200]}".encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Write a value for an excerpt; what orjson refuses (depth, huge integers) is shown as Python writes it."""
    try:
        return orjson.dumps(value).decode("utf-8")
    except (TypeError, ValueError, RecursionError):
        try:
            return repr(value)[:4096]
        except (RecursionError, ValueError):
            return "(cannot be shown)"


def _reason(
    index: int,
    has_value: npt.NDArray[np.bool_],
    kinds: npt.NDArray[np.int8],
    time_problems: Mapping[int, str],
    value_problems: Mapping[int, str],
) -> tuple[str, str] | None:
    """Say why a record yields no observation; None if it simply holds no values."""
    if not has_value[index]:
        return (reasons.VALUE_UNREADABLE, value_problems[index]) if index in value_problems else None
    if kinds[index] == Kind.UNREADABLE:
        return reasons.TIME_UNREADABLE, time_problems[index]
    return reasons.TIME_MISSING, "the profile demands a time and there is none"


def _settle_directions(columns: dict[str, Floats]) -> None:
    """Bring directions into [0, 360) and drop those of a calm: air that does not move comes from nowhere."""
    for name, speed in _DIRECTIONS.items():
        if name in columns:
            turned = direction(columns[name])
            columns[name] = np.where(columns[speed] == 0.0, np.nan, turned) if speed in columns else turned


def _record_batch(
    family: str,
    stations: list[str],
    obs_us: npt.NDArray[np.int64],
    ingest_us: npt.NDArray[np.int64],
    sources: npt.NDArray[np.int8],
    time_qc: npt.NDArray[np.int8],
    keys: Sequence[str],
    numbers: Sequence[int],
    adjusted: Mapping[str, npt.NDArray[np.bool_]],
    columns: Mapping[str, Floats],
) -> pa.RecordBatch:
    count = len(stations)
    nothing = pa.nulls(count, pa.float64())
    utc = pa.timestamp("us", tz="UTC")
    arrays = [
        pa.array(stations, pa.string()),
        pa.repeat(pa.scalar(family), count),
        pa.array(obs_us).cast(utc),
        pa.array(ingest_us).cast(utc),
        pa.array(TIME_SOURCES).take(pa.array(sources)),
        pa.array(time_qc, pa.int8()),
        pa.array(keys, pa.string()),
        pa.array(numbers, pa.int32()),
        _adjusted_column(adjusted, count),
        *(
            pa.array(columns[name], pa.float64(), from_pandas=True) if name in columns else nothing
            for name in VARIABLE_NAMES
        ),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=DECODED_SCHEMA)


def _adjusted_column(adjusted: Mapping[str, npt.NDArray[np.bool_]], count: int) -> pa.Array:
    if not adjusted:
        return pa.nulls(count, pa.string())
    names: list[list[str]] = [[] for _ in range(count)]
    for variable in VARIABLE_NAMES:
        if variable in adjusted:
            for index in np.flatnonzero(adjusted[variable]):
                names[int(index)].append(variable)
    return pa.array([" ".join(listed) or None for listed in names], pa.string())


def _filtered(chunk: _Chunk, keep: npt.NDArray[np.bool_]) -> _Chunk:
    return _Chunk(chunk.order[keep], chunk.group[keep], chunk.join_us, chunk.batch.filter(pa.array(keep)))


def _reject_table(rejects: list[_Reject]) -> pa.Table:
    return pa.table(
        {
            "source_key": [reject.key for reject in rejects],
            "record": [reject.record for reject in rejects],
            "reason": [reject.reason for reject in rejects],
            "detail": [reject.detail.encode("utf-8", "replace").decode("utf-8") for reject in rejects],
            "excerpt": [reject.text for reject in rejects],
        },
        schema=REJECT_SCHEMA,
    )
