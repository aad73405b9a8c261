"""The pack's tables of AWS's actions: what botocore says, and what a definition says of resources."""

from __future__ import annotations

import botocore.session
import pytest

from tools import action_tables
from weather_policies.readers.actions import RESOURCELESS, is_resourceless
from weather_policies.readers.integrations import ACTIONS, SERVICES

NAMES = {
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
"""botocore's own name of a service where it is not the id that a Task writes."""

LIGHT = ("athena", "cloudwatchlogs", "eventbridge", "firehose", "glue", "scheduler", "sfn", "sns", "sqs")


@pytest.mark.parametrize("service", LIGHT)
def test_actions_are_those_of_botocore(service):
    found = action_tables.models([NAMES.get(service, service)])
    assert action_tables.sdk_actions([service], found) == {service: " ".join(sorted(ACTIONS[service]))}


def test_services_are_as_many_as_botocore_has():
    """Two of botocore's services may share an id; reading all of its models takes five seconds."""
    available = botocore.session.get_session().get_available_services()
    assert 0 <= len(available) - len(SERVICES) <= 2
    assert set(ACTIONS) <= SERVICES


def privilege(**kinds: bool) -> dict[str, object]:
    return {"resource_types": {kind: {"required": needed} for kind, needed in kinds.items()}}


def test_what_knows_no_resource():
    made = {
        "s3": {
            "privileges": {
                "ListAllMyBuckets": {"resource_types": {"": {"required": False}}},
                "GetObject": privilege(object=True),
                "CopyObject": privilege(object=False),
            }
        },
        "ce": {
            "privileges": {
                "GetCostAndUsage": privilege(billingview=False),
                "GetX": privilege(billingview=True),
            }
        },
        "version": "text",
    }
    assert action_tables.resourceless(made) == {"ce": "GetCostAndUsage", "s3": "ListAllMyBuckets"}


@pytest.mark.parametrize("action", ["s3:ListAllMyBuckets", "ecr:GetAuthorizationToken", "ce:GetCostAndUsage"])
def test_the_table_holds_what_everybody_grants_on_all(action):
    assert is_resourceless(action)


@pytest.mark.parametrize("action", ["s3:GetObject", "glue:GetTable", "sts:AssumeRole", "kms:Decrypt"])
def test_the_table_holds_nothing_that_has_a_resource(action):
    assert not is_resourceless(action)
    assert action.split(":")[0] in RESOURCELESS
