"""Reading, seeding and resetting moto's backends; no patches."""

# moto's interpreter has no types worth the name, and what is replaced here is private by definition.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportCallIssue=false, reportArgumentType=false

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import moto.stepfunctions.parser.utils as sfn_utils
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends


def seed_objects(account: str, bucket: str, objects: Iterable[tuple[str, bytes, datetime]]) -> int:
    """Put objects straight into moto's S3 backend, with their LastModified; return how many."""
    backend = s3_backends[account]["aws"]
    count = 0
    for key, body, modified in objects:
        stored = backend.put_object(bucket, key, body, disable_notification=True)
        stored.last_modified = modified.astimezone(UTC).replace(tzinfo=None)
        count += 1
    return count


def published(account: str, region: str) -> list[tuple[str, str | None, str]]:
    """Topic ARN, subject and message of everything published, topic by topic."""
    topics = sns_backends[account][region].topics
    return [
        (arn, sent[2], sent[1]) for arn, topic in topics.items() for sent in list(topic.sent_notifications)
    ]


def rules(account: str, region: str) -> list[Any]:
    """Every EventBridge rule."""
    buses = events_backends[account][region].event_buses
    return [rule for bus in buses.values() for rule in bus.rules.values()]


def wait_announced(account: str, region: str, execution_arn: str, timeout: float = 10.0) -> None:
    """Wait until the events and metrics of an execution's end are out; they follow its status."""
    for machine in list(stepfunctions_parser_backends[account][region].state_machines):
        for execution in list(machine.executions):
            announced: threading.Event | None = getattr(execution, "embedded_announced", None)
            if execution.execution_arn == execution_arn and announced is not None:
                announced.wait(timeout)


def stop_executions(account: str, region: str, now: datetime) -> None:
    """Stop every running execution and wait for the threads of the interpreter."""
    for machine in list(stepfunctions_parser_backends[account][region].state_machines):
        for execution in list(machine.executions):
            if execution.status == "RUNNING":
                execution.stop(now, "Closed", "the embedded AWS was closed")
    for thread in list(sfn_utils.TMP_THREADS):
        if thread.is_alive():
            thread.join(timeout=10)
    sfn_utils.TMP_THREADS.clear()


def reset() -> None:
    """Forget everything in moto's backends."""
    BackendDict.reset()
    reset_model_data()


def redefine(account: str, region: str, kind: str, name: str, create: Callable[[], object]) -> None:
    """Replace a Glue job or crawler by a new definition of it, keeping what has run; moto has no update.

    Args:
        account: account id.
        region: region.
        kind: `jobs` or `crawlers`.
        name: its name.
        create: calls CreateJob or CreateCrawler with the new definition.
    """
    known: dict[str, Any] = getattr(glue_backends[account][region], kind)
    old = known.pop(name)
    try:
        create()
    except BaseException:
        known[name] = old
        raise
    runs = {"jobs": "job_runs", "crawlers": "crawls"}[kind]
    setattr(known[name], runs, getattr(old, runs))


def role_policies(account: str, arn: str) -> list[dict[str, Any]] | None:
    """Return the policy documents of a role, or None where there is no such role."""
    role = next((item for item in iam_backends[account]["aws"].roles.values() if item.arn == arn), None)
    if role is None:
        return None
    attached = [
        version.document
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.version_id == policy.default_version_id
    ]
    return [json.loads(document) for document in (*role.policies.values(), *attached)]


def key_policy(account: str, region: str, service: str, arn: str) -> dict[str, Any] | None:
    """Return the policy of the customer's key that encrypts a topic or queue, or None where none does."""
    name = arn.rsplit(":", 1)[-1]
    if service == "sns":
        topic = sns_backends[account][region].topics.get(arn)
        key = topic.kms_master_key_id if topic else ""
    else:
        queue = sqs_backends[account][region].queues.get(name)
        key = getattr(queue, "kms_master_key_id", "") if queue else ""
    keys = kms_backends[account][region]
    if not key or str(key).startswith("alias/aws/"):
        return None
    key_id = keys.get_key_id_from_alias(key) or keys.get_key_id(key)
    return json.loads(keys.keys[key_id].policy) if key_id in keys.keys else None


def missing_bucket(account: str, targets: Mapping[str, Any]) -> str | None:
    """Return the first bucket of a crawler's targets that is not there."""
    paths = [str(target.get("Path", "")) for target in targets.get("S3Targets") or []]
    names = [path.removeprefix("s3://").partition("/")[0] for path in paths]
    return next((name for name in names if name not in s3_backends[account]["aws"].buckets), None)
