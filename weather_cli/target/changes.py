"""What a run is about to do differently from the last one, and what it did not do although it looks done."""

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from weather_etl.core import unescape_name
from weather_etl.datasets import tables
from weather_etl.lake import LakeSource, LocalStorage, Window, open_storage
from weather_etl.runs import read_watermark
from weather_etl.settings.arguments import Arguments
from weather_etl.settings.config import RunConfig

from weather_cli.errors import UsageError
from weather_cli.target.place import File, Target
from weather_cli.target.reading import read

BEGINNING: Final = "1970-01-01T00:00:00Z"
_FILES_LOOKED_AT: Final = 200
_SHOWN: Final = 6


def check_source(arguments: Arguments, config: RunConfig) -> list[str]:
    """Return remarks on a source, of sites that are configured and not there.

    Raises:
        UsageError: it holds no site and the target knows of none: an address that was mistyped, most likely.
    """
    sites = LakeSource(open_storage(arguments.source, must_exist=True)).sites()
    if not sites and not read_watermark(open_storage(arguments.target)).sites:
        raise UsageError(
            f"{arguments.source} holds no site: a source has one folder per site with its messages below it; "
            "is the address right?"
        )
    remarks: list[str] = []
    for name in config.sites:
        if sites and name not in sites:
            close = difflib.get_close_matches(name, sites, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {_some(list(sites))}"
            remarks.append(f"the configuration speaks of site {name}, which the source does not hold{hint}")
    return remarks


def since_last_run(arguments: Arguments, config: RunConfig) -> list[str]:
    """Return what differs from the newest run of the target, in words; nothing for a first run."""
    target = Target(open_storage(arguments.target))
    ordinary = [one for one in target.summaries if not one.get("replay")]
    manifest = target.manifest(str(ordinary[-1]["run_id"])) if ordinary else None
    if manifest is None:
        return []
    source = open_storage(arguments.source).url
    told = [
        f"{what}: {before} then, {now} now"
        for what, before, now in (
            ("source", manifest.get("source"), source),
            ("zone of local times", manifest.get("timezone"), arguments.timezone),
            ("first day of the week", manifest.get("week_start"), arguments.week_start),
        )
        if before != now
    ]
    before = manifest.get("config_sha256")
    if before is not None and before != config.digest():
        told.append("configuration or profiles: not what they were")
    return told


def has_run(arguments: Arguments) -> bool:
    """Return whether a run has read anything into the target."""
    return bool(read_watermark(open_storage(arguments.target)).sites)


def never_read(arguments: Arguments) -> int:
    """Return how many objects of a folder no run has read: they came with a time before the watermark."""
    storage = open_storage(arguments.source)
    if not isinstance(storage, LocalStorage):
        return 0  # a bucket may hold years, and listing it costs
    source = LakeSource(storage)
    everything = Window(None, arguments.until_us)
    there = sum(len(source.new_objects(prefix, everything)) for prefix in source.sites().values())
    summaries = Target(open_storage(arguments.target)).summaries
    listed = sum(int(one.get("objects_listed") or 0) for one in summaries if not one.get("replay"))
    return max(0, there - listed)


def stations_of(target: Target, run_id: str) -> dict[str, list[str]]:
    """Return the stations by site in the observations that a run wrote, from some files of each site."""
    manifest = target.manifest(run_id) or {}
    chosen: dict[str, list[File]] = defaultdict(list)
    for output in manifest.get("outputs") or ():
        if output.get("table") == "observations" and output.get("action") != "removed":
            key = str(output["key"])
            site = key.split("/")[1].partition("=")[2]
            chosen[site].append(File(key, (site, "")))
    a_site = max(1, _FILES_LOOKED_AT // max(1, len(chosen)))
    files = [file for each in chosen.values() for file in each[-a_site:]]
    found: dict[str, set[str]] = defaultdict(set)
    rows = read(target, tables()["observations"].name, files, ["station_id"]).to_pylist()
    for row in rows:
        found[row["site"]].add(unescape_name(row["station_id"]))
    return {site: sorted(stations) for site, stations in sorted(found.items())}


def sites_in_words(stations: Mapping[str, Sequence[str]]) -> str:
    """Return sites with their stations, for one line."""
    shown = [
        site if list(names) == [site] else f"{site} ({_some(list(names), 3)})"
        for site, names in stations.items()
    ]
    count = sum(len(names) for names in stations.values())
    plural = "" if count == 1 else "s"
    return f"{len(stations)}, with {count} station{plural}: {_some(shown)}"


def _some(names: list[str], most: int = _SHOWN) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
