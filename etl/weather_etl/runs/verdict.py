"""The quality verdict of a run: pass, warn or fail, by documented limits, with reasons in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from weather_etl.core import iso_utc
from weather_etl.runs.state import Decisions
from weather_etl.settings import RunConfig

Level = Literal["pass", "warn", "fail"]

_ORDER: Final[tuple[Level, ...]] = ("pass", "warn", "fail")
_SHARES: Final[Mapping[str, tuple[str, str, str]]] = {
    # limit: (count, of which total, in words)
    "quarantined_share": ("quarantined", "messages", "messages were quarantined"),
    "unreadable_share": ("objects_unreadable", "objects_listed", "objects could not be read"),
    "clock_replaced_share": ("clocks_replaced", "messages", "messages had an impossible device clock"),
    "failed_values_share": ("values_failed", "values", "values failed quality control"),
    "contradicted_values_share": (
        "values_contradicted",
        "values",
        "values are contradicted by another message of the same station and time: two devices under one "
        "name, or a source one level too high",
    ),
}


@dataclass(frozen=True)
class Verdict:
    """Level and reasons."""

    level: Level
    reasons: tuple[str, ...] = ()


def judge(
    counts: Mapping[str, int], config: RunConfig, decisions: Decisions, since_us: int | None
) -> Verdict:
    """Return the verdict on what was read.

    Args:
        counts: from `kernel.merged_counts`.
        config: for the limits.
        decisions: a verdict that an operator accepted is a warning.
        since_us: where the run's window begins; None: at the beginning of the lake.
    """
    warnings: list[str] = []
    failures: list[str] = []
    for name, (part, whole, words) in _SHARES.items():
        limit, count, total = config.limits[name], counts[part], counts[whole]
        share = count / total if total else 0.0
        limits = f"warn above {limit.warn:.1%}, fail above {limit.fail:.1%}"
        if share > limit.fail and count < config.minimum_count:
            limits += f" from {config.minimum_count} on"
        text = f"{count} of {total} {words} ({share:.1%}; {limits})"
        if share > limit.fail and count >= config.minimum_count:
            failures.append(text)
        elif share > limit.warn:
            warnings.append(text)
    found = counts["accepted"] + counts["duplicates"] + counts["merged"] + counts["ignored"]
    if counts["messages"] and not found:
        failures.append(f"none of {counts['messages']} messages could be used")
    if 0 < counts["objects_listed"] == counts["objects_unreadable"]:
        failures.append(f"none of {counts['objects_listed']} objects could be read")
    accepted_until = decisions.accepted_until_us
    if failures and accepted_until is not None and (since_us is None or since_us < accepted_until):
        accepted = f"accepted by the operator up to {iso_utc(accepted_until)}"
        return Verdict("warn", (*failures, *warnings, accepted))
    if failures:
        return Verdict("fail", (*failures, *warnings))
    if warnings:
        return Verdict("warn", tuple(warnings))
    return Verdict("pass")


def judge_sensors(rows: Sequence[Mapping[str, Any]]) -> Verdict:
    """Return a warning that says in words which sensors are suspect or differ; pass if none is.

    Args:
        rows: of `sensor_weeks`, of the latest week.
    """
    return Verdict("warn", tuple(reasons)) if (reasons := sensor_reasons(rows)) else Verdict("pass")


def sensor_reasons(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the sentences on suspect and differing sensors, the strongest evidence first."""
    doubtful = [row for row in rows if row["state"] in ("suspect", "differs")]
    doubtful.sort(key=lambda row: (-row["score"], row["site"], row["station_id"], row["sensor"]))
    return [f"{station_name(row)}: {row['words']}" for row in doubtful]


def station_name(row: Mapping[str, Any]) -> str:
    """Return site and station as one word, the station left out where it says the same."""
    site, station = row["site"], row["station_id"]
    return site if site == station else f"{site}/{station}"


def worse(one: Verdict, other: Verdict) -> Verdict:
    """Return the worse of two verdicts with the reasons of both."""
    worst = one.level if _ORDER.index(one.level) >= _ORDER.index(other.level) else other.level
    return Verdict(worst, tuple(dict.fromkeys((*one.reasons, *other.reasons))))
