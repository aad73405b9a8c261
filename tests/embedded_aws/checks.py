"""One check per patch of moto: it holds with the repair and does not hold without it."""

import json

import moto
import moto.backends

from tests.embedded_aws.lab import Lab, until

TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
SDK = "arn:aws:states:::aws-sdk:"


def modules_list(lab: Lab) -> bool:
    return moto.backends.list_of_moto_modules() is moto.backends.list_of_moto_modules()


def bucket_policy_conditions(lab: Lab) -> bool:
    policy = {"Version": "2012-10-17", "Statement": [TLS | {"Resource": f"arn:aws:s3:::{lab.bucket}/*"}]}
    lab.aws.client("s3").put_bucket_policy(Bucket=lab.bucket, Policy=json.dumps(policy))
    lab.put("kept", "x")
    return True


def bucket_logging(lab: Lab) -> bool:
    s3 = lab.aws.client("s3")
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": lab.aws.region})
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": ["arn:aws:s3:::logs/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [TLS | {"Resource": "arn:aws:s3:::logs/*"}, allow]}
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(policy))
    logging = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "lab/"}}
    s3.put_bucket_logging(Bucket=lab.bucket, BucketLoggingStatus=logging)
    return True


def execute_state_machines(lab: Lab) -> bool:
    return lab.do({"Type": "Pass", "Output": {"a": 1}}, timeout=3).output == {"a": 1}


def execution_names(lab: Lab) -> bool:
    return lab.do({"Type": "Pass"}, timeout=3).name not in ("", "None")


def task_clients(lab: Lab) -> bool:
    lab.do({"Resource": SDK + "glue:getCrawler", "Arguments": {"Name": "crawler"}})
    return any(call.operation == "GetCrawler" and call.principal == lab.role for call in lab.aws.calls())


def task_parameters(lab: Lab) -> bool:
    body = {"Bucket": lab.bucket, "Key": "out", "Body": {"a": [1, "{% 1 + 1 %}"]}}
    run = lab.do({"Resource": SDK + "s3:putObject", "Arguments": body})
    stored = lab.aws.client("s3").get_object(Bucket=lab.bucket, Key="out")["Body"].read()
    return run.status == "SUCCEEDED" and json.loads(stored) == {"a": [1, 2]}


def task_response(lab: Lab) -> bool:
    lab.put("text", "hello")
    run = lab.do({"Resource": SDK + "s3:getObject", "Arguments": {"Bucket": lab.bucket, "Key": "text"}})
    listed = lab.do({"Resource": SDK + "sfn:listStateMachines", "Arguments": {}})
    modified: str = run.output["LastModified"]
    machines = listed.output["StateMachines"]
    return run.output["Body"] == "hello" and modified.endswith("Z") and "StateMachineArn" in machines[0]


def error_names(lab: Lab) -> bool:
    run = lab.do({"Resource": SDK + "glue:getCrawler", "Arguments": {"Name": "nobody"}})
    return run.error == "Glue.EntityNotFoundException"


SYNC = {"Resource": "arn:aws:states:::glue:startJobRun.sync", "Arguments": {"JobName": "job"}}


def glue_sync(lab: Lab) -> bool:
    run = lab.do(SYNC)
    return run.status == "SUCCEEDED" and run.output["JobRunState"] == "SUCCEEDED"


def glue_stopped(lab: Lab) -> bool:
    lab.aws.faults.job_hangs(minutes=1000)
    arn = lab.start({"StartAt": "S", "States": {"S": {"Type": "Task", "End": True, **SYNC}}})
    until(lambda: any(run.state == "RUNNING" for run in lab.aws.job_runs("job")))
    glue = lab.aws.client("glue")
    runs = glue.get_job_runs(JobName="job")["JobRuns"]
    glue.batch_stop_job_run(JobName="job", JobRunIds=[runs[-1]["Id"]])
    run = lab.aws.wait(arn)
    return (run.status, run.error) == ("FAILED", "States.TaskFailed")


def jsonata(lab: Lab) -> bool:
    told = 'a "quoted"\nline'
    run = lab.run(
        {
            "StartAt": "A",
            "States": {
                "A": {"Type": "Pass", "Assign": {"told": "{% $states.input.told %}"}, "Next": "B"},
                "B": {"Type": "Pass", "Output": "{% $told & $string(1 + 1) %}", "End": True},
            },
        },
        {"told": told},
    )
    return run.output == told + "2"


def fail_error(lab: Lab) -> bool:
    error = {"Error": "States.TaskFailed", "Cause": "why"}
    run = lab.do(
        {"Type": "Fail", "Error": "{% $states.input.Error %}", "Cause": "{% $states.input.Cause %}"}, error
    )
    return (run.error, run.cause) == ("States.TaskFailed", "why")


def retry_sleep(lab: Lab) -> bool:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 4, "MaxAttempts": 1}]
    task = {"Resource": SDK + "glue:getCrawler", "Arguments": {"Name": "nobody"}, "Retry": retry}
    arn = lab.start({"StartAt": "S", "States": {"S": {"Type": "Task", "End": True, **task}}})
    until(lambda: any(event["type"] == "TaskFailed" for event in lab.aws.execution(arn).history))
    lab.aws.client("stepfunctions").stop_execution(executionArn=arn)
    return lab.aws.wait(arn, timeout=1).status == "ABORTED"


def stop(lab: Lab) -> bool:
    lab.aws.faults.job_hangs(minutes=1000)
    arn = lab.start({"StartAt": "S", "States": {"S": {"Type": "Task", "End": True, **SYNC}}})
    until(lambda: any(run.state == "RUNNING" for run in lab.aws.job_runs("job")))
    lab.aws.client("stepfunctions").stop_execution(executionArn=arn)
    run = lab.aws.wait(arn)
    until(lambda: all(run.state == "STOPPED" for run in lab.aws.job_runs("job")[-1:]))
    return run.status == "ABORTED" and run.history[-1]["type"] == "ExecutionAborted"


def stop_reason(lab: Lab) -> bool:
    arn = lab.start({"StartAt": "S", "States": {"S": {"Type": "Wait", "Seconds": 100, "End": True}}})
    until(lambda: lab.aws.execution(arn).states == ("S",))
    lab.aws.client("stepfunctions").stop_execution(executionArn=arn, error="Mine", cause="because")
    run = lab.aws.wait(arn)
    return (run.status, run.error, run.cause) == ("ABORTED", "Mine", "because")


def describe_execution(lab: Lab) -> bool:
    definition = {"StartAt": "S", "States": {"S": {"Type": "Wait", "Seconds": 60, "End": True}}}
    late = lab.run({**definition, "TimeoutSeconds": 1})
    texts = [lab.do({"Type": "Pass", "Output": value}).output for value in ("plain", None)]
    return texts == ["plain", None] and late.status == "TIMED_OUT" and late.stopped is not None


def status_changes(lab: Lab) -> bool:
    events, sns = lab.aws.client("events"), lab.aws.client("sns")
    topic = sns.create_topic(Name="told")["TopicArn"]
    pattern = {"source": ["aws.states"], "detail": {"status": ["FAILED"]}}
    events.put_rule(Name="failed", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="failed", Targets=[{"Id": "t", "Arn": topic, "InputPath": "$.detail.error"}])
    lab.do({"Type": "Fail", "Error": "Mine"})
    until(lambda: any(note.topic == topic for note in lab.aws.notifications()), seconds=2)
    metrics = lab.aws.client("cloudwatch").list_metrics(Namespace="AWS/States")["Metrics"]
    names = {metric["MetricName"] for metric in metrics}
    told = [note.message for note in lab.aws.notifications() if note.topic == topic]
    return "Mine" in told and {"ExecutionsStarted", "ExecutionsFailed"} <= names


def rule_targets(lab: Lab) -> bool:
    events, sqs = lab.aws.client("events"), lab.aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="schedule", ScheduleExpression="rate(1 day)")
    events.put_rule(Name="off", EventPattern='{"source": ["me"]}', State="DISABLED")
    for rule in ("schedule", "off"):
        events.put_targets(Rule=rule, Targets=[{"Id": "t", "Arn": arn}])
    events.put_events(Entries=[{"Source": "me", "DetailType": "d", "Detail": "{}"}])
    return "Messages" not in sqs.receive_message(QueueUrl=url)


def glue_jobs(lab: Lab) -> bool:
    lab.aws.client("glue").start_job_run(JobName="job")
    until(lambda: any(run.state != "RUNNING" for run in lab.aws.job_runs("job")[-1:]), seconds=3)
    return lab.aws.job_runs("job")[-1].stdout == "done\n"


def glue_crawls(lab: Lab) -> bool:
    lab.put("raw/telemetry/a/1.json", '{"T": 1}')
    lab.put("raw/telemetry/a/2.json", '{"T": 1.5')
    glue = lab.aws.client("glue")
    glue.start_crawler(Name="crawler")
    until(lambda: glue.get_crawler(Name="crawler")["Crawler"]["State"] == "READY", seconds=2)
    table = glue.get_table(DatabaseName="lab", Name="telemetry")["Table"]
    return table["StorageDescriptor"]["Columns"] == [{"Name": "t", "Type": "int"}]


def crawler_bucket(lab: Lab) -> bool:
    glue = lab.aws.client("glue")
    targets = {"S3Targets": [{"Path": "s3://nowhere/raw/"}]}
    try:
        glue.create_crawler(Name="early", Role=lab.role, DatabaseName="lab", Targets=targets)
    except glue.exceptions.InvalidInputException as error:
        return "S3 bucket nowhere does not exist" in str(error)
    return False


CHECKS = {
    check.__name__: check
    for check in (
        modules_list,
        bucket_policy_conditions,
        bucket_logging,
        execute_state_machines,
        execution_names,
        task_clients,
        task_parameters,
        task_response,
        error_names,
        glue_sync,
        glue_stopped,
        jsonata,
        fail_error,
        retry_sleep,
        stop,
        stop_reason,
        describe_execution,
        status_changes,
        rule_targets,
        glue_jobs,
        glue_crawls,
        crawler_bucket,
    )
}
