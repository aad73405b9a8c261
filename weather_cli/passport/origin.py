"""The run that wrote a file: from which lake, by which configuration, with which versions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from weather_etl.core import StationZone, parse_instant
from weather_etl.runs import Watermark, read_watermark
from weather_etl.settings import RunConfig
from weather_report import Target
from weather_report.configuration import configuration_of

from weather_cli.errors import CommandError

_AT_ONCE: Final = 16


@dataclass(frozen=True)
class Origin:
    """What a run that wrote a file was given.

    Attributes:
        run_id: of the run.
        until: end of its window.
        source: address of the lake.
        timezone: of sites without one of their own.
        week_start: first day of a week.
        versions: of the programs that it ran with.
        config: its configuration.
        remarks: what is not as it was.
    """

    run_id: str
    until: str
    source: str
    timezone: str
    week_start: str
    versions: Mapping[str, str]
    config: RunConfig
    remarks: tuple[str, ...] = ()

    def zone(self, site: str) -> StationZone:
        """Return the zone and week of a site, by its name in the lake."""
        return StationZone(self.config.site(site).timezone or self.timezone, self.week_start)


@dataclass
class Origins:
    """Finds the runs behind files.

    Args:
        target: where the datasets are.
        source: address of the lake, where it is no longer what the runs say; None: as they say.
        config: instead of what the runs were given; None: that.
    """

    target: Target
    source: str | None = None
    config: RunConfig | None = None
    _writers: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict[Any, Any])
    _left: Iterator[Mapping[str, Any]] | None = None
    _known: dict[str, Origin] = field(default_factory=dict[str, Origin])

    @cached_property
    def watermark(self) -> Watermark:
        """How far each site was read."""
        return read_watermark(self.target.storage)

    def of(self, key: str, sha256: str) -> Origin:
        """Return the origin of a file: of the newest run that wrote it as it is.

        Raises:
            CommandError: no run says that it did, or its configuration is gone.
        """
        manifest = self._writer(key, sha256)
        if manifest is None:
            raise CommandError(
                f"no manifest in {self.target.url}/_runs names {key} as it is: another program changed "
                "it, or the documents of the run have expired, so its numbers cannot be computed again"
            )
        run_id = str(manifest["run_id"])
        if run_id not in self._known:
            self._known[run_id] = self._origin(manifest)
        return self._known[run_id]

    def _writer(self, key: str, sha256: str) -> Mapping[str, Any] | None:
        if self._left is None:
            self._left = self._manifests()
        while (key, sha256) not in self._writers:
            manifest = next(self._left, None)
            if manifest is None:
                return None
            for output in manifest.get("outputs") or ():
                self._writers.setdefault((str(output["key"]), str(output["sha256"])), manifest)
        return self._writers[key, sha256]

    def _manifests(self) -> Iterator[Mapping[str, Any]]:
        """Yield the manifests of all runs, the newest window first, read some at a time."""
        runs = [str(one["run_id"]) for one in reversed(self.target.summaries)]
        runs += sorted(set(self.target.run_ids()) - set(runs), reverse=True)
        for start in range(0, len(runs), _AT_ONCE):
            for run_id in runs[start : start + _AT_ONCE]:
                manifest = self.target.manifest(run_id)
                if manifest is not None:
                    yield manifest

    def others(self, origin: Origin) -> list[Origin]:
        """Return what other runs were given, where that differs from what this one was, the newest first.

        A file may hold rows that an older run has made: a run rewrites the file and leaves their cells alone.
        """
        if self._left is None:
            self._left = self._manifests()
        for manifest in self._left:
            for output in manifest.get("outputs") or ():
                self._writers.setdefault((str(output["key"]), str(output["sha256"])), manifest)
        found = {_given(origin): origin}
        for manifest in {str(one["run_id"]): one for one in self._writers.values()}.values():
            config = self.config or configuration_of(self.target, manifest)
            if config is not None:
                other = self._known.setdefault(str(manifest["run_id"]), self._origin(manifest))
                found.setdefault(_given(other), other)
        return list(found.values())[1:]

    def _origin(self, manifest: Mapping[str, Any]) -> Origin:
        config = self.config or configuration_of(self.target, manifest)
        remarks: list[str] = []
        if config is None:
            raise CommandError(
                f"the configuration of run {manifest['run_id']} is no longer to be had "
                f"({manifest.get('config')}); name a copy with --config"
            )
        if config.digest() != manifest.get("config_sha256", config.digest()):
            remarks.append("the configuration is not the one that the run was given")
        return Origin(
            run_id=str(manifest["run_id"]),
            until=str(manifest["window"]["until"]),
            source=self.source or str(manifest["source"]),
            timezone=str(manifest["timezone"]),
            week_start=str(manifest["week_start"]),
            versions=manifest.get("versions") or {},
            config=config,
            remarks=tuple(remarks),
        )

    def until(self, site: str, origin: Origin) -> int:
        """Return the instant up to which a site has been read, by its name in the lake."""
        state = self.watermark.sites.get(site)
        return max(parse_instant(origin.until), state.until_us if state else 0)


def _given(origin: Origin) -> tuple[str, ...]:
    """Return what makes the numbers of one run differ from those of another over the same messages."""
    return origin.config.digest(), origin.timezone, origin.week_start, origin.source
