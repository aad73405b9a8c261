"""When the weekly run starts, and when the watchdog looks for it."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components import schedule
from components.settings.checks import between, one_of, valid
from components.settings.key import setting


@dataclass(frozen=True)
class ScheduleSettings:
    """When the weekly run starts, and when the watchdog looks for it."""

    weekday: str = setting(
        "string",
        "scheduleWeekday",
        "Local weekday of the weekly run.",
        "a weekday in lower case",
        "this project",
        one_of(*schedule.WEEKDAYS),
        default="sunday",
    )
    time: str = setting(
        "string",
        "scheduleTime",
        "Local time of the weekly run.",
        "00:00 to 23:59",
        "24-hour clock",
        valid(schedule.parse_time, "a time of day"),
        default="00:00",
    )
    utc_offset: str = setting(
        "string",
        "scheduleUtcOffset",
        "Offset of the schedule's local time from UTC; fixed, since rules know no daylight saving time.",
        "-12:00 to +14:00",
        "offsets in use, tz database",
        valid(schedule.parse_offset, "an offset from UTC"),
        default="+07:00",
    )
    enabled: bool = setting(
        "boolean",
        "scheduleEnabled",
        "Whether the weekly rule and the watchdog's rule fire.",
        "true or false",
        "this project",
        default=True,
    )
    watchdog_delay_hours: int = setting(
        "integer",
        "watchdogDelayHours",
        "Hours after the weekly run at which the watchdog looks for its summary.",
        "1 to 72, and later than the workflow's own time limit",
        "a run that may still be going is not missing",
        between(1, 72),
        default=12,
    )

    def conflicts(self) -> list[Problem]:
        """Return nothing: each of these settings stands alone."""
        return []
