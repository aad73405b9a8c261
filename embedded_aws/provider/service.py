"""The AWS provider of the Pulumi CLI, on the embedded AWS: `pulumi-resource-aws` as a process in Python.

The CLI starts it, reads its port from the first line of its output and talks gRPC to it (Pulumi's
`provider.proto`).  It creates, reads, changes and removes through the handlers that a deployment without the
CLI uses, at `AWS_ENDPOINT_URL`.  `weather local up` and the tests put `executable()` first on PATH.
"""

# ruff: noqa: ARG002, N802 - names and parameters of the methods are the protocol's

import hashlib
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from concurrent import futures
from pathlib import Path
from typing import Any, Final, cast

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from embedded_aws.clients import make
from embedded_aws.provider.handlers import HANDLERS, TAGGABLE
from embedded_aws.provider.handlers.base import Inputs
from embedded_aws.provider.handlers.lifecycle import LIFECYCLES, Lifecycle

VERSION: Final = "7.9999.0"
"""At least what `pulumi-aws` asks for; a provider that is older only makes the CLI warn."""

_KEEP_ALL: Final = -1
_NO_LIMIT: Final = [
    ("grpc.max_receive_message_length", _KEEP_ALL),
    ("grpc.max_send_message_length", _KEEP_ALL),
]
_ASSET: Final = "4dabf18193072939515e22adb298388d"  # Pulumi's wire signature of a special value
_CONTENT: Final = {"path", "text", "uri", "assets", "value"}
_NO_HANDLER: Final = "the embedded AWS has no handler for this type"


def executable(folder: Path) -> Path:
    """Write `pulumi-resource-aws` into a folder and return its path; on PATH, the CLI takes it."""
    path = folder / "pulumi-resource-aws"
    path.write_text(
        f"#!/bin/sh\nexec env PYTHONPATH={':'.join(sys.path[1:] if not sys.path[0] else sys.path)} "
        f'{sys.executable} -P -u -m embedded_aws.provider.service "$@"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


class Place:
    """Where the provider works: what it was configured with, and clients there.

    Attributes:
        region: region of the provider's configuration, else of the environment.
        account: the account it is allowed in, else the embedded AWS's.
        tags: its default tags.
    """

    def __init__(self, endpoint: str) -> None:
        self.region = os.environ.get("AWS_REGION", "us-east-1")
        self.account = ""
        self.tags: dict[str, str] = {}
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """Return a client for whom the environment names, in the configured region."""
        with self._lock:
            key = (service, self.region)
            if key not in self._clients:
                who = os.environ.get("AWS_ACCESS_KEY_ID", "deployer")
                self._clients[key] = make(service, self._endpoint, self.region, who)
            return self._clients[key]

    def configure(self, arguments: Mapping[str, Any]) -> str | None:
        """Take the provider's configuration; return why it is refused, as the real provider refuses it."""
        self.region = arguments.get("region") or self.region
        self.account = str(self.client("sts").get_caller_identity()["Account"])
        allowed: list[str] = _value(arguments.get("allowedAccountIds")) or []
        block: dict[str, dict[str, str]] = _value(arguments.get("defaultTags")) or {}
        self.tags = block.get("tags") or {}
        if allowed and self.account not in allowed:
            return f"AWS account ID not allowed: {self.account}"
        return None


def _value(given: Any) -> Any:
    """Provider inputs that are no text travel as JSON text."""
    return json.loads(given) if isinstance(given, str) and given[:1] in "[{" else given


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Pulumi's provider protocol; the name of each method is the protocol's."""

    def __init__(self, place: Place) -> None:
        self._place = place

    # --- the provider itself ---

    def Handshake(self, request: Any, context: Any) -> Any:
        """Secrets, resources and outputs stay the CLI's business: it marks outputs as it marks inputs."""
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Say which version this stands for."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        """Nothing that previews or deploys asks for the schema."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aws", "version": VERSION}))

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Take the configuration as it is."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """A changed configuration changes the provider; another region replaces everything."""
        old, new = _plain(request.olds), _plain(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        moved = [key for key in changed if key == "region"]
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=moved)

    def Configure(self, request: Any, context: Any) -> Any:
        """Take region, allowed accounts and default tags."""
        refused = self._place.configure(_plain(request.args))
        if refused:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, refused)
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Cancel(self, request: Any, context: Any) -> Any:
        """Every call ends soon by itself."""
        return empty_pb2.Empty()

    def GetMapping(self, request: Any, context: Any) -> Any:
        """There is no mapping from another tool."""
        return provider_pb2.GetMappingResponse()

    # --- resources ---

    def Check(self, request: Any, context: Any) -> Any:
        """Refuse types without a handler; make up names that were not given; merge the default tags."""
        news = _plain(request.news)
        failures: list[Any] = []
        life = LIFECYCLES.get(request.type)
        if life is None or request.type not in HANDLERS:
            failures.append(provider_pb2.CheckFailure(reason=_NO_HANDLER))
        elif life.named_by in ("name", "bucket") and life.named_by not in news:
            news[life.named_by] = _plain(request.olds).get(life.named_by) or _made_up(request)
        if request.type in TAGGABLE:
            news["tags"] = {**self._place.tags, **(news.get("tags") or {})}
            if not news["tags"]:
                del news["tags"]
        return provider_pb2.CheckResponse(inputs=_struct(news), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        """Compare inputs; a name that stays while the rest forces a replacement is freed first."""
        life = _life(request.type, context)
        old, new = _plain(request.old_inputs), _plain(request.news)
        changed = sorted(
            key
            for key in old.keys() | new.keys()
            if old.get(key) != new.get(key) and key not in request.ignoreChanges
        )
        replaced = [key for key in changed if key in life.replaces or life.update is None]
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=replaced,
            deleteBeforeReplace=bool(replaced) and bool(life.named_by) and life.named_by not in changed,
        )

    def Create(self, request: Any, context: Any) -> Any:
        """Create; in a preview say what is known beforehand."""
        inputs = _plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=_struct(_with_all_tags(request.type, inputs)))
        with _reported(context, request.urn):
            resource_id, outputs = HANDLERS[request.type](self._place, _given(request.properties))
            state = {**inputs, **outputs}
            return provider_pb2.CreateResponse(
                id=resource_id, properties=_struct(_with_all_tags(request.type, state))
            )
        return None

    def Read(self, request: Any, context: Any) -> Any:
        """Look; what differs from the inputs is what somebody changed behind Pulumi's back."""
        life = _life(request.type, context)
        inputs, state = _plain(request.inputs), _plain(request.properties)
        with _reported(context, request.urn):
            live = life.read(self._place, request.id, _given(request.inputs))
            if live is None:
                return provider_pb2.ReadResponse()
            given = _given(request.inputs)
            now = inputs | {key: value for key, value in live.items() if value != given.get(key)}
            return provider_pb2.ReadResponse(
                id=request.id, inputs=_struct(now), properties=_struct({**state, **now})
            )
        return None

    def Update(self, request: Any, context: Any) -> Any:
        """Put the inputs in force, in place."""
        life = _life(request.type, context)
        olds, news = _plain(request.olds), _plain(request.news)
        computed = {key: value for key, value in olds.items() if key not in _plain(request.old_inputs)}
        state = _with_all_tags(request.type, {**computed, **news})
        if not request.preview:
            assert life.update is not None  # noqa: S101  Diff replaces what cannot be updated
            with _reported(context, request.urn):
                life.update(self._place, request.id, _given(request.news))
        return provider_pb2.UpdateResponse(properties=_struct(state))

    def Delete(self, request: Any, context: Any) -> Any:
        """Remove; what is gone already is no error."""
        life = _life(request.type, context)
        with _reported(context, request.urn):
            life.delete(self._place, request.id, _given(request.old_inputs))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer the invokes that say where this is."""
        place = self._place
        account = place.account or str(place.client("sts").get_caller_identity()["Account"])
        answers: dict[str, dict[str, str]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": account,
                "arn": f"arn:aws:iam::{account}:role/deployer",
                "userId": "deployer",
                "id": account,
            },
            "aws:index/getRegion:getRegion": {
                "name": place.region,
                "region": place.region,
                "id": place.region,
            },
            "aws:index/getPartition:getPartition": {
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "id": "aws",
            },
        }
        if request.tok not in answers:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the embedded AWS knows no invoke {request.tok}")
        return provider_pb2.InvokeResponse(**cast("Any", {"return": _struct(answers[request.tok])}))


def _made_up(request: Any) -> str:
    """A name as the CLI proposes it, or the logical one with seven digits behind it, as Pulumi makes them."""
    if request.autonaming.proposed_name:
        return str(request.autonaming.proposed_name)
    digits = hashlib.sha256(request.randomSeed or request.urn.encode()).hexdigest()[:7]
    return f"{request.name}-{digits}".lower()


def _life(token: str, context: Any) -> Lifecycle:
    life = LIFECYCLES.get(token)
    if life is None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the embedded AWS has no handler for {token}")
    return cast("Lifecycle", life)


class _reported:  # noqa: N801  a context manager that reads as a word
    """Turn what goes wrong into the error that the CLI shows for the resource."""

    def __init__(self, context: Any, urn: str) -> None:
        self._context = context
        self._urn = urn

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        """End the call with the error's own words."""
        if error is not None and isinstance(error, Exception):
            self._context.abort(grpc.StatusCode.UNKNOWN, f"{type(error).__name__}: {error}")
        return False


def _plain(message: Any) -> Inputs:
    """A struct as the CLI sent it: assets and unknown values in Pulumi's wire form."""
    return json_format.MessageToDict(message)


def _given(message: Any) -> Inputs:
    """A struct as handlers take it: assets as Pulumi's objects, nothing that is null.

    Of an asset in the state only the hash is left; nothing that reads or removes needs more.
    """
    kept = struct_pb2.Struct()
    kept.CopyFrom(message)
    for key, value in _plain(message).items():
        if isinstance(value, dict) and _ASSET in value and not _CONTENT & value.keys():
            del kept.fields[key]
    values = cast("Inputs", rpc.deserialize_properties(kept))
    return {key: value for key, value in values.items() if value is not None and key != "tagsAll"}


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    result = struct_pb2.Struct()
    result.update(json.loads(json.dumps(dict(values), default=str)))
    return result


def _with_all_tags(token: str, state: Inputs) -> Inputs:
    return {**state, "tagsAll": state.get("tags") or {}} if token in TAGGABLE else state


def serve(endpoint: str) -> None:
    """Serve until the CLI ends the process; the port goes to standard output, before anything else."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=_NO_LIMIT)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(Place(endpoint)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    ended.wait()
    server.stop(1).wait()


def main() -> int:
    """Serve at the endpoint of the environment."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        print("AWS_ENDPOINT_URL must say where the embedded AWS is", file=sys.stderr)
        return 1
    serve(endpoint)
    return 0


if __name__ == "__main__":
    sys.exit(main())
