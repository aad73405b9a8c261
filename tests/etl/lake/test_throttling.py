"""A store that throttles: requests are repeated with growing pauses, and nothing is lost or read twice."""

import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from weather_etl.lake.opening import open_storage

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@contextmanager
def store(monkeypatch, answer):
    """A server on the loopback interface that answers GET requests by `answer(path, attempt)`."""
    attempts = Counter()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            with lock:
                attempts[self.path] += 1
                status, body = answer(self.path, attempts[self.path])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Last-Modified", "Sat, 11 Jan 2025 17:00:00 GMT")
            self.send_header("ETag", '"tag"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing: the test looks at the counts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    try:
        yield attempts
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [503, 429, 500])
def test_throttled_objects_are_asked_for_again(monkeypatch, status):
    def answer(path, attempt):
        return (status, SLOW_DOWN) if attempt <= 2 else (200, path.rpartition("/")[2].encode())

    keys = [f"{number}.json" for number in range(40)]
    with store(monkeypatch, answer) as attempts:
        bodies = list(open_storage("s3://lake/raw").fetch(keys))
    assert bodies == [key.encode() for key in keys]
    assert set(attempts.values()) == {3}


def test_an_object_that_may_not_be_read_is_not_asked_for_again(monkeypatch):
    denied = b"<Error><Code>AccessDenied</Code></Error>"
    with store(monkeypatch, lambda _path, _attempt: (403, denied)) as attempts:
        (outcome,) = open_storage("s3://lake/raw").fetch(["1.json"])
    assert isinstance(outcome, Exception)
    assert set(attempts.values()) == {1}
