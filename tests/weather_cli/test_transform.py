"""`weather transform` says which sites, stations and zone it took, and what it did not do."""

import json
import os
from datetime import UTC, datetime

import pytest

from weather_cli.cli import main

NOON = 1_794_000_000  # 2026-11-06, 20:00 UTC


@pytest.fixture
def world(tmp_path, capsys):
    """A lake of two sites and a way to run it."""
    lake = tmp_path / "lake"
    for site, value in (("garden", 12.0), ("roof", 16.0)):
        for step in range(30):
            at = NOON + step * 600
            write(lake / site / f"{at * 1000}.json", {"station_id": site, "temperature": value, "time": at})

    def transform(*words, source=lake, status=0):
        target = tmp_path / "out"
        assert (
            main(["transform", "--source", str(source), "--target", str(target), *map(str, words)]) == status
        )
        said = capsys.readouterr()
        return said.out if status == 0 else said.err

    return lake, tmp_path, transform


def write(path, document, at=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    if at:
        os.utime(path, (at, at))


def test_it_says_which_sites_stations_and_zone_it_took(world):
    _, _, transform = world
    said = transform()
    assert "sites: 2, with 2 stations: garden, roof" in said
    assert "zone of local times: Asia/Ho_Chi_Minh (default; --timezone or a site's timezone)" in said
    assert "zone of local times: Europe/Berlin\n" in transform("--timezone", "Europe/Berlin")


@pytest.mark.parametrize("levels", [1, 2])
def test_a_source_too_high_is_refused_before_anything_is_written(world, levels):
    lake, base, transform = world
    above = base / "high"
    inner = above / "/".join(["a", "b"][:levels])
    inner.parent.mkdir(parents=True)
    lake.rename(inner)
    said = transform(source=above, status=2)
    assert f"Did you mean --source {inner}?" in said
    assert not list((base / "out").glob("observations"))
    assert "garden, roof" in transform(source=inner)


def test_a_source_of_dates_is_refused(world):
    lake, base, transform = world
    (base / "dates/2026/11").mkdir(parents=True)
    lake.rename(base / "dates/2026/11/06")
    assert "holds folders by date (2026)" in transform(source=base / "dates", status=2)


def test_an_address_without_a_site_is_an_error_and_not_a_pass(world):
    _, base, transform = world
    (base / "nothing").mkdir()
    assert "holds no site" in transform(source=base / "nothing", status=2)


def test_nothing_new_says_what_is_left_to_do(world):
    lake, _, transform = world
    transform()
    write(
        lake / "garden/late.json",
        {"station_id": "garden", "temperature": 11.0, "time": NOON - 600},
        NOON - 600,
    )
    said = transform()
    assert "nothing new was read" in said
    assert "1 objects were never read" in said
    assert "--full" in said
    assert "62 =" not in said
    full = transform("--full")
    assert "61 listed = 61 read" in full
    assert "nothing new" not in full


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--timezone", "Europe/Berlin"], "zone of local times: Asia/Ho_Chi_Minh then, Europe/Berlin now"),
        (["--week-start", "monday"], "first day of the week: sunday then, monday now"),
        (["--config", "CONFIG"], "configuration or profiles"),
    ],
)
def test_what_changed_since_the_last_run_is_noticed(world, words, told):
    _, base, transform = world
    transform()
    assert "changed since" not in transform()
    (base / "run.json").write_text(json.dumps({"sites": {"garden": {"elevation_m": 30}}}))
    words = [str(base / "run.json") if word == "CONFIG" else word for word in words]
    said = transform(*words)
    assert f"changed since the last run: {told}" in said
    assert "--full reads the whole lake again" in said
    assert "changed since" not in transform(
        "--full", *(str(base / "run.json") if w == "CONFIG" else w for w in words)
    )


def test_another_source_is_noticed(world):
    lake, base, transform = world
    transform()
    lake.rename(base / "other")
    assert "changed since the last run: source" in transform(source=base / "other")


def test_a_site_of_the_configuration_that_is_not_there_is_told(world):
    _, base, transform = world
    (base / "run.json").write_text(json.dumps({"sites": {"gardn": {"timezone": "UTC"}}}))
    assert "speaks of site gardn, which the source does not hold; did you mean garden?" in transform(
        "--config", base / "run.json"
    )


@pytest.mark.parametrize(("zone", "told"), [("Asia/Ho_Chi_Minh", True), ("Europe/Berlin", False)])
def test_local_times_read_in_another_zone_are_noticed(world, zone, told):
    """A device in Berlin says 17:00 when it is 16:00 UTC."""
    lake, _, transform = world
    for step in range(12):
        arrived = NOON + step * 600
        local = datetime.fromtimestamp(arrived + 3600, UTC).strftime("%Y-%m-%d %H:%M:%S")
        write(lake / f"berlin/{arrived * 1000 + 5000}.json", {"temp_c": 20.1, "hum": 50, "time": local})
    said = transform("--timezone", zone)
    assert ("device times of berlin lie 6 h before their arrival" in said) == told
    assert "device times of garden" not in said


def test_what_was_left_out_doubted_or_guessed_is_said(world):
    lake, _, transform = world
    for step in range(200):
        at = NOON + step * 600
        odd = {"temperature": 99.0} if step < 5 else {"temperature": 12 + step % 7, "snow": 3}
        write(lake / f"roof/{at * 1000}.json", {"station_id": "roof", "time": at} | odd)
    (lake / f"roof/{NOON * 1000 + 1}.json").write_text("{not json")
    said = transform()
    assert "quarantined were 1 json_invalid" in said
    assert "left out were fields that no profile maps: 195 generic:snow" in said
    assert "in no statistic: 5 roof air_temperature" in said
    assert "nothing says the unit of air_temperature" in said


def test_two_stations_taken_for_one_are_no_pass(world):
    lake, base, transform = world
    for site in ("garden", "roof"):
        (lake / site).rename(base / site)
    (base / "cities/hue").mkdir(parents=True)
    (base / "cities/hanoi").mkdir()
    for site, city in (("garden", "hue"), ("roof", "hue")):
        (base / site).rename(base / "cities" / city / site)
        for path in (base / "cities" / city / site).iterdir():
            document = json.loads(path.read_text())
            del document["station_id"]
            path.write_text(json.dumps(document))
    write(base / "cities/hanoi/x/1794000000000.json", {"temperature": 20, "time": NOON})
    said = transform(source=base / "cities", status=3)
    assert "30 of 31 values are contradicted by another message of the same station and time" in said


PROFILE = {
    "format": 1,
    "name": "attic_probe",
    "title": "Probe in the attic",
    "source": "this test",
    "match": {"has": ["probe.t10", "at"]},
    "time": ["at"],
    "values": {"air_temperature": {"path": "probe.t10", "scale": 0.1}},
}


def test_profiles_are_given_as_files_and_kept_beside_the_run(world):
    lake, base, transform = world
    for step in range(30):
        write(
            lake / f"attic/{(NOON + step * 600) * 1000}.json",
            {"probe": {"t10": 215}, "at": NOON + step * 600},
        )
    (base / "probe.json").write_text(json.dumps(PROFILE))
    said = transform("--profiles", base / "probe.json")
    assert "attic" in said
    rows = (base / "out/observations/site=attic").rglob("*.csv")
    assert all("attic_probe" in path.read_text() and ",21.5," in path.read_text() for path in rows)
    [kept] = (base / "out/_runs").glob("*/config.json")
    assert json.loads(kept.read_bytes())["profiles"] == [PROFILE]
    assert "cannot be read" in transform("--profiles", lake / "none.txt", status=2)
