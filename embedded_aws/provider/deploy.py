"""Run an unmodified Pulumi program so that every resource is created in the embedded AWS."""

import asyncio
import json
import runpy
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import run_pulumi_func

from embedded_aws.provider.handlers import HANDLERS, TAGGABLE, Cloud
from embedded_aws.records import Deployed
from stack_files import load_yaml, read_stack

_SECRET_KEY = "4dabf18193072939515e22adb298388d"  # noqa: S105 - Pulumi's wire signature of a special value
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - ... and of a secret
_TIMEOUT = 120  # seconds; a program that registers for longer hangs


class DeployError(Exception):
    """The program could not be deployed; the text names every resource that failed."""


def configuration(root: Path, stack: str, overrides: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the flat configuration that the Pulumi CLI would hand to the program of `root`.

    Args:
        root: folder with Pulumi.yaml.
        stack: stack name; its file must exist.
        overrides: settings in place of the stack file's, each of the type it has there.

    Raises:
        DeployError: no file for the stack, or settings that the CLI would refuse.
    """
    stack_file = root / f"Pulumi.{stack}.yaml"
    if not stack_file.exists():
        raise DeployError(f"no stack '{stack}': {stack_file.name} does not exist")
    project = load_yaml(root / "Pulumi.yaml")
    declared: dict[str, Any] = project.get("config") or {}
    if misspelt := [
        key for key in overrides or {} if key.removeprefix(f"{project['name']}:") not in declared
    ]:
        raise DeployError(f"{project['name']}:{misspelt[0]} is not declared in Pulumi.yaml")
    try:
        return read_stack(root, stack, overrides)
    except ValueError as error:
        raise DeployError(str(error)) from error


def project_name(root: Path) -> str:
    """Return the project's name, which is the namespace of its settings."""
    return str(load_yaml(root / "Pulumi.yaml")["name"])


def deploy(
    cloud: Cloud, root: Path, stack: str, config: Mapping[str, str]
) -> tuple[dict[str, Any], list[Deployed]]:
    """Run `root/__main__.py` once and return its exports and what it created.

    Args:
        cloud: where to create.
        root: folder with Pulumi.yaml and __main__.py.
        stack: stack name, as `pulumi.get_stack()` gives it.
        config: what `configuration` returned.

    Raises:
        DeployError: resources that could not be created, each with type, name and reason; or the program's
            own failure.
    """
    creator = _Creator(cloud)
    name = project_name(root)

    async def program() -> None:
        path = list(sys.path)
        sys.path.insert(0, str(root))
        try:
            runpy.run_path(str(root / "__main__.py"), run_name="__main__")
        finally:
            sys.path[:] = path

    async def run() -> dict[str, Any]:
        mocks.set_mocks(creator, project=name, stack=stack, preview=False)  # hangs if no loop runs before
        pulumi.runtime.set_all_config(dict(config), [])
        await asyncio.wait_for(run_pulumi_func(program), _TIMEOUT)
        return await _exports()

    _forget()
    try:
        # The runner makes Ctrl-C the end of its task; Pulumi may swallow one that is raised in its own code.
        with asyncio.Runner() as runner:
            exports = runner.run(run())
    except Exception as error:
        raise DeployError(_report([*creator.errors, *_own(error, creator.errors)])) from error
    finally:
        _forget()
    if creator.errors:
        raise DeployError(_report(creator.errors))
    return exports, creator.created


def _forget() -> None:
    """Drop what Pulumi keeps of an earlier program: exports, and the unfinished work of one that failed."""
    state = cast("Any", settings.SETTINGS)
    settings.set_root_resource(cast("Any", None))
    state.outputs.clear()
    state.rpc_manager.clear()


class _Creator(mocks.Mocks):
    """Pulumi's mocks, except that every resource really is created."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.created: list[Deployed] = []
        self.errors: list[str] = []
        self._default_tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Answer the invokes that need no API; any other is an error that names it."""
        cloud = self.cloud
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": cloud.account,
                "arn": f"arn:aws:iam::{cloud.account}:role/deployer",
                "userId": "deployer",
                "id": cloud.account,
            },
            "aws:index/getRegion:getRegion": {
                "name": cloud.region,
                "region": cloud.region,
                "id": cloud.region,
            },
            "aws:index/getPartition:getPartition": {
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "id": "aws",
            },
        }
        if args.token not in answers:
            raise NotImplementedError(f"the embedded AWS knows no invoke {args.token}")
        return answers[args.token]

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Create one resource; a failure is kept for the report and does not hide the others."""
        inputs = cast("dict[str, Any]", _plain(cast("Any", args).inputs))
        if args.typ.startswith("pulumi:providers:"):
            self._default_tags[args.name] = _default_tags(inputs)
            return args.name, inputs
        if not args.custom:
            return "", inputs
        if args.resource_id:  # Thing.get(...): it exists outside of this program
            return args.resource_id, inputs
        started = time.perf_counter()
        try:
            handler = HANDLERS.get(args.typ, _unknown)
            if args.typ in TAGGABLE:
                own: dict[str, str] = inputs.get("tags") or {}
                inputs["tags"] = {**self._default_tags.get(_provider_name(args.provider or ""), {}), **own}
            given = {key: value for key, value in inputs.items() if value is not None and key != "tagsAll"}
            resource_id, outputs = handler(self.cloud, given)
        except Exception as error:  # the report must name every resource that failed
            with self._lock:
                self.errors.append(f"{args.typ} '{args.name}': {_reason(error)}")
            return f"{args.name}-failed", inputs
        with self._lock:
            self.created.append(Deployed(args.typ, args.name, resource_id, time.perf_counter() - started))
        return resource_id, {**inputs, "tagsAll": inputs.get("tags"), **outputs}


def _unknown(_cloud: Cloud, _inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    raise NotImplementedError("the embedded AWS has no handler for this type")


async def _exports() -> dict[str, Any]:
    root = cast("Any", settings.get_root_resource())
    return {key: await pulumi.Output.from_input(value).future() for key, value in root.outputs.items()}


def _report(errors: list[str]) -> str:
    return f"{len(errors)} error(s) while deploying:\n" + "\n".join(f"  {error}" for error in errors)


def _own(error: Exception, known: list[str]) -> list[str]:
    """The program's own failure, unless it only repeats a resource's."""
    text = _reason(error)
    return [] if any(text in item for item in known) else [f"the program failed: {text}"]


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"still registering after {_TIMEOUT} s"
    return f"{type(error).__name__}: {error}"


def _plain(value: Any) -> Any:
    """Unwrap secrets; assets stay what they are."""
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        if mapping.get(_SECRET_KEY) == _SECRET:
            return _plain(mapping["value"])
        return {key: _plain(item) for key, item in mapping.items()}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    return value


def _default_tags(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Provider inputs that are objects travel as JSON text."""
    given: Any = inputs.get("defaultTags")
    block: dict[str, dict[str, str]] = (json.loads(given) if isinstance(given, str) else given) or {}
    return block.get("tags") or {}


def _provider_name(reference: str) -> str:
    """`urn:pulumi:...::pulumi:providers:aws::NAME::ID` -> NAME."""
    parts = reference.split("::")
    return parts[-2] if len(parts) > 1 else ""
