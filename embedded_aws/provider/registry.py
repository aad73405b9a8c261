"""One handler per Pulumi resource type: create it through boto3, return its id and its computed outputs.

A handler takes the `Cloud` and the resource's plain inputs (camelCase, secrets unwrapped, default tags in).
Inputs pass `shapes.request`, so one that the API does not know is an error.  A few inputs exist only in the
provider (`forceDestroy`): each is named where it is dropped.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import pulumi

from embedded_aws.provider.shapes import Rename, UnknownInputError, request, text

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the zip epoch: equal content, equal bytes

Inputs = dict[str, Any]
Created = tuple[str, dict[str, Any]]


class Cloud(Protocol):
    """What a handler needs of the embedded AWS."""

    region: str
    account: str

    def client(self, service: str) -> Any:
        """Return a boto3 client on the endpoint."""
        ...


Handler = Callable[[Cloud, Inputs], Created]

HANDLERS: dict[str, Handler] = {}
TAGGABLE: set[str] = set()
"""Types whose tags the provider merges with its default tags."""


def _creates(token: str, *, tags: bool = False) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        HANDLERS[token] = handler
        if tags:
            TAGGABLE.add(token)
        return handler

    return register


def call(
    cloud: Cloud,
    operation: str,
    inputs: Mapping[str, Any],
    renames: Mapping[str, Rename] | None = None,
) -> Any:
    """Call `service.method` with inputs put into its input shape."""
    service, method = operation.split(".")
    client = cloud.client(service)
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
    return getattr(client, method)(**request(model.input_shape, dict(inputs), renames))


def _arn(cloud: Cloud, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{cloud.region}:{cloud.account}:{resource}"


def _without(inputs: Mapping[str, Any], *names: str) -> Inputs:
    return {key: value for key, value in inputs.items() if key not in names}


def _only(inputs: Mapping[str, Any], *names: str) -> Inputs:
    unknown = {key for key, value in inputs.items() if value is not None} - set(names)
    if unknown:
        raise UnknownInputError(f"no API input for {', '.join(sorted(unknown))}")
    return {key: inputs[key] for key in names if inputs.get(key) is not None}


# --- S3 ---------------------------------------------------------------------------------------------------


@_creates("aws:s3/bucket:Bucket", tags=True)
def _bucket(cloud: Cloud, inputs: Inputs) -> Created:
    given = _only(inputs, "bucket", "tags", "forceDestroy", "objectLockEnabled", "tagsAll", "region")
    name = given["bucket"]
    location = (
        {}
        if cloud.region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    )
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=bool(given.get("objectLockEnabled")), **location)
    if given.get("tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": _pairs(given["tags"])})
    return name, {
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{cloud.region}.amazonaws.com",
        "region": cloud.region,
    }


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _part_of_bucket(
    token: str,
    operation: str,
    block: str | None = None,
    renames: Mapping[str, Rename] | None = None,
    prepare: Callable[[Inputs], Inputs] = lambda inputs: inputs,
) -> None:
    """Register a separate bucket configuration: `bucket` plus everything else in one request member."""

    @_creates(token)
    def handler(cloud: Cloud, inputs: Inputs) -> Created:  # pyright: ignore[reportUnusedFunction]
        given = prepare(_without(inputs, "bucket", "region"))
        body = {block: given.get(block, given)} if block else given
        call(cloud, operation, {"bucket": inputs["bucket"], **body}, renames)
        return inputs["bucket"], {}


def _lifecycle(inputs: Inputs) -> Inputs:
    """`transitionDefaultMinimumObjectSize` is a header of its own, not part of the configuration."""
    return {"lifecycleConfiguration": _without(inputs, "transitionDefaultMinimumObjectSize")}


_part_of_bucket(
    "aws:s3/bucketVersioning:BucketVersioning",
    "s3.put_bucket_versioning",
    "versioningConfiguration",
    {"expectedBucketOwner": None},
)
_part_of_bucket(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "s3.put_public_access_block",
    "publicAccessBlockConfiguration",
    {"publicAccessBlockConfiguration.skipDestroy": None},
)
_part_of_bucket(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "s3.put_bucket_encryption",
    "serverSideEncryptionConfiguration",
    {"kmsMasterKeyId": "KMSMasterKeyID"},
)
_part_of_bucket(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "s3.put_bucket_lifecycle_configuration",
    "lifecycleConfiguration",
    prepare=_lifecycle,
)
_part_of_bucket(
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "s3.put_bucket_ownership_controls",
    "ownershipControls",
    {"rule": "Rules"},
)
_part_of_bucket("aws:s3/bucketPolicy:BucketPolicy", "s3.put_bucket_policy")
_part_of_bucket(
    "aws:s3/bucketLogging:BucketLogging",
    "s3.put_bucket_logging",
    prepare=lambda inputs: {"bucketLoggingStatus": {"loggingEnabled": inputs}},
)
_part_of_bucket(
    "aws:s3/bucketNotification:BucketNotification",
    "s3.put_bucket_notification_configuration",
    prepare=lambda inputs: {
        "notificationConfiguration": {"eventBridgeConfiguration": {}}
        if inputs.get("eventbridge")
        else _without(inputs, "eventbridge")
    },
)


@_creates("aws:s3/bucketObjectv2:BucketObjectv2", tags=True)
def _object(cloud: Cloud, inputs: Inputs) -> Created:
    given = _without(inputs, "source", "content", "sourceHash", "forceDestroy", "tags", "region")
    body = content_of(inputs["source"]) if inputs.get("source") else inputs.get("content", "").encode()
    answer = call(
        cloud,
        "s3.put_object",
        {**given, "body": body},
        {"kmsKeyId": "SSEKMSKeyId", "contentMd5": "ContentMD5"},
    )
    bucket, key = inputs["bucket"], inputs["key"]
    if inputs.get("tags"):
        cloud.client("s3").put_object_tagging(
            Bucket=bucket, Key=key, Tagging={"TagSet": _pairs(inputs["tags"])}
        )
    return f"{bucket}/{key}", {
        "arn": f"arn:aws:s3:::{bucket}/{key}",
        "etag": answer["ETag"].strip('"'),
        "versionId": answer.get("VersionId", ""),
    }


def content_of(source: object) -> bytes:
    """Return the bytes of a Pulumi asset; of an archive, those of its zip.

    Raises:
        UnknownInputError: a kind of asset that needs the network or the CLI.
    """
    if isinstance(source, pulumi.FileAsset):
        return Path(source.path).read_bytes()
    if isinstance(source, pulumi.StringAsset):
        return source.text.encode()
    if isinstance(source, pulumi.FileArchive) and Path(source.path).is_file():
        return Path(source.path).read_bytes()
    if isinstance(source, pulumi.AssetArchive | pulumi.FileArchive):
        return _zip(dict(_members(source, "")))
    raise UnknownInputError(f"no content can be read from {type(source).__name__}")


def _members(source: object, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of everything in an archive; links are followed, caches left out."""
    if isinstance(source, pulumi.AssetArchive):
        for name, item in cast("Mapping[str, object]", source.assets).items():
            yield from _members(item, f"{prefix}/{name}".lstrip("/"))
    elif isinstance(source, pulumi.FileArchive) and Path(source.path).is_dir():
        root = Path(source.path)
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{prefix}/{path.relative_to(root).as_posix()}".lstrip("/"), path.read_bytes()
    else:
        yield prefix, content_of(source)


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
    return buffer.getvalue()


# --- IAM --------------------------------------------------------------------------------------------------


@_creates("aws:iam/role:Role", tags=True)
def _role(cloud: Cloud, inputs: Inputs) -> Created:
    renames: dict[str, Rename] = {
        "name": "RoleName",
        "assumeRolePolicy": "AssumeRolePolicyDocument",
        "forceDetachPolicies": None,  # only matters to the provider's delete
    }
    role = call(cloud, "iam.create_role", inputs, renames)["Role"]
    return inputs["name"], {"arn": role["Arn"], "uniqueId": role["RoleId"]}


@_creates("aws:iam/rolePolicy:RolePolicy")
def _role_policy(cloud: Cloud, inputs: Inputs) -> Created:
    name = inputs.get("name") or f"{inputs['role']}-policy"
    call(
        cloud,
        "iam.put_role_policy",
        {**_without(inputs, "name"), "policyName": name},
        {"role": "RoleName", "policy": "PolicyDocument"},
    )
    return f"{inputs['role']}:{name}", {"name": name}


@_creates("aws:iam/policy:Policy", tags=True)
def _policy(cloud: Cloud, inputs: Inputs) -> Created:
    policy = call(cloud, "iam.create_policy", inputs, {"name": "PolicyName", "policy": "PolicyDocument"})[
        "Policy"
    ]
    return policy["Arn"], {"arn": policy["Arn"], "policyId": policy["PolicyId"]}


@_creates("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
def _attachment(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "iam.attach_role_policy", inputs, {"role": "RoleName"})
    return f"{inputs['role']}-{inputs['policyArn']}", {}


# --- Glue -------------------------------------------------------------------------------------------------


@_creates("aws:glue/catalogDatabase:CatalogDatabase", tags=True)
def _database(cloud: Cloud, inputs: Inputs) -> Created:
    call(
        cloud,
        "glue.create_database",
        {"databaseInput": _without(inputs, "tags", "catalogId"), "tags": inputs.get("tags")},
    )
    return f"{cloud.account}:{inputs['name']}", {
        "arn": _arn(cloud, "glue", f"database/{inputs['name']}"),
        "catalogId": cloud.account,
    }


@_creates("aws:glue/catalogTable:CatalogTable")
def _table(cloud: Cloud, inputs: Inputs) -> Created:
    table = _without(inputs, "databaseName", "catalogId")
    call(
        cloud,
        "glue.create_table",
        {"databaseName": inputs["databaseName"], "tableInput": table},
        {"tableInput.storageDescriptor.serDeInfo": "SerdeInfo"},
    )
    return f"{cloud.account}:{inputs['databaseName']}:{inputs['name']}", {
        "arn": _arn(cloud, "glue", f"table/{inputs['databaseName']}/{inputs['name']}"),
        "catalogId": cloud.account,
    }


@_creates("aws:glue/securityConfiguration:SecurityConfiguration")
def _security_configuration(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "glue.create_security_configuration", inputs, {"s3Encryption": "S3Encryption"})
    return inputs["name"], {}


_TARGETS = {
    "s3Targets": "S3Targets",
    "jdbcTargets": "JdbcTargets",
    "dynamodbTargets": "DynamoDBTargets",
    "catalogTargets": "CatalogTargets",
    "deltaTargets": "DeltaTargets",
}


@_creates("aws:glue/crawler:Crawler", tags=True)
def _crawler(cloud: Cloud, inputs: Inputs) -> Created:
    given = _without(inputs, *_TARGETS)
    given["targets"] = {api: inputs[name] for name, api in _TARGETS.items() if inputs.get(name)}
    call(
        cloud,
        "glue.create_crawler",
        given,
        {"securityConfiguration": "CrawlerSecurityConfiguration"},
    )
    return inputs["name"], {"arn": _arn(cloud, "glue", f"crawler/{inputs['name']}")}


@_creates("aws:glue/job:Job", tags=True)
def _job(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "glue.create_job", inputs, {"roleArn": "Role"})
    return inputs["name"], {"arn": _arn(cloud, "glue", f"job/{inputs['name']}")}


# --- CloudWatch -------------------------------------------------------------------------------------------


@_creates("aws:cloudwatch/logGroup:LogGroup", tags=True)
def _log_group(cloud: Cloud, inputs: Inputs) -> Created:
    kept = _without(inputs, "retentionInDays", "skipDestroy")
    call(cloud, "logs.create_log_group", kept, {"name": "logGroupName"})
    if inputs.get("retentionInDays"):
        cloud.client("logs").put_retention_policy(
            logGroupName=inputs["name"], retentionInDays=int(inputs["retentionInDays"])
        )
    return inputs["name"], {"arn": _arn(cloud, "logs", f"log-group:{inputs['name']}")}


@_creates("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
def _log_policy(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "logs.put_resource_policy", inputs)
    return inputs["policyName"], {}


@_creates("aws:cloudwatch/metricAlarm:MetricAlarm", tags=True)
def _alarm(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "cloudwatch.put_metric_alarm", inputs, {"name": "AlarmName", "metricQueries": "Metrics"})
    return inputs["name"], {"arn": _arn(cloud, "cloudwatch", f"alarm:{inputs['name']}")}


@_creates("aws:cloudwatch/dashboard:Dashboard")
def _dashboard(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "cloudwatch.put_dashboard", inputs)
    name = inputs["dashboardName"]
    return name, {"dashboardArn": f"arn:aws:cloudwatch::{cloud.account}:dashboard/{name}"}


# --- EventBridge ------------------------------------------------------------------------------------------


@_creates("aws:cloudwatch/eventRule:EventRule", tags=True)
def _rule(cloud: Cloud, inputs: Inputs) -> Created:
    answer = call(cloud, "events.put_rule", _without(inputs, "forceDestroy"))
    return inputs["name"], {"arn": answer["RuleArn"]}


@_creates("aws:cloudwatch/eventTarget:EventTarget")
def _rule_target(cloud: Cloud, inputs: Inputs) -> Created:
    target = _without(inputs, "rule", "eventBusName", "forceDestroy")
    call(
        cloud,
        "events.put_targets",
        {"rule": inputs["rule"], "eventBusName": inputs.get("eventBusName", "default"), "targets": [target]},
        {
            "targetId": "Id",
            "inputPaths": "InputPathsMap",
            "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
        },
    )
    return f"{inputs['rule']}-{inputs['targetId']}", {}


@_creates("aws:scheduler/schedule:Schedule")
def _schedule(cloud: Cloud, inputs: Inputs) -> Created:
    arn = call(cloud, "scheduler.create_schedule", inputs)["ScheduleArn"]
    return f"{inputs.get('groupName', 'default')}/{inputs['name']}", {"arn": arn}


@_creates("aws:scheduler/scheduleGroup:ScheduleGroup", tags=True)
def _schedule_group(cloud: Cloud, inputs: Inputs) -> Created:
    arn = call(cloud, "scheduler.create_schedule_group", inputs)["ScheduleGroupArn"]
    return inputs["name"], {"arn": arn}


# --- Step Functions ---------------------------------------------------------------------------------------


def _log_destination(arn: str) -> dict[str, Any]:
    return {"destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}


@_creates("aws:sfn/stateMachine:StateMachine", tags=True)
def _state_machine(cloud: Cloud, inputs: Inputs) -> Created:
    answer = call(cloud, "stepfunctions.create_state_machine", inputs, {"logDestination": _log_destination})
    arn = answer["stateMachineArn"]
    return arn, {"arn": arn, "status": "ACTIVE", "creationDate": answer["creationDate"].isoformat()}


# --- SNS and SQS ------------------------------------------------------------------------------------------

_TOPIC_ATTRIBUTES = {
    "kmsMasterKeyId": "KmsMasterKeyId",
    "displayName": "DisplayName",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}


@_creates("aws:sns/topic:Topic", tags=True)
def _topic(cloud: Cloud, inputs: Inputs) -> Created:
    given = _only(inputs, "name", "tags", *_TOPIC_ATTRIBUTES)
    attributes = {api: _attribute(given[name]) for name, api in _TOPIC_ATTRIBUTES.items() if name in given}
    arn = call(
        cloud,
        "sns.create_topic",
        {"name": given["name"], "tags": given.get("tags", {}), "attributes": attributes},
    )["TopicArn"]
    return arn, {"arn": arn, "owner": cloud.account}


@_creates("aws:sns/topicPolicy:TopicPolicy")
def _topic_policy(cloud: Cloud, inputs: Inputs) -> Created:
    given = _only(inputs, "arn", "policy")
    cloud.client("sns").set_topic_attributes(
        TopicArn=given["arn"], AttributeName="Policy", AttributeValue=given["policy"]
    )
    return given["arn"], {"owner": cloud.account}


_SUBSCRIPTION_ATTRIBUTES = {
    "rawMessageDelivery": "RawMessageDelivery",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
}


@_creates("aws:sns/topicSubscription:TopicSubscription")
def _subscription(cloud: Cloud, inputs: Inputs) -> Created:
    given = _only(
        inputs,
        "topic",
        "protocol",
        "endpoint",
        "endpointAutoConfirms",  # how long the provider waits for a confirmation
        "confirmationTimeoutInMinutes",
        *_SUBSCRIPTION_ATTRIBUTES,
    )
    arn = cloud.client("sns").subscribe(
        TopicArn=given["topic"],
        Protocol=given["protocol"],
        Endpoint=given["endpoint"],
        ReturnSubscriptionArn=True,
        Attributes={
            api: _attribute(given[name]) for name, api in _SUBSCRIPTION_ATTRIBUTES.items() if name in given
        },
    )["SubscriptionArn"]
    return arn, {"arn": arn, "ownerId": cloud.account, "pendingConfirmation": given["protocol"] == "email"}


_QUEUE_ATTRIBUTES = {
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "delaySeconds": "DelaySeconds",
    "maxMessageSize": "MaximumMessageSize",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "policy": "Policy",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
}


@_creates("aws:sqs/queue:Queue", tags=True)
def _queue(cloud: Cloud, inputs: Inputs) -> Created:
    given = _only(inputs, "name", "tags", *_QUEUE_ATTRIBUTES)
    url = cloud.client("sqs").create_queue(
        QueueName=given["name"],
        Attributes={api: _attribute(given[name]) for name, api in _QUEUE_ATTRIBUTES.items() if name in given},
        tags=given.get("tags", {}),
    )["QueueUrl"]
    return url, {"url": url, "arn": _arn(cloud, "sqs", given["name"])}


@_creates("aws:sqs/queuePolicy:QueuePolicy")
def _queue_policy(cloud: Cloud, inputs: Inputs) -> Created:
    given = _only(inputs, "queueUrl", "policy")
    cloud.client("sqs").set_queue_attributes(
        QueueUrl=given["queueUrl"], Attributes={"Policy": given["policy"]}
    )
    return given["queueUrl"], {}


def _attribute(value: object) -> str:
    """SNS and SQS attributes are strings; documents may arrive as text or as objects."""
    return json.dumps(value) if isinstance(value, dict | list) else text(value)


# --- KMS, Budgets -----------------------------------------------------------------------------------------


@_creates("aws:kms/key:Key", tags=True)
def _key(cloud: Cloud, inputs: Inputs) -> Created:
    kept = _without(inputs, "enableKeyRotation", "deletionWindowInDays", "rotationPeriodInDays", "isEnabled")
    metadata = call(
        cloud,
        "kms.create_key",
        {**kept, "tags": [{"tagKey": key, "tagValue": value} for key, value in kept.get("tags", {}).items()]},
        {"customerMasterKeySpec": "KeySpec"},
    )["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        cloud.client("kms").enable_key_rotation(KeyId=metadata["KeyId"])
    return metadata["KeyId"], {"arn": metadata["Arn"], "keyId": metadata["KeyId"]}


@_creates("aws:kms/alias:Alias")
def _alias(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "kms.create_alias", inputs, {"name": "AliasName"})
    return inputs["name"], {"arn": _arn(cloud, "kms", inputs["name"])}


@_creates("aws:budgets/budget:Budget", tags=True)
def _budget(cloud: Cloud, inputs: Inputs) -> Created:
    given = _only(
        inputs,
        "name",
        "accountId",
        "budgetType",
        "timeUnit",
        "limitAmount",
        "limitUnit",
        "timePeriodStart",
        "costFilters",
        "costTypes",
        "notifications",
        "tags",
    )
    budget = {
        "budgetName": given["name"],
        "budgetType": given["budgetType"],
        "timeUnit": given["timeUnit"],
        "budgetLimit": {"amount": given["limitAmount"], "unit": given["limitUnit"]},
        "costFilters": {item["name"]: item["values"] for item in given.get("costFilters", [])},
        "costTypes": given.get("costTypes"),
    }
    notifications = [_budget_notification(item) for item in given.get("notifications", [])]
    call(
        cloud,
        "budgets.create_budget",
        {"accountId": cloud.account, "budget": budget, "notificationsWithSubscribers": notifications},
    )
    name = given["name"]
    return f"{cloud.account}:{name}", {
        "arn": f"arn:aws:budgets::{cloud.account}:budget/{name}",
        "accountId": cloud.account,
    }


def _budget_notification(inputs: Inputs) -> Inputs:
    addresses: list[str] = inputs.get("subscriberEmailAddresses") or []
    arns: list[str] = inputs.get("subscriberSnsTopicArns") or []
    people = [{"subscriptionType": "EMAIL", "address": address} for address in addresses]
    topics = [{"subscriptionType": "SNS", "address": arn} for arn in arns]
    return {
        "notification": _without(inputs, "subscriberEmailAddresses", "subscriberSnsTopicArns"),
        "subscribers": people + topics,
    }
