"""Good and bad cases of the IAM rules."""

from __future__ import annotations

from typing import Any

from tests.policies.case import Bad, Case
from tests.policies.engine import UNKNOWN, Declared
from tests.policies.parts import ACCOUNT, PINNED, allow, document, service

READ = allow(["s3:GetObject"], "arn:aws:s3:::lake-b/raw/*")


def policy(*statements: Any, text: str | None = None) -> Declared:
    inputs = {"role": "r", "policy": document(*statements) if text is None else text}
    return Declared("aws:iam/rolePolicy:RolePolicy", "policy", inputs)


def role(*trust: Any, **changes: Any) -> Declared:
    statements = trust or (service("glue.amazonaws.com", "sts:AssumeRole"),)
    inputs = {"name": "r", "assumeRolePolicy": document(*statements), **changes}
    return Declared("aws:iam/role:Role", "role", inputs)


def attached(arn: str) -> Declared:
    return Declared(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached", {"role": "r", "policyArn": arn}
    )


PASS = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}

FOREIGN = "arn:aws:iam::999999999999:root"
PUBLIC = {"Sid": "X", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def on(kind: str, statement: Any, key: str = "policy") -> Declared:
    return Declared(kind, "on", {key: document(statement)})


def permission(**inputs: Any) -> Declared:
    given = {"action": "lambda:InvokeFunction", "function": "f", **inputs}
    return Declared("aws:lambda/permission:Permission", "permission", given)


CASES = {
    "weather-iam-policy-document": Case(
        good=[[policy(READ)], [role()]],
        bad=[
            Bad([policy(text="{not json")], "the policy is not a JSON object", "policy"),
            Bad([policy(text="[]")], "the policy is not a JSON object"),
            Bad([policy(text="{}")], "the policy has no statements"),
            Bad([Declared("aws:iam/rolePolicy:RolePolicy", "policy")], "there is no policy document"),
            Bad([policy(READ, {k: v for k, v in READ.items() if k != "Sid"})], "statement 2 has no Sid"),
        ],
    ),
    "weather-iam-policy-actions": Case(
        good=[[policy(READ)], [policy({**READ, "Action": "s3:*", "Effect": "Deny"})]],
        bad=[
            Bad([policy(allow("s3:*", "arn:aws:s3:::b"))], "statement 1 allows the wildcard action s3:*"),
            Bad([policy(allow(["s3:Get*"], "arn:aws:s3:::b"))], "allows the wildcard action s3:Get*"),
            Bad([policy(allow("*", "*"))], "allows the wildcard action *"),
            Bad(
                [policy({"Sid": "N", "Effect": "Allow", "NotAction": "iam:*", "Resource": "x"})],
                "by NotAction",
            ),
            Bad([role(inlinePolicies=[{"policy": document(allow("s3:*", "x"))}])], "wildcard action", "role"),
        ],
    ),
    "weather-iam-policy-resources": Case(
        good=[
            [policy(READ)],
            [policy(allow(["xray:PutTraceSegments", "logs:CreateLogDelivery"], "*"))],
            [
                policy(
                    allow(
                        "cloudwatch:PutMetricData",
                        "*",
                        Condition={"StringEquals": {"cloudwatch:namespace": "W"}},
                    )
                )
            ],
        ],
        bad=[
            Bad([policy(allow("s3:GetObject", "*"))], "allows s3:GetObject on every resource", "policy"),
            Bad(
                [policy(allow("s3:GetObject", ["x", "arn:aws:s3:::*"]))],
                "allows s3:GetObject on every resource",
            ),
            Bad([policy(allow("cloudwatch:PutMetricData", "*"))], "on every resource without a condition"),
        ],
    ),
    "weather-iam-policy-pass-role": Case(
        good=[[policy(READ)], [policy(allow("iam:PassRole", "arn:aws:iam::1:role/job", Condition=PASS))]],
        bad=[
            Bad(
                [policy(allow("iam:PassRole", "arn:aws:iam::1:role/*", Condition=PASS))],
                "that it does not name",
            ),
            Bad(
                [policy(allow("iam:PassRole", "arn:aws:iam::1:role/job"))],
                "without naming the service",
            ),
        ],
    ),
    "weather-iam-role-trust": Case(
        good=[[role()]],
        bad=[
            Bad(
                [role(service("glue.amazonaws.com", "sts:AssumeRole", condition=None))],
                "on behalf of any account",
            ),
            Bad(
                [
                    role(
                        service(
                            "states.amazonaws.com", "a", condition={"StringNotEquals": PINNED["StringEquals"]}
                        )
                    )
                ],
                "on behalf of any account",
            ),
            Bad(
                [role({"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})],
                "lets in anybody",
            ),
            Bad(
                [role(service("glue.amazonaws.com", "a"), service("states.amazonaws.com", "a"))],
                "it trusts 2 services",
            ),
            Bad([role(assumeRolePolicy="nonsense")], "assumeRolePolicy is not a JSON object", "role"),
            Bad([role(assumeRolePolicy="{}")], "assumeRolePolicy trusts nobody"),
        ],
    ),
    "weather-iam-role-managed-policies": Case(
        good=[[role()], [attached("arn:aws:iam::123456789012:policy/ours")]],
        bad=[
            Bad(
                [attached("arn:aws:iam::aws:policy/AmazonS3FullAccess")],
                "managed policy AmazonS3FullAccess is attached",
                "attached",
            ),
            Bad([attached("arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole")], "AWSGlueServiceRole"),
            Bad(
                [role(managedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])],
                "AdministratorAccess",
            ),
        ],
    ),
    "weather-iam-policy-principals": Case(
        good=[
            [on("aws:glue/resourcePolicy:ResourcePolicy", PUBLIC | {"Principal": {"AWS": ACCOUNT}})],
            [on("aws:secretsmanager/secretPolicy:SecretPolicy", PUBLIC | {"Condition": PINNED})],
            [on("aws:s3/bucketPolicy:BucketPolicy", PUBLIC)],  # another rule's
        ],
        bad=[
            Bad([on("aws:glue/resourcePolicy:ResourcePolicy", PUBLIC)], "lets in anybody", "on"),
            Bad([on("aws:cloudwatch/eventBusPolicy:EventBusPolicy", PUBLIC)], "lets in anybody"),
            Bad([on("newcloud:vault:Vault", PUBLIC, key="accessPolicy")], "lets in anybody"),
            Bad(
                [
                    on(
                        "aws:secretsmanager/secretPolicy:SecretPolicy",
                        PUBLIC | {"Principal": {"AWS": FOREIGN}},
                    )
                ],
                "lets in account 999999999999",
            ),
            Bad([Declared("aws:glue/resourcePolicy:ResourcePolicy", "on", {"policy": "no"})], "JSON object"),
        ],
    ),
    "weather-iam-grant-principals": Case(
        good=[
            [permission(principal="s3.amazonaws.com", sourceAccount=ACCOUNT)],
            [permission(principal="events.amazonaws.com", sourceArn=UNKNOWN)],
        ],
        bad=[
            Bad([permission(principal="*")], "lets in anybody", "permission"),
            Bad([permission(principal="s3.amazonaws.com")], "on behalf of any account"),
            Bad([permission(principal=FOREIGN)], "account 999999999999"),
            Bad(
                [Declared("aws:kms/grant:Grant", "g", {"granteePrincipal": FOREIGN})], "account 999999999999"
            ),
            Bad(
                [Declared("aws:lambda/functionUrl:FunctionUrl", "u", {"authorizationType": "NONE"})],
                "lets in anybody",
            ),
        ],
    ),
}
