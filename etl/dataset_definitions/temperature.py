"""What days and weeks say of the air temperature beside its mean and extremes."""

from typing import Final

from dataset_definitions.column import Block, Column, Part

_NOTHING: Final = Part((), (), ())
_DAILY: Final = Part(
    (),
    (),
    (
        Column(
            "air_temperature_midrange", "double", "degC", "(max + min) / 2",
            "round(if_half((air_temperature_max + air_temperature_min) / 2, air_temperature_sure_n, "
            "n_expected), 4)",
        ),
    ),
)  # fmt: skip
_WEEKLY: Final = Part(
    (),
    tuple(
        f"exact_mean(air_temperature_{one}) AS air_temperature_mean_daily_{one}" for one in ("max", "min")
    ),
    tuple(
        Column(
            f"air_temperature_mean_daily_{one}", "double", "degC", f"Mean of the daily {word}",
            f"round(if_complete(air_temperature_mean_daily_{one}, air_temperature_sure_n, n_expected), 4)",
        )
        for one, word in (("max", "maxima"), ("min", "minima"))
    ),
)  # fmt: skip


def block() -> Block:
    """Return the further columns of the air temperature."""
    return {"hourly": _NOTHING, "daily": _DAILY, "weekly": _WEEKLY}
