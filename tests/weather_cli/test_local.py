"""`weather local up` as a person uses it: a process, and another that works with what it printed."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import boto3

from tests.harness.program import ROOT


def test_it_stays_until_it_is_interrupted_and_says_how_to_use_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "weather_cli.cli", "local", "up", "--deploy", "--project", str(ROOT)]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = ""
    while "weather run" not in said:
        line = process.stdout.readline()
        assert line, process.communicate()
        said += line
    exported = dict(re.findall(r"(\w+)=(\S+)", said))
    folder = Path(exported["PATH"].partition(":")[0])
    assert os.access(folder / "pulumi-resource-aws", os.X_OK)
    s3 = boto3.client(
        "s3",
        endpoint_url=exported["AWS_ENDPOINT_URL"],
        aws_access_key_id="x",
        aws_secret_access_key="x",
        region_name="eu-central-1",
    )
    assert len(s3.list_buckets()["Buckets"]) >= 3
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not folder.exists()
