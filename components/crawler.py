"""The crawler of the raw messages: its configuration, its role, and what AWS would refuse.

Its logs go to the account-wide group ``/aws-glue/crawlers``, which no stack owns: neither its retention nor
its encryption is ours to set.  Every crawl lists the whole prefix, so its cost grows with the history; the
sample size bounds the files it opens only.
"""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import iam
from components.naming import Names, table_of_prefix
from components.settings import Settings


@dataclass(frozen=True)
class CrawlerArgs:
    """What the crawler needs to know.

    Attributes:
        names: names of the stack.
        lake: the raw data.
        database_name: database the raw table is kept in.
        recrawl: CRAWL_EVERYTHING or CRAWL_NEW_FOLDERS_ONLY.
        update_behavior: UPDATE_IN_DATABASE or LOG.
        sample_size: files opened per folder.
        kms_key_arn: the stack's own key; None where it has none.
        security_configuration: Glue security configuration; None where there is no key.
    """

    names: Names
    lake: iam.Lake
    database_name: pulumi.Input[str]
    recrawl: str
    update_behavior: str
    sample_size: int
    kms_key_arn: pulumi.Input[str] | None = None
    security_configuration: pulumi.Input[str] | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        database_name: pulumi.Input[str],
        kms_key_arn: pulumi.Input[str] | None,
        security_configuration: pulumi.Input[str] | None,
    ) -> "CrawlerArgs":
        """Return what the settings say about the crawler."""
        return cls(
            names=settings.names,
            lake=iam.Lake.of(settings),
            database_name=database_name,
            recrawl=settings.crawler_recrawl,
            update_behavior=settings.crawler_update_behavior,
            sample_size=settings.crawler_sample_size,
            kms_key_arn=kms_key_arn,
            security_configuration=security_configuration,
        )


class Crawler(pulumi.ComponentResource):
    """The crawler and its role."""

    role: aws.iam.Role
    crawler: aws.glue.Crawler
    crawler_name: pulumi.Output[str]

    def __init__(self, name: str, args: CrawlerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check(args)
        super().__init__("weather:index:Crawler", name, {}, opts)
        names = args.names
        statements = iam.crawler_role(names, args.lake, table_of_prefix(args.lake.prefix))
        self.role, policy = iam.create_role(
            f"{name}-role",
            names.thing("crawler"),
            "Crawls the raw messages and keeps their table",
            iam.trust("glue.amazonaws.com", names.account),
            [*statements, iam.use_key(names) if args.kms_key_arn else None],
            self,
        )
        self.crawler = aws.glue.Crawler(
            f"{name}-crawler",
            name=names.crawler,
            description="Keeps the table of the raw messages; started by the weekly state machine",
            role=self.role.arn,
            database_name=args.database_name,
            s3_targets=[
                {"path": f"s3://{args.lake.bucket}/{args.lake.prefix}", "sample_size": args.sample_size}
            ],
            configuration=json.dumps(configuration(args.lake.prefix, args.update_behavior)),
            recrawl_policy={"recrawl_behavior": args.recrawl},
            schema_change_policy={
                "update_behavior": args.update_behavior,
                # A folder that disappears must not take its table along.
                "delete_behavior": "LOG",
            },
            security_configuration=args.security_configuration,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.crawler_name = self.crawler.name
        self.register_outputs({"crawlerName": self.crawler_name})


def check(args: CrawlerArgs) -> None:
    """Refuse what AWS would refuse, before anything is created.

    Raises:
        ValueError: the combination of recrawl and schema policy is not allowed.
    """
    if args.recrawl == "CRAWL_NEW_FOLDERS_ONLY" and args.update_behavior != "LOG":
        raise ValueError(
            f"crawler update behavior {args.update_behavior} with {args.recrawl}: must be LOG "
            "(Glue guide, incremental crawls)"
        )


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
