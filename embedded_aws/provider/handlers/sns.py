"""SNS: topics, their policies, subscriptions."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, attribute, call, creates, only

_TOPIC_ATTRIBUTES = {
    "kmsMasterKeyId": "KmsMasterKeyId",
    "displayName": "DisplayName",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}


@creates("aws:sns/topic:Topic", tags=True)
def _topic(cloud: Cloud, inputs: Inputs) -> Created:
    given = only(inputs, "name", "tags", *_TOPIC_ATTRIBUTES)
    attributes = {api: attribute(given[name]) for name, api in _TOPIC_ATTRIBUTES.items() if name in given}
    arn = call(
        cloud,
        "sns.create_topic",
        {"name": given["name"], "tags": given.get("tags", {}), "attributes": attributes},
    )["TopicArn"]
    return arn, {"arn": arn, "owner": cloud.account}


@creates("aws:sns/topicPolicy:TopicPolicy")
def _topic_policy(cloud: Cloud, inputs: Inputs) -> Created:
    given = only(inputs, "arn", "policy")
    cloud.client("sns").set_topic_attributes(
        TopicArn=given["arn"], AttributeName="Policy", AttributeValue=given["policy"]
    )
    return given["arn"], {"owner": cloud.account}


_SUBSCRIPTION_ATTRIBUTES = {
    "rawMessageDelivery": "RawMessageDelivery",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
}


@creates("aws:sns/topicSubscription:TopicSubscription")
def _subscription(cloud: Cloud, inputs: Inputs) -> Created:
    given = only(
        inputs,
        "topic",
        "protocol",
        "endpoint",
        "endpointAutoConfirms",  # how long the provider waits for a confirmation
        "confirmationTimeoutInMinutes",
        *_SUBSCRIPTION_ATTRIBUTES,
    )
    arn = cloud.client("sns").subscribe(
        TopicArn=given["topic"],
        Protocol=given["protocol"],
        Endpoint=given["endpoint"],
        ReturnSubscriptionArn=True,
        Attributes={
            api: attribute(given[name]) for name, api in _SUBSCRIPTION_ATTRIBUTES.items() if name in given
        },
    )["SubscriptionArn"]
    return arn, {"arn": arn, "ownerId": cloud.account, "pendingConfirmation": given["protocol"] == "email"}
