"""Somebody at the bank counter: pays a bill in Tryton by its own wizard, as a person does."""

from datetime import date
from pathlib import Path

from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import wall_clock
from system_apis.canonical.payables import Payable
from system_apis.cross_references import StoredReferences
from system_apis.tryton.books import Books
from system_apis.tryton.invoices import CustomerInvoice
from system_apis.tryton.payment_wizard import pay
from system_apis.tryton.wire import Access, Wire
from system_apis.upstream import HttpUpstream
from system_apis.wire import open_session
from tests.real.tryton.server import Tryton
from tests.stores import empty_store


async def pay_bill(tryton: Tryton, directory: Path, payable: Payable, on: date) -> None:
    """Pay all of a posted bill from the bank."""
    config = tryton.config()
    ids = tuple(each.id for each in config.companies.values())
    access = Access(config.database, config.rest_key, config.rpc_user, config.rpc_password, ids)
    store = empty_store(directory / "payer.sqlite")
    async with open_session() as session:
        upstream = HttpUpstream(config.connection, "erp", "payer", session, Metrics(), Tracing())
        references = StoredReferences(store, "erp", "payer", wall_clock)
        books = Books("payer", Wire(upstream, access), references, config.companies)
        [bill] = await books.wire.search(
            CustomerInvoice, [["id", "=", int(payable.source.record_id)]]
        )
        way = config.companies[payable.legal_entity].payment_method
        await pay(books, bill, payable.gross, way=way, on=on, description="paid to the vendor")
    store.close()
