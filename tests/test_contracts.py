"""Every import contract is kept, and catches a forbidden import that is planted into the graph."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import Contract
from importlinter.configuration import configure
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

ROOT = Path(__file__).parents[1]

OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
KINDS = {"forbidden": ForbiddenContract, "layers": LayersContract, "protected": ProtectedContract}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    configure()
    return grimp.build_graph(*OPTIONS["root_packages"], include_external_packages=True, cache_dir=None)


def contract_of(options: dict[str, Any]) -> Contract:
    session = {"root_packages": OPTIONS["root_packages"], "include_external_packages": "True"}
    own = {name: value for name, value in options.items() if name not in ("name", "type")}
    return KINDS[options["type"]](options["name"], session, own)


def planted(options: dict[str, Any], graph: grimp.ImportGraph) -> tuple[str, str]:
    """Return importer and imported module of an import that the contract forbids."""
    if options["type"] == "forbidden":
        source = options["source_modules"][0]
        return min(graph.find_children(source) or {source}), options["forbidden_modules"][-1]
    if options["type"] == "layers":
        container, layers = options["containers"][0], options["layers"]
        highest, lowest = (f"{container}.{layer.split(' | ')[0]}" for layer in (layers[0], layers[-1]))
        return lowest, highest
    package = options["protected_modules"][0].removesuffix(".*")
    excused = {one.split(" -> ")[1] for one in options.get("ignore_imports", ())}
    inner = min(graph.find_children(package) - excused)
    return "components.naming", inner


@pytest.mark.parametrize("options", OPTIONS["contracts"], ids=lambda options: options["name"])
def test_a_contract_is_kept_and_catches_what_it_forbids(
    options: dict[str, Any], graph: grimp.ImportGraph
) -> None:
    contract = contract_of(options)
    assert contract.check(
        deepcopy(graph), verbose=False
    ).kept  # a check takes excused imports out of its graph
    importer, imported = planted(options, graph)
    wrong = deepcopy(graph)
    if imported not in wrong.modules:
        wrong.add_module(imported, is_squashed=True)
    wrong.add_import(importer=importer, imported=imported)
    assert not contract.check(wrong, verbose=False).kept, f"{importer} -> {imported}"
