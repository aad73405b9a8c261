"""IAM: roles and policies."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, without
from embedded_aws.provider.shapes import Rename


@creates("aws:iam/role:Role", tags=True)
def _role(cloud: Cloud, inputs: Inputs) -> Created:
    renames: dict[str, Rename] = {
        "name": "RoleName",
        "assumeRolePolicy": "AssumeRolePolicyDocument",
        "forceDetachPolicies": None,  # only matters to the provider's delete
    }
    role = call(cloud, "iam.create_role", inputs, renames)["Role"]
    return inputs["name"], {"arn": role["Arn"], "uniqueId": role["RoleId"]}


@creates("aws:iam/rolePolicy:RolePolicy")
def _role_policy(cloud: Cloud, inputs: Inputs) -> Created:
    name = inputs.get("name") or f"{inputs['role']}-policy"
    call(
        cloud,
        "iam.put_role_policy",
        {**without(inputs, "name"), "policyName": name},
        {"role": "RoleName", "policy": "PolicyDocument"},
    )
    return f"{inputs['role']}:{name}", {"name": name}


@creates("aws:iam/policy:Policy", tags=True)
def _policy(cloud: Cloud, inputs: Inputs) -> Created:
    policy = call(cloud, "iam.create_policy", inputs, {"name": "PolicyName", "policy": "PolicyDocument"})[
        "Policy"
    ]
    return policy["Arn"], {"arn": policy["Arn"], "policyId": policy["PolicyId"]}


@creates("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
def _attachment(cloud: Cloud, inputs: Inputs) -> Created:
    call(cloud, "iam.attach_role_policy", inputs, {"role": "RoleName"})
    return f"{inputs['role']}-{inputs['policyArn']}", {}
