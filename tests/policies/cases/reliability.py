"""Good and bad cases of the reliability rules."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.case import Bad, Case
from tests.policies.engine import UNKNOWN, Declared
from tests.policies.parts import (
    MACHINE_ARN,
    QUEUE_ARN,
    TOPIC_ARN,
    alarm,
    crawler,
    job,
    pipeline,
    queue,
    rule,
    target,
    topic,
)


def schedule(**changes: Any) -> Declared:
    inputs = {
        "scheduleExpression": "cron(0 0 ? * SUN *)",
        "scheduleExpressionTimezone": "Asia/Ho_Chi_Minh",
        "target": {
            "arn": MACHINE_ARN,
            "retryPolicy": {"maximumRetryAttempts": 3},
            "deadLetterConfig": {"arn": QUEUE_ARN},
        },
        **changes,
    }
    return Declared("aws:scheduler/schedule:Schedule", "schedule", inputs)


def ends(*statuses: str, arn: str = MACHINE_ARN) -> Declared:
    detail = {"status": list(statuses), "stateMachineArn": [arn]}
    pattern = {"source": ["aws.states"], "detail": detail}
    return rule(scheduleExpression=None, eventPattern=json.dumps(pattern))


def depth(**changes: Any) -> Declared:
    given = {"namespace": "AWS/SQS", "metricName": "ApproximateNumberOfMessagesVisible"}
    return alarm("depth", **{**given, "dimensions": {"QueueName": "weather-dlq-abc123"}, **changes})


def watch(metric: str) -> Declared:
    return alarm(metric, metricName=metric, dimensions={"StateMachineArn": MACHINE_ARN})


def script(location: str | None) -> Declared:
    return job(command={"name": "glueetl", **({"scriptLocation": location} if location else {})})


UNKNOWN_ARN = Declared(
    "aws:sfn/stateMachine:StateMachine", "pipeline", pipeline().inputs, {"arn": UNKNOWN, "id": UNKNOWN}
)
ALL_ENDS = ("FAILED", "TIMED_OUT", "ABORTED")
SUBSCRIBED = Declared("aws:sns/topicSubscription:TopicSubscription", "sub", {"topic": TOPIC_ARN})

CASES = {
    "weather-events-target-dead-letter": Case(
        good=[[target()], [target(deadLetterConfig={"arn": UNKNOWN})]],
        bad=[
            Bad([target(deadLetterConfig=None)], "deadLetterConfig.arn is not set", "target"),
            Bad([target(deadLetterConfig={})], "deadLetterConfig.arn is not set"),
        ],
    ),
    "weather-events-target-retry": Case(
        good=[[target()]],
        bad=[
            Bad([target(retryPolicy=None)], "maximumRetryAttempts is not set", "target"),
            Bad(
                [target(retryPolicy={"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 86_400})],
                "maximumEventAgeInSeconds is not set or above 21600",
            ),
            Bad(
                [target(retryPolicy={"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 60})],
                "maximumRetryAttempts is not set or 0",
            ),
        ],
    ),
    "weather-events-target-role": Case(
        good=[
            [target(), pipeline()],
            [target(arn=TOPIC_ARN, roleArn=None), topic()],
            [target(arn=UNKNOWN, roleArn=None, refs={"arn": ["topic"]}), topic()],
        ],
        bad=[
            Bad([target(roleArn=None)], "roleArn is not set", "target"),
            Bad(
                [target(arn=UNKNOWN, roleArn=None, refs={"arn": ["pipeline"]}), UNKNOWN_ARN],
                "roleArn is not set",
            ),
        ],
    ),
    "weather-events-rule-schedule": Case(
        good=[[rule()], [rule(scheduleExpression="rate(7 days)")], [ends("FAILED")]],
        bad=[
            Bad(
                [rule(scheduleExpression="cron(0 17 * * SAT)")], "neither a cron(...) of six fields", "weekly"
            ),
            Bad([rule(scheduleExpression="cron(0 17 * * SAT *)")], "one of them ?"),
            Bad([rule(scheduleExpression="cron(61 17 ? * SAT *)")], "neither a cron"),
            Bad([rule(scheduleExpression="rate(1 minute)")], "it fires 43830 times a month, at most 31"),
            Bad([rule(scheduleExpression="cron(0/15 * * * ? *)")], "it fires 2922 times a month"),
            Bad([rule(scheduleExpression=None)], "neither scheduleExpression nor eventPattern"),
        ],
    ),
    "weather-events-rule-pattern": Case(
        good=[[rule()], [ends("FAILED")]],
        bad=[
            Bad([rule(eventPattern=json.dumps({"detail": {}}))], "eventPattern names no source", "weekly"),
            Bad([rule(eventPattern="nonsense")], "eventPattern is not a JSON object"),
        ],
    ),
    "weather-events-rule-target": Case(
        good=[[rule(), target()], [rule(name=UNKNOWN), target(rule=UNKNOWN, refs={"rule": ["weekly"]})]],
        bad=[
            Bad([rule()], "no EventTarget names it", "weekly"),
            Bad([rule(), target(rule="another")], "no EventTarget names it"),
        ],
    ),
    "weather-scheduler-schedule-delivery": Case(
        good=[[schedule()]],
        bad=[
            Bad(
                [schedule(scheduleExpressionTimezone=None)],
                "scheduleExpressionTimezone is not set",
                "schedule",
            ),
            Bad(
                [schedule(target={"arn": MACHINE_ARN, "retryPolicy": {"maximumRetryAttempts": 3}})],
                "target.deadLetterConfig is not set",
            ),
        ],
    ),
    "weather-cloudwatch-alarm-actions": Case(
        good=[[alarm()], [alarm(alarmActions=[UNKNOWN])]],
        bad=[
            Bad([alarm(alarmActions=[])], "alarmActions is empty", "alarm"),
            Bad([alarm(alarmActions=None)], "alarmActions is empty"),
            Bad([alarm(actionsEnabled=False)], "actionsEnabled is false"),
        ],
    ),
    "weather-cloudwatch-alarm-missing-data": Case(
        good=[[alarm()]],
        bad=[
            Bad([alarm(treatMissingData=None)], "treatMissingData is not one of notBreaching", "alarm"),
            Bad([alarm(treatMissingData="missing")], "treatMissingData is not one of"),
        ],
    ),
    "weather-cloudwatch-alarm-window": Case(
        good=[[alarm()], [alarm(period=86_400, evaluationPeriods=7)]],
        bad=[Bad([alarm(period=86_400, evaluationPeriods=8)], "is 691200 s, at most 604800", "alarm")],
    ),
    "weather-sfn-machine-failure-alarm": Case(
        good=[
            [pipeline(), ends(*ALL_ENDS)],
            [pipeline(), watch("ExecutionsFailed"), watch("ExecutionsTimedOut"), ends("ABORTED")],
            [UNKNOWN_ARN, ends(*ALL_ENDS)],
        ],
        bad=[
            Bad([pipeline()], "that end FAILED, TIMED_OUT, ABORTED", "pipeline"),
            Bad([pipeline(), ends("FAILED")], "that end TIMED_OUT, ABORTED"),
            Bad([pipeline(), ends(*ALL_ENDS, arn=MACHINE_ARN + "x")], "that end FAILED"),
            Bad([UNKNOWN_ARN, ends(*ALL_ENDS, arn=MACHINE_ARN + "x")], "that end FAILED"),
        ],
    ),
    "weather-sqs-queue-alarm": Case(
        good=[[queue()], [queue(), target(), depth()]],
        bad=[
            Bad([queue(), target()], "it is a dead-letter queue and no alarm", "dlq"),
            Bad(
                [queue(), target(), depth(dimensions={"QueueName": "another"})], "no alarm watches its depth"
            ),
            Bad([queue(), target(), depth(metricName="SentMessageSize")], "no alarm watches its depth"),
            Bad(
                [
                    queue(),
                    Declared(
                        "aws:sqs/queue:Queue",
                        "src",
                        {"redrivePolicy": json.dumps({"deadLetterTargetArn": QUEUE_ARN})},
                    ),
                ],
                "no alarm watches its depth",
                "dlq",
            ),
        ],
    ),
    "weather-sqs-queue-retention": Case(
        good=[[queue(), target()], [queue(messageRetentionSeconds=60)]],
        bad=[
            Bad([queue(messageRetentionSeconds=None), target()], "is 345600, at least 691200", "dlq"),
            Bad([queue(messageRetentionSeconds=60), target()], "messageRetentionSeconds is 60"),
        ],
    ),
    "weather-sns-topic-subscription": Case(
        good=[[topic(), SUBSCRIBED]],
        bad=[Bad([topic()], "no TopicSubscription of the stack receives", "topic")],
    ),
    "weather-glue-crawler-schema-policy": Case(
        good=[
            [crawler()],
            [
                crawler(
                    recrawlPolicy={"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
                    schemaChangePolicy={"updateBehavior": "LOG", "deleteBehavior": "LOG"},
                )
            ],
        ],
        bad=[
            Bad(
                [crawler(recrawlPolicy={"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"})],
                "AWS refuses this crawler",
            ),
            Bad([crawler(schemaChangePolicy={"deleteBehavior": "DELETE_FROM_DATABASE"})], "drops tables"),
        ],
    ),
    "weather-glue-crawler-grouping": Case(
        good=[[crawler()]],
        bad=[
            Bad([crawler(configuration=None)], "is not CombineCompatibleSchemas", "crawler"),
            Bad([crawler(configuration="nonsense")], "configuration is not a JSON object"),
            Bad([crawler(configuration=json.dumps({"Grouping": {}}))], "is not CombineCompatibleSchemas"),
        ],
    ),
    "weather-glue-job-script-version": Case(
        good=[[job()]],
        bad=[
            Bad([script("s3://artifacts-b/scripts/job.py")], "holds no content hash", "job"),
            Bad([script("s3://0123456789abcdef/scripts/job.py")], "holds no content hash"),
            Bad([script(None)], "command.scriptLocation is not set"),
        ],
    ),
    "weather-stack-pipeline-trigger": Case(
        good=[[pipeline(), target()], [pipeline(), schedule()], [UNKNOWN_ARN, target()]],
        bad=[Bad([pipeline()], "no rule, schedule or other machine of the stack starts it", "pipeline")],
    ),
}
