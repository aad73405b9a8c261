"""Draw who imports whom: packages by floor, arrows between them, circles.

    python tools/imports.py [PACKAGE ...] [--depth N] [--mermaid]

Modules are squashed into packages of DEPTH names (2: `weather_etl.decode`).  A floor is the longest chain of
imports below a package.  Without `--mermaid` figures and floors are printed; with it, the drawing as a
Mermaid chart.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT, ROOT / "etl", ROOT / "policies")
Arrows = Mapping[str, frozenset[str]]
"""What each package imports."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print figures or the drawing; see the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("packages", nargs="*", default=["weather_etl"], help="top-level packages")
    parser.add_argument("--depth", type=int, default=2, help="names of a package that count (default 2)")
    parser.add_argument("--mermaid", action="store_true", help="print a Mermaid chart")
    arguments = parser.parse_args(argv)
    drawn = arrows(arguments.packages, arguments.depth)
    print(mermaid(drawn) if arguments.mermaid else figures(drawn))
    return 0


def arrows(packages: Sequence[str], depth: int) -> Arrows:
    """Return what each package imports, modules squashed to so many names."""
    sys.path[:0] = [str(folder) for folder in FOLDERS]
    graph = grimp.build_graph(*packages, cache_dir=None)
    found: dict[str, set[str]] = defaultdict(set)
    for module in sorted(graph.modules):
        importer = _squashed(module, depth)
        imported = {_squashed(name, depth) for name in graph.find_modules_directly_imported_by(module)}
        found[importer] |= imported - {importer}
    roots = frozenset(packages) if depth > 1 else frozenset[str]()  # a package's own `__init__`
    return {name: frozenset(imported - roots) for name, imported in found.items() if name not in roots}


def _squashed(module: str, depth: int) -> str:
    return ".".join(module.split(".")[:depth])


def floors(drawn: Arrows) -> list[list[str]]:
    """Return the packages by floor, the lowest first; those in a circle stand on the floor of all of it."""
    below: dict[str, int] = {}

    def floor(name: str, path: tuple[str, ...]) -> int:
        if name not in below:
            children = [child for child in drawn.get(name, ()) if child not in path]
            below[name] = max((floor(child, (*path, name)) + 1 for child in sorted(children)), default=0)
        return below[name]

    for name in sorted(drawn):
        floor(name, ())
    return [sorted(n for n, f in below.items() if f == number) for number in range(max(below.values()) + 1)]


def circles(drawn: Arrows) -> list[tuple[str, str]]:
    """Return the pairs of packages that reach each other."""
    reached: dict[str, set[str]] = {}
    for start in drawn:
        seen: set[str] = set()
        waiting = list(drawn[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += drawn.get(name, ())
        reached[start] = seen
    return sorted((a, b) for a in drawn for b in reached[a] if a < b and a in reached.get(b, ()))


def figures(drawn: Arrows) -> str:
    """Return counts and floors as text."""
    storeys = floors(drawn)
    count = sum(len(imported) for imported in drawn.values())
    lines = [f"{len(drawn)} packages, {len(storeys)} floors, {count} arrows, {len(circles(drawn))} circles"]
    lines += [
        f"{number:3} {', '.join(storeys[number])}" for number in range(len(storeys) - 1, -1, -1)
    ]  # the top floor first, as a house is drawn
    lines += [f"circle: {first} and {second} import each other" for first, second in circles(drawn)]
    return "\n".join(lines)


def mermaid(drawn: Arrows) -> str:
    """Return the drawing, top to bottom."""
    named = [f'  {name.replace(".", "_")}["{name.partition(".")[2] or name}"]' for name in sorted(drawn)]
    lines = ["flowchart TD", *named]
    for name in sorted(drawn):
        lines += [f"  {name.replace('.', '_')} --> {to.replace('.', '_')}" for to in sorted(drawn[name])]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
