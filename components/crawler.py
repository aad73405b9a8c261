"""The crawler of the raw messages: its configuration, its role, and what AWS would refuse.

Its logs go to a group that no stack owns (`glue_logs`): neither its retention nor its encryption is ours to
set.  Every crawl lists the whole prefix, so its cost grows with the history; the sample size bounds the files
it opens only.
"""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import iam
from components.naming import Names
from components.settings import CrawlerSettings, LakeSettings, refuse_conflicts


@dataclass(frozen=True)
class CrawlerArgs:
    """What the crawler needs to know.

    Attributes:
        names: names of the stack.
        lake: where the raw messages lie.
        settings: what a crawl reads and what it does with a changed schema.
        database_name: database the raw table is kept in.
        after: what must hold before the crawler is created: Glue asks for the bucket it is to read.
        kms_key_arn: the stack's own key; None where it has none.
        boundary_arn: policy that bounds the role; None for no bound.
        security_configuration: Glue security configuration; None where there is no key.
    """

    names: Names
    lake: LakeSettings
    settings: CrawlerSettings
    database_name: pulumi.Input[str]
    after: tuple[pulumi.Resource, ...] = ()
    kms_key_arn: pulumi.Input[str] | None = None
    boundary_arn: str | None = None
    security_configuration: pulumi.Input[str] | None = None


class Crawler(pulumi.ComponentResource):
    """The crawler and its role."""

    role: aws.iam.Role
    crawler: aws.glue.Crawler
    crawler_name: pulumi.Output[str]

    def __init__(self, name: str, args: CrawlerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        refuse_conflicts(args.settings)
        super().__init__("weather:index:Crawler", name, {}, opts)
        names = args.names
        statements = iam.crawler_role(names, args.lake)
        self.role, policy = iam.create_role(
            f"{name}-role",
            names.thing("crawler"),
            "Crawls the raw messages and keeps their table",
            iam.trust("glue.amazonaws.com", names.account),
            [*statements, iam.use_key(names) if args.kms_key_arn else None],
            self,
            boundary_arn=args.boundary_arn,
        )
        self.crawler = aws.glue.Crawler(
            f"{name}-crawler",
            name=names.crawler,
            description="Keeps the table of the raw messages; started by the weekly state machine",
            role=self.role.arn,
            database_name=args.database_name,
            s3_targets=[
                {
                    "path": f"s3://{args.lake.bucket(names)}/{args.lake.raw_prefix}",
                    "sample_size": args.settings.sample_size,
                }
            ],
            configuration=json.dumps(configuration(args.lake.raw_prefix, args.settings.update_behavior)),
            recrawl_policy={"recrawl_behavior": args.settings.recrawl},
            schema_change_policy={
                "update_behavior": args.settings.update_behavior,
                # A folder that disappears must not take its table along.
                "delete_behavior": "LOG",
            },
            security_configuration=args.security_configuration,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, *args.after]),
        )
        self.crawler_name = self.crawler.name
        self.register_outputs({"crawlerName": self.crawler_name})


def configuration(prefix: str, update_behavior: str) -> dict[str, Any]:
    """Return the crawler's configuration document: one table for everything under a prefix.

    Without a table level and combined schemas a site with an odd device would become a table of its own.
    The table level counts folders from the bucket, which is level 1 (Glue guide, "Specifying the table
    location").

    Args:
        prefix: key prefix above the site folders.
        update_behavior: the schema change policy; new columns are merged only where it may update the table.
    """
    document: dict[str, Any] = {
        "Version": 1.0,
        # On by default for S3 (Glue guide, partition indexes): nobody here queries the raw table by them, and
        # the role may not create them.
        "CreatePartitionIndex": False,
        "Grouping": {
            "TableGroupingPolicy": "CombineCompatibleSchemas",
            "TableLevelConfiguration": len(prefix.rstrip("/").split("/")) + 1,
        },
    }
    if update_behavior == "UPDATE_IN_DATABASE":
        document["CrawlerOutput"] = {
            "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
            "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
        }
    return document
