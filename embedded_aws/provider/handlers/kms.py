"""KMS: keys and aliases."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, call, creates, without


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
