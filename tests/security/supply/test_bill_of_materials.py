"""The bill of materials names every package that runs, and how to know its files (SC-03)."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import msgspec
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from msgspec import Struct, field

from tests.forked import ROOT

RUNTIME = (ROOT / "requirements" / "runtime.lock").read_text()
BLOCKS = re.split(r"^(?=[a-z0-9])", RUNTIME, flags=re.MULTILINE)[1:]


class Hash(Struct, frozen=True):
    """What one file of a package comes to."""

    alg: str
    content: str


class Files(Struct, frozen=True):
    """The files of a package."""

    type: str
    url: str
    hashes: list[Hash]


class Part(Struct, frozen=True, kw_only=True):
    """A package, or the product itself."""

    name: str
    version: str
    scope: str = ""
    files: list[Files] = field(name="externalReferences", default_factory=list)


class Needs(Struct, frozen=True):
    """What a part rests on."""

    ref: str
    on: list[str] = field(name="dependsOn", default_factory=list)


class About(Struct, frozen=True):
    """What the bill is of."""

    component: Part


class Bill(Struct, frozen=True):
    """A bill of materials."""

    metadata: About
    components: list[Part]
    dependencies: list[Needs]


@cache
def printed() -> str:
    """Return what `make sbom` writes."""
    return _said(sys.executable, "requirements/bill_of_materials.py")


def bill() -> Bill:
    """Return the bill of materials."""
    return msgspec.json.decode(printed(), type=Bill)


def test_sc_03_every_package_that_runs_is_named_with_its_version_and_hashes() -> None:
    """Each locked package of the runtime is there, with the hash of each of its files."""
    runs = {
        (part.name, part.version, frozenset(each.content for each in files.hashes))
        for part in bill().components
        if part.scope == "required"
        for files in part.files
    }

    assert runs == {_pinned(block) for block in BLOCKS}
    assert all(hashes for _, _, hashes in runs)


def test_sc_03_what_only_tests_it_is_told_apart() -> None:
    """It is named too, and does not run."""
    scopes = {part.name: part.scope for part in bill().components}

    assert scopes["pytest"] == scopes["trytond"] == "excluded"
    assert set(scopes.values()) == {"required", "excluded"}


def test_sc_03_the_bill_is_of_the_version_that_the_program_tells() -> None:
    """`strata --version` says the same."""
    strata = bill().metadata.component

    program = str(Path(sys.executable).with_name("strata"))
    assert _said(program, "--version") == f"{strata.name} {strata.version}\n"


def test_sc_03_who_looks_for_a_package_sees_what_needs_it() -> None:
    """Whatever runs is there for something else that runs, or for Strata."""
    needs = {each.ref: each.on for each in bill().dependencies}
    reached = {"strata"}
    while more := {on for ref in reached for on in needs[ref]} - reached:
        reached |= more

    runs = {
        f"pkg:pypi/{part.name}@{part.version}"
        for part in bill().components
        if part.scope == "required"
    }
    assert reached == runs | {"strata"}


def test_sc_03_the_bill_is_valid_and_says_no_address() -> None:
    """It follows the form, and no file is told to come from anywhere."""
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(printed())
    told = re.sub(r'"\$schema": "[^"]*"', "", printed())

    assert found is None
    assert "://" not in told


def test_sc_03_the_same_locks_make_the_same_bill() -> None:
    """To the byte, so that two bills can be compared."""
    assert _said(sys.executable, "requirements/bill_of_materials.py") == printed()


def _pinned(block: str) -> tuple[str, str, frozenset[str]]:
    name, _, version = block.split()[0].partition("==")
    return name.partition("[")[0], version, frozenset(re.findall(r"sha256:([0-9a-f]+)", block))


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  our own programs
    return done.stdout
