"""The generated files are what the definitions say."""

import pytest
from dataset_definitions import files

GENERATED = files()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_a_generated_file_is_current(path) -> None:
    assert path.read_text() == GENERATED[path], "python -m dataset_definitions writes it anew"
