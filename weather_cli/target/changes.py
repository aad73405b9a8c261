"""What a run is about to do differently from the last one, and what it did not do although it looks done."""

import difflib
from typing import Final

from weather_etl.lake import LakeSource, LocalStorage, Window, open_storage
from weather_etl.runs import read_watermark
from weather_etl.settings import Arguments, RunConfig
from weather_report import Target

from weather_cli.errors import UsageError
from weather_cli.target.outcome import some

BEGINNING: Final = "1970-01-01T00:00:00Z"


def check_source(arguments: Arguments, config: RunConfig) -> list[str]:
    """Return remarks on a source, of sites that are configured and not there.

    Raises:
        UsageError: it holds no site and the target knows of none: an address that was mistyped, most likely.
    """
    sites = LakeSource(open_storage(arguments.source, must_exist=True)).sites()
    if not sites and not read_watermark(open_storage(arguments.target)).sites:
        raise UsageError(
            f"{arguments.source} holds no site: a source has one folder per site with its messages below it",
            "check the address; what is one level above it is listed by: ls, or aws s3 ls",
        )
    remarks = [
        f"the source holds messages itself, so it is one site, {name}, named after it"
        for name, prefix in sites.items()
        if not prefix
    ]
    for name in config.sites:
        if sites and name not in sites:
            close = difflib.get_close_matches(name, sites, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {some(list(sites))}"
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
