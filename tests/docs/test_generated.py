"""What is made from code does not drift from it."""

import pytest

from tools import docs

GENERATED = docs.files()


@pytest.mark.parametrize("path", GENERATED)
def test_a_generated_file_is_current(path):
    assert (docs.ROOT / path).read_text(encoding="utf-8") == GENERATED[path], "run: make docs"
