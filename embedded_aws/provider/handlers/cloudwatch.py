"""CloudWatch: log groups, alarms, dashboards."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, call, creates, without


@creates("aws:cloudwatch/logGroup:LogGroup", tags=True)
def _log_group(cloud: Cloud, inputs: Inputs) -> Created:
    kept = without(inputs, "retentionInDays", "skipDestroy")
    call(cloud, "logs.create_log_group", kept, {"name": "logGroupName"})
    if inputs.get("retentionInDays"):
        cloud.client("logs").put_retention_policy(
            logGroupName=inputs["name"], retentionInDays=int(inputs["retentionInDays"])
        )
    return inputs["name"], {"arn": arn_of(cloud, "logs", f"log-group:{inputs['name']}")}


@creates("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
def _log_policy(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "logs.put_resource_policy", inputs)
    return inputs["policyName"], {}


@creates("aws:cloudwatch/metricAlarm:MetricAlarm", tags=True)
def _alarm(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "cloudwatch.put_metric_alarm", inputs, {"name": "AlarmName", "metricQueries": "Metrics"})
    return inputs["name"], {"arn": arn_of(cloud, "cloudwatch", f"alarm:{inputs['name']}")}


@creates("aws:cloudwatch/dashboard:Dashboard")
def _dashboard(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "cloudwatch.put_dashboard", inputs)
    name = inputs["dashboardName"]
    return name, {"dashboardArn": f"arn:aws:cloudwatch::{cloud.account}:dashboard/{name}"}
