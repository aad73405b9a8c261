"""EventBridge: rules, targets, schedules."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, without
from embedded_aws.provider.handlers.lifecycle import Description, lives
from embedded_aws.provider.shapes import Rename

_TARGET: dict[str, Rename] = {"targetId": "Id", "inputPaths": "InputPathsMap"}


@creates("aws:cloudwatch/eventRule:EventRule", tags=True)
def _rule(cloud: Cloud, inputs: Inputs) -> Created:
    answer = call(cloud, "events.put_rule", without(inputs, "forceDestroy"))
    return inputs["name"], {"arn": answer["RuleArn"]}


@creates("aws:cloudwatch/eventTarget:EventTarget")
def _rule_target(cloud: Cloud, inputs: Inputs) -> Created:
    target = without(inputs, "rule", "eventBusName", "forceDestroy")
    call(
        cloud,
        "events.put_targets",
        {"rule": inputs["rule"], "eventBusName": inputs.get("eventBusName", "default"), "targets": [target]},
        _TARGET,
    )
    return f"{inputs['rule']}-{inputs['targetId']}", {}


@creates("aws:scheduler/schedule:Schedule")
def _schedule(cloud: Cloud, inputs: Inputs) -> Created:
    arn = call(cloud, "scheduler.create_schedule", inputs)["ScheduleArn"]
    return f"{inputs.get('groupName', 'default')}/{inputs['name']}", {"arn": arn}


@creates("aws:scheduler/scheduleGroup:ScheduleGroup", tags=True)
def _schedule_group(cloud: Cloud, inputs: Inputs) -> Created:
    arn = call(cloud, "scheduler.create_schedule_group", inputs)["ScheduleGroupArn"]
    return inputs["name"], {"arn": arn}


# --- after creation ---


_RULE = Description("events.put_rule", {"forceDestroy": None, "tags": None})
lives(
    "aws:cloudwatch/eventRule:EventRule",
    read=lambda cloud, name, inputs: _RULE.live(
        cloud, inputs, cloud.client("events").describe_rule(Name=name)
    ),
    update=lambda cloud, _, inputs: _rule(cloud, inputs),
    delete=lambda cloud, name, _: cloud.client("events").delete_rule(Name=name),
    replaces=("name", "eventBusName"),
)


def _read_target(cloud: Cloud, _: str, inputs: Inputs) -> Inputs | None:
    found = cloud.client("events").list_targets_by_rule(Rule=inputs["rule"])["Targets"]
    seen = next((item for item in found if item["Id"] == inputs["targetId"]), None)
    if seen is None:
        return None
    own = without(inputs, "rule", "eventBusName", "forceDestroy")
    return inputs | Description("events.put_targets", _TARGET, "Targets").live(cloud, own, seen)


lives(
    "aws:cloudwatch/eventTarget:EventTarget",
    read=_read_target,
    update=lambda cloud, _, inputs: _rule_target(cloud, inputs),
    delete=lambda cloud, _, inputs: cloud.client("events").remove_targets(
        Rule=inputs["rule"], Ids=[inputs["targetId"]]
    ),
    replaces=("rule", "targetId", "eventBusName"),
    named_by="targetId",
)
lives(
    "aws:scheduler/schedule:Schedule",
    read=lambda cloud, _, inputs: Description("scheduler.create_schedule").live(
        cloud, inputs, cloud.client("scheduler").get_schedule(Name=inputs["name"], **_group(inputs))
    ),
    update=lambda cloud, _, inputs: call(cloud, "scheduler.update_schedule", inputs),
    delete=lambda cloud, _, inputs: cloud.client("scheduler").delete_schedule(
        Name=inputs["name"], **_group(inputs)
    ),
    replaces=("name", "groupName"),
)
lives(
    "aws:scheduler/scheduleGroup:ScheduleGroup",
    read=lambda cloud, name, inputs: (
        inputs if cloud.client("scheduler").get_schedule_group(Name=name) else None
    ),
    delete=lambda cloud, name, _: cloud.client("scheduler").delete_schedule_group(Name=name),
)


def _group(inputs: Inputs) -> dict[str, str]:
    return {"GroupName": inputs["groupName"]} if inputs.get("groupName") else {}
