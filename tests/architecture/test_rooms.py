"""The rooms of the house: their names, their sizes, and which of them answer over HTTP."""

import ast
import re
import tomllib
from types import ModuleType

from gateway.apis import APIS
from gateway.mounting import read_api
from tests.architecture.house import (
    PACKAGES,
    ROOT,
    dotted,
    functions,
    length,
    modules,
    shown,
)

BESIDE = {"tests", "bench", "docs", "northwind", "requirements", "deploy", "dist"}
FORBIDDEN_NAMES = frozenset(
    {"utils", "helpers", "common", "core", "base", "manager", "handler", "service", "misc", "data"}
)
LAYERS = ("experience_apis", "process_apis", "system_apis", "governance")
MIGRATIONS = "store/migrations/versions/"


def test_the_top_folder_holds_the_seven_packages_and_nothing_unknown() -> None:
    """A newcomer reads the whole house off its top folder."""
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}

    assert set(PACKAGES) <= there
    assert there - set(PACKAGES) - {"__pycache__"} <= BESIDE


def test_the_wheel_and_the_checkers_know_the_same_packages() -> None:
    """What is shipped is what is type-checked and linted."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]

    assert tools["hatch"]["build"]["targets"]["wheel"]["packages"] == list(PACKAGES)
    assert tools["mypy"]["packages"] == list(PACKAGES)
    assert tools["importlinter"]["root_packages"] == list(PACKAGES)
    assert tools["importlinter"]["contracts"][0]["layers"] == list(PACKAGES)


def test_every_api_file_is_mounted_and_every_mounted_api_has_a_file() -> None:
    """The table of contents is complete: a `v1.py` that nobody mounts is a mistake."""
    files = {dotted(path) for path in modules(*LAYERS) if re.fullmatch(r"v[0-9]+", path.stem)}

    mounted = [api.__name__ for api in APIS]

    assert sorted(mounted) == sorted(files)


def test_every_api_has_an_owner_a_version_a_limit_and_an_address_that_is_its_path() -> None:
    """Each mounted API passes the same examination that stops the start-up."""
    policies = [read_api(api).policy for api in APIS]

    addresses = [policy.path for policy in policies]

    assert len(set(addresses)) == len(addresses)
    assert all(policy.owner.contact and policy.rate_plan.limit for policy in policies)


def test_no_module_hides_behind_a_name_that_says_nothing() -> None:
    """A stranger can guess what is in a file from its name."""
    named = {path: {*path.relative_to(ROOT).parts[:-1], path.stem} for path in modules()}

    found = [shown(path) for path, words in named.items() if words & FORBIDDEN_NAMES]

    assert not found


def test_an_init_file_holds_one_docstring() -> None:
    """Nothing is re-exported: every name is imported from where it lives."""
    found = []
    for path in modules():
        if path.name == "__init__.py":
            body = ast.parse(path.read_text()).body
            if len(body) != 1 or not isinstance(body[0], ast.Expr):
                found.append(shown(path))

    assert not found


def test_no_file_outgrows_its_room() -> None:
    """Files stay under 400 lines, tests too; half of ours are near 100, nine of ten under 250."""
    lines = {shown(path): path.read_text().count("\n") for path in modules()}
    tests = {shown(path): path.read_text().count("\n") for path in modules("tests")}
    sizes = sorted(lines.values())

    assert {name for name, count in (lines | tests).items() if count >= 400} == set()
    assert sizes[len(sizes) // 2] <= 110
    assert sizes[len(sizes) * 9 // 10] <= 250


def test_no_function_outgrows_a_screen() -> None:
    """Functions take at most 43 lines, which is where the longest stands today."""
    found = [
        f"{shown(path)}:{one.lineno} {one.name} takes {length(one)} lines"
        for path in modules()
        if not shown(path).startswith(MIGRATIONS)
        for one in functions(path)
        if length(one) > 43
    ]

    assert not found


def test_a_module_says_what_it_is_for() -> None:
    """Every file begins with a docstring that ends in a period, a question or an exclamation."""
    silent = [
        shown(path)
        for path in modules()
        if not (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0].endswith(".")
    ]

    assert not silent


def test_the_faces_of_all_layers_look_alike() -> None:
    """Each API file ends with its list of handlers, below its policy."""

    def of(api: ModuleType) -> list[str]:
        source = ast.parse((ROOT / f"{api.__name__.replace('.', '/')}.py").read_text())
        targets = [node.targets[0] for node in source.body if isinstance(node, ast.Assign)]
        return [each.id for each in targets if isinstance(each, ast.Name)]

    found = [api.__name__ for api in APIS if of(api)[-1] != "handlers" or "POLICY" not in of(api)]

    assert not found
