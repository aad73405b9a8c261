"""A profile to begin with, guessed from a sample message; each guess is said, and tried on the sample."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from weather_etl.core import UNIT_OF
from weather_etl.decode import Explanation, SiteContext, explain
from weather_etl.profiles import (
    COMPASS,
    Place,
    Record,
    as_list,
    as_record,
    dig,
    fold_name,
    format_place,
    leaves,
    load_profiles,
)

from weather_cli.payload.doubts import epoch, fitting_units
from weather_cli.payload.files import GUESSES
from weather_cli.payload.names import (
    missing_numbers,
    rain_to_settle,
    station_names,
    time_names,
    unit_at_the_end,
    variable_named,
)

SCHEMA: Final = "schemas/profile.schema.json"
"""Where a starter expects the schema for editors, seen from the profile."""

_TELLING: Final = 3
"""Values, or fields beside a list, that a message must have to be of the family, besides time and station."""

_FORMATS: Final = (
    *("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S%z", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S", "%Y%m%d%H%M"),
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S"),
    *("%m/%d/%Y %I:%M:%S %p", "%d-%m-%Y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%a %b %d %H:%M:%S %Y"),
)
"""Formats that are tried where a time is not read without one."""

_NUMBER: Final = re.compile(r"\s*[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s*")
_ZONED: Final = re.compile(r"(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT)\s*$")
_DATED: Final = re.compile(r"\d{4}[-/.]?\d{2}[-/.]?\d{2}|\d{1,2}[./-](?:\d{1,2}|[A-Za-z]{3})[./-]\d{4}")
_STATIONS: Final = ("id", "dev", "unit", "box", "probe", "name")
"""Further names of fields that may name a station, when nothing better does."""
_FIRST: Final = 5
"""Priority of a starter: its family is asked before all that are built in, since somebody wants it."""


@dataclass(frozen=True)
class _Reading:
    """How a record comes out of a message.

    Attributes:
        record: what is found, what it inherits included.
        step: what takes it out of the message; empty where the message is the record.
        inherited: name in the record -> path in the message.
        anchor: path of the list that holds records; empty where the message is the record.
    """

    record: Record
    step: dict[str, Any] = field(default_factory=dict[str, Any])
    inherited: dict[str, str] = field(default_factory=dict[str, str])
    anchor: str = ""

    def in_message(self, place: Place) -> str:
        """Return the path of a place of the record as the message has it."""
        path = format_place(place)
        return path if not self.step else self.inherited.get(path, "")


def starter(message: Record, name: str, sample: str, site: SiteContext, ingest_us: int) -> dict[str, Any]:
    """Return a profile that reads a message, as far as its names and values say what they are.

    Args:
        message: the sample.
        name: of the profile.
        sample: what the sample is called, for `source`.
        site: whose message it is, for the zone of local times.
        ingest_us: when it arrived.
    """
    guesses: dict[str, str] = {}
    reading = _reading(message)
    time, station = _time(reading.record), _station(reading.record)
    values = dict(_values(reading.record, guesses))
    document: dict[str, Any] = {
        "format": 1,
        "name": name,
        "title": f"Stations that send messages like {sample}",
        "source": f"guessed from {sample}; say here where the facts are from",
        "priority": _FIRST,
        "match": {"has": _has(reading, time, station, values)},
    }
    if station:
        document["station"] = [f"{{{format_place(station)}}}"]
        guesses["station"] = f"{format_place(station)} names the station"
    if time:
        document["time"] = [{"path": format_place(time)}]
        guesses["time"] = f"{format_place(time)} is the time of the observation"
        raw = dig(reading.record, time)
        if isinstance(raw, str) and not epoch(raw) and not _ZONED.search(raw):
            document["timezone"] = "site"
            guesses["timezone"] = "the time names no zone: it is read in the zone of the site"
    if any(value in missing_numbers() for value in _numbers(reading.record)):
        document["missing"] = missing_numbers()
        guesses["missing"] = "the sample holds a number that commonly means that there is no value"
    document["values"] = values
    if reading.step:
        used = [format_place(place) for place in (time, station) if place]
        keep = {one: reading.inherited[one] for one in used if one in reading.inherited}
        step = reading.step | ({"keep": keep} if keep else {})
        document["records"] = [{"name": "readings", "steps": [step]}]
    taken = {format_place(place) for place in (time, station) if place}
    taken |= {field["path"] for field in values.values()}
    places = leaves(reading.record)
    for place in places:
        if _is_value(dig(reading.record, place)) and (open_question := rain_to_settle(_names(place))):
            guesses[format_place(place)] = open_question
    paths = map(format_place, places)
    document["known"] = [path for path in paths if path not in taken and path not in guesses]
    has = ", ".join(document["match"]["has"])
    guesses["match"] = f"every message with {has} is taken, before any built-in profile is asked"

    def tried(draft: Mapping[str, Any]) -> Explanation:
        profiles = load_profiles([{**draft, "assumes_units": True}])  # it tells which units nothing says
        return explain(profiles, site, f"{site.site}/sample.json", ingest_us, orjson.dumps(message))

    _settle(document, guesses, reading.record, tried)
    return {"$schema": SCHEMA, GUESSES: guesses, **document}


def _reading(message: Record) -> _Reading:
    """Find the record: the message, or an element of the list that says most about the weather."""
    best, most = _Reading(message), _weather(message)
    for place in leaves(message):
        items = [item for one in as_list(dig(message, place)) or () if (item := as_record(one))]
        if not items:
            continue
        path, above = format_place(place), _inherited(message, place)
        inherited = {name: dig(message, where) for name, where in above.items()}
        paths = {format_place((name,)): format_place(where) for name, where in above.items()}
        if pair := _pair(items):
            record = {str(item[pair[0]]): item[pair[1]] for item in items}
            step = {"pairs": path, **dict(zip(("name", "value", "unit"), pair, strict=False))}
            if len(pair) > 2:
                record |= {f"{item[pair[0]]}@unit": item.get(pair[2]) for item in items}
        else:
            record, step = items[0], {"each": path}
        if (count := _weather(record)) > most:
            best, most = _Reading({**inherited, **record}, step, paths, path), count
    return best


def _weather(record: Record) -> int:
    """Return how many values of a record seem to be about the weather."""
    return sum(
        1
        for place in leaves(record)
        if _is_value(dig(record, place)) and variable_named(_names(place)) is not None
    )


def _pair(items: Sequence[Record]) -> tuple[str, ...]:
    """Return the members that hold name, value and perhaps unit, where a list is one of pairs."""
    shared = [name for name in items[0] if all(name in item for item in items)]
    texts = [name for name in shared if all(isinstance(item[name], str) for item in items)]
    values = [name for name in shared if all(_is_value(item[name]) for item in items) and name not in texts]
    named = [name for name in texts if any(variable_named((str(item[name]),)) for item in items)]
    if len(items) < 2 or len(named) != 1 or len(values) != 1:
        return ()
    units = [name for item in items for name in item if fold_name(name) in ("unit", "units", "uom", "u")]
    return (named[0], values[0], *units[:1])


def _inherited(message: Record, but: Place) -> dict[str, Place]:
    """Return the fields beside a list by the last part of their name."""
    return {
        str(place[-1]): place
        for place in leaves(message)
        if place != but and as_list(dig(message, place)) is None
    }


def _has(
    reading: _Reading, time: Place | None, station: Place | None, values: Mapping[str, Any]
) -> list[str]:
    """Return the paths by which the family is told from others: time, station, and one value or the list."""
    told = [reading.in_message(place) for place in (time, station) if place]
    beside = [*reading.inherited.values()][:_TELLING] if reading.anchor else []
    first = [reading.anchor] if reading.anchor else [one["path"] for one in values.values()][:_TELLING]
    paths = dict.fromkeys(path for path in [*told, *first, *beside] if path)
    return [*paths] or ["nothing of the sample is about the weather"]


def _time(record: Record) -> Place | None:
    """Return the place that is likeliest to hold the time."""
    held = {place: dig(record, place) for place in leaves(record)}
    looks = [place for place, value in held.items() if _is_time(value)]
    names = time_names()
    named = [place for place in looks if fold_name(str(place[-1])) in names]
    return min(
        named, key=lambda place: names.index(fold_name(str(place[-1]))), default=next(iter(looks), None)
    )


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    return epoch(str(value)) is not None or (isinstance(value, str) and _DATED.match(value) is not None)


def _station(record: Record) -> Place | None:
    """Return the place that is likeliest to name the station."""
    names = station_names()
    for name in (*names, *_STATIONS):
        for place in leaves(record):
            value = dig(record, place)
            last, whole = fold_name(str(place[-1])), fold_name("".join(_names(place)))
            if name in (last, whole) and isinstance(value, str | int) and not isinstance(value, bool):
                return place
    return None


def _values(record: Record, guesses: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the variables that the names of fields speak of, each with its field."""
    taken: dict[str, str] = {}
    for place in leaves(record):
        raw, path = dig(record, place), format_place(place)
        variable = variable_named(_names(place))
        if variable is None or path.endswith("@unit"):
            continue
        compass = isinstance(raw, str) and raw.strip().upper() in COMPASS and "direction" in variable
        if not (compass or _is_value(raw)) or _is_time(raw):
            continue
        if variable in taken:
            guesses[path] = f"seems to be {variable} too, which is read from {taken[variable]}"
            continue
        taken[variable] = path
        one: dict[str, Any] = {"path": path}
        if compass:
            one["compass"] = True
        elif unit := unit_at_the_end(str(place[-1]), variable):
            one["unit"] = unit
        elif record.get(f"{place[-1]}@unit"):
            one["unit_path"] = f"{path}@unit"
        elif variable.startswith("relative_humidity") and 0 < float(str(raw).replace(",", ".")) <= 1:
            one["unit"] = "1"  # %, too, would pass, and be wrong by a factor of a hundred
        guesses[variable] = f"{path} by its name" + (f", in {one['unit']}" if "unit" in one else "")
        yield variable, one


def _settle(
    document: dict[str, Any],
    guesses: dict[str, str],
    record: Record,
    tried: Callable[[Mapping[str, Any]], Explanation],
) -> None:
    """Try the draft on the sample, and settle by its values what names did not say."""
    if not document["values"]:
        return
    _settle_time(document, guesses, tried)
    decoded = tried(document).decoded
    assumed = {label.partition(":")[2] for label in decoded.assumed_units}
    values: dict[str, dict[str, Any]] = document["values"]
    for variable, one in values.items():
        raw = _number(dig(record, _place_of(record, one["path"])))
        if "direction" in variable or raw is None:
            continue
        unread = "unit_path" in one and decoded.observations[variable].null_count > 0
        if unread:
            unit = dig(record, (one.pop("unit_path"),))
            guesses[variable] += f"; its unit, {unit}, is none that is known"
        if unread or variable in assumed:
            found, why = _unit_of(variable, raw)
            one.update(found)
            guesses[variable] += f"; {why}"


def _settle_time(
    document: dict[str, Any], guesses: dict[str, str], tried: Callable[[Mapping[str, Any]], Explanation]
) -> None:
    """Find the format of a time that is not read without one."""
    if "time" not in document or _has_time(tried(document)):
        return
    for form in _FORMATS:
        draft = document | {"time": [document["time"][0] | {"formats": [form]}]}
        if _has_time(tried(draft)):
            document["time"] = draft["time"]
            guesses["time"] += f", written as {form}"
            return


def _has_time(explanation: Explanation) -> bool:
    decoded = explanation.decoded
    return decoded.observations.num_rows > 0 and decoded.time_from_arrival == 0


def _unit_of(variable: str, raw: float) -> tuple[dict[str, Any], str]:
    """Return the unit that a number is likeliest to be in, as a profile says it, and why."""
    stored = UNIT_OF[variable]
    fitting = fitting_units(variable, [raw], level="suspect")
    for parts in (10, 100):  # devices without fractions count in tenths or hundredths
        if not fitting and stored in fitting_units(variable, [raw / parts], level="suspect"):
            return {"unit": stored, "scale": 1 / parts}, f"{raw:g} fits 1/{parts} {stored}"
    fitting = fitting or fitting_units(variable, [raw])
    if not fitting:
        return {"unit": stored}, f"{raw:g} fits no unit, {stored} is taken"
    unit = stored if stored in fitting else fitting[0]
    others = [one for one in fitting if one != unit]
    told = f", and {', '.join(others)} as well" if others else " alone"
    return {"unit": unit}, f"{raw:g} fits {unit}{told}"


def _place_of(record: Record, path: str) -> Place:
    return next(place for place in leaves(record) if format_place(place) == path)


def _names(place: Place) -> tuple[str, ...]:
    return tuple(str(part) for part in place)


def _numbers(record: Record) -> Iterator[float]:
    for place in leaves(record):
        number = _number(dig(record, place))
        if number is not None:
            yield number


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not _is_value(value):
        return None
    return float(str(value).replace(",", "."))


def _is_value(value: object) -> bool:
    """Return whether a value is a number, or a text that is one."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
