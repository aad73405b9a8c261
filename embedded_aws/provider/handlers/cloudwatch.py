"""CloudWatch: log groups, alarms, dashboards."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, call, creates, without
from embedded_aws.provider.handlers.lifecycle import Description, lives
from embedded_aws.provider.shapes import Rename

_ALARM: dict[str, Rename] = {"name": "AlarmName", "metricQueries": "Metrics"}


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
    call(cloud, "cloudwatch.put_metric_alarm", inputs, _ALARM)
    return inputs["name"], {"arn": arn_of(cloud, "cloudwatch", f"alarm:{inputs['name']}")}


@creates("aws:cloudwatch/dashboard:Dashboard")
def _dashboard(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "cloudwatch.put_dashboard", inputs)
    name = inputs["dashboardName"]
    return name, {"dashboardArn": f"arn:aws:cloudwatch::{cloud.account}:dashboard/{name}"}


# --- after creation ---


def _read_group(cloud: Cloud, name: str, inputs: Inputs) -> Inputs | None:
    found = cloud.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    group = next((item for item in found if item["logGroupName"] == name), None)
    if group is None:
        return None
    seen = {"retentionInDays": group.get("retentionInDays", 0), "kmsKeyId": group.get("kmsKeyId", "")}
    return inputs | {key: value for key, value in seen.items() if key in inputs and inputs[key] != value}


def _update_group(cloud: Cloud, name: str, inputs: Inputs) -> None:
    logs = cloud.client("logs")
    if inputs.get("retentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(inputs["retentionInDays"]))
    else:
        logs.delete_retention_policy(logGroupName=name)
    if inputs.get("tags"):
        logs.tag_log_group(logGroupName=name, tags=inputs["tags"])


lives(
    "aws:cloudwatch/logGroup:LogGroup",
    read=_read_group,
    update=_update_group,
    delete=lambda cloud, name, _: cloud.client("logs").delete_log_group(logGroupName=name),
    replaces=("name", "kmsKeyId"),
)


def _read_log_policy(cloud: Cloud, name: str, inputs: Inputs) -> Inputs | None:
    found = cloud.client("logs").describe_resource_policies()["resourcePolicies"]
    seen = next((item for item in found if item["policyName"] == name), None)
    return None if seen is None else Description("logs.put_resource_policy").live(cloud, inputs, seen)


lives(
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    read=_read_log_policy,
    update=lambda cloud, _, inputs: _log_policy(cloud, inputs),
    delete=lambda cloud, name, _: cloud.client("logs").delete_resource_policy(policyName=name),
    replaces=("policyName",),
    named_by="policyName",
)


def _read_alarm(cloud: Cloud, name: str, inputs: Inputs) -> Inputs | None:
    found = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    description = Description("cloudwatch.put_metric_alarm", _ALARM | {"tags": None})
    return description.live(cloud, inputs, found[0]) if found else None


lives(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    read=_read_alarm,
    update=lambda cloud, _, inputs: _alarm(cloud, inputs),
    delete=lambda cloud, name, _: cloud.client("cloudwatch").delete_alarms(AlarmNames=[name]),
)
lives(
    "aws:cloudwatch/dashboard:Dashboard",
    read=lambda cloud, name, inputs: Description("cloudwatch.put_dashboard").live(
        cloud, inputs, cloud.client("cloudwatch").get_dashboard(DashboardName=name)
    ),
    update=lambda cloud, _, inputs: _dashboard(cloud, inputs),
    delete=lambda cloud, name, _: cloud.client("cloudwatch").delete_dashboards(DashboardNames=[name]),
    replaces=("dashboardName",),
    named_by="dashboardName",
)
