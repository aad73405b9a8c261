"""Good and bad cases of the estimate against the budget."""

from __future__ import annotations

from tests.policies.case import Bad, Case
from tests.policies.engine import Declared
from tests.policies.parts import budget, crawler, job, log_group, pipeline, rule, target

WEEKLY = [job(), crawler(), pipeline(), rule(), target(), log_group()]
HOURLY = [job(), crawler(), pipeline(), rule(scheduleExpression="rate(1 hour)"), target(), log_group()]
DASHBOARDS = [Declared("aws:cloudwatch/dashboard:Dashboard", f"d{i}") for i in range(7)]

CASES = {
    "weather-stack-cost-estimate": Case(
        good=[[*WEEKLY, budget()], WEEKLY, [*HOURLY[:3], rule(state="DISABLED"), target(), budget()]],
        bad=[
            Bad([*HOURLY, budget()], "allowed 20.00: Glue crawlers 107.14 (243.5 DPU hours)"),
            Bad([*WEEKLY, budget(limitAmount="1")], "allowed 1.00: Glue crawlers 0.64"),
            Bad([*WEEKLY, *DASHBOARDS, budget()], "dashboards 21.00 (7.0 dashboards)"),
            Bad([*WEEKLY, budget(limitAmount="10")], "allowed 1.00", config={"maxShare": 0.1}),
            Bad([*WEEKLY, budget()], "job", config={"jobMinutes": 6000}),
            Bad([job(glueVersion="9.9"), *WEEKLY[1:], budget()], "prices.json has no price for job job"),
        ],
    ),
}
