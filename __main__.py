"""The weather pipeline: settings, provider, components, exports."""

import pulumi
import pulumi_aws as aws

from components import catalog, tags
from components.crawler import Crawler, CrawlerArgs
from components.data_lake import DataLake, DataLakeArgs
from components.encryption import Encryption, EncryptionArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.orchestration import Orchestration, OrchestrationArgs
from components.secrets import keep_secrets
from components.settings import Settings
from components.transform_job import TransformJob, TransformJobArgs

settings = Settings.load()
secrets = keep_secrets()
names = settings.names
tables = catalog.load_tables()
provider = aws.Provider(
    "aws",
    region=settings.identity.region,
    allowed_account_ids=[settings.identity.account],
    default_tags={"tags": tags.common_tags(settings.identity, pulumi.get_project())},
)
opts = pulumi.ResourceOptions(providers=[provider])

kept = settings.protection
key = Encryption("encryption", EncryptionArgs(names, kept.retain), opts) if kept.kms else None
key_arn = key.key_arn if key else None
secured = (key_arn, names.boundary_arn if kept.bounded else None)
lake = DataLake("lake", DataLakeArgs(names, settings.lake, kept, settings.retention, key_arn), opts)
ready = tuple(lake.ready)
catalogue = catalog.Catalog("catalog", catalog.CatalogArgs(names, names.processed_bucket, tables), opts)
what = (settings.lake, settings.job, settings.datasets, settings.retention)
job = TransformJob(
    "transform",
    TransformJobArgs(names, *what, tuple(tables), lake.artifacts_bucket, ready, *secured),
    opts,
)
security = job.security.name if job.security else None
crawled = (settings.lake, settings.crawler, catalogue.database_name)
crawler = Crawler("crawl", CrawlerArgs(names, *crawled, ready, *secured, security), opts)
monitoring = Monitoring("monitoring", MonitoringArgs(names, settings.monitoring, key_arn), opts)
when = (settings.timing, settings.schedule, settings.workflow, settings.retention)
after = (crawler.crawler, job.job, monitoring.topic)
orchestration = Orchestration(
    "orchestration",
    OrchestrationArgs(names, *when, monitoring.dead_letters.arn, after, *secured),
    opts,
)

# Documented in docs/exports.md, asserted in tests/program.
for name, value in {
    "environment": settings.identity.environment,
    "account_id": settings.identity.account,
    "region": settings.identity.region,
    "data_lake_bucket": settings.lake.bucket(names),
    "raw_prefix": settings.lake.raw_prefix,
    "processed_bucket": lake.processed_bucket,
    "artifacts_bucket": lake.artifacts_bucket,
    "database_name": catalogue.database_name,
    "raw_table": settings.lake.table,
    "crawler_name": crawler.crawler_name,
    "job_name": job.job_name,
    "script_key": job.script_key,
    "package_key": job.package_key,
    "state_machine_arn": orchestration.pipeline.arn,
    "watchdog_state_machine_arn": orchestration.watchdog.arn,
    "schedule_rule": orchestration.weekly_rule.name,
    "schedule_expression": orchestration.schedule_expression,
    "schedule_dlq_url": monitoring.dead_letters.url,
    "notification_topic_arn": monitoring.topic_arn,
    "kms_key_arn": key_arn or "",
}.items():
    pulumi.export(name, secrets.hidden(value))
