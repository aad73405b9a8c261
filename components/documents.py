"""Writes what is generated from the settings: config block of Pulumi.yaml, docs/settings.md, docs/exports.md.

``python -m components.documents`` rewrites the three files; a test fails when they differ from this module.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from components.naming import PROJECT
from components.settings import KEYS, REFUSED_KEYS, Key

ROOT = Path(__file__).parent.parent

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
}
"""The stack's exports and what they mean; a test holds the program against this table."""

_CONFIG_START = (
    "# The block below is generated from components/settings.py (python -m components.documents).\n"
)


def config_block() -> str:
    """Return the typed config block of Pulumi.yaml."""
    block = {key.name: _declaration(key) for key in KEYS.values()}
    return _CONFIG_START + yaml.safe_dump(
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
        "<!-- Generated from components/settings.py: python -m components.documents -->\n\n"
        f"Keys of the namespace `{PROJECT}` in `Pulumi.<stack>.yaml`. All problems of a stack's settings are "
        "reported at once,\nbefore anything is created.\n\n"
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
        "<!-- Generated from components/documents.py: python -m components.documents -->\n\n"
        "What `pulumi stack output` shows and the `weather` command reads.\n\n"
        f"| name | meaning |\n|---|---|\n{rows}\n"
    )


def project_file(current: str) -> str:
    """Return Pulumi.yaml with its config block renewed; what stands before it is kept."""
    return current.split(_CONFIG_START)[0] + config_block()


def main() -> None:
    """Rewrite the generated files."""
    project = ROOT / "Pulumi.yaml"
    project.write_text(project_file(project.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "docs" / "settings.md").write_text(settings_table(), encoding="utf-8")
    (ROOT / "docs" / "exports.md").write_text(exports_table(), encoding="utf-8")


if __name__ == "__main__":
    main()
