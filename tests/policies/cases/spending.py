"""Good and bad cases of the rules on the stack as a whole: its cost, what starts what, what is not judged."""

from __future__ import annotations

import json

from tests.policies.case import Bad, Case
from tests.policies.engine import Declared
from tests.policies.parts import MACHINE_ARN, budget, crawler, job, log_group, pipeline, rule, target, task
from tests.policies.parts import machine as machine_of

WEEKLY = [job(), crawler(), pipeline(), rule(), target(), log_group()]
HOURLY = [job(), crawler(), pipeline(), rule(scheduleExpression="rate(1 hour)"), target(), log_group()]
DASHBOARDS = [Declared("aws:cloudwatch/dashboard:Dashboard", f"d{i}") for i in range(7)]

JOB = "WeatherDataTransformJob-abc123"
RUN = {"JobName": JOB, "NumberOfWorkers": 299, "WorkerType": "G.8X", "ExecutionClass": "STANDARD"}


def mapped(items: object) -> Declared:
    inner = {"StartAt": "X", "States": {"X": task("glue:startJobRun.sync", {"JobName": JOB}, End=True)}}
    return machine_of({"Start": {"Type": "Map", "Items": items, "ItemProcessor": inner, "End": True}})


def running(**arguments: object) -> Declared:
    return machine_of({"Start": task("glue:startJobRun.sync", arguments, End=True)})


def listening(pattern: object) -> list[Declared]:
    kind, named = "aws:cloudwatch/eventRule:EventRule", {"name": "again", "eventPattern": pattern}
    inputs = {"rule": "again", "arn": MACHINE_ARN}
    target_ = Declared("aws:cloudwatch/eventTarget:EventTarget", "again-target", inputs)
    return [Declared(kind, "again", named), target_]


STARTED = [job(), rule(), target(), budget()]
SUCCESS = json.dumps({"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}})
FAILURE = json.dumps({"source": ["aws.states"], "detail": {"status": ["FAILED"]}})
OBJECTS = json.dumps({"source": ["aws.s3"]})
ORDERS = json.dumps({"source": ["our.shop"]})

CASES = {
    "weather-stack-cost-estimate": Case(
        good=[[*WEEKLY, budget()], WEEKLY, [*HOURLY[:3], rule(state="DISABLED"), target(), budget()]],
        bad=[
            Bad([*HOURLY, budget()], "allowed 20.00: Glue crawlers 107.14 (243.5 DPU hours)"),
            Bad([*WEEKLY, budget(limitAmount="1")], "allowed 1.00: Glue crawlers 0.64"),
            Bad([*WEEKLY, *DASHBOARDS, budget()], "dashboards 21.00 (7.0 dashboards)"),
            Bad([*WEEKLY, budget(limitAmount="10")], "allowed 1.00", config={"maxShare": 0.1}),
            Bad([*WEEKLY, budget()], "job", config={"jobMinutes": 6000}),
            Bad([*STARTED, mapped("{% [1..500] %}")], "Glue job job 210"),
            Bad([*STARTED, mapped("{% $sites %}")], "task 'X' of pipeline starts it in a Map or a loop"),
            Bad([*STARTED, running(**{"JobName.$": "$.job"})], "a Job whose name is computed at run time"),
            Bad([*STARTED, running(JobName="{% $job %}")], "a Job whose name is computed at run time"),
            Bad([*STARTED, running(JobName="another")], "a Job that is not in the stack"),
            Bad([*STARTED, running(**RUN)], "Glue job job (task 'Start' of pipeline) 762"),
            Bad([job(), budget(), running(JobName=JOB), *listening(OBJECTS)], "Glue job job 77333"),
            Bad([job(), budget(), running(JobName=JOB), *listening(ORDERS)], "for each event"),
            Bad([job(glueVersion="9.9"), *WEEKLY[1:], budget()], "job has no price in prices.json"),
        ],
    ),
    "weather-stack-cost-report": Case(
        good=[[], [job()]],
        bad=[Bad(WEEKLY, "estimated 1.75 USD a month: Glue crawlers 0.64", "stack")],
    ),
    "weather-stack-cost-coverage": Case(
        good=[[*WEEKLY, budget()], [Declared("aws:ec2/natGateway:NatGateway", "n")]],
        bad=[
            Bad([Declared("aws:rds/instance:Instance", "d")], "no price for: aws:rds/instance:Instance (1)"),
            Bad([Declared("aws:lambda/function:Function", "f")], "billed by use: aws:lambda/function"),
            Bad([Declared("aws-native:rds:DBInstance", "d")], "no price for: aws-native:rds:DBInstance (1)"),
        ],
    ),
    "weather-stack-start-circle": Case(
        good=[[*STARTED, running(JobName=JOB)], [running(JobName=JOB), *listening(FAILURE)]],
        bad=[
            Bad([running(JobName=JOB), *listening(SUCCESS)], "by way of pipeline and again"),
            Bad([running(JobName=JOB), *listening(json.dumps({"source": ["aws.states"]}))], "starts itself"),
        ],
    ),
    "weather-stack-unjudged-types": Case(
        good=[[*WEEKLY], [Declared("weather:index:Lake", "l"), Declared("pulumi:providers:aws", "p")]],
        bad=[
            Bad([Declared("aws-native:glue:Job", "j")], "aws-native:glue:Job (1)", "stack"),
            Bad([Declared("aws:cloudformation/stack:Stack", "s")], "aws:cloudformation/stack:Stack (1)"),
            Bad([Declared("snowflake:index/table:Table", "t")], "snowflake:index/table:Table (1)"),
            Bad([Declared("aws:rds/cluster:Cluster", n) for n in "ab"], "aws:rds/cluster:Cluster (2)"),
        ],
    ),
}
