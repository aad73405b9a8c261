"""The report as one HTML page: texts and tables as HTML, the charts' numbers packed beside them.

Every text, table and figure of a count stands in the HTML itself, so it is there for a reader without
script, for a screen reader and on paper.  The page's own security policy forbids every request.

Longer than 400 lines: it is one page, and most lines are its HTML.
"""

import base64
import gzip
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

import numpy as np
import orjson
from weather_etl.datasets import declared

from weather_report.charts import CHARTS, SPEED_CLASSES, Series
from weather_report.collect import COMPLETE, Report, Run, Span, Station
from weather_report.rules import source_of

UPLOT: Final = "uPlot-1.6.32.iife.min.js"
_HEAT_PAGE: Final = 25
_LEVELS: Final = {
    "pass": ("pass", "passed"),
    "warn": ("warn", "passed with warnings"),
    "fail": ("fail", "failed its quality verdict"),
    "failed": ("fail", "failed"),
}


def render(report: Report) -> bytes:
    """Return the page as UTF-8."""
    script = _asset(UPLOT) + "\n" + _asset("report.js")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_hash(script)}'; base-uri 'none'"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{_title(report)}</title>",
        f"<style>{_asset('report.css')}</style>",
        "</head>",
        "<body>",
        '<a class="skip" href="#main">Skip to the report</a>',
        _header(report),
        _navigation(report),
        '<main class="wrap" id="main">',
        _banner(report),
        _cards(report),
        _arrived(report),
        _stations(report),
        _quality(report),
        _quarantine(report),
        _runs(report),
        _dictionary(),
        "</main>",
        _footer(report),
        f'<script type="application/octet-stream" id="data">{_packed(report)}</script>',
        f"<!-- uPlot 1.6.32. {_asset('uPlot-LICENSE.txt')} -->",
        f"<script>{script}</script>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(part for part in parts if part).encode()


@cache
def _asset(name: str) -> str:
    return files("weather_report").joinpath("assets", name).read_text(encoding="utf-8").strip()


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


# ---- the numbers of the charts


def _packed(report: Report) -> str:
    """Return the numbers as gzip in base64: a browser unpacks them without a library."""
    units = _units()
    shown = {
        variable for station in report.stations for one in station.flagged for variable in (one.variable,)
    }
    document = {
        "days": report.days,
        "hourDays": report.hour_days,
        "order": _order(report.stations),
        "speedClasses": SPEED_CLASSES,
        "units": {name: units.get(name, "") for name in sorted(shown)},
        "charts": [
            {
                "name": chart.name,
                "title": chart.title,
                "unit": chart.unit,
                "low": chart.low,
                "high": chart.high,
                "flags": chart.flags,
                "series": [_series(series) for series in chart.series],
            }
            for chart in CHARTS
        ],
        "stations": [_station(station) for station in report.stations],
    }
    data = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    return base64.b64encode(gzip.compress(data, 7, mtime=0)).decode()


def _series(series: Series) -> dict[str, Any]:
    return {
        "column": series.column,
        "high": series.high or None,
        "label": series.label,
        "kind": series.kind,
        "colour": series.colour,
    }


def _station(station: Station) -> dict[str, Any]:
    return {
        "site": station.site,
        "station": station.station,
        "label": station.label,
        "zone": station.zone,
        "offsets": station.offsets,
        "first": station.first_day,
        "coverage": station.coverage,
        "failed": station.failed,
        "suspect": station.suspect,
        "days": _span(station.days),
        "hours": _span(station.hours),
        "flagged": [[one.time, one.variable, one.value, one.flag, one.rule] for one in station.flagged],
    }


def _span(span: Span) -> dict[str, Any]:
    times = np.array(span.times, dtype=np.int64)
    return {
        "t": np.diff(times, prepend=0),
        "columns": {name: np.ascontiguousarray(values) for name, values in span.columns.items()},
        "rose": span.rose,
        "calm": span.calm,
    }


def _order(stations: Sequence[Station]) -> list[int]:
    """Return the rows of the first picture: by name, or the least complete first where they are many."""
    indices = list(range(len(stations)))
    if len(stations) <= _HEAT_PAGE:
        return indices
    return sorted(indices, key=lambda index: (_share(stations[index])[0], stations[index].label))


# ---- head of the page


def _title(report: Report) -> str:
    if not report.days:
        return "Weather stations"
    return f"Weather stations, {_period(report.days)}"


def _header(report: Report) -> str:
    told = "There is no daily dataset yet, so there is nothing to draw."
    if report.days:
        count = len(report.stations)
        told = f"{_count(count, 'station')}, {_period(report.days)}. Times are each station's own."
    made = f"{report.made:%Y-%m-%d %H:%M} UTC"
    return (
        '<header class="top wrap"><div class="row"><div>'
        f'<h1>Weather stations</h1><p class="lede">{escape(told)}</p>'
        f'<p class="note where">Datasets in {escape(report.target)}; report made {made}.</p></div>'
        '<button id="theme" type="button" aria-pressed="false" hidden>Dark theme</button></div></header>'
    )


def _navigation(report: Report) -> str:
    parts = [
        ("arrived", "What arrived"),
        ("stations", "Stations"),
        ("quality", "Quality control"),
        ("quarantine", "Quarantine"),
        ("runs", "Runs"),
        ("columns", "Columns and units"),
    ]
    shown = parts if report.days else parts[3:]
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in shown)
    return (
        f'<nav class="parts" aria-label="Parts of the report"><div class="wrap"><ul>{links}</ul></div></nav>'
    )


def _banner(report: Report) -> str:
    if not report.runs:
        return '<div class="banner warn"><p>No run has left its documents here.</p></div>'
    run = report.runs[0]
    css, words = _LEVELS.get(run.level, ("warn", f"ended with {run.level}"))
    what = f'<p>The newest run, up to {escape(_instant(run.at))}, <strong class="level">{words}</strong>.'
    if run.empty:
        what += " No new message had arrived."
    elif run.messages is not None and css != "fail":
        what += f" It read {_count(run.messages, 'message')} and accepted {run.accepted:,}."
    told = "".join(f"<li>{escape(reason)}</li>" for reason in run.reasons)
    after = f"<p>{escape(run.next_step)}</p>" if run.next_step else ""
    return f'<div class="banner {css}">{what}</p>{f"<ul>{told}</ul>" if told else ""}{after}</div>'


def _cards(report: Report) -> str:
    if not report.days:
        return ""
    reporting = sum(1 for station in report.stations if not np.isnan(station.coverage[-1]))
    complete = sum(_share(station)[1] for station in report.stations)
    due = sum(_share(station)[2] for station in report.stations)
    flagged = Counter(one.flag for station in report.stations for one in station.flagged)
    cards = [
        (f"{reporting:,} <small>of {len(report.stations):,}</small>", "stations reported on the last day"),
        (f"{_percent(complete, due)}", f"of the days are complete: {complete:,} of {due:,}"),
        (
            f"{flagged[4]:,} <small>+ {flagged[3]:,}</small>",
            f"values failed + suspect in the last {_count(report.hour_days, 'day')}",
        ),
        (f"{sum(report.quarantine.values()):,}", "records in quarantine"),
    ]
    known = [run for run in report.runs if run.usd is not None]
    if known:
        cards.append((f"${known[0].usd:,.3f}", "cost of the newest run's job on AWS, list price"))
    items = "".join(
        f'<li><span class="n">{n}</span> <span class="what">{what}</span></li>' for n, what in cards
    )
    return f'<ul class="cards">{items}</ul>'


# ---- what arrived


def _arrived(report: Report) -> str:
    if not report.days:
        return ""
    many = len(report.stations) > _HEAT_PAGE
    pages = (
        '<div class="bar" id="heat-pages"><button type="button" id="heat-before">Earlier stations</button>'
        '<span id="heat-page" class="note"></span>'
        '<button type="button" id="heat-next">More stations</button></div>'
        if many
        else ""
    )
    rows = [
        [
            station.label,
            station.station,
            station.zone,
            _day_text(report, station.first_day),
            _day_text(report, _last_day(station)),
            _percent(*_share(station)[1:]),
            f"{_share(station)[2] - _share(station)[1]:,}",
            f"{sum(station.failed):,}",
            f"{sum(station.suspect):,}",
        ]
        for station in (report.stations[index] for index in _order(report.stations))
    ]
    table = _table(
        f"Each station from {report.days[0]} to {report.days[-1]}",
        [
            "Station",
            "Device",
            "Times",
            "First day",
            "Last day",
            "Complete days",
            "Incomplete",
            "Failed",
            "Suspect",
        ],
        rows,
        numeric=range(5, 9),
    )
    order = " The least complete stations come first." if many else ""
    return (
        '<section id="arrived" aria-labelledby="h-arrived"><h2 id="h-arrived">What arrived, and what is missing</h2>'
        f'<p class="note">Station by day: the share of the hours that is there. A day is complete from '
        f"{COMPLETE * 100:.0f} % on; a dot marks values that failed quality control.{order}</p>"
        f'<div class="card"><div id="heat" class="heat"></div>{_heat_legend()}'
        '<p class="readout" id="heat-readout" aria-live="polite" '
        'data-hint="Point at a day, or use the arrow keys, to read it; press it to see the station."></p></div>'
        f"{pages}<details{'' if len(report.stations) > 12 else ' open'}><summary>The same as a table</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: stations">{table}</div></details></section>'
    )


def _heat_legend() -> str:
    items = [
        ("c-full", "98 % or more"),
        ("c-most", "75 to 98 %"),
        ("c-partial", "50 to 75 %"),
        ("c-low", "below 50 %"),
        ("c-none", "nothing"),
    ]
    keys = "".join(
        f'<li><svg width="16" height="16" aria-hidden="true"><rect class="{css}" x="1" y="1" width="14" '
        f'height="14" rx="2"/></svg>{words}</li>'
        for css, words in items
    )
    return f'<ul class="legend">{keys}</ul>'


# ---- stations


def _stations(report: Report) -> str:
    if not report.days:
        return ""
    options = "".join(
        f'<option value="{index}">{escape(station.label)}</option>'
        for index, station in enumerate(report.stations)
    )
    if 1 < len(report.stations) <= 24:
        options += '<option value="all">All stations together</option>'
    hours = f"By hour, {'all' if report.hour_days == len(report.days) else 'last'} {report.hour_days} days"
    days = f"By day, all {len(report.days)} days"
    return (
        '<section id="stations" aria-labelledby="h-stations"><h2 id="h-stations">Stations</h2>'
        '<noscript><p class="banner warn">The charts need script; every table on this page does not.</p></noscript>'
        '<p class="banner warn" id="no-charts" hidden>This browser cannot unpack the charts\' numbers: use Chrome 80, '
        "Firefox 113, Safari 16.4 or newer.</p>"
        '<div id="interactive" hidden><div class="bar">'
        f'<label for="station">Station</label><select id="station">{options}</select>'
        '<span class="group"><button type="button" id="before">Previous</button>'
        '<button type="button" id="next">Next</button></span>'
        '<span class="group" role="group" aria-label="Resolution">'
        f'<button type="button" id="span-hours" aria-pressed="true">{hours}</button>'
        f'<button type="button" id="span-days" aria-pressed="false">{days}</button></span>'
        '<button type="button" id="whole">Whole span</button></div>'
        '<p class="note"><span id="zone"></span> Drag across a chart to look closer; Whole span goes back.</p>'
        '<div id="charts" class="charts"></div>'
        '<details id="numbers"><summary>The numbers behind these charts</summary>'
        '<div class="scroll" id="numbers-table" tabindex="0" role="region" aria-label="Table: numbers"></div></details>'
        '<div class="bar download"><span class="note">Download what is shown as CSV:</span>'
        '<button type="button" id="save-hours">this station by hour</button>'
        '<button type="button" id="save-days">this station by day</button>'
        '<button type="button" id="save-all">all stations by day</button></div></div></section>'
    )


# ---- quality, quarantine, runs


def _quality(report: Report) -> str:
    if not report.days:
        return ""
    counts: Counter[tuple[str, str, int]] = Counter()
    where: dict[tuple[str, str, int], Counter[str]] = {}
    for station in report.stations:
        for one in station.flagged:
            key = (one.variable, one.rule, one.flag)
            counts[key] += 1
            where.setdefault(key, Counter())[station.label] += 1
    sites = {station.label: station.site for station in report.stations}
    most = max(counts.values(), default=1)
    rows: list[list[str]] = []
    for key, count in sorted(counts.items(), key=lambda item: (-item[0][2], -item[1], item[0])):
        variable, rule, flag = key
        stations = where[key].most_common()
        label = stations[0][0]
        shown = ", ".join(f"{name} {n:,}" for name, n in stations[:4])
        more = f" and {len(stations) - 4} more" if len(stations) > 4 else ""
        source = source_of(variable, rule, report.config, report.config.site(sites[label]))
        rows.append(
            [
                f'<span class="pill {"fail" if flag == 4 else "warn"}">{"failed" if flag == 4 else "suspect"}</span>',
                escape(_plain(variable)),
                escape(rule),
                f'{count:,}<span class="meter" style="width:{max(3, round(70 * count / most))}px"></span>',
                escape(shown + more),
                escape(source),
            ]
        )
    since = report.days[-report.hour_days] if report.hour_days else ""
    head = ["Flag", "Variable", "Rule", "Values", "Stations", "The rule and its source"]
    table = _table(f"Flagged values from {since} to {report.days[-1]}", head, rows, markup=True, numeric=[3])
    listed = _flagged_table(report)
    unknown = (
        ""
        if report.config_known
        else (
            ' <p class="note">The configuration of the newest run could not be read: rules are told as built in.</p>'
        )
    )
    body = (
        f'<div class="card scroll" tabindex="0" role="region" aria-label="Table: flagged values by rule">{table}</div>{listed}'
        if rows
        else "<p>Every value passed.</p>"
    )
    return (
        '<section id="quality" aria-labelledby="h-quality"><h2 id="h-quality">What quality control found</h2>'
        '<p class="note">Values are never changed. One that failed enters no statistic; a suspect one does and is '
        f"marked. The last {_count(report.hour_days, 'day')}.</p>{unknown}{body}</section>"
    )


def _flagged_table(report: Report) -> str:
    found = [(station, one) for station in report.stations for one in station.flagged]
    found.sort(key=lambda pair: (-pair[1].flag, -pair[1].time))
    units = _units()
    rows = [
        [
            station.label,
            _local(station, one.time),
            _plain(one.variable),
            f"{one.value:g} {units.get(one.variable, '')}".replace("-", "−"),
            "failed" if one.flag == 4 else "suspect",
            one.rule,
        ]
        for station, one in found[:200]
    ]
    left = f", the first 200 of {len(found):,}" if len(found) > 200 else ""
    table = _table(
        f"Single values, failed ones first, newest first{left}",
        ["Station", "Station time", "Variable", "Value", "Flag", "Rule"],
        rows,
        numeric=[3],
    )
    return (
        "<details><summary>Each flagged value</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: each flagged value">{table}</div></details>'
    )


def _quarantine(report: Report) -> str:
    reasons = [[reason, f"{count:,}"] for reason, count in report.quarantine.most_common()]
    head = '<section id="quarantine" aria-labelledby="h-quarantine"><h2 id="h-quarantine">Quarantined records</h2>'
    if not reasons and not report.rejects:
        return f"{head}<p>No record was quarantined in the runs below.</p></section>"
    table = _table("Records that could not be used, by reason", ["Reason", "Records"], reasons, numeric=[1])
    examples = [
        [
            row["run"],
            row.get("source_key", ""),
            row.get("reason", ""),
            row.get("detail", ""),
            row.get("excerpt", ""),
        ]
        for row in report.rejects
    ]
    listed = _table(
        "The newest records",
        ["Run", "Object", "Reason", "What was wrong", "It begins"],
        examples,
        code=(0, 1, 4),
    )
    return (
        f'{head}<p class="note">Nothing is lost in silence: what no profile understands is kept with its reason. '
        "<code>weather profiles check FILE</code> shows what is made of an object.</p>"
        f'<div class="card">{table}</div><details open><summary>Records</summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: quarantined records">{listed}</div></details>'
        "</section>"
    )


def _runs(report: Report) -> str:
    most = max((run.seconds or 0 for run in report.runs), default=0) or 1
    rows = [_run_row(run, most) for run in report.runs]
    left = f" The newest {len(rows)} of {report.runs_in_all:,}." if report.runs_in_all > len(rows) else ""
    table = _table(
        "Newest first",
        ["Up to", "Verdict", "Messages", "Accepted", "Quarantined", "Duration", "Cost", "Remarks", "Run"],
        rows,
        markup=True,
        numeric=range(2, 7),
        code=[8],
    )
    return (
        '<section id="runs" aria-labelledby="h-runs"><h2 id="h-runs">Runs</h2>'
        f'<p class="note">Cost is what the job takes on AWS at list prices, without crawler and alarms.{left}</p>'
        f'<div class="card scroll" tabindex="0" role="region" aria-label="Table: runs">{table}</div></section>'
    )


def _run_row(run: Run, most: float) -> list[str]:
    css, _ = _LEVELS.get(run.level, ("warn", ""))
    seconds = (
        ""
        if run.seconds is None
        else (
            f'{run.seconds:,.1f} s<span class="meter" style="width:{max(3, round(50 * run.seconds / most))}px"></span>'
        )
    )
    return [
        escape(_instant(run.at)),
        f'<span class="pill {css}">{escape(run.level)}</span>',
        *("" if n is None else f"{n:,}" for n in (run.messages, run.accepted, run.quarantined)),
        seconds,
        "" if run.usd is None else f"${run.usd:,.4f}",
        escape("no new messages" if run.empty else "; ".join(run.reasons)),
        escape(run.run_id),
    ]


# ---- columns


def _dictionary() -> str:
    parts: list[str] = []
    for name, table in declared().items():
        rows = [
            [column["name"], column["type"], column.get("unit") or "", column["comment"]]
            for column in [*table["partitions"], *table["columns"]]
        ]
        listed = _table(
            f"{len(rows)} columns of {table['file']}", ["Column", "Type", "Unit", "Meaning"], rows, code=[0]
        )
        parts.append(
            f"<details><summary>{name}: {escape(table['description'])}</summary>"
            f'<div class="scroll" tabindex="0" role="region" aria-label="Table: columns of {name}">{listed}</div></details>'
        )
    return (
        '<section id="columns" aria-labelledby="h-columns"><h2 id="h-columns">Columns and units</h2>'
        '<p class="note">Names are CF standard names where CF has one. Flags of observations are QARTOD\'s: 1 good, '
        "2 not evaluated, 3 suspect, 4 failed, 9 missing. Flags of statistics: 1 complete, 3 partial, 9 too little "
        f"for a mean.</p>{''.join(parts)}</section>"
    )


@cache
def _units() -> dict[str, str]:
    from weather_etl.core import UNIT_OF

    written = {"degC": "°C", "degree": "°", "W/m2": "W/m²", "1": ""}
    return {name: written.get(unit, unit) for name, unit in UNIT_OF.items()}


def _footer(report: Report) -> str:
    holds = (
        f" It holds the last {_count(len(report.days), 'day')} by day and the last "
        f"{_count(report.hour_days, 'day')} by hour, so that it stays small however long the history is; "
        "the datasets hold everything."
        if report.days
        else ""
    )
    return (
        '<footer class="wrap"><p>Made by <code>weather report</code>. This file asks for nothing from any network; '
        f"its charts are drawn by uPlot (MIT licence, in this file).{holds}</p></footer>"
    )


# ---- pieces


def _table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Iterable[int] = (),
    code: Iterable[int] = (),
    markup: bool = False,
) -> str:
    """Return a table; the first cell of each row is its heading.

    Args:
        caption: what it shows.
        head: headings of the columns.
        rows: cells.
        numeric: columns of numbers.
        code: columns of names that may be broken anywhere.
        markup: whether cells are HTML already.
    """
    right, names = set(numeric), set(code)

    def css(index: int) -> str:
        return ' class="num"' if index in right else ' class="id"' if index in names else ""

    heading = "".join(f'<th scope="col"{css(i)}>{escape(cell)}</th>' for i, cell in enumerate(head))
    body = ""
    for row in rows:
        first, *others = [cell if markup else escape(cell) for cell in row]
        cells = "".join(f"<td{css(index)}>{cell}</td>" for index, cell in enumerate(others, 1))
        body += f'<tr><th scope="row"{css(0)}>{first}</th>{cells}</tr>'
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>"


def _share(station: Station) -> tuple[float, int, int]:
    """Return the share of complete days since a station's first, how many they are, and how many are due."""
    if station.first_day is None:
        return 0.0, 0, 0
    since = station.coverage[station.first_day :]
    complete = int(np.count_nonzero(np.nan_to_num(since) >= COMPLETE))
    return complete / len(since), complete, len(since)


def _last_day(station: Station) -> int | None:
    present = np.flatnonzero(~np.isnan(station.coverage))
    return int(present[-1]) if len(present) else None


def _day_text(report: Report, index: int | None) -> str:
    return "none" if index is None else report.days[index]


def _local(station: Station, time: int) -> str:
    from datetime import UTC, datetime, timedelta

    offset = station.offsets[0][1] if station.offsets else 0
    for since, seconds in station.offsets:
        offset = seconds if since <= time else offset
    return f"{datetime.fromtimestamp(time, UTC) + timedelta(seconds=offset):%Y-%m-%d %H:%M}"


def _period(days: Sequence[str]) -> str:
    return days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"


def _instant(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z").split(".")[0] + " UTC" if text else "an unknown time"


def _percent(part: int, whole: int) -> str:
    if not whole:
        return "none"
    share = 100 * part / whole
    # Only what is whole may read 100 %.
    return "100 %" if part == whole else f"{min(share, 99.9):.1f} %"


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def _plain(variable: str) -> str:
    return variable.replace("_", " ")
