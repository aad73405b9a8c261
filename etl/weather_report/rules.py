"""Which quality rule gave an observation its flag, found by asking each kind of rule alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from weather_etl.core import FAIL, SUSPECT, VARIABLE_NAMES
from weather_etl.datasets import Rows, merge, versions
from weather_etl.quality import Flags, evaluate, rules_for
from weather_etl.settings import Rules, RunConfig, SiteSettings, rule_document

_KINDS: Final = ("range", "step", "spike", "persistence")
UNEXPLAINED: Final = "not by today's rules"


@dataclass(frozen=True)
class Flagged:
    """A value that quality control did not pass.

    Attributes:
        station: id of the station.
        time: of the observation, seconds since 1970, UTC.
        variable: its name.
        value: as observed.
        flag: 3 suspect or 4 fail.
        rule: kind of rule.
    """

    station: str
    time: int
    variable: str
    value: float
    flag: int
    rule: str


def flagged(observations: pa.Table, config: RunConfig, site: str) -> list[Flagged]:
    """Return the flagged values of a site's observations, each with the kind of rule that flagged it.

    Args:
        observations: rows of the site's files, whole days and every column.
        config: what the run that wrote them knew.
        site: its name.
    """
    stored, _ = merge(versions.from_stored(observations), versions.empty())
    given = _stored_flags(observations, stored)
    if not (given >= SUSPECT).any():
        return []
    settings = config.site(site)
    rules = rules_for(config.qc, settings)
    alone = {kind: evaluate(stored, _only(rules, kind), settings) for kind in _KINDS}
    alone["consistency"] = evaluate(stored, {}, settings)
    found: list[Flagged] = []
    for row, column in np.argwhere((given == SUSPECT) | (given == FAIL)).tolist():
        rule = _rule({kind: int(flags[row, column]) for kind, flags in alone.items()})
        if stored.conflict[row, column] and rule in ("consistency", UNEXPLAINED):
            rule = "conflict"
        found.append(
            Flagged(
                station=str(stored.version.station[row]),
                time=int(stored.version.obs_us[row]) // 1_000_000,
                variable=VARIABLE_NAMES[column],
                value=float(stored.version.values[row, column]),
                flag=int(given[row, column]),
                rule=rule,
            )
        )
    return found


def source_of(variable: str, rule: str, config: RunConfig, site: SiteSettings) -> str:
    """Return where a rule of a variable comes from, as the table of rules says."""
    if rule == "conflict":
        return "two messages for one station and time disagree; the last one is kept"
    if rule == "consistency":
        rules: Mapping[str, Any] = rule_document()["consistency"]
        named = [f"{name} ({body['source']})" for name, body in rules.items() if variable in body["flags"]]
        return "; ".join(named)
    return str(rules_for(config.qc, site).get(variable, {}).get(rule, {}).get("source", ""))


def _only(rules: Rules, kind: str) -> Rules:
    """Return one kind of rule; with the range, which decides what the other kinds look at."""
    return {
        name: {each: body for each, body in kinds.items() if each in (kind, "range")}
        for name, kinds in rules.items()
    }


def _rule(flags: Mapping[str, int]) -> str:
    """Return the kind that raises a flag beyond what is flagged without it."""
    without = {
        "range": flags["consistency"],
        "step": flags["range"],
        "spike": flags["range"],
        "persistence": flags["range"],
        "consistency": 0,
    }
    for kind in ("range", "step", "spike", "persistence", "consistency"):
        if flags[kind] in (SUSPECT, FAIL) and flags[kind] > without[kind]:
            return kind
    return UNEXPLAINED


def _stored_flags(observations: pa.Table, rows: Rows) -> Flags:
    """Return the flags that the files hold, in the order of the rows."""
    from weather_etl.core import arrow_tables as arrow
    from weather_etl.core import parse_instants

    times = parse_instants(arrow.texts(observations, "obs_time_utc")).tolist()
    where = {
        key: row for row, key in enumerate(zip(arrow.texts(observations, "station_id"), times, strict=True))
    }
    order = [
        where[key] for key in zip(rows.version.station.tolist(), rows.version.obs_us.tolist(), strict=True)
    ]
    columns = [arrow.floats(observations, f"{name}_qc")[order] for name in VARIABLE_NAMES]
    return np.nan_to_num(np.stack(columns, axis=1), nan=9).astype(np.int8)
