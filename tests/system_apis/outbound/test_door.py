"""A system is reached through one door, which knows who is calling and whose records these are."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

import pytest
from msgspec import Struct
from msgspec.structs import replace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from governance.access import Caller, Forbidden, acting_as
from governance.audit import Audit
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from governance.sensitive_reads import SensitiveReads
from observability.metrics import Metrics
from observability.tracing import Config, Tracing
from system_apis.canonical.record import Page
from system_apis.connector import worded
from system_apis.dedupe import DedupeMode, LookUpFirst
from system_apis.door import Ungovernable, Warden, governed
from system_apis.effects import Effects
from system_apis.errors import NotFound, TryAgain, Unreadable
from tests.stores import empty_store

READ = Operation(scope="system:books:read", tenants=TenantRule.BY_RECORD)
SENSITIVE = Operation(scope="system:books:read", tenants=TenantRule.BY_FILTER, sensitive=True)
WRITE = Operation(scope="system:books:write", tenants=TenantRule.BY_RECORD, writes=True)
OPERATIONS = {
    "invoice": READ,
    "invoices": READ,
    "lines": Operation(scope="system:books:read", tenants=TenantRule.BY_FILTER),
    "invoice_by_key": READ,
    "create_invoice": WRITE,
    "post_invoice": WRITE,
}


class Invoice(Struct, frozen=True):
    """An invoice as the books of these tests have it."""

    id: str
    number: str
    legal_entity: str
    posted: bool = False


class Draft(Struct, frozen=True):
    """An invoice to be written."""

    number: str
    legal_entity: str


@runtime_checkable
class Books(Protocol):
    """What any books must answer."""

    instance: str
    writes: Mapping[str, DedupeMode]

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice."""

    async def invoices(self, *, number: str | None = None) -> Page[Invoice]:
        """Return invoices."""

    async def lines(self, *, invoice_number: str) -> list[str]:
        """Return the lines of an invoice, which name no legal entity themselves."""

    async def invoice_by_key(self, key: str) -> Invoice | None:
        """Return the invoice of a key."""

    async def create_invoice(self, draft: Draft, *, key: str) -> Invoice:
        """Write an invoice."""

    async def post_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Post an invoice."""


class Ledger:
    """Books of two legal entities."""

    def __init__(self) -> None:
        self.instance = "erp-a"
        mode = LookUpFirst(find="invoice_by_key", settles_after=timedelta(seconds=2))
        self.writes: Mapping[str, DedupeMode] = {"create_invoice": mode, "post_invoice": mode}
        self.kept = {
            "1": Invoice("1", "INV-US-1", "NWA-US"),
            "2": Invoice("2", "INV-DE-1", "NWA-DE"),
        }
        self.keys: dict[str, str] = {}
        self.posted: list[str] = []
        self.failure: Exception | None = None

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice."""
        if self.failure is not None:
            raise self.failure
        return self.kept[invoice_id]

    async def invoices(self, *, number: str | None = None) -> Page[Invoice]:
        """Return invoices."""
        return Page([each for each in self.kept.values() if number in {None, each.number}])

    async def lines(self, *, invoice_number: str) -> list[str]:
        """Return the lines of an invoice."""
        return [f"hours of {invoice_number}"]

    async def invoice_by_key(self, key: str) -> Invoice | None:
        """Return the invoice of a key."""
        return self.kept.get(self.keys.get(key, ""))

    async def create_invoice(self, draft: Draft, *, key: str) -> Invoice:
        """Write an invoice."""
        new = Invoice(str(len(self.kept) + 1), draft.number, draft.legal_entity)
        self.kept[new.id], self.keys[key] = new, new.id
        return new

    async def post_invoice(self, invoice_id: str, *, key: str) -> Invoice:
        """Post an invoice."""
        self.posted.append(invoice_id)
        self.keys[key] = invoice_id
        return self.kept[invoice_id]


class Stranger(Ledger):
    """Books that say something that we have no word for, in an answer that reads well."""

    async def invoice(self, invoice_id: str) -> Invoice:
        """Return one invoice, if its state is one that we know."""
        posted = worded({"posted": True}, "frozen", field="state", system=self.instance)
        return Invoice(invoice_id, "INV-US-1", "NWA-US", posted)


class House:
    """A ledger behind its door, and what is written down about who came through it."""

    def __init__(self, path: Path) -> None:
        self.store = empty_store(path / "strata.db")
        self.audit = Audit(self.store, lambda: datetime.now(UTC), path / "heads.jsonl")
        self.spans, self.metrics = InMemorySpanExporter(), Metrics()
        self.tracing = Tracing(Config(sample_ratio=1.0), self.spans)
        effects = Effects(self.store, lambda: datetime.now(UTC), self.audit)
        reads = SensitiveReads(self.audit, self.store)
        self.warden = Warden(effects, self.metrics, self.tracing, reads)
        self.ledger = Ledger()
        self.books = self.behind_door(OPERATIONS)

    def behind_door(self, operations: dict[str, Operation]) -> Books:
        """Return the ledger behind the door that a policy makes."""
        policy = ApiPolicy(
            name="books",
            layer=Layer.SYSTEM,
            version=1,
            title="Books",
            owner=Owner(team="Finance", contact="finance@northwind.example"),
            lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
            rate_plan=RatePlan(),
            objective=Objective(availability="0.99", latency_ms=100),
            data_class=DataClass.CONFIDENTIAL,
            operations=operations,
        )
        entities = frozenset({"NWA-US", "NWA-DE"})
        return governed(self.ledger, Books, policy, self.warden, entities=entities)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Build a ledger with its door."""
    built = House(tmp_path)
    yield built
    built.store.close()


def _caller(*entities: str, scopes: str = "read write") -> Caller:
    return Caller(
        subject="e-7",
        client_id="console",
        scopes=frozenset(f"system:books:{verb}" for verb in scopes.split()),
        entities=frozenset(entities),
    )


AMERICAN = _caller("NWA-US")
EVERYWHERE = _caller("NWA-US", "NWA-DE")


async def test_nobody_comes_in_without_being_named(house: House) -> None:
    """A call that no caller is known for is refused."""
    with pytest.raises(Forbidden):
        await house.books.invoice("1")


@pytest.mark.parametrize(
    "call",
    [
        lambda books: books.create_invoice(Draft("INV-US-2", "NWA-US"), key="k"),
        lambda books: books.post_invoice("1", key="k"),
    ],
)
async def test_a_write_needs_the_scope_to_write(
    house: House, call: Callable[[Books], Awaitable[Invoice]]
) -> None:
    """Who may read may not write."""
    with acting_as(_caller("NWA-US", scopes="read")), pytest.raises(Forbidden) as forbidden:
        await call(house.books)

    assert forbidden.value.scope == "system:books:write"
    assert len(house.ledger.kept) == 2
    assert not house.ledger.posted


async def test_another_entitys_record_is_as_if_there_were_none(house: House) -> None:
    """An id that was guessed tells nothing."""
    with acting_as(AMERICAN), pytest.raises(NotFound):
        await house.books.invoice("2")


async def test_a_list_holds_only_what_the_caller_sees(house: House) -> None:
    """The rest is left out, and nothing is counted."""
    with acting_as(AMERICAN):
        page = await house.books.invoices()
    with acting_as(EVERYWHERE):
        everything = await house.books.invoices()

    assert [each.number for each in page.items] == ["INV-US-1"]
    assert len(everything.items) == 2


async def test_what_names_no_entity_is_kept_apart_by_what_it_belongs_to(house: House) -> None:
    """The lines of an invoice that the caller does not see are not there."""
    with acting_as(AMERICAN):
        own = await house.books.lines(invoice_number="INV-US-1")
        with pytest.raises(NotFound):
            await house.books.lines(invoice_number="INV-DE-1")

    assert own == ["hours of INV-US-1"]


async def test_a_draft_for_another_entity_is_forbidden(house: House) -> None:
    """Nothing is written into books that the caller does not see."""
    with acting_as(AMERICAN), pytest.raises(Forbidden):
        await house.books.create_invoice(Draft("INV-DE-2", "NWA-DE"), key="k")

    assert len(house.ledger.kept) == 2


async def test_another_entitys_record_is_not_changed(house: House) -> None:
    """The rule is asked before the write, not after it."""
    with acting_as(AMERICAN), pytest.raises(NotFound):
        await house.books.post_invoice("2", key="k")

    assert not house.ledger.posted


async def test_a_write_through_the_door_is_made_once_and_audited(house: House) -> None:
    """The effect and its entry stand together, under the caller's name."""
    with acting_as(AMERICAN):
        first = await house.books.create_invoice(Draft("INV-US-2", "NWA-US"), key="k")
        again = await house.books.create_invoice(Draft("INV-US-2", "NWA-US"), key="k")

    [entry] = await house.audit.records()
    assert first == again
    assert len(house.ledger.kept) == 3
    assert (entry.actor, entry.action) == ("e-7", "books.create_invoice")
    assert entry.legal_entity == "NWA-US"
    assert entry.trace_id


async def test_a_sensitive_read_is_on_record_with_what_was_asked_and_not_what_was_seen(
    house: House,
) -> None:
    """Who, for whom, what, of which company and how many; a process is recorded like anybody."""
    books = house.behind_door(OPERATIONS | {"invoices": SENSITIVE, "invoice": SENSITIVE})
    with acting_as(replace(EVERYWHERE, on_behalf_of="e-9")):
        await books.invoices()
        await books.invoices(number="INV-US-1")
        await books.invoice("2")

    entries = await house.audit.records()
    assert [(e.action, e.subject, e.legal_entity, e.reason) for e in entries] == [
        ("read.books.invoices", "everything", None, "2 records"),
        ("read.books.invoices", "number=INV-US-1", None, "1 record"),
        ("read.books.invoice", "invoice_id=2", "NWA-DE", "1 record"),
    ]
    assert {(e.actor, e.on_behalf_of, e.stream) for e in entries} == {
        ("e-7", "e-9", "sensitive_reads")
    }


async def test_what_cannot_be_put_on_record_is_not_shown(house: House) -> None:
    """Other reads go on; the sensitive one can be tried again."""
    books = house.behind_door(OPERATIONS | {"lines": SENSITIVE})
    await house.store.write(
        lambda connection: connection.exec_driver_sql("ALTER TABLE audit RENAME TO gone")
    )
    with acting_as(AMERICAN):
        with pytest.raises(TryAgain):
            await books.lines(invoice_number="INV-US-1")
        plain = await books.invoice("1")

    assert plain.number == "INV-US-1"


async def test_every_call_is_timed_and_traced_wherever_it_came_from(house: House) -> None:
    """A process is counted like a caller over HTTP."""
    with acting_as(AMERICAN):
        await house.books.invoice("1")

    labels = {"layer": "system", "api": "books", "version": "1", "operation": "invoice"}
    count = house.metrics.registry.get_sample_value("strata_layer_duration_seconds_count", labels)
    assert count == 1.0
    assert [span.name for span in house.spans.get_finished_spans()] == ["system.books invoice"]


def test_what_stands_behind_the_door_keeps_its_type(house: House) -> None:
    """A door is taken for what it leads to."""
    assert isinstance(house.books, Books)
    assert house.books.instance == "erp-a"


def test_a_method_that_the_policy_does_not_name_stops_the_start(house: House) -> None:
    """No operation is without a scope."""
    operations = {name: each for name, each in OPERATIONS.items() if name != "lines"}

    with pytest.raises(Ungovernable, match="lines"):
        house.behind_door(operations)


def test_a_write_that_is_not_made_safe_stops_the_start(house: House) -> None:
    """Policy and connector must agree on what writes."""
    house.ledger.writes = {"create_invoice": house.ledger.writes["create_invoice"]}

    with pytest.raises(Ungovernable, match="post_invoice"):
        house.behind_door(OPERATIONS)


def test_a_finder_that_does_not_exist_stops_the_start(house: House) -> None:
    """Looking first needs something to look with."""
    nothing = LookUpFirst(find="by_magic", settles_after=timedelta())
    house.ledger.writes = {"create_invoice": nothing, "post_invoice": nothing}

    with pytest.raises(Ungovernable, match="by_magic"):
        house.behind_door(OPERATIONS)


async def test_a_word_that_we_do_not_know_counts_as_an_answer_that_makes_no_sense(
    house: House,
) -> None:
    """Whoever watches a system sees that it speaks another language, once for each call."""
    house.ledger = Stranger()
    books = house.behind_door(OPERATIONS)

    with acting_as(AMERICAN), pytest.raises(Unreadable):
        await books.invoice("1")

    labels = {"system": "books", "instance": "erp-a", "operation": "invoice", "kind": "malformed"}
    found = house.metrics.registry.get_sample_value("strata_upstream_failures_total", labels)
    assert found == 1


async def test_an_answer_that_was_counted_where_it_was_read_is_counted_once(house: House) -> None:
    """The wire counts what it cannot read; the door counts only what came after."""
    counted = Unreadable("erp-a", "unreadable answer")
    counted.is_counted = True
    house.ledger.failure = counted

    with acting_as(AMERICAN), pytest.raises(Unreadable):
        await house.books.invoice("1")

    assert "strata_upstream_failures_total{" not in house.metrics.render().decode()
