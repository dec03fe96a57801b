"""Each fault does on the wire what its name says, and to the books what it says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import monotonic

import aiohttp
import msgspec
import pytest

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import ProjectDraft
from system_apis.errors import NotFound, Refused, TryAgain, Unknown, Unreadable
from system_apis.sandbox.faults import LASTING, FaultKind, FaultPlan
from tests.system_apis.sandbox.bills import Company, drafted, prepared
from tests.system_apis.sandbox.house import MONTH_END, NORTHWIND, House, house_of

US = Company(
    legal_entity="NWA-US",
    currency="USD",
    country="US",
    tax_category="E",
    tax_rate=Decimal(0),
)
DAY = date(2026, 10, 31)
DRAFT = ProjectDraft(
    number="P-1",
    name="One",
    client_number="CL-1",
    client_name="Contoso Health Inc.",
    contract_number="CT-1",
    legal_entity="NWA-US",
    billing_model=BillingModel.TIME_AND_MATERIALS,
    currency="USD",
    project_manager="U-PM1",
    template_code="TPL-TIME-AND-MATERIALS",
    template_version=1,
    start=DAY,
    end=DAY,
)
BEFORE = ["503-before", "429-seconds", "429-date", "429-absent", "429-huge", "reset-before"]
LOST = [
    "commit-then-reset",
    "commit-then-500",
    "commit-then-slow",
    "commit-then-garbage",
    "commit-then-truncated",
    "half-apply",
    "huge-body",
    "drip",
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Run Northwind's systems for somebody who soon gives up waiting."""
    async with house_of(NORTHWIND, tmp_path) as opened:
        await opened.at(MONTH_END)
        yield opened


async def _written(house: House, key: str) -> int:
    rows = await house.truth("erp-a", "invoice")
    return sum(row.external_id == key for row in rows)


@pytest.mark.parametrize("kind", BEFORE)
async def test_a_fault_before_leaves_the_books_as_they_were(house: House, kind: str) -> None:
    """Nothing was done, whatever the caller was told."""
    await prepared(house.erp(), US)
    await house.fail(kind, "create_invoice")
    with pytest.raises((TryAgain, Unknown)):
        await drafted(house.erp(), US, "key-1", DAY)

    assert await _written(house, "key-1") == 0
    assert await house.fired() == {kind: 1}


@pytest.mark.parametrize("kind", LOST)
async def test_a_fault_after_leaves_its_effect_and_loses_the_answer(
    house: House, kind: str
) -> None:
    """The invoice is in the books and the caller cannot know."""
    await prepared(house.erp(), US)
    await house.fail(kind, "create_invoice", huge_bytes=16 * 1024 * 1024)
    with pytest.raises(Unknown):
        await drafted(house.erp(), US, "key-1", DAY)

    assert await _written(house, "key-1") == 1
    assert await house.fired() == {kind: 1}


@pytest.mark.parametrize("kind", sorted(set(LOST) - {"drip"}))
async def test_a_write_that_answers_nothing_loses_its_answer_just_so(
    house: House, kind: str
) -> None:
    """The link is written and the caller cannot know; to write it again is to write it once."""
    crm = house.crm()
    [sale] = (await crm.opportunities(number="OPP-42")).items
    await house.fail(kind, "link_project", huge_bytes=16 * 1024 * 1024)
    with pytest.raises(Unknown):
        await crm.link_project(sale.id, "P-4201", key="k")
    written = await crm.opportunity(sale.id)
    await crm.link_project(sale.id, "P-4201", key="k")

    assert written.version == sale.version + 1
    assert await crm.opportunity(sale.id) == written


@pytest.mark.parametrize("kind", [*LOST, "duplicate-apply", "late-commit"])
async def test_repeating_a_create_that_has_a_native_key_makes_one_project(
    house: House, kind: str
) -> None:
    """The PSA itself does a create with a known key once."""
    psa = house.psa()
    await house.fail(kind, "create_project", huge_bytes=16 * 1024 * 1024, late_seconds=1.0)
    with suppress(Unknown):
        await psa.create_project(DRAFT, key="key-1")
    made = await psa.create_project(DRAFT, key="key-1")
    await asyncio.sleep(0.3)

    assert made.number == DRAFT.number
    assert len(await house.truth("psa", "workspace")) == 1
    assert await house.fired() == {kind: 1}


async def test_repeating_a_create_whose_answer_was_lost_makes_a_second_invoice(
    house: House,
) -> None:
    """The trap is real: nothing in the ERP holds a naive retry back."""
    await prepared(house.erp(), US)
    await house.fail("commit-then-reset", "create_invoice")
    with pytest.raises(Unknown):
        await drafted(house.erp(), US, "key-1", DAY)
    with pytest.raises(Refused) as told:
        await drafted(house.erp(), US, "key-1", DAY)

    assert await _written(house, "key-1") == 2
    assert told.value.code == "DUPLICATE_EFFECT"


async def test_looking_up_first_finds_what_a_lost_answer_left(house: House) -> None:
    """The key leads to the invoice."""
    await prepared(house.erp(), US)
    await house.fail("commit-then-reset", "create_invoice")
    with pytest.raises(Unknown):
        await drafted(house.erp(), US, "key-1", DAY)
    found = await house.erp().invoice_by_key("key-1")

    assert found is not None
    assert found.reference == "key-1"


async def test_a_late_commit_is_not_to_be_found_until_it_settles(house: House) -> None:
    """An absent record proves nothing before the declared time has passed."""
    await prepared(house.erp(), US)
    await house.fail("late-commit", "create_invoice", late_seconds=1.2)
    with pytest.raises(Unknown):
        await drafted(house.erp(), US, "key-1", DAY)
    absent = await _written(house, "key-1")
    await asyncio.sleep(0.7)

    assert (absent, await _written(house, "key-1")) == (0, 1)


async def test_half_an_invoice_has_a_header_and_no_lines(house: House) -> None:
    """The header is written, the lines are not."""
    await prepared(house.erp(), US)
    await house.fail("half-apply", "create_invoice")
    with pytest.raises(Unknown):
        await drafted(house.erp(), US, "key-1", DAY)
    [half] = [r for r in await house.truth("erp-a", "invoice") if r.external_id == "key-1"]

    assert half.items == []


async def test_a_duplicate_apply_is_noticed_by_the_connector(house: House) -> None:
    """Two invoices with one key are told to a person."""
    await prepared(house.erp(), US)
    await house.fail("duplicate-apply", "create_invoice")
    with pytest.raises(Refused) as told:
        await drafted(house.erp(), US, "key-1", DAY)

    assert told.value.code == "DUPLICATE_EFFECT"
    assert await _written(house, "key-1") == 2


async def test_what_is_eventually_visible_is_missed_at_first(house: House) -> None:
    """A read misses the record for a while, then finds it."""
    await prepared(house.erp(), US)
    await house.fail("eventually-visible", "create_invoice", hidden_seconds=0.5)
    with pytest.raises(Unknown):
        await drafted(house.erp(), US, "key-1", DAY)
    missed = await house.erp().invoice_by_key("key-1")
    await asyncio.sleep(0.6)

    assert missed is None
    assert await house.erp().invoice_by_key("key-1") is not None


async def test_an_answer_with_another_records_id_is_not_believed(house: House) -> None:
    """A read is tried again, and a write is read again by its key."""
    await prepared(house.erp(), US)
    await house.fail("wrong-id-echoed", "create_invoice")
    made = await drafted(house.erp(), US, "key-1", DAY)
    await house.fail("wrong-id-echoed", "invoice")
    with pytest.raises(TryAgain):
        await house.erp().invoice(made.id)

    assert (await house.erp().invoice(made.id)).reference == "key-1"


@pytest.mark.parametrize(
    ("looks_up", "instance", "record_type"),
    [("invoices", "erp-a", "invoice"), ("projects", "psa", "workspace")],
)
async def test_a_write_that_cannot_be_read_again_is_not_taken_for_undone(
    house: House, looks_up: str, instance: str, record_type: str
) -> None:
    """The read was lost, and the write was done."""
    await prepared(house.erp(), US)
    before = len(await house.truth(instance, record_type))
    await house.fail("503-before", looks_up)
    writes: dict[str, Callable[[], Awaitable[object]]] = {
        "psa": lambda: house.psa().create_project(DRAFT, key="key-1"),
        "erp-a": lambda: drafted(house.erp(), US, "key-1", DAY),
    }
    with pytest.raises(Unknown):
        await writes[instance]()

    assert len(await house.truth(instance, record_type)) == before + 1


async def test_a_flood_is_as_large_as_it_says(house: House) -> None:
    """More comes than any record needs."""
    await house.fail("huge-body", "clients", huge_bytes=3_000_000)
    async with house.session.get(f"{house.address.of('erp-a')}/record/v1/customer") as reply:
        body = await reply.read()

    assert 3_000_000 <= len(body) < 3_100_000


async def test_dripping_bytes_come_one_by_one(house: House) -> None:
    """The whole answer comes, in its own time."""
    await house.set(
        "faults",
        {"rules": [{"operation": "GET /record/v1/job", "kind": "drip"}], "drip_seconds": 0.002},
    )
    began = monotonic()
    async with house.session.get(f"{house.address.of('erp-a')}/record/v1/job") as reply:
        body = await reply.read()

    assert msgspec.json.decode(body) == {
        "items": [],
        "count": 0,
        "hasMore": False,
        "offset": 0,
        "totalResults": 0,
    }
    assert monotonic() - began > 0.002 * len(body)


async def test_a_reset_is_a_reset_and_no_orderly_end(house: House) -> None:
    """The caller sees the connection torn down."""
    await house.fail("reset-before", "clients")
    with pytest.raises(aiohttp.ClientOSError):
        await house.session.get(f"{house.address.of('erp-a')}/record/v1/customer")


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("429-seconds", lambda after: after == "1"),
        ("429-date", lambda after: after is not None and after.endswith("GMT")),
        ("429-absent", lambda after: after is None),
        ("429-huge", lambda after: after is not None and int(after) > 10**7),
    ],
)
async def test_throttling_says_when_to_come_back_in_each_way(
    house: House, kind: str, says: Callable[[str | None], bool]
) -> None:
    """Seconds, a date, nothing, or a year."""
    await house.fail(kind, "clients")
    async with house.session.get(f"{house.address.of('erp-a')}/record/v1/customer") as reply:
        assert reply.status == 429
        assert says(reply.headers.get("Retry-After"))


async def test_every_kind_of_fault_is_tested_here() -> None:
    """No fault is planned that was never seen."""
    elsewhere = {"late-commit", "duplicate-apply", "eventually-visible", "wrong-id-echoed"}

    assert set(BEFORE) | set(LOST) | LASTING | elsewhere == set(FaultKind)


async def test_a_refusal_leaves_the_books_as_they_were_and_says_why(house: House) -> None:
    """In the system's own words, and to whoever asks, until somebody changes something."""
    await prepared(house.erp(), US)
    await house.fail("422-before", "create_invoice")
    with pytest.raises(Refused, match="a rule of the administrator"):
        await drafted(house.erp(), US, "key-1", DAY)

    assert await _written(house, "key-1") == 0
    assert await house.fired() == {"422-before": 1}


async def test_an_answer_that_has_drifted_says_which_field_is_of_another_form(house: House) -> None:
    """What was written in such an answer's time is written; the reader takes it for lost."""
    [sale] = (await house.crm().opportunities(number="OPP-42")).items
    await house.fail("drifted", "*")
    with pytest.raises(Unreadable, match=r"Expected `str`, got `object` - at `\$.Id`"):
        await house.crm().opportunity(sale.id)
    again = await house.crm().opportunity(sale.id)
    await prepared(house.erp(), US)
    await house.fail("drifted", "create_invoice")
    with pytest.raises(Unknown):
        await drafted(house.erp(), US, "key-1", DAY)

    assert again == sale
    assert await _written(house, "key-1") == 1


def test_chance_plays_nothing_that_lasts() -> None:
    """Or a firm that fails by chance would never come to its end by itself."""
    assert not LASTING & set(FaultPlan(rate=Decimal(1)).kinds)


async def test_a_record_that_is_not_there_is_not_found(house: House) -> None:
    """An id of another system leads nowhere."""
    [opportunity] = (await house.crm().opportunities(number="OPP-38")).items
    with pytest.raises(NotFound):
        await house.erp().invoice(opportunity.id)
