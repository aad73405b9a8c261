"""Programs that talk around who may do what: other services, other spellings, other doors."""

from __future__ import annotations

import json

from tests.policies.attacks import (
    JOB,
    LET_IN,
    OPEN,
    START,
    THEIRS,
    attack,
    fn,
    named,
    of,
    policy,
    scheduled,
    single,
    trust,
)
from tests.policies.engine import TAGS, Declared, Provider
from tests.policies.parts import (
    ACCOUNT,
    PINNED,
    TOPIC_ARN,
    allow,
    bucket,
    document,
    job,
    lifecycle,
    service,
    target,
    versioning,
)

attack(
    "principals",
    "a denial that nobody can take back",
    LET_IN,
    of("aws:s3/bucketPolicy:BucketPolicy", policy=document({**OPEN, "Effect": "Deny", "Action": "s3:*"})),
)
attack(
    "buckets",
    "an access point that blocks nothing",
    "s3-bucket-public-access",
    of("aws:s3/accessPoint:AccessPoint", publicAccessBlockConfiguration={"blockPublicPolicy": False}),
)
attack("identity", "a user", "iam-user-credentials", named("aws:iam/user:User", name="ci"))
TWICE = f'{{"Version": "2012-10-17", "Statement": [{json.dumps(OPEN)}], "Statement": []}}'
"""A document with two lists of statements: readers differ in which they believe."""

attack(
    "identity",
    "inline policy in the role, dict",
    "iam-policy-actions",
    Declared(
        "aws:iam/role:Role",
        "r",
        {
            "assumeRolePolicy": document(service("glue.amazonaws.com", "sts:AssumeRole")),
            "inlinePolicies": [{"name": "n", "policy": document(allow("glue:*", "*"))}],
        },
    ),
)
attack(
    "identity",
    "policy as a dict",
    "iam-policy-actions",
    of("aws:iam/policy:Policy", policy={"Version": "2012-10-17", "Statement": [allow("s3:*", "*")]}),
)
attack("identity", "Bedrock on all", "iam-policy-resources", policy(allow("bedrock:InvokeModel", "*")))
attack(
    "identity",
    "any log group",
    "iam-policy-resources",
    policy(allow("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:123456789012:*")),
)
attack(
    "identity",
    "any table by version letters",
    "iam-policy-resources",
    policy(
        allow(
            "glue:DeleteTable",
            ["arn:aws:glue:eu-west-1:123456789012:catalog", "arn:aws:glue:eu-west-1:123456789012:table/*"],
        )
    ),
)
attack(
    "identity",
    "all secrets with suffix wildcard",
    "iam-policy-resources",
    policy(allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*")),
)
attack(
    "identity",
    "all parameters",
    "iam-policy-resources",
    policy(allow("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/*")),
)
attack(
    "identity",
    "all secrets, condition on unrelated key",
    "iam-policy-resources",
    policy(
        allow(
            "secretsmanager:GetSecretValue",
            "*",
            Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        )
    ),
)
attack(
    "identity",
    "narrowing with variable",
    "iam-policy-resources",
    policy(
        allow(
            "s3:GetObject",
            "*",
            Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
        )
    ),
)
attack("identity", "assume any role", "iam-policy-resources", policy(allow("sts:AssumeRole", "*")))
attack(
    "identity",
    "create policy version on own policies",
    "iam-policy-escalation",
    policy(
        allow(
            ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], "arn:aws:iam::123456789012:policy/*"
        )
    ),
)
attack(
    "identity",
    "privilege escalation: attach a policy to a role",
    "iam-policy-escalation",
    policy(allow("iam:AttachRolePolicy", "arn:aws:iam::123456789012:role/weather-job")),
)
attack(
    "identity",
    "privilege escalation: put an inline policy",
    "iam-policy-escalation",
    policy(allow("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/weather-job")),
)
attack(
    "identity",
    "privilege escalation: trust",
    "iam-policy-escalation",
    policy(allow("iam:UpdateAssumeRolePolicy", "arn:aws:iam::123456789012:role/weather-job")),
)
attack(
    "identity",
    "access key for a user",
    "iam-policy-escalation",
    policy(allow("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/admin")),
)
attack(
    "identity",
    "PassRole with ArnLike wildcard",
    "iam-policy-pass-role",
    policy(
        allow(
            "iam:PassRole",
            "arn:aws:iam::123456789012:role/weather-*",
            Condition={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
        )
    ),
)
attack(
    "identity",
    "PassRole in role's inline",
    "iam-policy-pass-role",
    Declared(
        "aws:iam/role:Role",
        "r",
        {
            "assumeRolePolicy": document(service("glue.amazonaws.com", "sts:AssumeRole")),
            "inlinePolicies": [{"name": "n", "policy": document(allow("iam:PassRole", "*"))}],
        },
    ),
)
attack(
    "identity",
    "two services passed by list incl. wildcard",
    "iam-policy-pass-role",
    policy(
        allow(
            "iam:PassRole",
            "arn:aws:iam::123456789012:role/x",
            Condition={"StringLike": {"iam:PassedToService": ["glue.amazonaws.com", "*"]}},
        )
    ),
)
attack(
    "identity",
    "SSO inline policy",
    "iam-policy-actions",
    of(
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
        inlinePolicy=document(allow("*", "*")),
    ),
)
attack(
    "identity",
    "managed in China partition",
    "iam-role-managed-policies",
    of(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        role="r",
        policyArn="arn:aws-cn:iam::aws:policy/AdministratorAccess",
    ),
)
attack(
    "identity",
    "managed via managedPolicyArns",
    "iam-role-managed-policies",
    of(
        "aws:iam/role:Role",
        assumeRolePolicy=document(service("glue.amazonaws.com", "sts:AssumeRole")),
        managedPolicyArns=["arn:aws:iam::aws:policy/PowerUserAccess"],
    ),
)
attack(
    "identity",
    "group attachment",
    "iam-role-managed-policies",
    of(
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        group="g",
        policyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess",
    ),
)
attack(
    "identity",
    "permission set with managed",
    "iam-role-managed-policies",
    of(
        "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
        managedPolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
    ),
)
attack("identity", "an access key", "iam-user-credentials", of("aws:iam/accessKey:AccessKey", user="ci"))
attack(
    "identity",
    "a user with a console password",
    "iam-user-credentials",
    of("aws:iam/userLoginProfile:UserLoginProfile", user="ci"),
)
attack(
    "principals",
    "a bucket's ACL",
    "s3-bucket-inline-arguments",
    of("aws:s3/bucketAcl:BucketAcl", bucket="lake-b", acl="public-read"),
)
attack(
    "principals",
    "object ACL public",
    "s3-object-acl",
    of("aws:s3/bucketObjectv2:BucketObjectv2", bucket="lake-b", key="k", acl="public-read"),
)
attack(
    "principals",
    "object ACL public (BucketObject)",
    "s3-object-acl",
    of("aws:s3/bucketObject:BucketObject", bucket="lake-b", key="k", acl="public-read"),
)
attack(
    "principals",
    "lakeformation to everybody",
    "iam-grant-principals",
    of("aws:lakeformation/permissions:Permissions", principal="*", permissions=["ALL"]),
)
attack(
    "principals",
    "lakeformation to IAM_ALLOWED_PRINCIPALS",
    "iam-grant-principals",
    of("aws:lakeformation/permissions:Permissions", principal="IAM_ALLOWED_PRINCIPALS", permissions=["ALL"]),
)
attack(
    "principals",
    "lakeformation to a foreign account",
    "iam-grant-principals",
    of("aws:lakeformation/permissions:Permissions", principal=THEIRS, permissions=["SELECT"]),
)
attack(
    "principals",
    "RAM share with external principals",
    "iam-grant-principals",
    of("aws:ram/principalAssociation:PrincipalAssociation", principal=THEIRS, resourceShareArn="a"),
)
attack(
    "principals",
    "logs subscription to a foreign destination",
    "iam-grant-principals",
    of(
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        destinationArn=f"arn:aws:logs:eu-west-1:{THEIRS}:destination:x",
        logGroup="g",
        filterPattern="",
    ),
)
attack(
    "principals",
    "event target in a foreign account",
    "iam-grant-principals",
    target(arn=f"arn:aws:events:eu-west-1:{THEIRS}:event-bus/default"),
)
attack(
    "principals",
    "topic subscription to a foreign queue",
    "iam-grant-principals",
    of(
        "aws:sns/topicSubscription:TopicSubscription",
        protocol="sqs",
        endpoint=f"arn:aws:sqs:eu-west-1:{THEIRS}:q",
        topic=TOPIC_ARN,
    ),
)
attack(
    "principals",
    "subscription over plain http",
    "sns-subscription-protocol",
    of(
        "aws:sns/topicSubscription:TopicSubscription",
        protocol="http",
        endpoint="http://example.org/x",
        topic=TOPIC_ARN,
    ),
)
attack(
    "principals",
    "ECR repository for all (registry policy)",
    LET_IN,
    of("aws:ecr/registryPolicy:RegistryPolicy", policy=document(OPEN)),
)
attack(
    "principals",
    "ECR public repository",
    "iam-grant-principals",
    of("aws:ecrpublic/repository:Repository", repositoryName="x"),
)
attack(
    "principals",
    "IoT policy of everything",
    LET_IN + " iam-policy-actions",
    of("aws:iot/policy:Policy", policy=document(allow("iot:*", "*"))),
)
attack(
    "principals",
    "VPC endpoint open",
    LET_IN,
    of("aws:ec2/vpcEndpoint:VpcEndpoint", policy=document(OPEN), serviceName="com.amazonaws.eu-west-1.s3"),
)
attack(
    "principals",
    "topic: PrincipalOrgID under ForAllValues",
    LET_IN,
    of(
        "aws:sns/topicPolicy:TopicPolicy",
        policy=document(
            {**OPEN, "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abc123"}}}
        ),
    ),
)
attack(
    "principals",
    "queue: aws:SourceIp IPv6 ::/0",
    LET_IN,
    of(
        "aws:sqs/queuePolicy:QueuePolicy",
        policy=document({**OPEN, "Condition": {"IpAddress": {"aws:SourceIp": "::/0"}}}),
    ),
)
attack(
    "principals",
    "bucket: Referer",
    LET_IN,
    of(
        "aws:s3/bucketPolicy:BucketPolicy",
        policy=document({**OPEN, "Condition": {"StringLike": {"aws:Referer": "https://example.org/*"}}}),
    ),
)
attack(
    "principals",
    "bucket: aws:UserAgent",
    LET_IN,
    of(
        "aws:s3/bucketPolicy:BucketPolicy",
        policy=document({**OPEN, "Condition": {"StringEquals": {"aws:UserAgent": "secret"}}}),
    ),
)
attack(
    "principals",
    "bucket: PrincipalType AssumedRole",
    LET_IN,
    of(
        "aws:s3/bucketPolicy:BucketPolicy",
        policy=document({**OPEN, "Condition": {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}}),
    ),
)
attack(
    "principals",
    "bucket for an unknown canonical user",
    LET_IN,
    of(
        "aws:s3/bucketPolicy:BucketPolicy",
        policy=document({**OPEN, "Principal": {"CanonicalUser": "a" * 64}}),
    ),
)
attack(
    "principals",
    "key: kms:ViaService only",
    LET_IN,
    of(
        "aws:kms/key:Key",
        enableKeyRotation=True,
        policy=document(
            {
                **OPEN,
                "Action": "kms:*",
                "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
            }
        ),
    ),
)
attack(
    "principals",
    "trust: session tag condition",
    "iam-role-trust",
    trust(Principal={"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}),
)
attack(
    "principals",
    "trust: service list 2",
    "iam-role-trust",
    trust(Principal={"Service": ["glue.amazonaws.com", "lambda.amazonaws.com"]}, Condition=PINNED),
)
attack(
    "principals",
    "trust: web identity with aud only (EKS)",
    "iam-role-trust",
    trust(
        Principal={
            "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
        },
        Action="sts:AssumeRoleWithWebIdentity",
        Condition={"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com"}},
    ),
)
attack(
    "principals",
    "a policy behind a byte order mark",
    "s3-policy-principals iam-policy-document",
    of("aws:s3/bucketPolicy:BucketPolicy", policy="\ufeff" + document(OPEN)),
)
attack(
    "principals",
    "duplicate Statement keys",
    "s3-policy-principals iam-policy-document",
    of(
        "aws:s3/bucketPolicy:BucketPolicy",
        policy=TWICE,
    ),
)
attack(
    "principals",
    "lambda url NONE",
    "iam-grant-principals",
    of("aws:lambda/functionUrl:FunctionUrl", authorizationType="NONE", functionName="f"),
)
attack(
    "principals",
    "api gateway without authorization",
    "iam-grant-principals",
    of("aws:apigateway/method:Method", httpMethod="POST", authorization="NONE", restApi="r", resourceId="x"),
)
attack(
    "principals",
    "http api route without authorization",
    "iam-grant-principals",
    of("aws:apigatewayv2/route:Route", apiId="a", routeKey="POST /run"),
)
attack(
    "buckets",
    "public access block of another bucket",
    "s3-bucket-public-access",
    bucket(),
    Declared(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "p",
        {
            "bucket": "other-b",
            **dict.fromkeys(
                ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
            ),
        },
    ),
)
attack(
    "buckets",
    "transition all objects to GLACIER after a day",
    "s3-bucket-transitions",
    bucket(),
    lifecycle({"id": "a", "status": "Enabled", "transitions": [{"days": 1, "storageClass": "GLACIER"}]}),
)
attack(
    "buckets",
    "notification loops into the same prefix",
    "s3-bucket-notification-loop",
    bucket(),
    of(
        "aws:s3/bucketNotification:BucketNotification",
        bucket="lake-b",
        lambdaFunctions=[
            {
                "lambdaFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
                "events": ["s3:ObjectCreated:*"],
            }
        ],
    ),
    fn(name="f", environment={"variables": {"OUT": "lake-b"}}),
)
attack("buckets", "versioning that is off", "s3-bucket-versioning", bucket(), versioning("Disabled"))
attack("buckets", "encryption none", "s3-bucket-encryption", bucket())
attack(
    "buckets",
    "force destroy in prod class",
    "s3-bucket-protection",
    bucket(forceDestroy=True),
    **{"weather-s3-bucket-protection": {"protect": True}},
)
attack("buckets", "BucketV2", "s3-bucket-inline-arguments", of("aws:s3/bucketV2:BucketV2", bucket="b"))
attack(
    "buckets",
    "an access grant for another account",
    "iam-grant-principals",
    of(
        "aws:s3control/accessGrant:AccessGrant",
        permission="READWRITE",
        grantee={"granteeType": "IAM", "granteeIdentifier": f"arn:aws:iam::{THEIRS}:root"},
    ),
)
attack(
    "secrets",
    "in a definition",
    "aws-resource-plain-secrets",
    single("lambda:invoke", {"Payload": {"password": "hunter2"}}),
)
attack(
    "secrets",
    "nonOverridableArguments",
    "glue-job-argument-secrets",
    job(nonOverridableArguments={"--db_password": "x"}),
)
attack(
    "secrets",
    "scheduler input",
    "glue-job-argument-secrets",
    scheduled("rate(7 days)", START, {"JobName": JOB, "Arguments": {"--api_key": "x"}}),
)
attack(
    "secrets",
    "ssm parameter String",
    "aws-resource-plain-secrets",
    named("aws:ssm/parameter:Parameter", name="/db/password", type="String", value="x"),
)
attack(
    "secrets", "event target input", "aws-resource-plain-secrets", target(input=json.dumps({"password": "x"}))
)
attack(
    "secrets",
    "URL with a password",
    "glue-job-argument-secrets",
    job(defaultArguments={"--jdbc_url": "jdbc:postgresql://u:p4ss@host/db"}),
)
attack(
    "secrets",
    "sparkconf secret",
    "glue-job-argument-secrets",
    job(defaultArguments={"--conf": "spark.hadoop.fs.s3a.secret.key=AKIA"}),
)
attack(
    "tags",
    "default tags by autoscaling shape tags list",
    "aws-resource-required-tags",
    Declared("aws:sns/topic:Topic", "t", {}, provider=Provider(tags={})),
)
attack(
    "tags",
    "provider without tags",
    "aws-provider-default-tags",
    Declared(
        "pulumi:providers:aws",
        "aws",
        {"region": "eu-west-1", "allowedAccountIds": '["123456789012"]'},
        provider=None,
    ),
)
attack(
    "tags",
    "ignoreTags keys of the provider",
    "aws-provider-default-tags aws-resource-required-tags",
    Declared(
        "pulumi:providers:aws",
        "aws",
        {
            "region": "eu-west-1",
            "allowedAccountIds": '["123456789012"]',
            "defaultTags": json.dumps({"tags": TAGS}),
            "ignoreTags": json.dumps({"keys": ["Owner", "Stack"]}),
        },
        provider=None,
    ),
)
attack(
    "keys",
    "bypass lockout check",
    "kms-key-policy kms-key-rotation",
    of("aws:kms/key:Key", enableKeyRotation=True, bypassPolicyLockoutSafetyCheck=True),
)
attack(
    "keys",
    "7 days of deletion window",
    "kms-key-deletion-window",
    of("aws:kms/key:Key", enableKeyRotation=True, deletionWindowInDays=7),
    **{"weather-kms-key-deletion-window": {"minDays": 30}},
)
attack(
    "secrets",
    "URL with a password in a connection",
    "glue-job-argument-secrets aws-resource-plain-secrets glue-connection-encryption",
    of(
        "aws:glue/connection:Connection",
        connectionProperties={
            "JDBC_CONNECTION_URL": "jdbc:postgresql://h/db?user=u&password=p4ss",
            "JDBC_ENFORCE_SSL": "true",
        },
    ),
)
attack(
    "secrets",
    "parameter /db/pw",
    "aws-resource-plain-secrets",
    named("aws:ssm/parameter:Parameter", name="/db/pw", type="String", value="x"),
)
attack(
    "secrets",
    "bearer in a header",
    "aws-resource-plain-secrets",
    single("http:invoke", {"Headers": {"Authorization": "Bearer abc"}}),
)
attack(
    "secrets",
    "codebuild env",
    "aws-resource-plain-secrets",
    of(
        "aws:codebuild/project:Project",
        environment={"environmentVariables": [{"name": "DB_PASSWORD", "value": "x", "type": "PLAINTEXT"}]},
    ),
)
attack(
    "secrets",
    "batch job env",
    "aws-resource-plain-secrets",
    of(
        "aws:batch/jobDefinition:JobDefinition",
        containerProperties=json.dumps({"environment": [{"name": "API_KEY", "value": "x"}]}),
    ),
)
attack(
    "identity",
    "all buckets but one",
    "iam-policy-actions",
    policy(
        {"Sid": "x", "Effect": "Allow", "Action": ["s3:GetObject"], "NotResource": ["arn:aws:s3:::secret/*"]}
    ),
)
attack(
    "identity",
    "action with trailing space",
    "iam-policy-document iam-policy-actions",
    policy(allow("s3:GetObject ", "arn:aws:s3:::lake-b/*")),
)
attack(
    "identity",
    "Version 2008",
    "iam-policy-document",
    Declared(
        "aws:iam/policy:Policy",
        "p",
        {
            "policy": json.dumps(
                {
                    "Version": "2008-10-17",
                    "Statement": [allow("s3:GetObject", "arn:aws:s3:::${aws:username}/a")],
                }
            )
        },
    ),
)
attack(
    "identity",
    "resource of all in region",
    "iam-policy-resources",
    policy(allow("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:123456789012:*")),
)
attack(
    "identity",
    "any table by ?*",
    "iam-policy-resources",
    policy(allow("dynamodb:DeleteTable", "arn:aws:dynamodb:*:*:table/?*")),
)
attack(
    "identity",
    "role chain any session",
    "iam-policy-resources",
    policy(allow("sts:AssumeRole", ["arn:aws:iam::123456789012:role/*"])),
)
attack(
    "identity",
    "conditioned on a tag with wildcard",
    "iam-policy-resources",
    policy(allow("glue:DeleteTable", "*", Condition={"StringLike": {"aws:ResourceTag/Stack": "*"}})),
)
attack(
    "principals",
    "queue for a service with SourceArn of another account",
    LET_IN,
    of(
        "aws:sqs/queuePolicy:QueuePolicy",
        policy=document(
            service(
                "events.amazonaws.com",
                "sqs:SendMessage",
                "*",
                {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:eu-west-1:{THEIRS}:rule/x"}},
            )
        ),
    ),
)
attack(
    "principals",
    "topic for an organisation by wildcard path",
    LET_IN,
    of(
        "aws:sns/topicPolicy:TopicPolicy",
        policy=document({**OPEN, "Condition": {"StringLike": {"aws:PrincipalOrgPaths": "*/r-abc/*"}}}),
    ),
)
attack(
    "principals",
    "a trust for a pattern of services",
    "iam-role-trust",
    trust(Principal={"Service": "*.amazonaws.com"}, Condition=PINNED),
)
attack(
    "principals",
    "trust with cognito pool any",
    "iam-role-trust",
    trust(
        Principal={"Federated": "cognito-identity.amazonaws.com"},
        Action="sts:AssumeRoleWithWebIdentity",
        Condition={"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}},
    ),
)
attack(
    "principals",
    "lambda permission for another account's rule",
    "iam-grant-principals",
    of(
        "aws:lambda/permission:Permission",
        action="lambda:InvokeFunction",
        function="f",
        principal="events.amazonaws.com",
        sourceArn=f"arn:aws:events:eu-west-1:{THEIRS}:rule/x",
    ),
)
attack(
    "tags",
    "name tags in other unicode",
    "aws-resource-tag-spelling",
    Declared("aws:sns/topic:Topic", "t", {"tags": {"\u039fwner": "x"}}),
)
attack(
    "tags",
    "value with control characters",
    "aws-resource-tag-values",
    Declared("aws:sns/topic:Topic", "t", {"tags": {"Owner": "me\u0000"}}),
)
attack(
    "tags",
    "N/A owner",
    "aws-resource-tag-values",
    Declared("aws:sns/topic:Topic", "t", {"tags": {"Owner": "n/a"}}),
)
attack(
    "buckets",
    "transition to ONEZONE and expiry after 5 days",
    "s3-bucket-transitions",
    bucket(),
    lifecycle(
        {
            "id": "a",
            "status": "Enabled",
            "transitions": [{"days": 30, "storageClass": "ONEZONE_IA"}],
            "expiration": {"days": 35},
        }
    ),
)
attack(
    "buckets",
    "noncurrent transitions to DEEP_ARCHIVE then expire in 10 days",
    "s3-bucket-transitions",
    bucket(),
    versioning(),
    lifecycle(
        {
            "id": "a",
            "status": "Enabled",
            "noncurrentVersionTransitions": [{"noncurrentDays": 30, "storageClass": "DEEP_ARCHIVE"}],
            "noncurrentVersionExpiration": {"noncurrentDays": 40},
        }
    ),
)
attack(
    "buckets",
    "mrap open",
    "s3-bucket-public-access",
    of(
        "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
        details={"publicAccessBlock": {"blockPublicAcls": False}},
    ),
)
attack(
    "network",
    "sg rule prefix list all half nets",
    "ec2-securitygroup-ingress",
    of(
        "aws:ec2/securityGroup:SecurityGroup",
        ingress=[
            {"fromPort": 0, "toPort": 65535, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}
        ],
    ),
)
attack(
    "network",
    "default security group open",
    "ec2-securitygroup-ingress",
    of(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        ingress=[{"fromPort": 0, "toPort": 0, "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}],
    ),
)
attack(
    "network",
    "443 range 1-65535",
    "ec2-securitygroup-ingress",
    of(
        "aws:ec2/securityGroup:SecurityGroup",
        ingress=[{"fromPort": 443, "toPort": 65535, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}],
    ),
)
