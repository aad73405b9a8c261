"""The generated files are what the definitions say."""

from pathlib import Path

import pytest
from dataset_definitions import files

GENERATED = files()
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("path", GENERATED)
def test_a_generated_file_is_current(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == GENERATED[path], "python -m dataset_definitions writes it anew"
