"""Which properties of which resource types hold a policy document: read from the SDK, and found by content.

`policy_documents.json` is what `derive` says of one version of pulumi-aws: every text property whose name
speaks of a policy, with its kind. A type that is newer than the table, or of another provider, is read too:
any text that is a JSON object with `Statement` is a policy document.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from weather_policies.kit.reading import Document, Props, Resource, UnreadableError
from weather_policies.readers import sdk

FILE = Path(__file__).with_name("policy_documents.json")

Kind = Literal["identity", "resource", "trust"]

_NAMES = re.compile(
    r"^\s+(policy|policy_document|resource_policy|repository_policy|access_polic(?:y|ies)|assume_role_policy|inline_policy"
    r"|session_policy|delivery_destination_policy|(?:kms|s3|sts)_policy_document|inline_policies): ",
    re.MULTILINE,
)

IDENTITY = re.compile(
    r"aws:iam/.*|aws:ssoadmin/permissionSetInlinePolicy:.*|aws:rolesanywhere/profile:.*|aws:eks/podIdentity.*"
    r"|aws:transfer/.*|aws:odb/.*"
)
"""Types whose documents say what their bearer may do, and so have no principal."""

OTHER = {
    "aws:apigateway/domainName:DomainName": "a version of TLS",
    "aws:cloudwatch/logAccountPolicy:LogAccountPolicy": "what an account does with its logs",
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": "which data is masked",
    "aws:cloudwatch/logIndexPolicy:LogIndexPolicy": "which fields are indexed",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "which images expire",
    "aws:iot/policyAttachment:PolicyAttachment": "the name of a policy",
    "aws:networkmanager/coreNetwork:CoreNetwork": "routes of a network",
    "aws:networkmanager/coreNetworkPolicyAttachment:CoreNetworkPolicyAttachment": "routes of a network",
    "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": "a grammar of its own",
    "aws:opensearch/serverlessLifecyclePolicy:ServerlessLifecyclePolicy": "which indexes expire",
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": "encryption and network",
    "aws:resiliencehub/resiliencyPolicy:ResiliencyPolicy": "recovery times",
    "aws:ses/receiptFilter:ReceiptFilter": "allow or block",
    "aws:sns/dataProtectionPolicy:DataProtectionPolicy": "which data is masked",
    "aws:verifiedaccess/endpoint:Endpoint": "Cedar",
    "aws:verifiedaccess/group:Group": "Cedar",
}
"""Types of the SDK whose property of such a name is not an IAM policy document, and what it is."""


@dataclass(frozen=True)
class Found:
    """One policy document of a resource.

    Attributes:
        path: Its property, with an index where there may be several.
        kind: What it decides: what its bearer may do, who may use the resource, who may assume the role.
        document: The document, None if it is not a JSON object.
    """

    path: str
    kind: Kind
    document: Document | None


def table() -> dict[str, dict[str, Kind]]:
    """Per type, the properties that hold a policy document, and their kind."""
    return json.loads(FILE.read_text(encoding="utf-8"))["documents"]


TABLE: Mapping[str, Mapping[str, Kind]] = table()


def of(resource: Resource) -> Iterator[Found]:
    """The policy documents of a resource; what the table does not know is found by its content.

    Raises:
        UnknownValueError: A document is not known before the update.
    """
    known = TABLE.get(resource.type)
    if known is None:
        yield from _by_content(resource)
        return
    for key, kind in known.items():
        if key == "inlinePolicies":
            for index, block in enumerate(resource.props.children(key)):
                yield from _read(block, "policy", kind, f"inlinePolicies[{index}]")
        elif resource.props.has(key):
            yield from _read(resource.props, key, kind, key)


def _read(props: Props, key: str, kind: Kind, path: str) -> Iterator[Found]:
    try:
        document = props.document(key)
    except UnreadableError:
        yield Found(path, kind, None)
        return
    if document is not None:
        yield Found(path, kind, document)


def _by_content(resource: Resource) -> Iterator[Found]:
    if resource.type in OTHER:
        return
    for key in resource.props:
        if not resource.props.known(key):
            if "polic" in key.lower():
                resource.props.get(key)  # raises: it may be one
            continue
        value = resource.props.get(key)
        if isinstance(value, str) and '"Statement"' in value:
            found = _parsed(value)
        elif isinstance(value, Mapping) and "Statement" in value and resource.props.known(key):
            found = resource.props.document(key)
        else:
            continue
        if isinstance(found, dict) and "Statement" in found:
            yield Found(key, _kind_by_content(found), found)


def _parsed(text: str) -> Document | None:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _kind_by_content(document: Document) -> Kind:
    text = json.dumps(document)
    if '"sts:AssumeRole' in text and "Principal" in text and '"Resource"' not in text:
        return "trust"
    return "resource" if '"Principal"' in text or '"NotPrincipal"' in text else "identity"


def derive() -> dict[str, object]:
    """What `policy_documents.json` should hold for the installed SDK.

    Raises:
        ModuleNotFoundError: pulumi-aws is not installed.
    """
    found: dict[str, dict[str, str]] = {}
    for token, constructor in sdk.constructors():
        if token in OTHER:
            continue
        for match in _NAMES.finditer(constructor):
            written = constructor[match.end() :].split(" = None", 1)[0]
            if "_builtins.str" in written or match[1] == "inline_policies":
                found.setdefault(token, {})[sdk.camel(match[1])] = _kind(token, match[1])
    return {"sdk": sdk.version(), "documents": dict(sorted(found.items()))}


def text() -> str:
    """The content of `policy_documents.json` for the installed SDK."""
    return json.dumps(derive(), indent=1) + "\n"


def _kind(token: str, name: str) -> Kind:
    if name == "assume_role_policy":
        return "trust"
    return "identity" if IDENTITY.fullmatch(token) else "resource"
