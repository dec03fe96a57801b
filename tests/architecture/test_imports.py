"""Who may import whom: the contracts of `pyproject.toml`, and no knots."""

import subprocess
import sys
from pathlib import Path

import grimp

from tests.architecture.house import PACKAGES, ROOT, dotted, modules


def test_every_import_contract_is_kept() -> None:
    """Imports point down, rooms do not need each other, every library has its rooms."""
    program = Path(sys.executable).parent / "lint-imports"

    found = subprocess.run(  # noqa: S603  # the arguments are ours
        [program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert found.returncode == 0, f"{found.stdout}{found.stderr}"


def test_no_module_needs_itself_by_a_detour() -> None:
    """Following imports never leads back to where one began, faces included."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    roads = {each: graph.find_modules_directly_imported_by(each) for each in graph.modules}

    while ends := {each for each, onward in roads.items() if not onward & roads.keys()} | (
        roads.keys() - set().union(*roads.values())
    ):
        roads = {each: onward for each, onward in roads.items() if each not in ends}

    assert not roads, f"a knot of imports: {', '.join(sorted(roads))}"


def test_every_module_is_under_the_contracts() -> None:
    """What the import linter reads is what there is: no folder lacks its `__init__.py`."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)

    there = {dotted(path).removesuffix(".__init__") for path in modules()}

    assert there == graph.modules
