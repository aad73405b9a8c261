"""SQS: queues and their policies."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, arn_of, attribute, creates, only

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
