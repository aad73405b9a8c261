"""The ledger as a document: what it says, what it refuses, and a converter of another network's form."""

import csv
import io

import pytest
from weather_etl.settings.config import ConfigError, RunConfig
from weather_etl.settings.ledger import COLUMNS, parse_ledger, render_ledger

from tests.etl.settings.promice import converted

GOOD = """\
from,to,station,variable,action,value,comment,link
2025-06-01T00:00:00Z,2025-06-08T00:00:00+07:00,,air_temperature relative_humidity,withhold,,"fan, still",
# a remark

2025-06-08T00:00:00Z,,d2,air_pressure,add,-1.4,moved,https://example.org/1
,,,*,withhold_above,1e4,,
"""


def test_entries() -> None:
    entries, problems = parse_ledger(GOOD.encode(), "ledger/d5.csv")
    assert problems == []
    first, second, third = entries
    assert first.variables == ("air_temperature", "relative_humidity")
    assert (first.to_us or 0) - (first.from_us or 0) == (7 * 24 - 7) * 3600 * 1_000_000
    assert (second.station, second.action, second.value, second.to_us) == ("d2", "add", -1.4, None)
    assert len(third.variables) > 20
    assert (third.from_us, third.to_us) == (None, None)


def test_every_problem_at_once() -> None:
    wrong = (
        ",".join(COLUMNS) + "\n"
        "yesterday,,,air_temperature,withhold,,,\n"
        ",,,temprature,withhold,,,\n"
        ",,,air_temperature,delete,,,\n"
        ",,,air_temperature,add,,,\n"
        ",,,air_temperature,add,much,,\n"
        ",,,air_temperature\n"
        ",,,,withhold,,,\n"
    )
    with pytest.raises(ConfigError) as error:
        RunConfig().with_ledgers({"d5": wrong.encode(), "d6": b"from,to\n"})
    text = str(error.value)
    for entry in range(1, 8):
        assert f"ledger/d5.csv entry {entry}" in text
    assert "'yesterday' is not accepted; right would be: an instant with an offset" in text
    assert "'temprature' is not a variable" in text
    assert "withhold_below" in text
    assert "value: is missing for add" in text
    assert "ledger/d6.csv: has no column variable" in text


def test_an_entry_that_ends_before_it_begins() -> None:
    text = "from,to,variable,action\n2025-06-08T00:00:00Z,2025-06-01T00:00:00Z,air_temperature,withhold\n"
    entries, problems = parse_ledger(text.encode(), "ledger/d5.csv")
    assert entries == []
    assert [str(one) for one in problems] == [
        "ledger/d5.csv entry 1: ends before it begins; right would be: from before to"
    ]


def test_a_site_that_the_document_does_not_name_may_have_a_ledger() -> None:
    config = RunConfig().with_ledgers({"d5": GOOD.encode()})
    assert len(config.site("d5").ledger) == 3
    assert config.site("d6").ledger == ()


def test_what_is_written_is_read() -> None:
    rows = list(csv.DictReader(io.StringIO(GOOD.replace("# a remark\n\n", ""))))
    assert parse_ledger(render_ledger(rows).encode(), "x") == parse_ledger(GOOD.encode(), "x")


# Files in the form of PROMICE-AWS-data-issues; the published ones carry no licence, so these are our own.
FLAGS = """\
t0,t1,variable,flag,comment,URL_graphic
2022-03-03T00:00:00+00:00,2023-06-09T04:00:00+00:00, wspd_u,NAN,anemometer iced in,https://example.org/76

,2009-04-06T00:00:00+00:00,t_u rh_u z_boom_u,NAN,installation,
2025-01-20T00:00:00+00:00,,rh_u,DECOR,no longer follows,
2024-05-27 12:00:00,2024-05-28,*,NAN,maintenance,
2021-01-01T00:00:00+00:00,2021-02-01T00:00:00+00:00,p_u,CHECKME,looks odd,
2021-01-01T00:00:00+00:00,2021-02-01T00:00:00+00:00,t_i_.*($),NAN,strings,
"""
ADJUSTMENTS = """\
t0,t1,variable,adjust_function,adjust_value,comment,URL_graphic
,,rh_u,min_filter,20, removing noise,
# 2013-11-06T00:00:00+00:00,,p_u,add,1.9,no longer,
2023-01-01T00:00:00+00:00,2023-11-01T00:00:00+00:00,p_u,max_filter,900.0,filtered,
2024-05-28T00:00:00+00:00,,wdir_u,rotate,90,turned,
2015-05-05T00:00:00+00:00,,t_u,add,-0.3,calibrated,
"""


@pytest.mark.parametrize(
    ("text", "actions", "left"),
    [
        (FLAGS, ["withhold"] * 4, 2),
        (ADJUSTMENTS, ["withhold_below", "withhold_above", "add"], 1),
    ],
)
def test_the_form_of_promice_becomes_a_ledger(text: str, actions: list[str], left: int) -> None:
    rows, rest = converted(text)
    assert [row["action"] for row in rows] == actions
    assert len(rest) == left
    entries, problems = parse_ledger(render_ledger(rows).encode(), "ledger/KAN_U.csv")
    assert problems == []
    assert [one.action for one in entries] == actions
