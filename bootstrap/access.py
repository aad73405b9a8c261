"""What deploying a stack takes, service by service: reads for a preview, reads and writes for a deployment.

Sources: the permissions that AWS's own handlers of each resource type name (CloudFormation registry; a test
holds the table against them), and the Service Authorization Reference for what limits an action.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from components import iam
from components.naming import Names, partition
from components.settings import LakeSettings, Settings

PASSED = {
    "glue": ("crawler", "job"),
    "states": ("workflow", "watchdog"),
    "events": ("schedule", "watchdog-schedule"),
}
"""Which roles of a stack are given to which service."""

WILDCARD_REASONS = {
    "SecurityConfigurations": "the actions on security configurations know no resource",
    "Subscriptions": "the actions on subscriptions know no resource",
    "ListKeyAliases": "the action lists, and knows no resource",
    "CreateKey": "a key has no name before it exists; the tag of the stack is asked for",
    "ValidateDefinitions": "the action knows no resource, and changes none",
}
"""Why a grant may name every resource, by Sid (Service Authorization Reference)."""


@dataclass(frozen=True)
class Grant:
    """What may be done to some resources.

    Attributes:
        sid: what it is about.
        service: prefix of the actions.
        resources: ARNs, or patterns of them.
        reads: names of actions that look.
        writes: names of actions that change.
        condition: when; None for always.
    """

    sid: str
    service: str
    resources: list[str]
    reads: str = ""
    writes: str = ""
    condition: dict[str, Any] | None = None

    def allow(self, names: str) -> iam.Statement:
        """Return the statement that allows some of the service's actions."""
        actions = [f"{self.service}:{name}" for name in names.split()]
        return iam.allow(self.sid, actions, self.resources, self.condition)


@dataclass(frozen=True)
class State:
    """Where Pulumi keeps what it knows of the stacks of an account.

    Attributes:
        account: the account.
        region: its region.
        project: name of the pipeline's Pulumi project.
    """

    account: str
    region: str
    project: str

    @property
    def names(self) -> Names:
        """Account and region as every name and ARN has them; the suffix is that of no stack."""
        return Names("bootstrap", self.account, self.region)

    @property
    def bucket(self) -> str:
        """Bucket of the state."""
        return f"weather-pulumi-state-{self.account}-{self.region}"

    @property
    def key_alias(self) -> str:
        """Alias of the key that encrypts secrets in the state."""
        return "alias/weather-pulumi-secrets"


@dataclass(frozen=True)
class Environment:
    """A stack that continuous integration deploys.

    Attributes:
        stack: name of the stack, and of its GitHub environment.
        names: names of its resources.
        lake: where its raw messages lie.
        disposable: whether its data may be deleted with it.
        kms: whether it has a key of its own.
    """

    stack: str
    names: Names
    lake: LakeSettings
    disposable: bool = False
    kms: bool = False

    @classmethod
    def of(cls, stack: str, settings: Settings) -> "Environment":
        """Return the environment that a stack's own settings describe."""
        kept = settings.protection
        return cls(stack, settings.names, settings.lake, kept.may_delete_data, kept.kms)


def looks(environment: Environment) -> list[iam.Statement]:
    """Return what a preview looks at: the stack's resources, not its data."""
    return [grant.allow(grant.reads) for grant in grants(environment) if grant.reads]


def previews(environment: Environment, state: State) -> list[iam.Statement]:
    """Return what previews a stack does beside looking: it reads and locks the stack's state."""
    return _state_reads(environment, state)


def deploys(environment: Environment, state: State) -> list[iam.Statement]:
    """Return what deploys a stack does beside looking: make, change and remove what bears its names."""
    changing = [grant.allow(grant.writes) for grant in grants(environment) if grant.writes]
    return [*changing, *_state_reads(environment, state), *_state_writes(environment, state)]


def grants(environment: Environment) -> Iterable[Grant]:
    """Return what a stack's resources take, service by service.

    Roles are made and changed under the stack's boundary only: without it a deployment could give a role
    rights that it has not itself, and use them through the job.
    """
    names = environment.names
    parts = [_buckets(names), _roles(names), _glue(names), _workflow(names), _messages(names), _watch(names)]
    if environment.disposable:
        parts.append([_emptied(names)])
    if environment.kms:
        parts.append(_key(names))
    return [grant for part in parts for grant in part]


def _buckets(names: Names) -> list[Grant]:
    return [
        Grant(
            "Buckets",
            "s3",
            [names.bucket_arn(names.bucket("*"))],
            "ListBucket ListBucketVersions ListTagsForResource GetBucketLocation GetBucketPolicy "
            "GetBucketVersioning GetBucketLogging GetBucketTagging GetBucketOwnershipControls "
            "GetBucketPublicAccessBlock GetBucketAcl GetEncryptionConfiguration GetLifecycleConfiguration "
            # What the provider looks at of every bucket, whether it is in use or not.
            "GetBucketCORS GetBucketWebsite GetBucketRequestPayment GetBucketObjectLockConfiguration "
            "GetAccelerateConfiguration GetReplicationConfiguration GetBucketNotification GetBucketAbac",
            "CreateBucket DeleteBucket DeleteBucketPolicy PutBucketPolicy PutBucketVersioning "
            "PutBucketLogging PutBucketTagging PutBucketOwnershipControls PutBucketPublicAccessBlock "
            "PutBucketAcl PutEncryptionConfiguration PutLifecycleConfiguration TagResource UntagResource",
        ),
        Grant(
            "Artifacts",
            "s3",
            [f"{names.bucket_arn(names.artifacts_bucket)}/*"],
            "GetObject GetObjectVersion GetObjectTagging GetObjectAttributes",
            "PutObject PutObjectTagging DeleteObject DeleteObjectVersion",
        ),
    ]


def _emptied(names: Names) -> Grant:
    objects = f"{names.bucket_arn(names.bucket('*'))}/*"
    return Grant("EmptyBuckets", "s3", [objects], writes="DeleteObject DeleteObjectVersion")


def _roles(names: Names) -> list[Grant]:
    roles = [names.iam_arn(f"role/{names.thing('*')}")]  # of which the roles of this program are none
    bounded = {"StringEquals": {"iam:PermissionsBoundary": names.boundary_arn}}
    return [
        Grant(
            "Roles",
            "iam",
            roles,
            "GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies ListRoleTags "
            "ListInstanceProfilesForRole",
            "DeleteRole DeleteRolePolicy UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole "
            "UntagRole",
        ),
        Grant(
            "BoundedRoles",
            "iam",
            roles,
            writes="CreateRole PutRolePolicy PutRolePermissionsBoundary",
            condition=bounded,
        ),
        *(
            Grant(
                f"PassTo{service.capitalize()}",
                "iam",
                [names.iam_arn(f"role/{names.thing(role)}") for role in passed],
                writes="PassRole",
                condition={"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}},
            )
            for service, passed in PASSED.items()
        ),
    ]


def _glue(names: Names) -> list[Grant]:
    tagged = [names.crawler_arn, names.job_arn, names.arn("glue", f"database/{names.database}")]
    return [
        Grant(
            "Catalogue",
            "glue",
            names.table_arns(("*",)),
            "GetDatabase GetTable GetTables GetPartitionIndexes",
            "CreateDatabase UpdateDatabase DeleteDatabase CreateTable UpdateTable DeleteTable",
        ),
        Grant(
            "Crawler",
            "glue",
            [names.crawler_arn],
            "GetCrawler",
            "CreateCrawler UpdateCrawler DeleteCrawler StopCrawler",
        ),
        Grant("Job", "glue", [names.job_arn], "GetJob", "CreateJob UpdateJob DeleteJob"),
        Grant("GlueTags", "glue", tagged, "GetTags", "TagResource UntagResource"),
        Grant(
            "SecurityConfigurations",
            "glue",
            ["*"],
            "GetSecurityConfiguration",
            "CreateSecurityConfiguration DeleteSecurityConfiguration",
        ),
    ]


def _workflow(names: Names) -> list[Grant]:
    return [
        Grant(
            "StateMachines",
            "states",
            [names.pipeline_arn, names.watchdog_arn],
            "DescribeStateMachine ListStateMachineVersions ListTagsForResource",
            "CreateStateMachine UpdateStateMachine DeleteStateMachine TagResource UntagResource",
        ),
        Grant("ValidateDefinitions", "states", ["*"], "ValidateStateMachineDefinition"),
        Grant(
            "Rules",
            "events",
            [names.rule_arn(rule) for rule in (names.weekly_rule, names.watchdog_rule, names.status_rule)],
            "DescribeRule ListTargetsByRule ListTagsForResource",
            "PutRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets TagResource UntagResource",
        ),
    ]


def _messages(names: Names) -> list[Grant]:
    return [
        Grant(
            "Topic",
            "sns",
            [names.topic_arn],
            "GetTopicAttributes GetDataProtectionPolicy ListSubscriptionsByTopic ListTagsForResource",
            "CreateTopic SetTopicAttributes DeleteTopic Subscribe TagResource UntagResource",
        ),
        Grant(
            "Subscriptions",
            "sns",
            ["*"],
            "GetSubscriptionAttributes",
            "SetSubscriptionAttributes Unsubscribe",
        ),
        Grant(
            "DeadLetters",
            "sqs",
            [names.schedule_dlq_arn],
            "GetQueueAttributes GetQueueUrl ListQueueTags",
            "CreateQueue SetQueueAttributes DeleteQueue TagQueue UntagQueue",
        ),
    ]


def _watch(names: Names) -> list[Grant]:
    """Return what alarms, dashboard, logs and budget take."""
    whole_account = f"arn:{partition(names.region)}:{{}}::{names.account}:{{}}"
    machines = [names.state_log_group(machine) for machine in (names.pipeline, names.watchdog)]
    # With and without the `:*` that some actions see behind a group.
    groups = [names.log_group_arn(f"{group}*") for group in (*machines, f"{names.job_log_prefix}/")]
    return [
        Grant(
            "Alarms",
            "cloudwatch",
            [names.arn("cloudwatch", f"alarm:{names.thing('*')}")],
            "DescribeAlarms ListTagsForResource",
            "PutMetricAlarm DeleteAlarms TagResource UntagResource",
        ),
        Grant(
            "Dashboard",
            "cloudwatch",
            [whole_account.format("cloudwatch", f"dashboard/{names.thing('pipeline')}")],
            "GetDashboard ListTagsForResource",
            "PutDashboard DeleteDashboards TagResource UntagResource",
        ),
        Grant(
            "LogGroups",
            "logs",
            groups,
            "ListTagsForResource ListTagsLogGroup",
            "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey "
            "DisassociateKmsKey TagLogGroup TagResource UntagResource",
        ),
        Grant("DescribeLogGroups", "logs", [names.log_group_arn("*")], "DescribeLogGroups"),
        Grant(
            "Budget",
            "budgets",
            [whole_account.format("budgets", f"budget/{names.budget}")],
            "ViewBudget ListTagsForResource",
            "ModifyBudget TagResource UntagResource",
        ),
    ]


def _key(names: Names) -> list[Grant]:
    named = "CreateAlias UpdateAlias DeleteAlias"
    return [
        Grant(
            "CreateKey",
            "kms",
            ["*"],
            writes="CreateKey",
            condition={"StringEquals": {"aws:RequestTag/Stack": names.suffix}},
        ),
        Grant("ListKeyAliases", "kms", ["*"], "ListAliases"),
        Grant("KeyAlias", "kms", [names.arn("kms", names.key_alias)], writes=named),
        Grant(
            "Key",
            "kms",
            [names.arn("kms", "key/*")],
            "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
            "EnableKey DisableKey EnableKeyRotation DisableKeyRotation PutKeyPolicy UpdateKeyDescription "
            # What lies in the stack's buckets is encrypted with it.
            f"TagResource UntagResource ScheduleKeyDeletion Decrypt GenerateDataKey {named}",
            {"StringEquals": {"aws:ResourceTag/Stack": names.suffix}},
        ),
    ]


def _state_reads(environment: Environment, state: State) -> list[iam.Statement]:
    """Return what every command of Pulumi does: read the stack's state, and lock it as long as it works."""
    bucket = state.names.bucket_arn(state.bucket)
    locks = f"{bucket}/.pulumi/locks/organization/{state.project}/{environment.stack}/*"
    shared = f"{bucket}/.pulumi/meta.yaml"
    return [
        iam.allow("ListState", ["s3:ListBucket"], bucket),
        iam.allow("ReadState", ["s3:GetObject"], [shared, *_state_files(environment, state), locks]),
        iam.allow("LockState", ["s3:PutObject", "s3:DeleteObject"], locks),
        iam.allow("ReadSecrets", ["kms:Decrypt"], state.names.arn("kms", "key/*"), _by_alias(state)),
    ]


def _state_writes(environment: Environment, state: State) -> list[iam.Statement]:
    keys = state.names.arn("kms", "key/*")
    return [
        iam.allow("WriteState", ["s3:PutObject", "s3:DeleteObject"], _state_files(environment, state)),
        iam.allow("WriteSecrets", ["kms:Encrypt"], keys, _by_alias(state)),
    ]


def _state_files(environment: Environment, state: State) -> list[str]:
    """Return the objects of one stack's state, history and backups, as Pulumi's own backends lay them out."""
    bucket, own = state.names.bucket_arn(state.bucket), f"{state.project}/{environment.stack}"
    kinds = ("stacks", "history", "backups")
    return [f"{bucket}/.pulumi/{kind}/{own}{end}" for kind in kinds for end in (".*", "/*")]


def _by_alias(state: State) -> dict[str, Any]:
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": state.key_alias}}
