"""A change of what there is, who may use it and for how long."""

import json
from copy import deepcopy
from datetime import date

import pytest

from gateway.published.contract_changes import compare
from gateway.published.contracts import Contracts, read_contracts
from gateway.published.schema_changes import ChangeKind
from tests.gateway.promises import (
    BASE,
    FIELDS,
    OPS,
    PATH,
    THING,
    TODAY,
    Case,
    Change,
    adds,
    between,
    breaks,
    contracts,
    drop,
    nothing,
    put,
)

VERSIONS: dict[str, Case] = {
    "an operation is gone": Case(
        after=drop(OPS, "read"), verdict=breaks(ChangeKind.OPERATION_REMOVED, ("read", ""))
    ),
    "an operation has moved": Case(
        after=put(OPS, "read", "path", value="/all"),
        verdict=breaks(ChangeKind.OPERATION_MOVED, ("read", "")),
    ),
    "another method": Case(
        after=put(OPS, "make", "method", value="PUT"),
        verdict=breaks(ChangeKind.OPERATION_MOVED, ("make", "")),
    ),
    "another scope": Case(
        after=put(OPS, "read", "scope", value="system:orders:audit"),
        verdict=breaks(ChangeKind.SCOPE_CHANGED, ("read", "")),
    ),
    "an earlier sunset": Case(
        after=put("sunset_on", value="2027-06-01"),
        verdict=breaks(ChangeKind.SUNSET_EARLIER, (None, "/sunset_on")),
    ),
    "an operation": Case(
        after=put(
            OPS, "more", value={"method": "GET", "path": "/more", "scope": "system:orders:read"}
        ),
        verdict=adds(ChangeKind.OPERATION_ADDED),
    ),
    "a later sunset": Case(after=put("sunset_on", value="2029-01-01"), verdict=nothing),
}


@pytest.mark.parametrize("said", VERSIONS)
def test_what_is_there_no_more_breaks_its_callers(said: str) -> None:
    """Gone, moved, for others or for less time; more of it breaks nobody."""
    case = VERSIONS[said]

    found = between(case.before, case.after)

    assert case.verdict(found), found


def test_a_new_version_beside_the_old_one_breaks_nobody() -> None:
    """That is how a break is announced: the old version stays, and gets its sunset."""
    document = deepcopy(BASE)
    document["apis"]["/system/orders/v2"] = deepcopy(BASE["apis"][PATH])
    del document["apis"]["/system/orders/v2"]["types"][THING]["properties"]["id"]
    new = read_contracts(json.dumps(document).encode())
    old = contracts(drop("sunset_on"))

    found = compare(old, new, on=TODAY)

    assert [(each.api, each.kind) for each in found] == [
        (PATH, ChangeKind.SUNSET_ANNOUNCED),
        ("/system/orders/v2", ChangeKind.VERSION_ADDED),
    ]


@pytest.mark.parametrize(("on", "announced"), [("2027-12-31", False), ("2028-01-01", True)])
def test_a_version_may_go_after_its_sunset_and_not_before(on: str, announced: bool) -> None:
    """What was announced for a day is gone from that day on."""
    [gone] = compare(contracts(), Contracts({}), on=date.fromisoformat(on))

    assert (gone.kind, gone.breaks, gone.announced) == (ChangeKind.VERSION_REMOVED, True, announced)


def test_a_preview_may_change() -> None:
    """Whoever uses a preview was told that it may change."""
    preview = put("stage", value="preview")
    new = contracts(drop(*FIELDS, "id"))

    found = compare(contracts(preview), new, on=TODAY)

    assert found
    assert all(each.announced for each in found if each.breaks)


GONE: dict[str, Change] = {
    "retired before its sunset": put("stage", value="retired"),
    "a sunset that has come as it is told": put("sunset_on", value="2026-11-27"),
}


@pytest.mark.parametrize("said", GONE)
def test_a_version_that_answers_no_more_is_gone_though_it_is_listed(said: str) -> None:
    """Its callers get 410 from the day of the release, whatever the file still promises."""
    for before in (put("sunset_on", value="2028-01-01"), drop("sunset_on")):
        found = between(before, GONE[said])

        [gone] = [each for each in found if each.breaks and not each.announced]
        assert (gone.kind, gone.operation) == (ChangeKind.VERSION_REMOVED, None)


def test_a_version_may_retire_on_its_sunset() -> None:
    """What was announced for a day may be said to be over from that day on."""
    retired = put("stage", value="retired")

    assert between(put("stage", value="deprecated"), retired, date(2028, 1, 1)) == []


def test_a_version_does_not_go_back_to_a_preview() -> None:
    """Else the next release could change it as it likes."""
    [found] = between(put("stage", value="active"), put("stage", value="preview"))

    assert (found.kind, found.pointer) == (ChangeKind.STAGE_LOWERED, "/stage")
    assert found.breaks
    assert not found.announced


def test_a_preview_that_becomes_active_breaks_nobody() -> None:
    """A promise that grows is none that is broken."""
    assert between(put("stage", value="preview"), put("stage", value="active")) == []
