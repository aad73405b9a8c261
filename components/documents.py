"""Writes what is generated from the program, so that it can be read without running it and cannot drift.

The config block of Pulumi.yaml, the settings, the exports, the permissions and the two state machines.
``make docs`` rewrites the files; a test fails when one differs from the program.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from components import catalog, iam, orchestration, workflow
from components.glue_logs import glue_log_groups
from components.naming import Names
from components.settings import KEYS, REFUSED_KEYS, Key, LakeSettings

ROOT = Path(__file__).parent.parent

_NAMES = Names("SUFFIX", "ACCOUNT", "REGION")  # stand for a stack's own

EXPORTS = {
    "environment": "environment class of the stack",
    "account_id": "AWS account",
    "region": "AWS region",
    "data_lake_bucket": "bucket of the raw messages, adopted or created",
    "raw_prefix": "key prefix above the site folders, ending in `/`",
    "processed_bucket": "bucket of datasets, run records, quarantine and error records",
    "artifacts_bucket": "bucket of script, package, configuration and temporary files",
    "database_name": "catalogue database",
    "raw_table": "table the crawler keeps",
    "crawler_name": "crawler",
    "job_name": "Glue job",
    "script_key": "key of the job's script, with its content hash",
    "package_key": "key of the job's package, with its content hash",
    "state_machine_arn": "state machine of the weekly run",
    "watchdog_state_machine_arn": "state machine that looks for the run that did not happen",
    "schedule_rule": "rule that starts the weekly run",
    "schedule_expression": "its cron expression, in UTC",
    "schedule_dlq_url": "queue of events that could not be delivered",
    "notification_topic_arn": "topic of all messages",
    "kms_key_arn": "key of the stack's own; empty where it has none. Writers to the raw bucket need "
    "`kms:GenerateDataKey` on it, readers of the datasets `kms:Decrypt`",
}
"""The stack's exports and what they mean; a test holds the program against this table."""

_PERMISSIONS = """\
One role per service and job, each trusted by one AWS service for this account only (and, where the service
sends it, for one resource only). With a key of the stack's own every role but those of the schedules may also
use that key, by its alias. An adopted lake with a key of its own adds `kms:Decrypt` on that key to crawler
and job.

Tests evaluate these documents: every call recorded in the embedded runs is allowed, what AWS documents for
the real services is allowed, a list of calls nobody makes is denied, and each statement is needed.
"""

_CONFIG_MARK = "# The block below is generated"

_README_START = "<!-- settings: make docs -->"
_README_END = "<!-- /settings -->"


def config_block(keys: Iterable[Key] = KEYS.values(), module: str = "components/settings") -> str:
    """Return the typed config block of a Pulumi.yaml, made from the settings of a module."""
    block = {key.name: _declaration(key) for key in keys}
    return f"{_CONFIG_MARK} from {module} (make docs).\n" + yaml.safe_dump(
        {"config": block}, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
    )


def _declaration(key: Key) -> dict[str, Any]:
    declaration: dict[str, Any] = {"type": key.type}
    if key.items:
        declaration["items"] = {"type": key.items}
    declaration["description"] = f"{key.description} Accepted: {key.limit}."
    if key.default is not None:
        declaration["default"] = key.default
    return declaration


def settings_table() -> str:
    """Return docs/settings.md: every setting with type, default, limit and the limit's source."""
    rows = "\n".join(
        f"| `{key.name}` | {key.type} | {_default(key)} | {_cell(key.description)} | {_cell(key.limit)} | "
        f"{_cell(key.source)} |"
        for key in KEYS.values()
    )
    refused = "\n".join(f"- `{name}`: {reason}." for name, reason in REFUSED_KEYS.items())
    return (
        "# Settings\n\n"
        "<!-- Generated from components/settings: make docs -->\n\n"
        "Keys in `Pulumi.<stack>.yaml`, in the namespace of the project, which is its name in `Pulumi.yaml`: "
        "a key without\na namespace is the project's, and `pulumi config set KEY VALUE` puts it there. All "
        "problems of a stack's settings are\nreported at once, before anything is created.\n\n"
        "| key | type | default | meaning | accepted | because |\n"
        "|---|---|---|---|---|---|\n"
        f"{rows}\n\n"
        "Not offered:\n\n"
        f"{refused}\n\n"
        'Beside these, each stack file sets `pulumi:disable-default-providers: ["aws"]`: a resource that the '
        "explicit provider\ndoes not reach fails instead of being created without tags in whatever account "
        "the environment names.\n"
    )


def _default(key: Key) -> str:
    if key.default is None:
        return "**required**"
    if key.default == "":
        return "(empty)"
    return f"`{key.default if isinstance(key.default, str) else json.dumps(key.default)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def exports_table() -> str:
    """Return docs/exports.md: what the stack exports."""
    rows = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in EXPORTS.items())
    return (
        "# Exports\n\n"
        "<!-- Generated from components/documents.py: make docs -->\n\n"
        "What `pulumi stack output` shows and the `weather` command reads.\n\n"
        f"| name | meaning |\n|---|---|\n{rows}\n"
    )


def permissions() -> str:
    """Return docs/permissions.md: what each role may do, and why a statement names every resource."""
    lake = LakeSettings()
    tables = tuple(catalog.load_tables())
    roles = {
        "crawler": iam.crawler_role(_NAMES, lake),
        "job": iam.job_role(_NAMES, lake, tables),
        "workflow": iam.workflow_role(_NAMES),
        "watchdog": iam.watchdog_role(_NAMES),
        "schedule": iam.start_role(_NAMES.pipeline_arn),
        "watchdog-schedule": iam.start_role(_NAMES.watchdog_arn),
    }
    sections = "\n".join(_role_section(role, statements) for role, statements in roles.items())
    reasons = "\n".join(f"| `{sid}` | {reason} |" for sid, reason in iam.WILDCARD_REASONS.items())
    return (
        "# Permissions\n\n"
        "<!-- Generated from components/iam.py: make docs -->\n\n"
        f"{_PERMISSIONS}\n"
        f"{sections}\n"
        "## Why a statement may name everything\n\n"
        f"| statement | reason |\n|---|---|\n{reasons}\n\n"
        f"{_glue_logs()}"
    )


def _glue_logs() -> str:
    groups = glue_log_groups(_NAMES)
    return (
        "## Where Glue writes its logs\n\n"
        f"The job writes to the stack's own groups, {_listed_in_line(groups.job)}.\n\n"
        f"The crawler writes to {_listed_in_line(groups.crawler)}.\n"
        "The first is shared by the account, the second is made by Glue where there is a security "
        "configuration.\nBoth stay when the stack goes, and their retention is yours to set.\n"
    )


def _listed_in_line(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _role_section(role: str, statements: Sequence[iam.Statement | None]) -> str:
    rows = "\n".join(
        f"| {statement['Sid']} | {_listed(statement['Action'])} | {_listed(statement['Resource'])} | "
        f"{_condition(statement)} |"
        for statement in statements
        if statement is not None
    )
    return (
        f"## `{_NAMES.thing(role)}`\n\n"
        f"| statement | actions | resources | only if |\n|---|---|---|---|\n{rows}\n"
    )


def _listed(value: str | list[str]) -> str:
    return "<br>".join(f"`{item}`" for item in ([value] if isinstance(value, str) else value))


def _condition(statement: iam.Statement) -> str:
    condition = statement.get("Condition")
    return f"`{json.dumps(condition)}`" if condition else ""


def state_machines() -> dict[str, str]:
    """Return the two state machines with default settings, by file name; linters can read them."""
    targets = orchestration.targets_of(_NAMES)
    machines = {
        "pipeline.json": workflow.pipeline(targets, workflow.Timing()),
        "watchdog.json": workflow.watchdog(targets, KEYS["watchdogDelayHours"].default),
    }
    return {name: json.dumps(machine, indent=2) + "\n" for name, machine in machines.items()}


def project_file(current: str, block: str) -> str:
    """Return a Pulumi.yaml with its config block renewed; what stands before it is kept."""
    return current.partition(_CONFIG_MARK)[0] + block


def readme(current: str) -> str:
    """Return README.md with its table of settings renewed; the rest is kept."""
    rows = "\n".join(
        f"| `{key.name}` | {_default(key)} | {_cell(key.description)} |" for key in KEYS.values()
    )
    before, _, rest = current.partition(_README_START)
    _, end, after = rest.partition(_README_END)
    return f"{before}{_README_START}\n| key | default | meaning |\n|---|---|---|\n{rows}\n{end}{after}"


def files() -> dict[str, str]:
    """Return the content of every generated file by its path below the project's root."""
    current = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")
    return {
        "Pulumi.yaml": project_file(current, config_block()),
        "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8")),
        "docs/settings.md": settings_table(),
        "docs/exports.md": exports_table(),
        "docs/permissions.md": permissions(),
        **{f"docs/state-machines/{name}": text for name, text in state_machines().items()},
    }


def main() -> None:
    """Rewrite the generated files."""
    for path, text in files().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
