"""The run configuration document: what a run knows of sites, devices, quality limits and outputs.

A JSON object; every part is optional.  It is checked as a whole, and every problem is reported at once.

    {"sites": {"EWR": {"timezone": "America/New_York", "elevation_m": 3, "interval_s": 3600,
                       "wind_scale": 1.0, "qc_profile": "default", "qc": {"air_temperature": {...}}}},
     "profiles": [{...}, ...],
     "qc": {"air_temperature": {"range": {"suspect": [5, 45]}}},
     "quality": {"quarantined_share": {"warn": 0.01, "fail": 0.2}},
     "outputs": {"gzip": false, "parquet": false, "presets": ["weather-platform"]},
     "batch_objects": 200000, "lease_wait_s": 120}
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import orjson

from weather_etl.checking import Problem, ProblemsError, configuration_problems
from weather_etl.settings.ledger import LedgerEntry, parse_ledger

PRESETS: Final = ("weather-platform",)


class ConfigError(ProblemsError):
    """The run configuration document is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("the run configuration is wrong", problems)


@dataclass(frozen=True)
class SiteSettings:
    """What is known of one site.

    Attributes:
        timezone: IANA name or offset; None: the run's.
        elevation_m: height of the barometer above sea level; needed to reduce pressure.
        latitude: degrees north.
        longitude: degrees east.
        wind_scale: factor on wind speeds, for stations whose firmware scales them wrongly.
        interval_s: seconds between observations; None: the median of the data.
        qc_profile: name of a rule profile in qc_rules.json.
        qc: rule overrides of this site, {variable: {rule: {...}}}.
        scale: factors by variable, for decoding.
        profiles: names of device profiles that are asked first.
        stations: what is known of single stations, {id: {"wind_scale": ..., "scale": {...}}}.
        ledger: what people know of its sensors, from the file beside the document.
    """

    timezone: str | None = None
    elevation_m: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    wind_scale: float = 1.0
    interval_s: float | None = None
    qc_profile: str = "default"
    qc: Mapping[str, Any] = field(default_factory=dict[str, Any])
    scale: Mapping[str, float] = field(default_factory=dict[str, float])
    profiles: tuple[str, ...] = ()
    stations: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ledger: tuple[LedgerEntry, ...] = ()

    def decoding(self) -> dict[str, Any]:
        """Return what the decoder wants to know, in its own words."""
        return {
            "timezone": self.timezone,
            "wind_scale": self.wind_scale,
            "scale": dict(self.scale),
            "profiles": list(self.profiles),
            "stations": dict(self.stations),
        }


@dataclass(frozen=True)
class Limit:
    """A share above which the verdict is warn or fail, 0 to 1."""

    warn: float
    fail: float


@dataclass(frozen=True)
class Outputs:
    """How datasets are written.

    Attributes:
        gzip: CSV files are compressed and named `.csv.gz`.
        parquet: the same rows once more as Parquet, below `parquet/` (a catalogue table needs one format).
        presets: further CSV renderings of the observations, below `presets/<name>/`.
        report: a report is written beside the documents of each run (package `weather_report`).
    """

    gzip: bool = False
    parquet: bool = False
    presets: tuple[str, ...] = ()
    report: bool = False


DEFAULT_LIMITS: Final[Mapping[str, Limit]] = {
    # Shares of the batch.  A limit counts only from `minimum_count` affected messages (values) on.
    "quarantined_share": Limit(warn=0.01, fail=0.20),
    "unreadable_share": Limit(warn=0.0, fail=0.01),
    "clock_replaced_share": Limit(warn=0.05, fail=1.0),
    "failed_values_share": Limit(warn=0.05, fail=0.50),
    # Two devices that are taken for one contradict each other at every time that both have.
    "contradicted_values_share": Limit(warn=0.01, fail=0.20),
}


@dataclass(frozen=True)
class RunConfig:
    """The checked document."""

    sites: Mapping[str, SiteSettings] = field(default_factory=dict[str, SiteSettings])
    profiles: tuple[Mapping[str, Any], ...] = ()
    qc: Mapping[str, Any] = field(default_factory=dict[str, Any])
    limits: Mapping[str, Limit] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    minimum_count: int = 5
    outputs: Outputs = Outputs()
    batch_objects: int = 200_000
    lease_wait_s: float = 120.0

    def site(self, name: str) -> SiteSettings:
        """Return the settings of a site; defaults for one that is not named."""
        return self.sites.get(name, SiteSettings())

    def with_ledgers(self, files: Mapping[str, bytes]) -> "RunConfig":
        """Return the configuration with the ledgers of its sites.

        Args:
            files: content by site; a site that the document does not name may have one.

        Raises:
            ConfigError: something in a ledger is wrong.
        """
        problems: list[Problem] = []
        sites = dict(self.sites)
        for site, data in sorted(files.items()):
            entries, wrong = parse_ledger(data, f"ledger/{site}.csv")
            problems += wrong
            sites[site] = replace(self.site(site), ledger=tuple(entries))
        if problems:
            raise ConfigError(problems)
        return replace(self, sites=sites)

    def digest(self) -> str:
        """Return SHA-256 of what the document says, whatever its spelling: runs are compared by it.

        Whether there is a report changes no dataset, and is left out.
        """
        said = orjson.loads(orjson.dumps(self, default=str))
        del said["outputs"]["report"]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def parse_config(data: bytes | str) -> RunConfig:
    """Parse and check a document.

    Raises:
        ConfigError: it is not a JSON object, or something in it is wrong.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ConfigError([Problem("", f"it is not JSON: {error}")]) from None
    return check_config(document)


def check_config(document: object) -> RunConfig:
    """Check a decoded document and read it.

    Raises:
        ConfigError: something in it is wrong.
    """
    if problems := configuration_problems(document):
        raise ConfigError(problems)
    body = cast("Mapping[str, Any]", document)
    quality: Mapping[str, Any] = body.get("quality", {})
    outputs: Mapping[str, Any] = body.get("outputs", {})
    return RunConfig(
        sites={name: _site(value) for name, value in body.get("sites", {}).items()},
        profiles=tuple(body.get("profiles", ())),
        qc=body.get("qc", {}),
        limits={name: _limit(quality.get(name) or {}, default) for name, default in DEFAULT_LIMITS.items()},
        minimum_count=int(quality.get("minimum_count", RunConfig.minimum_count)),
        outputs=Outputs(
            gzip=outputs.get("gzip", False),
            parquet=outputs.get("parquet", False),
            presets=tuple(outputs.get("presets", ())),
            report=outputs.get("report", False),
        ),
        batch_objects=int(body.get("batch_objects", RunConfig.batch_objects)),
        lease_wait_s=float(body.get("lease_wait_s", RunConfig.lease_wait_s)),
    )


def _limit(given: Mapping[str, Any], default: Limit) -> Limit:
    return Limit(float(given.get("warn", default.warn)), float(given.get("fail", default.fail)))


def _site(body: Mapping[str, Any]) -> SiteSettings:
    def number(name: str) -> float | None:
        return None if body.get(name) is None else float(body[name])

    return SiteSettings(
        timezone=body.get("timezone"),
        elevation_m=number("elevation_m"),
        latitude=number("latitude"),
        longitude=number("longitude"),
        wind_scale=number("wind_scale") or 1.0,
        interval_s=number("interval_s"),
        qc_profile=body.get("qc_profile", "default"),
        qc=body.get("qc", {}),
        scale=_factors(body),
        profiles=tuple(body.get("profiles", ())),
        stations={name: _station(known) for name, known in body.get("stations", {}).items()},
    )


def _station(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of one station: only what is given, since the rest is as the site has it."""
    known: dict[str, Any] = {"scale": _factors(body)}
    return known | {"wind_scale": float(body["wind_scale"])} if "wind_scale" in body else known


def _factors(body: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(factor) for name, factor in body.get("scale", {}).items()}
