"""Every case of known answers: the datasets of its lake say what is right."""

from pathlib import Path

import pytest

from tests.cases.known_answers import failures, read_case

CASES = sorted(Path(__file__).parent.glob("[0-9]*-*.json"), key=lambda path: int(path.name.split("-")[0]))
OPEN = {}
"""Cases that decoding does not yet get right: file -> what is missing."""


def _case(path):
    marks = [pytest.mark.xfail(reason=OPEN[path.stem], strict=True)] if path.stem in OPEN else []
    return pytest.param(path, id=path.stem, marks=marks)


def test_every_open_case_is_a_case():
    assert OPEN.keys() <= {path.stem for path in CASES}


@pytest.mark.parametrize("path", [_case(path) for path in CASES])
def test_the_datasets_say_what_is_right(path, tmp_path):
    assert failures(read_case(path), tmp_path) == []
