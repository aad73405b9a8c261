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

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import orjson

from weather_etl.core import VARIABLE_NAMES, parse_zone
from weather_etl.settings.qc_rules import rule_problems

PRESETS: Final = ("weather-platform",)


class ConfigError(ValueError):
    """The run configuration document is wrong; the text lists every problem, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "the run configuration is wrong:\n" + "\n".join(f"  {problem}" for problem in problems)
        )
        self.problems = problems


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
    """

    gzip: bool = False
    parquet: bool = False
    presets: tuple[str, ...] = ()


DEFAULT_LIMITS: Final[Mapping[str, Limit]] = {
    # Shares of the batch.  A limit counts only from `minimum_count` affected messages (values) on.
    "quarantined_share": Limit(warn=0.01, fail=0.20),
    "unreadable_share": Limit(warn=0.0, fail=0.01),
    "clock_replaced_share": Limit(warn=0.05, fail=1.0),
    "failed_values_share": Limit(warn=0.05, fail=0.50),
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


def parse_config(data: bytes | str) -> RunConfig:
    """Parse and check a document.

    Raises:
        ConfigError: it is not a JSON object, or something in it is wrong.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ConfigError([f"it is not JSON: {error}"]) from None
    return check_config(document)


def check_config(document: object) -> RunConfig:
    """Check a decoded document.

    Raises:
        ConfigError: something in it is wrong.
    """
    check = _Check()
    body = check.mapping("the document", document)
    check.names("", body, ("sites", "profiles", "qc", "quality", "outputs", "batch_objects", "lease_wait_s"))
    sites = {
        name: _site(check, f"sites.{name}", value)
        for name, value in check.mapping("sites", body.get("sites", {})).items()
    }
    profiles = body.get("profiles", [])
    if not isinstance(profiles, list) or not all(
        isinstance(one, dict) for one in cast("list[object]", profiles)
    ):
        check.problems.append("profiles must be a list of profile documents")
        profiles = []
    quality = check.mapping("quality", body.get("quality", {}))
    check.names("quality.", quality, (*DEFAULT_LIMITS, "minimum_count"))
    config = RunConfig(
        sites=sites,
        profiles=tuple(cast("list[Mapping[str, Any]]", profiles)),
        qc=check.mapping("qc", body.get("qc", {})),
        limits={
            name: _limit(check, name, quality.get(name), default) for name, default in DEFAULT_LIMITS.items()
        },
        minimum_count=int(check.number("quality.minimum_count", quality.get("minimum_count", 5), 1, 1e9)),
        outputs=_outputs(check, body.get("outputs", {})),
        batch_objects=int(check.number("batch_objects", body.get("batch_objects", 200_000), 1, 1e7)),
        lease_wait_s=check.number("lease_wait_s", body.get("lease_wait_s", 120), 0, 3600),
    )
    check.problems += _rule_problems(config)
    if check.problems:
        raise ConfigError(check.problems)
    return config


def _rule_problems(config: RunConfig) -> list[str]:
    problems = rule_problems("qc", config.qc, "default")
    for name, site in config.sites.items():
        problems += rule_problems(f"sites.{name}.qc", site.qc, site.qc_profile)
    return problems


def _site(check: "_Check", where: str, value: object) -> SiteSettings:
    body = check.mapping(where, value)
    check.names(f"{where}.", body, tuple(SiteSettings.__dataclass_fields__))
    zone = body.get("timezone")
    if zone is not None:
        try:
            parse_zone(str(zone))
        except ValueError as error:
            check.problems.append(f"{where}.timezone: {error}")

    def optional(name: str, low: float, high: float) -> float | None:
        found = body.get(name)
        return None if found is None else check.number(f"{where}.{name}", found, low, high)

    return SiteSettings(
        timezone=None if zone is None else str(zone),
        elevation_m=optional("elevation_m", -430, 6000),
        latitude=optional("latitude", -90, 90),
        longitude=optional("longitude", -180, 180),
        wind_scale=check.number(f"{where}.wind_scale", body.get("wind_scale", 1.0), 0.01, 100),
        interval_s=optional("interval_s", 1, 86400),
        qc_profile=str(body.get("qc_profile", "default")),
        qc=check.mapping(f"{where}.qc", body.get("qc", {})),
        scale=_scale(check, where, body),
        profiles=check.texts(f"{where}.profiles", body.get("profiles", [])),
        stations={
            name: _station(check, f"{where}.stations.{name}", value)
            for name, value in check.mapping(f"{where}.stations", body.get("stations", {})).items()
        },
    )


def _station(check: "_Check", where: str, value: object) -> dict[str, Any]:
    """Return what is known of one station: only what is given, since the rest is as the site has it."""
    body = check.mapping(where, value)
    check.names(f"{where}.", body, ("wind_scale", "scale"))
    known: dict[str, Any] = {"scale": _scale(check, where, body)}
    if "wind_scale" in body:
        known["wind_scale"] = check.number(f"{where}.wind_scale", body["wind_scale"], 0.01, 100)
    return known


def _scale(check: "_Check", where: str, body: Mapping[str, Any]) -> dict[str, float]:
    factors = check.mapping(f"{where}.scale", body.get("scale", {}))
    check.names(f"{where}.scale.", factors, VARIABLE_NAMES)
    return {
        name: check.number(f"{where}.scale.{name}", factor, 1e-6, 1e6) for name, factor in factors.items()
    }


def _limit(check: "_Check", name: str, value: object, default: Limit) -> Limit:
    if value is None:
        return default
    body = check.mapping(f"quality.{name}", value)
    check.names(f"quality.{name}.", body, ("warn", "fail"))
    warn = check.number(f"quality.{name}.warn", body.get("warn", default.warn), 0, 1)
    fail = check.number(f"quality.{name}.fail", body.get("fail", default.fail), 0, 1)
    if warn > fail:
        check.problems.append(f"quality.{name}: warn {warn} is above fail {fail}")
    return Limit(warn, fail)


def _outputs(check: "_Check", value: object) -> Outputs:
    body = check.mapping("outputs", value)
    check.names("outputs.", body, ("gzip", "parquet", "presets"))
    for name in ("gzip", "parquet"):
        if not isinstance(body.get(name, False), bool):
            check.problems.append(f"outputs.{name} is {body[name]!r}, it must be true or false")
    found: object = body.get("presets", [])
    presets = (
        [str(preset) for preset in cast("list[object]", found)] if isinstance(found, list) else [str(found)]
    )
    if unknown := [preset for preset in presets if preset not in PRESETS]:
        check.problems.append(f"outputs.presets holds {unknown}, it must be a list of {', '.join(PRESETS)}")
    return Outputs(bool(body.get("gzip")), bool(body.get("parquet")), tuple(presets))


class _Check:
    """Collects problems while a document is read."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def mapping(self, where: str, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        self.problems.append(f"{where} must be an object, it is {value!r}"[:200])
        return {}

    def names(self, where: str, body: Mapping[str, Any], known: tuple[str, ...]) -> None:
        self.problems += [
            f"{where}{name} is not known; known are {', '.join(known)}" for name in body if name not in known
        ]

    def texts(self, where: str, value: object) -> tuple[str, ...]:
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in items):
            self.problems.append(f"{where} must be a list of texts, it is {value!r}"[:200])
        return tuple(item for item in items if isinstance(item, str))

    def number(self, where: str, value: object, low: float, high: float) -> float:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        if number is None or not low <= number <= high:
            self.problems.append(f"{where} is {value!r}, it must be a number from {low:g} to {high:g}")
            return low
        return number
