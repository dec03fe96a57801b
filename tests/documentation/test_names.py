"""What the documentation names exists: settings, metrics, files, addresses, commands."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import msgspec
import pytest
from msgspec import Struct

from gateway.apis import APIS
from gateway.cli import main
from gateway.mounting import read_api
from gateway.published.api_catalog import ADDRESS as API_CATALOG
from gateway.settings import PREFIX, Settings, load_settings
from gateway.webhook_addresses import PATH as WEBHOOKS
from governance.roles import ALL_SCOPES
from observability.metrics import Metrics
from process_apis.adoption.balances import ObstacleCode
from process_apis.exceptions.owners import OPERATORS, OWNERS
from tests.documentation.pages import PAGES, README, ROOT, blocks, code_words, links

PACKAGES = ("gateway", "experience_apis", "process_apis", "system_apis", "governance")
OTHERS = ("observability", "store", "tests", "docs", "bench", "northwind")
OPEN = {"/health", "/ready", "/metrics", "/docs", "/docs/problems", "/schema/openapi.json"}
SIGNED = {f"{WEBHOOKS}/{{instance}}"}
OAUTH = {f"/oauth/{each}" for each in ("token", "jwks", "revoke", "introspect", "authorize")}
WELL_KNOWN = {f"/.well-known/oauth-{e}" for e in ("authorization-server", "protected-resource")}
FILE_ONLY = "file only"
# What a page tells the reader to write, or what a run makes.
EXAMPLES = {"system_apis/crm/dealbook.py", "experience_apis/partners/v1.py"}


def named(page: Path) -> str:
    """Return a page's name as a test is called by."""
    return str(page.relative_to(ROOT))


def test_the_settings_table_is_the_settings() -> None:
    """Every setting is in the README with its variable and its default, and no other."""
    row = re.compile(r"^\| `([a-z_.]+)` \| (?:`([A-Z_]+)`|(file only)) \| `?([^|`]+)`? \|", re.M)

    printed = {
        name: (variable or where, default.strip())
        for name, variable, where, default in row.findall(README.read_text())
    }

    assert printed == dict(_settings(Settings()))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_toml_example_is_good_settings(page: Path, tmp_path: Path) -> None:
    """A file that a page prints is read without a complaint."""
    for block in blocks(page):
        if block.language == "toml":
            path = tmp_path / "strata.toml"
            path.write_text(block.text)
            read = load_settings({}, path)

            assert tomllib.loads(block.text).keys() <= set(Settings.__struct_fields__)
            assert read != Settings()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_metric_that_is_named_is_counted(page: Path) -> None:
    """A dashboard that is built from a page shows something."""
    known = {each for family in Metrics().registry.collect() for each in _series(family.name)}
    text = page.read_text()

    found = re.findall(r"\b(?:strata|http_server|http_client)_[a-z_]+[a-z]\b", text)

    assert [each for each in found if each not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link inside the project leads to a file, and to a heading where it names one."""
    dead = []
    for target in links(page):
        path, _, heading = target.partition("#")
        there = (page.parent / path) if path else page
        if not there.exists() or (heading and heading not in _headings(there)):
            dead.append(target)

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    """A path in code type is a file or a folder of the project."""
    rooms = "|".join(PACKAGES + OTHERS)
    path = re.compile(rf"((?:{rooms})/[\w./-]*)(?:::(\w+))?")
    found = [match for word in code_words(page) if (match := path.fullmatch(word))]

    missing = [
        match[0]
        for match in found
        if match[1] not in EXAMPLES and not _is_there(ROOT / match[1], match[2])
    ]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_address_that_is_named_is_served(page: Path) -> None:
    """An address in code type belongs to an API that is mounted, or is open."""
    address = re.compile(r"(?:(?:GET|POST|PUT) )?(/[a-z0-9{}._-]+(?:/[a-z0-9{}._-]+)*/?)")
    words = [match[1] for word in code_words(page) if (match := address.fullmatch(word))]
    examples = {"/experience/partners/v1"}

    unknown = [
        word
        for word in words
        if re.sub(r"\{\w+\}", "{}", word)
        not in _shapes() | {module.POLICY.path for module in APIS} | examples
    ]

    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_is_named_can_be_typed(page: Path) -> None:
    """`strata …` and `make …` are known to the program and to the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    typed = [*code_words(page), *(b.text for b in blocks(page) if b.language == "sh")]
    text = "\n".join(typed)

    makes = re.findall(r"^make ([a-z]+)", text, re.M)
    stratas = re.findall(r"(?:^|[ (/])strata ([a-z]+(?: [a-z]+)?)", text)

    assert [each for each in makes if each not in targets] == []
    assert [each for each in stratas if not _is_command(each.split())] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_scope_and_code_that_is_named_is_known(page: Path) -> None:
    """Scopes are held by a role, and codes are an exception's with an owner, or an import's."""
    words = list(code_words(page))
    scopes = [
        w for w in words if re.fullmatch(r"(system|process|experience|governance):\w+:\w+", w)
    ]
    codes = [w for w in words if re.fullmatch(r"[A-Z]+_[A-Z_]+", w) and not w.startswith(PREFIX)]
    constants = {"JOURNALED", "GENERATION", "OWNERS", "APIS"}

    assert [each for each in scopes if each not in ALL_SCOPES] == []
    assert [
        each for each in codes if each not in {*OWNERS, *OPERATORS, *ObstacleCode, *constants}
    ] == []


def _settings(settings: Struct, above: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    """Return each setting with its variable and default, as the table prints them."""
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        path = f"{above}{name}"
        if isinstance(value, Struct):
            yield from _settings(value, f"{path}.")
        elif isinstance(value, dict | tuple):
            yield path, (FILE_ONLY, "none")
        else:
            variable = PREFIX + path.replace(".", "__").upper()
            yield path, (variable, "none" if value is None else str(msgspec.to_builtins(value)))


def _series(family: str) -> set[str]:
    """Return the names that a family of metrics is asked for by."""
    return {family} | {f"{family}_{part}" for part in ("total", "count", "sum", "bucket")}


def _headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in found}


def _is_there(path: Path, test: str | None) -> bool:
    if not path.exists():
        return False
    return test is None or re.search(rf"def {test}\(", path.read_text()) is not None


def _is_command(words: list[str]) -> bool:
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


@cache
def _shapes() -> set[str]:
    """Return every address that is served, whatever its parameters are called."""
    apis = [read_api(module) for module in APIS]
    served = {
        re.sub(r"\{(\w+):str\}", r"{\1}", (api.policy.path + path).rstrip("/"))
        for api in apis
        for one in api.operations
        for path in one.handler.paths
    }
    return {
        re.sub(r"\{\w+\}", "{}", each)
        for each in served | OPEN | SIGNED | OAUTH | WELL_KNOWN | {API_CATALOG}
    }
