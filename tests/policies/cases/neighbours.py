"""Cases of the rules on a pipeline's neighbours: functions, queries, networks, secrets, names."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.case import Bad, Case
from tests.policies.engine import Declared, Provider
from tests.policies.parts import (
    ACCOUNT,
    MACHINE_ARN,
    QUEUE_ARN,
    REGION,
    TOPIC_ARN,
    allow,
    beside,
    bucket,
    document,
    job,
    lifecycle,
    log_group,
    machine,
    rule,
    target,
    task,
)

FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:weather-read-abc123"


def function(**changes: Any) -> Declared:
    inputs = {"name": "weather-read-abc123", "timeout": 30, "runtime": "python3.13", **changes}
    return Declared("aws:lambda/function:Function", "read", inputs, {"arn": FUNCTION_ARN})


def of(token: str, name: str = "it", /, **inputs: Any) -> Declared:
    return Declared(token, name, inputs)


def workgroup(**block: Any) -> Declared:
    return of("aws:athena/workgroup:Workgroup", configuration=block)


def results(**block: Any) -> Declared:
    return workgroup(resultConfiguration={"outputLocation": "s3://lake-b/results/", **block})


def querying(call: str = "athena:startQueryExecution.sync", **arguments: Any) -> Declared:
    return machine({"Q": task(call, {"QueryString": "SELECT 1", **arguments}, End=True)}, "Q")


def policy(*actions: str) -> Declared:
    resource = f"arn:aws:iam::{ACCOUNT}:role/weather-job-abc123"
    return of("aws:iam/policy:Policy", policy=document(allow(list(actions), resource)))


def table(**inputs: Any) -> Declared:
    return of("aws:glue/catalogTable:CatalogTable", name="readings", databaseName="weather", **inputs)


def notification(**block: Any) -> Declared:
    told = {"lambdaFunctionArn": FUNCTION_ARN, "events": ["s3:ObjectCreated:*"], **block}
    return of("aws:s3/bucketNotification:BucketNotification", bucket="lake-b", lambdaFunctions=[told])


def moved(days: int, kind: str, **more: Any) -> Declared:
    return lifecycle({"status": "Enabled", "transitions": [{"days": days, "storageClass": kind}], **more})


def arguments(**given: str) -> Declared:
    return job(defaultArguments={f"--{key.replace('_', '-')}": value for key, value in given.items()})


def ingress(**block: Any) -> Declared:
    return of("aws:ec2/securityGroup:SecurityGroup", ingress=[{"protocol": "tcp", **block}])


def nightly(name: str) -> list[Declared]:
    schedule = of("aws:cloudwatch/eventRule:EventRule", name, name=name, scheduleExpression="rate(7 days)")
    return [
        schedule,
        of("aws:cloudwatch/eventTarget:EventTarget", f"{name}-target", rule=name, arn=MACHINE_ARN),
    ]


ENCRYPTED = {"encryptionConfiguration": {"encryptionOption": "SSE_S3"}}
EXPIRING = lifecycle({"status": "Enabled", "filter": {"prefix": "results/"}, "expiration": {"days": 30}})
WRITING = function(environment={"variables": {"TARGET": "s3://lake-b/clean"}})
NAT, S3 = (
    of("aws:ec2/natGateway:NatGateway", "nat"),
    of("aws:ec2/vpcEndpoint:VpcEndpoint", serviceName="com.amazonaws.eu-west-1.s3"),
)
SECRET = json.dumps({"user": "me", "db_password": "hunter2"})
EVERYWHERE = {"cidrBlocks": ["0.0.0.0/0"]}
MONITOR = of("aws:costexplorer/anomalyMonitor:AnomalyMonitor", "monitor", name="costs")
HEARD = of(
    "aws:costexplorer/anomalySubscription:AnomalySubscription",
    subscribers=[{"type": "EMAIL", "address": "a@b.c"}],
)
ICEBERG = table(parameters={"table_type": "ICEBERG"})
OPTIMIZED = of(
    "aws:glue/catalogTableOptimizer:CatalogTableOptimizer", tableName="readings", type="compaction"
)
ASKED = of("aws:lambda/permission:Permission", function=FUNCTION_ARN, principal="s3.amazonaws.com")
SENDING = of(
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    functionName="weather-read-abc123",
    destinationConfig={"onFailure": {"destination": QUEUE_ARN}},
)
TO_FUNCTION = target(arn=FUNCTION_ARN)

CASES = {
    "weather-athena-workgroup-results": Case(
        good=[[results(**ENCRYPTED)], [workgroup()], [bucket(), EXPIRING, results(**ENCRYPTED)]],
        bad=[
            Bad([results()], "encryptionConfiguration is not set"),
            Bad([bucket(), results(**ENCRYPTED)], "no lifecycle rule of lake expires its results", "it"),
        ],
    ),
    "weather-athena-query-workgroup": Case(
        good=[[querying(WorkGroup="weather-abc123")], [machine({"S": task("sns:publish", End=True)}, "S")]],
        bad=[
            Bad([querying()], "task 'Q' queries in the workgroup 'primary'"),
            Bad([querying("aws-sdk:athena:startQueryExecution", WorkGroup="primary")], "'primary'"),
        ],
    ),
    "weather-lambda-function-limits": Case(
        good=[[function()], [function(memorySize=1024)]],
        bad=[
            Bad([function(timeout=900)], "timeout is 900 s, at most 300"),
            Bad([function(memorySize=10_240)], "memorySize is 10240 MB, at most 2048"),
        ],
    ),
    "weather-lambda-function-concurrency": Case(
        good=[[function(reservedConcurrentExecutions=5)]],
        bad=[
            Bad([function()], "reservedConcurrentExecutions is not set"),
            Bad([function(reservedConcurrentExecutions=-1)], "is not set"),
            Bad([function(reservedConcurrentExecutions=900)], "is 900, at most 100"),
        ],
    ),
    "weather-lambda-function-runtime": Case(
        good=[[function()], [of("aws:lambda/function:Function", packageType="Image")]],
        bad=[Bad([function(runtime="python3.7")], "runtime is not one of python3.11")],
    ),
    "weather-lambda-function-log-group": Case(
        good=[
            [function(), log_group(name="/aws/lambda/weather-read-abc123")],
            [function(loggingConfig={"logGroup": "/weather/read"}), log_group(name="/weather/read")],
        ],
        bad=[Bad([function(), log_group()], "Lambda makes one without retention", "read")],
    ),
    "weather-lambda-function-dead-letter": Case(
        good=[
            [function()],
            [function(deadLetterConfig={"targetArn": QUEUE_ARN}), rule(), TO_FUNCTION],
            [function(), ASKED, SENDING],
        ],
        bad=[
            Bad([function(), rule(), TO_FUNCTION], "events start it", "read"),
            Bad([function(), ASKED], "events start it", "read"),
        ],
    ),
    "weather-ec2-natgateway-endpoints": Case(
        good=[[NAT, S3], [of("aws:ec2/natGateway:NatGateway", connectivityType="private")]],
        bad=[Bad([NAT], "each gigabyte that is read pays the gateway", "nat")],
    ),
    "weather-ec2-securitygroup-ingress": Case(
        good=[
            [ingress(fromPort=0, toPort=65_535, self=True)],
            [ingress(fromPort=443, toPort=443, **EVERYWHERE)],
            [of("aws:ec2/securityGroupRule:SecurityGroupRule", type="egress", protocol="-1", **EVERYWHERE)],
        ],
        bad=[
            Bad([ingress(fromPort=0, toPort=65_535, **EVERYWHERE)], "it lets in everybody"),
            Bad([ingress(fromPort=5432, toPort=5432, ipv6CidrBlocks=["::/0"])], "it lets in everybody"),
            Bad(
                [
                    of(
                        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
                        ipProtocol="-1",
                        cidrIpv4="0.0.0.0/1",
                    )
                ],
                "it lets in everybody",
            ),
        ],
    ),
    "weather-s3-bucket-transitions": Case(
        good=[
            [bucket(), moved(180, "GLACIER")],
            [bucket(), moved(0, "INTELLIGENT_TIERING")],
            [bucket(), moved(30, "STANDARD_IA", expiration={"days": 365})],
        ],
        bad=[
            Bad(
                [bucket(), moved(1, "DEEP_ARCHIVE")],
                "to DEEP_ARCHIVE after 1 days, too soon for jobs",
                "lake",
            ),
            Bad([bucket(), moved(100, "GLACIER", expiration={"days": 120})], "which bills 90"),
            Bad(
                [
                    bucket(),
                    beside(
                        "BucketLifecycleConfiguration",
                        "lifecycle",
                        {
                            "transitionDefaultMinimumObjectSize": "varies_by_storage_class",
                            "rules": [
                                {
                                    "status": "Enabled",
                                    "transitions": [{"days": 200, "storageClass": "GLACIER"}],
                                }
                            ],
                        },
                    ),
                ],
                "objects of any size to GLACIER",
            ),
        ],
    ),
    "weather-s3-bucket-notification-loop": Case(
        good=[[notification(filterPrefix="raw/"), WRITING], [notification(), function()]],
        bad=[Bad([notification(), WRITING], "read is started by every new object")],
    ),
    "weather-s3-object-acl": Case(
        good=[[of("aws:s3/bucketObjectv2:BucketObjectv2", bucket="lake-b", key="k")]],
        bad=[Bad([of("aws:s3/bucketObjectv2:BucketObjectv2", key="k", acl="public-read")], "it has an acl")],
    ),
    "weather-iam-policy-escalation": Case(
        good=[[policy("iam:GetRole", "iam:ListRolePolicies")]],
        bad=[
            Bad([policy("iam:AttachRolePolicy")], "allows iam:AttachRolePolicy"),
            Bad([policy("s3:GetObject", "IAM:updateassumerolepolicy")], "allows iam:UpdateAssumeRolePolicy"),
        ],
    ),
    "weather-iam-user-credentials": Case(
        good=[[policy("iam:GetRole")]],
        bad=[
            Bad([of("aws:iam/accessKey:AccessKey", user="ci")], "AccessKey signs in by what does not end"),
            Bad([of("aws:iam/userLoginProfile:UserLoginProfile", user="me")], "UserLoginProfile"),
        ],
    ),
    "weather-sns-subscription-protocol": Case(
        good=[[of("aws:sns/topicSubscription:TopicSubscription", protocol="https", topic=TOPIC_ARN)]],
        bad=[Bad([of("aws:sns/topicSubscription:TopicSubscription", protocol="http")], "protocol is http")],
    ),
    "weather-glue-job-bookmark": Case(
        good=[
            [arguments(job_bookmark_option="job-bookmark-disable")],
            [job(command={"name": "pythonshell", "scriptLocation": "s3://b/k"})],
        ],
        bad=[
            Bad([job()], "say what a second run reads"),
            Bad([arguments(job_bookmark_option="on")], "say what a second run reads"),
        ],
    ),
    "weather-glue-job-monitoring": Case(
        good=[[job()], [arguments(enable_spark_ui="true", spark_event_logs_path="s3://lake-b/temp/")]],
        bad=[
            Bad([arguments(enable_spark_ui="true")], "nothing expires its events"),
            Bad([arguments(enable_observability_metrics="true")], "metrics by executor"),
            Bad([arguments(enable_continuous_log_filter="false")], "every heartbeat"),
        ],
    ),
    "weather-glue-connection-encryption": Case(
        good=[
            [
                of(
                    "aws:glue/connection:Connection",
                    connectionProperties={"JDBC_CONNECTION_URL": "u", "JDBC_ENFORCE_SSL": "true"},
                )
            ],
            [of("aws:glue/connection:Connection", connectionType="NETWORK")],
        ],
        bad=[
            Bad(
                [of("aws:glue/connection:Connection", connectionProperties={"JDBC_CONNECTION_URL": "u"})],
                "JDBC_ENFORCE_SSL",
            ),
            Bad(
                [
                    of(
                        "aws:glue/connection:Connection",
                        connectionProperties={"KAFKA_BOOTSTRAP_SERVERS": "h", "KAFKA_SSL_ENABLED": "false"},
                    )
                ],
                "KAFKA_SSL_ENABLED is not true",
            ),
        ],
    ),
    "weather-glue-table-compaction": Case(
        good=[[table()], [ICEBERG, OPTIMIZED]],
        bad=[
            Bad([ICEBERG], "its small files stay"),
            Bad(
                [table(openTableFormatInput={"icebergInput": {"metadataOperation": "CREATE"}})], "small files"
            ),
        ],
    ),
    "weather-costexplorer-anomaly-subscription": Case(
        good=[[job()], [MONITOR, HEARD]],
        bad=[
            Bad([MONITOR], "no AnomalySubscription", "monitor"),
            Bad([job()], "there is no aws:costexplorer", config={"required": True}),
        ],
    ),
    "weather-aws-resource-plain-secrets": Case(
        good=[
            [function(environment={"variables": {"TABLE": "readings", "SECRET_ARN": "arn:aws:x"}})],
            [of("aws:ssm/parameter:Parameter", name="/weather/password", type="SecureString")],
            [querying(ClientRequestToken="{% $uuid() %}"), target(input=json.dumps({"site": "a"}))],
        ],
        bad=[
            Bad(
                [function(environment={"variables": {"DB_PASSWORD": "x"}})], "a name that speaks of a secret"
            ),
            Bad([function(environment={"variables": {"DB": "postgresql://me:word@h/d"}})], "holds a login"),
            Bad(
                [of("aws:ssm/parameter:Parameter", name="/weather/api_key", type="String")],
                "use SecureString",
            ),
            Bad([target(input=SECRET)], "input holds a secret"),
            Bad([of("aws:scheduler/schedule:Schedule", target={"input": SECRET})], "input holds a secret"),
            Bad([querying(Password="hunter2")], "definition holds a secret"),
            Bad(
                [
                    of(
                        "aws:ecs/taskDefinition:TaskDefinition",
                        containerDefinitions=json.dumps(
                            [{"environment": [{"name": "API_KEY", "value": "x"}]}]
                        ),
                    )
                ],
                "containerDefinitions holds a secret",
            ),
        ],
    ),
    "weather-stack-unique-names": Case(
        good=[[job(), bucket()]],
        bad=[Bad([job(), Declared(job().type, "second", job().inputs)], "2 resources of its type", "second")],
    ),
    "weather-aws-resource-stack-name": Case(
        good=[
            [job()],
            [job(name="weather-dev-job")],
            [job(name="job-1a2b3c4")],
            [Declared("aws:glue/job:Job", "job", {"timeout": 5}, provider=Provider(tags={}))],
        ],
        bad=[
            Bad([job(name="WeatherDataTransformJob")], "a second stack would collide"),
            Bad([job(name="weather-devices")], "a second stack would collide"),
        ],
    ),
    "weather-stack-start-twice": Case(
        good=[[querying(), *nightly("one")], [job(), *nightly("one"), *nightly("two")]],
        bad=[Bad([querying(), *nightly("one"), *nightly("two")], "one and two start it", "pipeline")],
    ),
}
