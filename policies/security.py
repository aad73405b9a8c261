"""Security: buckets, encryption, topics, queues, keys, log groups and the provider itself.

IAM documents have a room of their own (`identity.py`). Buckets are judged in the finished stack, because
since pulumi-aws 7 a bucket's public access block, encryption and policy are resources beside it.
"""

from collections.abc import Iterator

from cost import BUCKET, CRAWLER, ENCRYPTION, JOB, KEY, LOG_GROUP, is_versioned
from reading import Resource, UnreadableError
from rule import (
    ADVISORY,
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    About,
    Config,
    Finding,
    Unjudged,
    boolean,
    integer,
    resource_rule,
    strings,
    subject_rule,
)
from stack import Stack
from statements import Statement, shown_service, statements
from tagging import AWS_PROVIDER

ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
SECURITY_CONFIGURATION = "aws:glue/securityConfiguration:SecurityConfiguration"

INLINE = (
    *("accelerationStatus", "acl", "corsRules", "grants", "lifecycleRules", "loggings"),
    *("objectLockConfiguration", "policy", "replicationConfiguration", "requestPayer"),
    *("serverSideEncryptionConfiguration", "versioning", "website"),
)
"""Arguments of a bucket that pulumi-aws 7 deprecates in favour of resources of their own."""

SPLIT_TYPES = ("aws:s3/bucketV2:BucketV2", "aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
"""Types that a new program has no use for."""

_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
_S3_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html"
_SNS_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html"
_SQS_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html"
_KMS_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html"
_PROVIDER_URL = "https://www.pulumi.com/registry/packages/aws/api-docs/provider/"
_SOURCE_URL = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


@subject_rule(
    About(
        name="weather-s3-bucket-public-access",
        description="A bucket has a public access block with all four switches on.",
        why="One policy written in haste would otherwise publish the data.",
        steps="Add an aws.s3.BucketPublicAccessBlock with four times true.",
        url=_S3_CONTROLS,
        tags=("security",),
        severity=CRITICAL,
    ),
    BUCKET,
)
def public_access(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Look for the block and at each switch."""
    del config
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    blocks = stack.pointing_at(bucket, "bucket", ACCESS_BLOCK)
    if not blocks:
        yield "no BucketPublicAccessBlock points at it"
    for block in blocks:
        off = [switch for switch in switches if not block.props.flag(switch)]
        if off:
            yield Finding(f"{', '.join(off)} must be true", block)


@subject_rule(
    About(
        name="weather-s3-bucket-tls-only",
        description="A bucket refuses requests without TLS.",
        why="A client with an http endpoint would send data and signature in the open.",
        steps="Add a BucketPolicy: Deny *, Bool aws:SecureTransport false, for bucket and objects.",
        url=f"{_S3}/security-best-practices.html",
        tags=("security",),
        severity=HIGH,
    ),
    BUCKET,
)
def tls_only(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Read the bucket's policies."""
    del config
    policies = stack.pointing_at(bucket, "bucket", BUCKET_POLICY)
    if not any(_denies_plain_s3(_statements(policy) or []) for policy in policies):
        yield "no BucketPolicy denies requests without TLS (aws:SecureTransport) for bucket and objects"


NOT_JSON = "the policy is not a JSON object"


def _statements(policy: Resource) -> list[Statement] | None:
    """The statements of a resource policy, None if it is no JSON object.

    Raises:
        UnknownValueError: The document is not known before the update.
    """
    try:
        return statements(policy.props.document("policy"))
    except UnreadableError:
        return None


def _denies_plain_s3(found: list[Statement]) -> bool:
    """Whether all S3 actions on the bucket and its objects are denied without TLS."""
    for statement in found:
        wide = "s3:*" in statement.actions or "*" in statement.actions
        objects = any(resource.endswith("*") for resource in statement.resources)
        whole = any(not resource.endswith("/*") for resource in statement.resources)
        if statement.denies_plain_transport() and wide and objects and whole:
            return True
    return False


@subject_rule(
    About(
        name="weather-s3-bucket-encryption",
        description="A bucket states how its objects are encrypted, with KMS where the class demands it.",
        why="What is written down can be checked; the default may be another tomorrow.",
        steps="Add a BucketServerSideEncryptionConfiguration with AES256, or aws:kms where KMS is on.",
        url=f"{_S3}/bucket-encryption.html",
        tags=("security",),
        severity=HIGH,
        config={"requireKms": boolean(default=False, description="Whether only KMS will do.")},
    ),
    BUCKET,
)
def bucket_encryption(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge the algorithm of the rules."""
    accepted = {"aws:kms", "aws:kms:dsse"} | (set[str]() if config.flag("requireKms") else {"AES256"})
    rules = [
        rule.child("applyServerSideEncryptionByDefault")
        for encryption in stack.pointing_at(bucket, "bucket", ENCRYPTION)
        for rule in encryption.props.children("rules")
    ]
    if not any(rule is not None and rule.text("sseAlgorithm") in accepted for rule in rules):
        yield f"no encryption configuration with {' or '.join(sorted(accepted))} points at it"


@subject_rule(
    About(
        name="weather-s3-bucket-versioning",
        description="A bucket that holds what was produced is versioned.",
        why="A wrong run overwrites partitions; versions are the way back.",
        steps="Add a BucketVersioning with status Enabled, or list the bucket as exempt.",
        url=f"{_S3}/Versioning.html",
        tags=("security", "reliability"),
        severity=MEDIUM,
        config={
            "exempt": strings((), "Parts of logical names of buckets that need no versions, such as logs."),
        },
    ),
    BUCKET,
)
def bucket_versioning(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Ask for versioning unless the bucket is exempt."""
    if any(part in bucket.name for part in config.texts("exempt")):
        return
    if not is_versioned(bucket, stack):
        yield "no BucketVersioning with status Enabled points at it"


@resource_rule(
    About(
        name="weather-s3-bucket-inline-arguments",
        description="A bucket is configured by resources of its own, not by deprecated inline arguments.",
        why="Inline arguments and separate resources overwrite each other on every update.",
        steps="Move the argument into its own resource, such as BucketVersioning.",
        url="https://www.pulumi.com/registry/packages/aws/how-to-guides/7-0-migration/",
        tags=("reliability", "security"),
        severity=MEDIUM,
    ),
    BUCKET,
    *SPLIT_TYPES,
)
def inline_arguments(bucket: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Name each inline argument, known or not."""
    del config
    if bucket.type in SPLIT_TYPES:
        yield f"{bucket.type.rsplit(':', 1)[-1]} is deprecated or needless: use aws.s3.Bucket and no ACL"
    for argument in INLINE:
        if bucket.props.has(argument):
            yield f"inline argument '{argument}' is deprecated: use the resource of its own"


@resource_rule(
    About(
        name="weather-s3-bucket-ownership",
        description="Objects belong to the bucket's owner: ACLs are disabled.",
        why="With ACLs an object may belong to its writer, and no policy of ours reaches it.",
        steps="Set objectOwnership to BucketOwnerEnforced.",
        url=f"{_S3}/about-object-ownership.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    OWNERSHIP,
)
def bucket_ownership(ownership: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the ownership resource where there is one; new buckets are BucketOwnerEnforced without it."""
    del config
    rule = ownership.props.child("rule")
    if rule is None or rule.text("objectOwnership") != "BucketOwnerEnforced":
        yield "objectOwnership is not BucketOwnerEnforced"


@resource_rule(
    About(
        name="weather-s3-policy-principals",
        description="A bucket policy lets in nobody unnamed.",
        why="Allow with Principal * and no condition on the caller is a public bucket.",
        steps="Name the principal, or bind the caller: aws:SourceAccount, aws:SourceArn, organisation.",
        url=_S3_CONTROLS,
        tags=("security",),
        severity=CRITICAL,
    ),
    BUCKET_POLICY,
)
def bucket_policy_principals(policy: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge each statement that allows."""
    del config
    found = _statements(policy)
    if found is None:
        yield NOT_JSON
    for statement in found or []:
        if statement.is_public() or (statement.allow and statement.not_principals):
            yield f"{statement.label} allows anybody"
        if statement.allow and statement.services and not statement.pins_source():
            yield f"{statement.label} allows a service on behalf of any account: add aws:SourceAccount"


@resource_rule(
    About(
        name="weather-s3-bucket-protection",
        description="Data of a protected class cannot be deleted by accident.",
        why="A refactoring that renames a bucket deletes it first.",
        steps="Set protect=True in the resource options and leave forceDestroy out.",
        url="https://www.pulumi.com/docs/iac/concepts/options/protect/",
        tags=("security", "reliability"),
        severity=HIGH,
        config={"protect": boolean(default=False, description="Whether this class protects its buckets.")},
    ),
    BUCKET,
)
def bucket_protection(bucket: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the resource option and forceDestroy where the class protects its data."""
    if not config.flag("protect"):
        return
    if not bucket.protect:
        yield "resource option protect is not true"
    if bucket.props.flag("forceDestroy"):
        yield "forceDestroy is true: a destroy would delete the data with the bucket"


@resource_rule(
    About(
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
def topic_encryption(topic: Resource, config: Config) -> Iterator[str | Unjudged]:
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


@subject_rule(
    About(
        name="weather-sns-topic-policy",
        description="A topic has a policy that names who may publish, on whose behalf, and demands TLS.",
        why="A service principal without a source condition publishes for any account that asks it to.",
        steps="Add a TopicPolicy: services with aws:SourceAccount or aws:SourceArn, Deny without TLS.",
        url=_SNS_CONTROLS,
        tags=("security",),
        severity=HIGH,
    ),
    TOPIC,
)
def topic_policy(topic: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge the policies that point at the topic."""
    del config
    policies = stack.pointing_at(topic, "arn", TOPIC_POLICY)
    if not policies:
        yield "no TopicPolicy points at it: say who may publish, and demand TLS"
    yield from _resource_policies(policies, "sns:Publish")


@subject_rule(
    About(
        name="weather-sqs-queue-policy",
        description="A queue has a policy that names who may send, on whose behalf, and demands TLS.",
        why="A dead-letter queue that any rule of any account may write to is evidence nobody can trust.",
        steps="Add a QueuePolicy: events.amazonaws.com with aws:SourceArn, Deny without TLS.",
        url=_SQS_CONTROLS,
        tags=("security",),
        severity=HIGH,
    ),
    QUEUE,
)
def queue_policy(queue: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Judge the policies that point at the queue."""
    del config
    policies = stack.pointing_at(queue, "queueUrl", QUEUE_POLICY)
    if not policies:
        yield "no QueuePolicy points at it: say who may send, and demand TLS"
    yield from _resource_policies(policies, "sqs:SendMessage")


def _resource_policies(policies: list[Resource], action: str) -> Iterator[Finding | Unjudged]:
    """What topic and queue policies have in common: bound services, nobody unnamed, TLS."""
    for policy in policies:
        if not policy.props.known("policy"):
            yield Unjudged(f"{policy.name}.policy")
            continue
        found = _statements(policy)
        if found is None:
            yield Finding(NOT_JSON, policy)
            continue
        for statement in found:
            if statement.is_public():
                yield Finding(f"{statement.label} allows anybody", policy)
            if statement.allow and statement.services and not statement.pins_source():
                service = shown_service(statement.services[0])
                yield Finding(f"{statement.label} allows {service} on behalf of any account", policy)
        if not any(s.denies_plain_transport() for s in found):
            yield Finding(f"no statement denies {action} without TLS (aws:SecureTransport)", policy)


@resource_rule(
    About(
        name="weather-sqs-queue-encryption",
        description="A queue is encrypted at rest.",
        why="A dead letter holds the event, and with it the names of what it was meant for.",
        steps="Set sqsManagedSseEnabled to true, or kmsMasterKeyId.",
        url=_SQS_CONTROLS,
        tags=("security",),
        severity=MEDIUM,
    ),
    QUEUE,
)
def queue_encryption(queue: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Accept either kind of encryption."""
    del config
    if not queue.props.has("kmsMasterKeyId") and not queue.props.flag("sqsManagedSseEnabled"):
        yield "neither sqsManagedSseEnabled nor kmsMasterKeyId is set"


@subject_rule(
    About(
        name="weather-logs-group-encryption",
        description="Where the stack has a KMS key, its log groups use one.",
        why="A class that pays for a key wants all of its data under it.",
        steps="Set kmsKeyId on the log group; the key's policy must admit logs.<region>.amazonaws.com.",
        url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    LOG_GROUP,
)
def log_encryption(group: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Unjudged]:
    """Ask for a key where there is one."""
    del config
    if stack.of(KEY) and not group.props.has("kmsKeyId"):
        yield "the stack has a KMS key and this log group has no kmsKeyId"


@subject_rule(
    About(
        name="weather-glue-job-security-configuration",
        description="Where the stack has a KMS key, jobs and crawlers name a security configuration.",
        why="Glue encrypts its logs, bookmarks and temporary data by the security configuration alone.",
        steps="Declare an aws.glue.SecurityConfiguration and name it on jobs and crawlers.",
        url="https://docs.aws.amazon.com/securityhub/latest/userguide/glue-controls.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    JOB,
    CRAWLER,
)
def security_configuration(
    glue: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Unjudged]:
    """Ask for one where there is a key."""
    del config
    if stack.of(KEY) and not glue.props.has("securityConfiguration"):
        yield "the stack has a KMS key and this resource names no securityConfiguration"


@resource_rule(
    About(
        name="weather-glue-securityconfiguration-modes",
        description="A security configuration encrypts logs, bookmarks and S3 data.",
        why="A mode left DISABLED is a gap that the name of the resource hides.",
        steps="Set all three encryption modes.",
        url="https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
        tags=("security",),
        severity=MEDIUM,
    ),
    SECURITY_CONFIGURATION,
)
def security_configuration_modes(configuration: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the three modes."""
    del config
    encryption = configuration.props.child("encryptionConfiguration")
    modes = {
        "cloudwatchEncryption": "cloudwatchEncryptionMode",
        "jobBookmarksEncryption": "jobBookmarksEncryptionMode",
        "s3Encryption": "s3EncryptionMode",
    }
    for block, mode in modes.items():
        part = encryption.child(block) if encryption else None
        if part is None or part.text(mode) in {None, "DISABLED"}:
            yield f"{block}.{mode} is not set or DISABLED"


@resource_rule(
    About(
        name="weather-glue-job-argument-secrets",
        description="A job's arguments hold no secrets.",
        why="Arguments are shown in the console, in every run's record and in the log.",
        steps="Pass the name of a Secrets Manager secret, and read it in the job.",
        url="https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html",
        tags=("security",),
        severity=CRITICAL,
        config={
            "words": strings(
                ("password", "passwd", "secret_key", "secretkey", "api_key", "apikey", "token", "credential"),
                "Parts of argument names that speak of a secret.",
            )
        },
    ),
    JOB,
)
def argument_secrets(job: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the names of the arguments; the values are not looked at."""
    for block in ("defaultArguments", "nonOverridableArguments"):
        arguments = job.props.child(block)
        for name in sorted(arguments or []):
            plain = name.lower().replace("-", "_").strip("_")
            if any(word in plain for word in config.texts("words")):
                yield f"{block} has an argument whose name speaks of a secret ({name})"


@resource_rule(
    About(
        name="weather-kms-key-rotation",
        description="A KMS key rotates every year.",
        why="A key that never changes protects ten years of data with one secret.",
        steps="Set enableKeyRotation to true.",
        url=_KMS_CONTROLS,
        tags=("security",),
        severity=MEDIUM,
    ),
    KEY,
)
def key_rotation(key: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge symmetric keys; others cannot rotate."""
    del config
    spec = key.props.text("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if spec == "SYMMETRIC_DEFAULT" and not key.props.flag("enableKeyRotation"):
        yield "enableKeyRotation is not true"


@resource_rule(
    About(
        name="weather-kms-key-deletion-window",
        description="A deleted key can be brought back for as long as its class demands.",
        why="With the key all data under it is gone.",
        steps="Set deletionWindowInDays.",
        url="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
        tags=("security", "reliability"),
        severity=MEDIUM,
        config={"minDays": integer(7, "Shortest waiting period before a key is deleted.", 7, 30)},
    ),
    KEY,
)
def key_deletion_window(key: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge the window; AWS's default is 30 days."""
    days, least = key.props.number("deletionWindowInDays"), config.number("minDays")
    if days is not None and days < least:
        yield f"deletionWindowInDays is {days:g}, at least {least:g} are wanted"


@resource_rule(
    About(
        name="weather-kms-key-policy",
        description="A key's policy lets in nobody unnamed and binds services to this account.",
        why="Whoever may use the key reads everything under it.",
        steps="Name principals; give service principals aws:SourceAccount or an encryption context.",
        url=_SOURCE_URL,
        tags=("security",),
        severity=CRITICAL,
    ),
    KEY,
)
def key_policy(key: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge each statement that allows; without a policy AWS's default admits the account only."""
    del config
    found = _statements(key)
    if found is None:
        yield NOT_JSON
    for statement in found or []:
        if statement.is_public():
            yield f"{statement.label} allows anybody"
        if statement.allow and statement.services and not statement.pins_source():
            yield f"{statement.label} allows {shown_service(statement.services[0])} on behalf of any account"


@resource_rule(
    About(
        name="weather-aws-provider-account",
        description="The provider may act in the stack's account and a listed region only.",
        why="The wrong profile in a shell would otherwise deploy production into the wrong account.",
        steps="Set allowedAccountIds on the provider, and a region from the list.",
        url=_PROVIDER_URL,
        tags=("security", "reliability"),
        severity=HIGH,
        config={
            "regions": strings((), "Regions a provider may use; none listed means any."),
            "requireAccount": boolean(default=True, description="Whether allowedAccountIds is demanded."),
        },
    ),
    AWS_PROVIDER,
)
def provider_account(provider: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge accounts and region; the engine passes lists of a provider as JSON text."""
    accounts = provider.props
    listed = accounts.length("allowedAccountIds") or len(accounts.text("allowedAccountIds") or "") > len("[]")
    if config.flag("requireAccount") and not listed:
        yield "allowedAccountIds is not set"
    if config.texts("regions") and provider.props.text("region") not in config.texts("regions"):
        yield f"region is not one of {', '.join(config.texts('regions'))}"


@resource_rule(
    About(
        name="weather-aws-resource-provider",
        description="Every AWS resource uses a provider that the program made.",
        why="The default provider has neither default tags nor allowed accounts.",
        steps="Pass the provider to the component; disable default providers in Pulumi.yaml.",
        url="https://www.pulumi.com/docs/iac/concepts/resources/providers/#disabling-default-providers",
        tags=("security", "tagging"),
        severity=HIGH,
    )
)
def resource_provider(resource: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Refuse the default provider, which the engine names `default` or `default_<version>`."""
    del config
    if not resource.type.startswith("aws:"):
        return
    if resource.provider is None or resource.provider.name.split("_")[0] == "default":
        yield "it is made by the default provider: pass the program's own"


@resource_rule(
    About(
        name="weather-aws-resource-region",
        description="A resource's own region is one of the list.",
        why="pulumi-aws 7 lets a single resource leave the provider's region unseen.",
        steps="Remove the region argument, or list the region in the configuration.",
        url=_PROVIDER_URL,
        tags=("security", "cost"),
        severity=LOW,
        level=ADVISORY,
        config={"regions": strings((), "Regions a resource may name itself; none by default.")},
    )
)
def resource_region(resource: Resource, config: Config) -> Iterator[str | Unjudged]:
    """Judge a region given on the resource."""
    if resource.type.startswith("aws:") and resource.props.has("region"):
        provider = resource.provider.props if resource.provider else None
        same = provider is not None and provider.text("region") == resource.props.text("region")
        if not same and resource.props.text("region") not in config.texts("regions"):
            yield "it names a region of its own, other than the provider's and not in the list"


RULES = [
    public_access,
    tls_only,
    bucket_encryption,
    bucket_versioning,
    inline_arguments,
    bucket_ownership,
    bucket_policy_principals,
    bucket_protection,
    topic_encryption,
    topic_policy,
    queue_policy,
    queue_encryption,
    log_encryption,
    security_configuration,
    security_configuration_modes,
    argument_secrets,
    key_rotation,
    key_deletion_window,
    key_policy,
    provider_account,
    resource_provider,
    resource_region,
]
