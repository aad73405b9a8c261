"""Costs against bills worked out by hand."""

import json

import pytest
from weather_etl.engines.selection import OBJECT_CORE_S

from aws_prices import prices as price_list
from tests.policies.engine import InProcess, run
from tests.policies.whole import class_config, program
from weather_cli import cli
from weather_cli.cost.bill import (
    JobShape,
    Load,
    RunAmounts,
    crawl_usd,
    job_usd,
    load_measured,
    run_bill,
    total,
    weekly_amounts,
)
from weather_cli.stack.pipeline import stack_settings
from weather_policies.rules.stack import cost_estimate

PRICES = price_list()
MEASURED = {
    "object_core_seconds": 0.001,
    "objects_a_second": 100_000,
    "job_fixed_seconds": 20,
    "crawl_page_seconds": 0.1,
    "transitions_beside_polls": 14,
    "transitions_a_poll": 3,
    "puts_per_site": 10,
}
STANDARD = JobShape("5.1", "STANDARD", "G.1X", 2)


@pytest.fixture
def weather(capsys):
    def run(*arguments):
        assert cli.main(["cost", *arguments]) == 0
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    ("version", "execution_class", "usd"),
    # Five minutes on two G.1X workers are 1/6 DPU hour.
    [
        ("5.1", "STANDARD", 0.44 / 6),
        ("5.1", "FLEX", 0.29 / 6),
        ("6.0", "STANDARD", 0.308 / 6),
        ("6.0", "FLEX", 0.203 / 6),
    ],
)
def test_a_job_is_paid_by_the_second_and_dpu(version, execution_class, usd):
    assert job_usd(PRICES, JobShape(version, execution_class, "G.1X", 2), 300) == pytest.approx(usd)


def test_larger_workers_are_more_dpus():
    assert job_usd(PRICES, JobShape("5.1", "STANDARD", "G.2X", 3), 3600) == pytest.approx(6 * 0.44)


def test_job_and_crawl_have_their_minimum():
    assert job_usd(PRICES, STANDARD, 3) == job_usd(PRICES, STANDARD, 60) == pytest.approx(2 / 60 * 0.44)
    assert crawl_usd(PRICES, 1) == crawl_usd(PRICES, 600) == pytest.approx(2 / 6 * 0.44)
    assert crawl_usd(PRICES, 1200) == pytest.approx(2 / 3 * 0.44)


def test_the_bill_of_a_run():
    used = RunAmounts(
        job_seconds=300,
        crawl_seconds=100,
        transitions=40,
        objects_read=2500,
        objects_in_lake=10_001,
        puts=50,
        notifications=1,
    )
    usd = {line.item: line.usd for line in run_bill(PRICES, STANDARD, used)}
    assert usd == {
        "Glue job": pytest.approx(0.44 / 6),
        "Glue crawler": pytest.approx(0.44 / 3),
        "Step Functions": pytest.approx(40 * 0.025 / 1000),
        # 50 PUT and 3 LIST at $0.005 a thousand, 2,500 GET at $0.0004 a thousand
        "S3 requests of the job": pytest.approx(53 * 0.000005 + 2500 * 0.0000004),
        "S3 listing by the crawler": pytest.approx(11 * 0.000005),
        "SNS": pytest.approx(0.0000005),
    }


def test_the_amounts_of_a_week():
    # 15 stations, a message a minute: 15 x 10,080 messages; one executor of four cores: 20 + 151.2 / 4 s.
    used = weekly_amounts(MEASURED, STANDARD, Load(15, 60, weeks_of_history=10))
    assert used.objects_read == 151_200
    assert used.job_seconds == pytest.approx(57.8)
    # The crawler lists ten weeks: 1,512 pages, 151.2 s, two looks at it.
    assert used.objects_in_lake == 1_512_000
    assert used.crawl_seconds == pytest.approx(151.2)
    assert used.transitions == 14 + 2 * 3
    assert used.puts == 154


def test_every_core_works_on_few_stations_and_s3_bounds_them():
    many_cores = JobShape("5.1", "STANDARD", "G.1X", 10)
    used = weekly_amounts(MEASURED, many_cores, Load(3, 60))
    assert used.job_seconds == pytest.approx(20 + 30_240 * 0.001 / 36)
    used = weekly_amounts({**MEASURED, "objects_a_second": 5_000}, many_cores, Load(3, 60))
    assert used.job_seconds == pytest.approx(20 + 30_240 / 5_000)


def test_one_cell_of_the_table_by_hand(weather):
    # 1,000 stations, every 5 min: 2,016,000 messages. The job takes 30 s and 2,016,000 / 5,000 a second, on 2
    # DPUs: the worker's four cores could take them faster than S3 gives them.
    measured = load_measured()
    assert measured["object_core_seconds"] / 4 < 1 / 5000
    seconds = 30 + 403.2
    [week] = json.loads(weather("--json", "--stations", "1000", "--interval", "5m"))
    variants = {(v["glue_version"], v["execution_class"]): v for v in week["variants"]}
    assert week["messages"] == 2_016_000
    assert variants["5.1", "STANDARD"]["dpu_seconds"] == pytest.approx(2 * max(60, seconds))
    assert variants["5.1", "STANDARD"]["job_usd"] == pytest.approx(max(60, seconds) / 3600 * 2 * 0.44)
    assert variants["6.0", "FLEX"]["job_usd"] == pytest.approx(max(60, seconds) / 3600 * 2 * 0.203)
    # The crawler lists a year of 2,016 pages a week at $0.005 a thousand, beside its two DPUs.
    crawl_seconds = max(600, 52 * 2016 * measured["crawl_page_seconds"])
    crawl = crawl_seconds / 3600 * 2 * 0.44 + 52 * 2016 * 0.000005
    assert variants["6.0", "FLEX"]["crawl_usd"] == pytest.approx(crawl)


def test_costs_and_the_choice_of_an_engine_reckon_with_the_same_core_seconds():
    assert load_measured()["object_core_seconds"] == OBJECT_CORE_S


def test_the_table_has_every_load_asked_for(weather):
    weeks = json.loads(weather("--json"))
    assert [(week["stations"], week["interval_seconds"]) for week in weeks] == [
        (stations, every) for stations in (3, 15, 1000) for every in (10, 60, 300)
    ]
    for week in weeks:
        prices = {(v["glue_version"], v["execution_class"]): v["job_usd"] for v in week["variants"]}
        assert (
            prices["6.0", "FLEX"]
            < prices["5.1", "FLEX"]
            < prices["6.0", "STANDARD"]
            < prices["5.1", "STANDARD"]
        )


def test_the_printed_table_is_one_for_a_spreadsheet(weather):
    lines = weather().splitlines()
    table = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(table) == 10
    assert {len(row) for row in table} == {11}
    assert table[-1][:3] == ["1,000", "300", "2,016"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "local"])
def test_a_month_is_what_the_policy_pack_estimates_of_the_finished_stack(stack, weather):
    """The pack adds up what the program declares; told that nothing is allowed, it says its sum."""
    strict = class_config(stack) | {"weather-stack-cost-estimate": {"maxShare": 0}}
    [finding] = run(InProcess([cost_estimate], strict), program(stack))
    month = json.loads(weather("--stack", stack, "--json"))
    assert f"estimated {month['usd']:.2f} USD a month" in finding.message
    assert month["usd"] == pytest.approx(sum(line["usd"] for line in month["lines"]))


def test_a_month_follows_its_settings_and_its_load(weather):
    prod = json.loads(weather("--stack", "prod", "--json", "--stations", "15", "--interval", "1m"))
    lines = {line["item"]: line for line in prod["lines"]}
    settings = stack_settings("prod")
    assert lines["dashboards"]["usd"] == (3 if settings.monitoring.dashboard else 0)
    assert lines["KMS keys"]["usd"] == (1 if settings.protection.kms else 0)
    # 151,200 messages a week for a year at 700 bytes, at $0.023 a GB
    assert lines["S3 storage"]["usd"] == pytest.approx(151_200 * 52 * 700 / 1e9 * 0.023)
    assert prod["usd"] < prod["budget_usd"]


def test_a_month_is_printed_before_anything_is_deployed(weather):
    month = json.loads(weather("--json", "--stack", "prod"))
    assert month["usd"] == pytest.approx(sum(line["usd"] for line in month["lines"]))
    assert month["usd"] < month["budget_usd"]
    printed = weather("--stack", "prod")
    assert f"a month\t\t\t{month['usd']:.2f}" in printed


@pytest.mark.parametrize(
    "arguments",
    [["--stack", "nowhere"], ["--stations", "0"], ["--interval", "soon"], ["--interval", "-5s"]],
)
def test_wrong_usage(arguments, capsys):
    try:
        status = cli.main(["cost", *arguments])
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_totals_add_up():
    bill = run_bill(PRICES, STANDARD, weekly_amounts(MEASURED, STANDARD, Load(3, 10)))
    assert total(bill) == pytest.approx(sum(line.usd for line in bill))
