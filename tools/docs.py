"""Write every page and document that is made from code: `make docs`.

Each generator is a function that returns texts by path below the project's root; a test compares them with
what is committed.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import dataset_definitions

from bootstrap.settings import BootstrapSettings
from components import documents
from components.settings.key import keys_of
from tests.policies import findings
from tools import commands, costs, imports, schemas
from weather_policies import documents as policy_documents

ROOT = Path(__file__).resolve().parents[1]

GENERATORS: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "policies": policy_documents.files,
    "what the policies say": findings.files,
    "settings, permissions, exports, state machines": documents.files,
    "columns of the datasets": dataset_definitions.files,
    "schemas of documents": schemas.files,
    "the command line": commands.files,
    "settings of the bootstrap": lambda: {"bootstrap/Pulumi.yaml": bootstrap_project()},
    "architecture": lambda: {"docs/architecture.md": architecture()},
}
"""What is written, by what it is about."""


def files() -> dict[str, str]:
    """Return the text of every generated file by its path below the project's root."""
    found = {path: text for generate in GENERATORS.values() for path, text in generate().items()}
    found["README.md"] = _replaced(found["README.md"], "cost", costs.table())  # beside the settings
    return found


def bootstrap_project() -> str:
    """Return bootstrap/Pulumi.yaml with its config block renewed; what stands before it is kept."""
    keys = keys_of(BootstrapSettings).values()
    text = (ROOT / "bootstrap/Pulumi.yaml").read_text(encoding="utf-8")
    return documents.project_file(text, documents.config_block(keys, "bootstrap/settings.py"))


def architecture() -> str:
    """Return docs/architecture.md with its drawings renewed; the rest is kept."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    packages = (
        *("aws_prices", "bootstrap", "components", "embedded_aws", "stack_files"),
        *("weather_cli", "weather_etl", "weather_policies", "weather_report"),
    )
    text = _replaced(text, "repository", _drawing(imports.arrows(packages, 1)))
    return _replaced(text, "job", _drawing(imports.arrows(["weather_etl"], 2)))


def _drawing(arrows: imports.Arrows) -> str:
    return f"```mermaid\n{imports.mermaid(arrows)}\n```"


def _replaced(text: str, name: str, content: str) -> str:
    """Return a page with what stands between two marks renewed."""
    before, start, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    return f"{before}{start}{content}\n{end}{after}"


def main() -> int:
    """Rewrite what is not current, and say so."""
    for path, text in files().items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
