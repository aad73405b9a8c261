"""Good and bad cases of the state machine rules."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.case import Bad, Case
from tests.policies.engine import UNKNOWN, Declared
from tests.policies.parts import machine, machine_of, pipeline, pipeline_states, task

STATES = pipeline_states()


def spoilt(state: str, **changes: Any) -> Declared:
    """The weekly machine with one state changed; None takes a part away."""
    body = {k: v for k, v in {**STATES[state], **changes}.items() if v is not None}
    return machine({**STATES, state: body}, "StartCrawler")


def choice(*rules: tuple[str, str], default: str = "WaitForCrawler") -> Declared:
    choices = [{"Condition": f"{{% {condition} %}}", "Next": target} for condition, target in rules]
    return spoilt("IsComplete", Choices=choices, Default=default)


def jsonpath(check: dict[str, Any], counts: bool = True) -> Declared:
    """The same loop in JSONPath."""
    add = {"polls.$": "States.MathAdd($.polls, 1)"} if counts else {"polls.$": "$.polls"}
    return machine(
        {
            "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Count"},
            "Count": {"Type": "Pass", "Parameters": add, "Next": "Done"},
            "Done": {"Type": "Choice", "Choices": [{**check, "Next": "Failed"}], "Default": "Wait"},
        },
        "Wait",
        QueryLanguage=None,
    )


def nested() -> Declared:
    """A machine whose fault lies in the processor of a Map in a branch of a Parallel."""
    bare = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
    inner = {"StartAt": "Deep", "States": {"Deep": bare}}
    each = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inner, "End": True}}}
    return machine(
        {"Start": {"Type": "Parallel", "Branches": [each], "End": True}, "Failed": {"Type": "Fail"}}
    )


LOOP = "the loop over 'Check', 'IsComplete', 'WaitForCrawler' is not ended by a counter"
READY = ("$state = 'READY'", "StartGlueJob")


def mapped(call: str = "glue:startJobRun.sync", mode: str = "INLINE", **changes: Any) -> Declared:
    inner = {
        "ProcessorConfig": {"Mode": mode},
        "StartAt": "X",
        "States": {"X": task(call, {"JobName": "j"}, End=True)},
    }
    return machine({"Start": {"Type": "Map", "ItemProcessor": inner, "End": True, **changes}})


CASES = {
    "weather-sfn-machine-definition": Case(
        good=[[pipeline()]],
        bad=[
            Bad([machine_of("{")], "the definition is not a JSON object", "pipeline"),
            Bad([machine_of(json.dumps([]))], "the definition is not a JSON object"),
            Bad([machine_of({})], "it has no States"),
            Bad([pipeline(definition=None)], "there is no definition"),
            Bad([machine(STATES, "Nowhere")], "StartAt names no state"),
            Bad(
                [spoilt("WaitForCrawler", Next="Chek")],
                "'WaitForCrawler' leads to a state that does not exist",
            ),
            Bad([spoilt("WaitForCrawler", Type="Weit")], "'WaitForCrawler' has no type that exists"),
            Bad([spoilt("WaitForCrawler", Next=None)], "'WaitForCrawler' has neither Next nor End"),
            Bad([spoilt("StartCrawler", Next="StartGlueJob")], "'Check' cannot be reached"),
        ],
    ),
    "weather-sfn-machine-wait-loop": Case(
        good=[
            [pipeline()],
            [choice(READY, ("30 <= $polls or $stop", "Failed"))],
            [choice(("$polls < 30 and $state != 'READY'", "WaitForCrawler"), default="StartGlueJob")],
            [choice(("$polls < $count($items)", "WaitForCrawler"), default="Failed")],
            [jsonpath({"Variable": "$.polls", "NumericGreaterThanEquals": 30})],
            [
                jsonpath(
                    {
                        "Or": [
                            {"Variable": "$.x", "IsNull": True},
                            {"Variable": "$.polls", "NumericGreaterThan": 9},
                        ]
                    }
                )
            ],
        ],
        bad=[
            Bad([choice(READY)], LOOP, "pipeline"),
            Bad([choice(READY, ("$polls >= 30 and $angry", "Failed"))], LOOP),
            Bad([choice(("$state = 'RUNNING'", "WaitForCrawler"), ("$polls >= 30", "Failed"))], LOOP),
            Bad([choice(READY, ("$polls >= 30", "WaitForCrawler"))], LOOP),
            Bad([choice(READY, ("$other >= 30", "Failed"))], LOOP),
            Bad([spoilt("Check", Assign=None)], LOOP),
            Bad([spoilt("Check", Assign={"polls": "{% $polls %}"})], LOOP),
            Bad([spoilt("WaitForCrawler", Assign={"polls": 0})], LOOP),
            Bad([spoilt("StartGlueJob", End=None, Next="StartGlueJob")], "the loop over 'StartGlueJob'"),
            Bad(
                [jsonpath({"Variable": "$.polls", "NumericGreaterThanEquals": 30}, counts=False)],
                "the loop over",
            ),
            Bad([jsonpath({"Variable": "$.state", "StringEquals": "READY"})], "the loop over"),
        ],
    ),
    "weather-sfn-machine-poll-interval": Case(
        good=[[pipeline()], [machine({"Start": {"Type": "Wait", "Seconds": 1, "Next": "Failed"}})]],
        bad=[
            Bad([spoilt("WaitForCrawler", Seconds=10)], "'WaitForCrawler' polls every 10 s, at least 60 s"),
            Bad([spoilt("WaitForCrawler", Seconds="{% $s %}")], "the definition does not give in Seconds"),
            Bad([spoilt("WaitForCrawler", Seconds=None)], "the definition does not give in Seconds"),
        ],
    ),
    "weather-sfn-machine-timeout": Case(
        good=[[pipeline()]],
        bad=[
            Bad([pipeline(TimeoutSeconds=None)], "there is no top-level TimeoutSeconds", "pipeline"),
            Bad([pipeline(TimeoutSeconds=31_536_000)], "TimeoutSeconds is 3.1536e+07, at most 86400"),
        ],
    ),
    "weather-sfn-machine-type": Case(
        good=[[pipeline()], [machine({"Start": task("sns:publish", End=True)}, type="EXPRESS")]],
        bad=[
            Bad([pipeline(type="EXPRESS")], "type EXPRESS cannot hold 'WaitForCrawler'", "pipeline"),
            Bad([machine({"Start": task("glue:startJobRun.sync", End=True)}, type="EXPRESS")], "'Start'"),
        ],
    ),
    "weather-sfn-machine-logging": Case(
        good=[[pipeline()], [pipeline(loggingConfiguration={"level": "ERROR", "logDestination": "arn:x:*"})]],
        bad=[
            Bad([pipeline(loggingConfiguration=None)], "loggingConfiguration is missing", "pipeline"),
            Bad(
                [pipeline(loggingConfiguration={"level": "OFF", "logDestination": "arn:x:*"})],
                "is not one of ALL",
            ),
            Bad([pipeline(loggingConfiguration={"level": "ALL"})], "has no logDestination"),
            Bad(
                [pipeline(loggingConfiguration={"level": "ALL", "logDestination": "arn:x"})],
                "followed by ':*'",
            ),
            Bad(
                [
                    pipeline(
                        loggingConfiguration={
                            "level": "ALL",
                            "includeExecutionData": True,
                            "logDestination": UNKNOWN,
                        }
                    )
                ],
                "includeExecutionData writes",
            ),
        ],
    ),
    "weather-sfn-machine-tracing": Case(
        good=[[pipeline()]],
        bad=[
            Bad(
                [pipeline(tracingConfiguration=None)], "tracingConfiguration.enabled is not true", "pipeline"
            ),
            Bad([pipeline(tracingConfiguration={"enabled": False})], "is not true"),
        ],
    ),
    "weather-sfn-task-retry": Case(
        good=[[pipeline()]],
        bad=[
            Bad([spoilt("Check", Retry=None)], "task 'Check' has no Retry", "pipeline"),
            Bad([spoilt("Check", Retry=[])], "task 'Check' has no Retry"),
            Bad(
                [spoilt("Check", Retry=[{"ErrorEquals": ["A"], "MaxAttempts": 99}])],
                "retries 99 times, at most 20",
            ),
            Bad(
                [spoilt("Check", Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}])],
                "States.ALL must stand alone",
            ),
            Bad(
                [spoilt("Check", Retry=[{"ErrorEquals": ["States.ALL", "A"]}])], "States.ALL must stand alone"
            ),
            Bad([nested()], "task 'Deep' has no Retry"),
        ],
    ),
    "weather-sfn-task-catch": Case(
        good=[[pipeline()]],
        bad=[
            Bad([spoilt("Check", Catch=None)], "task 'Check' has no Catch of States.ALL", "pipeline"),
            Bad(
                [spoilt("Check", Catch=[{"ErrorEquals": ["A"], "Next": "Failed"}])], "no Catch of States.ALL"
            ),
            Bad([nested()], "task 'Deep' has no Catch"),
        ],
    ),
    "weather-sfn-task-timeout": Case(
        good=[[pipeline()]],
        bad=[
            Bad([spoilt("Check", TimeoutSeconds=None)], "task 'Check' has no TimeoutSeconds", "pipeline"),
            Bad([spoilt("Check", TimeoutSeconds="{% $t %}")], "task 'Check' has no TimeoutSeconds"),
            Bad([spoilt("Check", TimeoutSeconds=99_999)], "task 'Check' may take 99999 s, at most 28800"),
            Bad([nested()], "task 'Deep' has no TimeoutSeconds"),
        ],
    ),
    "weather-sfn-task-integration": Case(
        good=[
            [pipeline()],
            [
                machine(
                    {"Start": {**task("x", End=True), "Resource": "arn:aws:lambda:eu-west-1:1:function:f"}}
                )
            ],
            [machine({"Start": task("states:startExecution.sync:2", End=True)})],
        ],
        bad=[
            Bad(
                [spoilt("StartCrawler", Resource="arn:aws:states:::glue:startCrawler.sync")],
                "no such integration",
            ),
            Bad(
                [spoilt("StartCrawler", Resource="arn:aws:states:::aws-sdk:glue:startCrawler.sync")],
                "with .sync",
            ),
            Bad(
                [spoilt("StartCrawler", Resource="arn:aws:states:::glue:startCrawler")],
                "no integration that exists",
            ),
            Bad([spoilt("StartCrawler", Resource="nonsense")], "'StartCrawler' names no integration"),
        ],
    ),
    "weather-sfn-map-concurrency": Case(
        good=[
            [mapped(MaxConcurrency=5)],
            [mapped("lambda:invoke")],
        ],
        bad=[
            Bad([mapped()], "runs an unbounded number of items at a time", "pipeline"),
            Bad([mapped(MaxConcurrency=1000)], "runs 1000 items at a time; set MaxConcurrency to 1 to 40"),
            Bad([mapped(MaxConcurrency="{% $many %}")], "an unbounded number"),
            Bad([mapped("lambda:invoke", mode="DISTRIBUTED")], "an unbounded number"),
        ],
    ),
}
