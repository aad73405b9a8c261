"""Type tokens of the AWS resources that the rules know, as pulumi-aws spells them."""

JOB = "aws:glue/job:Job"


CRAWLER = "aws:glue/crawler:Crawler"


LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


BUCKET = "aws:s3/bucket:Bucket"


LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"


ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


KEY = "aws:kms/key:Key"


BUDGET = "aws:budgets/budget:Budget"


AWS_PROVIDER = "pulumi:providers:aws"


ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"


TOPIC = "aws:sns/topic:Topic"


TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"


QUEUE = "aws:sqs/queue:Queue"


QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"


SECURITY_CONFIGURATION = "aws:glue/securityConfiguration:SecurityConfiguration"


ROLE = "aws:iam/role:Role"


POLICIES = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/policy:Policy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)


ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
    "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive",
)


MACHINE = "aws:sfn/stateMachine:StateMachine"


RULE = "aws:cloudwatch/eventRule:EventRule"


TARGET = "aws:cloudwatch/eventTarget:EventTarget"


SCHEDULE = "aws:scheduler/schedule:Schedule"


SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


TRIGGER = "aws:glue/trigger:Trigger"

KEY_TYPES = (
    "aws:kms/key:Key",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)

WORKFLOW = "aws:glue/workflow:Workflow"
STREAM = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
BUCKET_NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
WORKGROUP = "aws:athena/workgroup:Workgroup"
PARAMETER = "aws:ssm/parameter:Parameter"
DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
DEV_ENDPOINT = "aws:glue/devEndpoint:DevEndpoint"
ML_TRANSFORM = "aws:glue/mLTransform:MLTransform"
METRIC_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
CONNECTION = "aws:glue/connection:Connection"

ACCOUNT_ACCESS_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
LIFECYCLES = (LIFECYCLE, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")
VERSIONINGS = (VERSIONING, "aws:s3/bucketVersioningV2:BucketVersioningV2")
ENCRYPTIONS = (
    ENCRYPTION,
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
CATALOG_ENCRYPTION = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
