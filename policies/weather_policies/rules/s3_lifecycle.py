"""Buckets: what they keep, and what that costs."""

from collections.abc import Iterator

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.rule import (
    HIGH,
    LOW,
    MEDIUM,
    Config,
    Finding,
    RuleMetadata,
    Undetermined,
    integer,
    mapping,
    stack_resource_rule,
)
from weather_policies.kit.stack import Stack, identities, is_named, readable
from weather_policies.readers.lifecycle import expires, is_narrowed, is_whole, lifecycle_rules
from weather_policies.readers.links import is_called, is_versioned
from weather_policies.readers.types import (
    BUCKET,
    BUCKET_NOTIFICATION,
    ENCRYPTIONS,
    FUNCTION,
    JOB,
    LIFECYCLES,
)

_LIFECYCLE_URL = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-abandoned-uploads",
        description="A bucket drops uploads that were never completed.",
        why="The parts of an abandoned upload are billed and no listing shows them.",
        steps="Add a lifecycle rule with abortIncompleteMultipartUpload over the whole bucket.",
        url=_LIFECYCLE_URL,
        tags=("cost",),
        severity=LOW,
        config={"maxDays": integer(7, "Longest time an upload may stay incomplete, in days.", minimum=1)},
    ),
    BUCKET,
)
def abandoned_uploads(
    bucket: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Look for a rule over the whole bucket."""
    most = config.number("maxDays")
    blocks = [
        r.child("abortIncompleteMultipartUpload") for r in lifecycle_rules(bucket, stack) if is_whole(r)
    ]
    days = [block.number("daysAfterInitiation") for block in blocks if block is not None]
    if not any(d is not None and d <= most for d in days):
        yield f"no lifecycle rule aborts incomplete uploads within {most:g} days"


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-noncurrent-versions",
        description="A versioned bucket expires noncurrent versions.",
        why="A weekly rewrite of partitions under versioning keeps every old week, billed in full.",
        steps="Add a lifecycle rule with noncurrentVersionExpiration over the whole bucket.",
        url=_LIFECYCLE_URL,
        tags=("cost",),
        severity=MEDIUM,
        config={
            "maxDays": integer(90, "Longest life of a noncurrent version, in days.", minimum=1),
            "maxNewer": integer(5, "Most newer noncurrent versions that are kept whatever their age."),
        },
    ),
    BUCKET,
)
def noncurrent_versions(
    bucket: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Judge versioned buckets only."""
    if not is_versioned(bucket, stack):
        return
    most = config.number("maxDays")
    blocks = [r.child("noncurrentVersionExpiration") for r in lifecycle_rules(bucket, stack) if is_whole(r)]
    kept = config.number("maxNewer")
    whole = [
        block
        for block in blocks
        if block is not None and (block.number("newerNoncurrentVersions") or 0) <= kept
    ]
    days = [block.number("noncurrentDays") for block in whole]
    if not any(d is not None and d <= most for d in days):
        yield f"it is versioned and no lifecycle rule expires noncurrent versions within {most:g} days"


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-temporary-files",
        description="Prefixes of temporary files expire.",
        why="What a job leaves behind is billed every month and read by nobody.",
        steps="Add a lifecycle rule with expiration for the prefix.",
        url=_LIFECYCLE_URL,
        tags=("cost",),
        severity=LOW,
        config={
            "maxDays": integer(30, "Longest life of a temporary file, in days.", minimum=1),
            "prefixes": mapping(
                {},
                "Temporary prefixes, by a part of the bucket's logical name, beside Glue's --TempDir.",
                {"type": "array", "items": {"type": "string", "minLength": 1}},
            ),
        },
    ),
    BUCKET,
)
def temporary_files(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Collect the temporary prefixes of this bucket and look for a rule that expires each."""
    most = config.number("maxDays")
    listed = [p for part, ps in config.table("prefixes").items() if is_called(bucket.name, part) for p in ps]
    rules = lifecycle_rules(bucket, stack)
    for prefix in listed:
        if not any(expires(rule, prefix, most) for rule in rules):
            yield f"no lifecycle rule expires {prefix} within {most:g} days"
    for job in stack.of(JOB):
        folder = _temporary_folder(job, bucket)
        if folder is not None and not any(expires(rule, folder, most) for rule in rules):
            yield f"--TempDir of {job.name} lies here and no lifecycle rule expires it within {most:g} days"


def _temporary_folder(job: Resource, bucket: Resource) -> str | None:
    """The key prefix of the job's --TempDir if that lies in this bucket."""
    arguments = job.props.child("defaultArguments")
    folder = readable(arguments, "--TempDir") if arguments else None
    host, _, prefix = (folder or "").removeprefix("s3://").partition("/")
    return prefix if host and host in identities(bucket) else None


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-bucket-key",
        description="A bucket encrypted with KMS uses a bucket key.",
        why="Without it each object read or written is a KMS request of its own.",
        steps="Set bucketKeyEnabled to true on the encryption rule.",
        url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
        tags=("cost",),
        severity=MEDIUM,
    ),
    BUCKET,
)
def bucket_key(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Judge each encryption rule that names KMS."""
    del config
    for encryption in stack.pointing_at(bucket, "bucket", *ENCRYPTIONS):
        for rule in encryption.props.children("rules"):
            default = rule.child("applyServerSideEncryptionByDefault")
            algorithm = default.text("sseAlgorithm") if default else None
            if algorithm in {"aws:kms", "aws:kms:dsse"} and not rule.flag("bucketKeyEnabled"):
                yield "it is encrypted with KMS without a bucket key: each object costs a KMS request"


STORED_DAYS = {
    "STANDARD_IA": 30,
    "ONEZONE_IA": 30,
    "GLACIER_IR": 90,
    "GLACIER": 90,
    "DEEP_ARCHIVE": 180,
}
"""Days that a storage class bills at least (S3 pricing, "Minimum storage duration")."""

ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
"""Classes whose objects no job can read until they are restored."""


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-transitions",
        description="Objects change their storage class only where that saves money and hides nothing.",
        why="A kilobyte of JSON costs more in an archive than in S3 Standard, and no job can read it there.",
        steps="Leave small objects where they are; expire, or archive late; tier the rest.",
        url=_LIFECYCLE_URL,
        tags=("cost", "reliability"),
        severity=MEDIUM,
        config={"minArchiveDays": integer(90, "Soonest archiving of what a job may still read, in days.")},
    ),
    BUCKET,
)
def transitions(bucket: Resource, stack: Stack, config: Config) -> Iterator[str | Finding | Undetermined]:
    """Judge each transition: of small objects, into an archive too soon, and paid for longer than kept."""
    least = config.number("minArchiveDays")
    small = any(
        configuration.props.text("transitionDefaultMinimumObjectSize") == "varies_by_storage_class"
        for configuration in stack.pointing_at(bucket, "bucket", *LIFECYCLES)
    )
    for rule in lifecycle_rules(bucket, stack):
        for step in rule.children("transitions"):
            kind, days = step.text("storageClass") or "", step.number("days") or 0
            if small and kind in ARCHIVES and not is_narrowed(rule):
                yield f"it moves objects of any size to {kind}: each is billed 40 KB beside its own"
            if kind in ARCHIVES and days < least:
                yield f"it moves objects to {kind} after {days:g} days, too soon for jobs: {least:g} at least"
        yield from _short_stays(rule)


_STAYS = (
    ("transitions", "days", "expiration"),
    ("noncurrentVersionTransitions", "noncurrentDays", "noncurrentVersionExpiration"),
)
"""Moves of a rule, the property that says when, and the block that ends what was moved."""


def _short_stays(rule: Props) -> Iterator[str]:
    """Objects that expire before the class they were moved to has been paid off."""
    for moves, when, end in _STAYS:
        block = rule.child(end)
        kept = block.number(when) if block is not None else None
        for step in rule.children(moves):
            kind, days = step.text("storageClass") or "", step.number(when) or 0
            if kept is not None and kept - days < STORED_DAYS.get(kind, 0):
                yield f"it expires objects {kept - days:g} days after {kind}, which bills {STORED_DAYS[kind]}"


@stack_resource_rule(
    RuleMetadata(
        name="weather-s3-bucket-notification-loop",
        description="What a bucket notifies of new objects does not write into the same bucket unseparated.",
        why="A function that writes where it is started from starts itself, a million times a day.",
        steps="Write into another bucket, or filter the notification by the prefix of what comes in.",
        url="https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html",
        tags=("cost", "reliability"),
        severity=HIGH,
    ),
    BUCKET_NOTIFICATION,
)
def notification_loop(
    notification: Resource, stack: Stack, config: Config
) -> Iterator[str | Finding | Undetermined]:
    """Look for functions that are told of every new object and hold the bucket's name."""
    del config
    bucket = readable(notification.props, "bucket")
    for block in notification.props.children("lambdaFunctions"):
        created = any("ObjectCreated" in event or event == "s3:*" for event in block.texts("events"))
        if not created or block.has("filterPrefix"):
            continue
        arn = readable(block, "lambdaFunctionArn")
        for function in stack.of(FUNCTION):
            started = is_named(arn, function) or notification.is_made_of("lambdaFunctions", function.urn)
            if started and _holds(function, bucket, notification):
                yield f"{function.name} is started by every new object and is told of the same bucket"


def _holds(function: Resource, bucket: str | None, notification: Resource) -> bool:
    """Whether a function's environment names a bucket, or was made of it."""
    if any(function.is_made_of("environment", made.urn) for made in notification.refers_to("bucket")):
        return True
    environment = function.props.child("environment")
    variables = environment.child("variables") if environment is not None else None
    return bucket is not None and any(
        bucket in (readable(variables, key) or "") for key in variables or () if variables is not None
    )
