"""Budgets."""

from embedded_aws.provider.handlers.base import Cloud, Created, Inputs, call, creates, only, without


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
