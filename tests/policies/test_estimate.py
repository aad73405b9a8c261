"""The arithmetic of the estimate by hand, and how often schedules fire."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_prices import NoPriceError, estimate, prices
from components.schedule import WEEKDAYS, weekly_cron
from tests.policies.engine import InProcess, run
from tests.policies.whole import program
from weather_policies.cost.declared import read
from weather_policies.kit.stack import Stack
from weather_policies.readers import schedule
from weather_policies.rules.stack import cost_estimate

PRICES = prices()
WEEKS = 365.25 / 12 / 7
WEEKLY = estimate.Declared(
    jobs=(estimate.Job("job", WEEKS, 2, "G.1X", "5.1", "FLEX"),),
    crawls=WEEKS,
    machines=(estimate.Machine("m", WEEKS, states=20, loop_states=3, poll_seconds=120),),
    retention_days=365.25 / 12,
    alarms=5,
    metrics=10,
    metric_runs=WEEKS,
    dashboards=1,
    keys=1,
)
ASSUMED = estimate.Assumptions(
    job_minutes=10,
    crawl_minutes=4,
    messages_per_month=100_000,
    months_kept=12,
    message_bytes=1000,
    log_bytes_per_run=1e9,
    puts_per_run=100,
)


def usd(item: str, declared=WEEKLY, assumed=ASSUMED) -> float:
    lines = {line.item: line.usd for line in estimate.bill(declared, assumed, PRICES)}
    return lines[item]


def test_each_line_by_hand():
    assert usd("Glue job job") == pytest.approx(WEEKS * 10 / 60 * 2 * 0.29)
    assert usd("Glue crawlers") == pytest.approx(WEEKS * 10 / 60 * 2 * 0.44), "ten minutes are the minimum"
    assert usd("Step Functions") == pytest.approx(WEEKS * (20 + 3 * 2) / 1000 * 0.025)
    gets, lists, puts = 100_000, 1_200 * WEEKS + 100, 100 * WEEKS
    assert usd("S3 requests") == pytest.approx(gets / 1000 * 0.0004 + (lists + puts) / 1000 * 0.005)
    assert usd("S3 storage") == pytest.approx(1.2 * 0.023)
    assert usd("CloudWatch logs") == pytest.approx(WEEKS * (0.50 + 0.03))
    assert usd("custom metrics") == pytest.approx(10 * WEEKS / 730.5 * 0.30)
    assert usd("alarms") == pytest.approx(0.5)
    assert usd("dashboards") == pytest.approx(3)
    assert usd("KMS keys") == pytest.approx(1)


def test_a_stack_that_declares_nothing_costs_nothing():
    assert estimate.total(estimate.bill(estimate.Declared(), ASSUMED, PRICES)) == 0


def test_an_unknown_version_has_no_price():
    job = dataclasses.replace(WEEKLY.jobs[0], version="9.9")
    with pytest.raises(NoPriceError, match="job"):
        estimate.bill(dataclasses.replace(WEEKLY, jobs=(job,)), ASSUMED, PRICES)


def test_logs_without_retention_are_counted_for_ten_years():
    forever = dataclasses.replace(WEEKLY, retention_days=None)
    assert usd("CloudWatch logs", forever) > 5 * usd("CloudWatch logs")


@given(
    st.sampled_from(["jobs", "crawls", "alarms", "metrics", "dashboards", "keys"]),
    st.integers(min_value=2, max_value=50),
)
def test_more_of_anything_never_costs_less(what, times):
    value = getattr(WEEKLY, what)
    more = dataclasses.replace(WEEKLY, **{what: value * times})
    before, after = (estimate.total(estimate.bill(d, ASSUMED, PRICES)) for d in (WEEKLY, more))
    assert after > before


def test_what_the_real_program_declares(monkeypatch):
    seen = []

    def looking(stack: Stack, config):
        seen.append(read(stack, events_per_month=800_000))
        return iter(())

    monkeypatch.setattr(cost_estimate, "judge", looking)
    run(InProcess([cost_estimate]), program("prod", preview=True))
    [reading] = seen
    assert reading.unread == ()
    assert reading.coverage.unpriced == {}
    found = reading.declared
    assert [(j.version, j.execution_class, j.workers) for j in found.jobs] == [("5.1", "STANDARD", 2)]
    assert [j.runs for j in found.jobs] == pytest.approx([WEEKS])
    assert found.crawls == pytest.approx(WEEKS)
    assert {(m.name, m.loop_states) for m in found.machines} == {
        ("orchestration-pipeline", 3),
        ("orchestration-watchdog", 0),
    }
    assert (found.metrics, found.dashboards, found.keys) == (10, 1, 1)


SCHEDULES = [
    ("cron(0 17 ? * SAT *)", WEEKS),
    ("cron(0 17 ? * 7 *)", WEEKS),
    ("cron(0 0 ? * SUN-SAT *)", 7 * WEEKS),
    ("cron(0 0 ? * FRI-MON *)", 4 * WEEKS),
    ("cron(15 10 1 * ? *)", 1.0 * 365.25 / 12 / 31),
    ("cron(0 12 L * ? *)", 1.0),
    ("cron(0 12 15W * ? *)", 1.0),
    ("cron(0 8 ? * 2#1 *)", 1.0),
    ("cron(0/10 * ? * MON-FRI *)", 6 * 24 * 5 * WEEKS),
    ("cron(0 0,12 * JAN-JUN ? *)", 2 * 365.25 / 12 / 2),
    ("rate(7 days)", WEEKS),
    ("rate(1 minute)", 365.25 / 12 * 1440),
    ("at(2027-01-01T00:00:00)", 0.0),
]
NONSENSE = [
    *("cron(0 17 * * SAT *)", "cron(0 17 ? * SAT)", "cron(60 17 ? * SAT *)", "cron(0 17 ? * SAX *)"),
    *("cron(0 24 * * ? *)", "cron(0 0 ? 13 MON *)", "cron(0 0 ? * MON year)", "cron(0/0 0 ? * MON *)"),
    *("rate(0 minutes)", "rate(1 fortnight)", "every sunday", "", "cron()", "cron(? ? ? ? ? ?)"),
]


@pytest.mark.parametrize(("expression", "expected"), SCHEDULES)
def test_firings_in_a_month(expression, expected):
    assert schedule.per_month(expression) == pytest.approx(expected)


@pytest.mark.parametrize("expression", NONSENSE)
def test_nonsense_is_no_schedule(expression):
    assert schedule.per_month(expression) is None


@given(
    st.sampled_from(WEEKDAYS),
    st.times(max_value=dt.time(23, 59)),
    st.integers(min_value=-12 * 4, max_value=14 * 4),
)
def test_every_schedule_the_program_can_make_fires_weekly(weekday, time, quarters):
    sign, minutes = "-" if quarters < 0 else "+", abs(quarters) * 15
    offset = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    assert schedule.per_month(weekly_cron(weekday, f"{time:%H:%M}", offset)) == pytest.approx(WEEKS)


@given(st.text(alphabet="cron(rate)0123456789 *?/-,#LWSATMONdays", max_size=40))
def test_any_text_is_survived(text):
    schedule.per_month(text)
