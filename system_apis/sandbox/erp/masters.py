"""What the ERP's invoices refer to: customers, and projects as a dimension of the books."""

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.records import BillingAddress, Customer, Job
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route

_CUSTOMER_FILTERS = {
    "entityId": "entity_id",
    "vatRegNumber": "vat_reg_number",
    "externalId": "external_id",
}
_JOB_FILTERS = {
    "entityId": "entity_id",
    "subsidiary": "subsidiary",
    "externalId": "external_id",
}


class NewCustomer(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What a customer is created from."""

    entity_id: str
    company_name: str
    country: str
    external_id: str
    vat_reg_number: str | None = None
    url: str | None = None
    billing_address: BillingAddress
    terms_net_days: int


class NewJob(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What a project dimension is created from."""

    entity_id: str
    company_name: str
    subsidiary: str
    customer: str
    external_id: str


class Masters:
    """The customers and jobs of one ERP; their `entityId` is unique, nothing else is."""

    def __init__(self, books: Books, entities: frozenset[str]) -> None:
        self._books = books
        self._entities = entities
        self.customers = Shelf(books, "customer", Customer, tuple(_CUSTOMER_FILTERS.values()))
        self.jobs = Shelf(books, "job", Job, tuple(_JOB_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the addresses of customers and jobs."""
        customer, job = "/record/v1/customer", "/record/v1/job"
        return [
            Route("clients", "GET", customer, self._all_customers),
            Route("client", "GET", f"{customer}/{{id}}", self._customer),
            Route("create_client", "POST", customer, self._create_customer),
            Route("ledger_projects", "GET", job, self._all_jobs),
            Route("create_ledger_project", "POST", job, self._create_job),
            Route("close_ledger_project", "POST", f"{job}/{{id}}/inactivate", self._inactivate),
        ]

    def has_customer(self, entity_id: str) -> bool:
        """Whether invoices can be addressed to a customer."""
        found = self.customers.find({"entity_id": entity_id})
        return any(not each.record.is_inactive for each in found)

    def has_job(self, entity_id: str, subsidiary: str) -> bool:
        """Whether a subsidiary's books have a project."""
        found = self.jobs.find({"entity_id": entity_id, "subsidiary": subsidiary})
        return any(not each.record.is_inactive for each in found)

    def _all_customers(self, call: Call) -> Answer:
        return listing.page(call, self.customers, _CUSTOMER_FILTERS)

    def _customer(self, call: Call) -> Answer:
        return listing.one(call, self.customers)

    def _create_customer(self, call: Call) -> Answer:
        wish = call.read(NewCustomer)
        if self.customers.find({"entity_id": wish.entity_id}):
            raise Refusal(400, "DUP_ENTITY", f"A customer {wish.entity_id} exists already.")
        made = Customer(
            id=str(self._books.next("customer", start=9001)),
            entity_id=wish.entity_id,
            company_name=wish.company_name,
            vat_reg_number=wish.vat_reg_number,
            country=wish.country,
            url=wish.url,
            billing_address=wish.billing_address,
            terms_net_days=wish.terms_net_days,
            external_id=wish.external_id,
        )
        return listing.answer(self.customers.put(made.id, made, call.now), status=201)

    def _all_jobs(self, call: Call) -> Answer:
        return listing.page(call, self.jobs, _JOB_FILTERS)

    def _inactivate(self, call: Call) -> Answer:
        kept = self.jobs.get(call.path["id"])
        if kept is None:
            raise Refusal(404, "RCRD_DSNT_EXIST", "That record does not exist.")
        if not kept.record.is_inactive:
            closed = structs.replace(kept.record, is_inactive=True)
            kept = self.jobs.put(closed.id, closed, call.now)
        return listing.answer(kept)

    def _create_job(self, call: Call) -> Answer:
        wish = call.read(NewJob)
        if wish.subsidiary not in self._entities:
            raise Refusal(400, "INVALID_SUBSIDIARY", f"There is no {wish.subsidiary} here.")
        if not self.has_customer(wish.customer):
            raise Refusal(400, "INVALID_CUSTOMER", f"There is no customer {wish.customer}.")
        if self.jobs.find({"entity_id": wish.entity_id, "subsidiary": wish.subsidiary}):
            raise Refusal(400, "DUP_ENTITY", f"A job {wish.entity_id} exists already.")
        made = Job(
            id=str(self._books.next("job", start=3001)),
            entity_id=wish.entity_id,
            company_name=wish.company_name,
            subsidiary=wish.subsidiary,
            customer=wish.customer,
            external_id=wish.external_id,
        )
        return listing.answer(self.jobs.put(made.id, made, call.now), status=201)
