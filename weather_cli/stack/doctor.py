"""Whether this machine, the account and the stack are ready: what `weather doctor` looks at.

Everything is read, nothing is changed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stack_files import load_yaml
from weather_cli.stack.findings import Finding, judged, look

if TYPE_CHECKING:
    from components.settings import Settings

ClientFactory = Callable[[str], Any]
PYTHON: Final = (3, 11)
TAGS: Final = ("Stack", "Environment", "Owner", "CostCentre")
"""Tags by which the budget filters and people ask; the payer activates them (docs/deploy.md)."""

_CONCURRENT: Final = "concurrent job runs"
"""Part of the name of Glue's quota; quotas are found by name, since codes differ between partitions."""


def machine(project: Path) -> Iterator[Finding]:
    """Look at what the CLI and the program need on this machine."""
    version = sys.version_info[:2]
    yield judged(
        "Python",
        f"{PYTHON[0]}.{PYTHON[1]} or newer",
        f"{version[0]}.{version[1]}",
        good=version >= PYTHON,
        advice="make PYTHON=python3.12 setup",
    )
    document = load_yaml(project / "Pulumi.yaml")
    runtime: Any = document["runtime"]
    options: dict[str, Any] = {} if isinstance(runtime, str) else runtime.get("options", {})
    if options.get("toolchain") == "uv":
        yield _executable("uv", "on PATH: Pulumi.yaml asks for it", "export PATH=$PWD/.venv/bin:$PATH")
    environment = project / str(options.get("virtualenv", ".venv"))
    yield judged(
        "the project's environment",
        f"{environment.name}/bin/python",
        "there" if (environment / "bin" / "python").exists() else "missing",
        good=(environment / "bin" / "python").exists(),
        advice="make setup",
    )
    yield _cli(str(document.get("requiredPulumiVersion", "")))
    yield _plugin()


def _executable(name: str, expected: str, advice: str) -> Finding:
    path = shutil.which(name)
    return judged(name, expected, path or "not on PATH", good=path is not None, advice=advice)


def _cli(required: str) -> Finding:
    expected = f"on PATH, {required or 'any version'}"
    path = shutil.which("pulumi")
    advice = "https://www.pulumi.com/docs/install/"
    if path is None:
        return judged("Pulumi CLI", expected, "not on PATH", good=False, advice=advice)
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    said = subprocess.run([path, "version"], capture_output=True, text=True, check=False, env=environment)
    version = said.stdout.strip()
    lowest = re.search(r">=\s*([\d.]+)", required)
    good = bool(version) and (lowest is None or _numbers(version) >= _numbers(lowest.group(1)))
    return judged("Pulumi CLI", expected, version or "does not answer", good=good, advice=advice)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _plugin() -> Finding:
    home = Path(os.environ.get("PULUMI_HOME", "~/.pulumi")).expanduser()
    found = sorted(path.name for path in (home / "plugins").glob("resource-aws-v*") if path.is_dir())
    seen = shutil.which("pulumi-resource-aws") or (found[-1] if found else "")
    expected = "installed, or installed by the CLI at the first preview"
    return Finding("AWS provider plugin", "ok" if seen else "open", expected, seen or "not yet")


def account(settings: "Settings", client: ClientFactory) -> Iterator[Finding]:
    """Look at credentials, account and region, and at what an account may have switched off or limited."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    yield judged(
        "region",
        settings.names.region,
        region or f"not set: the stack's own, {settings.names.region}, is used",
        good=region in (None, settings.names.region),
        advice=f"export AWS_REGION={settings.names.region}",
    )

    def identity() -> Finding:
        who = client("sts").get_caller_identity()
        return judged(
            "account",
            settings.names.account,
            str(who["Account"]),
            good=str(who["Account"]) == settings.names.account,
            advice="sign in to the stack's account, or put this one into the stack's file",
        )

    yield look("account", settings.names.account, identity, "aws sso login, or export AWS_PROFILE")

    def lake_formation() -> Finding:
        known = client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
        defaults: list[Any] = known.get("CreateTableDefaultPermissions") or []
        open_to_iam = any(
            item["Principal"]["DataLakePrincipalIdentifier"] == "IAM_ALLOWED_PRINCIPALS" for item in defaults
        )
        return judged(
            "Lake Formation",
            "new tables are governed by IAM alone",
            "by IAM" if open_to_iam else "by Lake Formation's own grants",
            good=open_to_iam,
            advice="grant crawler and job their permissions in Lake Formation (docs/deploy.md)",
        )

    yield look("Lake Formation", "new tables are governed by IAM alone", lake_formation)

    def tags() -> Finding:
        listed = client("ce").list_cost_allocation_tags(TagKeys=list(TAGS))["CostAllocationTags"]
        active = {item["TagKey"] for item in listed if item["Status"] == "Active"}
        missing = [tag for tag in TAGS if tag not in active]
        return judged(
            "cost-allocation tags",
            f"active: {', '.join(TAGS)}",
            f"not active: {', '.join(missing)}" if missing else "active",
            good=not missing,
            advice="activate them in the paying account: Billing > Cost allocation tags",
        )

    yield look(
        "cost-allocation tags",
        f"active: {', '.join(TAGS)}",
        tags,
        "look in the paying account: Billing > Cost allocation tags",
    )

    def quota() -> Finding:
        pages = client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="glue")
        found = [
            item for page in pages for item in page["Quotas"] if _CONCURRENT in item["QuotaName"].lower()
        ]
        lowest = min((item["Value"] for item in found), default=None)
        if lowest is None:
            return Finding("Glue quota", "open", "two runs at once", f"no quota named {_CONCURRENT}")
        return judged("Glue quota", "two runs at once", f"{lowest:g}", good=lowest > 1)

    yield look("Glue quota", "two runs at once", quota, "Service Quotas > AWS Glue")


def subscriptions(settings: "Settings", client: ClientFactory) -> Finding:
    """Look at whether those who are to be notified have confirmed."""
    what, expected = "subscriptions", f"{len(settings.monitoring.subscribers)}, all confirmed"

    def confirmed() -> Finding:
        topic = settings.names.topic_arn
        listed = client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        waiting = [item["Endpoint"] for item in listed if item["SubscriptionArn"] == "PendingConfirmation"]
        seen = f"{len(listed)}" + (f", waiting: {', '.join(waiting)}" if waiting else "")
        good = len(listed) == len(settings.monitoring.subscribers) and not waiting
        return judged(what, expected, seen, good=good, advice="click the link that AWS sent by e-mail")

    return look(what, expected, confirmed, "deploy the stack first")
