"""Budgets."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, only, without
from embedded_aws.provider.handlers.lifecycle import lives, same


@creates("aws:budgets/budget:Budget", tags=True)
def _budget(cloud: Cloud, inputs: Inputs) -> Created:
    given = only(
        inputs,
        "name",
        "accountId",
        "budgetType",
        "timeUnit",
        "limitAmount",
        "limitUnit",
        "timePeriodStart",
        "costFilters",
        "costTypes",
        "notifications",
        "tags",
    )
    budget = {
        "budgetName": given["name"],
        "budgetType": given["budgetType"],
        "timeUnit": given["timeUnit"],
        "budgetLimit": {"amount": given["limitAmount"], "unit": given["limitUnit"]},
        "costFilters": {item["name"]: item["values"] for item in given.get("costFilters", [])},
        "costTypes": given.get("costTypes"),
    }
    notifications = [_budget_notification(item) for item in given.get("notifications", [])]
    call(
        cloud,
        "budgets.create_budget",
        {"accountId": cloud.account, "budget": budget, "notificationsWithSubscribers": notifications},
    )
    name = given["name"]
    return f"{cloud.account}:{name}", {
        "arn": f"arn:aws:budgets::{cloud.account}:budget/{name}",
        "accountId": cloud.account,
    }


def _budget_notification(inputs: Inputs) -> Inputs:
    addresses: list[str] = inputs.get("subscriberEmailAddresses") or []
    arns: list[str] = inputs.get("subscriberSnsTopicArns") or []
    people = [{"subscriptionType": "EMAIL", "address": address} for address in addresses]
    topics = [{"subscriptionType": "SNS", "address": arn} for arn in arns]
    return {
        "notification": without(inputs, "subscriberEmailAddresses", "subscriberSnsTopicArns"),
        "subscribers": people + topics,
    }


# --- after creation ---


def _read_budget(cloud: Cloud, _: str, inputs: Inputs) -> Inputs:
    seen = cloud.client("budgets").describe_budget(AccountId=cloud.account, BudgetName=inputs["name"])[
        "Budget"
    ]
    limit = seen["BudgetLimit"]["Amount"]
    amount = {} if same(float(inputs["limitAmount"]), float(limit)) else {"limitAmount": limit}
    return inputs | amount


def _delete_budget(cloud: Cloud, _: str, inputs: Inputs) -> None:
    cloud.client("budgets").delete_budget(AccountId=cloud.account, BudgetName=inputs["name"])


def _update_budget(cloud: Cloud, resource_id: str, inputs: Inputs) -> None:
    """Moto has no UpdateBudget; what a budget has spent is nothing here, so that a new one is the same."""
    _delete_budget(cloud, resource_id, inputs)
    _budget(cloud, inputs)


lives(
    "aws:budgets/budget:Budget",
    read=_read_budget,
    update=_update_budget,
    delete=_delete_budget,
    replaces=("name", "accountId"),
)
