"""Where Glue writes: roles, groups and the embedded AWS agree on it, with and without encryption of logs."""

from dataclasses import replace

import pytest

from components.glue_logs import glue_log_groups
from components.naming import Names
from embedded_aws import EmbeddedAws
from tests.embedded_aws.lab import TINY

NAMES = Names("abc123", "123456789012", "eu-central-1")
RULES = {
    "S3Encryption": [{"S3EncryptionMode": "DISABLED"}],
    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"},
}


@pytest.mark.parametrize("encrypted", [True, False])
def test_the_embedded_job_writes_where_the_function_says(encrypted: bool) -> None:
    with EmbeddedAws(TINY) as aws:
        names = replace(NAMES, account=aws.account, region=aws.region)
        glue = aws.client("glue")
        logs = {"CloudWatchEncryptionMode": "SSE-KMS" if encrypted else "DISABLED"}
        security = names.security_configuration
        glue.create_security_configuration(
            Name=security, EncryptionConfiguration={**RULES, "CloudWatchEncryption": logs}
        )
        glue.create_job(
            Name=names.job,
            Role=f"arn:aws:iam::{names.account}:role/{names.thing('job')}",
            Command={"Name": "glueetl", "ScriptLocation": "s3://nowhere/script.py"},
            DefaultArguments={"--custom-logGroup-prefix": names.job_log_prefix},
            SecurityConfiguration=security,
        )
        run = glue.start_job_run(JobName=names.job)["JobRunId"]
        group = glue.get_job_run(JobName=names.job, RunId=run)["JobRun"]["LogGroupName"]
    assert glue_log_groups(names, encrypted=encrypted).job == (f"{group}/output", f"{group}/error")
