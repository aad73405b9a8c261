"""Step Functions: state machines."""

from typing import Any

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, without
from embedded_aws.provider.handlers.lifecycle import Description, lives


def _log_destination(arn: str) -> dict[str, Any]:
    return {"destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}


@creates("aws:sfn/stateMachine:StateMachine", tags=True)
def _state_machine(cloud: Cloud, inputs: Inputs) -> Created:
    answer = call(cloud, "stepfunctions.create_state_machine", inputs, {"logDestination": _log_destination})
    arn = answer["stateMachineArn"]
    return arn, {"arn": arn, "status": "ACTIVE", "creationDate": answer["creationDate"].isoformat()}


# --- after creation ---


def _update_machine(cloud: Cloud, arn: str, inputs: Inputs) -> None:
    given = without(inputs, "name", "type", "tags")
    call(
        cloud,
        "stepfunctions.update_state_machine",
        {"stateMachineArn": arn, **given},
        {"logDestination": _log_destination},
    )
    if inputs.get("tags"):
        tags = [{"key": key, "value": value} for key, value in inputs["tags"].items()]
        cloud.client("stepfunctions").tag_resource(resourceArn=arn, tags=tags)


lives(
    "aws:sfn/stateMachine:StateMachine",
    read=lambda cloud, arn, inputs: Description(
        "stepfunctions.create_state_machine",
        {"logDestination": None, "loggingConfiguration.logDestination": None, "tags": None, "publish": None},
    ).live(cloud, inputs, cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)),
    update=_update_machine,
    delete=lambda cloud, arn, _: cloud.client("stepfunctions").delete_state_machine(stateMachineArn=arn),
    replaces=("name", "type"),
)
