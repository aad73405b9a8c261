"""What the run configuration says about a site, as far as decoding needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from weather_etl.profiles.times import ClockLimits

_SPEEDS: Final = ("wind_speed", "wind_speed_of_gust")


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
