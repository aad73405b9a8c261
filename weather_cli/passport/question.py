"""Which cell is meant: dataset, station, time and column as a person names them, found in the files."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from weather_etl.checking import did_you_mean
from weather_etl.core import day_of, to_us, unescape_name
from weather_etl.datasets import Table, partitions, tables
from weather_report import Target

from weather_cli.errors import UsageError

_NEAREST: Final = 4
_NOT_MEANT: Final = 3


class Question(NamedTuple):
    """A cell as a person names it."""

    dataset: str
    station: str
    time: str
    column: str
    sensor: str | None = None


@dataclass(frozen=True)
class Cell:
    """A cell as it is published.

    Attributes:
        dataset: its dataset.
        site: of its station, as keys have it.
        column: its name.
        key: of its file.
        sha256: of its file.
        row: its row, texts by column.
    """

    dataset: str
    site: str
    column: str
    key: str
    sha256: str
    row: Mapping[str, str]

    @property
    def text(self) -> str:
        """What stands in the cell."""
        return self.row[self.column]

    @property
    def station(self) -> str:
        """Id of its station, as files have it."""
        return self.row["station_id"]

    @property
    def starts(self) -> str:
        """Local time of its observation, or at which its window begins."""
        return self.row["obs_time_local" if self.dataset == "observations" else "window_start"]

    @property
    def ends(self) -> str:
        """Local time before which its window ends; of an observation its own time."""
        return self.row["obs_time_local" if self.dataset == "observations" else "window_end"]

    @property
    def bounds(self) -> tuple[int, int]:
        """Return `starts` and `ends` as instants, microseconds UTC."""
        return to_us(datetime.fromisoformat(self.starts)), to_us(datetime.fromisoformat(self.ends))

    @property
    def days(self) -> tuple[int, int]:
        """First and last local day of its row."""
        first = day_of(self.starts[:10])
        return first, first + 6 if self.dataset in ("weekly", "sensor_weeks") else first

    def same_row(self, row: Mapping[str, str]) -> bool:
        """Return whether another row is of the same station and time (and sensor)."""
        names = {
            "observations": ("station_id", "obs_time_utc"),
            "sensor_weeks": ("site", "station_id", "sensor", "window_start_utc"),
        }.get(self.dataset, ("station_id", "window_start_utc"))
        return all(row[name] == self.row[name] for name in names)


def rows_of(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a dataset's file as the texts that stand there; no cell is quoted."""
    head, *lines = partitions.plain(data).decode().splitlines()
    names = head.split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]


class _File(NamedTuple):
    sha256: str
    rows: Sequence[Mapping[str, str]]

    @classmethod
    def of(cls, content: bytes | Exception, table: Table) -> "_File":
        """Return a file that was read; one that is not there has no rows, an older one may lack columns."""
        if not isinstance(content, bytes):
            return cls("", ())
        rows = [{name: row.get(name, "") for name in table.schema.names} for row in rows_of(content)]
        return cls(hashlib.sha256(content).hexdigest(), rows)


@dataclass
class Finder:
    """Finds cells in a target; files that were read are kept.

    Args:
        target: where the datasets are.
    """

    target: Target
    _files: dict[str, "_File"] = field(default_factory=dict[str, "_File"])
    _sites: list[str] | None = None

    def find(self, asked: Question) -> Cell:
        """Return the cell that is meant.

        Raises:
            UsageError: there is none, or more than one; the text says which there are.
        """
        _check_names(asked)
        moment = _Moment.parse(asked)
        mine: list[Cell] = []
        for sites in self._places(asked):
            there = list(self._candidates(asked, sites, moment.dates))
            mine = _of_station(asked.station, there)
            if mine:
                break
        if not mine:
            raise UsageError(self._no_station(asked))
        found = [cell for cell in mine if moment.hits(cell)]
        if asked.sensor is not None and "sensor" in tables()[asked.dataset].schema.names:
            found = [cell for cell in found if cell.row["sensor"] == asked.sensor]
        if len(found) == 1:
            return found[0]
        raise UsageError(_several(asked, found) if found else _none(asked, mine, moment))

    def _places(self, asked: Question) -> Iterator[list[str]]:
        """Yield the sites to look in: first those whose name is a part of the station's, then all."""
        if tables()[asked.dataset].partitions[0] != "site":
            yield [""]
            return
        if self._sites is None:
            self._sites = self.target.sites()
        station = unescape_name(asked.station)
        named = [one for one in self._sites if station.startswith(unescape_name(one))]
        if named:
            yield named
        yield self._sites

    def _candidates(self, asked: Question, sites: Sequence[str], dates: Sequence[date]) -> Iterator[Cell]:
        """Yield the cells of the column in every file that may hold the time."""
        table = tables()[asked.dataset]
        values = _values(asked.dataset, dates)
        keys = [
            (site, table.key(*([site] if site else []), value) + ending)
            for site in sites
            for value in values
            for ending in ("", ".gz")
        ]
        missing = [key for _, key in keys if key not in self._files]
        for key, content in zip(missing, self.target.storage.fetch(missing), strict=True):
            self._files[key] = _File.of(content, table)
        for site, key in keys:
            file = self._files[key]
            for row in file.rows:
                yield Cell(asked.dataset, row.get("site") or site, asked.column, key, file.sha256, row)

    def _no_station(self, asked: Question) -> str:
        """Say that nothing is there: an unknown station, or a time that no file covers."""
        known = self._stations()
        names = [label for site, one in known for label in (one, f"{site}/{one}", site)]
        if asked.station not in names:
            close = did_you_mean(asked.station, names)
            some = ", ".join(
                dict.fromkeys(f"{site}/{one}" if site != one else one for site, one in known[:8])
            )
            hint = f"did you mean {close}?" if close else f"there are {some or 'none'}"
            return f"no station is called {asked.station}; {hint}"
        sites = [site for site in self._sites or [] if any(unescape_name(site) == one for one, _ in known)]
        values = sorted(
            file.values[-1] for site in (sites or [None]) for file in self.target.files(asked.dataset, site)
        )
        there = f"its files are of {values[0]} to {values[-1]}" if values else "there are none at all"
        return f"no row of {asked.dataset} is near {asked.time}; {there}"

    def _stations(self) -> list[tuple[str, str]]:
        """Return (site, station) of the newest days, for those who mistyped one."""
        newest = {
            site: list(self.target.files("daily", site))[-1:] for site in self._sites or self.target.sites()
        }
        files = [file.key for found in newest.values() for file in found]
        contents = list(self.target.storage.fetch(files))
        names: set[tuple[str, str]] = set()
        for site, content in zip([site for site, found in newest.items() if found], contents, strict=True):
            if isinstance(content, bytes):
                names |= {(unescape_name(site), unescape_name(row["station_id"])) for row in rows_of(content)}
        return sorted(names)


def _check_names(asked: Question) -> None:
    """Refuse a dataset, column or sensor that does not exist."""
    if asked.dataset not in tables():
        raise UsageError(_unknown("dataset", asked.dataset, list(tables())))
    columns = list(tables()[asked.dataset].schema.names)
    if asked.column not in columns:
        elsewhere = [name for name, table in tables().items() if asked.column in table.schema.names]
        where = f"; {asked.column} is a column of {' and '.join(elsewhere)}" if elsewhere else ""
        raise UsageError(_unknown(f"column of {asked.dataset}", asked.column, columns) + where)


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    close = did_you_mean(name, known)
    listed = (
        ", ".join(known)
        if len(known) < 10
        else f"weather query TARGET 'DESCRIBE {what.rsplit(maxsplit=1)[-1]}' lists them"
    )
    return f"{name} is no {what}; {f'did you mean {close}?' if close else listed}"


class _Moment(NamedTuple):
    """A time as a person wrote it: an instant, or a local time on the station's clock."""

    us: int | None
    local: datetime | None
    exact: bool

    @classmethod
    def parse(cls, asked: Question) -> "_Moment":
        text, exact = asked.time.strip(), asked.dataset == "observations"
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise UsageError(
                f"{text!r} is not a time; write 2025-09-14 for a day or a week, 2025-09-14T10:00 in the "
                "station's zone, or with an offset or Z"
            ) from None
        if len(text) <= len("2025-09-14"):
            if asked.dataset in ("observations", "hourly"):
                raise UsageError(
                    f"{asked.dataset} has many rows on {text}; give a time of day too, such as {text}T12:00"
                )
            return cls(None, datetime.combine(moment.date(), time(12)), exact)  # noon is in every day
        if moment.tzinfo is not None:
            return cls(to_us(moment), None, exact)
        return cls(None, moment, exact)

    @property
    def dates(self) -> list[date]:
        """Return the local dates that it may be, whatever the zone."""
        if self.local is not None:
            return [self.local.date()]
        assert self.us is not None  # noqa: S101  one of the two is given
        day = date(1970, 1, 1) + timedelta(days=self.us // 86_400_000_000)
        return [day + timedelta(days=shift) for shift in (-1, 0, 1)]

    def hits(self, cell: Cell) -> bool:
        """Return whether a row is of this time."""
        start, end = datetime.fromisoformat(cell.starts), datetime.fromisoformat(cell.ends)
        here = self.us if self.local is None else to_us(self.local.replace(tzinfo=start.tzinfo))
        assert here is not None  # noqa: S101  see above
        return here == to_us(start) if self.exact else to_us(start) <= here < to_us(end)

    def distance(self, cell: Cell) -> int:
        """Return how far away a row begins, microseconds."""
        start = datetime.fromisoformat(cell.starts)
        here = self.us if self.local is None else to_us(self.local.replace(tzinfo=start.tzinfo))
        return abs((here or 0) - to_us(start))


def _values(dataset: str, dates: Sequence[date]) -> list[str]:
    """Return the values of a dataset's last partition key that may hold local dates."""
    if dataset == "observations":
        return [str(day) for day in dates]
    if dataset == "hourly":
        return sorted({str(day)[:7] for day in dates})
    if dataset == "daily":
        return sorted({str(day)[:4] for day in dates})
    week = {day - timedelta(days=back) for day in dates for back in range(7)}
    return sorted({str(day)[:4] if dataset == "weekly" else str(day) for day in week})


def _of_station(asked: str, cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells of the station that is meant: by id, by site and id, or by a site that has one.

    Raises:
        UsageError: several stations are called so.
    """
    plain = {
        one: (unescape_name(one[0]), unescape_name(one[1]))
        for one in {(cell.site, cell.station) for cell in cells}
    }
    ranks = {
        one: min(_rank(called, *name) for called in (asked, unescape_name(asked)))
        for one, name in plain.items()
    }
    best = min(ranks.values(), default=_NOT_MEANT)
    meant = [one for one, rank in ranks.items() if rank == best < _NOT_MEANT]
    if len(meant) > 1:
        listed = ", ".join(sorted("/".join(plain[one]) for one in meant)[:8])
        raise UsageError(f"{asked} is {len(meant)} stations; say which: {listed}")
    return [cell for cell in cells if (cell.site, cell.station) in meant]


def _rank(called: str, site: str, station: str) -> int:
    """Return how exactly a name means a station: 0 by site and id, 1 by its id, 2 by its site."""
    return next(
        (
            rank
            for rank, names in enumerate(((f"{site}/{station}", f"{site} / {station}"), (station,), (site,)))
            if called in names
        ),
        _NOT_MEANT,
    )


def _several(asked: Question, cells: Sequence[Cell]) -> str:
    if asked.dataset == "sensor_weeks":
        sensors = ", ".join(cell.row["sensor"] for cell in cells)
        return f"sensor_weeks has a row for each sensor; choose one with --sensor: {sensors}"
    listed = ", ".join(cell.starts for cell in cells)
    return f"{asked.time} is {len(cells)} rows, since clocks went back; say which: {listed}"


def _none(asked: Question, cells: Sequence[Cell], moment: _Moment) -> str:
    nearest = sorted(cells, key=moment.distance)[:_NEAREST]
    listed = ", ".join(sorted(dict.fromkeys(cell.starts for cell in nearest)))
    sensor = f" of {asked.sensor}" if asked.sensor else ""
    return (
        f"{asked.station} has no row{sensor} of {asked.dataset} at {asked.time}; the nearest are at {listed}"
    )
