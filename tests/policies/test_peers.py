"""What docs/policies.md claims of others' checks, run: a wrong and a right program of each check's shape.

The programs are the project's own; the identifiers are checkov's (C), cdk-nag's and Security Hub's.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies.attacks import BUCKET, OPEN, THEIRS, fn, guarded, of, policy, single, trust
from tests.policies.engine import PACK, Declared, InProcess, members, run
from tests.policies.parts import (
    ACCOUNT,
    QUEUE_ARN,
    alarm,
    allow,
    beside,
    bucket,
    deny_plain,
    document,
    job,
    log_group,
    queue,
    target,
    topic,
    versioning,
)
from weather_policies import pack

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
KEY = {"enableKeyRotation": True}


def on(token: str, **statement: Any) -> Declared:
    return of(token, policy=document({**OPEN, **statement}))


def blocked(**changes: bool) -> tuple[Declared, ...]:
    return bucket(), beside("BucketPublicAccessBlock", "pab", {**dict.fromkeys(SWITCHES, True), **changes})


def encrypted(algorithm: str) -> Declared:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
    return beside("BucketServerSideEncryptionConfiguration", "enc", {"rules": rules})


def catalogue(mode: str) -> Declared:
    block = {
        "encryptionAtRest": {"catalogEncryptionMode": mode},
        "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True},
    }
    token = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
    return of(token, dataCatalogEncryptionSettings=block)


TOPIC, QUEUE = "aws:sns/topicPolicy:TopicPolicy", "aws:sqs/queuePolicy:QueuePolicy"
TLS_TOPIC, TLS_QUEUE = deny_plain("sns:*", "*"), deny_plain("sqs:*", "*")
PEERS: dict[str, tuple[str, list[Declared], list[Declared]]] = {
    "C53": ("s3-bucket-public-access", list(blocked(blockPublicAcls=False)), list(blocked())),
    "C56": ("s3-bucket-public-access", list(blocked(restrictPublicBuckets=False)), list(blocked())),
    "C70": (
        "s3-policy-principals",
        [on("aws:s3/bucketPolicy:BucketPolicy")],
        [on("aws:s3/bucketPolicy:BucketPolicy", Principal=ROOT)],
    ),
    "C379": (
        "s3-bucket-tls-only",
        list(guarded(allow("s3:*", "*", Principal=ROOT))),
        list(guarded(deny_plain("s3:*", [BUCKET, f"{BUCKET}/*"]))),
    ),
    "C19": ("s3-bucket-encryption", [bucket()], [bucket(), encrypted("AES256")]),
    "C21": ("s3-bucket-versioning", [bucket(), versioning("Suspended")], [bucket(), versioning()]),
    "C94": ("glue-catalog-encryption", [catalogue("DISABLED")], [catalogue("SSE-KMS")]),
    "C284": (
        "sfn-machine-tracing",
        [
            single_ := Declared(
                single().type, "m", {**single().inputs, "tracingConfiguration": {"enabled": False}}
            )
        ],
        [single()],
    ),
    "SF1": (
        "sfn-machine-logging",
        [Declared(single_.type, "m", {**single().inputs, "loggingConfiguration": {"level": "OFF"}})],
        [single()],
    ),
    "C169": (
        "sns-topic-policy",
        [on(TOPIC)],
        [of(TOPIC, policy=document({**OPEN, "Principal": ROOT}, TLS_TOPIC))],
    ),
    "C385": (
        "sns-topic-policy",
        [on(TOPIC, Principal={"AWS": THEIRS})],
        [of(TOPIC, policy=document({**OPEN, "Principal": ROOT}, TLS_TOPIC))],
    ),
    "C168": (
        "sqs-queue-policy",
        [on(QUEUE)],
        [of(QUEUE, policy=document({**OPEN, "Principal": ROOT}, TLS_QUEUE))],
    ),
    "C72": (
        "sqs-queue-policy",
        [on(QUEUE, Action="*")],
        [of(QUEUE, policy=document({**OPEN, "Principal": ROOT}, TLS_QUEUE))],
    ),
    "C27": ("sqs-queue-encryption", [queue(sqsManagedSseEnabled=None)], [queue()]),
    "C319": ("cloudwatch-alarm-actions", [alarm(actionsEnabled=False)], [alarm()]),
    "C66": ("logs-group-retention", [log_group(retentionInDays=None)], [log_group()]),
    "C26": (
        "sns-topic-encryption",
        [topic(kmsMasterKeyId="alias/aws/sns")],
        [topic(kmsMasterKeyId="alias/ours")],
    ),
    "C60": ("iam-role-trust", [trust(Principal={"AWS": "*"})], [trust(Principal=ROOT)]),
    "C61": (
        "iam-role-trust",
        [trust(Principal={"AWS": f"arn:aws:iam::{THEIRS}:root"})],
        [trust(Principal=ROOT)],
    ),
    "C62": ("iam-policy-actions", [policy(allow("*", "*"))], [policy(allow("s3:GetObject", f"{BUCKET}/a"))]),
    "C63": (
        "iam-policy-actions",
        [policy(allow(["*"], f"{BUCKET}/a"))],
        [policy(allow("s3:GetObject", f"{BUCKET}/a"))],
    ),
    "C286": (
        "iam-policy-resources",
        [policy(allow("iam:CreatePolicyVersion", "*"))],
        [policy(allow("iam:ListAccountAliases", "*"))],
    ),
    "C287": (
        "iam-policy-resources",
        [policy(allow("iam:CreateAccessKey", "*"))],
        [policy(allow("ecr:GetAuthorizationToken", "*"))],
    ),
    "C288": (
        "iam-policy-resources",
        [policy(allow("s3:GetObject", "*"))],
        [policy(allow("s3:GetObject", f"{BUCKET}/raw/*"))],
    ),
    "C289": (
        "iam-policy-resources",
        [policy(allow("iam:PutRolePolicy", "*"))],
        [policy(allow("s3:ListAllMyBuckets", "*"))],
    ),
    "C290": (
        "iam-policy-resources",
        [policy(allow("s3:PutObject", "*"))],
        [policy(allow("s3:PutObject", f"{BUCKET}/a"))],
    ),
    "C274": (
        "iam-role-managed-policies",
        [
            of(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
            )
        ],
        [
            of(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                policyArn=f"arn:aws:iam::{ACCOUNT}:policy/ours",
            )
        ],
    ),
    "IAM4": (
        "iam-role-managed-policies",
        [of("aws:iam/role:Role", managedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"])],
        [of("aws:iam/role:Role", managedPolicyArns=[])],
    ),
    "C7": ("kms-key-rotation", [of("aws:kms/key:Key")], [of("aws:kms/key:Key", **KEY)]),
    "C227": (
        "kms-key-rotation",
        [of("aws:kms/key:Key", isEnabled=False, **KEY)],
        [of("aws:kms/key:Key", **KEY)],
    ),
    "C33": (
        "kms-key-policy",
        [on("aws:kms/key:Key"), on("aws:kms/keyPolicy:KeyPolicy", Principal=["foo", "*"])],
        [on("aws:kms/key:Key", Principal=ROOT)],
    ),
    "EVB1": (
        "iam-policy-principals",
        [on("aws:cloudwatch/eventBusPolicy:EventBusPolicy")],
        [on("aws:cloudwatch/eventBusPolicy:EventBusPolicy", Principal=ROOT)],
    ),
    "Glue.4": ("glue-job-version", [job(glueVersion="2.0")], [job(glueVersion="5.0")]),
    "EventBusDLQ": (
        "events-target-dead-letter",
        [of("aws:cloudwatch/eventTarget:EventTarget", rule="r", arn="a")],
        [
            of(
                "aws:cloudwatch/eventTarget:EventTarget",
                rule="r",
                arn="a",
                deadLetterConfig={"arn": QUEUE_ARN},
            )
        ],
    ),
}


def results(**more: Any) -> Declared:
    block = {"resultConfiguration": {"outputLocation": "s3://r/", **more}}
    return of("aws:athena/workgroup:Workgroup", configuration=block)


def ingress(port: int, protocol: str = "tcp", source: str = "0.0.0.0/0") -> Declared:
    rule = {"fromPort": port, "toPort": port, "protocol": protocol, "cidrBlocks": [source]}
    return of("aws:ec2/securityGroup:SecurityGroup", ingress=[rule])


def permission(**more: Any) -> Declared:
    given = {"action": "lambda:InvokeFunction", "function": "f", **more}
    return of("aws:lambda/permission:Permission", **given)


SENT = target(arn="arn:aws:lambda:eu-west-1:123456789012:function:f")
METHOD, URL = "aws:apigateway/method:Method", "aws:lambda/functionUrl:FunctionUrl"
ROUTE = "aws:apigatewayv2/route:Route"
PEERS |= {
    "C115": (
        "lambda-function-concurrency",
        [fn(reservedConcurrentExecutions=-1)],
        [fn(reservedConcurrentExecutions=10)],
    ),
    "C116": (
        "lambda-function-dead-letter",
        [fn(name="f"), SENT],
        [fn(name="f", deadLetterConfig={"targetArn": QUEUE_ARN}), SENT],
    ),
    "C363": ("lambda-function-runtime", [fn(runtime="python3.8")], [fn(runtime="python3.13")]),
    "C45": (
        "aws-resource-plain-secrets",
        [fn(environment={"variables": {"AWS_SECRET_ACCESS_KEY": "x"}})],
        [fn(environment={"variables": {"STAGE": "dev"}})],
    ),
    "C258": (
        "iam-grant-principals",
        [of(URL, authorizationType="NONE")],
        [of(URL, authorizationType="AWS_IAM")],
    ),
    "C301": (
        "iam-grant-principals",
        [permission(principal="*")],
        [permission(principal="s3.amazonaws.com", sourceAccount=ACCOUNT)],
    ),
    "C59": (
        "iam-grant-principals",
        [of(METHOD, httpMethod="GET", authorization="NONE")],
        [of(METHOD, httpMethod="GET", authorization="AWS_IAM"), of(METHOD, httpMethod="OPTIONS")],
    ),
    "C309": (
        "iam-grant-principals",
        [of(ROUTE, routeKey="POST /run")],
        [of(ROUTE, routeKey="POST /run", authorizationType="JWT")],
    ),
    "C82": (
        "athena-workgroup-scan-limit",
        [of("aws:athena/workgroup:Workgroup", configuration={"enforceWorkgroupConfiguration": False})],
        [
            of(
                "aws:athena/workgroup:Workgroup",
                configuration={"enforceWorkgroupConfiguration": True, "bytesScannedCutoffPerQuery": 10**9},
            )
        ],
    ),
    "C159": (
        "athena-workgroup-results",
        [results()],
        [results(encryptionConfiguration={"encryptionOption": "SSE_KMS"})],
    ),
    "C24": ("ec2-securitygroup-ingress", [ingress(22)], [ingress(22, source="10.0.0.0/8")]),
    "C25": ("ec2-securitygroup-ingress", [ingress(3389)], [ingress(3389, source="10.0.0.0/8")]),
    "C260": ("ec2-securitygroup-ingress", [ingress(80)], [ingress(443)]),
    "C277": ("ec2-securitygroup-ingress", [ingress(0, "-1")], [ingress(0, "-1", "10.0.0.0/8")]),
    "C273": ("iam-user-credentials", [of("aws:iam/user:User")], [trust(Principal=ROOT)]),
}
PAGE = (PACK.parent / "docs/policies.md").read_text(encoding="utf-8")


def said(name: str, program: list[Declared]) -> list[str]:
    found = run(InProcess(pack.POLICIES), members(program))
    return [d.message for d in found if d.policy == f"weather-{name}" and not d.unjudged]


@pytest.mark.parametrize("check", PEERS)
def test_our_rule_answers_as_the_others_do(check):
    name, wrong, right = PEERS[check]
    assert said(name, wrong)
    assert said(name, right) == []


@pytest.mark.parametrize("check", PEERS)
def test_the_page_names_the_rule_beside_the_check(check):
    name = PEERS[check][0]
    number = check.removeprefix("C")
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and f"`weather-{name}`" in line]
    within = any(_holds(row, check, number) for row in rows)
    assert within, f"no row of docs/policies.md names {check} and weather-{name}"


def _holds(row: str, check: str, number: str) -> bool:
    import re

    if check in row:
        return True
    spans = re.findall(r"C(\d+)-(\d+)", row)
    return number.isdigit() and any(int(first) <= int(number) <= int(last) for first, last in spans)
