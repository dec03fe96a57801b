"""What governance lists comes page after page: all of it, once, in order, to whom it is for."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, insert

from gateway.running import Running
from governance import v1 as governance_api
from governance.access import Caller as Somebody
from governance.access import acting_as
from governance.quality.findings import QualityFindings
from governance.quality.rules import Action, Judgement, Kind, QualityRule, Verdict
from governance.quality.tables import quality_scores
from governance.usage import api_usage, lifecycle_notices
from governance.withdrawals import TABLE, Taken, Target, Withdrawal, Withdrawals
from tests.forked import ROOT
from tests.gateway.beside import strata
from tests.gateway.house import ISSUER, Caller, House, running
from tests.gateway.orders import orders_api

PATH = "/system/orders/v1"
READING = frozenset(
    f"governance:{each}:read" for each in ("quality", "usage", "access", "audit", "catalog")
)
BASE = "/governance/v1"
FINDINGS, USAGE, NOTICES = f"{BASE}/quality/findings", f"{BASE}/usage", f"{BASE}/notices"
SCORES, WITHDRAWALS = f"{BASE}/quality/scores", f"{BASE}/access/withdrawals"
# More than two pages of each.
MANY = {FINDINGS: 205, USAGE: 1005, NOTICES: 1005, SCORES: 1005, WITHDRAWALS: 205}
RULE = QualityRule(
    id="DQ-C3",
    title="two clients have one tax id",
    kind=Kind.CLIENT,
    owner="steward",
    action=Action.WARN,
    remedy="merge them",
)
SYSTEM = Somebody(subject="process:quality", client_id="process:quality", scopes=frozenset())


@pytest.fixture
async def caller(house: House) -> AsyncIterator[Caller]:
    """Fill every list with more than two pages, and serve them."""
    withdrawals = Withdrawals(house.store, house.audit, house.wall.now, ISSUER)
    house.more["withdrawals"] = withdrawals
    await _find(house)
    await _use(house)
    await withdrawals.refresh()
    async with running(house.app(orders_api(), governance_api), house) as calling:
        calling.token = house.token(scopes=READING)
        yield calling


async def _find(house: House) -> None:
    findings = QualityFindings(house.store, house.audit, house.wall.now, house.governance.metrics)
    seen = [_wrong(number, "NWA-US", "TAX") for number in range(MANY[FINDINGS])]
    unseen = [_wrong(number, "NWA-UK", "TAX") for number in range(300, 310)]
    with acting_as(SYSTEM):
        await findings.judged(*unseen, *seen[::2])
        house.wall.set(house.wall.now() + timedelta(seconds=1))
        await findings.judged(*seen[1::2])


def _wrong(number: int, entity: str, unit: str) -> Judgement:
    return Judgement(
        kind=Kind.CLIENT,
        subject=f"cl_{number:03}",
        version=1,
        system="crm-emea" if number % 2 else "crm-us",
        legal_entity=entity,
        business_unit=unit,
        verdicts=(Verdict(RULE, "tax_id is also that of another"),),
    )


async def _use(house: House) -> None:
    now, names = house.wall.now(), [f"client-{number:04}" for number in range(MANY[USAGE])]
    usage = [
        {"day": now.date(), "api": PATH, "operation": "list", "consumer": name, "field": "*"}
        for name in names
    ]
    notices = [
        {"api": PATH, "consumer": name, "stage": "deprecated", "week": "2026-W50"} for name in names
    ]
    weeks = [date(2020, 1, 6) + timedelta(weeks=number) for number in range(MANY[SCORES])]
    scores = [{"week": week, "kind": "client", "legal_entity": "NWA-US"} for week in weeks]
    taken = [
        Withdrawal(
            id=f"wd_{number}",
            taken=Taken(target=Target(subject="x"), reason="left"),
            by="o",
            at=now,
        )
        for number in range(MANY[WITHDRAWALS])
    ]
    kept = [{"id": each.id, "record": msgspec.json.encode(each)} for each in taken]
    counted = {"calls": 1}, {"raised_at": now}, {"judged": 1, "score": "1"}

    def work(connection: Connection) -> None:
        connection.execute(insert(api_usage).values(**counted[0]), usage)
        connection.execute(insert(lifecycle_notices).values(**counted[1]), notices)
        connection.execute(insert(quality_scores).values(**counted[2]), scores)
        connection.execute(insert(TABLE), kept)

    await house.store.write(work)


async def followed(caller: Caller, path: str) -> list[list[dict[str, object]]]:
    """Return every page of a list."""
    pages, cursor = [], ""
    while True:
        answer = await caller.send("GET", path + cursor)
        assert answer.status == 200, answer.body
        page = json.loads(answer.body)
        pages.append(page["items"])
        if page["next_cursor"] is None:
            return pages
        cursor = f"{'&' if '?' in path else '?'}cursor={page['next_cursor']}"


async def test_a_list_comes_whole_and_once_in_pages_that_are_bounded(caller: Caller) -> None:
    """Nothing is told twice or left out, in the order that the list promises."""
    for path, many in MANY.items():
        pages = await followed(caller, path)
        items = [json.dumps(each) for page in pages for each in page]

        size = 100 if many < 500 else 500
        assert [len(page) for page in pages] == [size, size, 5], path
        assert len(set(items)) == many


async def test_findings_of_two_moments_come_oldest_first_whatever_their_ids(
    caller: Caller,
) -> None:
    """And those of one moment by their ids, over the edges of pages."""
    pages = await followed(caller, FINDINGS)
    items = [(str(each["opened_at"]), str(each["id"])) for page in pages for each in page]

    assert items == sorted(items)
    assert len({at for at, _ in items}) == 2


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("system=crm-emea", [100, 2]),
        ("rule=DQ-C3&owner=steward&status=open&legal_entity=NWA-US", [100, 100, 5]),
        ("rule=DQ-C4", [0]),
        ("status=waived", [0]),
        ("owner=finance", [0]),
    ],
)
async def test_a_page_is_filled_with_what_was_asked_for(
    caller: Caller, asked: str, expected: list[int]
) -> None:
    """A filter makes no page shorter than the last."""
    assert [len(page) for page in await followed(caller, f"{FINDINGS}?{asked}")] == expected


async def test_no_page_shows_what_is_of_another_company_or_unit(
    caller: Caller, house: House
) -> None:
    """Nor does its cursor let anybody in who changes hands."""
    first = json.loads((await caller.send("GET", FINDINGS)).body)["next_cursor"]
    british = house.token(scopes=READING, entities=frozenset({"NWA-UK"}))
    other = house.token(scopes=READING, units=frozenset({"IT"}))
    theirs = json.loads((await caller.send("GET", FINDINGS, token=british)).body)["items"]
    further = await caller.send("GET", f"{FINDINGS}?cursor={first}", token=british)
    none = await caller.send("GET", f"{FINDINGS}?cursor={first}", token=other)

    assert [each["legal_entity"] for each in theirs] == ["NWA-UK"] * 10
    assert {each["legal_entity"] for each in json.loads(further.body)["items"]} <= {"NWA-UK"}
    assert json.loads(none.body) == {"items": [], "next_cursor": None}


async def test_a_cursor_that_is_none_of_this_list_is_refused_by_name(caller: Caller) -> None:
    """Broken, made up, or of another list: a problem that names the parameter and the remedy."""
    cursors = [
        json.loads((await caller.send("GET", path)).body)["next_cursor"] for path in MANY
    ] + ["nonsense", "", "W10", "WyJmaW5kaW5ncyIsICIwMDAxLTAxLTAxVDAwOjAwOjAwKzA1OjAwIiwgIngiXQ"]
    for number, path in enumerate([*MANY, f"{BASE}/audit"]):
        foreign = cursors[:number] + cursors[number + 1 :]
        answers = [await caller.send("GET", f"{path}?cursor={each}") for each in foreign]

        assert {(each.status, each.slug) for each in answers} == {(400, "bad-query")}
        faults = [each.problem.errors[0] for each in answers]
        assert {each.parameter for each in faults} == {"cursor"}
        assert all("`next_cursor`" in each.remedy for each in faults)


async def test_the_commands_follow_every_page(caller: Caller, house: House, tmp_path: Path) -> None:
    """`strata quality` tells of all findings; a part of the usage is not taken for all of it."""
    data, token, file = tmp_path / "asking", tmp_path / "token", tmp_path / "usage.json"
    data.mkdir()
    token.write_text(caller.token)
    at = Running(f"http://127.0.0.1:{caller.port}", str(ROOT / "northwind"))
    (data / "gateway.json").write_bytes(msgspec.json.encode(at))
    code, told = await strata(data, "quality", "--token-file", str(token))
    done, said = await strata(
        data, "catalog", "usage", "--out", str(file), "--token-file", str(token)
    )
    page = tmp_path / "page.json"
    page.write_bytes((await caller.send("GET", USAGE)).body)
    released = str(ROOT / "docs/contracts/released.json")
    whole, _ = await strata(data, "catalog", "diff", "--against", released, "--usage", str(file))
    part, why = await strata(data, "catalog", "diff", "--against", released, "--usage", str(page))

    assert (code, told.splitlines()[-1]) == (1, f"{MANY[FINDINGS]} open.")
    assert (done, said) == (0, "")
    assert len(json.loads(file.read_bytes())["items"]) == MANY[USAGE]
    assert (whole, part) == (0, 2)
    assert "strata catalog usage" in why
