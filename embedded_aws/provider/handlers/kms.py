"""KMS: keys and aliases."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, call, creates, without
from embedded_aws.provider.handlers.lifecycle import lives, same


@creates("aws:kms/key:Key", tags=True)
def _key(cloud: Cloud, inputs: Inputs) -> Created:
    kept = without(inputs, "enableKeyRotation", "deletionWindowInDays", "rotationPeriodInDays", "isEnabled")
    metadata = call(
        cloud,
        "kms.create_key",
        {**kept, "tags": [{"tagKey": key, "tagValue": value} for key, value in kept.get("tags", {}).items()]},
        {"customerMasterKeySpec": "KeySpec"},
    )["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        cloud.client("kms").enable_key_rotation(KeyId=metadata["KeyId"])
    return metadata["KeyId"], {"arn": metadata["Arn"], "keyId": metadata["KeyId"]}


@creates("aws:kms/alias:Alias")
def _alias(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "kms.create_alias", inputs, {"name": "AliasName"})
    return inputs["name"], {"arn": arn_of(cloud, "kms", inputs["name"])}


# --- after creation ---


def _read_key(cloud: Cloud, key: str, inputs: Inputs) -> Inputs | None:
    kms = cloud.client("kms")
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    if metadata["KeyState"] == "PendingDeletion":
        return None
    seen = {
        "description": metadata.get("Description", ""),
        "policy": kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
        "enableKeyRotation": kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
    }
    return inputs | {
        name: value for name, value in seen.items() if name in inputs and not same(inputs[name], value)
    }


def _update_key(cloud: Cloud, key: str, inputs: Inputs) -> None:
    kms = cloud.client("kms")
    if inputs.get("policy"):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=inputs["policy"])
    if "description" in inputs:
        kms.update_key_description(KeyId=key, Description=inputs["description"])
    (kms.enable_key_rotation if inputs.get("enableKeyRotation") else kms.disable_key_rotation)(KeyId=key)
    if inputs.get("tags"):
        tags = [{"TagKey": name, "TagValue": value} for name, value in inputs["tags"].items()]
        kms.tag_resource(KeyId=key, Tags=tags)


lives(
    "aws:kms/key:Key",
    read=_read_key,
    update=_update_key,
    delete=lambda cloud, key, inputs: cloud.client("kms").schedule_key_deletion(
        KeyId=key, PendingWindowInDays=int(inputs.get("deletionWindowInDays") or 30)
    ),
    replaces=("keyUsage", "customerMasterKeySpec", "multiRegion"),
    named_by="",
)


def _read_alias(cloud: Cloud, name: str, inputs: Inputs) -> Inputs | None:
    for page in cloud.client("kms").get_paginator("list_aliases").paginate():
        for alias in page["Aliases"]:
            if alias["AliasName"] == name:
                there = alias.get("TargetKeyId", "")
                return inputs if there in inputs["targetKeyId"] else inputs | {"targetKeyId": there}
    return None


lives(
    "aws:kms/alias:Alias",
    read=_read_alias,
    update=lambda cloud, name, inputs: cloud.client("kms").update_alias(
        AliasName=name, TargetKeyId=inputs["targetKeyId"]
    ),
    delete=lambda cloud, name, _: cloud.client("kms").delete_alias(AliasName=name),
)
