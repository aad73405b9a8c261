"""EventBridge: rules, targets, schedules."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, without


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
        {
            "targetId": "Id",
            "inputPaths": "InputPathsMap",
            "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
        },
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
