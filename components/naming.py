"""Every name and ARN of a stack, derived from its suffix, account and region alone.

Names are deterministic and account and region are settings, so an ARN is a plain string that is known before
anything exists: the workflow definition and all policy documents can be read in a preview.
"""

import re
from dataclasses import dataclass

METRIC_NAMESPACE = "Weather/Pipeline"
"""CloudWatch namespace of the custom metrics."""

DATASET_TABLES = ("observations", "hourly", "daily", "weekly", "sensor_weeks")
"""Tables of the datasets; the raw table is named otherwise."""


def partition(region: str) -> str:
    """Return the ARN partition of a region (``aws``, ``aws-cn`` or ``aws-us-gov``)."""
    for prefix, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region.startswith(prefix):
            return name
    return "aws"


def table_of_prefix(prefix: str) -> str:
    """Return the table name a crawler gives to the folder at the end of a key prefix.

    A Glue crawler names a table after the folder at the table level, in lower case and with every character
    that is not a letter, a digit or an underscore replaced by an underscore (AWS Glue guide, "Setting crawler
    configuration options").

    Args:
        prefix: key prefix with at least one segment, such as ``raw-data/telemetry/``.
    """
    folder = prefix.rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[^a-z0-9_]", "_", folder.lower())


@dataclass(frozen=True)
class Names:
    """Names and ARNs of one stack.

    Attributes:
        suffix: the unique suffix that ends every name.
        account: AWS account id, twelve digits.
        region: AWS region.
    """

    suffix: str
    account: str
    region: str

    def thing(self, what: str) -> str:
        """Return the name of any resource without a prescribed name: ``weather-<what>-<suffix>``."""
        return f"weather-{what}-{self.suffix}"

    def bucket(self, what: str) -> str:
        """Return a bucket name; it ends in the account, since bucket names are shared by all accounts."""
        return f"weather-{what}-{self.suffix}-{self.account}"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource of this account."""
        return f"arn:{partition(self.region)}:{service}:{self.region}:{self.account}:{resource}"

    def bucket_arn(self, bucket: str) -> str:
        """Return the ARN of a bucket."""
        return f"arn:{partition(self.region)}:s3:::{bucket}"

    @property
    def account_root(self) -> str:
        """ARN of the account as a principal."""
        return self.iam_arn("root")

    @property
    def data_lake_bucket(self) -> str:
        """Bucket of the raw messages, unless an existing one is adopted."""
        return self.bucket("data-lake")

    @property
    def processed_bucket(self) -> str:
        """Bucket of the datasets, run records, quarantine and error records."""
        return self.bucket("processed")

    @property
    def artifacts_bucket(self) -> str:
        """Bucket of the job's script, package, configuration and temporary files."""
        return self.bucket("artifacts")

    @property
    def access_logs_bucket(self) -> str:
        """Bucket of the S3 access logs, where they are on."""
        return self.bucket("access-logs")

    @property
    def database(self) -> str:
        """Catalogue database."""
        return f"weather_data_catalog_{self.suffix}"

    @property
    def crawler(self) -> str:
        """Crawler of the raw messages."""
        return f"WeatherPlatformCrawler-{self.suffix}"

    @property
    def job(self) -> str:
        """Glue job."""
        return f"WeatherDataTransformJob-{self.suffix}"

    @property
    def security_configuration(self) -> str:
        """Glue security configuration, where a KMS key is on."""
        return self.thing("security")

    @property
    def pipeline(self) -> str:
        """State machine of the weekly run."""
        return self.thing("pipeline")

    @property
    def watchdog(self) -> str:
        """State machine that looks for the run that did not happen."""
        return self.thing("watchdog")

    @property
    def weekly_rule(self) -> str:
        """Rule that starts the weekly run."""
        return self.thing("weekly")

    @property
    def watchdog_rule(self) -> str:
        """Rule that starts the watchdog."""
        return self.thing("watchdog-weekly")

    @property
    def status_rule(self) -> str:
        """Rule on executions that failed, timed out or were aborted."""
        return self.thing("execution-status")

    @property
    def schedule_dlq(self) -> str:
        """Queue of the events that a rule could not deliver."""
        return self.thing("schedule-dlq")

    @property
    def topic(self) -> str:
        """Topic of the notifications."""
        return self.thing("notifications")

    @property
    def key_alias(self) -> str:
        """Alias of the stack's own KMS key."""
        return f"alias/{self.thing('pipeline')}"

    @property
    def budget(self) -> str:
        """Monthly budget."""
        return self.thing("monthly")

    @property
    def boundary(self) -> str:
        """Policy that bounds the stack's roles, where an account has one (bootstrap/)."""
        return self.thing("boundary")

    @property
    def boundary_arn(self) -> str:
        """ARN of that policy."""
        return self.iam_arn(f"policy/{self.boundary}")

    @property
    def job_log_prefix(self) -> str:
        """Prefix of the job's log groups, for ``--custom-logGroup-prefix``."""
        return f"/weather/{self.suffix}/jobs"

    def state_log_group(self, machine: str) -> str:
        """Return the log group of a state machine.

        The prefix ``/aws/vendedlogs/`` keeps the account's log resource policy below its size limit (Step
        Functions guide, "Logging in CloudWatch Logs").
        """
        return f"/aws/vendedlogs/states/{machine}"

    def log_group_arn(self, group: str) -> str:
        """Return the ARN of a log group, without the trailing ``:*``."""
        return self.arn("logs", f"log-group:{group}")

    @property
    def crawler_arn(self) -> str:
        """ARN of the crawler."""
        return self.arn("glue", f"crawler/{self.crawler}")

    @property
    def job_arn(self) -> str:
        """ARN of the job."""
        return self.arn("glue", f"job/{self.job}")

    @property
    def pipeline_arn(self) -> str:
        """ARN of the weekly state machine."""
        return self.arn("states", f"stateMachine:{self.pipeline}")

    @property
    def watchdog_arn(self) -> str:
        """ARN of the watchdog."""
        return self.arn("states", f"stateMachine:{self.watchdog}")

    @property
    def topic_arn(self) -> str:
        """ARN of the notification topic."""
        return self.arn("sns", self.topic)

    @property
    def schedule_dlq_arn(self) -> str:
        """ARN of the dead-letter queue."""
        return self.arn("sqs", self.schedule_dlq)

    def iam_arn(self, resource: str) -> str:
        """Return the ARN of an IAM resource, which is of no region."""
        return f"arn:{partition(self.region)}:iam::{self.account}:{resource}"

    def rule_arn(self, rule: str) -> str:
        """Return the ARN of an EventBridge rule on the default bus."""
        return self.arn("events", f"rule/{rule}")

    def table_arns(self, tables: tuple[str, ...]) -> list[str]:
        """Return the catalogue resources an action on tables needs: catalogue, database and each table."""
        return [
            self.arn("glue", "catalog"),
            self.arn("glue", f"database/{self.database}"),
            *(self.arn("glue", f"table/{self.database}/{table}") for table in tables),
        ]
