"""The door of a system bites: take one of its rules away, and what it stops comes through."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as
from governance.policy import Operation, TenantRule
from system_apis.errors import NotFound
from tests.system_apis.outbound.test_door import OPERATIONS, Books, House

READER = Caller(
    subject="e-7",
    client_id="console",
    scopes=frozenset({"system:books:read"}),
    entities=frozenset({"NWA-US"}),
)
WRITER = replace(READER, scopes=READER.scopes | {"system:books:write"})
FIRM_WIDE = {name: replace(one, tenants=TenantRule.FIRM_WIDE) for name, one in OPERATIONS.items()}


class Rule(Struct, frozen=True):
    """One rule of the door: what shows that it holds, and the policy without it."""

    held: Callable[[House, Books], Awaitable[bool]]
    without: dict[str, Operation]
    having: dict[str, Operation] | None = None


async def _refused(asked: Awaitable[object], *kinds: type[Exception]) -> bool:
    try:
        await asked
    except kinds:
        return True
    return False


async def _record(_: House, books: Books) -> bool:
    with acting_as(READER):
        return await _refused(books.invoice("2"), NotFound)


async def _list(_: House, books: Books) -> bool:
    with acting_as(READER):
        return len((await books.invoices()).items) == 1


async def _belongings(_: House, books: Books) -> bool:
    with acting_as(READER):
        return await _refused(books.lines(invoice_number="INV-DE-1"), NotFound)


async def _change(house: House, books: Books) -> bool:
    with acting_as(WRITER):
        refused = await _refused(books.post_invoice("2", key="k"), NotFound)
    return refused and not house.ledger.posted


async def _scope(house: House, books: Books) -> bool:
    with acting_as(READER):
        refused = await _refused(books.post_invoice("1", key="k"), Forbidden)
    return refused and not house.ledger.posted


async def _record_of_reads(house: House, books: Books) -> bool:
    with acting_as(READER):
        await books.invoice("1")
    return [each.action for each in await house.audit.records()] == ["read.books.invoice"]


def _with(**changes: Operation) -> dict[str, Operation]:
    return {**OPERATIONS, **changes}


RULES = {
    "another company's record": Rule(_record, FIRM_WIDE),
    "another company's rows": Rule(_list, FIRM_WIDE),
    "what belongs to another's record": Rule(_belongings, FIRM_WIDE),
    "a change of another's record": Rule(_change, FIRM_WIDE),
    "the scope to write": Rule(
        _scope, _with(post_invoice=replace(OPERATIONS["post_invoice"], scope="system:books:read"))
    ),
    "the record of what is sensitive": Rule(
        _record_of_reads,
        OPERATIONS,
        _with(invoice=replace(OPERATIONS["invoice"], sensitive=True)),
    ),
}


@pytest.mark.parametrize("name", RULES)
async def test_a_rule_of_the_door_that_is_taken_away_is_missed(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the rule nothing comes through; without it, something does."""
    rule, held = RULES[name], []
    for operations in (rule.having or OPERATIONS, rule.without):
        folder: Path = tmp_path_factory.mktemp("door")
        house = House(folder)
        held.append(await rule.held(house, house.behind_door(operations)))
        house.store.close()

    assert held == [True, False]
