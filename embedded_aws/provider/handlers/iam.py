"""IAM: roles and policies."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, without
from embedded_aws.provider.handlers.lifecycle import Description, lives
from embedded_aws.provider.shapes import Rename

_ROLE: dict[str, Rename] = {
    "name": "RoleName",
    "assumeRolePolicy": "AssumeRolePolicyDocument",
    "forceDetachPolicies": None,  # only matters to the provider's delete
}
_ROLE_POLICY: dict[str, Rename] = {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}
_POLICY: dict[str, Rename] = {"name": "PolicyName", "policy": "PolicyDocument"}


@creates("aws:iam/role:Role", tags=True)
def _role(cloud: Cloud, inputs: Inputs) -> Created:
    role = call(cloud, "iam.create_role", inputs, _ROLE)["Role"]
    return inputs["name"], {"arn": role["Arn"], "uniqueId": role["RoleId"]}


@creates("aws:iam/rolePolicy:RolePolicy")
def _role_policy(cloud: Cloud, inputs: Inputs) -> Created:
    name = inputs.get("name") or f"{inputs['role']}-policy"
    call(
        cloud,
        "iam.put_role_policy",
        {**without(inputs, "name"), "policyName": name},
        _ROLE_POLICY,
    )
    return f"{inputs['role']}:{name}", {"name": name}


@creates("aws:iam/policy:Policy", tags=True)
def _policy(cloud: Cloud, inputs: Inputs) -> Created:
    policy = call(cloud, "iam.create_policy", inputs, _POLICY)["Policy"]
    return policy["Arn"], {"arn": policy["Arn"], "policyId": policy["PolicyId"]}


@creates("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
def _attachment(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "iam.attach_role_policy", inputs, {"role": "RoleName"})
    return f"{inputs['role']}-{inputs['policyArn']}", {}


_IDENTITY: dict[str, Rename] = {"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"}


@creates("aws:iam/openIdConnectProvider:OpenIdConnectProvider", tags=True)
def _identity_provider(cloud: Cloud, inputs: Inputs) -> Created:
    arn = call(cloud, "iam.create_open_id_connect_provider", inputs, _IDENTITY)["OpenIDConnectProviderArn"]
    return arn, {"arn": arn}


# --- after creation ---


def _update_role(cloud: Cloud, name: str, inputs: Inputs) -> None:
    iam = cloud.client("iam")
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=inputs["assumeRolePolicy"])
    kept = {key: inputs[key] for key in ("description", "maxSessionDuration") if inputs.get(key)}
    call(cloud, "iam.update_role", {"roleName": name, **kept})
    if inputs.get("tags"):
        iam.tag_role(RoleName=name, Tags=[{"Key": k, "Value": v} for k, v in inputs["tags"].items()])


lives(
    "aws:iam/role:Role",
    read=lambda cloud, name, inputs: Description("iam.create_role", _ROLE).live(
        cloud, inputs, cloud.client("iam").get_role(RoleName=name)["Role"]
    ),
    update=_update_role,
    delete=lambda cloud, name, _: cloud.client("iam").delete_role(RoleName=name),
    replaces=("name", "path"),
)


def _of_role(resource_id: str) -> dict[str, str]:
    role, _, policy = resource_id.partition(":")
    return {"RoleName": role, "PolicyName": policy}


lives(
    "aws:iam/rolePolicy:RolePolicy",
    read=lambda cloud, resource_id, inputs: Description("iam.put_role_policy", _ROLE_POLICY).live(
        cloud, inputs, cloud.client("iam").get_role_policy(**_of_role(resource_id))
    ),
    update=lambda cloud, _, inputs: _role_policy(cloud, inputs),
    delete=lambda cloud, resource_id, _: cloud.client("iam").delete_role_policy(**_of_role(resource_id)),
    replaces=("name", "role"),
)


def _update_policy(cloud: Cloud, arn: str, inputs: Inputs) -> None:
    iam = cloud.client("iam")
    old = [v for v in iam.list_policy_versions(PolicyArn=arn)["Versions"] if not v["IsDefaultVersion"]]
    for version in old:  # a policy has at most five
        iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=inputs["policy"], SetAsDefault=True)


def _delete_policy(cloud: Cloud, arn: str, _inputs: Inputs) -> None:
    iam = cloud.client("iam")
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _read_policy(cloud: Cloud, arn: str, inputs: Inputs) -> Inputs:
    iam = cloud.client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    seen = {"PolicyDocument": document}
    return Description("iam.create_policy", _POLICY).live(cloud, inputs, seen)


lives(
    "aws:iam/policy:Policy",
    read=_read_policy,
    update=_update_policy,
    delete=_delete_policy,
    replaces=("name", "path", "description"),
)


def _read_attachment(cloud: Cloud, _: str, inputs: Inputs) -> Inputs | None:
    attached = cloud.client("iam").list_attached_role_policies(RoleName=inputs["role"])["AttachedPolicies"]
    return inputs if any(item["PolicyArn"] == inputs["policyArn"] for item in attached) else None


lives(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    read=_read_attachment,
    delete=lambda cloud, _, inputs: cloud.client("iam").detach_role_policy(
        RoleName=inputs["role"], PolicyArn=inputs["policyArn"]
    ),
    replaces=("role", "policyArn"),
    named_by="",
)


def _read_identity_provider(cloud: Cloud, arn: str, inputs: Inputs) -> Inputs:
    seen = cloud.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    # The API leaves out the scheme, and chooses thumbprints of its own where none are given.
    return inputs | Description("iam.create_open_id_connect_provider", _IDENTITY | {"url": None}).live(
        cloud, without(inputs, "thumbprintLists", "tags"), seen
    )


def _update_identity_provider(cloud: Cloud, arn: str, inputs: Inputs) -> None:
    iam = cloud.client("iam")
    known = set(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"])
    for client in set(inputs.get("clientIdLists") or []) - known:
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client)
    for client in known - set(inputs.get("clientIdLists") or []):
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client)
    if inputs.get("tags"):
        tags = [{"Key": key, "Value": value} for key, value in inputs["tags"].items()]
        iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=tags)


lives(
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    read=_read_identity_provider,
    update=_update_identity_provider,
    delete=lambda cloud, arn, _: cloud.client("iam").delete_open_id_connect_provider(
        OpenIDConnectProviderArn=arn
    ),
    replaces=("url",),
    named_by="url",
)
