"""The raw messages: where they lie and how far back they are read."""

from dataclasses import dataclass

from weather_etl.checking import Problem

from components.naming import Names, table_of_prefix
from components.settings.checks import instant_text, matching, parse_instant, prefix, valid
from components.settings.key import keys_of, setting


@dataclass(frozen=True)
class LakeSettings:
    """The raw messages: where they lie and how far back they are read."""

    raw_bucket: str = setting(
        "string",
        "rawBucket",
        "Existing bucket of raw messages to read; empty creates one. An adopted bucket is never changed.",
        "empty, or a bucket name of 3 to 63 characters",
        "S3 bucket naming rules",
        matching(r"|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        default="",
    )
    raw_bucket_kms_key_arn: str = setting(
        "string",
        "rawBucketKmsKeyArn",
        "KMS key the adopted bucket is encrypted with; empty where it has none.",
        "empty, or the ARN of a KMS key; only with rawBucket",
        "KMS key ARNs",
        matching(r"|arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+"),
        default="",
    )
    raw_prefix: str = setting(
        "string",
        "rawPrefix",
        "Key prefix above the site folders; its last segment names the crawled table.",
        "one or more segments of safe characters, each followed by /",
        "S3 object key guidelines; table naming of Glue crawlers",
        prefix,
        default="raw-data/weatherPlatform/telemetry/",
    )
    start_from: str = setting(
        "string",
        "startFrom",
        "Earliest ingest time the first run reads; an adopted lake may hold years. Empty reads everything.",
        "empty, or an ISO 8601 date-time with UTC offset",
        "ISO 8601",
        valid(parse_instant, "an ISO 8601 date-time with UTC offset"),
        default="",
    )

    def bucket(self, names: Names) -> str:
        """Return the bucket of the raw messages, adopted or created."""
        return self.raw_bucket or names.data_lake_bucket

    @property
    def start(self) -> str:
        """Earliest ingest time of the first run, ISO 8601; empty for all."""
        return instant_text(self.start_from)

    @property
    def table(self) -> str:
        """Table the crawler keeps for the raw messages."""
        return table_of_prefix(self.raw_prefix)

    def conflicts(self) -> list[Problem]:
        """Return the combinations of these settings that have no meaning."""
        if self.raw_bucket_kms_key_arn and not self.raw_bucket:
            key = keys_of(type(self))["raw_bucket_kms_key_arn"]
            return [key.problem("is for an adopted bucket, and rawBucket is empty")]
        return []
