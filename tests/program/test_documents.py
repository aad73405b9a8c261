"""Documents made from the settings are whole, stable and free of secrets."""

import re

from components import documents
from components.settings import KEYS
from tests.harness.program import ROOT

GENERATED = documents.files()


def test_a_renewed_project_file_is_the_same_file() -> None:
    current = (ROOT / "Pulumi.yaml").read_text()
    block = documents.config_block()
    assert documents.project_file(documents.project_file(current, block), block) == current


def test_a_renewed_readme_is_the_same_file() -> None:
    current = (ROOT / "README.md").read_text()
    assert documents.readme(documents.readme(current)) == current


def test_every_setting_is_in_the_table() -> None:
    table = documents.settings_table()
    assert [name for name in KEYS if f"| `{name}` |" not in table] == []


def test_every_row_has_six_cells() -> None:
    rows = [line for line in documents.settings_table().splitlines() if line.startswith("| ")]
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}


def test_no_account_is_in_the_documents() -> None:
    assert [path for path, text in GENERATED.items() if re.search(r"\b\d{12}\b", text)] == []


def test_every_reference_of_the_requirements_exists() -> None:
    text = (ROOT / "docs" / "requirements.md").read_text()
    references = re.findall(
        r"`((?:tests|components|embedded_aws|etl|policies|weather_cli|Pulumi)[\w./-]*)((?:::\w+)*)`", text
    )
    assert len(references) > 50
    for path, names in references:
        assert (ROOT / path).exists(), path
        for name in names.split("::")[1:]:
            assert re.search(rf"^\s*(def|class) {name}\b", (ROOT / path).read_text(), re.M), f"{path}::{name}"
