"""Good and bad cases of the security rules."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.case import Bad, Case
from tests.policies.engine import UNKNOWN, Declared, Provider
from tests.policies.parts import (
    QUEUE_ARN,
    TOPIC_ARN,
    beside,
    bucket,
    crawler,
    deny_plain,
    document,
    job,
    log_group,
    queue,
    service,
    topic,
    versioning,
)

LAKE = "arn:aws:s3:::lake-b"
OPEN = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}
TLS = deny_plain("s3:*", [LAKE, f"{LAKE}/*"])
ANYBODY = {
    "Sid": "Open",
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": f"{LAKE}/*",
}
KEY = Declared("aws:kms/key:Key", "key")
MODES = {
    "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS"},
    "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS"},
    "s3Encryption": {"s3EncryptionMode": "SSE-KMS"},
}


def access(**switches: Any) -> Declared:
    return beside("BucketPublicAccessBlock", "block", {**OPEN, **switches})


def policy(*statements: Any) -> Declared:
    return beside("BucketPolicy", "policy", {"policy": document(*statements)})


def encrypted(algorithm: str) -> Declared:
    rule = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}
    return beside("BucketServerSideEncryptionConfiguration", "enc", {"rules": [rule]})


def topic_policy(*statements: Any, **changes: Any) -> Declared:
    inputs = {"arn": TOPIC_ARN, "policy": document(*statements), **changes}
    return Declared("aws:sns/topicPolicy:TopicPolicy", "topic-policy", inputs)


def queue_policy(*statements: Any) -> Declared:
    inputs = {"queueUrl": "https://q", "policy": document(*statements)}
    return Declared("aws:sqs/queuePolicy:QueuePolicy", "queue-policy", inputs)


def security(**modes: Any) -> Declared:
    inputs = {"encryptionConfiguration": {**MODES, **modes}}
    return Declared("aws:glue/securityConfiguration:SecurityConfiguration", "sec", inputs)


def key(**inputs: Any) -> Declared:
    return Declared("aws:kms/key:Key", "key", inputs)


def provider(**inputs: Any) -> Declared:
    return Declared("pulumi:providers:aws", "aws", {**Provider().properties(), **inputs}, provider=None)


SNS_TLS, SQS_TLS = deny_plain("sns:Publish", TOPIC_ARN), deny_plain("sqs:*", QUEUE_ARN)
ALARMS, EVENTS = (
    service("cloudwatch.amazonaws.com", "sns:Publish"),
    service("events.amazonaws.com", "sqs:SendMessage"),
)


def catalogue(mode: str, passwords: bool) -> Declared:
    block = {
        "encryptionAtRest": {"catalogEncryptionMode": mode},
        "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": passwords},
    }
    token = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
    return Declared(token, "catalogue", {"dataCatalogEncryptionSettings": block})


CASES = {
    "weather-s3-bucket-public-access": Case(
        good=[
            [bucket(), access()],
            [
                bucket(bucket=UNKNOWN),
                beside("BucketPublicAccessBlock", "b", {**OPEN, "bucket": UNKNOWN}, {"bucket": ["lake"]}),
            ],
        ],
        bad=[
            Bad([bucket()], "no BucketPublicAccessBlock points at it", "lake"),
            Bad([bucket(), access(blockPublicPolicy=False)], "blockPublicPolicy must be true", "block"),
            Bad([bucket(), access(bucket="another-b")], "no BucketPublicAccessBlock points at it"),
        ],
    ),
    "weather-s3-bucket-tls-only": Case(
        good=[[bucket(), policy(TLS)]],
        bad=[
            Bad([bucket()], "denies requests without TLS", "lake"),
            Bad([bucket(), policy({**TLS, "Effect": "Allow"})], "denies requests without TLS"),
            Bad([bucket(), policy({**TLS, "Resource": [LAKE]})], "denies requests without TLS"),
            Bad([bucket(), policy({**TLS, "Action": "s3:GetObject"})], "denies requests without TLS"),
            Bad(
                [bucket(), policy({**TLS, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})],
                "without TLS",
            ),
        ],
    ),
    "weather-s3-bucket-encryption": Case(
        good=[[bucket(), encrypted("AES256")], [bucket(), encrypted("aws:kms")]],
        bad=[
            Bad([bucket()], "no encryption configuration with AES256", "lake"),
            Bad([bucket(), encrypted("AES256")], "with aws:kms or aws:kms:dsse", config={"requireKms": True}),
        ],
    ),
    "weather-s3-bucket-versioning": Case(
        good=[[bucket(), versioning()]],
        bad=[
            Bad([bucket()], "no BucketVersioning with status Enabled", "lake"),
            Bad([bucket(), versioning("Suspended")], "no BucketVersioning with status Enabled"),
        ],
    ),
    "weather-s3-bucket-inline-arguments": Case(
        good=[[bucket()]],
        bad=[
            Bad([bucket(acl="private")], "inline argument 'acl' is deprecated", "lake"),
            Bad([bucket(versioning={"enabled": True})], "inline argument 'versioning'"),
            Bad([bucket(policy=UNKNOWN)], "inline argument 'policy'"),
            Bad([Declared("aws:s3/bucketV2:BucketV2", "old")], "BucketV2 is deprecated or needless", "old"),
        ],
    ),
    "weather-s3-bucket-ownership": Case(
        good=[[beside("BucketOwnershipControls", "o", {"rule": {"objectOwnership": "BucketOwnerEnforced"}})]],
        bad=[
            Bad(
                [beside("BucketOwnershipControls", "o", {"rule": {"objectOwnership": "ObjectWriter"}})],
                "is not",
            )
        ],
    ),
    "weather-s3-policy-principals": Case(
        good=[[policy(TLS, service("logging.s3.amazonaws.com", "s3:PutObject", f"{LAKE}/*"))]],
        bad=[
            Bad([policy(ANYBODY)], "statement 1 lets in anybody", "policy"),
            Bad([policy({**ANYBODY, "Principal": {"AWS": "*"}})], "statement 1 lets in anybody"),
            Bad(
                [policy(service("logging.s3.amazonaws.com", "s3:PutObject", condition=None))],
                "on behalf of any account",
            ),
            Bad(
                [policy({"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "s3:*"})],
                "statement 1 lets in anybody",
            ),
        ],
    ),
    "weather-s3-bucket-protection": Case(
        good=[[bucket(protect=True)]],
        bad=[
            Bad([bucket()], "protect is not true", "lake"),
            Bad([bucket(protect=True, forceDestroy=True)], "forceDestroy is true"),
        ],
        config={"protect": True},
    ),
    "weather-sns-topic-encryption": Case(
        good=[[topic()], [topic(kmsMasterKeyId="alias/ours")], [topic(kmsMasterKeyId=UNKNOWN)]],
        bad=[
            Bad(
                [topic(kmsMasterKeyId="alias/aws/sns")],
                "alias/aws/sns is refused: CloudWatch alarms",
                "topic",
            ),
            Bad([topic()], "kmsMasterKeyId is not set", config={"requireKey": True}),
        ],
    ),
    "weather-sns-topic-policy": Case(
        good=[[topic(), topic_policy(ALARMS, SNS_TLS)]],
        bad=[
            Bad([topic()], "no TopicPolicy points at it", "topic"),
            Bad([topic(), topic_policy(ALARMS)], "denies sns:Publish without TLS", "topic-policy"),
            Bad(
                [
                    topic(),
                    topic_policy(service("cloudwatch.amazonaws.com", "sns:Publish", condition=None), SNS_TLS),
                ],
                "lets cloudwatch.amazonaws.com act on behalf of any account",
            ),
            Bad([topic(), topic_policy({**ANYBODY, "Action": "sns:Publish"}, SNS_TLS)], "lets in anybody"),
            Bad(
                [topic(arn=TOPIC_ARN), topic_policy(ALARMS, SNS_TLS, arn="arn:aws:sns:eu-west-1:1:x")],
                "no TopicPolicy",
            ),
        ],
    ),
    "weather-sqs-queue-policy": Case(
        good=[[queue(), queue_policy(EVENTS, SQS_TLS)]],
        bad=[
            Bad([queue()], "no QueuePolicy points at it", "dlq"),
            Bad([queue(), queue_policy(EVENTS)], "denies sqs:SendMessage without TLS", "queue-policy"),
            Bad(
                [
                    queue(),
                    queue_policy(service("events.amazonaws.com", "sqs:SendMessage", condition=None), SQS_TLS),
                ],
                "lets events.amazonaws.com act on behalf of any account",
            ),
        ],
    ),
    "weather-sqs-queue-encryption": Case(
        good=[[queue()], [queue(sqsManagedSseEnabled=None, kmsMasterKeyId=UNKNOWN)]],
        bad=[
            Bad([queue(sqsManagedSseEnabled=None)], "neither sqsManagedSseEnabled nor kmsMasterKeyId", "dlq")
        ],
    ),
    "weather-logs-group-encryption": Case(
        good=[[log_group()], [KEY, log_group(kmsKeyId=UNKNOWN)]],
        bad=[Bad([KEY, log_group()], "this log group has no kmsKeyId", "log")],
    ),
    "weather-glue-job-security-configuration": Case(
        good=[[job(), crawler()], [KEY, job(securityConfiguration="s"), crawler(securityConfiguration="s")]],
        bad=[
            Bad([KEY, job()], "names no securityConfiguration", "job"),
            Bad([KEY, crawler()], "names no securityConfiguration", "crawler"),
        ],
    ),
    "weather-glue-securityconfiguration-modes": Case(
        good=[[security()]],
        bad=[
            Bad(
                [security(s3Encryption={"s3EncryptionMode": "DISABLED"})],
                "s3Encryption.s3EncryptionMode",
                "sec",
            ),
            Bad([security(jobBookmarksEncryption={})], "jobBookmarksEncryptionMode is not set or DISABLED"),
        ],
    ),
    "weather-glue-job-argument-secrets": Case(
        good=[[job()]],
        bad=[
            Bad(
                [job(defaultArguments={"--db-password": UNKNOWN})],
                "speaks of a secret (--db-password)",
                "job",
            ),
            Bad([job(nonOverridableArguments={"--API-KEY": "x"})], "nonOverridableArguments"),
        ],
    ),
    "weather-kms-key-rotation": Case(
        good=[[key(enableKeyRotation=True)], [key(customerMasterKeySpec="RSA_2048")]],
        bad=[Bad([key()], "enableKeyRotation is not true", "key")],
    ),
    "weather-kms-key-deletion-window": Case(
        good=[[key()], [key(deletionWindowInDays=7)]],
        bad=[Bad([key(deletionWindowInDays=7)], "is 7, at least 30 are wanted", config={"minDays": 30})],
    ),
    "weather-kms-key-policy": Case(
        good=[
            [key()],
            [key(policy=document(service("logs.eu-west-1.amazonaws.com", "kms:Decrypt")))],
            [key(policy=document(service("events.amazonaws.com", "kms:Decrypt", condition=None)))],
        ],
        bad=[
            Bad(
                [key(policy=document({**ANYBODY, "Action": "kms:*"}))],
                "statement 1 lets in anybody",
                "key",
            ),
            Bad(
                [key(policy=document(service("sns.amazonaws.com", "kms:Decrypt", condition=None)))],
                "lets sns.amazonaws.com act on behalf of any account",
            ),
            Bad(
                [key(policy=document(service("events.amazonaws.com", "kms:Decrypt")))],
                "binds events.amazonaws.com by a source condition",
            ),
        ],
    ),
    "weather-aws-provider-account": Case(
        good=[[provider()], [provider(allowedAccountIds=["123456789012"])]],
        bad=[
            Bad([provider(allowedAccountIds=json.dumps([]))], "allowedAccountIds is not set", "aws"),
            Bad([provider()], "region is not one of us-east-1", config={"regions": ["us-east-1"]}),
        ],
    ),
    "weather-aws-resource-provider": Case(
        good=[[bucket(), Declared("weather:index:Lake", "lake", provider=None)]],
        bad=[
            Bad([Declared("aws:s3/bucket:Bucket", "b", provider=None)], "made by the default provider", "b"),
            Bad(
                [Declared("aws:s3/bucket:Bucket", "b", provider=Provider(name="default_7_51_1"))],
                "default provider",
            ),
        ],
    ),
    "weather-aws-resource-region": Case(
        good=[[bucket()], [bucket(region="eu-west-1")]],
        bad=[Bad([bucket(region="us-east-1")], "it names a region of its own", "lake")],
    ),
    "weather-glue-catalog-encryption": Case(
        good=[[catalogue("SSE-KMS", True)]],
        bad=[
            Bad([catalogue("DISABLED", True)], "catalogEncryptionMode is not set or DISABLED", "catalogue"),
            Bad([catalogue("SSE-KMS", False)], "returnConnectionPasswordEncrypted is not true"),
        ],
    ),
}
