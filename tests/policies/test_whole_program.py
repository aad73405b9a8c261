"""The real program under the whole pack: every stack file, as a preview and as an update."""

from __future__ import annotations

import json

import jsonschema
import pytest
from google.protobuf import json_format

from tests.policies.engine import UNKNOWN, InProcess, judged
from tests.policies.whole import STACKS, class_config, program
from weather_policies import pack
from weather_policies.kit import exemptions
from weather_policies.readers import tag_support, tags

RULES = {rule.name: rule for rule in pack.POLICIES}
MODES = [pytest.param(False, id="update"), pytest.param(True, id="preview")]
EXCEPTIONS = [
    pytest.param(stack, name, entry, id=f"{stack}-{name}")
    for stack in STACKS
    for name, given in class_config(stack).items()
    if isinstance(given, dict)
    for entry in given.get("exemptions", [])
]
UNTAGGABLE = {
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:glue/catalogTable:CatalogTable",
    "aws:glue/securityConfiguration:SecurityConfiguration",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:kms/alias:Alias",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
}
"""What the program registers that takes no tags, by name."""


@pytest.mark.parametrize("preview", MODES)
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_is_clean_and_fully_judged(stack, preview):
    found = judged(InProcess(pack.POLICIES, class_config(stack)), program(stack, preview))
    assert [(d.policy, d.resource, d.message) for d in found] == []


def test_a_preview_holds_unknowns_and_readable_documents():
    """The clean preview above would prove nothing if everything were known, or nothing readable."""
    members = {m.name: m for m in program("prod", preview=True)}
    assert json_format.MessageToDict(members["monitoring-topic"].resource.properties)["arn"] == UNKNOWN
    assert json_format.MessageToDict(members["monitoring-topic-policy"].request.properties)["arn"] == UNKNOWN
    unknown = [m.name for m in members.values() if UNKNOWN in json_format.MessageToJson(m.request.properties)]
    assert len(unknown) > 20
    for name in ("orchestration-pipeline", "orchestration-watchdog"):
        definition = json_format.MessageToDict(members[name].request.properties)["definition"]
        assert json.loads(definition)["States"]
    policies = [m for m in members.values() if m.type.endswith("Policy")]
    assert len(policies) > 8
    for policy in policies:
        assert json.loads(json_format.MessageToDict(policy.request.properties)["policy"])["Statement"]


def test_types_without_tags_are_named_and_all_others_are_judged():
    seen = {m.type for stack in STACKS for m in program(stack) if m.type.startswith("aws:")}
    assert seen - tags.TAGGABLE == UNTAGGABLE
    assert seen & tags.UNTAGGABLE == UNTAGGABLE


def test_tag_support_is_what_the_installed_sdk_says():
    derived = tag_support.derive()
    assert json.loads(tag_support.FILE.read_text(encoding="utf-8")) == derived
    assert len(derived["taggable"]) > 800


def test_tag_support_agrees_with_the_constructors_themselves():
    """The scan of the source against the signatures of the classes the program uses."""
    import importlib
    import inspect

    import pulumi

    for token in {m.type for m in program("prod") if m.type.startswith("aws:")}:
        module, name = token.split(":")[1].split("/")[0], token.split(":")[2]
        cls = getattr(importlib.import_module(f"pulumi_aws.{module}"), name)
        assert pulumi.get_type_token(cls) == token
        takes_tags = "tags" in inspect.signature(cls._internal_init).parameters
        assert takes_tags == (token in tags.TAGGABLE), token


@pytest.mark.parametrize("stack", STACKS)
def test_class_configuration_names_rules_and_properties_that_exist(stack):
    for name, given in class_config(stack).items():
        properties = (
            {k: v for k, v in given.items() if k != "enforcementLevel"} if isinstance(given, dict) else {}
        )
        schema = RULES[name].config_schema.properties
        jsonschema.validate(properties, {"properties": schema, "additionalProperties": False})
        assert all(value != schema[key]["default"] for key, value in properties.items()), f"{name}: a default"


def test_there_are_exceptions_to_test():
    assert EXCEPTIONS


@pytest.mark.parametrize(("stack", "name", "entry"), EXCEPTIONS)
def test_an_exception_is_needed_and_has_not_ended(stack, name, entry):
    """An exception that lifts nothing, or whose day has passed, must go."""
    assert not exemptions.read({"exemptions": [entry]})[0].expired(exemptions.today())
    config = class_config(stack)
    config[name]["exemptions"] = [e for e in config[name]["exemptions"] if e != entry]
    found = judged(InProcess(pack.POLICIES, config), program(stack))
    assert {(d.policy, d.resource) for d in found} == {(name, entry["resource"])}
