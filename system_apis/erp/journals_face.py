"""The ERP over HTTP, as far as it is about what is booked without a document."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from system_apis.answers import (
    IdempotencyKey,
    IfNoneMatch,
    command_key,
    page_across,
    require_entity,
    tagged,
)
from system_apis.canonical.journals import Journal, JournalDraft
from system_apis.canonical.record import Page
from system_apis.systems import Systems


@get("/journals", opt={"operation": "journals"})
async def journals(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Journal]:
    """Return entries that were booked through us, a page at a time, one ERP after the other."""
    return await page_across(
        systems.erps, cursor, lambda erp, at: erp.journals(legal_entity=legal_entity, cursor=at)
    )


@get("/journals/{journal_id:str}", opt={"operation": "journal"})
async def journal(
    systems: NamedDependency[Systems],
    journal_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Journal | None]:
    """Return one entry."""
    erp = await systems.erp_of(journal_id)
    return tagged(await erp.journal(journal_id), if_none_match)


@post("/journals", opt={"operation": "record_journal"})
async def record_journal(
    systems: NamedDependency[Systems],
    data: JSONBody[JournalDraft],
    idempotency_key: IdempotencyKey,
) -> Journal:
    """Book an entry; what was booked is corrected by another entry, never changed."""
    require_entity(data.legal_entity)
    erp = systems.erp(data.legal_entity, on=data.date)
    return await erp.record_journal(data, key=command_key(idempotency_key))


handlers = [journals, journal, record_journal]
