"""What a firm's file names and does not have is found before the first record needs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.doctor import Severity, examine
from gateway.settings import Settings
from governance.identity_providers.config import Config as IssuerConfig
from governance.identity_providers.config import Grant
from tests.stories.programs import NORTHWIND

Facts = dict[str, Any]  # as the file has them
Change = Callable[[Facts], object]
EDITION = {"from": "2026-10-01", "version": 1, "terms": {}}


@pytest.fixture
def facts() -> Facts:
    """Return the firm's facts."""
    found: Facts = json.loads((NORTHWIND / "fixture.json").read_text())
    return found


def _settings(folder: Path, facts: Facts) -> Settings:
    (folder / "fixture.json").write_text(json.dumps(facts))
    return Settings(data_dir=str(folder / "data"), firm=str(folder))


DOUBTS: dict[str, tuple[str, str, Change]] = {
    "a role": (
        "firm people[0].roles",
        "is `finance` meant?",
        lambda f: f["people"][0].update(roles=["finanse"]),
    ),
    "a person's company": (
        "firm people[0].entities",
        "is `NWA-US` meant?",
        lambda f: f["people"][0].update(entities=["NWA-USA"]),
    ),
    "a person's unit": (
        "firm people[0].units",
        "name one of",
        lambda f: f["people"][0].update(units=["U-1"]),
    ),
    "a system's company": (
        "firm systems[1].entities",
        "is `NWA-US` meant?",
        lambda f: f["systems"][1]["entities"].append("NWA-USA"),
    ),
    "a company's books": (
        "firm entities[0].erp",
        "is `erp-b` meant?",
        lambda f: f["entities"][0].update(erp="erpb"),
    ),
    "a rate": (
        "firm entities[1].currency",
        "write its rate there",
        lambda f: f["fx_avg"].pop("EUR"),
    ),
    "who approves": (
        "firm approval_thresholds.invoice",
        "is `cfo` meant?",
        lambda f: f["approval_thresholds"]["invoice"][1].update(approvers=["cfoo"]),
    ),
}
STOPS: dict[str, tuple[str, str, Change]] = {
    "a time zone": (
        "firm entities[0].tz",
        "write one like Europe/Berlin",
        lambda f: f["entities"][0].update(tz="Amerika/New_York"),
    ),
    "two editions of one day": (
        "firm terms.notices",
        "a later day and a higher version",
        lambda f: f.update(terms={"notices": [EDITION, EDITION]}),
    ),
}


@pytest.mark.parametrize("doubt", [*DOUBTS, *STOPS])
def test_what_is_named_and_is_not_there_is_told_with_its_field(
    tmp_path: Path, facts: Facts, doubt: str
) -> None:
    """What no day can be reckoned by stops the start; the rest keeps somebody from their part."""
    about, remedy, change = {**DOUBTS, **STOPS}[doubt]
    change(facts)
    [found] = examine(_settings(tmp_path, facts))

    assert (found.about, found.severity is Severity.STOP) == (about, doubt in STOPS)
    assert remedy in found.remedy


def test_a_grant_of_a_company_that_is_none_is_told(tmp_path: Path, facts: Facts) -> None:
    """Whoever has it comes in and sees nothing."""
    given = Grant(claim="groups", value="g", entities=("NWA-USA", "NWA-DE"))
    issuer = IssuerConfig(
        name="firm", url="https://login.firm.example", audiences=("strata",), grants=(given,)
    )
    [found] = examine(replace(_settings(tmp_path, facts), issuers=(issuer,)))

    assert (found.about, found.remedy) == ("issuers.firm.grants.entities", "is `NWA-US` meant?")
