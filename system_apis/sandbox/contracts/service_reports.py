"""Reports of whether the service was as promised, month by month."""

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.contracts.listing import page_of
from system_apis.sandbox.contracts.records import ServiceReport
from system_apis.sandbox.exchange import Answer, Call, Route, texts

_FILTERS = {"agreementNumber": "agreement_number", "month": "month"}


class ServiceReportPage(Struct, frozen=True, rename="camel"):
    """A page of reports."""

    reports: list[ServiceReport]
    next_page_token: str | None = None


class ServiceReports:
    """The service reports of one contract system."""

    def __init__(self, books: Books) -> None:
        self._shelf = Shelf(books, "service_report", ServiceReport, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the address of the reports."""
        return [Route("service_reports", "GET", "/api/v2/serviceReports", self._all)]

    def _all(self, call: Call) -> Answer:
        found, token = page_of(call, self._shelf, _FILTERS)
        return Answer(body=texts(ServiceReportPage([_shown(each) for each in found], token)))


def _shown(kept: Kept[ServiceReport]) -> ServiceReport:
    return structs.replace(kept.record, revision=kept.version)
