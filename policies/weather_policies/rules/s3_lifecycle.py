"""Buckets: what they keep, and what that costs."""

from collections.abc import Iterator

from weather_policies.kit.reading import Props, Resource
from weather_policies.kit.rule import (
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
from weather_policies.kit.stack import Stack, identities, readable
from weather_policies.readers.links import is_called, is_versioned
from weather_policies.readers.types import BUCKET, ENCRYPTIONS, JOB, LIFECYCLES

_LIFECYCLE_URL = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"


def _lifecycle_rules(bucket: Resource, stack: Stack) -> list[Props]:
    """The enabled lifecycle rules of a bucket."""
    configurations = stack.pointing_at(bucket, "bucket", *LIFECYCLES)
    rules = [rule for c in configurations for rule in c.props.children("rules")]
    return [rule for rule in rules if rule.text("status") == "Enabled"]


def _is_whole(rule: Props) -> bool:
    """Whether a lifecycle rule is for every object of the bucket: no prefix, tag or size."""
    return not _prefix(rule) and not _is_narrowed(rule)


def _is_narrowed(rule: Props) -> bool:
    """Whether a lifecycle rule is for objects of some tag or size only."""
    block = rule.child("filter")
    inner = block.child("and") if block else None
    parts = [part for part in (block, inner) if part is not None]
    narrowed = ("tag", "tags", "objectSizeGreaterThan", "objectSizeLessThan")
    sizes = [part.number("objectSizeGreaterThan") for part in parts if part.has("objectSizeGreaterThan")]
    if any(part.has(key) for part in parts for key in narrowed if key != "objectSizeGreaterThan"):
        return True
    return any(size for size in sizes)


def _prefix(rule: Props) -> str:
    """The prefix a lifecycle rule is limited to; empty for the whole bucket."""
    block = rule.child("filter")
    inner = block.child("and") if block else None
    found = [part.text("prefix") for part in (inner, block, rule) if part is not None]
    return next((text for text in found if text), "")


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
        r.child("abortIncompleteMultipartUpload") for r in _lifecycle_rules(bucket, stack) if _is_whole(r)
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
    blocks = [r.child("noncurrentVersionExpiration") for r in _lifecycle_rules(bucket, stack) if _is_whole(r)]
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
    rules = _lifecycle_rules(bucket, stack)
    for prefix in listed:
        if not any(_expires(rule, prefix, most) for rule in rules):
            yield f"no lifecycle rule expires {prefix} within {most:g} days"
    for job in stack.of(JOB):
        folder = _temporary_folder(job, bucket)
        if folder is not None and not any(_expires(rule, folder, most) for rule in rules):
            yield f"--TempDir of {job.name} lies here and no lifecycle rule expires it within {most:g} days"


def _expires(rule: Props, prefix: str, most: float) -> bool:
    expiration = rule.child("expiration")
    days = expiration.number("days") if expiration else None
    return days is not None and days <= most and prefix.startswith(_prefix(rule)) and not _is_narrowed(rule)


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
