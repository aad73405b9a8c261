"""SNS: topics, their policies, subscriptions."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, attribute, call, creates, only
from embedded_aws.provider.handlers.lifecycle import lives, same

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


# --- after creation ---


def _live_attributes(inputs: Inputs, seen: dict[str, str], names: dict[str, str]) -> Inputs:
    """The inputs that are attributes, as they are now."""
    differing = {
        name: seen[api]
        for name, api in names.items()
        if name in inputs and api in seen and not same(attribute(inputs[name]), seen[api])
    }
    return inputs | differing


def _update_topic(cloud: Cloud, arn: str, inputs: Inputs) -> None:
    sns = cloud.client("sns")
    for name, api in _TOPIC_ATTRIBUTES.items():
        if name in inputs:
            sns.set_topic_attributes(TopicArn=arn, AttributeName=api, AttributeValue=attribute(inputs[name]))
    if inputs.get("tags"):
        tags = [{"Key": key, "Value": value} for key, value in inputs["tags"].items()]
        sns.tag_resource(ResourceArn=arn, Tags=tags)


lives(
    "aws:sns/topic:Topic",
    read=lambda cloud, arn, inputs: _live_attributes(
        inputs, cloud.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"], _TOPIC_ATTRIBUTES
    ),
    update=_update_topic,
    delete=lambda cloud, arn, _: cloud.client("sns").delete_topic(TopicArn=arn),
)
lives(
    "aws:sns/topicPolicy:TopicPolicy",
    read=lambda cloud, arn, inputs: _live_attributes(
        inputs, cloud.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"], {"policy": "Policy"}
    ),
    update=lambda cloud, _, inputs: _topic_policy(cloud, inputs),
    delete=lambda cloud, arn, _: cloud.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=_NO_POLICY
    ),
    replaces=("arn",),
    named_by="arn",
)
_NO_POLICY = '{"Version": "2012-10-17", "Statement": []}'


def _update_subscription(cloud: Cloud, arn: str, inputs: Inputs) -> None:
    for name, api in _SUBSCRIPTION_ATTRIBUTES.items():
        if name in inputs:
            cloud.client("sns").set_subscription_attributes(
                SubscriptionArn=arn, AttributeName=api, AttributeValue=attribute(inputs[name])
            )


lives(
    "aws:sns/topicSubscription:TopicSubscription",
    read=lambda cloud, arn, inputs: _live_attributes(
        inputs,
        cloud.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"],
        _SUBSCRIPTION_ATTRIBUTES,
    ),
    update=_update_subscription,
    delete=lambda cloud, arn, _: cloud.client("sns").unsubscribe(SubscriptionArn=arn),
    replaces=("topic", "protocol", "endpoint"),
    named_by="",  # subscribing again gives the subscription that is there: AWS creates before it deletes
)
