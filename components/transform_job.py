"""The Glue job: script, package and configuration by content hash, its role, and what AWS would refuse."""

import json
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import iam, packaging
from components.glue_logs import ENCRYPTS_LOGS, glue_log_groups
from components.naming import Names
from components.settings import (
    DatasetSettings,
    JobSettings,
    LakeSettings,
    RetentionSettings,
    refuse_conflicts,
)

_ROOT = Path(__file__).parent.parent
SCRIPT = _ROOT / "etl" / "weather-transform.py"
PACKAGE = _ROOT / "etl" / "weather_etl"
REPORT = _ROOT / "etl" / "weather_report"
PRICES = _ROOT / "policies" / "aws_prices"
REQUIREMENTS = _ROOT / "etl" / "requirements.txt"
BUILD = _ROOT / "dist"

PYTHON_OF_GLUE = {"5.1": (3, 11), "6.0": (3, 13)}
"""Python of each Glue version (Glue release notes)."""


@dataclass(frozen=True)
class TransformJobArgs:
    """What the job needs to know.

    Attributes:
        names: names of the stack.
        lake: where the raw messages lie, and how far back the first run reads.
        settings: what the job runs on.
        datasets: zone and weeks of the windows, sites, device profiles, quality limits, outputs.
        retention: how long the job's log groups keep their events.
        tables: names of the dataset tables.
        artifacts_bucket: bucket for script, package, configuration and temporary files.
        after: what must hold before anything is uploaded, such as the bucket's encryption.
        kms_key_arn: the stack's own key; None where it has none.
        boundary_arn: policy that bounds the role; None for no bound.
    """

    names: Names
    lake: LakeSettings
    settings: JobSettings
    datasets: DatasetSettings
    retention: RetentionSettings
    tables: tuple[str, ...]
    artifacts_bucket: pulumi.Input[str]
    after: tuple[pulumi.Resource, ...] = ()
    kms_key_arn: pulumi.Input[str] | None = None
    boundary_arn: str | None = None


class TransformJob(pulumi.ComponentResource):
    """The job, its code in the artifacts bucket, its role and its log groups."""

    role: aws.iam.Role
    job: aws.glue.Job
    script: aws.s3.BucketObjectv2
    package: aws.s3.BucketObjectv2
    configuration: aws.s3.BucketObjectv2
    ledgers: list[aws.s3.BucketObjectv2]
    wheels: aws.s3.BucketObjectv2 | None
    log_groups: list[aws.cloudwatch.LogGroup]
    security: aws.glue.SecurityConfiguration | None
    job_name: pulumi.Output[str]
    script_key: str
    package_key: str

    def __init__(self, name: str, args: TransformJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        refuse_conflicts(args.settings)
        super().__init__("weather:index:TransformJob", name, {}, opts)
        self._args = args
        names = args.names
        child = pulumi.ResourceOptions(parent=self)
        statements = iam.job_role(names, args.lake, args.tables)
        self.role, policy = iam.create_role(
            f"{name}-role",
            names.thing("job"),
            "Turns raw messages into datasets",
            iam.trust("glue.amazonaws.com", names.account),
            [*statements, iam.use_key(names) if args.kms_key_arn else None],
            self,
            boundary_arn=args.boundary_arn,
        )
        self.log_groups = [
            aws.cloudwatch.LogGroup(
                f"{name}-log-{group.rsplit('/', 1)[-1]}",
                name=group,
                retention_in_days=args.retention.log_retention_days,
                kms_key_id=args.kms_key_arn,
                opts=child,
            )
            for group in glue_log_groups(names).job
        ]
        self.security = None
        if args.kms_key_arn is not None:
            self.security = aws.glue.SecurityConfiguration(
                f"{name}-security",
                name=names.security_configuration,
                encryption_configuration=_encryption(args.kms_key_arn),
                # It cannot be updated: a change is a replacement, under the same name.
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )

        script = SCRIPT.read_bytes()
        package = packaging.package_zip(PACKAGE, REPORT, PRICES)
        document = json.dumps(args.datasets.run_configuration(), sort_keys=True, indent=1).encode()
        ledgers = args.datasets.ledger_files()
        self.script_key = f"scripts/{packaging.short_hash(script)}/{SCRIPT.name}"
        self.package_key = f"packages/{packaging.short_hash(package)}/{PACKAGE.name}.zip"
        given = b"".join([document, *(f"\n{file}\n".encode() + data for file, data in ledgers.items())])
        config_folder = f"config/{packaging.short_hash(given)}"
        config_key = f"{config_folder}/run-configuration.json"
        self.script = self._upload(f"{name}-script", self.script_key, SCRIPT, "text/x-python")
        self.package = self._upload(
            f"{name}-package",
            self.package_key,
            packaging.keep(package, BUILD / "packages", f"{PACKAGE.name}.zip"),
            "application/zip",
        )
        self.configuration = aws.s3.BucketObjectv2(
            f"{name}-configuration",
            bucket=args.artifacts_bucket,
            key=config_key,
            content=document.decode(),
            content_type="application/json",
            opts=self._after(),
        )
        self.ledgers = [
            aws.s3.BucketObjectv2(
                f"{name}-ledger-{file.removesuffix('.csv')}",
                bucket=args.artifacts_bucket,
                # The job looks for them beside its configuration.
                key=f"{config_folder}/ledger/{file}",
                content=data.decode("utf-8-sig"),
                content_type="text/csv",
                opts=self._after(),
            )
            for file, data in ledgers.items()
        ]
        self.wheels = None
        wheels_key = ""
        if args.settings.wheel_bundle:
            bundle = _ROOT / args.settings.wheel_bundle
            wheels_key = f"wheels/{packaging.short_hash(bundle.read_bytes())}/{bundle.name}"
            self.wheels = self._upload(f"{name}-wheels", wheels_key, bundle, "application/zip")

        uploads = [
            self.script,
            self.package,
            self.configuration,
            *self.ledgers,
            *([self.wheels] if self.wheels else []),
        ]
        self.job = aws.glue.Job(
            f"{name}-job",
            name=names.job,
            description="Reads raw messages, normalises, aggregates and writes datasets",
            role_arn=self.role.arn,
            glue_version=args.settings.glue_version,
            worker_type=args.settings.worker_type,
            number_of_workers=args.settings.number_of_workers,
            execution_class=args.settings.execution_class,
            timeout=args.settings.timeout_minutes,
            # Glue's retry would be a run the workflow does not watch; the workflow retries.
            max_retries=0,
            execution_property={"max_concurrent_runs": args.settings.max_concurrent_runs},
            job_run_queuing_enabled=args.settings.queuing,
            command={
                "name": "glueetl",
                "python_version": "3",
                "script_location": f"s3://{names.artifacts_bucket}/{self.script_key}",
            },
            default_arguments=default_arguments(args, self.package_key, config_key, wheels_key),
            security_configuration=self.security.name if self.security else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, *uploads, *self.log_groups]),
        )
        self.job_name = self.job.name
        self.register_outputs({"jobName": self.job_name})

    def _after(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after))

    def _upload(self, name: str, key: str, path: Path, content_type: str) -> aws.s3.BucketObjectv2:
        return aws.s3.BucketObjectv2(
            name,
            bucket=self._args.artifacts_bucket,
            key=key,
            source=pulumi.FileAsset(str(path)),
            content_type=content_type,
            opts=self._after(),
        )


def default_arguments(
    args: TransformJobArgs, package_key: str, config_key: str, wheels_key: str
) -> dict[str, str]:
    """Return the job's default arguments: the script's own, then those Glue reads.

    Optional arguments without a value are left out: an empty one would arrive as a flag without a value.
    """
    names = args.names
    artifacts = f"s3://{names.artifacts_bucket}"
    own = {
        "--source": f"s3://{args.lake.bucket(names)}/{args.lake.raw_prefix}",
        "--target": f"s3://{names.processed_bucket}",
        "--database": names.database,
        "--raw_table": args.lake.table,
        "--timezone": args.datasets.timezone,
        "--week_start": args.datasets.week_start,
        "--config": f"{artifacts}/{config_key}",
        "--engine": args.settings.engine,
        # What a run costs is computed from what it runs on.
        "--glue_version": args.settings.glue_version,
        "--worker_type": args.settings.worker_type,
        "--number_of_workers": str(args.settings.number_of_workers),
        "--execution_class": args.settings.execution_class,
        "--region": names.region,
    }
    if args.lake.start:
        own["--start_from"] = args.lake.start
    glue = {
        "--job-language": "python",
        "--TempDir": f"{artifacts}/temp/",
        "--extra-py-files": f"{artifacts}/{package_key}",
        # A run's window is explicit; a bookmark would hide messages from a replay.
        "--job-bookmark-option": "job-bookmark-disable",
        "--enable-metrics": "true",
        "--custom-logGroup-prefix": names.job_log_prefix,
        **_modules(args, wheels_key),
    }
    return {**own, **glue}


def _modules(args: TransformJobArgs, wheels_key: str) -> dict[str, str]:
    """Return the arguments that bring the job's dependencies: a bundle of wheels, or pins from PyPI."""
    if wheels_key:
        return {
            "--additional-python-modules": f"s3://{args.names.artifacts_bucket}/{wheels_key}",
            # Everything is in the bundle; a run must not be able to depend on a package index.
            "--python-modules-installer-option": "--no-index",
        }
    pins = packaging.pinned_modules(
        REQUIREMENTS.read_text(encoding="utf-8"), PYTHON_OF_GLUE[args.settings.glue_version]
    )
    return {"--additional-python-modules": ",".join(pins)}


def _encryption(
    kms_key_arn: pulumi.Input[str],
) -> aws.glue.SecurityConfigurationEncryptionConfigurationArgs:
    """Return the encryption of job and crawler: bookmarks and what they write to S3, with the stack's key."""
    return aws.glue.SecurityConfigurationEncryptionConfigurationArgs(
        cloudwatch_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationCloudwatchEncryptionArgs(
            cloudwatch_encryption_mode="SSE-KMS" if ENCRYPTS_LOGS else "DISABLED",
            kms_key_arn=kms_key_arn if ENCRYPTS_LOGS else None,
        ),
        job_bookmarks_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationJobBookmarksEncryptionArgs(
            job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=kms_key_arn
        ),
        s3_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationS3EncryptionArgs(
            s3_encryption_mode="SSE-KMS", kms_key_arn=kms_key_arn
        ),
    )
