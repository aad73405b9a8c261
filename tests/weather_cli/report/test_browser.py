"""The report in a real browser: what it draws is read back from the page and compared with the CSV files.

Needs Chromium or Chrome (Debian: `apt-get install chromium`); CHROMIUM=... names one.  Pictures of each page
at three widths stay in dist/screenshots.
"""

import csv
import json
import os
import shutil
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from weather_etl.lake import LocalStorage
from weather_report import Target
from weather_report.charts import CHARTS

from weather_cli.report import write_report

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
PICTURES = Path(__file__).parents[3] / "dist/screenshots"
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
WIDTHS = (390, 820, 1280)

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium or Chrome here: install one, or name it by CHROMIUM="
)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(datasets, tmp_path_factory):
    """The files of three reports: a good one, a failed execution, and names that would be markup."""
    folder = tmp_path_factory.mktemp("pages")
    failed = folder / "failed-target"
    record = {
        "runId": "r",
        "state": "StartGlueJob",
        "error": "States.TaskFailed",
        "cause": "it is gone",
        "failedAt": "2026-11-22T17:00:00Z",
    }
    (failed / "errors").mkdir(parents=True)
    (failed / "errors/r.json").write_text(json.dumps(record))
    evil = folder / "evil-target"
    for name in ("daily", "hourly"):
        (evil / name).mkdir(parents=True)
        (evil / name / "site=%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E").symlink_to(
            datasets / name / "site=JFK"
        )
    targets = {"good": datasets, "failed": failed, "evil": evil}
    for name, target in targets.items():
        write_report(Target(LocalStorage(str(target))), folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in targets}


@pytest.fixture
def show(browser, pages):
    """Open a page in a context without network; what it says on the console and asks for is kept."""
    contexts = []

    def opened(name, **options):
        context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append((message.type, message.text)))
        page.on("pageerror", lambda error: page.said.append(("error", str(error))))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(pages[name].as_uri())
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()


def csv_rows(datasets, name):
    """Return the rows of a dataset by site and start."""
    rows = defaultdict(dict)
    for path in (datasets / name).rglob("*.csv"):
        site = path.parents[1].name.removeprefix("site=")
        with path.open(newline="") as lines:
            for row in csv.DictReader(lines):
                if (
                    row["local_date"] >= "2013-02-10"
                ):  # before, there is but the rain that was read at midnight
                    rows[site][_seconds(row, name)] = row
    return rows


def _seconds(row, name):
    if name == "daily":
        return (date.fromisoformat(row["local_date"]) - date(1970, 1, 1)).days * 86400
    return int(datetime.fromisoformat(row["window_start_utc"]).astimezone(UTC).timestamp())


@pytest.mark.parametrize("name", ["good", "failed", "evil"])
def test_it_is_silent_and_asks_for_nothing(show, pages, name):
    page = show(name)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert page.said == []
    assert page.asked == [pages[name].as_uri()]


@pytest.mark.parametrize(("span", "dataset"), [("hours", "hourly"), ("days", "daily")])
def test_each_chart_shows_the_numbers_of_the_files(show, datasets, span, dataset):
    page = show("good")
    truth = csv_rows(datasets, dataset)
    compared = 0
    for index, site in enumerate(sorted(truth)):
        page.click(f"#span-{span}")
        page.evaluate("index => weatherReport.choose(index)", index)
        drawn = page.evaluate(
            "() => weatherReport.plots.map(({plot, chart}) => ({chart, data: plot.data,"
            " labels: plot.series.map(one => one.label)}))"
        )
        expected = {
            chart.name
            for chart in CHARTS
            if any(
                row[column] for row in truth[site].values() for one in chart.series for column in one.columns
            )
        }
        assert {one["chart"] for one in drawn} == expected
        for chart in drawn:
            times = chart["data"][0]
            assert [time for time in times if time in truth[site]] == sorted(truth[site])
            for label, values in zip(chart["labels"][1:], chart["data"][1:], strict=True):
                column = label.replace("_min high", "_max")
                for time, value in zip(times, values, strict=True):
                    text = truth[site].get(time, {}).get(column, "")
                    assert value == (float(text) if text else None), (site, column, time)
                    compared += value is not None
    print(f"{compared:,} numbers of {dataset} read back from the page")
    assert compared > {"hourly": 14_000, "daily": 500}[dataset]


def test_the_first_picture_shows_the_days_of_the_files(show, datasets):
    page = show("good")
    cells = page.evaluate(
        "() => [...document.querySelectorAll('#heat .cell')].map(cell => ({...cell.dataset}))"
    )
    found = {(cell["station"], cell["day"]): float(cell["coverage"]) for cell in cells}
    truth = {
        (site, row["local_date"]): float(row["coverage"])
        for site, rows in csv_rows(datasets, "daily").items()
        for row in rows.values()
    }
    assert found == truth


@pytest.mark.parametrize(("span", "dataset"), [("hours", "hourly"), ("days", "daily")])
def test_the_wind_rose_counts_the_slots_of_the_files(show, datasets, span, dataset):
    page = show("good")
    page.click(f"#span-{span}")
    for index, (site, rows) in enumerate(sorted(csv_rows(datasets, dataset).items())):
        page.evaluate("index => weatherReport.choose(index)", index)
        slots = page.evaluate(
            "() => [...document.querySelectorAll('.rose path[data-slots]')].map(one => [one.dataset.sector, Number(one.dataset.slots)])"
        )
        found = defaultdict(int)
        for sector, count in slots:
            found[sector] += count
        truth = [0] * 16
        for row in rows.values():
            for sector, count in enumerate((row["wind_rose"] or " ".join("0" * 16)).split()):
                truth[sector] += int(count)
        names = [
            "N",
            "NNE",
            "NE",
            "ENE",
            "E",
            "ESE",
            "SE",
            "SSE",
            "S",
            "SSW",
            "SW",
            "WSW",
            "W",
            "WNW",
            "NW",
            "NNW",
        ]
        assert dict(found) == {name: count for name, count in zip(names, truth, strict=True) if count}, site


def test_the_keyboard_reads_single_values(show, datasets):
    page = show("good")
    page.focus("[data-chart=temperature] .plot")
    page.keyboard.press("ArrowRight")
    first = min(csv_rows(datasets, "hourly")["EWR"].items())[1]
    told = page.inner_text("[data-chart=temperature] .stats")
    assert told.startswith("Sun 10 Feb 2013, 00:00:")
    assert first["air_temperature_mean"].replace("-", "−") in told
    page.focus("#heat .scroll")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#heat-readout").startswith("EWR, Fri 22 Feb 2013: 100 % arrived")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "station"
    assert page.input_value("#station") == "1"


def test_the_download_holds_what_is_shown(show, datasets, tmp_path):
    page = show("good")
    with page.expect_download() as started:
        page.click("#save-hours")
    path = tmp_path / "down.csv"
    started.value.save_as(path)
    with path.open(newline="") as lines:
        rows = {row["window_start"]: row for row in csv.DictReader(lines)}
    truth = {row["window_start"]: row for row in csv_rows(datasets, "hourly")["EWR"].values()}
    assert rows.keys() == truth.keys()
    for start, row in rows.items():
        for column, text in row.items():
            if column not in ("site", "station_id", "window_start"):
                assert (float(text) if text else None) == (
                    float(truth[start][column]) if truth[start][column] else None
                )


def test_all_stations_together(show):
    page = show("good")
    page.select_option("#station", "all")
    labels = page.evaluate("() => weatherReport.plots[0].plot.series.slice(1).map(one => one.label)")
    assert labels == ["EWR", "JFK", "LGA"]
    assert page.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["good", "failed"])
def test_axe_finds_nothing(show, name, scheme):
    page = show(name, color_scheme=scheme)
    for details in page.query_selector_all("details"):
        details.evaluate("one => one.open = true")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    found = Axe().run(page)
    told = [
        (one["id"], one["impact"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found.response["violations"]
    ]
    assert told == []
    assert len(found.response["passes"]) > 15


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["good", "failed"])
def test_it_fits_the_width_and_is_pictured(show, name, width):
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page = show(name, color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(250)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
        page.close()


def test_paper_shows_the_charts_in_light_colours(show):
    page = show("good", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    PICTURES.mkdir(parents=True, exist_ok=True)
    assert len(page.pdf(path=PICTURES / "good.pdf")) > 100_000
    assert page.said == []
