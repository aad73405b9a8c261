"""An S3 and a Glue catalogue that fail on demand: moto behind a server that can do to a request what networks do.

    python -m benchmarks.soak.server PORT

A rule is set by POST /_rule with a JSON document (see `Rule`); GET /_given says how often it has been applied.
Requests that change something are served one after another: moto checks conditions and writes in two steps.
"""

import io
import json
import os
import re
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

PAGE = 5
"""Objects of a page of a listing: small, so that a small lake has several pages."""
ERROR = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code} on demand</Message></Error>'
STALL_S = 40.0  # obstore gives up after 30
HUGE = 1 << 30
"""Size that a listing gives to objects whose key holds `huge`."""


@dataclass
class Rule:
    """Which requests fail, and how.

    Attributes:
        method: of the requests, a regular expression.
        path: of the requests, a regular expression on the unquoted path; for Glue the operation.
        header: a header that the requests carry; "": any requests.
        query: a parameter that the requests carry; "": any requests.
        without: a parameter that they do not carry.
        skip: how many of them are left alone first.
        hits: how many of them fail.
        action: reset, lost, status, cut, xml, stall, corrupt, vanish, undone or partial.
        status: of the answer for the action `status`.
        code: error code of the answer for the action `status`.
    """

    method: str = "GET"
    path: str = ".*"
    header: str = ""
    query: str = ""
    without: str = ""
    skip: int = 0
    hits: int = 1
    action: str = "reset"
    status: int = 500
    code: str = "InternalError"


class State:
    """The rule in force and how often it was applied."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.set(None)

    def set(self, rule: Rule | None) -> None:
        with self._lock:
            self.rule, self.seen, self.given, self.asked = rule, 0, 0, []

    def action(self, method: str, path: str, query: dict[str, str], headers: Any) -> Rule | None:
        """Return the rule if it is this request's turn to fail."""
        with self._lock:
            if "huge" in path and method == "GET" and not query:
                self.asked.append(path)
            rule = self.rule
            if rule is None or not re.fullmatch(rule.method, method) or not re.search(rule.path, path):
                return None
            if (rule.header and rule.header not in headers) or (rule.query and rule.query not in query):
                return None
            if rule.without and rule.without in query:
                return None
            self.seen += 1
            if self.seen <= rule.skip or self.given >= rule.hits:
                return None
            self.given += 1
            return rule


class Handler(BaseHTTPRequestHandler):
    """Hands requests to moto, and fails where the rule says so."""

    protocol_version = "HTTP/1.1"
    state: State
    application: Any
    writing = threading.Lock()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ValueError):  # the client went away, or was sent away
            self.close_connection = True

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        if parts.path in ("/_rule", "/_given"):
            self._control(body)
            return
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        target = self.headers.get("X-Amz-Target", "")
        path = target.rpartition(".")[2] if target.startswith("AWSGlue") else unquote(parts.path)
        rule = self.state.action(self.command, path, query, self.headers)
        if rule is None:
            self._send(*self._answer(body))
            return
        getattr(self, f"_{rule.action}")(rule, body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815 - the names that the server looks for

    # ---- what may go wrong

    def _reset(self, _rule: Rule, _body: bytes) -> None:
        self._drop()

    def _lost(self, _rule: Rule, body: bytes) -> None:
        self._answer(body)
        self._drop()

    def _status(self, rule: Rule, _body: bytes) -> None:
        if self.headers.get("X-Amz-Target"):
            said = json.dumps({"__type": rule.code, "Message": f"{rule.code} on demand"}).encode()
            self._send(rule.status, [("Content-Type", "application/x-amz-json-1.1")], said)
        else:
            said = ERROR.format(code=rule.code).encode()
            self._send(rule.status, [("Content-Type", "application/xml")], said)

    def _cut(self, _rule: Rule, body: bytes) -> None:
        """Break the connection in the middle of the answer's body."""
        status, headers, content = self._answer(body)
        self.wfile.write(self._head(status, headers, len(content)) + content[: len(content) // 2])
        self._drop(reset=False)

    def _xml(self, _rule: Rule, body: bytes) -> None:
        """Answer half a document as if it were whole."""
        status, headers, content = self._answer(body)
        self._send(status, headers, content[: len(content) // 2])

    def _corrupt(self, _rule: Rule, body: bytes) -> None:
        """Damage one byte of the answer's body."""
        status, headers, content = self._answer(body)
        middle = len(content) // 2
        self._send(status, headers, content[:middle] + b"\x00" + content[middle + 1 :])

    def _stall(self, _rule: Rule, _body: bytes) -> None:
        time.sleep(STALL_S)
        self._drop()

    def _vanish(self, _rule: Rule, _body: bytes) -> None:
        """Remove the object and answer as S3 does to whoever may not list the bucket."""
        self.command = "DELETE"
        self._answer(b"")
        self._send(403, [("Content-Type", "application/xml")], ERROR.format(code="AccessDenied").encode())

    def _undone(self, _rule: Rule, _body: bytes) -> None:
        """Say of a deletion of several objects that it failed for each of them."""
        said = (
            "<DeleteResult><Error><Key>x</Key><Code>InternalError</Code><Message>on demand</Message></Error>"
        )
        self._send(200, [("Content-Type", "application/xml")], f"{said}</DeleteResult>".encode())

    def _partial(self, _rule: Rule, body: bytes) -> None:
        """Do half of a batch request to the catalogue and say so."""
        request = json.loads(body)
        name = next(
            key for key in ("PartitionInputList", "PartitionsToDelete", "PartitionsToGet") if key in request
        )
        done, left = request[name][::2], request[name][1::2]
        request[name] = done
        status, headers, content = self._answer(json.dumps(request).encode())
        answer = json.loads(content or b"{}")
        answer["Errors"] = answer.get("Errors", []) + [
            {"PartitionValues": one["Values"], "ErrorDetail": {"ErrorCode": "InternalServiceException"}}
            for one in left
        ]
        headers = [(key, value) for key, value in headers if key.lower() != "content-length"]
        self._send(status, headers, json.dumps(answer).encode())

    # ---- the ordinary way

    def _answer(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Let moto answer."""
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        listing = self.command == "GET" and "list-type" in query
        if listing:
            query["max-keys"] = str(PAGE)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(parts.path, "latin-1"),
            "QUERY_STRING": urlencode(query) if listing else parts.query,
            "REQUEST_URI": self.path,
            "RAW_URI": self.path,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        said: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            said[:] = [int(status.partition(" ")[0]), headers]

        if self.command in ("GET", "HEAD"):
            content = b"".join(self.application(environ, start_response))
        else:
            with self.writing:
                content = b"".join(self.application(environ, start_response))
        if listing:
            content = re.sub(
                rb"(<Key>[^<]*huge[^<]*</Key>.*?<Size>)\d+", rb"\g<1>%d" % HUGE, content, flags=re.DOTALL
            )
        return said[0], said[1], content

    def _head(self, status: int, headers: list[tuple[str, str]], length: int) -> bytes:
        kept = [
            (key, value) for key, value in headers if key.lower() not in ("connection", "transfer-encoding")
        ]
        if self.command != "HEAD" or not any(key.lower() == "content-length" for key, _ in kept):
            kept = [(key, value) for key, value in kept if key.lower() != "content-length"]
            kept.append(("Content-Length", str(length)))
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('', ''))[0]}"]
        return "\r\n".join([*lines, *(f"{key}: {value}" for key, value in kept), "", ""]).encode("latin-1")

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        head = self._head(status, headers, len(content))
        self.wfile.write(head + (b"" if self.command == "HEAD" or status in (204, 304) else content))

    def _drop(self, *, reset: bool = True) -> None:
        """End the connection, by a reset or in order."""
        self.wfile.flush()
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, self.connection.fileno())  # closes the socket and keeps the number taken
        os.close(nothing)
        raise ConnectionResetError

    def _control(self, body: bytes) -> None:
        state = self.state
        if self.command == "POST":
            given = json.loads(body)
            state.set(Rule(**given) if given else None)
        said = json.dumps({"given": state.given, "asked": state.asked}).encode()
        self._send(200, [("Content-Type", "application/json")], said)


def serve(port: int) -> None:
    """Serve until the process is ended."""
    from moto.server import DomainDispatcherApplication, create_backend_app

    Handler.state = State()
    Handler.application = DomainDispatcherApplication(create_backend_app)
    ThreadingHTTPServer.request_queue_size = 512
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
