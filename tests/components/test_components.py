"""Each component alone: exactly these children with these inputs, from plain arguments."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from weather_etl.runs.publishing import STAGE

from components.catalog import Catalog, CatalogArgs
from components.crawler import Crawler, CrawlerArgs
from components.data_lake import DataLake, DataLakeArgs
from components.encryption import Encryption, EncryptionArgs
from components.monitoring import Monitoring, MonitoringArgs, subscriber_key
from components.naming import Names
from components.orchestration import Orchestration, OrchestrationArgs
from components.settings import (
    CrawlerSettings,
    DatasetSettings,
    JobSettings,
    LakeSettings,
    MonitoringSettings,
    ProtectionSettings,
    RetentionSettings,
    ScheduleSettings,
    WorkflowSettings,
)
from components.settings.key import keys_of
from components.transform_job import TransformJob, TransformJobArgs
from components.workflow import Timing
from tests.harness.program import PROJECT, UNKNOWN, Recording, policy_of, record

NAMES = Names("abc123", "123456789012", "eu-west-1")
LAKE = LakeSettings(raw_prefix="raw/telemetry/")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
CONFIG = {f"{PROJECT}:account": NAMES.account, f"{PROJECT}:region": NAMES.region}
TABLES: dict[str, Any] = {
    "daily": {
        "description": "Statistics of days",
        "partitions": [{"name": "site", "type": "string", "comment": "Site"}],
        "columns": [
            {"name": "window_start", "type": "string", "unit": None, "comment": "Start of the day"},
            {"name": "t_mean", "type": "double", "unit": "degC", "comment": "Mean temperature"},
        ],
        "file": "daily/site={site}/year={year}/daily.csv",
    }
}


def made(create: Callable[[], Any], preview: bool = False) -> Recording:
    return record(create, CONFIG, preview=preview)


def data_lake(**changes: Any) -> Recording:
    parts = {
        "lake": part(LakeSettings, changes),
        "protection": part(ProtectionSettings, changes),
        "retention": RetentionSettings(),
    }
    return made(lambda: DataLake("lake", DataLakeArgs(names=NAMES, **parts, **changes)))


def part(kind: Callable[..., Any], changes: dict[str, Any]) -> Any:
    """Take what belongs to a part of the settings out of the changes, and return that part."""
    return kind(**{name: changes.pop(name) for name in keys_of(kind) if name in changes})


def bucket_children(name: str, logging: bool = False) -> dict[str, str]:
    parts = {
        "": "bucket:Bucket",
        "-public-access": "bucketPublicAccessBlock:BucketPublicAccessBlock",
        "-ownership": "bucketOwnershipControls:BucketOwnershipControls",
        "-encryption": "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "-versioning": "bucketVersioning:BucketVersioning",
        "-policy": "bucketPolicy:BucketPolicy",
        "-lifecycle": "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        **({"-logging": "bucketLogging:BucketLogging"} if logging else {}),
    }
    return {f"{name}{suffix}": f"aws:s3/{type_}" for suffix, type_ in parts.items()}


class TestDataLake:
    def test_children(self) -> None:
        assert data_lake().children("lake") == {
            **bucket_children("lake-raw"),
            **bucket_children("lake-processed"),
            **bucket_children("lake-artifacts"),
        }

    def test_an_adopted_bucket_is_not_touched(self) -> None:
        recording = data_lake(raw_bucket="theirs")
        assert recording.children("lake") == {
            **bucket_children("lake-processed"),
            **bucket_children("lake-artifacts"),
        }
        assert "theirs" not in json.dumps([r.inputs for r in recording.registrations])

    def test_access_logs_go_to_a_bucket_of_their_own(self) -> None:
        recording = data_lake(access_logs=True, kms_key_arn=KEY)
        assert recording.children("lake") == {
            **bucket_children("lake-access-logs"),
            **bucket_children("lake-raw", logging=True),
            **bucket_children("lake-processed", logging=True),
            **bucket_children("lake-artifacts", logging=True),
        }
        logging = recording.one("aws:s3/bucketLogging:BucketLogging", "lake-raw-logging").inputs
        assert logging["targetBucket"] == "weather-access-logs-abc123-123456789012"
        policy = policy_of(recording.one("aws:s3/bucketPolicy:BucketPolicy", "lake-access-logs-policy"))
        delivery = policy["Statement"][1]
        assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
        assert delivery["Condition"]["StringEquals"] == {"aws:SourceAccount": NAMES.account}
        encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        rules = recording.one(encryption, "lake-access-logs-encryption").inputs["rules"]
        assert rules[0]["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}

    def test_every_bucket_is_private_encrypted_versioned_and_tls_only(self) -> None:
        recording = data_lake()
        for block in recording.of_type("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"):
            assert [v for k, v in block.inputs.items() if k != "bucket"] == [True] * 4
        for control in recording.of_type("aws:s3/bucketOwnershipControls:BucketOwnershipControls"):
            assert control.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
        for versioning in recording.of_type("aws:s3/bucketVersioning:BucketVersioning"):
            assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
        for policy in recording.of_type("aws:s3/bucketPolicy:BucketPolicy"):
            (statement,) = policy_of(policy)["Statement"]
            arn = NAMES.bucket_arn(policy.inputs["bucket"])
            assert statement["Effect"] == "Deny"
            assert statement["Resource"] == [arn, f"{arn}/*"]
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    def test_what_s3_refuses_at_the_same_time_comes_in_order(self) -> None:
        """A policy beside its public access block, and expiry of versions before there are any."""
        order = {"-policy": "-public-access", "-lifecycle": "-versioning"}
        waits = {
            r.name: {urn.rsplit("::", 1)[-1] for urn in r.request.dependencies}
            for r in data_lake().registrations
        }
        for bucket in ("lake-raw", "lake-processed", "lake-artifacts"):
            for later, earlier in order.items():
                assert f"{bucket}{earlier}" in waits[f"{bucket}{later}"]

    def test_a_key_encrypts_with_a_bucket_key(self) -> None:
        type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        for encryption in data_lake(kms_key_arn=KEY).of_type(type_):
            assert encryption.inputs["rules"] == [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
                    "bucketKeyEnabled": True,
                }
            ]

    def test_what_nobody_needs_expires(self) -> None:
        type_ = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        rules = {r["id"]: r for r in data_lake().one(type_, "lake-processed-lifecycle").inputs["rules"]}
        assert {(r["filter"]["prefix"], r.get("expiration", {}).get("days")) for r in rules.values()} == {
            ("", None),
            (STAGE, 7),
            ("quarantine/", 90),
            ("errors/", 90),
            ("_runs/", 400),
        }
        assert rules["abandoned-uploads"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 3}
        assert rules["replaced-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
        raw = data_lake().one(type_, "lake-raw-lifecycle").inputs["rules"]
        assert [r["id"] for r in raw] == ["abandoned-uploads", "replaced-versions"]

    @pytest.mark.parametrize(("retain", "may_delete"), [(True, False), (False, False), (False, True)])
    def test_protection(self, retain: bool, may_delete: bool) -> None:
        mode = "retain" if retain else "disposable"
        recording = data_lake(mode=mode, delete_data_on_destroy=may_delete)
        for bucket in recording.of_type("aws:s3/bucket:Bucket"):
            assert bucket.request.protect is retain
            assert bucket.inputs["forceDestroy"] is may_delete


class TestEncryption:
    def test_children(self) -> None:
        recording = made(lambda: Encryption("encryption", EncryptionArgs(NAMES, retain=True)))
        assert recording.children("encryption") == {
            "encryption-key": "aws:kms/key:Key",
            "encryption-alias": "aws:kms/alias:Alias",
        }
        key = recording.one("aws:kms/key:Key")
        assert key.request.protect is True
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["deletionWindowInDays"] == 30
        assert recording.one("aws:kms/alias:Alias").inputs["name"] == "alias/weather-pipeline-abc123"


class TestCatalog:
    def test_children(self) -> None:
        recording = made(lambda: Catalog("catalog", CatalogArgs(NAMES, "processed", TABLES)))
        assert recording.children("catalog") == {
            "catalog-database": "aws:glue/catalogDatabase:CatalogDatabase",
            "catalog-daily": "aws:glue/catalogTable:CatalogTable",
        }
        assert recording.one("aws:glue/catalogDatabase:CatalogDatabase").inputs["name"] == NAMES.database
        assert recording.one("aws:glue/catalogTable:CatalogTable").inputs == {
            "name": "daily",
            "databaseName": NAMES.database,
            "description": "Statistics of days",
            "tableType": "EXTERNAL_TABLE",
            "parameters": {"classification": "csv", "skip.header.line.count": "1", "typeOfData": "file"},
            "partitionKeys": [{"name": "site", "type": "string", "comment": "Site"}],
            "storageDescriptor": {
                "location": "s3://processed/daily/",
                "inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "columns": [
                    {"name": "window_start", "type": "string", "comment": "Start of the day"},
                    {"name": "t_mean", "type": "double", "comment": "Mean temperature [degC]"},
                ],
                "serDeInfo": {
                    "serializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "parameters": {"field.delim": ",", "serialization.null.format": ""},
                },
            },
        }

    def test_the_contract_keeps_partition_keys_apart_from_columns(self) -> None:
        from components.catalog import load_tables

        tables = load_tables()
        assert list(tables) == ["observations", "hourly", "daily", "weekly", "sensor_weeks"]
        for table, spec in tables.items():
            columns = [column["name"] for column in spec["columns"]]
            keys = [column["name"] for column in spec["partitions"]]
            assert len(set(columns + keys)) == len(columns) + len(keys), table
            assert spec["file"].startswith(f"{table}/"), table

    def test_a_comment_ends_at_the_limit(self) -> None:
        from components.catalog import comment

        assert len(comment({"comment": "x" * 300, "unit": "m"})) == 255


def crawler_args(**changes: Any) -> CrawlerArgs:
    settings = part(CrawlerSettings, changes)
    return CrawlerArgs(names=NAMES, lake=LAKE, database_name=NAMES.database, settings=settings, **changes)


class TestCrawler:
    def test_children(self) -> None:
        recording = made(lambda: Crawler("crawl", crawler_args()))
        assert recording.children("crawl") == {
            "crawl-role": "aws:iam/role:Role",
            "crawl-role-policy": "aws:iam/rolePolicy:RolePolicy",
            "crawl-crawler": "aws:glue/crawler:Crawler",
        }
        inputs = recording.one("aws:glue/crawler:Crawler").inputs
        configuration = json.loads(inputs.pop("configuration"))
        assert inputs == {
            "name": "WeatherPlatformCrawler-abc123",
            "description": "Keeps the table of the raw messages; started by the weekly state machine",
            "role": "arn:aws:iam::123456789012:role/weather-crawler-abc123",
            "databaseName": "weather_data_catalog_abc123",
            "s3Targets": [
                {"path": "s3://weather-data-lake-abc123-123456789012/raw/telemetry/", "sampleSize": 20}
            ],
            "recrawlPolicy": {"recrawlBehavior": "CRAWL_EVERYTHING"},
            "schemaChangePolicy": {"updateBehavior": "UPDATE_IN_DATABASE", "deleteBehavior": "LOG"},
        }
        assert configuration == {
            "Version": 1.0,
            "CreatePartitionIndex": False,
            "Grouping": {
                "TableGroupingPolicy": "CombineCompatibleSchemas",
                "TableLevelConfiguration": 3,  # bucket, raw, telemetry
            },
            "CrawlerOutput": {
                "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
                "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
            },
        }

    def test_new_folders_only_updates_nothing(self) -> None:
        args = crawler_args(recrawl="CRAWL_NEW_FOLDERS_ONLY", update_behavior="LOG")
        inputs = made(lambda: Crawler("crawl", args)).one("aws:glue/crawler:Crawler").inputs
        assert inputs["schemaChangePolicy"] == {"updateBehavior": "LOG", "deleteBehavior": "LOG"}
        assert "CrawlerOutput" not in json.loads(inputs["configuration"])

    def test_new_folders_only_with_updates_is_refused(self) -> None:
        with pytest.raises(ValueError, match="must have LOG"):
            Crawler("crawl", crawler_args(recrawl="CRAWL_NEW_FOLDERS_ONLY"))


def job_args(**changes: Any) -> TransformJobArgs:
    args: dict[str, Any] = {
        "names": NAMES,
        "lake": LAKE,
        "tables": ("daily",),
        "artifacts_bucket": NAMES.artifacts_bucket,
        "retention": RetentionSettings(),
        "sites": {"EWR": {"elevation_m": 3}},
        **changes,
    }
    return TransformJobArgs(settings=part(JobSettings, args), datasets=part(DatasetSettings, args), **args)


class TestTransformJob:
    def test_children(self) -> None:
        recording = made(lambda: TransformJob("transform", job_args()))
        assert recording.children("transform") == {
            "transform-role": "aws:iam/role:Role",
            "transform-role-policy": "aws:iam/rolePolicy:RolePolicy",
            "transform-log-output": "aws:cloudwatch/logGroup:LogGroup",
            "transform-log-error": "aws:cloudwatch/logGroup:LogGroup",
            "transform-script": "aws:s3/bucketObjectv2:BucketObjectv2",
            "transform-package": "aws:s3/bucketObjectv2:BucketObjectv2",
            "transform-configuration": "aws:s3/bucketObjectv2:BucketObjectv2",
            "transform-job": "aws:glue/job:Job",
        }

    def test_job(self) -> None:
        recording = made(lambda: TransformJob("transform", job_args()))
        keys = {r.name: r.inputs["key"] for r in recording.of_type("aws:s3/bucketObjectv2:BucketObjectv2")}
        assert keys["transform-script"].startswith("scripts/")
        assert keys["transform-script"].endswith("/weather-transform.py")
        inputs = recording.one("aws:glue/job:Job").inputs
        arguments = inputs.pop("defaultArguments")
        assert inputs == {
            "name": "WeatherDataTransformJob-abc123",
            "description": "Reads raw messages, normalises, aggregates and writes datasets",
            "roleArn": "arn:aws:iam::123456789012:role/weather-job-abc123",
            "glueVersion": "5.1",
            "workerType": "G.1X",
            "numberOfWorkers": 2,
            "executionClass": "STANDARD",
            "timeout": 60,
            "maxRetries": 0,
            "executionProperty": {"maxConcurrentRuns": 2},
            "jobRunQueuingEnabled": False,
            "command": {
                "name": "glueetl",
                "pythonVersion": "3",
                "scriptLocation": f"s3://{NAMES.artifacts_bucket}/{keys['transform-script']}",
            },
        }
        modules = arguments.pop("--additional-python-modules")
        assert "duckdb==" in modules
        assert arguments == {
            "--source": "s3://weather-data-lake-abc123-123456789012/raw/telemetry/",
            "--target": "s3://weather-processed-abc123-123456789012",
            "--database": "weather_data_catalog_abc123",
            "--raw_table": "telemetry",
            "--timezone": "Asia/Ho_Chi_Minh",
            "--week_start": "sunday",
            "--config": f"s3://{NAMES.artifacts_bucket}/{keys['transform-configuration']}",
            "--engine": "auto",
            "--glue_version": "5.1",
            "--worker_type": "G.1X",
            "--number_of_workers": "2",
            "--execution_class": "STANDARD",
            "--job-language": "python",
            "--TempDir": f"s3://{NAMES.artifacts_bucket}/temp/",
            "--extra-py-files": f"s3://{NAMES.artifacts_bucket}/{keys['transform-package']}",
            "--job-bookmark-option": "job-bookmark-disable",
            "--enable-metrics": "true",
            "--region": "eu-west-1",
            "--custom-logGroup-prefix": "/weather/abc123/jobs",
        }

    def test_the_script_accepts_its_arguments(self) -> None:
        from weather_etl.settings.arguments import parse_arguments

        recording = made(
            lambda: TransformJob(
                "transform", job_args(lake=LakeSettings(start_from="2026-01-01T00:00:00+07:00"))
            )
        )
        arguments = recording.one("aws:glue/job:Job").inputs["defaultArguments"]
        run = {"--run_id": "run-1", "--until": "2026-11-21T17:00:00Z", "--since": "2026-11-14T17:00:00Z"}
        argv = [text for pair in {**arguments, **run}.items() for text in pair]
        parsed = parse_arguments(argv)
        assert (parsed.run_id, parsed.replay, parsed.number_of_workers) == ("run-1", True, 2)

    def test_the_configuration_is_content_addressed_and_accepted_by_the_job(self) -> None:
        from weather_etl.settings.config import parse_config

        objects = [
            made(lambda c=c: TransformJob("transform", job_args(sites=c))).one(
                "aws:s3/bucketObjectv2:BucketObjectv2", "transform-configuration"
            )
            for c in ({}, {"EWR": {"elevation_m": 3}})
        ]
        assert objects[0].inputs["key"] != objects[1].inputs["key"]
        assert parse_config(objects[1].inputs["content"]).site("EWR").elevation_m == 3

    def test_ledgers_lie_where_the_job_looks_for_them(self, tmp_path: Path) -> None:
        from weather_etl.runs import load_config_file

        def keys(row: str) -> dict[str, str]:
            (tmp_path / "ledger").mkdir(exist_ok=True)
            text = f"from,to,variable,action\n,,{row}\n"
            (tmp_path / "ledger" / "EWR.csv").write_text(text, encoding="utf-8")
            recording = made(lambda: TransformJob("transform", job_args(ledgers=str(tmp_path / "ledger"))))
            objects = recording.of_type("aws:s3/bucketObjectv2:BucketObjectv2")
            given = [one for one in objects if one.inputs["key"].startswith("config/")]
            argument = recording.one("aws:glue/job:Job").inputs["defaultArguments"]["--config"]
            assert argument.removeprefix(f"s3://{NAMES.artifacts_bucket}/") in {
                one.inputs["key"] for one in given
            }
            return {one.inputs["key"]: one.inputs["content"] for one in given}

        first, second = keys("air_temperature,withhold"), keys("*,withhold")
        assert len(first) == 2
        assert not first.keys() & second.keys(), "a changed ledger takes a new place"
        for key, content in first.items():
            (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / key).write_text(content, encoding="utf-8")
        config = next(key for key in first if key.endswith(".json"))
        assert load_config_file(str(tmp_path / config)).site("EWR").ledger[0].variables == (
            "air_temperature",
        )

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("from,to\n", "has no column variable"),
            ("from,to,variable,action\n,,temprature,withhold\n", "'temprature' is not a variable"),
        ],
    )
    def test_a_wrong_ledger_is_refused_before_anything_is_deployed(
        self, tmp_path: Path, text: str, says: str
    ) -> None:
        (tmp_path / "EWR.csv").write_text(text, encoding="utf-8")
        problems = DatasetSettings(ledgers=str(tmp_path)).conflicts()
        assert any(says in str(one) for one in problems), problems
        gone = DatasetSettings(ledgers=str(tmp_path / "gone")).conflicts()
        assert [one.where for one in gone] == ["ledgers"]

    def test_a_wheel_bundle_takes_the_place_of_the_package_index(self, tmp_path: Any) -> None:
        bundle = tmp_path / "job.gluewheels.zip"
        bundle.write_bytes(b"wheels")
        recording = made(lambda: TransformJob("transform", job_args(wheel_bundle=str(bundle))))
        wheels = recording.one("aws:s3/bucketObjectv2:BucketObjectv2", "transform-wheels").inputs
        arguments = recording.one("aws:glue/job:Job").inputs["defaultArguments"]
        assert arguments["--additional-python-modules"] == f"s3://{NAMES.artifacts_bucket}/{wheels['key']}"
        assert arguments["--python-modules-installer-option"] == "--no-index"

    def test_a_key_comes_with_a_security_configuration(self) -> None:
        recording = made(lambda: TransformJob("transform", job_args(kms_key_arn=KEY)))
        security = recording.one("aws:glue/securityConfiguration:SecurityConfiguration").inputs
        assert security["name"] == "weather-security-abc123"
        modes = security["encryptionConfiguration"]
        assert modes["cloudwatchEncryption"] == {"cloudwatchEncryptionMode": "DISABLED"}
        assert modes["s3Encryption"] == {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": KEY}
        assert recording.one("aws:glue/job:Job").inputs["securityConfiguration"] == "weather-security-abc123"
        assert {g.inputs["kmsKeyId"] for g in recording.of_type("aws:cloudwatch/logGroup:LogGroup")} == {KEY}

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"worker_type": "G.4X"}, "FLEX runs on G.1X and G.2X only"),
            ({"queuing": True}, "a FLEX job cannot be queued"),
        ],
    )
    def test_what_flex_does_not_take_is_refused(self, changes: dict[str, Any], says: str) -> None:
        with pytest.raises(ValueError, match=says):
            TransformJob("transform", job_args(execution_class="FLEX", **changes))

    def test_the_log_groups_are_those_glue_derives_from_the_prefix(self) -> None:
        recording = made(lambda: TransformJob("transform", job_args()))
        groups = {g.inputs["name"]: g.inputs for g in recording.of_type("aws:cloudwatch/logGroup:LogGroup")}
        assert set(groups) == {"/weather/abc123/jobs/output", "/weather/abc123/jobs/error"}
        assert {g["retentionInDays"] for g in groups.values()} == {30}


def orchestration(**changes: Any) -> Recording:
    args: dict[str, Any] = {
        "names": NAMES,
        "timing": Timing(),
        "settings": WorkflowSettings(),
        "retention": RetentionSettings(),
        "dead_letter_arn": NAMES.schedule_dlq_arn,
        **changes,
    }
    schedule = part(ScheduleSettings, args)
    return made(lambda: Orchestration("orchestration", OrchestrationArgs(schedule=schedule, **args)))


class TestOrchestration:
    def test_children(self) -> None:
        machine = {
            "": "aws:sfn/stateMachine:StateMachine",
            "-role": "aws:iam/role:Role",
            "-role-policy": "aws:iam/rolePolicy:RolePolicy",
            "-log": "aws:cloudwatch/logGroup:LogGroup",
            "-schedule-rule": "aws:cloudwatch/eventRule:EventRule",
            "-schedule-role": "aws:iam/role:Role",
            "-schedule-role-policy": "aws:iam/rolePolicy:RolePolicy",
            "-schedule-target": "aws:cloudwatch/eventTarget:EventTarget",
        }
        assert orchestration().children("orchestration") == {
            f"orchestration-{name}{suffix}": type_
            for name in ("pipeline", "watchdog")
            for suffix, type_ in machine.items()
        }

    def test_state_machine(self) -> None:
        recording = orchestration()
        machine = recording.one("aws:sfn/stateMachine:StateMachine", "orchestration-pipeline").inputs
        assert json.loads(machine.pop("definition"))["StartAt"] == "Prepare"
        group = "/aws/vendedlogs/states/weather-pipeline-abc123"
        assert machine == {
            "name": "weather-pipeline-abc123",
            "type": "STANDARD",
            "roleArn": "arn:aws:iam::123456789012:role/weather-workflow-abc123",
            "loggingConfiguration": {
                "level": "ALL",
                "includeExecutionData": False,
                "logDestination": f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}:*",
            },
            "tracingConfiguration": {"enabled": True},
        }
        log = recording.one("aws:cloudwatch/logGroup:LogGroup", "orchestration-pipeline-log").inputs
        assert (log["name"], log["retentionInDays"]) == (group, 30)

    def test_the_weekly_rule_starts_the_weekly_machine(self) -> None:
        recording = orchestration()
        rule = recording.one(
            "aws:cloudwatch/eventRule:EventRule", "orchestration-pipeline-schedule-rule"
        ).inputs
        assert rule == {
            "name": "weather-weekly-abc123",
            "description": "Starts the weekly run: sunday 00:00, UTC+07:00",
            "scheduleExpression": "cron(0 17 ? * SAT *)",
            "state": "ENABLED",
        }
        target = recording.one(
            "aws:cloudwatch/eventTarget:EventTarget", "orchestration-pipeline-schedule-target"
        ).inputs
        assert target == {
            "rule": "weather-weekly-abc123",
            "targetId": "pipeline",
            "arn": NAMES.pipeline_arn,
            "roleArn": "arn:aws:iam::123456789012:role/weather-schedule-abc123",
            "inputTransformer": {
                "inputPaths": {"time": "$.time"},
                "inputTemplate": '{"scheduledTime": "<time>"}',
            },
            "retryPolicy": {"maximumRetryAttempts": 8, "maximumEventAgeInSeconds": 3600},
            "deadLetterConfig": {"arn": NAMES.schedule_dlq_arn},
        }

    def test_the_watchdogs_rule_fires_later(self) -> None:
        rule = orchestration().one(
            "aws:cloudwatch/eventRule:EventRule", "orchestration-watchdog-schedule-rule"
        )
        assert rule.inputs["name"] == "weather-watchdog-weekly-abc123"
        assert rule.inputs["scheduleExpression"] == "cron(0 5 ? * SUN *)"

    def test_a_switched_off_schedule(self) -> None:
        rules = orchestration(enabled=False).of_type("aws:cloudwatch/eventRule:EventRule")
        assert {rule.inputs["state"] for rule in rules} == {"DISABLED"}

    def test_roles_trust_one_caller_for_one_resource(self) -> None:
        recording = orchestration()
        conditions = {}
        for role in recording.of_type("aws:iam/role:Role"):
            (statement,) = policy_of(role, "assumeRolePolicy")["Statement"]
            assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": NAMES.account}
            source = statement["Condition"]["ArnLike"]["aws:SourceArn"]
            conditions[role.inputs["name"]] = (statement["Principal"]["Service"], source)
        assert conditions == {
            "weather-workflow-abc123": ("states.amazonaws.com", NAMES.pipeline_arn),
            "weather-watchdog-abc123": ("states.amazonaws.com", NAMES.watchdog_arn),
            "weather-schedule-abc123": ("events.amazonaws.com", NAMES.rule_arn(NAMES.weekly_rule)),
            "weather-watchdog-schedule-abc123": ("events.amazonaws.com", NAMES.rule_arn(NAMES.watchdog_rule)),
        }


def monitoring(preview: bool = False, **changes: Any) -> Recording:
    args = MonitoringArgs(names=NAMES, settings=part(MonitoringSettings, changes), **changes)
    return made(lambda: Monitoring("monitoring", args), preview)


SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
ALARMS = (
    "run-failed", "run-timed-out", "event-undelivered", "quality-rejected",
    "rule-failed", "watchdog-rule-failed", "status-rule-failed",
)  # fmt: skip


class TestMonitoring:
    def test_children(self) -> None:
        children = {
            "monitoring-topic": "aws:sns/topic:Topic",
            "monitoring-topic-policy": "aws:sns/topicPolicy:TopicPolicy",
            "monitoring-dead-letters": "aws:sqs/queue:Queue",
            "monitoring-dead-letters-policy": "aws:sqs/queuePolicy:QueuePolicy",
            "monitoring-status-rule": "aws:cloudwatch/eventRule:EventRule",
            "monitoring-status-target": "aws:cloudwatch/eventTarget:EventTarget",
            "monitoring-budget": "aws:budgets/budget:Budget",
            **{f"monitoring-alarm-{alarm}": "aws:cloudwatch/metricAlarm:MetricAlarm" for alarm in ALARMS},
        }
        assert monitoring().children("monitoring") == children
        people = [
            {"protocol": "email", "endpoint": "a@b.c"},
            {"protocol": "sqs", "endpoint": "arn:aws:sqs:x"},
        ]
        assert monitoring(subscribers=people, dashboard=True).children("monitoring") == {
            **children,
            **{f"monitoring-subscriber-{subscriber_key(one)}": SUBSCRIPTION for one in people},
            "monitoring-dashboard": "aws:cloudwatch/dashboard:Dashboard",
        }

    def test_a_subscriber_keeps_its_name_when_another_goes(self) -> None:
        """SNS gives the same ARN for the same endpoint: a name that passed to another would delete it."""
        people = [{"protocol": "email", "endpoint": f"{name}@b.c"} for name in "abc"]
        all_three, two = (
            {r.name: r.inputs for r in monitoring(subscribers=s).of_type(SUBSCRIPTION)}
            for s in (people, people[1:])
        )
        assert {name: all_three[name] for name in two} == two

    def test_every_rule_s_failed_invocations_raise_an_alarm(self) -> None:
        watched = {
            alarm.inputs["dimensions"].get("RuleName")
            for alarm in monitoring().of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        }
        assert watched >= {NAMES.weekly_rule, NAMES.watchdog_rule, NAMES.status_rule}

    def test_every_alarm_tells_somebody_and_knows_what_silence_means(self) -> None:
        for alarm in monitoring().of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
            assert alarm.inputs["alarmActions"] == [NAMES.topic_arn]
            assert alarm.inputs["treatMissingData"] == "notBreaching"
            assert alarm.inputs["period"] * alarm.inputs["evaluationPeriods"] <= 604_800
            assert ": see " in alarm.inputs["alarmDescription"]

    def test_the_quality_alarm_is_on_the_metric_the_workflow_publishes(self) -> None:
        alarm = monitoring().one(
            "aws:cloudwatch/metricAlarm:MetricAlarm", "monitoring-alarm-quality-rejected"
        )
        assert {k: alarm.inputs[k] for k in ("namespace", "metricName", "dimensions", "threshold")} == {
            "namespace": "Weather/Pipeline",
            "metricName": "QualityLevel",
            "dimensions": {"Stack": "weather-pipeline-abc123"},
            "threshold": 2,
        }

    def test_executions_that_end_badly_are_reported(self) -> None:
        recording = monitoring()
        rule = recording.one("aws:cloudwatch/eventRule:EventRule").inputs
        assert json.loads(rule["eventPattern"])["detail"] == {
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
            "stateMachineArn": [NAMES.pipeline_arn, NAMES.watchdog_arn],
        }
        target = recording.one("aws:cloudwatch/eventTarget:EventTarget").inputs
        assert target["arn"] == NAMES.topic_arn
        assert "roleArn" not in target  # a topic is written to by its own policy
        assert target["deadLetterConfig"] == {"arn": NAMES.schedule_dlq_arn}

    def test_the_budget_counts_this_stacks_cost(self) -> None:
        budget = monitoring().one("aws:budgets/budget:Budget").inputs
        assert budget["limitAmount"] == "10"
        assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:Stack$abc123"]}]
        assert [(n["notificationType"], n["threshold"]) for n in budget["notifications"]] == [
            ("FORECASTED", 80),
            ("ACTUAL", 100),
        ]
        assert {a for n in budget["notifications"] for a in n["subscriberSnsTopicArns"]} == {NAMES.topic_arn}

    def test_topic_and_queue_without_a_key(self) -> None:
        recording = monitoring()
        assert "kmsMasterKeyId" not in recording.one("aws:sns/topic:Topic").inputs
        queue = recording.one("aws:sqs/queue:Queue").inputs
        assert queue == {
            "name": "weather-schedule-dlq-abc123",
            "messageRetentionSeconds": 1_209_600,
            "sqsManagedSseEnabled": True,
        }

    def test_topic_and_queue_with_a_key(self) -> None:
        recording = monitoring(kms_key_arn=KEY)
        assert recording.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == KEY
        queue = recording.one("aws:sqs/queue:Queue").inputs
        assert "kmsMasterKeyId" not in queue
        assert queue["sqsManagedSseEnabled"] is True

    def test_the_dashboard_shows_the_metrics_there_are(self) -> None:
        body = json.loads(
            monitoring(dashboard=True).one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]
        )
        widgets = body["widgets"]
        assert len({(w["x"], w["y"]) for w in widgets}) == len(widgets) == 4
        from components.workflow import METRICS

        for widget in widgets:
            assert widget["x"] + widget["width"] <= 24
            assert widget["properties"]["region"] == "eu-west-1"
            for namespace, metric, dimension, value in widget["properties"]["metrics"]:
                if namespace == "Weather/Pipeline":
                    assert metric in METRICS
                    assert (dimension, value) == ("Stack", "weather-pipeline-abc123")
                else:
                    assert (namespace, dimension, value) == (
                        "AWS/States",
                        "StateMachineArn",
                        NAMES.pipeline_arn,
                    )

    def test_in_a_preview_only_references_are_unknown(self) -> None:
        recording = monitoring(preview=True)
        alarm = recording.one("aws:cloudwatch/metricAlarm:MetricAlarm", "monitoring-alarm-run-failed").inputs
        assert alarm["alarmActions"] == [UNKNOWN]
        assert json.loads(recording.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])


class TestHarness:
    def test_an_invoke_is_refused(self) -> None:
        import pulumi_aws as aws

        with pytest.raises(Exception, match="unexpected invoke"):
            made(lambda: pulumi.export("id", aws.get_caller_identity_output().account_id))

    def test_a_second_resource_of_the_same_name_is_refused(self) -> None:
        import pulumi_aws as aws

        def twice() -> None:
            aws.sns.Topic("same")
            aws.sns.Topic("same")

        with pytest.raises(Exception, match="duplicate URN"):
            made(twice)

    def test_exports_do_not_leak_into_the_next_program(self) -> None:
        made(lambda: pulumi.export("old", 1))
        assert made(lambda: pulumi.export("new", 2)).exports == {"new": 2}
