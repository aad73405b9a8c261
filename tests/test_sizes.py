"""No module and no class grows beyond what a reader holds in mind, unless its docstring says why."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULE, CLASS = 400, 200


def test_what_is_long_says_why() -> None:
    unexplained: list[str] = []
    for root in ("etl", "components", "policies", "stack_files"):
        for path in sorted((ROOT / root).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
            nodes: list[tuple[str, int, str | None, int]] = [
                (one.name, (one.end_lineno or 0) - one.lineno + 1, ast.get_docstring(one), CLASS)
                for one in ast.walk(tree)
                if isinstance(one, ast.ClassDef)
            ]
            nodes.append(("the module", text.count("\n"), ast.get_docstring(tree), MODULE))
            unexplained += [
                f"{path.relative_to(ROOT)}: {name} has {lines} lines"
                for name, lines, said, most in nodes
                if lines > most and f"Longer than {most} lines: " not in (said or "")
            ]
    assert unexplained == []
