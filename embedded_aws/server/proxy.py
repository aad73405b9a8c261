"""The proxy in front of moto's server: it records every call, injects faults and answers what moto lacks."""

import io
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from botocore.parsers import BaseCBORParser

from embedded_aws.faults import ApiFault, Faults
from embedded_aws.records import ApiCall

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Any]
Application: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]
Answer: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_IAM_PREFIX = {"monitoring": "cloudwatch"}
_XML_SERVICES = {"sns", "iam", "sts"}

# Which parameter of a JSON or query call names its resource, and the end of the ARN it makes.
_RESOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "glue": (
        ("TableInput.Name", "table/{DatabaseName}/{value}"),
        ("TableName", "table/{DatabaseName}/{value}"),
        ("DatabaseInput.Name", "database/{value}"),
        ("DatabaseName", "database/{value}"),
        ("JobName", "job/{value}"),
    ),
    "states": (
        ("stateMachineArn", "{value}"),
        ("executionArn", "{value}"),
        ("name", "stateMachine:{value}"),
    ),
    "sns": (("TopicArn", "{value}"), ("TargetArn", "{value}"), ("Name", "{value}")),
    "logs": (("logGroupName", "log-group:{value}"), ("resourceArn", "{value}")),
    "events": (("Rule", "rule/{value}"), ("Name", "rule/{value}")),
    "kms": (("AliasName", "{value}"), ("KeyId", "key/{value}")),
    "sqs": (("QueueName", "{value}"),),
    "cloudwatch": (
        ("AlarmName", "alarm:{value}"),
        ("AlarmNames.0", "alarm:{value}"),
        ("DashboardName", "arn:aws:cloudwatch::{account}:dashboard/{value}"),
        ("DashboardNames.0", "arn:aws:cloudwatch::{account}:dashboard/{value}"),
    ),
    "budgets": (
        ("Budget.BudgetName", "arn:aws:budgets::{account}:budget/{value}"),
        ("BudgetName", "arn:aws:budgets::{account}:budget/{value}"),
    ),
    "iam": (
        ("RoleName", "arn:aws:iam::{account}:role/{value}"),
        ("PolicyArn", "{value}"),
        ("PolicyName", "arn:aws:iam::{account}:policy/{value}"),
        ("OpenIDConnectProviderArn", "{value}"),
    ),
}
_KEPT_TEXT = 256
_NOT_FOUND = 404
_GLUE_NAMED = {"Crawler": "crawler", "Job": "job", "Database": "database"}
_S3_ACTIONS = {
    ("GET", "object"): "GetObject",
    ("HEAD", "object"): "HeadObject",
    ("PUT", "object"): "PutObject",
    ("POST", "object"): "PutObject",
    ("DELETE", "object"): "DeleteObject",
    ("GET", "bucket"): "ListObjectsV2",
    ("HEAD", "bucket"): "HeadBucket",
    ("PUT", "bucket"): "CreateBucket",
    ("DELETE", "bucket"): "DeleteBucket",
    ("GET", "service"): "ListBuckets",
}
_S3_SUBRESOURCES = {
    "policy": "BucketPolicy",
    "versioning": "BucketVersioning",
    "encryption": "BucketEncryption",
    "lifecycle": "BucketLifecycleConfiguration",
    "publicAccessBlock": "PublicAccessBlock",
    "ownershipControls": "BucketOwnershipControls",
    "logging": "BucketLogging",
    "notification": "BucketNotificationConfiguration",
    "location": "BucketLocation",
    "tagging": "Tagging",
    "acl": "Acl",
}


class Proxy:
    """WSGI application around moto's.

    Attributes:
        calls: every call seen, oldest first.
        answers: (service, operation) of calls that are answered here, not by moto.
        refuse: says of a call with which error it is refused, or None.
        hides: says of a read that finds nothing whether the caller may not know that.
    """

    def __init__(self, inner: Application, faults: Faults, account: str, region: str) -> None:
        self.calls: list[ApiCall] = []
        self.answers: dict[tuple[str, str], Answer] = {}
        self.refuse: Callable[[ApiCall], ApiFault | None] = lambda _call: None
        self.hides: Callable[[ApiCall], bool] = lambda _call: False
        self._inner = inner
        self._faults = faults
        self._account = account
        self._region = region
        self._principals: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._lock = threading.Lock()

    def key_of(self, principal: str) -> str:
        """Return the access key id that stands for a principal (a role ARN or `deployer`)."""
        with self._lock:
            if principal not in self._keys:
                key = f"ASIA{uuid.uuid5(uuid.NAMESPACE_URL, principal).hex[:16].upper()}"
                self._keys[principal] = key
                self._principals[key] = principal
            return self._keys[principal]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        call, body = self._describe(environ)
        fault = self._faults.take_api(call.service, call.operation, call.resource)
        if fault is not None:
            return self._answer(start_response, call, fault.status, *_error(call.service, fault))
        answer = self.answers.get((call.service, call.operation))
        if answer is not None:
            content = json.dumps(answer(body)).encode()
            return self._answer(start_response, call, 200, "application/x-amz-json-1.1", content)

        refused = self.refuse(call)
        if refused is not None:
            return self._answer(start_response, call, refused.status, *_error(call.service, refused))

        def recording(status: str, headers: Any, exc_info: Any = None) -> Any:
            self._record(call, int(status.split(maxsplit=1)[0]))
            return start_response(status, headers, exc_info)

        try:
            if call.service == "s3" and call.operation in ("GetObject", "HeadObject"):
                return self._read(environ, start_response, call)
            return self._inner(environ, recording)
        except Exception as error:  # a defect of moto's; the caller shall read which
            crash = ApiFault(
                call.service, call.operation, "InternalFailure", f"{type(error).__name__}: {error}"
            )
            return self._answer(start_response, call, 500, *_error(call.service, crash))

    def _read(self, environ: Environ, start_response: StartResponse, call: ApiCall) -> Iterable[bytes]:
        """Read an object; one that is not there is "Access Denied" to whoever may not list."""
        started: list[Any] = []
        body = self._inner(environ, lambda *arguments: started.append(arguments))
        status = int(str(started[0][0]).split(maxsplit=1)[0])
        if status == _NOT_FOUND and self.hides(call):
            denied = ApiFault("s3", call.operation, "AccessDenied", "Access Denied", 403)
            return self._answer(start_response, call, 403, *_error("s3", denied))
        self._record(call, status)
        start_response(*started[0])
        return body

    def _answer(
        self, start_response: StartResponse, call: ApiCall, status: int, kind: str, content: bytes
    ) -> list[bytes]:
        self._record(call, status)
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ]
        start_response(f"{status} {'OK' if status < 400 else 'Error'}", headers)
        return [content]

    def _record(self, call: ApiCall, status: int) -> None:
        with self._lock:
            self.calls.append(
                ApiCall(
                    call.service,
                    call.operation,
                    call.principal,
                    call.resource,
                    call.at,
                    status,
                    call.parameters,
                )
            )

    def _describe(self, environ: Environ) -> tuple[ApiCall, Mapping[str, Any]]:
        service, key = _credential(environ.get("HTTP_AUTHORIZATION", ""))
        if service == "s3" or not service:
            operation, resource, parameters = _s3(environ)
            body: Mapping[str, Any] = {}
        else:
            operation, body = _operation(environ)
            resource = self._resource(service, operation, body)
            parameters = {key: value for key, value in body.items() if _short(value)}
        principal = self._principals.get(key, "deployer")
        return (
            ApiCall(service or "s3", operation, principal, resource, datetime.now(UTC), 0, parameters),
            body,
        )

    def _resource(self, service: str, operation: str, body: Mapping[str, Any]) -> str:
        prefix = f"arn:aws:{service}:{self._region}:{self._account}:"
        if service == "sqs" and body.get("QueueUrl"):
            return prefix + str(body["QueueUrl"]).rsplit("/", 1)[-1]
        if service == "glue":
            for noun, kind in _GLUE_NAMED.items():
                if operation.endswith(noun) and isinstance(body.get("Name"), str):
                    return f"{prefix}{kind}/{body['Name']}"
            if operation.endswith("Table") and isinstance(body.get("Name"), str):
                return f"{prefix}table/{body.get('DatabaseName')}/{body['Name']}"
        for path, template in _RESOURCES.get(service, ()):
            value = _at(body, path)
            if isinstance(value, str):
                known = {"DatabaseName": body.get("DatabaseName", ""), "account": self._account}
                text = template.format(value=value, **known)
                return text if text.startswith("arn:") else prefix + text
        tagged = next(
            (body[name] for name in ("ResourceArn", "ResourceARN", "resourceArn") if name in body), "*"
        )
        return str(tagged)


def _credential(header: str) -> tuple[str, str]:
    """Service (as an IAM prefix) and access key of a signed request; empty texts for an unsigned one."""
    match = re.search(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/aws4_request", header)
    if not match:
        return "", ""
    service = match.group(2)
    return _IAM_PREFIX.get(service, service), match.group(1)


def _operation(environ: Environ) -> tuple[str, Mapping[str, Any]]:
    """Operation and parameters of a call in the JSON, query or CBOR protocol."""
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    content = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(content)
    if target:
        parsed: Any = json.loads(content or b"{}") if content[:1] in (b"{", b"") else {}
        return target.rsplit(".", 1)[-1], cast("Mapping[str, Any]", parsed)
    path = str(environ.get("PATH_INFO", ""))
    if "/operation/" in path:
        return path.rsplit("/", 1)[-1], _cbor(content)
    form = dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
    return form.get("Action") or f"{environ['REQUEST_METHOD']} {path}", form


def _short(value: object) -> bool:
    """Whether a parameter is worth keeping: names, not documents."""
    return isinstance(value, str) and len(value) <= _KEPT_TEXT


def _cbor(content: bytes) -> Mapping[str, Any]:
    """Decode the body of a call in Smithy's CBOR protocol, with botocore's own reader."""
    reader = BaseCBORParser()
    value: Any = reader.parse_data_item(reader.get_peekable_stream_from_bytes(content))
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _s3(environ: Environ) -> tuple[str, str, Mapping[str, str]]:
    """Operation, ARN and parameters of an S3 request in path style."""
    path = unquote(str(environ.get("RAW_URI") or environ.get("PATH_INFO", "")).split("?")[0])
    bucket, _, key = path.lstrip("/").partition("/")
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    level = "object" if key else ("bucket" if bucket else "service")
    method = str(environ["REQUEST_METHOD"])
    resource = f"arn:aws:s3:::{bucket}/{key}" if key else (f"arn:aws:s3:::{bucket}" if bucket else "*")
    parameters = {name: query[name] for name in ("prefix", "versionId") if name in query}
    for name, noun in _S3_SUBRESOURCES.items():
        if name in query:
            return f"{method.capitalize()}{noun}", resource, parameters
    if level == "bucket" and "delete" in query:
        return "DeleteObjects", resource, parameters
    if "uploadId" in query and method == "DELETE":
        return "AbortMultipartUpload", resource, parameters
    return _S3_ACTIONS.get((method, level), method), resource, parameters


def _at(body: Mapping[str, Any], path: str) -> Any:
    value: Any = body
    for name in path.split("."):
        if isinstance(value, list):
            value = cast("list[Any]", value)[int(name)] if value else None
        else:
            value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return value


def _error(service: str, fault: ApiFault) -> tuple[str, bytes]:
    """Content type and body of an error in the service's protocol."""
    code, message = escape(fault.code), escape(fault.message)
    if service == "s3":
        return "application/xml", (
            f"<Error><Code>{code}</Code><Message>{message}</Message>"
            f"<RequestId>{uuid.uuid4()}</RequestId></Error>"
        ).encode()
    if service in _XML_SERVICES:
        return "text/xml", (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
        ).encode()
    return "application/x-amz-json-1.1", json.dumps({"__type": fault.code, "message": fault.message}).encode()
