"""Step Functions: state machines."""

from typing import Any

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates


def _log_destination(arn: str) -> dict[str, Any]:
    return {"destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}


@creates("aws:sfn/stateMachine:StateMachine", tags=True)
def _state_machine(cloud: Cloud, inputs: Inputs) -> Created:
    answer = call(cloud, "stepfunctions.create_state_machine", inputs, {"logDestination": _log_destination})
    arn = answer["stateMachineArn"]
    return arn, {"arn": arn, "status": "ACTIVE", "creationDate": answer["creationDate"].isoformat()}
