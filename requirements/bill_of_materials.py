"""Prints what Strata is made of, as CycloneDX JSON: every locked package with version and hashes.

What runs is `required`; what only builds or tests it, and is in other locks, is `excluded`.
The same locks make the same bill, to the byte.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from msgspec import Struct
from packageurl import PackageURL

LOCKS = Path(__file__).parent
RUNTIME = LOCKS / "runtime.lock"
_NAMED = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[[a-z0-9,_-]+\])?==(?P<version>[^ \\;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NEEDED_BY = re.compile(r"^ +# (?:via )? *(?!via$)([a-z0-9._-]+)", re.MULTILINE)


class Locked(Struct, frozen=True):
    """A package as a lock pins it, and the packages that need it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]


def bill() -> str:
    """Return the whole bill of materials."""
    runtime = {one.name: _component(one, ComponentScope.REQUIRED) for one in locked(RUNTIME)}
    strata = Component(
        name="strata",
        version=version("strata"),
        type=ComponentType.APPLICATION,
        bom_ref="strata",
    )
    bom = Bom(metadata=BomMetaData(component=strata), components=runtime.values())
    for path in sorted(LOCKS.glob("*.lock")):
        bom.components.update(_component(one, ComponentScope.EXCLUDED) for one in _others(path))
    _depend(bom, strata, runtime)
    texts = (path.read_text() for path in sorted(LOCKS.glob("*.lock")))
    bom.serial_number = uuid5(NAMESPACE_URL, "".join([version("strata"), *texts]))
    bom.metadata.timestamp = None  # type: ignore[assignment]  # the locks say nothing of a time
    return JsonV1Dot6(bom).output_as_string(indent=2)


def locked(path: Path) -> Iterator[Locked]:
    """Return every package of a lock."""
    for block in re.split(r"^(?=[a-z0-9])", path.read_text(), flags=re.MULTILINE):
        if named := _NAMED.match(block):
            hashes = tuple(sorted(_HASH.findall(block)))
            yield Locked(named["name"], named["version"], hashes, tuple(_NEEDED_BY.findall(block)))


def _others(path: Path) -> Iterator[Locked]:
    """Return what a lock has that does not run."""
    runs = {(one.name, one.version) for one in locked(RUNTIME)}
    return (one for one in locked(path) if (one.name, one.version) not in runs)


def _component(one: Locked, scope: ComponentScope) -> Component:
    """Return a package; each of its files has a hash, and any of them may be installed."""
    purl = PackageURL("pypi", None, one.name, one.version)
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(purl)),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in one.hashes],
    )
    return Component(
        name=one.name,
        version=one.version,
        purl=purl,
        bom_ref=str(purl),
        scope=scope,
        external_references=[files],
    )


def _depend(bom: Bom, strata: Component, runtime: Mapping[str, Component]) -> None:
    """Say which package is there for which."""
    above = {**runtime, "strata": strata}
    needs: dict[str, list[Component]] = {name: [] for name in above}
    for one in locked(RUNTIME):
        for name in one.needed_by:
            needs[name].append(runtime[one.name])
    for name, found in needs.items():
        bom.register_dependency(above[name], found)


if __name__ == "__main__":
    sys.stdout.write(bill() + "\n")
