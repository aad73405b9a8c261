"""What a column is made of: the variables behind it, and the columns of the rows that it sums up."""

from collections.abc import Sequence
from typing import Final

from weather_etl.core import VARIABLE_NAMES
from weather_etl.datasets import tables

PARTS: Final = {"hourly": "observations", "daily": "hourly", "weekly": "daily"}
"""Dataset -> the one whose rows a row of it sums up."""

_COMPUTED_FROM: Final = {
    "dew_point_temperature": ("air_temperature", "relative_humidity"),
    "air_pressure_at_mean_sea_level": ("air_pressure", "air_temperature", "relative_humidity"),
}
_GROUPS: Final = {
    "wind_gust": ("wind_speed_of_gust", "wind_gust_from_direction", "wind_from_direction"),
    "wind_speed": ("wind_speed",),
    "wind_": ("wind_speed", "wind_from_direction"),
    "rainfall_rate": ("rainfall_rate",),
    "rainfall": tuple(name for name in VARIABLE_NAMES if name.startswith("rainfall")),
    "wet_": tuple(name for name in VARIABLE_NAMES if name.startswith("rainfall")),
}
"""Beginning of a column of an aggregate -> its variables, where it does not begin with the variable."""

_BESIDE: Final = ("mean", "min", "max", "total", "observed", "n", "qc")


def variables_of(dataset: str, column: str) -> tuple[str, ...]:
    """Return the variables that a column speaks of; none for columns about rows as a whole."""
    if dataset == "observations":
        name = column.removesuffix("_qc")
        return (name,) if name in VARIABLE_NAMES else ()
    for beginning, variables in _GROUPS.items():
        if column.startswith(beginning):
            return variables
    own = max((name for name in VARIABLE_NAMES if column.startswith(f"{name}_")), key=len, default=None)
    return () if own is None else (own, *_COMPUTED_FROM.get(own, ()))


def shown_of_parts(dataset: str, column: str) -> Sequence[str]:
    """Return the columns of the rows below that tell most of a column, at most eight."""
    names = tables()[PARTS[dataset]].schema.names
    group = column.split("_", maxsplit=1)[0] if column.startswith(("wind", "rainfall")) else None
    own = max((name for name in VARIABLE_NAMES if column.startswith(f"{name}_")), key=len, default=group)
    wanted = [column] + [f"{own}_{ending}" for ending in _BESIDE]
    if group == "wind" and own == "wind":
        wanted += ["wind_speed_mean", "wind_u_mean", "wind_v_mean", "wind_gust_max"]
    return list(dict.fromkeys(name for name in [*wanted, "n_obs", "qc"] if name in names))[:8]
