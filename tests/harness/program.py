"""Run the Pulumi program without the CLI, under mocks that refuse what they do not know, and record it.

``run_program("dev")`` gives what the program registers and exports for a stack file, as an update or as a
preview in which computed outputs are unknown, as they are before a first deployment.
"""

import asyncio
import json
import runpy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import mocks, rpc
from pulumi.runtime import settings as runtime_settings

import stack_files

ROOT = Path(__file__).parent.parent.parent
STACKS = ("dev", "staging", "prod", "local")

UNKNOWN = rpc.UNKNOWN
"""What an unknown value looks like on the wire."""


@dataclass(frozen=True)
class Registration:
    """One resource as the engine would get it.

    Attributes:
        urn: URN of the mock monitor; grandparents are missing from it, so compare names and types instead.
        type, name: token and logical name.
        inputs: properties as plain values; secrets unwrapped, unknowns as ``UNKNOWN``, assets as objects.
        request: the ``RegisterResourceRequest``: provider, parent, protect, dependencies.
        outputs: the state the mocks returned, as a protobuf struct.
    """

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    request: Any
    outputs: Any

    @property
    def parent(self) -> str:
        """Logical name of the parent."""
        return self.request.parent.rsplit("::", 1)[-1]


@dataclass
class Recording:
    """What a program registered, in order, and what it exported."""

    registrations: list[Registration] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[Registration]:
        """Return the resources of a type, such as ``aws:glue/job:Job``."""
        return [r for r in self.registrations if r.type == type_]

    def one(self, type_: str, name: str | None = None) -> Registration:
        """Return the only resource of a type, or the one of that logical name."""
        found = [r for r in self.of_type(type_) if name in (None, r.name)]
        assert len(found) == 1, f"{len(found)} resources {type_} {name or ''}: {[r.name for r in found]}"
        return found[0]

    def children(self, parent: str) -> dict[str, str]:
        """Return name to type of the resources directly under a component."""
        return {r.name: r.type for r in self.registrations if r.parent == parent}


class StrictMocks(mocks.Mocks):
    """Mocks that return what AWS would compute for the types in use, and refuse invokes.

    In a preview they return the inputs alone: everything computed stays unknown.
    """

    def __init__(self, preview: bool, account: str, region: str) -> None:
        self.preview = preview
        self.account = account
        self.region = region

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Return id and state of a resource."""
        if self.preview or not args.custom:
            return None, dict(args.inputs)
        return f"{args.name}-id", {**args.inputs, **self._computed(args)}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        """Refuse: the program must not need the network."""
        raise AssertionError(f"unexpected invoke {args.token}")

    def _computed(self, args: mocks.MockResourceArgs) -> dict[str, Any]:
        name = str(args.inputs.get("name", args.name))
        arns = {
            "aws:s3/bucket:Bucket": lambda: f"arn:aws:s3:::{args.inputs['bucket']}",
            "aws:iam/role:Role": lambda: f"arn:aws:iam::{self.account}:role/{name}",
            "aws:iam/policy:Policy": lambda: f"arn:aws:iam::{self.account}:policy/{name}",
            "aws:glue/catalogDatabase:CatalogDatabase": lambda: self._arn("glue", f"database/{name}"),
            "aws:glue/crawler:Crawler": lambda: self._arn("glue", f"crawler/{name}"),
            "aws:glue/job:Job": lambda: self._arn("glue", f"job/{name}"),
            "aws:sfn/stateMachine:StateMachine": lambda: self._arn("states", f"stateMachine:{name}"),
            "aws:cloudwatch/eventRule:EventRule": lambda: self._arn("events", f"rule/{name}"),
            "aws:cloudwatch/logGroup:LogGroup": lambda: self._arn("logs", f"log-group:{name}"),
            "aws:sns/topic:Topic": lambda: self._arn("sns", name),
            "aws:sqs/queue:Queue": lambda: self._arn("sqs", name),
            "aws:kms/key:Key": lambda: self._arn("kms", "key/00000000-0000-0000-0000-000000000000"),
        }
        computed: dict[str, Any] = {}
        if args.typ in arns:
            computed["arn"] = arns[args.typ]()
        if args.typ == "aws:sqs/queue:Queue":
            computed["url"] = f"https://sqs.{self.region}.amazonaws.com/{self.account}/{name}"
        if args.typ == "aws:kms/key:Key":
            computed["keyId"] = "00000000-0000-0000-0000-000000000000"
        return computed

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


class RecordingMonitor(mocks.MockMonitor):
    """A mock monitor that keeps every registration and refuses a second one of the same URN."""

    def __init__(self, strict: mocks.Mocks) -> None:
        super().__init__(strict)
        self.recorded: list[Registration] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name is the protocol's
        """Register and record a resource."""
        response = super().RegisterResource(request)
        assert response.urn not in {r.urn for r in self.recorded}, f"duplicate URN {response.urn}"
        inputs = plain(rpc.deserialize_properties(request.object, keep_unknowns=True))
        self.recorded.append(
            Registration(response.urn, request.type, request.name, inputs, request, response.object)
        )
        return response


def plain(value: Any) -> Any:
    """Return a deserialised value without secret envelopes; unknowns become ``UNKNOWN``."""
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def load_yaml(name: str) -> dict[str, Any]:
    """Return a parsed YAML file of the project's root."""
    return stack_files.load_yaml(ROOT / name)


PROJECT = str(load_yaml("Pulumi.yaml")["name"])
"""Name of the Pulumi project; whoever starts from this repository may give it another."""


def config_of(stack: str, overrides: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the configuration of a stack as the CLI hands it over.

    Args:
        stack: name of the stack file.
        overrides: settings in place of the file's, without the namespace; None removes one.
    """
    # Settings of the tests' own: whoever edits the stack files must not break a test.
    document = load_yaml(f"tests/fixtures/stacks/Pulumi.{stack}.yaml")
    for key, value in (overrides or {}).items():
        document["config"].pop(key, None)
        if value is not None:
            document["config"][key] = value
    return stack_files.stack_config(load_yaml("Pulumi.yaml"), document)


def own_project(folder: Path) -> Path:
    """Make a folder that runs the real program over the fixtures' stack files; return it."""
    for name in (ROOT / "Pulumi.yaml", *(ROOT / "tests/fixtures/stacks").glob("Pulumi.*.yaml")):
        (folder / name.name).write_bytes(name.read_bytes())
    program = f"import runpy\n\nrunpy.run_path({str(ROOT / '__main__.py')!r})\n"
    (folder / "__main__.py").write_text(program, encoding="utf-8")
    return folder


def run_program(stack: str, preview: bool = False, overrides: Mapping[str, Any] | None = None) -> Recording:
    """Run the unmodified program for a stack and return what it registered.

    Args:
        stack: name of the stack file.
        preview: whether computed values are unknown.
        overrides: settings in place of the file's, without the namespace.
    """
    config = config_of(stack, overrides)
    return record(lambda: runpy.run_path(str(ROOT / "__main__.py")), config, stack, preview)


def record(
    program: Any,
    config: Mapping[str, str],
    stack: str = "test",
    preview: bool = False,
    project: str = PROJECT,
) -> Recording:
    """Run any program, a callable that creates resources, under strict mocks; return what it registered."""
    with _event_loop():
        return _record(program, config, stack, preview, project)


def _record(program: Any, config: Mapping[str, str], stack: str, preview: bool, project: str) -> Recording:
    runtime_settings.set_root_resource(None)  # set_mocks would keep the stack of an earlier program
    strict = StrictMocks(
        preview,
        config.get(f"{project}:account", "123456789012"),
        config.get(f"{project}:region", "ap-southeast-1"),
    )
    monitor = RecordingMonitor(strict)
    pulumi.runtime.set_mocks(strict, project=project, stack=stack, preview=preview, monitor=monitor)
    pulumi.runtime.set_all_config(dict(config))
    recording = Recording(monitor.recorded)

    @pulumi.runtime.test
    def run() -> Any:
        program()
        root = pulumi.runtime.get_root_resource()
        exports = dict(root.outputs) if root else {}

        async def resolve() -> None:
            for name, value in exports.items():
                output = pulumi.Output.from_input(value)
                recording.exports[name] = await output.future() if await output.is_known() else UNKNOWN

        return pulumi.Output.from_input(resolve())

    run()
    return recording


@contextmanager
def _event_loop() -> Iterator[None]:
    """Give the program an event loop of its own, and end it with what the program left behind.

    A program that fails leaves futures whose exceptions nobody asks for.  asyncio would log each one when it
    is collected, at any later time; the error itself was raised already, so here they are dropped.
    """
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        asyncio.set_event_loop(None)


def policy_of(registration: Registration, key: str = "policy") -> dict[str, Any]:
    """Return a policy document of a resource."""
    return json.loads(registration.inputs[key])
