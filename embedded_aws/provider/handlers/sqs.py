"""SQS: queues and their policies."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, attribute, creates, only
from embedded_aws.provider.handlers.lifecycle import lives, same

_QUEUE_ATTRIBUTES = {
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "delaySeconds": "DelaySeconds",
    "maxMessageSize": "MaximumMessageSize",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "policy": "Policy",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
}


@creates("aws:sqs/queue:Queue", tags=True)
def _queue(cloud: Cloud, inputs: Inputs) -> Created:
    given = only(inputs, "name", "tags", *_QUEUE_ATTRIBUTES)
    url = cloud.client("sqs").create_queue(
        QueueName=given["name"],
        Attributes={api: attribute(given[name]) for name, api in _QUEUE_ATTRIBUTES.items() if name in given},
        tags=given.get("tags", {}),
    )["QueueUrl"]
    return url, {"url": url, "arn": arn_of(cloud, "sqs", given["name"])}


@creates("aws:sqs/queuePolicy:QueuePolicy")
def _queue_policy(cloud: Cloud, inputs: Inputs) -> Created:
    given = only(inputs, "queueUrl", "policy")
    cloud.client("sqs").set_queue_attributes(
        QueueUrl=given["queueUrl"], Attributes={"Policy": given["policy"]}
    )
    return given["queueUrl"], {}


# --- after creation ---


def _read_queue(cloud: Cloud, url: str, inputs: Inputs) -> Inputs:
    seen = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return inputs | {
        name: seen[api]
        for name, api in _QUEUE_ATTRIBUTES.items()
        if name in inputs and api in seen and not same(attribute(inputs[name]), seen[api])
    }


def _update_queue(cloud: Cloud, url: str, inputs: Inputs) -> None:
    sqs = cloud.client("sqs")
    attributes = {api: attribute(inputs[name]) for name, api in _QUEUE_ATTRIBUTES.items() if name in inputs}
    if attributes:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    if inputs.get("tags"):
        sqs.tag_queue(QueueUrl=url, Tags=inputs["tags"])


lives(
    "aws:sqs/queue:Queue",
    read=_read_queue,
    update=_update_queue,
    delete=lambda cloud, url, _: cloud.client("sqs").delete_queue(QueueUrl=url),
    replaces=("name", "fifoQueue"),
)
lives(
    "aws:sqs/queuePolicy:QueuePolicy",
    read=_read_queue,
    update=lambda cloud, _, inputs: _queue_policy(cloud, inputs),
    delete=lambda cloud, url, _: cloud.client("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": ""}
    ),
    replaces=("queueUrl",),
    named_by="queueUrl",
)
