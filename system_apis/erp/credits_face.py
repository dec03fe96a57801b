"""The ERP over HTTP, as far as it is about credit notes."""

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
from system_apis.canonical.credits import CreditNote, CreditNoteDraft
from system_apis.canonical.record import Page
from system_apis.systems import Systems


@get("/credit-notes", opt={"operation": "credit_notes"})
async def credit_notes(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    invoice_number: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[CreditNote]:
    """Return credit notes, a page at a time, one ERP after the other."""
    return await page_across(
        systems.erps,
        cursor,
        lambda erp, at: erp.credit_notes(number=number, invoice_number=invoice_number, cursor=at),
    )


@get("/credit-notes/{credit_note_id:str}", opt={"operation": "credit_note"})
async def credit_note(
    systems: NamedDependency[Systems],
    credit_note_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[CreditNote | None]:
    """Return one credit note."""
    erp = await systems.erp_of(credit_note_id)
    return tagged(await erp.credit_note(credit_note_id), if_none_match)


@post("/credit-notes", opt={"operation": "create_credit_note"})
async def create_credit_note(
    systems: NamedDependency[Systems],
    data: JSONBody[CreditNoteDraft],
    idempotency_key: IdempotencyKey,
) -> CreditNote:
    """Write a draft credit note; nothing is posted yet."""
    require_entity(data.legal_entity)
    erp = systems.erp(data.legal_entity, on=data.issue_date)
    return await erp.create_credit_note(data, key=command_key(idempotency_key))


@post(
    "/credit-notes/{credit_note_id:str}/posting",
    status_code=200,
    opt={"operation": "post_credit_note"},
)
async def post_credit_note(
    systems: NamedDependency[Systems],
    credit_note_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> CreditNote:
    """Post a draft, which gives it a number and takes it off what its invoice is owed."""
    erp = await systems.erp_of(credit_note_id)
    return await erp.post_credit_note(credit_note_id, key=command_key(idempotency_key))


handlers = [credit_notes, credit_note, create_credit_note, post_credit_note]
