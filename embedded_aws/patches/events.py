"""EventBridge: which rules match, and what their targets get."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false
# ruff: noqa: ARG001, FBT001, FBT002 - a patch and what it puts in place keep the signatures they are called with

from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule

from embedded_aws.patches.base import PatchContext, Patches, patch
from embedded_aws.stepfunctions.values import instant


@patch
def rule_targets(patches: Patches, context: PatchContext) -> None:
    """A rule without a pattern matches every event: a schedule would start the pipeline again without end.

    Disabled rules fire too, state machines and topics are no targets, the input transformer knows no JSON.
    """

    def send(self: Any, original_event: Any, transform_input: bool = True) -> None:
        if not self.event_pattern.get_pattern() or self.state != "ENABLED":
            return
        if not self.event_pattern.matches_event(original_event):
            return
        event = {key: item for key, item in original_event.items() if key != "ingestion-time"}
        event["time"] = instant(datetime.fromtimestamp(float(event["time"]), UTC))[:19] + "Z"
        for target in self.targets:
            context.delivery.deliver(self.arn, target, event)

    patches.set(Rule, "send_to_targets", send)
