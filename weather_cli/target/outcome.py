"""What came of a run, for the person who started it: its counts, and what they might otherwise overlook."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, Final

import numpy as np
import pyarrow as pa
from weather_etl.core import FAIL, SECOND, SUSPECT, VARIABLE_NAMES, parse_instants, unescape_name
from weather_etl.core import arrow_tables as arrow
from weather_report import File, Target
from weather_report.reading import SITE, read

_FILES_LOOKED_AT: Final = 200
_SHOWN: Final = 6
_IDENTITY: Final = ("station_id", "obs_time_utc", "ingest_time_utc", "time_source")
_LEAST_TIMES: Final = 5
_ALMOST_S: Final = 240
_NEARLY_ALL: Final = 0.9
_FATES: Final = ("accepted", "duplicates", "merged", "ignored", "quarantined")


@dataclass
class Written:
    """What lies in the observations that a run wrote.

    Attributes:
        stations: by site.
        flagged: values that did not pass, by (site, variable, flag); 3 suspect, 4 fail.
        lags: hours by which nearly all device times of a site lie before their arrival, where it is an hour
            or more and a multiple of half an hour: their zone is another one, most likely.
        whole: whether all files of the run were looked at.
    """

    stations: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    flagged: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])
    lags: dict[str, float] = field(default_factory=dict[str, float])
    whole: bool = True


def written_by(target: Target, run_id: str) -> Written:
    """Look into the observations that a run wrote, into some files of each site where they are many."""
    manifest = target.manifest(run_id) or {}
    keys = [
        str(output["key"])
        for output in manifest.get("outputs") or ()
        if output.get("table") == "observations" and output.get("action") != "removed"
    ]
    by_site: dict[str, list[File]] = defaultdict(list)
    for key in keys:
        site = key.split("/")[1].partition("=")[2]
        by_site[site].append(File(key, (site, "")))
    each = max(1, _FILES_LOOKED_AT // max(1, len(by_site)))
    chosen = [file for files in by_site.values() for file in files[-each:]]
    flags = [f"{name}_qc" for name in VARIABLE_NAMES]
    rows = read(target, "observations", chosen, [*_IDENTITY, *flags])
    written = Written(whole=len(chosen) == len(keys))
    sites = arrow.texts(rows, SITE)
    for site, station in sorted(set(zip(sites, arrow.texts(rows, "station_id"), strict=True))):
        written.stations.setdefault(site, []).append(unescape_name(station))
    for variable in VARIABLE_NAMES:
        given = arrow.floats(rows, f"{variable}_qc")
        for flag in (SUSPECT, FAIL):
            for site, count in Counter(compress(sites, (given == flag).tolist())).items():
                written.flagged[site, variable, flag] = count
    written.lags = _lags(rows, sites)
    return written


def _lags(rows: pa.Table, sites: Sequence[str]) -> dict[str, float]:
    by_device = np.array([source == "device" for source in arrow.texts(rows, "time_source")], dtype=bool)
    names = np.array(sites, dtype=np.str_)
    lags: dict[str, float] = {}
    for site in dict.fromkeys(sites):
        mine = np.flatnonzero(by_device & (names == site))
        if len(mine) < _LEAST_TIMES:
            continue
        some_rows = rows.take(mine)
        observed = parse_instants(arrow.texts(some_rows, "obs_time_utc"))
        seconds = (parse_instants(arrow.texts(some_rows, "ingest_time_utc")) - observed) / SECOND
        lag = float(np.median(seconds))
        hours = round(lag / 1800) / 2
        steady = np.mean(np.abs(seconds - hours * 3600) < _ALMOST_S) > _NEARLY_ALL
        if abs(hours) >= 1 and steady:
            lags[site] = hours
    return lags


def facts(summary: Mapping[str, Any], written: Written, target: str, zone: str) -> dict[str, Any]:
    """Return the counts of a run by what they are called."""
    read_, lost = summary["objects_read"], summary["objects_unreadable"]
    return {
        "run": summary["run_id"],
        "verdict": summary["verdict"]["level"] + (", nothing new was read" if summary["empty"] else ""),
        **{f"reason {index}": text for index, text in enumerate(summary["verdict"]["reasons"], 1)},
        "window": f"{summary['window']['since'] or 'the beginning'} to {summary['window']['until']}",
        "sites": _sites(summary, written.stations),
        "zone of local times": zone,
        "objects": f"{summary['objects_listed']:,} listed = {read_:,} read + {lost:,} unreadable",
        "messages": f"{summary['messages']:,} = "
        + " + ".join(f"{summary[fate]:,} {fate}" for fate in _FATES),
        "partitions written": summary["partitions_written"],
        "seconds": summary["seconds"]["total"],
        "target": target,
    }


def _sites(summary: Mapping[str, Any], stations: Mapping[str, Sequence[str]]) -> str:
    """Name the sites with their stations; those of an empty run without them."""
    if not stations:
        names = list(summary["sites"])
        return f"{len(names) + summary['sites_omitted']}: {some(names)}" if names else "none"
    shown = [
        site if list(names) == [site] else f"{site} ({some(names, 3)})" for site, names in stations.items()
    ]
    count = sum(len(names) for names in stations.values())
    return f"{len(stations)}, with {count} station{'' if count == 1 else 's'}: {some(shown)}"


def overlooked(summary: Mapping[str, Any], written: Written, target: str) -> Iterator[str]:
    """Yield what a run left out, doubted or guessed, with where more is said; nothing where all is well."""
    if summary["quarantined"]:
        reasons = _counted(summary["quarantined_by_reason"])
        yield f"quarantined were {reasons}; each message with its reason: {target}/quarantine/"
    if summary["objects_unreadable"]:
        lost = f"{summary['objects_unreadable']:,} objects could not be read"
        yield f"{lost}; why, by key: {target}/_runs/{summary['run_id']}/manifest.json"
    if summary["drift"]["unknown_fields_total"]:
        fields = _counted(summary["drift"]["unknown_fields"])
        yield f"left out were fields that no profile maps: {fields}; 'weather profiles check FILE' says more"
    yield from _guesses(summary["guesses"])
    for flag, words in ((FAIL, "failed quality control and are in no statistic"), (SUSPECT, "are suspect")):
        counts = {f"{site} {name}": n for (site, name, each), n in written.flagged.items() if each == flag}
        if counts:
            part = "" if written.whole else " (in the files looked at)"
            yield f"values that {words}{part}: {_counted(counts)}; by rule: weather report {target}"


def zone_doubts(summary: Mapping[str, Any], written: Written) -> Iterator[str]:
    """Yield where local times were read in a zone that does not fit their arrival."""
    if replaced := summary["qc"]["clocks_replaced"]:
        yield (
            f"{replaced:,} device times lie after their arrival or long ago, so arrival was taken: "
            "a wrong zone, or a wrong clock"
        )
    for site, hours in written.lags.items():
        yield (
            f"device times of {site} lie {hours:g} h before their arrival, nearly all of them: is its zone "
            "right (--timezone, or the site's in the configuration)?"
        )


def _guesses(guesses: Mapping[str, Any]) -> Iterator[str]:
    if guesses["assumed_units"]:
        named = ", ".join(label.partition(":")[2] for label in guesses["assumed_units"])
        yield f"nothing says the unit of {named}: the usual one was taken; a profile can state it"
    if guesses["station_from_site"]:
        yield f"{guesses['station_from_site']:,} observations name no station: the site stands for it"
    if guesses["time_from_arrival"]:
        yield f"{guesses['time_from_arrival']:,} observations name no time: that of their arrival was taken"
    for station, hours in guesses["rain_restarts"].items():
        at = ", ".join(f"{hour:02}:00" for hour in hours)
        yield (
            f"rain since midnight of {station} restarts after {at} local: is the zone right, or the "
            "console's clock?"
        )


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return some([f"{count:,} {name}" for name, count in ordered])


def some(names: Sequence[str], most: int = _SHOWN) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
