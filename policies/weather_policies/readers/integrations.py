"""What a Task may call: Step Functions' optimised integrations, and AWS's API (`aws-sdk:service:action`).

The optimised ones are the developer guide's table ("Integrating services with Step Functions"); the services
and actions of the AWS SDK are read from botocore, for the services that data pipelines call.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("sdk_actions.json")

_S, _T, _ST = ("sync",), ("token",), ("sync", "token")

OPTIMISED: Mapping[str, tuple[str, ...]] = {
    "lambda:invoke": _T,
    "sqs:sendMessage": _T,
    "sns:publish": _T,
    "events:putEvents": _T,
    "apigateway:invoke": _T,
    "http:invoke": (),
    "bedrock:invokeModel": _T,
    "bedrock:createModelCustomizationJob": _S,
    "batch:submitJob": _S,
    "ecs:runTask": _ST,
    "states:startExecution": ("sync", "sync:2", "token"),
    "glue:startJobRun": _S,
    "databrew:startJobRun": _S,
    "codebuild:startBuild": _S,
    "codebuild:stopBuild": (),
    "codebuild:batchDeleteBuilds": (),
    "codebuild:batchGetReports": (),
    "codebuild:startBuildBatch": _S,
    "codebuild:stopBuildBatch": (),
    "codebuild:retryBuildBatch": _S,
    "codebuild:deleteBuildBatch": (),
    "athena:startQueryExecution": _S,
    "athena:stopQueryExecution": (),
    "athena:getQueryExecution": (),
    "athena:getQueryResults": (),
    "dynamodb:getItem": (),
    "dynamodb:putItem": (),
    "dynamodb:deleteItem": (),
    "dynamodb:updateItem": (),
    "elasticmapreduce:createCluster": _S,
    "elasticmapreduce:terminateCluster": _S,
    "elasticmapreduce:addStep": _S,
    "elasticmapreduce:cancelStep": (),
    "elasticmapreduce:setClusterTerminationProtection": (),
    "elasticmapreduce:modifyInstanceFleetByName": (),
    "elasticmapreduce:modifyInstanceGroupByName": (),
    "emr-containers:createVirtualCluster": (),
    "emr-containers:deleteVirtualCluster": _S,
    "emr-containers:startJobRun": _S,
    "emr-serverless:createApplication": _S,
    "emr-serverless:deleteApplication": _S,
    "emr-serverless:startApplication": _S,
    "emr-serverless:stopApplication": _S,
    "emr-serverless:startJobRun": _S,
    "emr-serverless:cancelJobRun": _S,
    "eks:createCluster": _S,
    "eks:deleteCluster": _S,
    "eks:createFargateProfile": _S,
    "eks:deleteFargateProfile": _S,
    "eks:createNodegroup": _S,
    "eks:deleteNodegroup": _S,
    "eks:call": (),
    "eks:runJob": _S,
    "sagemaker:createTrainingJob": _S,
    "sagemaker:createTransformJob": _S,
    "sagemaker:createHyperParameterTuningJob": _S,
    "sagemaker:createLabelingJob": _S,
    "sagemaker:createProcessingJob": _S,
    "sagemaker:createEndpoint": (),
    "sagemaker:createEndpointConfig": (),
    "sagemaker:createModel": (),
    "sagemaker:updateEndpoint": (),
    "mediaconvert:createJob": _S,
}
"""Optimised integrations, with the patterns beside request-response that each supports."""

_PATTERN = re.compile(r"(?P<base>[^.]*)(?:\.(?P<pattern>sync(?::2)?|waitForTaskToken|[^.]+))?")


def fault(call: str) -> str | None:
    """What is wrong with what a task calls, None if it exists.

    >>> fault("glue:startJobRun.sync"), fault("aws-sdk:glue:startCrawler.sync")
    (None, 'calls aws-sdk with .sync: there is no such integration with .sync; poll instead')
    """
    if call in {"activity", "lambda"}:
        return None
    found = _PATTERN.fullmatch(call)
    if found is None or not found["base"]:
        return "names no integration that exists"
    base, pattern = found["base"], {"waitForTaskToken": "token"}.get(found["pattern"] or "", found["pattern"])
    if base.startswith("aws-sdk:"):
        return _sdk_fault(base, pattern)
    if base not in OPTIMISED and not pattern:
        return "names no integration that exists"
    if base not in OPTIMISED or (pattern and pattern not in OPTIMISED[base]):
        return "waits for an answer that never comes: there is no such integration with .sync or a token"
    return None


def _sdk_fault(base: str, pattern: str | None) -> str | None:
    if pattern not in (None, "token"):
        return "calls aws-sdk with .sync: there is no such integration with .sync; poll instead"
    parts = base.split(":")
    if len(parts) != 3:  # noqa: PLR2004 (aws-sdk:service:action)
        return "names no integration that exists"
    if parts[1] not in SERVICES:
        return "names no service of the AWS SDK: no integration that exists"
    actions = ACTIONS.get(parts[1])
    if not re.fullmatch(r"[a-z]\w*", parts[2]) or (actions is not None and parts[2] not in actions):
        return "names no action of the service: no integration that exists (they begin with a small letter)"
    return None


def _stored() -> dict[str, object]:
    return json.loads(FILE.read_text(encoding="utf-8"))


SERVICES: frozenset[str] = frozenset(str(_stored()["services"]).split())
"""Services of the AWS SDK, as a Task names them."""

ACTIONS: Mapping[str, frozenset[str]] = {
    service: frozenset(names.split())
    for service, names in json.loads(FILE.read_text("utf-8"))["actions"].items()
}
"""Actions of the services that data pipelines call."""
