"""Buckets: who reaches them, and what protects the data in them.

They are judged in the finished stack, because since pulumi-aws 7 a bucket's public access block, encryption
and policy are resources beside it.
"""

from collections.abc import Iterator

from weather_policies.kit.reading import Resource, UnreadableError
from weather_policies.kit.rule import (
    CRITICAL,
    HIGH,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    boolean,
    resource_rule,
    stack_resource_rule,
    strings,
)
from weather_policies.kit.stack import Stack, readable
from weather_policies.readers import policy_documents
from weather_policies.readers.iam import Statement, statements
from weather_policies.readers.links import is_called, is_versioned
from weather_policies.readers.resource_policies import TRUSTED, denies_plain, policy_findings
from weather_policies.readers.types import (
    ACCESS_BLOCK,
    ACCOUNT_ACCESS_BLOCK,
    BUCKET,
    BUCKET_POLICY,
    ENCRYPTIONS,
    OWNERSHIP,
)

INLINE = (
    *("accelerationStatus", "acl", "corsRules", "grants", "lifecycleRules", "loggings"),
    *("objectLockConfiguration", "policy", "replicationConfiguration", "requestPayer"),
    *("serverSideEncryptionConfiguration", "versioning", "website"),
)
"""Arguments of a bucket that pulumi-aws 7 deprecates in favour of resources of their own."""


SPLIT_TYPES = ("aws:s3/bucketV2:BucketV2", "aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
"""Types that a new program has no use for."""


ACCESS_POINTS = (
    *("aws:s3/accessPoint:AccessPoint", "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"),
)

OBJECTS = (
    *("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2"),
    "aws:s3/objectCopy:ObjectCopy",
)

_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"


_S3_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html"


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-public-access",
        description="A bucket has a public access block with all four switches on.",
        why="One policy written in haste would otherwise publish the data.",
        steps="Add an aws.s3.BucketPublicAccessBlock with four times true.",
        url=_S3_CONTROLS,
        tags=("security",),
        severity=CRITICAL,
    ),
    BUCKET,
    *ACCESS_POINTS,
)
def public_access(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Look for the block and at each switch; an access point has its own, on where it does not say."""
    del config
    switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    if bucket.type in ACCESS_POINTS:
        block = bucket.props.child("details") or bucket.props
        own = block.child("publicAccessBlockConfiguration") or block.child("publicAccessBlock")
        off = [switch for switch in switches if own is not None and own.flag(switch) is False]
        if off:
            yield f"{', '.join(off)} must be true"
        return
    blocks = stack.pointing_at(bucket, "bucket", ACCESS_BLOCK)
    account = stack.of(ACCOUNT_ACCESS_BLOCK)
    if not blocks and any(all(block.props.flag(switch) for switch in switches) for block in account):
        return
    if not blocks:
        yield "no BucketPublicAccessBlock points at it"
    for block in blocks:
        off = [switch for switch in switches if not block.props.flag(switch)]
        if off:
            yield Finding(f"{', '.join(off)} must be true", block)


@stack_resource_rule(
    RuleMetadata(
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
def tls_only(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Read the bucket's policies: all actions on bucket and objects, on no other condition."""
    del config
    policies = stack.pointing_at(bucket, "bucket", BUCKET_POLICY)
    found = [statement for policy in policies for statement in _statements(policy)]
    name = readable(bucket.props, "bucket")
    arns = [f"arn:aws:s3:::{name}"] if name else sorted({r.split("/")[0] for s in found for r in s.resources})
    probes = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:AnActionOfTomorrow")
    if not any(denies_plain(found, probes, [arn, f"{arn}/any key", f"{arn}/0"]) for arn in arns):
        yield "no BucketPolicy denies requests without TLS (aws:SecureTransport) for bucket and objects"


def _statements(policy: Resource) -> list[Statement]:
    """The statements of a bucket policy; one that is not JSON has none, which its own rule reports.

    Raises:
        UnknownValueError: The document is not known before the update.
    """
    try:
        return statements(policy.props.document("policy"))
    except UnreadableError:
        return []


@stack_resource_rule(
    RuleMetadata(
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
def bucket_encryption(
    bucket: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Judge the algorithm of the rules."""
    accepted = {"aws:kms", "aws:kms:dsse"} | (set[str]() if config.flag("requireKms") else {"AES256"})
    rules = [
        rule.child("applyServerSideEncryptionByDefault")
        for encryption in stack.pointing_at(bucket, "bucket", *ENCRYPTIONS)
        for rule in encryption.props.children("rules")
    ]
    if not any(rule is not None and rule.text("sseAlgorithm") in accepted for rule in rules):
        yield f"no encryption configuration with {' or '.join(sorted(accepted))} points at it"


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-versioning",
        description="A bucket that holds what was produced is versioned.",
        why="A wrong run overwrites partitions; versions are the way back.",
        steps="Add a BucketVersioning with status Enabled, or list the bucket as exempt.",
        url=f"{_S3}/Versioning.html",
        tags=("security", "reliability"),
        severity=MEDIUM,
        config={
            "exempt": strings((), "Logical names, or words of them, of buckets that need no versions: logs."),
        },
    ),
    BUCKET,
)
def bucket_versioning(
    bucket: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Ask for versioning unless the bucket is exempt."""
    if any(is_called(bucket.name, part) for part in config.texts("exempt")):
        return
    if not is_versioned(bucket, stack):
        yield "no BucketVersioning with status Enabled points at it"


@resource_rule(
    RuleMetadata(
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
def inline_arguments(bucket: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Name each inline argument, known or not."""
    del config
    if bucket.type in SPLIT_TYPES:
        yield f"{bucket.type.rsplit(':', 1)[-1]} is deprecated or needless: use aws.s3.Bucket and no ACL"
    for argument in INLINE:
        if bucket.props.has(argument):
            yield f"inline argument '{argument}' is deprecated: use the resource of its own"


@resource_rule(
    RuleMetadata(
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
def bucket_ownership(ownership: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the ownership resource where there is one; new buckets are BucketOwnerEnforced without it."""
    del config
    rule = ownership.props.child("rule")
    if rule is None or rule.text("objectOwnership") != "BucketOwnerEnforced":
        yield "objectOwnership is not BucketOwnerEnforced"


@resource_rule(
    RuleMetadata(
        name="weather-s3-policy-principals",
        description="A bucket policy lets in nobody unnamed.",
        why="Allow with Principal * and no condition on the caller is a public bucket.",
        steps="Name the principal, or bind the caller: aws:SourceAccount, aws:SourceArn, organisation.",
        url=_S3_CONTROLS,
        tags=("security",),
        severity=CRITICAL,
        config=TRUSTED,
    ),
    *(token for token in policy_documents.TABLE if token.startswith("aws:s3")),
)
def bucket_policy_principals(policy: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge each statement that allows, of buckets, access points, table and vector buckets."""
    yield from policy_findings(policy, config)


@resource_rule(
    RuleMetadata(
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
def bucket_protection(bucket: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the resource option and forceDestroy where the class protects its data."""
    if not config.flag("protect"):
        return
    if not bucket.protect:
        yield "resource option protect is not true"
    if bucket.props.flag("forceDestroy"):
        yield "forceDestroy is true: a destroy would delete the data with the bucket"


@resource_rule(
    RuleMetadata(
        name="weather-s3-object-acl",
        description="An object has no ACL: policies say who reads it.",
        why="A single object with public-read is published, whatever the bucket's policy says.",
        steps="Leave acl out; grant by the bucket's policy.",
        url=f"{_S3}/about-object-ownership.html",
        tags=("security",),
        severity=HIGH,
    ),
    *OBJECTS,
)
def object_acl(item: Resource, config: Config) -> Iterator[str | Undetermined]:
    """Judge the canned ACL; private is what an object has without one."""
    del config
    if item.props.has("acl") and item.props.text("acl") != "private":
        yield "it has an acl: grant by the bucket's policy"
