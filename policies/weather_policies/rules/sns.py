"""Topics: who may publish, under which key, and who listens."""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource
from weather_policies.kit.rule import (
    ADVISORY,
    HIGH,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    boolean,
    resource_rule,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack
from weather_policies.readers.resource_policies import TRUSTED, channel_findings, has_inline_policy
from weather_policies.readers.types import SUBSCRIPTION, TOPIC, TOPIC_POLICY

_SNS_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html"


@resource_rule(
    RuleMetadata(
        name="weather-sns-topic-encryption",
        description="A topic has a customer-managed key or none, never alias/aws/sns.",
        why=(
            "CloudWatch alarms and EventBridge cannot use the AWS-managed key: its policy cannot be "
            "changed to admit them, so their messages are dropped without a word."
        ),
        steps="Remove kmsMasterKeyId, or name a key whose policy admits cloudwatch and events.",
        url="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        tags=("security", "reliability"),
        severity=HIGH,
        config={
            "requireKey": boolean(default=False, description="Whether a customer-managed key is demanded.")
        },
    ),
    TOPIC,
)
def topic_encryption(topic: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the key; one that is not known before the update is one of the stack's own."""
    if not topic.props.has("kmsMasterKeyId"):
        if config.flag("requireKey"):
            yield "kmsMasterKeyId is not set and this class demands a customer-managed key"
        return
    if not topic.props.known("kmsMasterKeyId"):
        return
    if (topic.props.text("kmsMasterKeyId") or "").endswith("alias/aws/sns"):
        yield (
            "alias/aws/sns is refused: CloudWatch alarms and EventBridge may not use the AWS-managed key and "
            "their messages are dropped; leave the key out or use a customer-managed one that admits them"
        )


@stack_resource_rule(
    RuleMetadata(
        name="weather-sns-topic-policy",
        description="A topic has a policy that names who may publish, on whose behalf, and demands TLS.",
        why="A service principal without a source condition publishes for any account that asks it to.",
        steps="Add a TopicPolicy: services with aws:SourceAccount or aws:SourceArn, Deny without TLS.",
        url=_SNS_CONTROLS,
        tags=("security",),
        severity=HIGH,
        config=TRUSTED,
    ),
    TOPIC,
    TOPIC_POLICY,
)
def topic_policy(subject: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Judge each policy of a topic, also of one that is not in the stack; and that a topic has one."""
    if subject.type == TOPIC and not has_inline_policy(subject):
        if not stack.pointing_at(subject, "arn", TOPIC_POLICY):
            yield "no TopicPolicy points at it: say who may publish, and demand TLS"
        return
    yield from channel_findings(subject, config, "arn", "sns:Publish")


@resource_rule(
    RuleMetadata(
        name="weather-sns-subscription-protocol",
        description="No subscription sends over plain HTTP.",
        why="What failed, and where, goes over the network for everybody to read.",
        steps="Use https, or a queue, function or address.",
        url=_SNS_CONTROLS,
        tags=("security",),
        severity=MEDIUM,
    ),
    SUBSCRIPTION,
)
def subscription_protocol(subscription: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the protocol."""
    del config
    if subscription.props.text("protocol") == "http":
        yield "protocol is http: messages are sent in the open"


@stack_resource_rule(
    RuleMetadata(
        name="weather-sns-topic-subscription",
        description="A topic has a subscriber.",
        why="A notification that nobody receives is a log line.",
        steps="Add a subscriber in the stack's settings; an e-mail address must confirm.",
        url="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
        tags=("reliability",),
        severity=LOW,
        level=ADVISORY,
    ),
    TOPIC,
)
def topic_subscription(
    topic: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Look for a subscription."""
    del config
    if not stack.pointing_at(topic, "topic", SUBSCRIPTION):
        yield "no TopicSubscription of the stack receives its messages"
