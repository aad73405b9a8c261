"""The weather pipeline: settings, provider, components, exports."""

import pulumi
import pulumi_aws as aws

from components import catalog, tags
from components.crawler import Crawler, CrawlerArgs
from components.data_lake import DataLake, DataLakeArgs
from components.encryption import Encryption, EncryptionArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.orchestration import Orchestration, OrchestrationArgs
from components.settings import Settings
from components.transform_job import TransformJob, TransformJobArgs

settings = Settings.load()
names = settings.names
tables = catalog.load_tables()
provider = aws.Provider(
    "aws",
    region=settings.region,
    allowed_account_ids=[settings.account],
    default_tags={"tags": tags.common_tags(settings)},
)
opts = pulumi.ResourceOptions(providers=[provider])

key = Encryption("encryption", EncryptionArgs(names, settings.retain), opts) if settings.kms else None
key_arn = key.key_arn if key else None
lake = DataLake("lake", DataLakeArgs.of(settings, key_arn), opts)
catalogue = catalog.Catalog("catalog", catalog.CatalogArgs(names, names.processed_bucket, tables), opts)
job = TransformJob(
    "transform",
    TransformJobArgs.of(settings, tuple(tables), lake.artifacts_bucket, tuple(lake.ready), key_arn),
    opts,
)
security = job.security.name if job.security else None
crawler = Crawler("crawl", CrawlerArgs.of(settings, catalogue.database_name, key_arn, security), opts)
monitoring = Monitoring("monitoring", MonitoringArgs.of(settings, key_arn), opts)
orchestration = Orchestration(
    "orchestration",
    OrchestrationArgs.of(
        settings, monitoring.dead_letters.arn, (crawler.crawler, job.job, monitoring.topic), key_arn
    ),
    opts,
)

# Documented in docs/exports.md, asserted in tests/program.
for name, value in {
    "environment": settings.environment,
    "account_id": settings.account,
    "region": settings.region,
    "data_lake_bucket": settings.lake_bucket,
    "raw_prefix": settings.raw_prefix,
    "processed_bucket": lake.processed_bucket,
    "artifacts_bucket": lake.artifacts_bucket,
    "database_name": catalogue.database_name,
    "raw_table": settings.raw_table,
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
}.items():
    pulumi.export(name, value)
