"""Programs that talk around what runs and what it costs: other starters, other shapes, other services."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.attacks import (
    COST,
    JOB,
    START,
    WEEKLY,
    attack,
    fn,
    named,
    of,
    path_loop,
    scheduled,
    single,
    trigger,
)
from tests.policies.engine import Declared
from tests.policies.parts import (
    MACHINE_ARN,
    alarm,
    bucket,
    budget,
    job,
    machine,
    machine_of,
    rule,
    target,
    task,
)

attack(
    "definitions",
    "endless: nested in Parallel",
    "sfn-machine-wait-loop",
    machine(
        {
            "P": {
                "Type": "Parallel",
                "End": True,
                "Branches": [
                    {
                        "StartAt": "W",
                        "States": {
                            "W": {"Type": "Wait", "Seconds": 60, "Next": "C"},
                            "C": {
                                "Type": "Choice",
                                "Choices": [{"Condition": "{% $done %}", "Next": "E"}],
                                "Default": "W",
                            },
                            "E": {"Type": "Succeed"},
                        },
                    }
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
            }
        },
        "P",
    ),
)
attack(
    "definitions",
    "endless: in Map's ItemProcessor JSONPath",
    "sfn-machine-wait-loop",
    machine(
        {
            "P": {
                "Type": "Map",
                "End": True,
                "MaxConcurrency": 1,
                "Iterator": {
                    "StartAt": "W",
                    "States": {
                        "W": {"Type": "Wait", "Seconds": 60, "Next": "C"},
                        "C": {
                            "Type": "Choice",
                            "Choices": [{"Variable": "$.x", "StringEquals": "y", "Next": "E"}],
                            "Default": "W",
                        },
                        "E": {"Type": "Succeed"},
                    },
                },
            }
        },
        "P",
        QueryLanguage="JSONPath",
    ),
)
attack(
    "definitions",
    "endless through Catch",
    "sfn-machine-wait-loop",
    machine(
        {
            "S": task("lambda:invoke", {}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "W"}], End=True),
            "W": {"Type": "Wait", "Seconds": 60, "Next": "S"},
        },
        "S",
    ),
)
attack(
    "definitions",
    "retry of a day",
    "sfn-task-retry",
    single(
        Retry=[
            {"ErrorEquals": ["States.ALL"], "MaxAttempts": 20, "IntervalSeconds": 86400, "BackoffRate": 10}
        ]
    ),
)
attack(
    "definitions",
    "starts itself by its context",
    "sfn-machine-wait-loop stack-start-circle",
    single("states:startExecution", {"StateMachineArn": "{% $states.context.StateMachine.Id %}"}),
)
attack(
    "definitions",
    "starts itself JSONPath context",
    "sfn-machine-wait-loop stack-start-circle",
    machine(
        {
            "S": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution",
                "Parameters": {"StateMachineArn.$": "$$.StateMachine.Id"},
                "TimeoutSeconds": 5,
                "End": True,
            }
        },
        "S",
        QueryLanguage="JSONPath",
    ),
)
attack(
    "definitions",
    "definition with a comment instead of state",
    "sfn-machine-definition",
    machine_of({"StartAt": "A", "States": {"A": "x"}}),
)
attack(
    "definitions",
    "lambda ARN with waitForTaskToken without heartbeat",
    "sfn-task-timeout",
    machine({"S": task("sqs:sendMessage.waitForTaskToken", {}, TimeoutSeconds=None, End=True)}, "S"),
)
attack(
    "definitions",
    "Map distributed of 10000 without MaxConcurrency",
    "sfn-map-concurrency",
    machine(
        {
            "M": {
                "Type": "Map",
                "End": True,
                "ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2"},
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "X",
                    "States": {"X": task("lambda:invoke", {}, End=True)},
                },
            }
        },
        "M",
    ),
)
attack(
    "definitions",
    "distributed Map of lambdas tolerates all",
    "sfn-task-catch",
    machine(
        {
            "M": {
                "Type": "Map",
                "End": True,
                "MaxConcurrency": 5,
                "ToleratedFailurePercentage": 100,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED"},
                    "StartAt": "X",
                    "States": {"X": task("lambda:invoke", {}, End=True)},
                },
            }
        },
        "M",
    ),
)
attack(
    "definitions",
    "catch without States.ALL in Map",
    "sfn-task-catch",
    machine(
        {
            "M": {
                "Type": "Map",
                "End": True,
                "MaxConcurrency": 5,
                "ItemProcessor": {
                    "StartAt": "X",
                    "States": {
                        "X": task(
                            "lambda:invoke",
                            {},
                            End=True,
                            Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Y"}],
                        ),
                        "Y": {"Type": "Fail"},
                    },
                },
            }
        },
        "M",
    ),
)
attack(
    "definitions",
    "a timeout by a path",
    "sfn-task-timeout",
    machine(
        {"S": task("lambda:invoke", {}, TimeoutSeconds=None, TimeoutSecondsPath="$.t", End=True)},
        "S",
        QueryLanguage="JSONPath",
    ),
)
attack("definitions", "http:call", "sfn-task-integration", single("http:call"))
attack(
    "definitions",
    "express with sync",
    "sfn-machine-type",
    machine({"S": task("glue:startJobRun.sync", {"JobName": "x"}, End=True)}, "S", type="EXPRESS"),
)
attack(
    "definitions",
    "a counter set back in a Catch",
    "sfn-machine-wait-loop",
    machine(
        {
            "W": {"Type": "Wait", "Seconds": 60, "Next": "G"},
            "G": task(
                "aws-sdk:glue:getCrawler",
                {"Name": "x"},
                Assign={"polls": "{% $polls + 1 %}"},
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "W", "Assign": {"polls": 0}}],
                Next="C",
            ),
            "C": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $polls >= 30 %}", "Next": "Failed"}],
                "Default": "W",
            },
        },
        "W",
    ),
)
attack(
    "definitions",
    "poll by Pass and Choice without Wait or Task",
    "sfn-machine-wait-loop",
    machine(
        {
            "P": {"Type": "Pass", "Next": "C"},
            "C": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $x = 1 %}", "Next": "Failed"}],
                "Default": "P",
            },
        },
        "P",
    ),
)
attack(
    "definitions",
    "the same Wait by TimestampPath",
    "sfn-machine-poll-interval sfn-machine-wait-loop",
    machine(
        {
            "W": {"Type": "Wait", "Timestamp": "{% $t %}", "Next": "C"},
            "C": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $x = 1 %}", "Next": "Failed"}],
                "Default": "W",
            },
        },
        "W",
    ),
)
attack(
    "cost",
    "job started by an IoT rule -> step functions",
    COST,
    job(),
    budget(),
    single("glue:startJobRun.sync", {"JobName": JOB}),
    named(
        "aws:iot/topicRule:TopicRule",
        name="r",
        sql="SELECT * FROM 'x'",
        sqlVersion="2016-03-23",
        enabled=True,
        stepFunctions=[{"stateMachineName": "weather-pipeline-abc123", "roleArn": "r"}],
    ),
)
attack(
    "cost",
    "machine started by a Pipe",
    COST,
    job(),
    budget(),
    single("glue:startJobRun.sync", {"JobName": JOB}),
    of("aws:pipes/pipe:Pipe", source="arn:aws:sqs:eu-west-1:123456789012:q", target=MACHINE_ARN, roleArn="r"),
)
attack(
    "cost",
    "machine started by API Gateway v1",
    COST,
    job(),
    budget(),
    single("glue:startJobRun.sync", {"JobName": JOB}),
    of(
        "aws:apigateway/integration:Integration",
        restApi="a",
        resourceId="b",
        httpMethod="POST",
        type="AWS",
        uri="arn:aws:apigateway:eu-west-1:states:action/StartExecution",
        requestTemplates={"application/json": json.dumps({"stateMachineArn": MACHINE_ARN})},
    ),
)
attack(
    "cost",
    "machine started by API Gateway v2",
    COST,
    job(),
    budget(),
    single("glue:startJobRun.sync", {"JobName": JOB}),
    of(
        "aws:apigatewayv2/integration:Integration",
        apiId="a",
        integrationType="AWS_PROXY",
        integrationSubtype="StepFunctions-StartExecution",
        requestParameters={"StateMachineArn": MACHINE_ARN},
    ),
)
attack(
    "cost",
    "machine started by Lambda env",
    COST,
    job(),
    budget(),
    single("glue:startJobRun.sync", {"JobName": JOB}),
    fn(environment={"variables": {"M": MACHINE_ARN}}, timeout=3),
)
attack(
    "cost",
    "job started by a Lambda with its name in env",
    COST,
    job(),
    budget(),
    fn(environment={"variables": {"JOB": JOB}}, timeout=3),
)
attack(
    "cost",
    "job by event rule target glue workflow",
    COST,
    job(),
    budget(limitAmount="5"),
    named("aws:glue/workflow:Workflow", name="w1"),
    trigger("start", type="EVENT", workflowName="w1", actions=[{"jobName": JOB}]),
    rule(scheduleExpression=None, eventPattern=json.dumps({"source": ["aws.s3"]})),
    target(arn="arn:aws:glue:eu-west-1:123456789012:workflow/w1"),
)
attack(
    "cost",
    "schedule by scheduler cron with many per day",
    COST,
    job(),
    budget(),
    scheduled("cron(0/5 * * * ? *)", START, {"JobName": JOB}),
)
attack(
    "cost",
    "scheduler's sdk call with ServiceIntegration sfn",
    COST,
    job(),
    budget(),
    single("glue:startJobRun.sync", {"JobName": JOB}),
    scheduled(
        "rate(1 hour)", "arn:aws:scheduler:::aws-sdk:sfn:startExecution", {"StateMachineArn": MACHINE_ARN}
    ),
)
attack(
    "cost",
    "conditional chain of 2 jobs",
    COST,
    job(),
    Declared("aws:glue/job:Job", "second", {**job().inputs, "name": "second-job", "numberOfWorkers": 10}),
    budget(limitAmount="3"),
    trigger("t1", type="SCHEDULED", schedule="cron(0 3 * * ? *)", actions=[{"jobName": JOB}]),
    trigger(
        "t2",
        type="CONDITIONAL",
        predicate={"conditions": [{"jobName": JOB, "state": "SUCCEEDED"}]},
        actions=[{"jobName": "second-job"}],
    ),
)
attack(
    "cost",
    "job chained by an event rule on Glue job state",
    COST,
    job(),
    Declared("aws:glue/job:Job", "second", {**job().inputs, "name": "second-job", "numberOfWorkers": 10}),
    budget(limitAmount="3"),
    trigger("t1", type="SCHEDULED", schedule="cron(0 3 * * ? *)", actions=[{"jobName": JOB}]),
    Declared(
        "aws:cloudwatch/eventRule:EventRule",
        "ended",
        {
            "name": "ended",
            "eventPattern": json.dumps(
                {
                    "source": ["aws.glue"],
                    "detail-type": ["Glue Job State Change"],
                    "detail": {"jobName": [JOB], "state": ["SUCCEEDED"]},
                }
            ),
        },
    ),
    Declared("aws:cloudwatch/eventTarget:EventTarget", "tt", {"rule": "ended", "arn": MACHINE_ARN}),
    single("glue:startJobRun.sync", {"JobName": "second-job"}),
)
attack(
    "cost",
    "nested Map in Map",
    COST,
    job(),
    budget(),
    *WEEKLY,
    machine(
        {
            "A": {
                "Type": "Map",
                "MaxConcurrency": 1,
                "Items": list(range(40)),
                "End": True,
                "ItemProcessor": {
                    "StartAt": "B",
                    "States": {
                        "B": {
                            "Type": "Map",
                            "MaxConcurrency": 1,
                            "Items": list(range(40)),
                            "End": True,
                            "ItemProcessor": {
                                "StartAt": "X",
                                "States": {"X": task("glue:startJobRun.sync", {"JobName": JOB}, End=True)},
                            },
                        }
                    },
                },
            }
        },
        "A",
    ),
)
attack(
    "cost",
    "Map JSONPath ItemsPath",
    COST,
    job(),
    budget(),
    *WEEKLY,
    machine(
        {
            "A": {
                "Type": "Map",
                "MaxConcurrency": 1,
                "ItemsPath": "$.sites",
                "End": True,
                "Iterator": {
                    "StartAt": "X",
                    "States": {
                        "X": task("glue:startJobRun.sync", None, Parameters={"JobName": JOB}, End=True)
                    },
                },
            }
        },
        "A",
        QueryLanguage="JSONPath",
    ),
)
for t, i in {
    "aws:ec2/instance:Instance": {"instanceType": "m5.24xlarge"},
    "aws:emrserverless/application:Application": {},
    "aws:sagemaker/endpoint:Endpoint": {},
    "aws:msk/cluster:Cluster": {},
    "aws:elasticache/cluster:Cluster": {},
    "aws:ecs/service:Service": {"desiredCount": 50},
    "aws:lb/loadBalancer:LoadBalancer": {},
    "aws:directconnect/connection:Connection": {},
    "aws:transfer/server:Server": {},
    "aws:quicksight/user:User": {},
    "aws:redshiftserverless/workgroup:Workgroup": {"baseCapacity": 128},
    "aws:dms/replicationInstance:ReplicationInstance": {},
    "aws:timestreaminfluxdb/dbInstance:DbInstance": {},
    "aws:glue/mLTransform:MLTransform": {"maxCapacity": 5},
    "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput": {},
    "aws:athena/capacityReservation:CapacityReservation": {"targetDpus": 24},
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": {
        "provisionedConcurrentExecutions": 100
    },
    "aws:datazone/domain:Domain": {},
    "aws:macie2/account:Account": {},
    "aws:guardduty/detector:Detector": {},
    "aws:cloudtrail/trail:Trail": {},
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {},
    "aws:synthetics/canary:Canary": {},
}.items():
    attack(
        "cost", "priced or named: " + t, f"{COST} stack-cost-coverage", of(t, **i), budget(limitAmount="0.1")
    )
attack(
    "cost",
    "table optimizer",
    "stack-cost-coverage",
    of("aws:glue/catalogTableOptimizer:CatalogTableOptimizer"),
    budget(),
)
attack("cost", "budget in yen", "budgets-budget-present", budget(limitUnit="JPY"))
attack(
    "cost",
    "budget by limit only planned",
    "budgets-budget-present",
    budget(
        limitAmount=None, plannedLimits=[{"startTime": "2026-01-01_00:00", "amount": "1e9", "unit": "USD"}]
    ),
)
attack(
    "cost",
    "budget auto-adjusting",
    "budgets-budget-present",
    budget(limitAmount=None, autoAdjustData={"autoAdjustType": "HISTORICAL"}),
)
attack(
    "cost",
    "budget filter excludes by Not",
    "budgets-budget-cost-tag",
    budget(costFilters=[{"name": "TagKeyValue", "values": ["user:Stack$other1"]}]),
)
attack(
    "cost",
    "budget of credits",
    "budgets-budget-present budgets-budget-cost-tag",
    budget(
        costFilters=[{"name": "TagKeyValue", "values": ["user:Stack$abc123"]}],
        costTypes={"includeUsage": False, "includeSubscription": False},
    ),
)
attack(
    "cost",
    "notification only forecasted far",
    "budgets-budget-notification",
    budget(
        notifications=[
            {
                "threshold": 500,
                "thresholdType": "PERCENTAGE",
                "comparisonOperator": "GREATER_THAN",
                "notificationType": "FORECASTED",
                "subscriberEmailAddresses": ["a@b.c"],
            }
        ]
    ),
)
attack("cost", "a job without a limit", "glue-job-timeout", job(timeout=0))
attack(
    "cost", "interactive: job mode NOTEBOOK w/ 48h", "glue-job-timeout", job(timeout=2880, jobMode="NOTEBOOK")
)
attack(
    "cost",
    "G.12X by schedule's start",
    "glue-job-worker-type",
    scheduled("rate(7 days)", START, {"JobName": JOB, "WorkerType": "G.12X"}),
)
attack(
    "cost",
    "auto scaling max in args",
    "glue-job-workers",
    job(
        numberOfWorkers=50,
        defaultArguments={
            "--enable-auto-scaling": "true",
            "--custom-logGroup-prefix": "/weather/abc123/jobs",
        },
    ),
)
attack(
    "cost", "a function of 15 minutes and 10 GB", "lambda-function-limits", fn(memorySize=10240, timeout=900)
)
attack(
    "cost",
    "spark ui and observability logs",
    "glue-job-monitoring",
    job(
        defaultArguments={
            "--enable-continuous-cloudwatch-log": "true",
            "--enable-observability-metrics": "true",
            "--enable-spark-ui": "true",
            "--custom-logGroup-prefix": "/weather/abc123/jobs",
        }
    ),
)
attack(
    "queries",
    "results unencrypted",
    "athena-workgroup-results",
    of(
        "aws:athena/workgroup:Workgroup",
        configuration={
            "bytesScannedCutoffPerQuery": 10**9,
            "resultConfiguration": {"outputLocation": "s3://lake-b/r/"},
        },
    ),
)
attack(
    "queries",
    "cutoff of 100 TB",
    "athena-workgroup-scan-limit",
    of("aws:athena/workgroup:Workgroup", configuration={"bytesScannedCutoffPerQuery": 10**14}),
)
attack(
    "queries",
    "query on the primary workgroup from a machine",
    "athena-query-workgroup",
    single("athena:startQueryExecution.sync", {"QueryString": "SELECT 1"}),
)
attack(
    "queries",
    "results location without expiry",
    "athena-workgroup-results s3-bucket-temporary-files",
    bucket(),
    of(
        "aws:athena/workgroup:Workgroup",
        configuration={
            "bytesScannedCutoffPerQuery": 10**9,
            "resultConfiguration": {
                "outputLocation": "s3://lake-b/r/",
                "encryptionConfiguration": {"encryptionOption": "SSE_S3"},
            },
        },
    ),
)
attack("functions", "no log group", "lambda-function-log-group", fn(name="f", timeout=3))
attack(
    "functions",
    "no dead letters",
    "lambda-function-dead-letter",
    fn(name="f", timeout=3),
    rule(),
    target(arn="arn:aws:lambda:eu-west-1:123456789012:function:f"),
)
attack("functions", "old runtime", "lambda-function-runtime", fn(name="f", timeout=3, runtime="python3.7"))
attack(
    "functions",
    "secret in env",
    "aws-resource-plain-secrets",
    fn(name="f", environment={"variables": {"DB_PASSWORD": "x"}}),
)
attack("functions", "concurrency unbounded", "lambda-function-concurrency", fn(name="f", timeout=3))
attack("network", "NAT without S3 endpoint", "ec2-natgateway-endpoints", of("aws:ec2/natGateway:NatGateway"))
attack(
    "network",
    "security group open to all",
    "ec2-securitygroup-ingress",
    of(
        "aws:ec2/securityGroup:SecurityGroup",
        ingress=[{"fromPort": 0, "toPort": 65535, "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}],
    ),
)
attack(
    "network",
    "connection in plain text",
    "glue-connection-encryption",
    of(
        "aws:glue/connection:Connection",
        connectionProperties={"JDBC_CONNECTION_URL": "jdbc:x", "JDBC_ENFORCE_SSL": "false", "SECRET_ID": "s"},
    ),
)
attack("catalogue", "no bookmark statement", "glue-job-bookmark", job())
attack(
    "catalogue",
    "two jobs of one name",
    "stack-unique-names",
    job(),
    Declared("aws:glue/job:Job", "job2", job().inputs),
)
attack("catalogue", "name without suffix", "aws-resource-stack-name", job(name="WeatherJob"))
attack(
    "alarms",
    "a composite alarm that tells nobody",
    "cloudwatch-alarm-actions",
    of("aws:cloudwatch/compositeAlarm:CompositeAlarm", alarmRule="ALARM(a)"),
)
attack(
    "alarms",
    "alarm that never goes off: threshold huge",
    "sfn-machine-failure-alarm",
    single(),
    alarm(threshold=1e9, dimensions={"StateMachineArn": MACHINE_ARN}),
)
attack(
    "alarms",
    "log anomalies: metric filters 50",
    "cloudwatch-metric-count",
    *(
        of(
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            f"f{i}",
            metricTransformation={"namespace": "W", "name": f"m{i}", "value": "1"},
        )
        for i in range(50)
    ),
)
attack(
    "alarms",
    "failure rule without target",
    "events-rule-target",
    rule(scheduleExpression=None, eventPattern=json.dumps({"source": ["aws.states"]})),
)
attack(
    "alarms",
    "a log group for ever",
    "logs-group-retention",
    named("aws:cloudwatch/logGroup:LogGroup", name="x", retentionInDays=0),
)
attack(
    "alarms",
    "dashboard by variables 4",
    "cloudwatch-dashboard-count",
    *(
        of("aws:cloudwatch/dashboard:Dashboard", f"d{i}", dashboardName=f"d{i}", dashboardBody="{}")
        for i in range(4)
    ),
)
attack(
    "schedules",
    "a trigger that starts two jobs at 5 min",
    "events-rule-schedule",
    trigger("t", type="SCHEDULED", schedule="cron(*/5 * * * ? *)", actions=[{"jobName": JOB}]),
)
attack(
    "schedules",
    "two rules start the same machine at the same hour",
    "stack-start-twice",
    single(),
    rule(),
    target(),
    Declared(
        "aws:cloudwatch/eventRule:EventRule",
        "r2",
        {"name": "r2", "scheduleExpression": "cron(0 17 ? * SAT *)"},
    ),
    Declared("aws:cloudwatch/eventTarget:EventTarget", "t2", {"rule": "r2", "arn": MACHINE_ARN}),
)
attack(
    "schedules",
    "a trigger each minute",
    "events-rule-schedule",
    trigger(
        "t",
        type="SCHEDULED",
        schedule="cron(0/1 * * * ? *)",
        startOnCreation=True,
        actions=[{"jobName": JOB}],
    ),
)

LOOP = "sfn-machine-wait-loop"
COUNTED = {"polls": "{% $polls + 1 %}"}


def loop_of(check: Any, assign: Any = None, lang: str = "JSONata") -> Declared:
    """A Wait and a Choice that leads back to it."""
    choice = {"Type": "Choice", **check, **({"Assign": assign} if assign else {})}
    states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "C"}, "C": choice}
    return machine(states, "W", QueryLanguage=lang)


def assigning(condition: str, assign: Any = COUNTED) -> Declared:
    """A loop that a condition leaves."""
    return loop_of({"Choices": [{"Condition": condition, "Next": "Failed"}], "Default": "W"}, assign)


for n, c, a in [
    ("not less than with or", "{% $not($polls < 30) or $x %}", COUNTED),
    ("string compare", "{% $string($polls) >= '30' %}", COUNTED),
    ("modulo", "{% $polls % 30 = 30 %}", COUNTED),
    ("counts in a nested object", "{% $c.polls >= 30 %}", {"d": {"polls": "{% $c.polls + 1 %}"}}),
    ("increment twice removed", "{% $polls >= 30 %}", {"polls": "{% $n %}", "n": "{% $polls %}"}),
    ("random bound", "{% $polls >= $random() * 1e9 %}", COUNTED),
    ("in Default never", "{% false and $polls >= 30 %}", COUNTED),
    ("bound as string", "{% $polls >= '30' %}", COUNTED),
    ("count by length of a constant", "{% $count([1,2]) >= 3 %}", COUNTED),
    ("deadline in the year 9999", "{% $millis() >= 253402300799000 %}", None),
    ("deadline far by toMillis", "{% $now() >= '9999-01-01T00:00:00Z' %}", None),
]:
    attack("definitions", n, LOOP, assigning(c, a))
attack(
    "definitions",
    "JSONPath isPresent loop",
    LOOP,
    loop_of(
        {"Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "Failed"}], "Default": "W"},
        lang="JSONPath",
    ),
)
attack(
    "definitions",
    "JSONPath MathAdd -1 up check",
    LOOP,
    path_loop(
        {"Parameters": {"n.$": "States.MathAdd($.n, -1)"}}, {"Variable": "$.n", "NumericGreaterThan": 30}
    ),
)
attack(
    "definitions",
    "JSONPath resets by Result",
    LOOP,
    path_loop({"Result": {"n": 1}}, {"Variable": "$.n", "NumericGreaterThan": 30}),
)
attack(
    "definitions",
    "two loops share one counter, the second unbounded",
    LOOP,
    machine(
        {
            "W": {"Type": "Wait", "Seconds": 60, "Next": "C"},
            "C": {
                "Type": "Choice",
                "Assign": COUNTED,
                "Choices": [{"Condition": "{% $polls >= 30 %}", "Next": "W2"}],
                "Default": "W",
            },
            "W2": {"Type": "Wait", "Seconds": 60, "Next": "C2"},
            "C2": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $done %}", "Next": "Failed"}],
                "Default": "W2",
            },
        },
        "W",
    ),
)
attack(
    "definitions",
    "wait of 1 second by SecondsPath",
    "sfn-machine-poll-interval",
    machine(
        {
            "W": {"Type": "Wait", "SecondsPath": "$.s", "Next": "C"},
            "C": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Failed"}],
                "Default": "P",
            },
            "P": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "W"},
        },
        "W",
        QueryLanguage="JSONPath",
    ),
)
attack(
    "definitions",
    "machine timeout by path",
    "sfn-machine-timeout",
    machine({"S": task("sns:publish", {}, End=True)}, "S", TimeoutSeconds=None),
)
attack(
    "definitions",
    "time limit of ten years",
    "sfn-machine-timeout",
    machine({"S": task("sns:publish", {}, End=True)}, "S", TimeoutSeconds=315360000),
)
attack(
    "definitions",
    "catch into a Pass that ends",
    "sfn-task-catch",
    machine(
        {
            "S": task("sns:publish", {}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "P"}], End=True),
            "P": {"Type": "Pass", "End": True},
        },
        "S",
    ),
)
attack(
    "definitions",
    "catch goes to a Wait and then succeeds",
    "sfn-task-catch",
    machine(
        {
            "S": task("sns:publish", {}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "P"}], End=True),
            "P": {"Type": "Wait", "Seconds": 5, "Next": "OK"},
            "OK": {"Type": "Succeed"},
        },
        "S",
    ),
)
attack(
    "definitions",
    "catches States.TaskFailed only",
    "sfn-task-catch",
    single(Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Failed"}]),
)
attack(
    "definitions",
    "retry BackoffRate 0.1",
    "sfn-task-retry",
    single(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 5, "BackoffRate": 0.1}]),
)
attack(
    "definitions",
    "retry 99999999",
    "sfn-task-retry",
    single(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99999999}]),
)
for call in [
    "elasticmapreduce:createCluster.sync",
    "ecs:runTask.sync",
    "batch:submitJob.sync",
    "sagemaker:createTrainingJob.sync",
    "codebuild:startBuild.sync",
    "emr-serverless:startJobRun.sync",
    "bedrock:invokeModel",
    "databrew:startJobRun.sync",
    "eks:createCluster.sync",
    "aws-sdk:ec2:runInstances",
    "aws-sdk:redshiftdata:executeStatement",
    "aws-sdk:rds:startDBCluster",
    "aws-sdk:emr:runJobFlow",
]:
    attack(
        "cost",
        "task " + call,
        f"{COST} stack-cost-coverage",
        *WEEKLY,
        budget(limitAmount="1"),
        single(call, {}),
    )
attack(
    "cost",
    "schedule emr",
    f"{COST} stack-cost-coverage",
    budget(limitAmount="1"),
    scheduled("rate(7 days)", "arn:aws:scheduler:::aws-sdk:emr:runJobFlow", {"Name": "x"}),
)
attack(
    "cost",
    "schedule ecs templated",
    f"{COST} stack-cost-coverage",
    budget(limitAmount="1"),
    of(
        "aws:scheduler/schedule:Schedule",
        scheduleExpression="rate(1 day)",
        target={"arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/c", "ecsParameters": {"taskCount": 50}},
    ),
)
attack(
    "cost",
    "rule starts an ECS task",
    f"{COST} stack-cost-coverage",
    budget(limitAmount="1"),
    rule(),
    target(arn="arn:aws:ecs:eu-west-1:123456789012:cluster/c", ecsTarget={"taskCount": 50}),
)
attack(
    "cost",
    "rule starts a batch job",
    f"{COST} stack-cost-coverage",
    budget(limitAmount="1"),
    rule(),
    target(arn="arn:aws:batch:eu-west-1:123456789012:job-queue/q", batchTarget={"jobDefinition": "d"}),
)
attack(
    "cost",
    "rule on codebuild",
    f"{COST} stack-cost-coverage",
    budget(limitAmount="1"),
    rule(),
    target(arn="arn:aws:codebuild:eu-west-1:123456789012:project/p"),
)
attack(
    "cost",
    "many transitions in a Map",
    "stack-cost-estimate",
    *(rule(scheduleExpression="rate(1 hour)"), target()),
    budget(limitAmount="5"),
    machine(
        {
            "M": {
                "Type": "Map",
                "Items": list(range(5000)),
                "MaxConcurrency": 5,
                "End": True,
                "ItemProcessor": {"StartAt": "X", "States": {"X": {"Type": "Pass", "End": True}}},
            }
        },
        "M",
    ),
)
attack(
    "cost",
    "scheduled function each minute 10 GB",
    "stack-cost-estimate",
    budget(limitAmount="5"),
    fn(name="f", memorySize=10240),
    scheduled("rate(1 minute)", "arn:aws:lambda:eu-west-1:123456789012:function:f"),
)
attack(
    "cost",
    "universal lambda invoke",
    "stack-cost-estimate",
    budget(limitAmount="5"),
    fn(name="f", memorySize=10240),
    scheduled("rate(1 minute)", "arn:aws:scheduler:::aws-sdk:lambda:invoke", {"FunctionName": "f"}),
)
attack(
    "schedules",
    "scheduled function each minute",
    "events-rule-schedule",
    scheduled("rate(1 minute)", "arn:aws:lambda:eu-west-1:123456789012:function:f"),
)
attack(
    "schedules", "a cron with seconds", "events-rule-schedule", rule(scheduleExpression="cron(0 0 12 * * ?)")
)
attack("schedules", "Rate(7 days)", "events-rule-schedule", rule(scheduleExpression="Rate(7 days)"))
attack("schedules", "cron both ?", "events-rule-schedule", rule(scheduleExpression="cron(0 12 ? * ? *)"))
attack("schedules", "weekday 8", "events-rule-schedule", rule(scheduleExpression="cron(0 12 ? * 8 *)"))
attack(
    "schedules",
    "crawler each hour by trigger list",
    "events-rule-schedule",
    trigger("t", type="SCHEDULED", schedule="cron(0 */1 * * ? *)", actions=[{"crawlerName": "x"}]),
)
attack(
    "schedules",
    "machine started twice by scheduler and rule",
    "stack-start-twice",
    single(),
    *WEEKLY,
    scheduled("rate(7 days)", MACHINE_ARN),
)
attack(
    "schedules",
    "job by trigger and schedule",
    "stack-start-twice",
    job(),
    trigger("t", type="SCHEDULED", schedule="cron(0 3 ? * SUN *)", actions=[{"jobName": JOB}]),
    scheduled("rate(7 days)", START, {"JobName": JOB}),
)
