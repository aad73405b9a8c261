"""A source one or two levels too high or too low, or by date first, is told from where messages lie."""

import pytest
from weather_etl.lake.layout import misplaced


@pytest.mark.parametrize(
    ("first", "told"),
    [
        # one and two levels too high, with dates below the site or without
        ({"telemetry": "telemetry/garden/1.json"}, "Did you mean --source s3://b/p/telemetry?"),
        ({"telemetry": "telemetry/garden/2026/11/1.json"}, "Did you mean --source s3://b/p/telemetry?"),
        ({"weatherPlatform": "weatherPlatform/telemetry/garden/1.json"}, "--source s3://b/p/weatherPlatform/telemetry?"),
        ({"raw": "raw/a/b/garden/dt=2026-11-01/1.json"}, "--source s3://b/p/raw/a/b?"),
        # dates first: Firehose, Hive, several years
        ({"2026": "2026/11/14/00/x.json"}, "holds folders by date (2026)"),
        ({"2025": "2025/12/1.json", "2026": "2026/01/1.json"}, "by date (2025, 2026)"),
        ({"year=2026": "year=2026/month=11/x.json"}, "by date (year=2026)"),
        ({"2026-11-14": "2026-11-14/x.json"}, "by date"),
        ({"20261114": "20261114/x.json"}, "by date"),
        ({"2026-11-14T03": "2026-11-14T03/x.json", "2026-11-14T04": "2026-11-14T04/x.json"}, "by date"),
        ({"06.11.2026": "06.11.2026/garden/x.json"}, "by date"),
        ({"6-11-2026": "6-11-2026/x.json"}, "by date"),
        ({"2026-W45": "2026-W45/garden/x.json"}, "by date"),
        ({"2026Q4": "2026Q4/garden/x.json"}, "by date"),
        ({"Nov": "Nov/garden/x.json", "December": "December/garden/x.json"}, "by date"),
        ({"November 2026": "November 2026/garden/x.json"}, "by date"),
        ({"06-Nov-2026": "06-Nov-2026/garden/x.json"}, "by date"),
    ],
)  # fmt: skip
def test_what_is_not_meant_is_refused_with_what_may_be(first, told):
    assert told in misplaced("s3://b/p/", first)


@pytest.mark.parametrize(
    "first",
    [
        {},
        {"garden": "garden/1.json"},
        {"garden": "garden/2026/11/14/1.json", "roof": "roof/2026/11/14/1.json"},
        {"garden": "garden/dt=2026-11-14/hour=03/1.json"},
        {"garden": "garden/device-1/1.json", "roof": "roof/device-2/1.json"},  # devices of several sites
        {"garden": "1.json"},  # a folder of messages alone is one site
        {"garden": None},
        {"1": "1/x.json", "12": "12/x.json", "007": "007/x.json"},
        {"2026": "2026/1.json", "roof": "roof/1.json"},
        {"mayfield": "mayfield/1.json", "marina": "marina/1.json", "junction": "junction/1.json"},
        {"48900": "48900/1.json", "20763": "20763/1.json"},  # numbers of stations
        {"192.168.20.2026": "192.168.20.2026/1.json"},
    ],
)
def test_what_is_in_its_place_is_not(first):
    assert misplaced("lake", first) is None


def test_a_year_as_source_is_told_too():
    assert "by date" in misplaced("lake/garden/2026", {"01": "01/x.json", "11": "11/x.json"})
