"""What the roles of a stack may do at the very most, whatever a deployment writes into them.

It follows from what they do: per service every action of any of them, on every resource of any of them; what
knows no resource stands by itself.
"""

import json
from collections.abc import Iterator

from bootstrap.access import Environment
from components import catalog, iam


def boundary(environment: Environment) -> iam.Document:
    """Return the permissions boundary of a stack's roles."""
    groups: dict[tuple[str, str, bool], tuple[set[str], set[str]]] = {}
    for statement in _statements(environment):
        service = statement["Action"][0].partition(":")[0]
        condition = json.dumps(statement.get("Condition"))
        named = statement["Resource"]
        actions, resources = groups.setdefault((service, condition, named == "*"), (set(), set()))
        actions.update(statement["Action"])
        resources.update([named] if isinstance(named, str) else named)
    return iam.document(
        *(
            iam.allow(
                f"{service.capitalize()}{index}", sorted(actions), sorted(resources), json.loads(condition)
            )
            for index, ((service, condition, _), (actions, resources)) in enumerate(groups.items())
        )
    )


def _statements(environment: Environment) -> Iterator[iam.Statement]:
    names, lake = environment.names, environment.lake
    documents = [
        iam.crawler_role(names, lake),
        iam.job_role(names, lake, tuple(catalog.load_tables())),
        iam.workflow_role(names),
        iam.watchdog_role(names),
        iam.start_role(names.pipeline_arn),
        iam.start_role(names.watchdog_arn),
        [iam.use_key(names)] if environment.kms else [],
    ]
    return (statement for document in documents for statement in document if statement is not None)
