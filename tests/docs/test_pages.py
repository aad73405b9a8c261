"""Pages lead to each other: no dead link, no page that none leads to, no decision without date and status."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "policies/*.md", "benchmarks/*.md", "embedded_aws/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
DECISIONS = sorted((ROOT / "docs/adr").glob("0*.md"))


def links(page: Path) -> Iterator[Path]:
    """Yield what a page links to in this repository."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for found in LINK.finditer(text):
        target = (found[1] or found[2]).split("#")[0]
        if target and "://" not in target and not target.startswith("mailto:"):
            yield (page.parent / target).resolve()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert [str(target) for target in links(page) if not target.exists()] == []


def test_the_index_leads_to_every_page():
    index = ROOT / "docs/README.md"
    reached, waiting = set(), [index]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [target / "README.md" if target.is_dir() else target for target in links(page)]
    assert {str(page) for page in (ROOT / "docs").rglob("*.md")} - {str(page) for page in reached} == set()


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_bears_status_and_date_and_is_listed(page):
    title, _, status = page.read_text(encoding="utf-8").split("\n")[:3]
    assert title.startswith(f"# {page.name[:4]} ")
    assert re.fullmatch(r"\*(Accepted|Superseded by \[\d{4}\]\(\S+\)), \d{4}-\d\d-\d\d\.\*", status)
    assert f"({page.name})" in (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")


def test_no_two_decisions_have_one_number():
    numbers = [page.name[:4] for page in DECISIONS]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
