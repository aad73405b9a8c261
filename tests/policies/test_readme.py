"""The table of rules is what the rules say, and every address in the documentation leads to a rule."""

from __future__ import annotations

import json
import re

from tests.policies.engine import PACK, InProcess
from weather_policies import documents, pack
from weather_policies.readers.tags import TAGGABLE

PAGE = PACK.parent / "docs" / "policies.md"
NAMES = {rule.name for rule in pack.POLICIES}


def test_generated_documents_are_up_to_date():
    for path, content in documents.files().items():
        assert (PACK.parent / path).read_text(encoding="utf-8") == content, (
            "run: python -m weather_policies.documents"
        )


def test_every_rule_has_its_row():
    rows = re.findall(r"^\| \[`(weather-[a-z0-9-]+)`\]", documents.readme(), re.MULTILINE)
    assert sorted(rows) == sorted(NAMES)


def test_the_comparison_names_only_rules_that_exist():
    named = set(re.findall(r"`(weather-[a-z0-9]+-[a-z0-9-]+)`", PAGE.read_text(encoding="utf-8")))
    assert named <= NAMES
    assert len(named) > 40


def test_the_configuration_examples_are_valid():
    blocks = re.findall(r"```json\n(.*?)```", documents.readme(), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        given = json.loads(block)
        assert set(given) <= NAMES
        InProcess(pack.POLICIES, given)


def test_the_comparison_says_how_many_types_take_tags():
    assert f"one rule over the {len(TAGGABLE)} types" in PAGE.read_text(encoding="utf-8")


def test_tests_that_the_comparison_names_exist():
    for path in re.findall(r"`(tests/[a-z_/]+\.py)`", PAGE.read_text(encoding="utf-8")):
        assert (PACK.parent / path).exists()
